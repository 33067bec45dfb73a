"""Pages of instructors: announcements in both languages. Thin: reads, renders, redirects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response

from grader.portal.context import portal_of
from grader.portal.form_fields import MOST, Fields, Number, clean_lines
from grader.portal.pages import go_to, render
from grader.portal.programme_names import read_names
from grader.portal.release import TeachAction
from grader.portal.viewer import Teacher, Viewer
from grader.store.announcements import add_announcement, list_announcements, withdraw_announcement
from grader.store.audit import record
from grader.text import LocalText

router = APIRouter(include_in_schema=False)
Before = Annotated[int | None, Query(ge=1, le=MOST)]
PAGE = 50
LENGTHS = {"title_ko": 200, "title_en": 200, "body_ko": 10_000, "body_en": 10_000}
"""What must be there, and how long it may be."""


@router.get("/teach/announcements")
def show_announcements(request: Request, viewer: Teacher, before: Before = None) -> Response:
    """List announcements, newest first, with the form for a new one."""
    return _show(request, viewer, {}, {}, before=before)


@router.post("/teach/announcements")
def announce(request: Request, viewer: Teacher, fields: Fields) -> Response:
    """Publish an announcement, or only show what it would look like."""
    portal = portal_of(request)
    problems = _find_problems(fields)
    programme = portal.course.programme
    site, cohort = fields.get("site", ""), fields.get("cohort", "")
    if site not in {"", *(one.id for one in programme.sites)}:
        problems["site"] = "teach_choose"
    if cohort not in {"", *(one.id for one in programme.cohorts)}:
        problems["cohort"] = "teach_choose"
    if problems:
        return _show(request, viewer, fields, problems)
    title = LocalText(ko=clean_lines(fields["title_ko"]), en=clean_lines(fields["title_en"]))
    body = LocalText(ko=clean_lines(fields["body_ko"]), en=clean_lines(fields["body_en"]))
    if fields.get("action") != "publish":
        return _show(request, viewer, fields, {}, preview=(title, body))
    now = portal.now()
    with portal.store.write() as db:
        number = add_announcement(db, title, body, by=viewer.known.id, now=now, site=site, cohort=cohort)
        record(db, now, viewer.known.id, TeachAction.ANNOUNCED, f"announcement:{number}")
    return go_to("/teach/announcements", "done_teach_announced")


@router.post("/teach/announcements/{number}/withdraw")
def withdraw(request: Request, viewer: Teacher, number: Number) -> Response:
    """Take an announcement off trainees' pages."""
    portal = portal_of(request)
    now = portal.now()
    with portal.store.write() as db:
        if not withdraw_announcement(db, number, now=now):
            raise HTTPException(404)
        record(db, now, viewer.known.id, TeachAction.ANNOUNCEMENT_WITHDRAWN, f"announcement:{number}")
    return go_to("/teach/announcements", "saved")


def _find_problems(fields: Mapping[str, str]) -> dict[str, str]:
    problems = {}
    for name, most in LENGTHS.items():
        text = clean_lines(fields.get(name, ""))
        if not text:
            problems[name] = "teach_needed"
        elif len(text) > most:
            problems[name] = "teach_too_long"
    return problems


def _show(
    request: Request,
    viewer: Viewer,
    typed: Mapping[str, str],
    problems: Mapping[str, str],
    preview: tuple[LocalText, LocalText] | None = None,
    before: int | None = None,
) -> Response:
    portal = portal_of(request)
    with portal.store.read() as db:
        announcements = list_announcements(db, before, PAGE + 1)
    return render(
        request,
        viewer,
        "teach_announcements.html",
        status=400 if problems else 200,
        announcements=announcements[:PAGE],
        next_before=announcements[PAGE - 1].id if len(announcements) > PAGE else None,
        names=read_names(portal.course, viewer.language),
        fields={**dict.fromkeys((*LENGTHS, "site", "cohort"), ""), **typed},
        problems=problems,
        preview=preview,
    )
