"""Files as answers that browsers save and never show.

Knows HTTP headers and files without a name; must not know what the files are.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import StreamingResponse

_TYPES = {
    ".ipynb": "application/x-ipynb+json",
    ".zip": "application/zip",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
}
_PIECE = 1 << 20
UNKNOWN_KIND = "application/octet-stream"
"""For what was refused, too: no program is offered for it."""


def attach(content: bytes | str, file_name: str, kind: str = "") -> Response:
    """Return a file to save under its own name, whatever letters it has (RFC 6266), as of its own kind."""
    return Response(content, media_type=kind or _kind(file_name), headers=_headers(file_name))


def attach_file(file: IO[bytes], file_name: str) -> Response:
    """Return an open file to save, piece by piece, and close it: it need not fit in memory."""
    return StreamingResponse(_read(file), media_type=_kind(file_name), headers=_headers(file_name))


@contextmanager
def compose(folder: Path) -> Iterator[IO[bytes]]:
    """Give a file without a name to write: nothing of it outlives who reads it.

    Then it stands at its beginning, open; when writing fails it is closed.
    """
    file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  (whoever reads it closes it)
    try:
        yield file
        file.seek(0)
    except BaseException:
        file.close()
        raise


def _read(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


def _kind(file_name: str) -> str:
    return _TYPES.get(PurePosixPath(file_name.casefold()).suffix, UNKNOWN_KIND)


def _headers(file_name: str) -> dict[str, str]:
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", file_name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"
    return {"content-disposition": disposition}
