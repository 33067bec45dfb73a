"""Fields of a form as a route takes them. Knows requests; must not know what the fields mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Path, Request


async def read_fields(request: Request) -> Mapping[str, str]:
    """Return the text fields of a form, the last of each name; files are left out."""
    form = await request.form()
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


Fields = Annotated[Mapping[str, str], Depends(read_fields)]

MOST = 2**31 - 1
"""The highest number that a row can have."""
Number = Annotated[int, Path(ge=1, le=MOST)]
"""A row's number in an address."""
