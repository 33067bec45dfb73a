"""Pages of coming in and going out: sign in, second factor, invitation, language.

Thin: `entry` has the rules.
"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from grader.model.people import Person, fold_id
from grader.portal.context import portal_of
from grader.portal.entry import (
    Entered,
    cipher_of,
    draw_recovery_codes,
    enter_by_code,
    enter_by_invitation,
    enter_by_password,
    find_invited,
    home_of,
)
from grader.portal.known_browser import may_try_here, remember_browser
from grader.portal.pages import WORDS, go_to, render
from grader.portal.passwords import find_fault
from grader.portal.qr import draw_qr
from grader.portal.rate_limits import Tried, address_of
from grader.portal.security import (
    SLOW_HASH,
    drop_session_cookie,
    safe_next,
    set_language_cookie,
    set_session_cookie,
)
from grader.portal.viewer import Anyone, Viewer, half_signed_in
from grader.store.audit import Action, record
from grader.store.invitations import Invitation, read_code
from grader.store.people import find_account
from grader.store.second_factor import begin_enrolment, provisioning_uri
from grader.store.sessions import close_session
from grader.text import Language

router = APIRouter(include_in_schema=False)
Half = Annotated[Viewer, Depends(half_signed_in)]
Text = Annotated[str, Form()]


@router.get("/sign-in")
def show_sign_in(request: Request, viewer: Anyone, next: str = "") -> Response:
    """Ask for id and password, or lead on who is in already."""
    if viewer.session is not None:
        return _lead_on(viewer, next)
    return render(request, viewer, "sign_in.html", problem="", next=safe_next(next, ""))


@router.post("/sign-in", dependencies=[SLOW_HASH])
def sign_in(
    request: Request, viewer: Anyone, id: Text = "", password: Text = "", next: Text = ""
) -> Response:
    """Take id and password."""
    portal, typed = portal_of(request), id[:120]
    is_known = may_try_here(request, typed)
    if not is_known:
        address = address_of(request, portal.settings.trusted_proxies)
        portal.rates.count(Tried.SIGN_IN_FROM, address)
        portal.rates.count(Tried.SIGN_IN_AS, f"{address} {fold_id(typed)}")
    entered = enter_by_password(portal, typed, password, viewer.session, despite_lock=is_known)
    if entered is None:
        page = {"problem": "sign_in_wrong", "next": safe_next(next, "")}
        return render(request, viewer, "sign_in.html", status=400, **page)
    return _begin(request, entered, next)


@router.get("/sign-in/second")
def show_second_factor(request: Request, viewer: Half, next: str = "") -> Response:
    """Ask for the second factor, or lead to where it is set up."""
    portal = portal_of(request)
    if not viewer.is_half_in:
        return _lead_on(viewer, next)
    with portal.store.read() as db:
        account = find_account(db, viewer.known.id)
    if account is None or not account.has_second_factor:
        return _go_on("/sign-in/enrol", next)
    return render(request, viewer, "sign_in_second.html", problem="", next=safe_next(next, ""))


@router.post("/sign-in/second", dependencies=[SLOW_HASH])
def take_second_factor(request: Request, viewer: Half, code: Text = "", next: Text = "") -> Response:
    """Take an app's code or a recovery code."""
    portal = portal_of(request)
    if viewer.session is None or not viewer.is_half_in:
        return _lead_on(viewer, next)
    is_known = may_try_here(request, viewer.known.id)
    if not is_known:
        portal.rates.count(Tried.SECOND_FACTOR_OF, viewer.known.id)
    with portal.store.read() as db:
        account = find_account(db, viewer.known.id)
    if account is None or not account.has_second_factor:
        return _go_on("/sign-in/enrol", next)  # a code sent here must not confirm an enrolment unseen
    entered = enter_by_code(portal, viewer.session, code[:40], despite_lock=is_known)
    if entered is None:
        page = {"problem": "second_wrong", "next": safe_next(next, "")}
        return render(request, viewer, "sign_in_second.html", status=400, **page)
    return _begin(request, entered, next)


@router.get("/sign-in/enrol")
def show_enrolment(request: Request, viewer: Half, next: str = "") -> Response:
    """Show what an authenticator app needs; never again once it was confirmed."""
    return _show_enrolment(request, viewer, next)


@router.post("/sign-in/enrol", dependencies=[SLOW_HASH])
def enrol(request: Request, viewer: Half, code: Text = "", next: Text = "") -> Response:
    """Take the app's first code, and show the recovery codes this once."""
    portal = portal_of(request)
    if viewer.session is None or not viewer.is_half_in:
        return _lead_on(viewer, next)
    with portal.store.read() as db:
        account = find_account(db, viewer.known.id)
    if account is None or account.has_second_factor:
        return _go_on("/sign-in/second", next)
    portal.rates.count(Tried.SECOND_FACTOR_OF, viewer.known.id)
    # The page has just shown what the code is computed from: there is nothing to guess, so no lock counts.
    entered = enter_by_code(portal, viewer.session, code[:12], despite_lock=True)
    if entered is None:
        return _show_enrolment(request, viewer, next, "second_wrong")
    with portal.store.write() as db:
        record(db, portal.now(), viewer.known.id, Action.SECOND_FACTOR_ENROLLED)
    codes = draw_recovery_codes(portal, viewer.known)
    target = safe_next(next, home_of(viewer.known.access))
    response = render(request, viewer, "sign_in_recovery.html", codes=codes, next=target)
    set_session_cookie(portal, response, entered.token)
    remember_browser(request, response, viewer.known)
    return response


@router.post("/sign-out")
def sign_out(request: Request, viewer: Anyone) -> Response:
    """End this browser's session."""
    portal = portal_of(request)
    if viewer.session is not None:
        with portal.store.write() as db:
            close_session(db, viewer.known.id, viewer.session.digest)
            record(db, portal.now(), viewer.known.id, Action.SIGNED_OUT)
    response = go_to("/sign-in", "done_signed_out")
    drop_session_cookie(portal, response)
    return response


@router.get("/join")
def show_join(request: Request, viewer: Anyone) -> Response:
    """Ask for the code of an invitation."""
    return render(request, viewer, "join.html", problem="")


@router.post("/join", dependencies=[SLOW_HASH])
def take_join_code(request: Request, viewer: Anyone, code: Text = "") -> Response:
    """Take a typed code; its own page then asks for a password."""
    found = _find_invited(request, code)
    if found is None:
        return render(request, viewer, "join.html", status=400, problem="join_wrong")
    return go_to(f"/join/{_plain(code)}")


@router.get("/join/{code}", dependencies=[SLOW_HASH])
def show_join_password(request: Request, viewer: Anyone, code: str) -> Response:
    """Welcome whose invitation it is. Looking uses nothing up: scanners follow links too."""
    found = _find_invited(request, code)
    if found is None:
        return render(request, viewer, "join.html", status=400, problem="join_wrong")
    return _ask_password(request, viewer, code, found[1])


@router.post("/join/{code}", dependencies=[SLOW_HASH])
def join(request: Request, viewer: Anyone, code: str, new: Text = "", again: Text = "") -> Response:
    """Set the password and let the person in."""
    portal = portal_of(request)
    found = _find_invited(request, code)
    if found is None:
        return render(request, viewer, "join.html", status=400, problem="join_wrong")
    invitation, person = found
    fault = find_fault(new, person) or ("password_differs" if new != again else None)
    if fault is not None:
        return _ask_password(request, viewer, code, person, fault)
    entered = enter_by_invitation(portal, invitation, person, new, viewer.session)
    if entered is None:
        return render(request, viewer, "join.html", status=400, problem="join_wrong")
    return _begin(request, entered, "")


@router.get("/language")
def choose_language(request: Request, viewer: Anyone, to: str = "", next: str = "/") -> Response:
    """Remember the language on this device."""
    response = RedirectResponse(safe_next(next), status_code=303)
    if to in set(Language):
        set_language_cookie(portal_of(request), response, Language(to))
    return response


def _find_invited(request: Request, code: str) -> tuple[Invitation, Person] | None:
    portal = portal_of(request)
    portal.rates.count(Tried.JOIN_FROM, address_of(request, portal.settings.trusted_proxies))
    return find_invited(portal, code)


def _ask_password(request: Request, viewer: Viewer, code: str, person: Person, problem: str = "") -> Response:
    values = {"code": _plain(code), "person": person, "problem": problem}
    return render(request, viewer, "join_password.html", status=400 if problem else 200, **values)


def _plain(code: str) -> str:
    """Return a code that was found as it stands in an address."""
    given = read_code(code)
    return given.code if given else ""


def _show_enrolment(request: Request, viewer: Viewer, next: str, problem: str = "") -> Response:
    portal = portal_of(request)
    if not viewer.is_half_in:
        return _lead_on(viewer, next)
    with portal.store.write() as db:
        secret = begin_enrolment(db, cipher_of(portal), viewer.known.id)
    if secret is None:
        return _go_on("/sign-in/second", next)
    issuer = portal.course.programme.title[Language.EN]
    values = {
        "qr": draw_qr(provisioning_uri(secret, viewer.known.id, issuer), WORDS["enrol_qr"][viewer.language]),
        "key": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        "next": safe_next(next, ""),
        "problem": problem,
    }
    return render(request, viewer, "sign_in_enrol.html", status=400 if problem else 200, **values)


def _begin(request: Request, entered: Entered, next: str) -> Response:
    """Hand the new session over and lead on."""
    portal, person = portal_of(request), entered.session.person
    whole = not (person.access.is_staff and portal.settings.require_second_factor)
    if whole or entered.session.second_factor_at is not None:
        response: Response = RedirectResponse(safe_next(next, home_of(person.access)), status_code=303)
        remember_browser(request, response, person)
    else:
        response = _go_on("/sign-in/second", next)
    set_session_cookie(portal, response, entered.token)
    return response


def _lead_on(viewer: Viewer, next: str) -> Response:
    if viewer.is_half_in:
        return _go_on("/sign-in/second", next)
    return RedirectResponse(safe_next(next, home_of(viewer.known.access)), status_code=303)


def _go_on(path: str, next: str) -> Response:
    target = safe_next(next, "")
    return RedirectResponse(f"{path}?next={quote(target)}" if target else path, status_code=303)
