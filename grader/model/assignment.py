"""Assignments: what an author writes and what a release holds.

Knows shapes; must not know Markdown, notebooks-as-files or nbgrader's code.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from grader.model.noun import Noun, Slug, SourceText
from grader.text import Language, LocalText


class Tier(StrEnum):
    """How much a task asks of someone who has never programmed."""

    RUN = "run"
    FILL = "fill"
    WRITE = "write"


class CellRole(StrEnum):
    """What a cell of a sheet is for."""

    PROSE = "prose"
    """Markdown in one language."""
    CODE = "code"
    """Code the trainee runs and may change; not graded."""
    FIXED = "fixed"
    """Code the trainee cannot change; restored before grading."""
    ANSWER = "answer"
    """Code the trainee writes; the reference stands between solution marks."""
    TEST = "test"
    """Graded checks; hidden ones stand between hidden-test marks."""
    MANUAL = "manual"
    """A written answer that a person grades by the rubric."""


class Task(Noun):
    """One task of an assignment as trainees see it in feedback."""

    id: Slug
    tier: Tier
    title: LocalText


class RubricLevel(Noun):
    """One of four levels of a criterion: 0 missing, 1 partial, 2 meets, 3 exemplary."""

    level: int = Field(ge=0, le=3)
    text: LocalText


class Criterion(Noun):
    """One criterion of a rubric with all four levels, lowest first."""

    id: Slug
    title: LocalText
    weight: int = Field(default=1, ge=1, le=5)
    """How often its level counts towards the points."""
    levels: tuple[RubricLevel, RubricLevel, RubricLevel, RubricLevel]

    @model_validator(mode="after")
    def _levels_in_order(self) -> Criterion:
        if [level.level for level in self.levels] != [0, 1, 2, 3]:
            raise ValueError("levels must be 0, 1, 2, 3 in this order")
        return self


class SampleAnswer(Noun):
    """A graded sample answer to a manual task: what a level looks like."""

    level: int = Field(ge=0, le=3)
    text: LocalText
    comment: LocalText
    """Why it has this level."""


class Rubric(Noun):
    """How a manual cell is graded."""

    cell: Slug
    criteria: tuple[Criterion, ...] = Field(min_length=1)
    samples: tuple[SampleAnswer, ...] = ()


class Message(Noun):
    """What a failed test tells a trainee: names the concept, never the hidden value."""

    id: Slug
    text: LocalText


class Gate(Noun):
    """A safety gate: a test cell without which nobody passes, whatever the score."""

    cell: Slug
    when: tuple[Slug, ...] = ()
    """Applies when one of these test cells has points; always, if empty. Nobody has to do a write task, but
    who hands in code that works must not hand in code that harms."""


class Assignment(Noun):
    """`assignments/<slug>/assignment.yml`."""

    id: Slug
    revision: int = Field(ge=1)
    title: LocalText
    module: Slug
    pass_percent: int = Field(default=80, ge=0, le=100)
    tasks: tuple[Task, ...] = Field(min_length=1)
    gates: tuple[Gate, ...] = ()
    messages: tuple[Message, ...] = ()
    rubrics: tuple[Rubric, ...] = ()


class WrongAnswer(Noun):
    """`wrong/<name>.yml`: a misconception, the code it leads to, and the tests that must catch it."""

    misconception: LocalText
    answers: dict[Slug, SourceText] = Field(min_length=1)
    """Answer cell id → code; other cells keep the reference."""
    caught_by: tuple[Slug, ...] = Field(min_length=1)
    """Test cells that must fail; no other test cell may."""
    messages: tuple[Slug, ...] = Field(min_length=1)
    """Message ids that the trainee must get."""


class Cell(Noun):
    """One cell of a parsed sheet."""

    id: Slug
    role: CellRole
    source: SourceText
    line: int = Field(ge=0)
    """1-based line of the cell's first source line in `sheet.md`, for problems."""
    language: Language | None = None
    """Prose and manual cells only; their ko and en cells share `id`."""
    source_hash: str | None = None
    """English prose: hash of the Korean text it was translated from."""
    task: Slug | None = None
    points: Annotated[int, Field(ge=0, le=100)] = 0
    raises: bool = False
    """A code cell that is meant to end in an error (practice only)."""
    isolated: bool = True
    """Test cells. False: the author accepts that the test runs in the learner's process and can be forged."""
    alt: LocalText | None = None
    """Alternative text of the plots a code cell draws."""


class Sheet(Noun):
    """A parsed `sheet.md` (or `practice.md`): cells in order."""

    cells: tuple[Cell, ...]
