"""Grades on their way to another platform. Knows numbers and statuses; must not know files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from grader.lms.who import Match
from grader.text import Language, LocalText

COMMENT_MARK = "medai · "
"""Begins every comment of ours: one that begins otherwise was written by a person and is left alone."""


@dataclass(frozen=True)
class Score:
    """A settled grade."""

    score: float
    maximum: float
    comment: str = ""
    """Begins with `COMMENT_MARK`, or is empty."""

    @property
    def told(self) -> str:
        """The comment without its mark."""
        return self.comment.removeprefix(COMMENT_MARK)


class ReturnStatus(StrEnum):
    """What became of one line of another platform's file."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    NO_GRADE = "no-grade"
    """Nothing handed in here, or a person has yet to mark it."""
    LOCKED = "locked"
    """The platform says that this grade cannot be changed."""
    MAYBE_LOCKED = "maybe-locked"
    """Whether it can be changed is said in a word we do not know."""
    DOUBT = "doubt"


@dataclass(frozen=True)
class ReturnItem:
    """One line of the report."""

    match: Match
    status: ReturnStatus
    detail: str = ""
    """The grade as written, with the one before if it was another."""

    def as_dict(self) -> dict[str, str | None]:
        """Return the JSON shape."""
        stranger, who = self.match.stranger, self.match.who
        return {
            "key": stranger.key,
            "name": stranger.name,
            "trainee": who if isinstance(who, str) else None,
            "status": self.status.value,
            "detail": self.detail,
        }


_SCORE = LocalText(ko="점수", en="score")
_STANDING = {True: LocalText(ko="통과", en="passed"), False: LocalText(ko="미통과", en="not passed")}


def write_comment(score: float, maximum: float, has_passed: bool | None, language: Language) -> str:
    """Return what stands beside a grade, e.g. `medai · 점수 18/20 · 통과`."""
    standing = f" · {_STANDING[has_passed][language]}" if has_passed is not None else ""
    return f"{COMMENT_MARK}{_SCORE[language]} {score:g}/{maximum:g}{standing}"


def parse_number(text: str) -> float | None:
    """Return a number as platforms write it, with a point or a decimal comma; None if it is none."""
    found = re.fullmatch(r"\s*(\d{1,9})(?:[.,](\d{1,9}))?\s*", text)
    return float(f"{found[1]}.{found[2] or 0}") if found else None


def scale(score: Score, maximum: float) -> str:
    """Return a score as points of `maximum`, never more and never below zero, to two decimals."""
    share = score.score / score.maximum if score.maximum > 0 else 0.0
    return f"{min(max(share, 0.0), 1.0) * maximum:.2f}"


def is_ours(comment: str) -> bool:
    """Return whether we may write a comment in this place."""
    return not comment.strip() or comment.startswith(COMMENT_MARK)
