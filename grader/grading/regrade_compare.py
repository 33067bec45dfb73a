"""One trainee's marks before and after a correction.

Knows marks, scores and blueprints; must not know files or the gradebook. What a person decided stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from grader.grading.blueprint import Blueprint, KeyCell
from grader.grading.marks import GradeMark, SubmissionMarks, current_marks, judge_pass
from grader.grading.record import GradedRecord
from grader.grading.regrade_report import Cause, CellChange, CellState, RegradeItem, Total, Turn
from grader.grading.scoring import CellScore
from grader.model.assignment import Assignment


def compare(
    trainee: str,
    old: Blueprint,
    new: Blueprint,
    record: GradedRecord | None,
    marks: SubmissionMarks | None,
    scores: Sequence[CellScore],
    assignments: tuple[Assignment, Assignment],
) -> RegradeItem:
    """Return what becomes of a trainee's result; `record` and `marks` are None if there was none.

    `assignments` are the rules for passing as they were and as they are.
    """
    grades = marks.grades if record and marks else {}
    verdicts = {one.grade_id: one.verdict for one in record.scores} if record else {}
    after_marks = {score.grade_id: _mark_after(score, grades.get(score.grade_id)) for score in scores}
    after = _total(new, after_marks, assignments[1])
    if not grades:
        return RegradeItem(trainee, Turn.NEW, after=after)
    before = _total(old, grades, assignments[0])
    states_before = {name: _state(mark, verdicts.get(name)) for name, mark in grades.items()}
    states_after = {s.grade_id: _state(after_marks[s.grade_id], s.verdict) for s in scores}
    keys = {key.grade_id: key for key in old.graded}, {key.grade_id: key for key in new.graded}
    cells = tuple(
        CellChange(
            name,
            states_before.get(name),
            states_after.get(name),
            _causes(keys[0].get(name), keys[1].get(name)),
            is_manual=name in grades and grades[name].manual_score is not None,
        )
        for name in _in_order(states_before, states_after)
        if states_before.get(name) != states_after.get(name)
    )
    gained = after.score - before.score
    turn = Turn.RISES if gained > 1e-9 else Turn.FALLS if gained < -1e-9 else Turn.UNCHANGED
    return RegradeItem(trainee, turn, before, after, cells)


def _in_order(*groups: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(name for group in groups for name in group))


def _mark_after(score: CellScore, mark: GradeMark | None) -> GradeMark:
    """Return the mark as the gradebook will have it: a person's score and extra credit stay."""
    automatic = score.auto_score
    if mark is None:
        return GradeMark(automatic, None, automatic or 0.0, score.max_score, score.needs_person)
    counted = mark.manual_score if mark.manual_score is not None else mark.auto_score or 0.0
    extra = mark.score - counted
    if mark.manual_score is None:
        return GradeMark(automatic, None, (automatic or 0.0) + extra, score.max_score, score.needs_person)
    flagged = mark.needs_person or mark.auto_score != automatic
    return GradeMark(automatic, mark.manual_score, mark.score, score.max_score, flagged)


def _state(mark: GradeMark, verdict: str | None) -> CellState:
    waits = mark.manual_score is None and mark.needs_person
    return CellState(None if waits else mark.score, mark.max_score, str(verdict) if verdict else None)


def _total(blueprint: Blueprint, grades: Mapping[str, GradeMark], assignment: Assignment) -> Total:
    marks = current_marks(blueprint, grades, assignment.gates)
    score, top = sum(mark.score for mark in marks), sum(mark.max_score for mark in marks)
    return Total(score, top, judge_pass(marks, assignment.pass_percent))


def _causes(old: KeyCell | None, new: KeyCell | None) -> tuple[Cause, ...]:
    if old is None or new is None:
        return (Cause.NEW,) if old is None else (Cause.REMOVED,)
    causes = [Cause.POINTS] if old.points != new.points else []
    causes += [Cause.SOURCE] if old.source != new.source else []
    return tuple(causes) or (Cause.VERDICT,)
