"""What guards every answer and every form: headers by kind of page, sizes, and proof that a form is ours.

Knows HTTP headers, cookies and sessions' secrets; must not know what pages are about.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from fastapi import Depends, HTTPException, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from grader.model.people import Permission
from grader.portal.context import Portal, portal_of
from grader.portal.viewer import LANGUAGE_COOKIE, find_viewer, has_bearer, session_cookie, visitor_cookie
from grader.text import Language

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
CSRF_HEADER = "x-csrf-token"
STRANGERS_BYTES = 64_000
"""The most that a request of nobody we know may carry: a sign-in needs no more."""
FORM_BYTES = 3_000_000
"""The most that a form without a file may carry."""
_PLAIN_FORM = "application/x-www-form-urlencoded"
LARGE_FORMS = {"/mark/elsewhere": Permission.TEACH}
"""Where whole classes' work is uploaded, and who may: a body is read before a route can ask."""
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_YEAR_S = 31_536_000
_SECONDS_MORE = 5.0


class Forgery(HTTPException):
    """A form that no page of this session made."""

    def __init__(self) -> None:
        super().__init__(403, "forgery")


async def protect_from_forgery(request: Request) -> None:
    """Refuse unsafe requests that another site may have sent; for all routes at once.

    A browser's own word on where a request comes from is checked first, then the session's secret. Requests
    with a bearer token use no cookie, so there is nothing that another site could ride on. Texts with a NUL
    are refused here too: no database keeps them.
    """
    _refuse_nul(*request.query_params.values(), *map(str, request.path_params.values()))
    if request.method in _SAFE or has_bearer(request.headers):
        return
    if not _comes_from_here(request):
        raise Forgery
    expected = (await run_in_threadpool(find_viewer, request)).csrf
    given = request.headers.get(CSRF_HEADER)
    if given is None:
        form = await request.form()
        _refuse_nul(*(value for value in form.values() if isinstance(value, str)))
        given = str(form.get("csrf", ""))
    if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode()):
        raise Forgery


def _comes_from_here(request: Request) -> bool:
    """Whether the browser says that a page of ours sent this; programs and old browsers say nothing."""
    own = {portal_of(request).settings.origin, f"{request.url.scheme}://{request.url.netloc}"}
    origin = request.headers.get("origin")
    if origin is not None and origin not in own:
        return False
    return request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}


def _refuse_nul(*texts: str) -> None:
    if any("\0" in text for text in texts):
        raise HTTPException(400)


async def wait_to_hash(request: Request) -> AsyncIterator[None]:
    """Let few requests at once come to a slow hash.

    The others wait here, where waiting takes no thread: a crowd at the door, or one stranger with hundreds of
    made-up codes, would otherwise hold up everybody's pages and hand-ins.
    """
    async with portal_of(request).rates.hashing:
        yield


SLOW_HASH = Depends(wait_to_hash, scope="function")
"""For `dependencies` of every route that compares or makes a slow hash for whoever asks."""


async def wait_to_take(request: Request) -> AsyncIterator[None]:
    """Let some hand-ins at once be taken; the others wait without a thread, as before a slow hash."""
    async with portal_of(request).rates.taking:
        yield


TAKE_HAND_IN = Depends(wait_to_take, scope="function")
"""For `dependencies` of a form with a hand-in: a form has arrived before any dependency is asked."""


def safe_next(target: str, otherwise: str = "/") -> str:
    """Return an address to go on to, if it is a path of this portal and cannot be read as anything else."""
    plain = target.isprintable() and "\\" not in target
    if not plain or not target.startswith("/") or target.startswith("//") or len(target) > 500:
        return otherwise
    return quote(target, safe="/?&=#%+,;:@")


def set_session_cookie(portal: Portal, response: Response, token: str) -> None:
    """Give the browser a session; it forgets it when it closes, and the server at the latest in two weeks."""
    _set_cookie(portal, response, session_cookie(portal), token)


def drop_session_cookie(portal: Portal, response: Response) -> None:
    """Take the session from the browser."""
    secure = portal.settings.is_https
    response.delete_cookie(session_cookie(portal), httponly=True, samesite="lax", secure=secure)


def set_language_cookie(portal: Portal, response: Response, language: Language) -> None:
    """Let this browser remember the language."""
    _set_cookie(portal, response, LANGUAGE_COOKIE, language, max_age=_YEAR_S)


def set_lasting_cookie(portal: Portal, response: Response, name: str, value: str, span: timedelta) -> None:
    """Give the browser a cookie that outlives its closing."""
    _set_cookie(portal, response, name, value, max_age=int(span.total_seconds()))


def _set_cookie(portal: Portal, response: Response, name: str, value: str, **options: Any) -> None:
    response.set_cookie(
        name, value, path="/", httponly=True, samesite="lax", secure=portal.settings.is_https, **options
    )


def security_headers(portal: Portal) -> dict[str, str]:
    """Return the headers that every answer carries, unless it set its own."""
    headers = {
        "content-security-policy": PAGE_POLICY,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
        "cache-control": "no-store",
    }
    if portal.settings.is_https:
        headers["strict-transport-security"] = f"max-age={_YEAR_S}"
    return headers


class SecurityHeaders:
    """ASGI middleware: adds what is missing; an answer that set its own policy keeps it."""

    def __init__(self, app: ASGIApp, portal: Portal) -> None:
        self._app = app
        self._portal = portal
        self._headers = security_headers(portal)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                visitor = scope.get("state", {}).get("new_visitor")
                if visitor is not None:
                    self._add_visitor(headers, visitor)
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _add_visitor(self, headers: MutableHeaders, visitor: str) -> None:
        made = Response()
        _set_cookie(self._portal, made, visitor_cookie(self._portal), visitor)
        headers.append("set-cookie", made.headers["set-cookie"])


class BodyTooBig(HTTPException):
    """More bytes than this request may carry."""

    def __init__(self) -> None:
        super().__init__(413, "too big")


class BodyTooSlow(HTTPException):
    """A body that does not come to its end: somebody drips it in, or the line is too weak."""

    def __init__(self) -> None:
        super().__init__(408, "too slow", {"Connection": "close"})


class BodyLimit:
    """ASGI middleware: counts bytes and seconds of a body as it comes, and stops at what it may take.

    It goes inside the middleware that turns exceptions into answers, so the reader of the body raises.
    """

    def __init__(self, app: ASGIApp, portal: Portal) -> None:
        self._app = app
        self._settings = portal.settings
        # A little more than the API allows itself, whose answer says more.
        self._seconds = portal.settings.upload_timeout_s + _SECONDS_MORE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = STRANGERS_BYTES
        seen = 0
        begun = asyncio.get_running_loop().time()
        end = begun + self._seconds
        is_whole = False

        async def receive_counted() -> Message:
            nonlocal seen, most, end, is_whole
            if is_whole:  # what is waited for now is that the reader leaves
                return await receive()
            try:
                async with asyncio.timeout_at(end):
                    message = await receive()
            except TimeoutError:
                raise BodyTooSlow from None
            if message["type"] == "http.request":
                is_whole = not message.get("more_body", False)
                seen += len(message.get("body", b""))
                if seen > most:
                    most, seconds = await run_in_threadpool(self._find_limits, Request(scope))
                    end = begun + seconds
                if seen > most:
                    raise BodyTooBig
            return message

        await self._app(scope, receive_counted, send)

    def _find_limits(self, request: Request) -> tuple[int, float]:
        """Return how many bytes and seconds whoever asks may take; only asked for once strangers' are over.

        A cookie or token alone says nothing: anybody can make one up. Who comes with a session that is over
        is told the same as with a small form, not that the file is too big.
        """
        viewer, settings = find_viewer(request), self._settings
        if viewer.person is None and session_cookie(portal_of(request)) in request.cookies:
            raise Forgery
        if viewer.person is None or viewer.is_half_in:
            return STRANGERS_BYTES, self._seconds
        permission = LARGE_FORMS.get(request.url.path)
        if permission is not None and viewer.may(permission):
            return settings.max_download_bytes + FORM_BYTES, settings.download_timeout_s
        if request.headers.get("content-type", "").lower().startswith(_PLAIN_FORM):
            return FORM_BYTES, self._seconds
        # Boundaries and hidden fields come on top of the file itself.
        return settings.max_upload_bytes + STRANGERS_BYTES, self._seconds
