"""What being late costs: judged by receipts, deadlines and rules as they are now, kept in the gradebook.

Knows the store's deadlines and the gradebook's penalties, and is the only place where one becomes the other;
must not know jobs, results or pages.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection

from grader.grading.gradebook import open_gradebook
from grader.grading.gradebook_lateness import LatePenalty
from grader.grading.gradebook_read import read_due_date
from grader.grading.layout import CourseDirectory, only_writer
from grader.grading.marks import SubmissionMarks
from grader.store.deadlines import Deadline, Lateness, late_percent, list_everybodys_deadlines
from grader.store.grading_copy import CountedTime, Newest
from grader.store.releases import Release


def judge_penalties(
    db: Connection, release: Release, chosen: Sequence[Newest], marks: Mapping[str, SubmissionMarks]
) -> dict[str, LatePenalty]:
    """Return person → what being late costs their newest work, of those who have marks.

    Of equal notebooks, the one that is least late counts; the rule in force says what that costs.
    """
    deadlines = list_everybodys_deadlines(db, release, [one.person for one in chosen])
    return {
        one.person.id: _penalty(release, _judge(deadlines[one.person.id], one.times), marks[one.person.id])
        for one in chosen
        if one.person.id in marks
    }


def _judge(deadline: Deadline, times: Collection[CountedTime]) -> Lateness:
    judged = [deadline.judge_again(time.at, time.lateness) for time in times]
    return min(judged, key=lambda lateness: lateness.late_s)


def _penalty(release: Release, lateness: Lateness, marks: SubmissionMarks) -> LatePenalty:
    percent = late_percent(release.rules.late_rule, lateness.late_s)
    points = round(marks.score * percent / 100, 2)
    # nbgrader knows nobody's due date where the assignment has none.
    due_at = lateness.due_at if release.rules.due_at else None
    return LatePenalty(due_at, points if points or not lateness.late_s else None)


def list_changed(penalties: Mapping[str, LatePenalty], marks: Mapping[str, SubmissionMarks]) -> set[str]:
    """Return the people of whom the gradebook says something else."""
    return {
        person
        for person, one in penalties.items()
        if (marks[person].due, marks[person].penalty) != (one.due_at, one.points)
    }


def save_penalties(
    course: CourseDirectory,
    assignment: str,
    penalties: Mapping[str, LatePenalty],
    marks: Mapping[str, SubmissionMarks],
) -> None:
    """Write to the gradebook what it does not say yet. Raises CourseBusy while another command writes."""
    changed = list_changed(penalties, marks)
    if changed:
        with only_writer(course), open_gradebook(course.gradebook) as book:
            book.write_penalties(assignment, {person: penalties[person] for person in changed})


def save_due_date(course: CourseDirectory, release: Release) -> None:
    """Let the gradebook have the release's due date. Raises CourseBusy while another command writes."""
    if read_due_date(course.gradebook, release.assignment) != release.rules.due_at:
        with only_writer(course), open_gradebook(course.gradebook) as book:
            book.move_due_date(release.assignment, release.rules.due_at)
