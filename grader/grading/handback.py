"""Handing feedback back: one page per trainee, graded or not, in their language.

Knows where things lie; what a page says is decided in `feedback_view`. A page says the same as the
gradebook at this moment, so it is written again after a person has graded.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Any

from grader.export import RowStatus
from grader.grading.blueprint import Blueprint
from grader.grading.feedback import render_feedback, render_refusal
from grader.grading.feedback_view import FeedbackInput, build_page
from grader.grading.gradebook_read import read_marks
from grader.grading.grades import work_status
from grader.grading.layout import CourseDirectory, only_writer, read_json, write_whole
from grader.grading.marks import SubmissionMarks
from grader.grading.reasons import Reason, Refusal
from grader.grading.record import read_record
from grader.grading.release import load_blueprint
from grader.grading.tasks import tasks_by_cell
from grader.model.content import AssignmentContent
from grader.model.work import Trainee
from grader.ports import OnDone


class FeedbackStatus(StrEnum):
    """What became of a trainee's page."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"
    QUARANTINED = "quarantined"
    """A page was written that says why the work was not graded."""
    NOT_GRADED = "not-graded"
    MISSING = "missing"


@dataclass(frozen=True)
class FeedbackItem:
    """One line of the report."""

    trainee: str
    status: FeedbackStatus
    path: str = ""
    """Relative to the course directory."""
    size_bytes: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        return {
            "trainee": self.trainee,
            "status": self.status.value,
            "path": self.path,
            "size_bytes": self.size_bytes,
        }


@dataclass(frozen=True)
class FeedbackReport:
    """What `write_feedback` did, or would do."""

    assignment: str
    items: tuple[FeedbackItem, ...]
    dry_run: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        items = [item.as_dict() for item in self.items]
        return {"assignment": self.assignment, "dry_run": self.dry_run, "items": items}


def write_feedback(
    course_dir: Path,
    content: AssignmentContent,
    roster: Sequence[Trainee],
    *,
    zone: tzinfo,
    students: Collection[str] | None = None,
    dry_run: bool = False,
    on_done: OnDone | None = None,
) -> FeedbackReport:
    """Write `feedback/<trainee>/<assignment>/<assignment>.html` for everyone with work to speak of.

    Times on pages are local to `zone`. Raises UsageError if the assignment was not released.
    """
    course = CourseDirectory(course_dir)
    blueprint = load_blueprint(course, content.assignment.id)
    items = []
    lock = nullcontext() if dry_run else only_writer(course)
    with lock:
        chosen = [trainee for trainee in roster if students is None or trainee.id in students]
        marks = read_marks(course.gradebook, content.assignment.id, [trainee.id for trainee in chosen])
        for trainee in chosen:
            page = _page(course, content, blueprint, trainee, marks.get(trainee.id), zone)
            items.append(_hand_back(course, content, trainee, page, dry_run))
            if on_done:
                on_done(trainee.id, items[-1].status)
    return FeedbackReport(content.assignment.id, tuple(items), dry_run)


def _page(
    course: CourseDirectory,
    content: AssignmentContent,
    blueprint: Blueprint,
    trainee: Trainee,
    marks: SubmissionMarks | None,
    zone: tzinfo,
) -> tuple[FeedbackStatus, str]:
    """Return the status and the page's HTML, empty if there is nothing to say yet."""
    name = content.assignment.id
    status = work_status(course, name, trainee.id)
    refusal, file = _refusal(course, name, trainee.id)
    record = read_record(course.record(name, trainee.id))
    notebook = read_json(course.autograded(trainee.id, name))
    if status is RowStatus.GRADED and record and notebook and marks and marks.timestamp:
        view = build_page(
            FeedbackInput(
                assignment=content.assignment,
                blueprint=blueprint,
                tasks=tasks_by_cell(content),
                trainee=trainee,
                marks=marks,
                record=record,
                notebook=notebook,
                handed_in_at=marks.timestamp.astimezone(zone),
                newer_refused=refusal.reason if refusal else None,
            )
        )
        return FeedbackStatus.WRITTEN, render_feedback(view)
    if status is RowStatus.QUARANTINED and refusal:
        return FeedbackStatus.QUARANTINED, render_refusal(content.assignment, trainee, refusal, file)
    return (FeedbackStatus.MISSING if status is RowStatus.MISSING else FeedbackStatus.NOT_GRADED), ""


def _refusal(course: CourseDirectory, assignment: str, trainee: str) -> tuple[Refusal | None, str]:
    """Return why a trainee's newest file lies in quarantine, and its name."""
    value = read_json(course.quarantine(assignment, trainee) / "reason.json")
    if value is None:
        return None, ""
    try:
        return Refusal(Reason(value["reason"]), str(value.get("detail", ""))), str(value.get("file", ""))
    except (KeyError, ValueError):
        return Refusal(Reason.UNREADABLE), ""


def _hand_back(
    course: CourseDirectory,
    content: AssignmentContent,
    trainee: Trainee,
    page: tuple[FeedbackStatus, str],
    dry_run: bool,
) -> FeedbackItem:
    status, html = page
    if not html:
        return FeedbackItem(trainee.id, status)
    path = course.feedback(trainee.id, content.assignment.id)
    body = html.encode()
    is_new = not (path.is_file() and path.read_bytes() == body) if dry_run else write_whole(path, body)
    if status is FeedbackStatus.WRITTEN and not is_new:
        status = FeedbackStatus.UNCHANGED
    return FeedbackItem(trainee.id, status, path.relative_to(course.root).as_posix(), len(body))
