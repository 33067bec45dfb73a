"""Files as answers that browsers save and never show.

Knows HTTP headers; must not know what the files are.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import quote

from fastapi import Response

_TYPES = {
    ".ipynb": "application/x-ipynb+json",
    ".zip": "application/zip",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
}


def attach(content: bytes | str, file_name: str) -> Response:
    """Return a file to save under its own name, whatever letters it has (RFC 6266)."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", file_name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file_name, safe='')}"
    kind = _TYPES.get(PurePosixPath(file_name.casefold()).suffix, "application/octet-stream")
    return Response(content, media_type=kind, headers={"content-disposition": disposition})
