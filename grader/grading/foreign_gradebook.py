"""Results of an nbgrader course into its gradebook, as `nbgrader autograde` would write them.

Knows nbgrader's own interface to its gradebook; must not know notebooks as files or how cells run. What
people did in formgrader is never overwritten. Only the holder of the course's lock may write.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from grader.errors import EnvironmentProblem
from grader.export import take_off
from grader.grading.foreign_course import ForeignCourse
from grader.grading.scoring import CellScore

NO_RESPONSE = "No response."
"""nbgrader's own words beside an answer that was left as it was handed out."""


@dataclass(frozen=True)
class NotebookMarks:
    """What is to be written about one notebook of a submission."""

    notebook: str
    scores: Mapping[str, CellScore] = field(default_factory=dict)
    unanswered: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    """Written answers that differ from those that a person may have graded."""
    is_missing: bool = False
    """Not handed in: nothing earned, as in nbgrader."""
    is_refused: bool = False
    """Cannot be graded as it is: a person must look at it."""


@dataclass(frozen=True)
class Standing:
    """A submission as the gradebook has it now."""

    score: float
    """Less what handing in late cost, as nbgrader exports it."""
    max_score: float
    needs_person: bool


@contextmanager
def open_foreign_gradebook(course: ForeignCourse, url: str) -> Iterator[ForeignGradebook]:
    """Open the gradebook; trouble with the database becomes an EnvironmentProblem."""
    from nbgrader import api
    from sqlalchemy.exc import DatabaseError

    try:
        with api.Gradebook(url, course.course_id) as book:
            yield ForeignGradebook(book, course)
    except DatabaseError as error:
        reason = str(error.orig or error)
        hint = "close other programs that write to it, see that it is writable, then try again"
        raise EnvironmentProblem(f"the gradebook {url} cannot be used: {reason}", hint) from error


class ForeignGradebook:
    """An open gradebook of an nbgrader course."""

    def __init__(self, book: Any, course: ForeignCourse) -> None:
        self._book = book
        self._course = course

    def write(
        self, learner: str, assignment: str, handed_in_at: datetime | None, notebooks: Sequence[NotebookMarks]
    ) -> Standing:
        """Save one learner's submission; return where it stands, people's marks included."""
        try:
            submission = self._open_submission(learner, assignment, handed_in_at)
            marks = {one.notebook: one for one in notebooks}
            for row in submission.notebooks:
                if row.name in marks:
                    self._write_notebook(row, marks[row.name])
            self._book.db.commit()
            self._write_penalties(learner, assignment, submission)
            self._book.db.refresh(submission)
            penalty = float(submission.late_submission_penalty or 0.0)
            return Standing(
                take_off(float(submission.score), penalty),
                float(submission.max_score),
                bool(submission.needs_manual_grade),
            )
        except BaseException:
            self._book.db.rollback()
            raise

    def _open_submission(self, learner: str, assignment: str, handed_in_at: datetime | None) -> Any:
        from sqlalchemy.exc import SAWarning

        stamp = {"timestamp": handed_in_at.astimezone(UTC)} if handed_in_at else {}
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", SAWarning
            )  # nbgrader's own, about the order in which it adds rows
            self._book.update_or_create_student(learner)
            return self._book.update_or_create_submission(assignment, learner, **stamp)

    def _write_notebook(self, row: Any, marks: NotebookMarks) -> None:
        for grade in row.grades:
            score = marks.scores.get(grade.name)
            if marks.is_missing:
                grade.auto_score, grade.needs_manual_grade = 0.0, False
            elif marks.is_refused:
                grade.needs_manual_grade = True
            elif score is not None:
                same = grade.auto_score == score.auto_score and grade.name not in marks.changed
                judged = grade.manual_score is not None
                grade.needs_manual_grade = (
                    grade.needs_manual_grade or not same if judged else score.needs_person
                )
                grade.auto_score = score.auto_score
        for comment in row.comments:
            comment.auto_comment = NO_RESPONSE if comment.name in marks.unanswered else None

    def _write_penalties(self, learner: str, assignment: str, submission: Any) -> None:
        """Let nbgrader and the course's plugin say what handing in late costs."""
        for row in submission.notebooks:
            row.late_submission_penalty = None
        self._book.db.commit()
        if submission.total_seconds_late <= 0 or "AssignLatePenalties" not in self._course.config:
            return
        from nbformat.v4 import new_notebook
        from nbgrader.preprocessors import AssignLatePenalties

        empty: Any = new_notebook()  # type: ignore[no-untyped-call]
        plugin = AssignLatePenalties(config=self._course.config)
        for name in [row.name for row in submission.notebooks]:
            about = {
                "student": learner,
                "assignment": assignment,
                "notebook": name,
                "db_url": str(self._book.engine.url),
            }
            plugin.preprocess(empty, {"nbgrader": about})
        self._book.db.expire_all()
