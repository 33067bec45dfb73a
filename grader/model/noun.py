"""What every noun of the course has in common. Knows pydantic; must not know files or YAML."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
"""Lower-case words joined by hyphens: safe in paths, URLs and nbgrader ids."""


def _trim_lines(text: str) -> str:
    """Drop empty lines at both ends; the first line's indentation means something in code."""
    return re.sub(r"\A(?:[^\S\n]*\n)+", "", text).rstrip()


SourceText = Annotated[str, AfterValidator(_trim_lines)]
"""The text of a cell, without empty lines around it."""


class Noun(BaseModel):
    """A frozen value read from course files; unknown keys are errors, not silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")
