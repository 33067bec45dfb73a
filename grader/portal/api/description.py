"""The API's description of itself: OpenAPI 3.1.

Knows FastAPI's generator and what it leaves out; must not know any route.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

ABOUT = """\
The portal of the course, for programs. Moments are in UTC. Lists are in pages: `next` of one is `after` of
the next.

**Access**: `Authorization: Bearer <id>.<secret>` with a token from the account page; or the session's cookie,
and then `X-CSRF-Token` with everything that changes something.

**Errors** have a stable `code`, and a `message` and a `hint` in Korean and English.

**Handing in**: `PUT /submissions/{uuid}` with a UUID of the client's own. Only 201 or 200 with a receipt
means handed in. After a lost answer send the same again: it gives the same receipt.
"""
_SECURITY: list[dict[str, list[str]]] = [{"token": []}, {"session": [], "csrf": []}]


def describe_api(routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """Return the OpenAPI document of these routes."""
    described = get_openapi(
        title="medai portal", version="1", openapi_version="3.1.0", description=ABOUT, routes=routes
    )
    guarded = {
        (route.path_format, method.lower())
        for route in routes
        if isinstance(route, APIRoute) and any(_permissions(route.dependant))
        for method in route.methods or ()
    }
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            if (path, method) in guarded:
                operation["security"] = _SECURITY
            if "HTTPValidationError" in str(operation["responses"].get("422", "")):
                del operation["responses"]["422"]  # a wrong request is answered with 400 here
    schemas = described["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    described["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": "medai"},
        "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
    }
    return described


def _permissions(dependant: Dependant) -> Iterator[object]:
    for one in dependant.dependencies:
        if hasattr(one.call, "permission"):
            yield one.call
        yield from _permissions(one)
