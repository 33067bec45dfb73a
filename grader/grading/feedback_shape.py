"""The parts of a feedback page as plain values in one language.

Knows shapes only; `feedback_view` fills them and `feedback` turns them into HTML.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.text import Language


@dataclass(frozen=True)
class OutputView:
    """One output of the trainee's code: exactly one of the forms."""

    text: str = ""
    html: str = ""
    """Already sanitised."""
    picture: str = ""
    """Base64 of a PNG."""
    error: str = ""
    """Name and message of an exception of the trainee's own cell."""
    error_means: str = ""
    trace: str = ""


@dataclass(frozen=True)
class CodeView:
    """A cell of the trainee's with what came out."""

    source: str
    is_shortened: bool
    note: str
    """What a verdict such as “took too long” means."""
    outputs: tuple[OutputView, ...]
    is_prose: bool = False


@dataclass(frozen=True)
class CheckView:
    """A test cell as the trainee sees it."""

    title: str
    verdict: str
    kind: str
    """`right`, `wrong`, or `open` while a person has to look at it."""
    points: str
    text: str
    note: str


@dataclass(frozen=True)
class RubricView:
    """One criterion of a rubric."""

    title: str
    levels: tuple[str, ...]


@dataclass(frozen=True)
class WrittenView:
    """A written answer."""

    points: str
    state: str
    text: str
    is_shortened: bool
    comment: str
    rubric: tuple[RubricView, ...]


@dataclass(frozen=True)
class TaskView:
    """One task of the assignment."""

    id: str
    title: str
    tier: str
    """What is asked for: run, fill in, write; or a written answer."""
    score: str
    """Bare, for the table."""
    points: str
    """The score with its unit."""
    state: str
    blank: str
    """Stands in place of checks and answers that nobody touched."""
    answers: tuple[CodeView, ...]
    checks: tuple[CheckView, ...]
    written: tuple[WrittenView, ...]
    comments: tuple[str, ...]


@dataclass(frozen=True)
class PageView:
    """A whole page."""

    language: Language
    title: str
    trainee: str
    handed_in: str
    due: str
    late: str
    newer_refused: str
    standing: str
    standing_text: str
    standing_kind: str
    total: str
    automatic: str
    written: str
    pass_rule: str
    gates_failed: str
    """How many safety gates were not passed; empty when none."""
    tasks: tuple[TaskView, ...]
    repairs: tuple[tuple[str, str], ...]
    """Text and what it concerns."""
    others: tuple[CodeView, ...]
    words: Mapping[str, str] = field(default_factory=dict)
