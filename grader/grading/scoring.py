"""Outcomes to scores: what each cell earns and which cells a person must look at.

Knows verdicts and key cells; must not know the gradebook or files. A test scores only on a positive
record; what we could not check costs nothing and reaches a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from grader.authoring.messages import read_message_id
from grader.grading.blueprint import Blueprint, KeyCell, KeyKind
from grader.grading.repair import OWN, Repaired
from grader.model.work import CellResult, Outcome, Verdict

BROKEN_TEST = "BrokenTest"
"""In place of an exception's name: the assignment's own reference fails this test."""


@dataclass(frozen=True)
class CellScore:
    """What the automatic grading says about one graded cell."""

    grade_id: str
    max_score: float
    auto_score: float | None
    """None: a person decides."""
    needs_person: bool
    verdict: Verdict | None = None
    """None for written answers."""
    error_name: str = ""
    message_id: str = ""
    """Id of the assignment's message that the failed test raised."""
    isolated: bool = True
    """False: the test ran in the learner's process, where a determined learner can forge it."""

    def as_dict(self) -> dict[str, Any]:
        """Return the shape stored in records."""
        return {
            "grade_id": self.grade_id,
            "max_score": self.max_score,
            "auto_score": self.auto_score,
            "needs_person": self.needs_person,
            "verdict": self.verdict.value if self.verdict else None,
            "error_name": self.error_name,
            "message_id": self.message_id,
            "isolated": self.isolated,
        }


def cell_score_from_dict(value: Mapping[str, Any]) -> CellScore:
    """Return the score that `as_dict` wrote."""
    return CellScore(**{**value, "verdict": Verdict(value["verdict"]) if value["verdict"] else None})


def score_cells(
    blueprint: Blueprint,
    repaired: Repaired,
    outcome: Outcome,
    message_ids: Iterable[str],
    broken: frozenset[str] = frozenset(),
) -> tuple[CellScore, ...]:
    """Return the scores of all graded cells, in the assignment's order.

    `broken` names tests that the assignment's own reference fails: failing those costs nothing.
    """
    results = {result.id: result for result in outcome.cells}
    known = frozenset(message_ids)
    return tuple(
        _score_written(key, repaired)
        if key.kind is KeyKind.MANUAL
        else _score_test(key, results.get(key.grade_id), known, key.grade_id in broken)
        for key in blueprint.graded
    )


def _score_test(key: KeyCell, result: CellResult | None, known: frozenset[str], is_broken: bool) -> CellScore:
    verdict = result.verdict if result else Verdict.COULD_NOT_CHECK
    if is_broken and result and verdict is not Verdict.PASSED:
        result, verdict = result.model_copy(update={"error_name": BROKEN_TEST}), Verdict.COULD_NOT_CHECK
    if result is None or verdict is Verdict.COULD_NOT_CHECK:
        name, isolated = (result.error_name, result.isolated) if result else ("", True)
        return CellScore(
            key.grade_id, key.points, None, True, Verdict.COULD_NOT_CHECK, name, isolated=isolated
        )
    message_id = read_message_id(result.error_message.removeprefix("AssertionError: "))
    return CellScore(
        grade_id=key.grade_id,
        max_score=key.points,
        auto_score=key.points if verdict is Verdict.PASSED else 0.0,
        needs_person=False,
        verdict=verdict,
        error_name=result.error_name,
        message_id=message_id if message_id in known else "",
        isolated=result.isolated,
    )


def _score_written(key: KeyCell, repaired: Repaired) -> CellScore:
    """A written answer waits for a person, unless there is certainly none."""
    wrote_elsewhere = any(
        cell["cell_type"] == "markdown" and cell["id"].startswith(OWN) for cell in repaired.notebook["cells"]
    )
    blank = key.grade_id in repaired.untouched - repaired.missing and not wrote_elsewhere
    return CellScore(key.grade_id, key.points, 0.0 if blank else None, needs_person=not blank)
