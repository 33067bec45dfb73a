"""What the gradebook says of hand-ins, copied to the store for pages; what being late costs is written first.

Knows the gradebook and the store; must not know how work is graded, nor jobs.
"""

from __future__ import annotations

from collections.abc import Sequence

from grader.export import GradeRow, RowStatus, Standing
from grader.grading.blueprint import Blueprint, KeyKind
from grader.grading.gradebook_read import read_marks
from grader.grading.grades import read_grades
from grader.grading.layout import CourseDirectory, read_json
from grader.grading.marks import SubmissionMarks
from grader.grading.record import GradedRecord, read_record
from grader.grading.release import load_blueprint
from grader.grading.submissions_in import stored_submission
from grader.model.work import Verdict
from grader.portal.context import Portal
from grader.portal.lateness import judge_penalties, list_changed, save_due_date, save_penalties
from grader.store.grading_copy import (
    AnswerCopy,
    Copied,
    FailedTest,
    Newest,
    ResultCopy,
    list_copied,
    list_newest,
    save_results,
)
from grader.store.releases import find_release
from grader.wire import find_assignment

_GRADED = frozenset({RowStatus.GRADED, RowStatus.NEEDS_PERSON})


def copy_results(portal: Portal, assignment: str, chosen: Sequence[Newest]) -> int:
    """Copy what the gradebook says of these hand-ins for pages; return how many have a result.

    What being late costs is written to the gradebook first. Raises CourseBusy while another command writes.
    """
    if not chosen:
        return 0
    copies = _Copier(portal, assignment, chosen).copy_all()
    with portal.store.write() as db:
        save_results(db, copies)
    return len(copies)


def list_differing(portal: Portal, assignment: str) -> set[str]:
    """Return the people whose results are to be copied again; gives the gradebook the release's due date."""
    course = CourseDirectory(portal.settings.course_dir)
    marks = read_marks(course.gradebook, assignment)
    with portal.store.read() as db:
        release = find_release(db, assignment)
        copied = list_copied(db, assignment)
        graded = [
            one
            for one in list_newest(db, assignment)
            if one.person.id in marks and one.uuid in copied and copied[one.uuid].scores
        ]
        penalties = judge_penalties(db, release, graded, marks) if release is not None else {}
    if release is not None:
        save_due_date(course, release)
    changed = {one.person.id for one in graded if _differs(marks[one.person.id], copied[one.uuid])}
    return changed | list_changed(penalties, marks)


def _differs(marks: SubmissionMarks, copied: Copied) -> bool:
    scores = {name: marks.grades[name].score for name in copied.scores if name in marks.grades}
    waits = any(mark.needs_person for mark in marks.grades.values())
    return (scores, marks.penalty or 0.0, waits) != (copied.scores, copied.penalty, copied.needs_person)


class _Copier:
    """Makes copies of some people's results of one assignment; what they share is read once."""

    def __init__(self, portal: Portal, assignment: str, chosen: Sequence[Newest]) -> None:
        self._portal = portal
        self._course = CourseDirectory(portal.settings.course_dir)
        self._assignment = assignment
        self._blueprint: Blueprint = load_blueprint(self._course, assignment)
        self._chosen = chosen
        self._marks = read_marks(self._course.gradebook, assignment, [one.person.id for one in chosen])

    def copy_all(self) -> list[ResultCopy]:
        """Return the copies of those whose newest hand-in is what was graded or quarantined."""
        rows = self._read_rows()
        penalties = self._save_penalties([one for one, row in rows if row.status in _GRADED])
        return [
            self._copy(one, row, penalties.get(one.person.id, 0.0))
            for one, row in rows
            if row.status in _GRADED or row.status is RowStatus.QUARANTINED
        ]

    def _read_rows(self) -> list[tuple[Newest, GradeRow]]:
        """Return what the gradebook says of those whose newest hand-in is what lies there."""
        name, content = self._assignment, find_assignment(self._portal.course, self._assignment)
        rows = read_grades(self._course.root, [content], [one.person for one in self._chosen])
        return [
            (one, row)
            for one, row in zip(self._chosen, rows, strict=True)
            if stored_submission(self._course, name, one.person.id) == one.uuid
        ]

    def _save_penalties(self, graded: Sequence[Newest]) -> dict[str, float]:
        """Write what being late costs to the gradebook, where everybody reads it; return person → points."""
        with self._portal.store.read() as db:
            release = find_release(db, self._assignment)
            penalties = judge_penalties(db, release, graded, self._marks) if release is not None else {}
        save_penalties(self._course, self._assignment, penalties, self._marks)
        return {person: one.points or 0.0 for person, one in penalties.items()}

    def _copy(self, one: Newest, row: GradeRow, penalty: float) -> ResultCopy:
        course, name, person = self._course, self._assignment, one.person.id
        is_graded = row.status is not RowStatus.QUARANTINED
        marks = self._marks.get(person) if is_graded else None
        record = read_record(course.record(name, person)) if is_graded else None
        refused = None if is_graded else read_json(course.quarantine(name, person) / "reason.json")
        graded = [key for key in self._blueprint.graded if marks and key.grade_id in marks.grades]
        return ResultCopy(
            submission=one.uuid,
            person=person,
            pseudonym=one.pseudonym,
            assignment=name,
            status=row.status,
            standing=row.standing or Standing.PENDING,
            score=row.score,
            max_score=row.max_score,
            penalty=penalty,
            needs_person=row.status is RowStatus.NEEDS_PERSON,
            cells={key.grade_id: (marks.grades[key.grade_id].score, key.points) for key in graded}
            if marks
            else {},
            messages=_failed_tests(record) if record else [],
            reason=str((refused or {}).get("reason", "")),
            graded_at=self._portal.now(),
            answers=self._answers(marks, record),
        )

    def _answers(self, marks: SubmissionMarks | None, record: GradedRecord | None) -> list[AnswerCopy]:
        if marks is None or record is None:
            return []
        copies = []
        for key in self._blueprint.keys:
            mark = marks.grades.get(key.grade_id) if key.kind is KeyKind.MANUAL else None
            if mark is None:
                continue
            untouched = key.grade_id in record.untouched
            copies.append(
                AnswerCopy(
                    cell=key.grade_id,
                    is_open=mark.needs_person,
                    is_blank=untouched and not mark.needs_person and mark.manual_score is None,
                    manual_score=mark.manual_score,
                    maximum=key.points,
                    comment=marks.comments.get(key.grade_id, ""),
                )
            )
        return copies


def _failed_tests(record: GradedRecord) -> list[FailedTest]:
    return [
        FailedTest(score.grade_id, score.verdict.value, score.message_id)
        for score in record.scores
        if score.verdict and score.verdict is not Verdict.PASSED
    ]
