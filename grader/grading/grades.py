"""Grades as rows: what the gradebook, the roster and the course directory say together.

Knows where things lie and what they mean; must not know CSV or pages. Reads only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from grader.errors import UsageError
from grader.export import GradeRow, RowStatus
from grader.grading.blueprint import Blueprint
from grader.grading.door import read_regular_file
from grader.grading.gradebook_read import read_marks
from grader.grading.inbox import TIMESTAMP, parse_timestamp
from grader.grading.layout import CourseDirectory, read_json
from grader.grading.marks import SubmissionMarks, current_marks, judge_pass
from grader.grading.reasons import Refusal
from grader.grading.record import read_record
from grader.grading.release import load_blueprint
from grader.grading.submissions_in import read_stamp
from grader.model.content import AssignmentContent
from grader.model.work import Trainee


def read_grades(
    course_dir: Path, contents: Iterable[AssignmentContent], roster: Sequence[Trainee]
) -> tuple[GradeRow, ...]:
    """Return one row per assignment and trainee, in their order, missing work included.

    Raises UsageError if an assignment was not released.
    """
    course = CourseDirectory(course_dir)
    contents = list(contents)
    blueprints = {one.assignment.id: load_blueprint(course, one.assignment.id) for one in contents}
    if not contents:
        raise UsageError("no assignment was named", "name at least one assignment")
    rows: list[GradeRow] = []
    for content in contents:
        name = content.assignment.id
        marks = read_marks(course.gradebook, name, [trainee.id for trainee in roster])
        rows += [
            _row(course, content, blueprints[name], trainee, marks.get(trainee.id)) for trainee in roster
        ]
    return tuple(rows)


def work_status(course: CourseDirectory, assignment: str, trainee: str) -> RowStatus:
    """Return how far a trainee's newest usable work has come, a person's grading aside."""
    path = course.submitted(trainee, assignment)
    refused = (course.quarantine(assignment, trainee) / "reason.json").is_file()
    content = read_regular_file(path)
    if isinstance(content, Refusal):
        return RowStatus.QUARANTINED if refused or path.is_symlink() or path.exists() else RowStatus.MISSING
    record = read_record(course.record(assignment, trainee))
    if record is not None and record.submission_sha256 == hashlib.sha256(content).hexdigest():
        return RowStatus.GRADED
    return RowStatus.QUARANTINED if refused else RowStatus.COLLECTED


def _refused_at(course: CourseDirectory, assignment: str, trainee: str) -> datetime | None:
    reason = read_json(course.quarantine(assignment, trainee) / "reason.json") or {}
    return parse_timestamp(str(reason.get("received_at", "")), UTC)


def _row(
    course: CourseDirectory,
    content: AssignmentContent,
    blueprint: Blueprint,
    trainee: Trainee,
    marks: SubmissionMarks | None,
) -> GradeRow:
    name = content.assignment.id
    title = content.assignment.title
    status = work_status(course, name, trainee.id)
    stamp = read_stamp(course.submitted(trainee.id, name).with_name(TIMESTAMP))
    if marks is None or status is not RowStatus.GRADED:
        status = RowStatus.COLLECTED if status is RowStatus.GRADED else status
        handed_in_at = stamp or _refused_at(course, name, trainee.id)
        return GradeRow(trainee, name, title, status, handed_in_at=handed_in_at)
    graded = current_marks(blueprint, marks.grades, content.assignment.gates)
    tests = [mark for mark in graded if not mark.is_manual]
    written = [mark for mark in graded if mark.is_manual]
    settled = all(mark.is_settled for mark in graded)
    judged = bool(written) and all(mark.is_settled for mark in written)
    return GradeRow(
        trainee=trainee,
        assignment=name,
        title=title,
        status=RowStatus.GRADED if settled else RowStatus.NEEDS_PERSON,
        score=sum(mark.score for mark in graded),
        max_score=sum(mark.max_score for mark in graded),
        auto_score=sum(mark.score for mark in tests),
        auto_max=sum(mark.max_score for mark in tests),
        written_score=sum(mark.score for mark in written) if judged else None,
        written_max=sum(mark.max_score for mark in written) if written else None,
        standing=judge_pass(graded, content.assignment.pass_percent),
        handed_in_at=marks.timestamp,
        late_s=marks.late_s,
        penalty=marks.penalty or 0.0,
    )
