"""Pages of one's own account: password, language, second factor, devices, tokens, data.

Thin: everything is asked of the store in the viewer's own name.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request, Response

from grader.portal.attachments import attach_file
from grader.portal.context import portal_of
from grader.portal.entry import HALF_SIGNED_IN, draw_recovery_codes, is_own_password, passwords_of
from grader.portal.own_data import open_own_data
from grader.portal.pages import go_to, render
from grader.portal.passwords import find_fault
from grader.portal.programme_names import read_names
from grader.portal.rate_limits import Tried
from grader.portal.security import SLOW_HASH, drop_session_cookie, set_language_cookie, set_session_cookie
from grader.portal.viewer import AccountOwner, Viewer, session_limits
from grader.store.audit import Action, record
from grader.store.people import find_account, set_language, set_password_hash
from grader.store.personal_data import delete_person
from grader.store.second_factor import reset_second_factor
from grader.store.sessions import close_session, close_sessions, list_sessions, open_session
from grader.store.tokens import MAX_PER_PERSON, create_token, list_tokens, revoke_token, revoke_tokens
from grader.text import Language

router = APIRouter(prefix="/account", include_in_schema=False)
Text = Annotated[str, Form()]
TOKEN_LIFETIME = timedelta(days=180)


@router.get("")
def show_account(request: Request, viewer: AccountOwner) -> Response:
    """Show everything about the account."""
    return _show(request, viewer)


@router.post("/language")
def choose_own_language(
    request: Request, viewer: AccountOwner, language: Annotated[Language, Form()]
) -> Response:
    """Remember the language for this person, on this device at once."""
    portal = portal_of(request)
    with portal.store.write() as db:
        set_language(db, viewer.known.id, language)
    response = go_to("/account", "saved")
    set_language_cookie(portal, response, language)
    return response


@router.post("/password", dependencies=[SLOW_HASH])
def change_password(
    request: Request, viewer: AccountOwner, current: Text = "", new: Text = "", again: Text = ""
) -> Response:
    """Change the password, end all that the old one opened, and give this device a new session."""
    portal, person = portal_of(request), viewer.known
    if not _knows_password(request, viewer, current):
        return _show(request, viewer, "password_wrong")
    fault = find_fault(new, person) or ("password_differs" if new != again else None)
    if fault is not None:
        return _show(request, viewer, fault)
    now, password_hash = portal.now(), passwords_of(portal).hash(new)
    with portal.store.write() as db:
        set_password_hash(db, person.id, password_hash, now)
        close_sessions(db, person.id)
        revoke_tokens(db, person.id, now)
        limits = session_limits(portal, person.access)
        token, _ = open_session(db, person, now, limits, viewer.second_factor)
        record(db, now, person.id, Action.PASSWORD_CHANGED)
    response = go_to("/account", "done_password")
    set_session_cookie(portal, response, token)
    return response


@router.post("/recovery-codes", dependencies=[SLOW_HASH])
def renew_recovery_codes(request: Request, viewer: AccountOwner, password: Text = "") -> Response:
    """Replace the recovery codes and show the new ones this once."""
    if not _knows_password(request, viewer, password):
        return _show(request, viewer, "password_wrong")
    if not _has_second_factor(request, viewer):
        raise HTTPException(404)
    codes = draw_recovery_codes(portal_of(request), viewer.known)
    return render(request, viewer, "sign_in_recovery.html", codes=codes, next="/account")


@router.post("/second-factor", dependencies=[SLOW_HASH])
def change_phone(request: Request, viewer: AccountOwner, password: Text = "") -> Response:
    """Forget the second factor; the next page asks to set one up."""
    portal, person = portal_of(request), viewer.known
    if not _knows_password(request, viewer, password):
        return _show(request, viewer, "password_wrong")
    if not person.access.is_staff or viewer.session is None:
        raise HTTPException(404)
    now = portal.now()
    with portal.store.write() as db:
        reset_second_factor(db, person.id)
        close_sessions(db, person.id)
        revoke_tokens(db, person.id, now)
        token, _ = open_session(db, person, now, HALF_SIGNED_IN)
        record(db, now, person.id, Action.SECOND_FACTOR_RESET)
    response = go_to("/sign-in/enrol")
    set_session_cookie(portal, response, token)
    return response


@router.post("/sessions/close")
def close_other_sessions(request: Request, viewer: AccountOwner) -> Response:
    """Sign out everywhere but here; tokens end too, for a notebook server is somewhere else."""
    portal, now = portal_of(request), portal_of(request).now()
    with portal.store.write() as db:
        count = close_sessions(db, viewer.known.id, keep=viewer.session.digest if viewer.session else "")
        revoke_tokens(db, viewer.known.id, now)
        record(db, now, viewer.known.id, Action.SESSIONS_CLOSED, count=count)
    return go_to("/account", "done_sessions_all")


@router.post("/sessions/{digest}/close")
def close_own_session(request: Request, viewer: AccountOwner, digest: str) -> Response:
    """Sign one device out."""
    portal = portal_of(request)
    with portal.store.write() as db:
        if not close_session(db, viewer.known.id, digest):
            raise HTTPException(404)
        record(db, portal.now(), viewer.known.id, Action.SESSIONS_CLOSED, count=1)
    return go_to("/account", "done_sessions")


@router.post("/tokens", dependencies=[SLOW_HASH])
def make_token(request: Request, viewer: AccountOwner, label: Text = "", password: Text = "") -> Response:
    """Make an API token and show it this once. It outlives the session, so a session alone makes none."""
    portal, name = portal_of(request), " ".join(label.split())
    if not 0 < len(name) <= 100 or not name.isprintable():
        return _show(request, viewer, "token_name_needed")
    if not _knows_password(request, viewer, password):
        return _show(request, viewer, "password_wrong")
    now = portal.now()
    with portal.store.write() as db:
        alive = [t for t in list_tokens(db, viewer.known.id) if t.revoked_at is None and t.expires_at > now]
        if len(alive) < MAX_PER_PERSON:
            text, token = create_token(db, viewer.known.id, name, now, TOKEN_LIFETIME)
            record(db, now, viewer.known.id, Action.TOKEN_CREATED, token=token.id)
    if len(alive) >= MAX_PER_PERSON:
        return _show(request, viewer, "token_too_many")
    return render(request, viewer, "account_token.html", token=text)


@router.post("/tokens/{token_id}/revoke")
def end_token(request: Request, viewer: AccountOwner, token_id: str) -> Response:
    """End an API token."""
    portal = portal_of(request)
    with portal.store.write() as db:
        if not revoke_token(db, viewer.known.id, token_id, portal.now()):
            raise HTTPException(404)
        record(db, portal.now(), viewer.known.id, Action.TOKEN_REVOKED, token=token_id)
    return go_to("/account", "done_token")


@router.post("/data")
def export_own_data(request: Request, viewer: AccountOwner) -> Response:
    """Give everything that is kept about the person as one zip file."""
    portal = portal_of(request)
    portal.rates.count(Tried.EXPORT_OF, viewer.known.id)
    with portal.store.write() as db:
        record(db, portal.now(), viewer.known.id, Action.DATA_EXPORTED)
    file = open_own_data(portal, viewer.known)
    day = f"{portal.now().astimezone(portal.zone):%Y-%m-%d}"
    return attach_file(file, f"medai-{day}.zip")


@router.get("/delete")
def show_delete(request: Request, viewer: AccountOwner) -> Response:
    """Say what goes and what stays, and ask for the password; tell staff whom to ask."""
    return render(request, viewer, "account_delete.html", problem="")


@router.post("/delete", dependencies=[SLOW_HASH])
def delete_own_account(request: Request, viewer: AccountOwner, password: Text = "") -> Response:
    """Close a trainee's account and remove what identifies the person.

    Staff stay named in what they did to others' work, so they cannot: the operator closes their accounts.
    """
    portal, person = portal_of(request), viewer.known
    if person.access.is_staff:
        return render(request, viewer, "account_delete.html", status=403, problem="")
    if not _knows_password(request, viewer, password):
        return render(request, viewer, "account_delete.html", status=400, problem="password_wrong")
    with portal.store.write() as db:
        delete_person(db, person.id, portal.now())
    response = render(request, Viewer(None, viewer.language), "account_deleted.html")
    drop_session_cookie(portal, response)
    return response


def _knows_password(request: Request, viewer: Viewer, password: str) -> bool:
    portal = portal_of(request)
    portal.rates.count(Tried.PASSWORD_OF, viewer.known.id)
    return is_own_password(portal, viewer.known, password)


def _has_second_factor(request: Request, viewer: Viewer) -> bool:
    with portal_of(request).store.read() as db:
        account = find_account(db, viewer.known.id)
    return account is not None and account.has_second_factor


def _show(request: Request, viewer: Viewer, problem: str = "") -> Response:
    portal, person = portal_of(request), viewer.known
    with portal.store.read() as db:
        sessions = list_sessions(db, person.id, portal.now())
        tokens = list_tokens(db, person.id)
        account = find_account(db, person.id)
    names = read_names(portal.course, viewer.language)
    return render(
        request,
        viewer,
        "account.html",
        status=400 if problem else 200,
        problem=problem,
        sessions=sessions,
        here=viewer.session.digest if viewer.session else "",
        tokens=tokens,
        has_second_factor=account is not None and account.has_second_factor,
        site=names.site(person.site),
        job=names.job(person.role),
    )
