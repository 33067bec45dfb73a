"""Text in the course's two languages.

Knows the languages and nothing else; every room may import it.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class Language(StrEnum):
    """A language of the course; Korean is the original voice."""

    KO = "ko"
    EN = "en"

    @property
    def other(self) -> Language:
        """The language a reader can switch to."""
        return Language.EN if self is Language.KO else Language.KO


class LocalText(BaseModel):
    """One text in every language of the course; neither may be empty."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    ko: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def __getitem__(self, language: Language) -> str:
        return self.ko if language is Language.KO else self.en


def source_hash(text: str) -> str:
    """Return 12 hex digits that change when `text` changes in more than white space at line ends.

    A translation stores the hash of the Korean text it was made from; `medai check` compares.
    """
    lines = (line.rstrip() for line in text.strip().splitlines())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
