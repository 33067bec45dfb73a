"""The course: programme, tracks, modules, quizzes, facts, glossary, cohorts.

Knows shapes and the rules one file can be held to alone; rules across files are in `manifest`.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, model_validator

from grader.model.noun import Noun, Slug
from grader.text import LocalText


class Region(StrEnum):
    """Where a site lies; the programme reports trainees outside the capital region."""

    CAPITAL = "capital"
    OUTSIDE = "outside-capital"


class Role(Noun):
    """A kind of staff member that takes the course."""

    id: Slug
    title: LocalText
    summary: LocalText
    """What the course does for this role, one sentence on the home page."""


class Site(Noun):
    """Headquarters or a screening centre."""

    id: Slug
    title: LocalText
    region: Region


class Track(Noun):
    """A course of the programme: modules in teaching order."""

    id: Slug
    title: LocalText
    summary: LocalText
    modules: tuple[Slug, ...] = Field(min_length=1)


class ScheduleEntry(Noun):
    """When a cohort works on a module."""

    module: Slug
    opens: date
    due: datetime
    """With UTC offset; lateness is judged against it."""

    @model_validator(mode="after")
    def _due_has_a_zone(self) -> ScheduleEntry:
        if self.due.tzinfo is None:
            raise ValueError("due needs a UTC offset, e.g. 2026-05-15T18:00:00+09:00")
        if self.due.date() < self.opens:
            raise ValueError("due lies before opens")
        return self


class Cohort(Noun):
    """A group that takes a track together. Names sites, never people."""

    id: Slug
    title: LocalText
    track: Slug
    sites: tuple[Slug, ...] = Field(min_length=1)
    starts: date
    ends: date
    schedule: tuple[ScheduleEntry, ...]

    @model_validator(mode="after")
    def _ends_after_start(self) -> Cohort:
        if self.ends < self.starts:
            raise ValueError("ends lies before starts")
        return self


class Programme(Noun):
    """`course/course.yml`: the whole programme."""

    id: Slug
    title: LocalText
    summary: LocalText
    timezone: str = "Asia/Seoul"
    roles: tuple[Role, ...] = Field(min_length=1)
    sites: tuple[Site, ...] = Field(min_length=1)
    tracks: tuple[Track, ...] = Field(min_length=1)
    cohorts: tuple[Cohort, ...] = ()


class Minutes(Noun):
    """Honest working times of a module, in minutes."""

    read: int = Field(gt=0, le=600)
    practice: int = Field(ge=0, le=600)
    quiz: int = Field(ge=0, le=600)
    assignment: int = Field(ge=0, le=600)

    @property
    def total(self) -> int:
        """Minutes for everything."""
        return self.read + self.practice + self.quiz + self.assignment


class ModelUse(StrEnum):
    """Which language-model mode a module needs; none of them needs a network."""

    NONE = "none"
    REPLAY = "replay"
    SCRIPTED = "scripted"


class ModuleStatus(StrEnum):
    """Life cycle shown to readers."""

    DRAFT = "draft"
    BETA = "beta"
    STABLE = "stable"


class Module(Noun):
    """`course/modules/<slug>/module.yml`."""

    id: Slug
    code: Annotated[str, Field(pattern=r"^[EGA][0-9]$")]
    revision: int = Field(ge=1)
    title: LocalText
    question: LocalText
    """The question from work that the module answers."""
    summary: LocalText
    roles: tuple[Slug, ...] = Field(min_length=1)
    minutes: Minutes
    prerequisites: tuple[Slug, ...] = ()
    needs_llm: ModelUse = ModelUse.NONE
    objectives: tuple[LocalText, ...] = Field(min_length=2)
    keypoints: tuple[LocalText, ...] = Field(min_length=2)
    assignment: Slug | None = None
    keywords: tuple[LocalText, ...] = ()
    """Extra search words, such as compounds and abbreviations, that the prose lacks."""
    review_by: date
    status: ModuleStatus = ModuleStatus.BETA


class QuestionKind(StrEnum):
    """How many choices are right."""

    SINGLE = "single"
    MULTIPLE = "multiple"


class QuestionLevel(StrEnum):
    """What a question asks of the reader."""

    RECALL = "recall"
    UNDERSTAND = "understand"
    APPLY = "apply"
    JUDGE = "judge"


class Choice(Noun):
    """One answer of a question, explained whether right or wrong."""

    id: Slug
    text: LocalText
    correct: bool = False
    why: LocalText


class Question(Noun):
    """A self-check question. `id` never changes: progress on devices is kept by it."""

    id: Slug
    kind: QuestionKind = QuestionKind.SINGLE
    level: QuestionLevel
    prompt: LocalText
    choices: tuple[Choice, ...] = Field(min_length=2, max_length=6)

    @model_validator(mode="after")
    def _right_number_correct(self) -> Question:
        correct = sum(choice.correct for choice in self.choices)
        if self.kind is QuestionKind.SINGLE and correct != 1:
            raise ValueError(f"a single-choice question needs exactly one correct choice, has {correct}")
        if self.kind is QuestionKind.MULTIPLE and correct < 1:
            raise ValueError("a multiple-choice question needs at least one correct choice")
        return self


class Quiz(Noun):
    """`quiz.yml` of a module."""

    questions: tuple[Question, ...] = Field(min_length=1)


class FactKind(StrEnum):
    """What sort of statement a fact is."""

    LAW = "law"
    CUTOFF = "cutoff"
    FORMULA = "formula"
    STUDY = "study"
    SURVEY = "survey"
    GUIDELINE = "guideline"


class FactStatus(StrEnum):
    """How well the source was read; `verify` must be worded as unsettled."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    VERIFY = "verify"


class Source(Noun):
    """Where a fact was read."""

    title: Annotated[str, Field(min_length=1)] | LocalText
    """In both languages, unless it stands as printed, in the language of the source."""
    url: str | None = None
    published: str | None = None
    """As printed by the source: a year, a month or a day."""
    read: date
    """The day we read it."""


class Fact(Noun):
    """A law, cut-off, formula or figure that lessons cite by id."""

    id: Slug
    kind: FactKind
    statement: LocalText
    caution: LocalText | None = None
    """What to keep in mind when using it; required for `verify`."""
    values: dict[str, Any] = Field(default_factory=dict)
    """Numbers that code uses, so that text, practice and tests share one truth."""
    sources: tuple[Source, ...] = Field(min_length=1)
    status: FactStatus
    review_by: date

    @model_validator(mode="after")
    def _verify_needs_a_caution(self) -> Fact:
        if self.status is FactStatus.VERIFY and self.caution is None:
            raise ValueError("a fact with status verify needs a caution that says what is unsettled")
        return self


class FactSheet(Noun):
    """`course/facts.yml`."""

    facts: tuple[Fact, ...] = ()


class Term(Noun):
    """A row of `course/glossary.csv`."""

    ko: str = Field(min_length=1)
    en: str = Field(min_length=1)
    avoid_ko: tuple[str, ...] = ()
    avoid_en: tuple[str, ...] = ()
    note_ko: str = ""
    note_en: str = ""
