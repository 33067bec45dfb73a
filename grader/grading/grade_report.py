"""What `grade` reports: one item per trainee.

Knows statuses and their JSON; must not know how grading works.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from grader.grading.reasons import Refusal, Repair, refusal_as_dict
from grader.grading.record import GradedRecord
from grader.model.work import Verdict


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
        }


@dataclass(frozen=True)
class GradeReport:
    """What `grade` did, or would do."""

    assignment: str
    items: tuple[GradeItem, ...]
    is_stale: bool
    """The sheet changed since the release: `medai release` brings the change to grading."""
    dry_run: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        items = [item.as_dict() for item in self.items]
        head = {"assignment": self.assignment, "dry_run": self.dry_run, "is_stale": self.is_stale}
        return {**head, "items": items}


def item_from_record(trainee: str, status: GradeStatus, record: GradedRecord | None) -> GradeItem:
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
    )
