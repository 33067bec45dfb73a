"""Who is asking, and whether they may: every route names `require(...)` or `anyone`.

Knows sessions, tokens and permissions; must not know pages. Denies by default: a route without one of the
two fails a test.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import Headers

from grader.errors import EnvironmentProblem
from grader.model.people import GRANTS, Access, Permission, Person
from grader.portal.context import Portal, portal_of
from grader.portal.rate_limits import Tried, address_of
from grader.store.sessions import Session, SessionLimits, find_session, is_touch_due, touch_session
from grader.store.tokens import find_bearer, is_use_due, note_use
from grader.text import Language

LANGUAGE_COOKIE = "medai-language"
_TOKEN_GRANTS = frozenset({Permission.READ, Permission.LEARN, Permission.TEACH, Permission.MARK})
"""A token in a notebook server never changes an account, nor runs the portal."""


class SignInNeeded(Exception):
    """Nobody is signed in, or the second factor is missing; pages lead to where that is mended."""

    def __init__(self, second_factor: bool = False) -> None:
        super().__init__("sign in")
        self.second_factor = second_factor


@dataclass(frozen=True)
class Viewer:
    """The person behind a request; `person` is None for strangers."""

    person: Person | None
    language: Language
    csrf: str = ""
    """What every form of this session carries."""
    second_factor: bool = False
    is_half_in: bool = False
    """Whether this is staff who gave a password and has yet to show the second factor: nothing is granted."""
    session: Session | None = None
    by_token: bool = False
    """Whether a bearer token speaks, which carries no cookie's authority."""

    def may(self, permission: Permission) -> bool:
        """Whether the person's role, and the way they came in, grants this."""
        if self.person is None or self.is_half_in or permission not in GRANTS[self.person.access]:
            return False
        return not self.by_token or permission in _TOKEN_GRANTS

    @property
    def known(self) -> Person:
        """The person, where a route has made sure that there is one."""
        if self.person is None:
            raise SignInNeeded
        return self.person


def session_cookie(portal: Portal) -> str:
    """Return the cookie's name; browsers keep `__Host-` ones to this host, this path and https."""
    return "__Host-medai" if portal.settings.is_https else "medai"


def visitor_cookie(portal: Portal) -> str:
    """Return the name of the cookie that ties forms of strangers, such as the sign-in, to their browser."""
    return f"{session_cookie(portal)}-visitor"


def session_limits(portal: Portal, access: Access) -> SessionLimits:
    """Return how long sessions of a role live: those of staff, who see others' work, end sooner."""
    settings = portal.settings
    idle_s = settings.session_idle_staff_s if access.is_staff else settings.session_idle_trainee_s
    return SessionLimits(idle_s, settings.session_absolute_s)


def language_of(request: Request, person: Person | None) -> Language:
    """Return the language to answer in: chosen on this device, else the person's, else the browser's."""
    chosen = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    if chosen in set(Language):
        return Language(chosen)
    if person is not None:
        return Language(person.language)
    accepted = request.headers.get("accept-language", "").strip().lower()
    return Language.EN if accepted.startswith("en") else Language.KO


def find_viewer(request: Request) -> Viewer:
    """Return who is asking; strangers have no person. Looked up once per request.

    A request with a bearer token is judged by that alone: a cookie beside it counts for nothing,
    or a bearer's freedom from the check for forged forms would extend to the cookie.
    """
    known: Viewer | None = getattr(request.state, "viewer", None)
    if known is None:
        known = _find_by_token(request) if has_bearer(request.headers) else _find_by_cookie(request)
        request.state.viewer = known
    return known


def has_bearer(headers: Headers) -> bool:
    """Whether a request brings a token of ours; what a proxy uses for itself, such as Basic, is not ours."""
    return headers.get("authorization", "").lower().startswith("bearer ")


def _find_by_token(request: Request) -> Viewer:
    portal = portal_of(request)
    # Should the rate be refused, the page that says so finds a stranger instead of asking again.
    request.state.viewer = Viewer(None, language_of(request, None), by_token=True)
    portal.rates.count(Tried.API_FROM, address_of(request, portal.settings.trusted_proxies))
    text = request.headers["authorization"].partition(" ")[2].strip()
    person, now = None, portal.now()
    with portal.store.read() as db:
        found = find_bearer(db, text, now)
    if found is not None:
        token, person = found
        if is_use_due(token, now):
            with suppress(EnvironmentProblem), portal.store.write() as db:
                note_use(db, token, now)
    # A token was made by somebody whose second factor had been seen.
    return Viewer(person, language_of(request, person), second_factor=person is not None, by_token=True)


def _find_by_cookie(request: Request) -> Viewer:
    portal = portal_of(request)
    token = request.cookies.get(session_cookie(portal), "")
    session, now = None, portal.now()
    if token:
        with portal.store.read() as db:
            session = find_session(db, token, now)
    if session is None:
        return Viewer(None, language_of(request, None), csrf=_visitor_csrf(request))
    second_factor = session.second_factor_at is not None
    needs_more = session.person.access.is_staff and portal.settings.require_second_factor
    is_half_in = needs_more and not second_factor
    if not is_half_in and is_touch_due(session, now):  # half a session ends when it was said to
        _note_life(portal, session, now)
    return Viewer(
        person=session.person,
        language=language_of(request, session.person),
        csrf=session.csrf,
        second_factor=second_factor,
        is_half_in=is_half_in,
        session=session,
    )


def _note_life(portal: Portal, session: Session, now: datetime) -> None:
    """Put the session's end off. A disk that is full must not keep people from reading."""
    with suppress(EnvironmentProblem), portal.store.write() as db:
        touch_session(db, session, now, session_limits(portal, session.person.access))


def _visitor_csrf(request: Request) -> str:
    """Return what a stranger's forms carry; a new browser gets its cookie with this answer."""
    visitor = request.cookies.get(visitor_cookie(portal_of(request)), "")
    if not 32 <= len(visitor) <= 64:
        visitor = secrets.token_urlsafe(32)
        request.state.new_visitor = visitor
    return hashlib.sha256(f"form of {visitor}".encode("utf-8", "surrogatepass")).hexdigest()


def anyone(request: Request) -> Viewer:
    """Let everybody in; for `Depends`."""
    return find_viewer(request)


def half_signed_in(request: Request) -> Viewer:
    """Let in who gave a password, with or without the second factor; for the pages that ask for it."""
    viewer = find_viewer(request)
    if viewer.session is None:
        raise SignInNeeded
    return viewer


def require(permission: Permission) -> Callable[[Request], Viewer]:
    """Return a dependency that lets in whom the permission was granted."""

    def check(request: Request) -> Viewer:
        viewer = find_viewer(request)
        if viewer.person is None:
            raise SignInNeeded
        if viewer.is_half_in:
            raise SignInNeeded(second_factor=True)
        if not viewer.may(permission):
            raise HTTPException(403)
        if viewer.by_token:
            portal_of(request).rates.count(Tried.API_OF, viewer.person.id)
        return viewer

    check.permission = permission  # type: ignore[attr-defined]  # read by the test that walks all routes
    return check


Anyone = Annotated[Viewer, Depends(anyone)]
SignedIn = Annotated[Viewer, Depends(require(Permission.READ))]
Learner = Annotated[Viewer, Depends(require(Permission.LEARN))]
AccountOwner = Annotated[Viewer, Depends(require(Permission.ACCOUNT))]
Grader = Annotated[Viewer, Depends(require(Permission.MARK))]
Teacher = Annotated[Viewer, Depends(require(Permission.TEACH))]
Operator = Annotated[Viewer, Depends(require(Permission.OPERATE))]
