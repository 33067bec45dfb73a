"""Scores as nbgrader gives them, without the free ones.

Knows verdicts, outputs of test cells and nbgrader's rule for partial credit; must not know files or the
gradebook. Where nbgrader gives points for what says nothing about the answer, a person decides.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from grader.grading.blueprint import KeyCell, KeyKind
from grader.grading.foreign_source import ForeignNotebook
from grader.grading.repair import Repaired
from grader.grading.scoring import CellScore
from grader.model.work import CellResult, Outcome, Verdict


def score_test(result: CellResult | None, points: float) -> float | None:
    """Return what a test cell earns: all, nothing, or the number that its last line shows.

    None where the test says nothing about the learner: it could not be checked, or shows a number that is
    no part of its points. nbgrader gives full marks for a negative number and for `nan`, and gives up on
    the whole submission for one that is too large.
    """
    if result is None or result.verdict is Verdict.COULD_NOT_CHECK:
        return None
    if result.verdict is not Verdict.PASSED:
        return 0.0
    shown = _shown_number(result)
    if shown is None:
        return points
    return shown if math.isfinite(shown) and 0 <= shown <= points else None


def _shown_number(result: CellResult) -> float | None:
    """Return the number that the last line of a cell shows, if it shows one."""
    for output in result.outputs:
        if output.get("output_type") == "execute_result":
            text = output.get("data", {}).get("text/plain", "")
            try:
                return float("".join(text) if isinstance(text, list) else text)
            except ValueError:
                return None
    return None


def score_foreign_cells(
    notebook: ForeignNotebook, repaired: Repaired, outcome: Outcome, broken: frozenset[str]
) -> tuple[CellScore, ...]:
    """Return the scores of graded cells, tasks left out; `broken`: tests that the author's answer fails."""
    results = {result.id: result for result in outcome.cells}
    answers = {key.grade_id for key in notebook.blueprint.keys if key.kind is KeyKind.ANSWER}
    if answers and answers <= unanswered(notebook, repaired):
        broken = frozenset()  # nothing was answered: no test could have told more
    written = {cell["id"]: cell for cell in repaired.notebook["cells"]}
    return tuple(
        _score_written(key, repaired, written.get(key.grade_id))
        if key.kind is KeyKind.MANUAL
        else _score_code(key, results.get(key.grade_id), key.grade_id in broken)
        for key in notebook.blueprint.graded
    )


def _score_code(key: KeyCell, result: CellResult | None, is_broken: bool) -> CellScore:
    score = score_test(result, key.points)
    if is_broken and score != key.points:
        score = None
    return CellScore(
        grade_id=key.grade_id,
        max_score=key.points,
        auto_score=score,
        needs_person=score is None,
        verdict=result.verdict if result else Verdict.COULD_NOT_CHECK,
        error_name=result.error_name if result else "",
    )


def _score_written(key: KeyCell, repaired: Repaired, cell: Mapping[str, Any] | None) -> CellScore:
    """An answer that is exactly what was handed out earns nothing; any other waits for a person."""
    unchanged = cell is not None and cell["source"] == key.source and key.grade_id not in repaired.missing
    return CellScore(key.grade_id, key.points, 0.0 if unchanged else None, needs_person=not unchanged)


def unanswered(notebook: ForeignNotebook, repaired: Repaired) -> frozenset[str]:
    """Return the cells for answers that hold exactly what was handed out."""
    given = {key.grade_id: key.source for key in notebook.blueprint.keys if key.is_open}
    return frozenset(
        cell["id"] for cell in repaired.notebook["cells"] if given.get(cell["id"]) == cell["source"]
    )
