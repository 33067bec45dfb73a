"""Shapes of the learn pages: values that templates write down.

Knows what the pages say, in the reader's language; must not know the course, the store or templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from grader.store.announcements import Announcement
from grader.store.regrade_requests import RegradeRequest
from grader.text import Language


class StepState(StrEnum):
    """Where one person stands in one assignment, as far as they may know."""

    PLANNED = "planned"
    OPEN = "open"
    OVERDUE = "overdue"
    CLOSED = "closed"
    HANDED_IN = "handed-in"
    MARKING = "marking"
    BROKEN = "broken"
    GRADED = "graded"
    PASSED = "passed"
    NOT_PASSED = "not-passed"


TONES: Mapping[StepState, str] = {
    StepState.OVERDUE: "bad",
    StepState.CLOSED: "bad",
    StepState.BROKEN: "bad",
    StepState.OPEN: "wait",
    StepState.NOT_PASSED: "wait",
    StepState.PASSED: "good",
}
"""Colour that goes with the words; the words alone say it too."""


@dataclass(frozen=True)
class Reader:
    """Who reads, when and where: what every text depends on."""

    language: Language
    now: datetime
    zone: tzinfo


@dataclass(frozen=True)
class StepView:
    """A module of a track with its assignment."""

    code: str = ""
    title: str = ""
    lesson: str = ""
    """Address of the lesson on the course site."""
    href: str = ""
    """Address of the assignment's page; empty while there is none."""
    state: StepState | None = None
    """None: the module has no assignment."""
    opens: str = ""
    """When it opens, or why that is not known; empty once it has."""
    due: datetime | None = None
    remaining: str = ""
    score: str = ""
    may_hand_in: bool = False

    @property
    def tone(self) -> str:
        """Colour of the state."""
        return TONES.get(self.state, "") if self.state else ""


@dataclass(frozen=True)
class TrackView:
    """A track of the person's cohort, in teaching order."""

    title: str
    steps: tuple[StepView, ...]

    @property
    def total(self) -> int:
        """Number of assignments."""
        return sum(step.state is not None for step in self.steps)

    @property
    def passed(self) -> int:
        """Number of passed assignments."""
        return sum(step.state is StepState.PASSED for step in self.steps)


@dataclass(frozen=True)
class NextView:
    """The one thing to do next."""

    word: str
    title: str
    href: str
    due: datetime | None
    remaining: str
    tone: str


@dataclass(frozen=True)
class LearningView:
    """The page “my learning”."""

    hello: str
    next: NextView | None
    is_done: bool
    tracks: tuple[TrackView, ...]
    announcements: tuple[Announcement, ...]


@dataclass(frozen=True)
class TaskView:
    """A task of an assignment."""

    title: str
    kind: str
    points: int


@dataclass(frozen=True)
class AttemptView:
    """One line of the history."""

    uuid: str
    attempt: int
    received_at: datetime
    late: str
    """Empty for work in time."""
    file_name: str
    counts: bool
    """The newest one."""
    state: StepState | None
    """None: an older one that nobody graded."""
    score: str

    @property
    def tone(self) -> str:
        """Colour of the state."""
        return TONES.get(self.state, "") if self.state else ""


@dataclass(frozen=True)
class AssignmentView:
    """The page of an assignment."""

    title: str
    lesson: str
    details: str
    """Address of the description on the course site."""
    working_time: str
    points: int | None
    """None, and empty texts: the assignment is not one of the course's own."""
    pass_rule: str
    tasks: tuple[TaskView, ...]
    state: StepState
    score: str
    due: datetime | None
    remaining: str
    deadline_rules: tuple[str, ...]
    attempt_rules: tuple[str, ...]
    is_handed_out: bool
    shut: str
    """Why nothing is accepted now; empty when the form is shown."""
    history: tuple[AttemptView, ...]

    @property
    def tone(self) -> str:
        """Colour of the state."""
        return TONES.get(self.state, "")


@dataclass(frozen=True)
class FileView:
    """A file of a receipt."""

    path: str
    size: str
    sha256: str


@dataclass(frozen=True)
class ReceiptView:
    """What of a receipt people read."""

    code: str
    number: int
    pseudonym: str
    files: tuple[FileView, ...]
    file_name: str
    """Name of the saved receipt."""


@dataclass(frozen=True)
class SubmissionView:
    """The page of an attempt: receipt, result, requests."""

    title: str
    attempt: int
    received_at: datetime
    lead: str
    timeliness: str
    """Empty without a deadline."""
    file_name: str
    receipt: ReceiptView | None
    notes: tuple[str, ...]
    state: StepState
    score: str
    result_lines: tuple[str, ...]
    is_waiting: bool
    """Grading is under way: looking again soon makes sense."""
    has_feedback: bool
    requests: tuple[RegradeRequest, ...]
    may_ask: bool

    @property
    def tone(self) -> str:
        """Colour of the state."""
        return TONES.get(self.state, "")
