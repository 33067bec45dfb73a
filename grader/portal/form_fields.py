"""Fields of a form, and places in long lists, as a route takes them.

Knows requests; must not know what the fields mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request


async def read_fields(request: Request) -> Mapping[str, str]:
    """Return the text fields of a form, the last of each name; files are left out."""
    form = await request.form()
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


Fields = Annotated[Mapping[str, str], Depends(read_fields)]


def clean_lines(text: str) -> str:
    """Return typed text as it was counted while typing: browsers send two characters for each line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


MOST = 2**31 - 1
"""The highest number that a row can have."""
Number = Annotated[int, Path(ge=1, le=MOST)]
"""A row's number in an address."""


def write_place(at: datetime, uuid: str) -> str:
    """Return what stands in an address for the last row of a page: the next one begins after it."""
    return f"{at.isoformat()}~{uuid}"


def read_place(text: str) -> tuple[datetime, str] | None:
    """Return moment and id of the row that `write_place` named; None for what it never wrote."""
    moment, _, uuid = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        return (at.astimezone(UTC), str(UUID(uuid))) if at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
