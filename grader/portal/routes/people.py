"""Pages of the operator about people: list, details, roster import, invitations.

Thin: `roster_import` and `entry` have the rules. Codes are shown once, in the answer that made them.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, File, Form, HTTPException, Request, Response, UploadFile
from fastapi.responses import HTMLResponse
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from grader.grading.roster import parse_people
from grader.grading.roster_words import RosterFault, explain_value
from grader.model.people import Access, Person, fold_id
from grader.portal.context import Portal, portal_of
from grader.portal.entry import invite_people
from grader.portal.invitation_sheet import make_slips, write_sheet
from grader.portal.pages import go_to, render
from grader.portal.programme_names import read_names
from grader.portal.roster_import import (
    Change,
    NoOperatorLeft,
    apply_change,
    apply_import,
    deactivate_person,
    find_faults,
    plan_import,
    require_operator,
)
from grader.portal.viewer import Operator, Viewer
from grader.store.audit import Action, about_person, record
from grader.store.invitations import find_open_until
from grader.store.people import (
    PAGE,
    Account,
    PeopleFilter,
    count_people,
    find_account,
    list_people,
    set_active,
)
from grader.store.second_factor import reset_second_factor
from grader.store.sessions import close_sessions
from grader.store.tokens import revoke_tokens
from grader.text import Language

router = APIRouter(prefix="/operate/people", include_in_schema=False)
Text = Annotated[str, Form()]
MAX_ROSTER_BYTES = 700_000
"""Base64 of it must pass as a form field, whose limit is a megabyte; 5,000 people take about half of that."""
MAX_SHEET = 400
_FIELD_WORDS = {
    "id": "person_id",
    "name": "person_name",
    "site": "site",
    "role": "job",
    "cohort": "cohort",
    "language": "person_language",
    "email": "person_email",
    "access": "access",
}


@router.get("")
def show_people(
    request: Request,
    viewer: Operator,
    site: str = "",
    job: str = "",
    cohort: str = "",
    access: str = "",
    text: str = "",
    after: str = "",
) -> Response:
    """List accounts, filtered, a page at a time."""
    wanted = PeopleFilter(
        site=site or None,
        job=job or None,
        cohort=cohort or None,
        access=Access(access) if access in set(Access) else None,
        text=text[:100],
    )
    portal = portal_of(request)
    with portal.store.read() as db:
        accounts = list_people(db, wanted, after, PAGE + 1)
        count = count_people(db, wanted)
        invited = find_open_until(db, [a.person.id for a in accounts], portal.now())
    chosen = {"site": site, "job": job, "cohort": cohort, "access": access, "text": text}
    following = ""
    if len(accounts) > PAGE:
        accounts = accounts[:PAGE]
        rest = {**chosen, "after": fold_id(accounts[-1].person.id)}
        following = "?" + "&".join(f"{name}={quote(value)}" for name, value in rest.items() if value)
    values: dict[str, Any] = {"accounts": accounts, "count": count, "chosen": chosen, "following": following}
    return render(
        request, viewer, "people.html", invited=invited, **values, **_names(portal, viewer.language)
    )


@router.get("/by-id/{person_id}")
def show_person(request: Request, viewer: Operator, person_id: str) -> Response:
    """Show one account."""
    return _show_person(request, viewer, person_id)


@router.post("/by-id/{person_id}")
def edit_person(
    request: Request,
    viewer: Operator,
    person_id: str,
    name: Text = "",
    site: Text = "",
    job: Text = "",
    cohort: Text = "",
    language: Text = "",
    email: Text = "",
    access: Text = "",
) -> Response:
    """Change details and access."""
    portal = portal_of(request)
    before = _find(portal, person_id).person
    typed = {"name": name, "site": site, "role": job, "cohort": cohort}
    typed |= {"language": language, "email": email, "access": access}
    try:
        after = Person.model_validate({**typed, "id": before.id, "cohort": cohort or None})
    except ValidationError as error:
        wrong = [explain_value(str(each["loc"][0]), each["input"]) for each in error.errors()]
        return _show_person(request, viewer, person_id, "person_bad_value", typed, wrong)
    wrong = list(find_faults(after, portal.course.programme))
    if wrong:
        return _show_person(request, viewer, person_id, "person_bad_value", typed, wrong)
    change = Change(before, after)
    try:
        with portal.store.write() as db:
            if change.fields:
                apply_change(db, change, portal.now(), viewer.known.id)
    except NoOperatorLeft:
        return _show_person(request, viewer, person_id, "person_last_operator", typed)
    return go_to(_path(person_id), "done_person")


@router.post("/by-id/{person_id}/deactivate")
def deactivate(request: Request, viewer: Operator, person_id: str) -> Response:
    """Close an account and its sessions; nothing is removed."""
    portal = portal_of(request)
    _find(portal, person_id)
    try:
        with portal.store.write() as db:
            deactivate_person(db, person_id, portal.now(), viewer.known.id)
            require_operator(db)
    except NoOperatorLeft:
        return _show_person(request, viewer, person_id, "person_last_operator")
    return go_to(_path(person_id), "done_deactivated")


@router.post("/by-id/{person_id}/reactivate")
def reactivate(request: Request, viewer: Operator, person_id: str) -> Response:
    """Open a closed account again."""
    portal = portal_of(request)
    _find(portal, person_id)
    with portal.store.write() as db:
        set_active(db, [person_id], True)
        record(db, portal.now(), viewer.known.id, Action.PERSON_REACTIVATED, about_person(person_id))
    return go_to(_path(person_id), "done_person")


@router.post("/by-id/{person_id}/sign-out")
def sign_person_out(request: Request, viewer: Operator, person_id: str) -> Response:
    """End all sessions and tokens of an account."""
    portal, now = portal_of(request), portal_of(request).now()
    _find(portal, person_id)
    with portal.store.write() as db:
        count = close_sessions(db, person_id)
        revoke_tokens(db, person_id, now)
        record(db, now, viewer.known.id, Action.SESSIONS_CLOSED, about_person(person_id), count=count)
    return go_to(_path(person_id), "done_sessions_all")


@router.post("/by-id/{person_id}/second-factor")
def reset_persons_second_factor(request: Request, viewer: Operator, person_id: str) -> Response:
    """Forget a lost phone; whoever has the password sets up another."""
    portal, now = portal_of(request), portal_of(request).now()
    _find(portal, person_id)
    with portal.store.write() as db:
        reset_second_factor(db, person_id)
        close_sessions(db, person_id)
        revoke_tokens(db, person_id, now)
        record(db, now, viewer.known.id, Action.SECOND_FACTOR_RESET, about_person(person_id))
    return go_to(_path(person_id), "done_second_reset")


@router.post("/by-id/{person_id}/invite")
def invite_person(request: Request, viewer: Operator, person_id: str) -> Response:
    """Make a new invitation and show it this once."""
    portal = portal_of(request)
    account = _find(portal, person_id)
    if not account.is_active:
        raise HTTPException(404)
    return _show_sheet(portal, viewer, [account.person])


@router.get("/invitations")
def show_invitations(request: Request, viewer: Operator) -> Response:
    """Ask whom to invite."""
    portal = portal_of(request)
    with portal.store.read() as db:
        waiting = count_people(db, PeopleFilter(is_active=True, has_joined=False))
    return render(request, viewer, "people_invite.html", waiting=waiting, **_names(portal, viewer.language))


@router.post("/invitations")
def print_invitations(
    request: Request, viewer: Operator, site: Text = "", cohort: Text = "", again: Text = ""
) -> Response:
    """Make invitations for those who have not started, and show them once, ready to print."""
    portal = portal_of(request)
    wanted = PeopleFilter(site=site or None, cohort=cohort or None, is_active=True, has_joined=False)
    with portal.store.read() as db:
        people = [account.person for account in list_people(db, wanted, limit=None)]
        invited = find_open_until(db, [person.id for person in people], portal.now())
    chosen = [person for person in people if again or person.id not in invited]
    return _show_sheet(portal, viewer, chosen[:MAX_SHEET])


@router.get("/import")
def show_import(request: Request, viewer: Operator) -> Response:
    """Ask for a roster."""
    return render(request, viewer, "people_import.html", faults=(), plan=None, notice="")


@router.post("/import")
async def preview_import(
    request: Request, viewer: Operator, roster: Annotated[UploadFile, File()]
) -> Response:
    """Show what a roster would change, or everything that is wrong with it."""
    content = await roster.read(MAX_ROSTER_BYTES + 1)
    if len(content) > MAX_ROSTER_BYTES:
        raise HTTPException(413)
    return await run_in_threadpool(_preview, request, viewer, content)


@router.post("/import/confirm")
def confirm_import(
    request: Request, viewer: Operator, content: Text = "", digest: Text = "", deactivate: Text = ""
) -> Response:
    """Do what the preview showed, unless people changed since."""
    portal = portal_of(request)
    try:
        decoded = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise HTTPException(400) from None
    parsed = parse_people(decoded)
    with portal.store.write() as db:
        plan, faults = plan_import(db, parsed, portal.course.programme)
        is_stale = bool(faults) or plan.digest != digest
        if not is_stale:
            apply_import(db, plan, portal.now(), viewer.known.id, deactivate=bool(deactivate))
    if is_stale:
        return _preview(request, viewer, decoded, notice="import_stale")
    return go_to("/operate/people", "done_import")


def _preview(request: Request, viewer: Viewer, content: bytes, notice: str = "") -> Response:
    portal = portal_of(request)
    parsed = parse_people(content)
    with portal.store.read() as db:
        plan, faults = plan_import(db, parsed, portal.course.programme)
    return render(
        request,
        viewer,
        "people_import.html",
        status=400 if faults else 200,
        faults=faults,
        plan=None if faults else plan,
        notice=notice,
        content=base64.b64encode(content).decode(),
        shown=50,
    )


def _show_sheet(portal: Portal, viewer: Viewer, people: list[Person]) -> Response:
    codes = invite_people(portal, people, viewer.known.id)
    return HTMLResponse(write_sheet(portal, make_slips(portal, people, codes)))


def _find(portal: Portal, person_id: str) -> Account:
    with portal.store.read() as db:
        account = find_account(db, person_id)
    if account is None or account.deleted_at is not None:
        raise HTTPException(404)
    return account


def _path(person_id: str) -> str:
    return f"/operate/people/by-id/{quote(person_id, safe='')}"


def _show_person(
    request: Request,
    viewer: Viewer,
    person_id: str,
    problem: str = "",
    typed: Mapping[str, str] = MappingProxyType({}),
    wrong: Sequence[RosterFault] = (),
) -> Response:
    """Show the page with what was typed, so that a refusal loses none of it."""
    portal = portal_of(request)
    account = _find(portal, person_id)
    now, person = portal.now(), account.person
    with portal.store.read() as db:
        invited = find_open_until(db, [person_id], now)
    kept = {"name": person.name, "site": person.site, "role": person.role, "cohort": person.cohort or ""}
    kept |= {"language": person.language, "email": person.email, "access": person.access}
    return render(
        request,
        viewer,
        "people_person.html",
        status=400 if problem else 200,
        account=account,
        address=_path(person_id),
        problem=problem,
        shown={**kept, **typed},
        wrong=[(_FIELD_WORDS[fault.field], fault.hint) for fault in wrong],
        invited_until=invited.get(person_id),
        is_locked=account.locked_until is not None and account.locked_until > now,
        **_names(portal, viewer.language),
    )


def _names(portal: Portal, language: Language) -> dict[str, Any]:
    """Return what people can choose from, by id."""
    names = read_names(portal.course, language)
    return {"sites": names.sites, "jobs": names.jobs, "cohorts": names.cohorts, "accesses": tuple(Access)}
