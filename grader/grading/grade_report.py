"""What `grade` reports: one item per trainee.

Knows statuses and their JSON; must not know how grading works.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from grader.grading.reasons import Refusal, Repair, refusal_as_dict
from grader.grading.record import GradedRecord
from grader.grading.verdict_table import tell_grader
from grader.grading.verdict_words import TAMPERED
from grader.model.work import Verdict
from grader.text import LocalText


class GradeStatus(StrEnum):
    """What became of a trainee's submission."""

    GRADED = "graded"
    UNCHANGED = "unchanged"
    QUARANTINED = "quarantined"
    MISSING = "missing"
    UNFINISHED = "unfinished"
    """The run ended before its turn; the next `grade` takes it up."""
    PLANNED = "planned"
    """Dry run: would be graded."""


@dataclass(frozen=True)
class GradeItem:
    """One line of the report."""

    trainee: str
    status: GradeStatus
    score: float | None = None
    max_score: float | None = None
    needs_person: bool = False
    repairs: tuple[Repair, ...] = ()
    refusal: Refusal | None = None
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    """Test cell → verdict."""
    not_isolated: tuple[str, ...] = ()
    """Test cells that ran in the learner's process, where a determined learner can forge them."""
    tampered: tuple[str, ...] = ()
    """Of those, cells whose canaries say that the learner's code changed how cells run."""
    diff: str = ""
    """What was put right; shortened."""
    diff_path: str = ""
    """Where all of it lies, relative to the course directory."""

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        return {
            "trainee": self.trainee,
            "status": self.status.value,
            "score": self.score,
            "max_score": self.max_score,
            "needs_person": self.needs_person,
            "repairs": [{**one.as_dict(), "text": one.text.model_dump()} for one in self.repairs],
            **refusal_as_dict(self.refusal),
            "verdicts": {cell: verdict.value for cell, verdict in self.verdicts.items()},
            "not_isolated": list(self.not_isolated),
            "tampered": list(self.tampered),
            "diff": self.diff,
            "diff_path": self.diff_path,
            "tells": [text.model_dump() for text in self.tells],
        }

    @property
    def tells(self) -> tuple[LocalText, ...]:
        """What the grader must know of this submission beside its score and repairs."""
        unchecked = [cell for cell, verdict in self.verdicts.items() if verdict is Verdict.COULD_NOT_CHECK]
        return tell_grader(unchecked, self.not_isolated, self.tampered, self.diff_path)


@dataclass(frozen=True)
class GradeReport:
    """What `grade` did, or would do."""

    assignment: str
    items: tuple[GradeItem, ...]
    is_stale: bool
    """The sheet changed since the release: `medai release` brings the change to grading."""
    dry_run: bool
    broken_tests: tuple[str, ...] = ()
    """Test cells that the assignment's own reference answer fails: nobody lost points by them."""

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        items = [item.as_dict() for item in self.items]
        head = {"assignment": self.assignment, "dry_run": self.dry_run, "is_stale": self.is_stale}
        return {**head, "broken_tests": list(self.broken_tests), "items": items}


def item_from_record(
    trainee: str, status: GradeStatus, record: GradedRecord | None, diff: str = "", diff_path: str = ""
) -> GradeItem:
    """Return the item of a graded submission; a person's marks are not in it."""
    scores = record.scores if record else ()
    return GradeItem(
        trainee=trainee,
        status=status,
        score=sum(score.auto_score or 0.0 for score in scores),
        max_score=sum(score.max_score for score in scores),
        needs_person=any(score.needs_person for score in scores),
        repairs=record.repairs if record else (),
        verdicts={score.grade_id: score.verdict for score in scores if score.verdict},
        not_isolated=tuple(score.grade_id for score in scores if not score.isolated),
        tampered=tuple(score.grade_id for score in scores if score.error_name == TAMPERED),
        diff=diff,
        diff_path=diff_path,
    )
