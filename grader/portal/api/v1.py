"""Version 1 of the API. Knows which routers there are."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import APIRouter, Request
from starlette.routing import Match

from grader.portal.api import about, assignments, staff, submissions
from grader.portal.api.description import describe_api
from grader.portal.api.errors import by_status, not_found
from grader.portal.api.shapes import PREFIX
from grader.portal.viewer import Anyone

router = APIRouter()
_PARTS = (about.router, assignments.router, submissions.router, staff.router)
_ROUTES = [route for part in _PARTS for route in part.routes]
for _part in _PARTS:
    router.include_router(_part)
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]


@cache
def describe() -> dict[str, Any]:
    """Return the OpenAPI document of this version."""
    return describe_api(_ROUTES)


@router.get(f"{PREFIX}/openapi.json", include_in_schema=False)
def read_description(viewer: Anyone) -> dict[str, Any]:
    """This API's description: OpenAPI 3.1."""
    return describe()


@router.api_route(PREFIX + "/{path:path}", methods=_METHODS, include_in_schema=False)
def answer_nowhere(request: Request, viewer: Anyone) -> None:
    """Say in JSON that there is no such address, or that it does not take this method."""
    found = [route for route in _ROUTES if route.matches(request.scope)[0] is Match.PARTIAL]
    allowed = sorted({method for route in found for method in getattr(route, "methods", ())})
    raise by_status(405, {"Allow": ", ".join(allowed)}) if allowed else not_found()
