"""The graded notebook: what was run, with what came out, as formgrader shows it.

Knows notebooks and outcomes; must not know scores or files. Outputs are made harmless here, so that
neither formgrader nor feedback pages ever see what a learner's code really sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from grader.grading.outputs import clean_outputs
from grader.grading.repair import Repaired
from grader.grading.scoring import CellScore
from grader.grading.verdict_table import note_to_grader
from grader.model.work import CellResult, Outcome, Verdict
from grader.text import LocalText


def build_autograded(
    repaired: Repaired, outcome: Outcome, scores: Iterable[CellScore] = ()
) -> dict[str, Any]:
    """Return the repaired notebook with cleaned outputs, and with notes to the grader under test cells."""
    notes = {score.grade_id: note_to_grader(score) for score in scores}
    results = {result.id: result for result in outcome.cells}
    cells = []
    count = 0
    for cell in repaired.notebook["cells"]:
        made = dict(cell)
        if cell["cell_type"] == "code":
            result = results.get(cell["id"])
            ran = result is not None and result.verdict is not Verdict.NOT_RUN
            count += ran
            made["execution_count"] = count if ran else None
            made["outputs"] = _outputs(result) if result else []
            made["outputs"] += [_note(note) for note in notes.get(cell["id"], ())]
        elif cell["cell_type"] == "raw":
            # Formgrader would put a raw cell into its page as it is, scripts included.
            made |= {"cell_type": "markdown", "source": fence_text(cell["source"])}
        cells.append(made)
    return {**repaired.notebook, "cells": cells}


def _note(text: LocalText) -> dict[str, Any]:
    shown = f"[채점자에게] {text.ko}\n[For the grader] {text.en}\n"
    return {"output_type": "stream", "name": "stderr", "text": shown}


def fence_text(text: str) -> str:
    """Return text as a Markdown code block that it cannot leave."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}\n{text}\n{fence}"


def _outputs(result: CellResult) -> list[dict[str, Any]]:
    """Return a cell's outputs; a cell that was stopped says so, for its own output may be gone."""
    outputs = clean_outputs(result.outputs, frozenset())
    broke_off = result.verdict not in (Verdict.PASSED, Verdict.FAILED, Verdict.NOT_RUN)
    if broke_off and not any(output["output_type"] == "error" for output in outputs):
        text = f"[{result.verdict}]"
        outputs.append({"output_type": "error", "ename": "Stopped", "evalue": text, "traceback": [text]})
    return outputs
