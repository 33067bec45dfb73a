"""What grading leaves behind for one learner of an nbgrader course: notebooks, files, scores, a report.

Knows outcomes and where results go; must not know how jobs run. The gradebook is written last.
"""

from __future__ import annotations

from typing import Any

from grader.grading.autograded import build_autograded
from grader.grading.blueprint import KeyKind
from grader.grading.foreign_batch import Batch, Learner
from grader.grading.foreign_gradebook import ForeignGradebook, NotebookMarks
from grader.grading.foreign_report import ForeignItem, TestMark
from grader.grading.foreign_scoring import score_foreign_cells, unanswered
from grader.grading.foreign_submission import Handed
from grader.grading.fresh_outputs import withhold_outputs
from grader.grading.grade_report import GradeStatus
from grader.grading.inbox import TIMESTAMP
from grader.grading.layout import read_json, write_notebook, write_whole
from grader.grading.scoring import CellScore
from grader.grading.submissions_in import write_stamp
from grader.model.work import Outcome


def save_submission(batch: Batch, book: ForeignGradebook, learner: Learner) -> ForeignItem:
    """Write graded notebooks, files and scores of one learner; the gradebook last."""
    folder = batch.course.autograded(learner.name, batch.assignment)
    at = batch.course.handed_in_at(learner.name, batch.assignment)
    marks = [NotebookMarks(name, is_missing=True) for name in learner.sorted.missing]
    marks += [NotebookMarks(name, is_refused=True) for name, _ in learner.sorted.refused]
    report: list[TestMark] = []
    fresh = False
    for digest, one in learner.jobs.items():
        outcome = learner.outcomes[digest]
        path = folder / f"{one.notebook.name}.ipynb"
        trial = batch.trial(one.notebook.name)
        scores = score_foreign_cells(one.notebook, one.repaired, outcome, trial.broken, trial.shown)
        changed = _changed(read_json(path), one)
        fresh |= write_notebook(path, _graded_notebook(one, outcome))
        marks.append(
            NotebookMarks(
                one.notebook.name,
                {score.grade_id: score for score in scores},
                unanswered(one.notebook, one.repaired),
                changed,
            )
        )
        report += [_mark(one, score, outcome) for score in scores]
    for name, body in learner.files.items():
        write_whole(folder / name, body)
    if at is not None:
        write_whole(folder / TIMESTAMP, write_stamp(at))
    standing = book.write(learner.name, batch.assignment, at, marks)
    return ForeignItem(
        learner.name,
        _status(learner, fresh),
        standing.score,
        standing.max_score,
        standing.needs_person,
        tuple(report),
        tuple((one.notebook.name, each) for one in learner.jobs.values() for each in one.repairs),
        learner.sorted.refused,
        learner.sorted.missing,
    )


def _status(learner: Learner, fresh: bool) -> GradeStatus:
    if learner.sorted.refused and not learner.jobs:
        return GradeStatus.QUARANTINED
    if not learner.jobs:
        return GradeStatus.MISSING
    return GradeStatus.GRADED if fresh else GradeStatus.UNCHANGED


def _mark(one: Handed, score: CellScore, outcome: Outcome) -> TestMark:
    return TestMark(
        f"{one.notebook.name}/{score.grade_id}",
        score.auto_score,
        score.max_score,
        score.needs_person,
        score.verdict,
        score.grade_id not in _shared(one, outcome),
        score.error_name,
    )


def _shared(one: Handed, outcome: Outcome) -> frozenset[str]:
    """Return the tests that ran in the learner's process."""
    ran = {result.id for result in outcome.cells if not result.isolated}
    return frozenset(ran) | one.notebook.blueprint.isolation.shared


def _graded_notebook(one: Handed, outcome: Outcome) -> dict[str, Any]:
    """Return the notebook that formgrader shows: every test that was not isolated is marked.

    Output that may know the arguments of hidden tests is withheld: nbgrader's feedback is made from this.
    """
    made = build_autograded(one.repaired, outcome)
    withhold_outputs(made, one.repaired.origins, one.cells, one.notebook.blueprint)
    shared = _shared(one, outcome)
    tests = {key.grade_id for key in one.notebook.blueprint.keys if key.kind is KeyKind.TEST}
    for cell in made["cells"]:
        if cell["id"] in shared & tests:
            cell["metadata"] = {**cell["metadata"], "medai": {"isolated": False}}
    return {**made, "metadata": {"kernelspec": made["metadata"]["kernelspec"]}}


def _changed(before: dict[str, Any] | None, one: Handed) -> frozenset[str]:
    """Return written answers that differ from those in the notebook graded before."""
    cells = before.get("cells", []) if before else []
    old = {
        cell.get("metadata", {}).get("nbgrader", {}).get("grade_id"): "".join(cell.get("source", ""))
        for cell in cells
        if isinstance(cell, dict)
    }
    return frozenset(
        cell["id"] for cell in one.repaired.notebook["cells"] if old.get(cell["id"]) != cell["source"]
    )
