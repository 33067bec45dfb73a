"""Scores as nbgrader gives them, without the free ones.

Knows verdicts, outputs of test cells and nbgrader's rule for partial credit; must not know files or the
gradebook. Where nbgrader gives points for what says nothing about the answer, a person decides.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from grader.grading.blueprint import KeyCell, KeyKind
from grader.grading.foreign_source import ForeignNotebook
from grader.grading.repair import Repaired
from grader.grading.scoring import CellScore
from grader.model.work import CellResult, Outcome, Verdict

_NUMPY_SCALAR = re.compile(r"np\.(?:u?int|float|longdouble)\w*\('?([-+.\w]+)'?\)")


class Shown(StrEnum):
    """What kind of value the last line of a test shows."""

    NOTHING = "nothing"
    NUMBER = "number"
    TRUE = "true"
    FALSE = "false"
    OTHER = "other"


@dataclass(frozen=True)
class LastLine:
    """What the last line of a test shows."""

    kind: Shown = Shown.NOTHING
    number: float = math.nan


_TRUTHS = {"True": Shown.TRUE, "False": Shown.FALSE, "np.True_": Shown.TRUE, "np.False_": Shown.FALSE}


def read_last_line(result: CellResult | None) -> LastLine:
    """Return what the last line of a test shows."""
    for output in result.outputs if result is not None else ():
        if output.get("output_type") == "execute_result":
            text = output.get("data", {}).get("text/plain", "")
            return _read_text("".join(text) if isinstance(text, list) else str(text))
    return LastLine()


def _read_text(text: str) -> LastLine:
    """Read the text of a value; a number of NumPy's is one, which nbgrader does not know."""
    if text in _TRUTHS:
        return LastLine(_TRUTHS[text])
    scalar = _NUMPY_SCALAR.fullmatch(text)
    try:
        return LastLine(Shown.NUMBER, float(scalar[1] if scalar else text))
    except ValueError:
        return LastLine(Shown.OTHER)


def score_test(result: CellResult | None, points: float, author: Shown | None = None) -> float | None:
    """Return what a test cell earns: all, nothing, or the number that its last line shows.

    `author` is what the author's own answers made it show, None where nobody knows. A person decides (None)
    where the test says nothing about the learner: it could not be checked, shows a number that is no part of
    its points, or shows something else than its author's number or truth value. nbgrader gives full marks for
    all that is no number, for a negative one and for `nan`, and gives up on the whole submission for one that
    is too large.
    """
    if result is None or result.verdict is Verdict.COULD_NOT_CHECK:
        return None
    if result.verdict is not Verdict.PASSED:
        return 0.0
    last = read_last_line(result)
    if author in (Shown.NUMBER, Shown.TRUE) and last.kind is not author:
        return None
    if author is None and last.kind in (Shown.FALSE, Shown.OTHER):
        return None
    if last.kind is not Shown.NUMBER:
        return points
    return last.number if math.isfinite(last.number) and 0 <= last.number <= points else None


def score_foreign_cells(
    notebook: ForeignNotebook,
    repaired: Repaired,
    outcome: Outcome,
    broken: frozenset[str],
    shown: Mapping[str, Shown] | None = None,
) -> tuple[CellScore, ...]:
    """Return the scores of graded cells, tasks left out.

    `broken` are the tests that the author's answers fail, `shown` is what they make the others show.
    """
    shown = shown or {}
    results = {result.id: result for result in outcome.cells}
    answers = {key.grade_id for key in notebook.blueprint.keys if key.kind is KeyKind.ANSWER}
    if answers and answers <= unanswered(notebook, repaired):
        broken = frozenset()  # nothing was answered: no test could have told more
    written = {cell["id"]: cell for cell in repaired.notebook["cells"]}
    return tuple(
        _score_written(key, repaired, written.get(key.grade_id))
        if key.kind is KeyKind.MANUAL
        else _score_code(key, results.get(key.grade_id), key.grade_id in broken, shown.get(key.grade_id))
        for key in notebook.blueprint.graded
    )


def _score_code(key: KeyCell, result: CellResult | None, is_broken: bool, author: Shown | None) -> CellScore:
    score = score_test(result, key.points, author)
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
