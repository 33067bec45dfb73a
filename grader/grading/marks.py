"""Marks as they count now, people's decisions included, and whether they are a pass.

Knows marks and the rule for passing; must not know the gradebook's tables or outcomes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from grader.export import Standing
from grader.grading.blueprint import Blueprint, KeyKind
from grader.model.assignment import Gate, Rubric

MEETS = 2 / 3
"""Level 2 of 3, “meets”: what a written task needs for a pass."""


@dataclass(frozen=True)
class GradeMark:
    """A graded cell as the gradebook has it, people's decisions included."""

    auto_score: float | None
    manual_score: float | None
    score: float
    max_score: float
    needs_person: bool


@dataclass(frozen=True)
class SubmissionMarks:
    """A trainee's submission as the gradebook has it."""

    timestamp: datetime | None
    late_s: float
    """Seconds after the due date, extension included; 0 when in time, or judged to be."""
    due: datetime | None
    grades: Mapping[str, GradeMark]
    comments: Mapping[str, str] = field(default_factory=dict)
    """Grade id → comment that a person wrote."""
    penalty: float | None = None
    """Points that being late costs. 0: it counts as in time; None: the dates alone say whether it is late."""

    @property
    def score(self) -> float:
        """Before the penalty."""
        return sum(mark.score for mark in self.grades.values())


@dataclass(frozen=True)
class Marks:
    """Score of one graded cell as the gradebook has it now."""

    score: float
    max_score: float
    is_manual: bool
    """A written task."""
    is_settled: bool
    """No person has to look at it any more."""
    is_gate: bool = False
    """A safety gate: without all its points nobody passes."""


def percent(score: float, max_score: float) -> float:
    """Return a score in percent; 100 where there is nothing to score."""
    return 100.0 * score / max_score if max_score else 100.0


def judge_pass(marks: Iterable[Marks], pass_percent: int) -> Standing:
    """Pass = enough of the automatically graded points, every gate, every written task at least “meets”.

    The tolerance keeps 4 of 5 points at 80 % from failing by binary rounding.
    """
    marks = list(marks)
    tests = [mark for mark in marks if not mark.is_manual]
    written = [mark for mark in marks if mark.is_manual]
    total = sum(mark.max_score for mark in tests)
    sure = sum(mark.score for mark in tests if mark.is_settled)
    possible = sum(mark.score if mark.is_settled else mark.max_score for mark in tests)
    if percent(possible, total) < pass_percent - 1e-9:
        return Standing.NOT_PASSED
    if any(mark.is_settled and mark.score < mark.max_score * MEETS - 1e-9 for mark in written):
        return Standing.NOT_PASSED
    if failed_gates(marks):
        return Standing.NOT_PASSED
    decisive = [mark for mark in marks if mark.is_manual or mark.is_gate]
    if percent(sure, total) < pass_percent - 1e-9 or not all(mark.is_settled for mark in decisive):
        return Standing.PENDING
    return Standing.PASSED


def score_levels(rubric: Rubric, points: float, levels: Mapping[str, int]) -> float:
    """Return the points of a written answer from the level (0-3) of each criterion of its rubric.

    With a criterion below “meets” the score stays below what meets: the rule for passing sees points alone.
    """
    weights = {criterion.id: criterion.weight for criterion in rubric.criteria}
    reached = sum(weight * levels[name] for name, weight in weights.items())
    score = round(points * reached / (3 * sum(weights.values())), 2)
    if min(levels[name] for name in weights) < 2:
        score = min(score, max(0.0, math.ceil(points * MEETS - 1e-9) - 1.0))
    return score


def failed_gates(marks: Iterable[Marks]) -> int:
    """Return the number of gates that are settled and lack points."""
    return sum(mark.is_gate and mark.is_settled and mark.score < mark.max_score - 1e-9 for mark in marks)


def current_marks(
    blueprint: Blueprint, grades: Mapping[str, GradeMark], gates: Iterable[Gate]
) -> list[Marks]:
    """Return the marks of all graded cells as they count now, those of gates that apply marked as such."""
    scored = {grade_id for grade_id, mark in grades.items() if mark.score > 0}
    applying = {gate.cell for gate in gates if not gate.when or scored.intersection(gate.when)}
    return [
        Marks(
            mark.score,
            key.points,
            key.kind is KeyKind.MANUAL,
            not mark.needs_person,
            is_gate=key.grade_id in applying,
        )
        for key in blueprint.graded
        if (mark := grades.get(key.grade_id)) is not None
    ]
