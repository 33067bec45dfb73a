"""What one run over an nbgrader assignment shares, and a learner's submission on its way through it.

Knows values only; must not know files, the gradebook or how jobs run.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from grader.grading.foreign_course import ForeignCourse
from grader.grading.foreign_source import ForeignNotebook
from grader.grading.foreign_submission import Handed, Sorted
from grader.grading.foreign_trial import Trial
from grader.model.work import Limits, Outcome


@dataclass(frozen=True)
class Options:
    """What the caller of `grade_foreign` can choose."""

    learners: Collection[str] | None = None
    timeout_s: float | None = None
    """Per cell; by default what the course's configuration says."""
    memory_bytes: int | None = None
    force: bool = False
    dry_run: bool = False
    grader_version: str = ""


@dataclass(frozen=True)
class Batch:
    """What all submissions of one call share."""

    course: ForeignCourse
    assignment: str
    trials: tuple[Trial, ...]
    files: dict[str, bytes]
    limits: Limits
    options: Options

    @property
    def notebooks(self) -> list[ForeignNotebook]:
        """The assignment's notebooks."""
        return [trial.notebook for trial in self.trials]

    def trial(self, notebook: str) -> Trial:
        """Return what the author's own answers showed."""
        return next(trial for trial in self.trials if trial.notebook.name == notebook)


@dataclass
class Learner:
    """A submission on its way through the sandbox."""

    name: str
    sorted: Sorted
    files: dict[str, bytes]
    jobs: dict[str, Handed]
    """Digest of each job → notebook."""
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    @property
    def is_done(self) -> bool:
        """Whether all notebooks have been run."""
        return self.outcomes.keys() == self.jobs.keys()
