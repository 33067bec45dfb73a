"""The application: routes, course site, and how errors look to people and to programs.

Knows which routers there are; must not know what any of them does.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from urllib.parse import quote

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from grader.errors import EnvironmentProblem, GraderError
from grader.grading.layout import CourseBusy
from grader.portal.api.errors import ApiError, ErrorPage, answer_by_audience
from grader.portal.context import Portal, portal_of
from grader.portal.course_site import make_assets, make_course_site
from grader.portal.form_addresses import lead_back_from_forms
from grader.portal.metrics import MeasureRequests, Metrics
from grader.portal.pages import WORDS, render
from grader.portal.security import BodyLimit, Forgery, SecurityHeaders, protect_from_forgery, security_headers
from grader.portal.viewer import SignInNeeded, Viewer, find_viewer, language_of
from grader.store.blobs import DamagedBlob

log = logging.getLogger("medai.portal")
TITLED = frozenset({400, 403, 404, 408, 413, 429, 500, 503})


def create_app(
    portal: Portal,
    routers: Sequence[APIRouter] = (),
    companions: Sequence[AbstractContextManager[object]] = (),
) -> FastAPI:
    """Return the application. `companions` live as long as it runs: the worker that grades."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        with ExitStack() as stack:
            for companion in companions:
                stack.enter_context(companion)
            yield

    app = FastAPI(
        title="medai portal",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        dependencies=[Depends(protect_from_forgery)],
    )
    app.state.portal = portal
    app.state.metrics = Metrics(portal)
    app.add_middleware(BodyLimit, portal=portal)
    app.add_middleware(SecurityHeaders, portal=portal)
    app.add_middleware(MeasureRequests, metrics=app.state.metrics)
    for router in routers or all_routers():
        app.include_router(router)
    app.include_router(lead_back_from_forms(app.routes))
    app.mount("/portal", make_assets())
    if portal.workspace.site.is_dir():
        app.mount("/", make_course_site(portal.workspace.site))
    _add_error_pages(app)
    return app


def all_routers() -> list[APIRouter]:
    """Return the routers of all pages and of the API."""
    from grader.portal.api import v1
    from grader.portal.routes import account, learn, mark, operate, people, sign_in, teach

    pages = [module.router for module in (sign_in, account, people, learn, teach, mark, operate)]
    return [*pages, v1.router]


def _add_error_pages(app: FastAPI) -> None:
    pages: dict[type[Exception], ErrorPage] = {
        SignInNeeded: _lead_to_sign_in,
        ApiError: _tell_bad_form,  # only ever raised in the API, which says more of it
        StarletteHTTPException: _tell_status,
        RequestValidationError: _tell_bad_form,
        EnvironmentProblem: _tell_trouble,
        DamagedBlob: _tell_gone,
        CourseBusy: _tell_busy,
        GraderError: _tell_refusal,
        Exception: _tell_fault,
    }
    for kind, page in pages.items():
        app.add_exception_handler(kind, answer_by_audience(page))


def _stranger(request: Request) -> Viewer:
    """Return who is asking, even when the database that knows them is away."""
    try:
        return find_viewer(request)
    except EnvironmentProblem:
        return Viewer(person=None, language=language_of(request, None))


def show_error(
    request: Request, status: int, text: str = "", hint: str = "", kind: str = "", **values: object
) -> Response:
    """Return the page of an error: what happened and what to do next; its `kind` names words of its own."""
    viewer = _stranger(request)
    known = kind or (status if status in TITLED else 400 if status < 500 else 500)
    message = text or WORDS[f"error_{known}"][viewer.language].format(**values)
    return render(
        request,
        viewer,
        "error.html",
        status=status,
        title=WORDS[f"error_{known}_title"][viewer.language],
        message=message,
        hint=hint,
    )


async def _lead_to_sign_in(request: Request, error: Exception) -> Response:
    """Lead to the sign-in page and, for plain pages, back again."""
    target = "/sign-in/second" if getattr(error, "second_factor", False) else "/sign-in"
    if request.method == "GET" and request.url.path != "/":
        target = f"{target}?next={quote(request.url.path)}"
    return RedirectResponse(target, status_code=303)


async def _tell_status(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException | StarletteHTTPException) else 500
    if isinstance(error, Forgery):
        viewer = _stranger(request)
        return show_error(request, status, WORDS["error_csrf"][viewer.language])
    headers = getattr(error, "headers", None) or {}
    response = show_error(request, status, seconds=headers.get("Retry-After", "60"))
    response.headers.update(headers)
    return response


async def _tell_bad_form(request: Request, error: Exception) -> Response:
    return show_error(request, 400)


async def _tell_trouble(request: Request, error: Exception) -> Response:
    """The database or the disk is away: nothing was kept, and people are told so."""
    log.error("environment: %s", error)
    response = show_error(request, 503)
    response.headers["Retry-After"] = "30"
    return response


async def _tell_gone(request: Request, error: Exception) -> Response:
    """Bytes were removed after their time, or the disk lost them: who asks can do nothing about it."""
    log.error("files: %s", error)
    return show_error(request, 404, kind="gone")


async def _tell_busy(request: Request, error: Exception) -> Response:
    """Grading holds the gradebook: in a while it will not."""
    response = show_error(request, 503, kind="busy")
    response.headers["Retry-After"] = "30"
    return response


async def _tell_refusal(request: Request, error: Exception) -> Response:
    """Something a person must mend; our messages say what."""
    refusal = error if isinstance(error, GraderError) else GraderError(str(error))
    return show_error(request, 400, refusal.message, refusal.hint)


async def _tell_fault(request: Request, error: Exception) -> Response:
    """A fault of ours: a number connects what the person saw with the log."""
    number = secrets.token_hex(4)
    log.exception("fault %s at %s %s", number, request.method, request.scope.get("route"), exc_info=error)
    response = show_error(request, 500, number=number)
    for name, value in security_headers(portal_of(request)).items():
        response.headers.setdefault(name, value)  # faults are told outside the middleware that adds them
    return response


__all__ = ["create_app", "portal_of", "show_error"]
