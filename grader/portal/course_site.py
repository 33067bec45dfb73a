"""The course site behind the portal's pages: static files with the site's own policy.

Knows a folder and caching; must not know people: what lies there is public.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

from grader.site.serve import SITE_POLICY

_LASTING = ("font/", "image/")
_DAY_S = 86_400
_LINK_STYLE = "assets/medai/portal.css"
"""Of the site: hides the way to the portal. Ours, which shows it, is sent instead."""
ASSETS = Path(__file__).parent / "assets"


class _SiteFiles(StaticFiles):
    """Files of the site; pages are asked for again each time, fonts and pictures once a day."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path == _LINK_STYLE:
            response: Response = FileResponse(ASSETS / "site-link.css")
        else:
            response = await super().get_response(path, scope)
        kind = response.headers.get("content-type", "")
        lasting = kind.startswith(_LASTING) or ".min." in path
        response.headers["content-security-policy"] = SITE_POLICY
        response.headers["cache-control"] = f"max-age={_DAY_S}" if lasting else "no-cache"
        return response


def make_course_site(folder: Path) -> ASGIApp:
    """Return an application that serves a built site; its own 404 page answers for what is not there."""
    # Compressing is safe here: these pages hold no secret beside what a stranger could choose.
    return GZipMiddleware(_SiteFiles(directory=folder, html=True), minimum_size=500)


class _Assets(StaticFiles):
    """The portal's own files: their addresses change whenever they do, so browsers may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if scope.get("query_string"):
            response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def make_assets() -> ASGIApp:
    """Return an application that serves the portal's style sheet and scripts."""
    return GZipMiddleware(_Assets(directory=ASSETS), minimum_size=500)


@cache
def asset_address(name: str) -> str:
    """Return the address of one of the portal's files, with the start of its SHA-256."""
    return f"/portal/{name}?{hashlib.sha256((ASSETS / name).read_bytes()).hexdigest()[:12]}"
