"""Pages of instructors: releasing an assignment, its rules, extensions. Thin: reads, renders, redirects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fastapi import APIRouter, HTTPException, Request, Response

from grader.grading.layout import CourseBusy
from grader.portal.context import Portal, portal_of
from grader.portal.form_fields import Fields, Number
from grader.portal.pages import go_to, render
from grader.portal.programme_names import read_names
from grader.portal.release import TeachAction, first_rules, release
from grader.portal.release_form import LATE_STEPS, FormReader, read_rules, typed_rules, write_rules
from grader.portal.routes.lookups import find_content, find_known
from grader.portal.routes.teach_overview import is_outdated, judge_release
from grader.portal.viewer import Teacher, Viewer
from grader.store.audit import about_assignment, record
from grader.store.people import find_account_as_typed
from grader.store.releases import (
    Extension,
    Scope,
    change_rules,
    grant_extension,
    list_extensions,
    withdraw_extension,
    withdraw_release,
)

router = APIRouter(include_in_schema=False)
NOTE_LENGTH = 500


@router.get("/teach/assignments/{assignment}")
def show_assignment(request: Request, viewer: Teacher, assignment: str) -> Response:
    """Show what is set for an assignment, with the forms to change it."""
    return _show(request, viewer, assignment)


@router.post("/teach/assignments/{assignment}/release")
def release_assignment(request: Request, viewer: Teacher, assignment: str, fields: Fields) -> Response:
    """Release an assignment by the rules in the form, or bring its newest revision out by those it has."""
    portal = portal_of(request)
    content, before = find_content(portal, assignment), find_known(portal, assignment)
    rules = None
    if before is None:
        rules, problems = read_rules(fields, portal.zone, first_rules(portal, content))
        if problems:
            return _show(request, viewer, assignment, typed_rules(fields), problems)
    try:
        release(portal, content, viewer.known.id, rules)
    except CourseBusy:
        typed = typed_rules(fields) if before is None else None
        return _show(request, viewer, assignment, typed, notice="error_busy", status=503)
    return go_to(_address(assignment), "done_teach_released")


@router.post("/teach/assignments/{assignment}/rules")
def save_rules(request: Request, viewer: Teacher, assignment: str, fields: Fields) -> Response:
    """Give a release other dates and rules; the worker sees what they change for work that is here."""
    portal = portal_of(request)
    before = find_known(portal, assignment)
    if before is None:
        raise HTTPException(404)
    rules, problems = read_rules(fields, portal.zone, before.rules)
    if problems:
        return _show(request, viewer, assignment, typed_rules(fields), problems)
    if assignment not in portal.course.assignments:  # an instructor's own nbgrader grades it
        rules = replace(rules, grade_on_hand_in=False)
    now = portal.now()
    with portal.store.write() as db:
        change_rules(db, assignment, rules)
        about = about_assignment(assignment)
        due_at = rules.due_at.isoformat() if rules.due_at else None
        record(db, now, viewer.known.id, TeachAction.RULES_CHANGED, about, due_at=due_at)
    return go_to(_address(assignment), "saved")


@router.post("/teach/assignments/{assignment}/withdraw")
def withdraw(request: Request, viewer: Teacher, assignment: str) -> Response:
    """Take an assignment back; hand-ins and receipts stay."""
    portal = portal_of(request)
    now = portal.now()
    with portal.store.write() as db:
        if not withdraw_release(db, assignment, now):
            raise HTTPException(404)
        record(db, now, viewer.known.id, TeachAction.WITHDRAWN, about_assignment(assignment))
    return go_to(_address(assignment), "done_teach_withdrawn")


@router.post("/teach/assignments/{assignment}/extensions")
def add_extension(request: Request, viewer: Teacher, assignment: str, fields: Fields) -> Response:
    """Give a person, a site or a cohort more time; for the same target the new date replaces the old."""
    portal = portal_of(request)
    if find_known(portal, assignment) is None:
        raise HTTPException(404)
    extension, problems = _read_extension(portal, viewer, assignment, fields)
    if extension is None:
        return _show(request, viewer, assignment, fields, problems)
    with portal.store.write() as db:
        grant_extension(db, extension)
        about = f"{extension.scope}:{extension.target}"
        due_at = extension.due_at.isoformat()
        record(
            db,
            extension.created_at,
            viewer.known.id,
            TeachAction.EXTENSION_GRANTED,
            about,
            assignment=assignment,
            due_at=due_at,
        )
    return go_to(_address(assignment), "saved")


@router.post("/teach/assignments/{assignment}/extensions/{number}/remove")
def remove_extension(request: Request, viewer: Teacher, assignment: str, number: Number) -> Response:
    """Take an extension back; what came in time by its receipt stays in time."""
    portal = portal_of(request)
    with portal.store.write() as db:
        gone = next((one for one in list_extensions(db, assignment) if one.id == number), None)
        if gone is None:
            raise HTTPException(404)
        withdraw_extension(db, assignment, number)
        about = f"{gone.scope}:{gone.target}"
        record(
            db,
            portal.now(),
            viewer.known.id,
            TeachAction.EXTENSION_WITHDRAWN,
            about,
            assignment=assignment,
        )
    return go_to(_address(assignment), "saved")


def _address(assignment: str) -> str:
    return f"/teach/assignments/{assignment}"


def _show(
    request: Request,
    viewer: Viewer,
    assignment: str,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
    notice: str = "",
    status: int = 200,
) -> Response:
    """Show the page; with problems or a notice, what was typed stays in the form."""
    portal = portal_of(request)
    content, found = portal.course.assignments.get(assignment), find_known(portal, assignment)
    with portal.store.read() as db:
        extensions = list_extensions(db, assignment)
    rules = found.rules if found else first_rules(portal, find_content(portal, assignment))
    fields = write_rules(rules, portal.zone)
    empty = dict.fromkeys(("scope", "person", "site", "cohort", "new_due_at", "new_closes_at", "note"), "")
    return render(
        request,
        viewer,
        "teach_assignment.html",
        status=400 if problems else status,
        newest=content.assignment.revision if content else None,
        slug=assignment,
        release=found,
        state=judge_release(found, portal.now()),
        has_newer=is_outdated(content, found),
        extensions=extensions,
        fields={**fields, **empty, **(typed or {})},
        problems=problems or {},
        notice=notice,
        late_rows=range(LATE_STEPS),
        names=read_names(portal.course, viewer.language),
    )


def _read_extension(
    portal: Portal, viewer: Viewer, assignment: str, typed: Mapping[str, str]
) -> tuple[Extension | None, dict[str, str]]:
    """Return the extension in a form, or its problems: field name → name of a word."""
    fields = FormReader(typed, portal.zone)
    scope = Scope(fields.text("scope")) if fields.text("scope") in set(Scope) else Scope.PERSON
    due_at, closes_at = fields.moment("new_due_at"), fields.moment("new_closes_at")
    target = _find_target(portal, scope, fields)
    if due_at is None:
        fields.problems.setdefault("new_due_at", "teach_needed")
    elif closes_at is not None and closes_at < due_at:
        fields.problems["new_closes_at"] = "teach_closes_before_due"
    if fields.problems or due_at is None:
        return None, fields.problems
    made = Extension(assignment, scope, target, due_at, closes_at, "", portal.now(), viewer.known.id)
    return replace(made, note=fields.text("note")[:NOTE_LENGTH]), {}


def _find_target(portal: Portal, scope: Scope, fields: FormReader) -> str:
    """Return whom the extension is for, or note that there is no such person, site or cohort."""
    typed = fields.text(scope)
    programme = portal.course.programme
    if scope is Scope.PERSON:
        with portal.store.read() as db:
            account = find_account_as_typed(db, typed) if typed else None
        known = account.person.id if account is not None and account.deleted_at is None else ""
    else:
        group = programme.sites if scope is Scope.SITE else programme.cohorts
        known = typed if typed in {one.id for one in group} else ""
    if not known:
        fields.problems[scope.value] = "teach_no_such_person" if scope is Scope.PERSON else "teach_choose"
    return known
