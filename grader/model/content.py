"""The course as read from its files: nouns together with their texts.

Knows values only; `manifest` reads them, `site` and `grading` use them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import Field

from grader.model.assignment import Assignment, Sheet, WrongAnswer
from grader.model.course import Fact, Module, Programme, Quiz, Term
from grader.model.noun import Noun
from grader.text import Language, LocalText


class SpreadsheetColumn(Noun):
    """A column of a spreadsheet twin."""

    title: LocalText
    width: int = Field(default=14, ge=4, le=60)


class Spreadsheet(Noun):
    """`spreadsheet.yml`: the lesson's idea for people who live in a spreadsheet.

    The first row holds the column titles, so data start in row 2; text that begins with `=` is a
    formula.
    """

    title: LocalText
    note: LocalText
    columns: tuple[SpreadsheetColumn, ...] = Field(min_length=1)
    rows: tuple[tuple[str | int | float | LocalText | None, ...], ...] = Field(min_length=1)


@dataclass(frozen=True)
class Page:
    """A Markdown text in one language."""

    path: str
    """Relative to the root, with forward slashes."""
    body: str
    """Without front matter."""
    body_line: int
    """1-based line at which the body starts in the file."""
    front: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class ModuleContent:
    """A module with all it is made of."""

    module: Module
    path: str
    lesson: Mapping[Language, Page]
    instructor: Mapping[Language, Page]
    quiz: Quiz
    practice: Sheet | None
    spreadsheet: Spreadsheet | None
    figures: Mapping[str, str]
    """File name under `figures/` → path relative to the root."""


@dataclass(frozen=True)
class AssignmentContent:
    """An assignment with its sheet, wrong answers and data files."""

    assignment: Assignment
    path: str
    sheet: Sheet
    wrong: Mapping[str, WrongAnswer]
    data: Mapping[str, bytes]


@dataclass(frozen=True)
class Course:
    """Everything under `course/` and `assignments/`, in the programme's order."""

    programme: Programme
    modules: Mapping[str, ModuleContent]
    assignments: Mapping[str, AssignmentContent]
    facts: Mapping[str, Fact]
    glossary: tuple[Term, ...]
