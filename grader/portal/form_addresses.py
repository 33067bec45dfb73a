"""Addresses that only take forms: whoever asks for one as for a page is led to the page with the form.

A form that was refused is shown at the address it was sent to. From there people change the language, press
Enter in the address bar or come back later. Knows paths; must not know what any form is about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute

from grader.portal.viewer import Anyone


def lead_back_from_forms(routes: Iterable[BaseRoute]) -> APIRouter:
    """Return a GET route for each path of a form that has none; it leads to the nearest page above."""
    paths: dict[str, set[str]] = {"GET": set(), "POST": set()}
    for route in iter_route_contexts(list(routes)):
        for method in route.methods or ():
            paths.setdefault(method, set()).add(route.path or "")
    router = APIRouter(include_in_schema=False)
    for path in sorted(paths["POST"] - paths["GET"]):
        if not path.startswith("/api/"):
            router.add_api_route(
                path, _lead_to_page(_count_steps_to_page(path, paths["GET"])), methods=["GET"]
            )
    return router


def _count_steps_to_page(path: str, pages: set[str]) -> int:
    """Return how many parts of a form's path make the path of a page; 0 if there is none above."""
    parts = path.strip("/").split("/")
    return next((n for n in range(len(parts), 0, -1) if "/" + "/".join(parts[:n]) in pages), 0)


def _lead_to_page(steps: int) -> Callable[[Request, Anyone], Response]:
    def lead_to_page(request: Request, viewer: Anyone) -> Response:
        """Lead to the page with the form."""
        return RedirectResponse(
            "/" + "/".join(request.url.path.strip("/").split("/")[:steps]), status_code=303
        )

    return lead_to_page
