"""Marking written answers by hand: what a person has to read, and where their mark goes.

Knows graded notebooks and the gradebook; must not know rounds, markers or pages. All marks by hand that do
not come from formgrader go through `write_marks`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.grading.blueprint import KeyKind
from grader.grading.formgrade_guard import markdown_to_safe_html
from grader.grading.gradebook import open_gradebook
from grader.grading.layout import CourseDirectory, only_writer, read_json
from grader.grading.release import load_blueprint


@dataclass(frozen=True)
class HandMark:
    """A person's mark of one written answer."""

    trainee: str
    assignment: str
    cell: str
    score: float
    comment: str
    known: frozenset[float] = frozenset()
    """Scores by hand that the marker knew of: only these may be replaced."""


@dataclass(frozen=True)
class WrittenTask:
    """A cell that a person marks."""

    cell: str
    points: float


def write_marks(course_dir: Path, marks: Sequence[HandMark]) -> tuple[bool, ...]:
    """Write marks to the gradebook; for each, False if somebody else's came first and was kept.

    Raises CourseBusy while another command writes, UsageError if an answer was never graded.
    """
    course = CourseDirectory(course_dir)
    with only_writer(course), open_gradebook(course.gradebook) as book:
        return tuple(
            book.write_mark(mark.trainee, mark.assignment, mark.cell, mark.score, mark.comment, mark.known)
            for mark in marks
        )


def list_written_tasks(course_dir: Path, assignment: str) -> tuple[WrittenTask, ...]:
    """Return the cells of an assignment that a person marks; UsageError if it was not released."""
    keys = load_blueprint(CourseDirectory(course_dir), assignment).keys
    return tuple(WrittenTask(key.grade_id, key.points) for key in keys if key.kind is KeyKind.MANUAL)


def render_answer(course_dir: Path, trainee: str, assignment: str, cell: str) -> str | None:
    """Return a graded answer as HTML without anything that runs or loads; None if there is none."""
    notebook = read_json(CourseDirectory(course_dir).autograded(trainee, assignment))
    cells = notebook.get("cells", []) if notebook else []
    for one in cells:
        if one.get("metadata", {}).get("nbgrader", {}).get("grade_id") == cell:
            attached = one.get("attachments")
            return markdown_to_safe_html(
                str(one.get("source", "")), attached if isinstance(attached, Mapping) else None
            )
    return None


def gradebook_stamp(course_dir: Path) -> tuple[int, int, int]:
    """Return what changes when anybody, formgrader too, has written to the gradebook."""
    try:
        status = CourseDirectory(course_dir).gradebook.stat()
    except FileNotFoundError:
        return 0, 0, 0
    return status.st_ino, status.st_size, status.st_mtime_ns
