"""Browsers in which somebody has signed in before: strangers cannot keep these people out of them.

Knows a cookie and how often it helps; must not know passwords or pages. Wrong passwords lock an account for
everybody but the browsers that its owner has used: these have a few tries of their own. The cookie is
encrypted with the key of second factors, names nobody to whoever reads it, and signs nobody in.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta

from cryptography.fernet import InvalidToken
from fastapi import Request, Response

from grader.model.people import Person, fold_id
from grader.portal.context import Portal, portal_of
from grader.portal.rate_limits import Tried
from grader.portal.security import set_lasting_cookie
from grader.portal.viewer import session_cookie
from grader.store.keys import open_cipher

KNOWN_FOR = timedelta(days=180)
"""Since somebody last signed in."""
_MOST_PEOPLE = 5
"""Who share a computer; the latest stay. A cookie must not grow with a whole class."""


@dataclass(frozen=True)
class KnownBrowser:
    """What the cookie says."""

    name: str
    """Random."""
    people: tuple[str, ...]
    """Digests of the ids of those who signed in here, latest first."""


def may_try_here(request: Request, typed: str) -> bool:
    """Count one try in a browser that this person knows; False in others, or when its tries are used up."""
    portal, who = portal_of(request), _digest(typed)
    browser = _read(request)
    return who in browser.people and portal.rates.allows(Tried.SIGN_IN_ON, f"{browser.name} {who}")


def remember_browser(request: Request, response: Response, person: Person) -> None:
    """Note in the browser's cookie that this person is in, second factor and all; its tries begin anew."""
    portal, who, before = portal_of(request), _digest(person.id), _read(request)
    portal.rates.forget(Tried.SIGN_IN_ON, f"{before.name} {who}")
    people = [who, *(other for other in before.people if other != who)][:_MOST_PEOPLE]
    text = json.dumps([before.name, *people]).encode()
    sealed = open_cipher(portal.store.folder).encrypt_at_time(text, int(portal.now().timestamp()))
    set_lasting_cookie(portal, response, _cookie(portal), sealed.decode(), KNOWN_FOR)


def _read(request: Request) -> KnownBrowser:
    """Return what a browser's cookie says; a browser without a good one knows nobody."""
    portal = portal_of(request)
    cipher, now = open_cipher(portal.store.folder), int(portal.now().timestamp())
    given = request.cookies.get(_cookie(portal), "").encode("utf-8", "surrogatepass")
    try:
        opened = cipher.decrypt_at_time(given, int(KNOWN_FOR.total_seconds()), now)
    except InvalidToken:
        return KnownBrowser(secrets.token_hex(8), ())
    name, *people = json.loads(opened)
    return KnownBrowser(name, tuple(people))


def _cookie(portal: Portal) -> str:
    return f"{session_cookie(portal)}-known"


def _digest(typed: str) -> str:
    return hashlib.sha256(fold_id(typed).encode("utf-8", "surrogatepass")).hexdigest()[:32]
