"""A small static server for the demo: the site, and people's feedback under a strict policy.

Knows folders and HTTP; binds to this machine only. Must not know the course. For a real site use a real
web server.
"""

from __future__ import annotations

import contextlib
import gzip
import html
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from grader.errors import EnvironmentProblem

FEEDBACK_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; sandbox"
"""Feedback holds what learners' code printed: nothing in it may run or load."""
SITE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; worker-src 'self' blob:; frame-ancestors 'none'"
)
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".wasm": "application/wasm",
    ".txt": "text/plain; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".xml": "application/xml",
    ".ipynb": "application/x-ipynb+json",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
_COMPRESSED = ("text/", "application/json", "image/svg+xml", "application/xml", "application/wasm")


def make_server(
    mounts: Mapping[str, Path], port: int = 8000, strict: tuple[str, ...] = ("feedback",)
) -> ThreadingHTTPServer:
    """Return a server on 127.0.0.1 that shows each folder under its prefix (`""` is the root).

    Prefixes in `strict` get the feedback policy. The caller runs `serve_forever` and closes it. Port 0
    takes any free port.
    """
    folders = {prefix.strip("/"): folder.resolve() for prefix, folder in mounts.items()}
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), partial(_Request, folders, strict))
    except OSError as error:
        raise EnvironmentProblem(
            f"port {port} cannot be used: {error.strerror}", "stop what uses it, or choose another port"
        ) from error


def serve(mounts: Mapping[str, Path], port: int = 8000) -> None:
    """Serve until interrupted."""
    with make_server(mounts, port) as server, contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()


class _Request(BaseHTTPRequestHandler):
    """One request; everything it may show lies below one of the folders."""

    protocol_version = "HTTP/1.1"
    server_version = "medai"
    sys_version = ""

    def __init__(self, folders: Mapping[str, Path], strict: tuple[str, ...], *rest: object) -> None:
        self._folders = folders
        self._strict = strict
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: who reads what is nobody's business."""

    def _answer(self, with_body: bool) -> None:
        asked = unquote(urlsplit(self.path).path).replace("\0", "/")
        prefix, folder, rest = self._find(asked)
        path = (folder / rest).resolve()
        if _lies_in(path, folder) and path.is_dir():
            if not asked.endswith("/"):
                self._redirect(quote(f"{asked}/"))
                return
            path = (path / "index.html").resolve()
        if _lies_in(path, folder) and path.is_file():
            kind = _TYPES.get(path.suffix, "application/octet-stream")
            self._send(HTTPStatus.OK, kind, path.read_bytes(), prefix, with_body)
        else:
            self._send(HTTPStatus.NOT_FOUND, _TYPES[".html"], self._not_found(), prefix, with_body)

    def _find(self, url_path: str) -> tuple[str, Path, str]:
        """Return the longest prefix that the address begins with, its folder, and the rest."""
        wanted = url_path.lstrip("/")
        fitting = [p for p in self._folders if not p or wanted == p or wanted.startswith(f"{p}/")]
        prefix = max(fitting, key=len, default="")
        return prefix, self._folders.get(prefix, Path("/nonexistent")), wanted[len(prefix) :].lstrip("/")

    def _redirect(self, target: str) -> None:
        self.send_response(HTTPStatus.MOVED_PERMANENTLY)
        self.send_header("Location", "/" + target.lstrip("/"))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _not_found(self) -> bytes:
        """Return the site's own page; its links are relative to the root, wherever the reader got lost."""
        page = self._folders.get("", Path("/nonexistent")) / "404.html"
        if not page.is_file():
            return f"<h1>404</h1><p>{html.escape(self.path)}</p>".encode()
        return page.read_bytes().replace(b"<head>", b'<head><base href="/">', 1)

    def _send(self, status: HTTPStatus, kind: str, body: bytes, prefix: str, with_body: bool) -> None:
        self.send_response(status)
        packed = (
            kind.startswith(_COMPRESSED)
            and "gzip" in self.headers.get("Accept-Encoding", "")
            and len(body) > 500
        )
        if packed:
            body = gzip.compress(body, compresslevel=6, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Vary", "Accept-Encoding")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        strict = prefix in self._strict
        self.send_header("Content-Security-Policy", FEEDBACK_POLICY if strict else SITE_POLICY)
        # Pages change with every build; files with a digest in their name never do.
        lasting = kind.startswith("font/") or ".min." in self.path
        self.send_header(
            "Cache-Control", "no-store" if strict else "max-age=86400" if lasting else "no-cache"
        )
        self.end_headers()
        if with_body:
            self.wfile.write(body)


def _lies_in(path: Path, folder: Path) -> bool:
    """Links are resolved already: a link that leads out is out."""
    return path == folder or folder in path.parents
