"""What every noun of the course has in common. Knows pydantic; must not know files or YAML."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
"""Lower-case words joined by hyphens: safe in paths, URLs and nbgrader ids."""


class Noun(BaseModel):
    """A frozen value read from course files; unknown keys are errors, not silence."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
