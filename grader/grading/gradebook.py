"""nbgrader's gradebook: the one place that reads and writes it.

Knows nbgrader's tables; must not know notebooks as files, feedback or the sandbox. What people did in
formgrader (scores, extra credit, comments, extensions) is never overwritten. One transaction per call;
nbgrader is imported only when a gradebook is opened, for that takes seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from grader.authoring.build import SourceCell
from grader.errors import EnvironmentProblem, UsageError
from grader.grading.marks import GradeMark, SubmissionMarks
from grader.grading.scoring import CellScore
from grader.model.work import Trainee

COURSE = "default_course"
"""nbgrader's own name for the only course of a course directory."""


@contextmanager
def open_gradebook(path: Path) -> Iterator[Gradebook]:
    """Open the gradebook, made if need be; database trouble becomes an EnvironmentProblem."""
    from sqlalchemy.exc import DatabaseError

    try:
        if not path.exists():
            _create_database(path)
        book = Gradebook(path)
        try:
            yield book
        finally:
            book.close()
    except DatabaseError as error:
        reason = str(error.orig or error)
        hint = "close other programs that write to it (formgrader?) and try again; keep a copy of the file"
        raise EnvironmentProblem(f"the gradebook {path} cannot be used: {reason}", hint) from error


def _alembic_head() -> str:
    """Return nbgrader's schema version, without the `alembic` program that may not be on PATH."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from nbgrader.dbutil import ALEMBIC_DIR

    config = Config()
    config.set_main_option("script_location", ALEMBIC_DIR)
    return str(ScriptDirectory.from_config(config).get_current_head())


def _create_database(path: Path) -> None:
    """Make an empty gradebook, whole or not at all."""
    from nbgrader.api import Base
    from sqlalchemy import create_engine, text

    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(".gradebook.part")
    fresh.unlink(missing_ok=True)
    engine = create_engine(f"sqlite:///{fresh}")
    try:
        Base.metadata.create_all(bind=engine)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
            insert = text("INSERT INTO alembic_version (version_num) VALUES (:head)")
            connection.execute(insert, {"head": _alembic_head()})
    finally:
        engine.dispose()
    fresh.replace(path)


class Gradebook:
    """An open gradebook. Get it from `open_gradebook`."""

    def __init__(self, path: Path) -> None:
        from nbgrader import api
        from sqlalchemy import text

        self._api: Any = api
        self._book: Any = api.Gradebook(f"sqlite:///{path}", COURSE)
        self._db: Any = self._book.db
        version = self._db.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if version != _alembic_head():
            self.close()
            hint = "keep a copy of it, then run `nbgrader db upgrade` in the course directory"
            raise UsageError(f"the gradebook {path} was made by another version of nbgrader", hint)

    def close(self) -> None:
        """Close the database."""
        self._book.close()

    # Release

    def register(
        self,
        assignment: str,
        cells: Iterable[SourceCell],
        kernelspec: Mapping[str, Any],
        due: datetime | None,
    ) -> tuple[str, ...]:
        """Save an assignment with its one notebook and cells; return what changed, in words.

        Raises UsageError if a cell is gone that a person has graded or commented on.
        """
        cells = list(cells)
        notebook, changes = self._save_notebook(assignment, kernelspec, due)
        wanted = {
            "GradeCell": {cell.name: cell for cell in cells if cell.grade},
            "SolutionCell": {cell.name: cell for cell in cells if cell.solution},
        }
        for kind, by_name in wanted.items():
            changes += self._save_cells(notebook, getattr(self._api, kind), by_name)
        self._save_sources(notebook, {cell.name: cell for cell in cells})
        self._db.commit()
        return tuple(changes)

    def _save_notebook(
        self, assignment: str, kernelspec: Mapping[str, Any], due: datetime | None
    ) -> tuple[Any, list[str]]:
        api, changes = self._api, []
        row = self._db.query(api.Assignment).filter_by(name=assignment).one_or_none()
        naive = due.astimezone(UTC).replace(tzinfo=None) if due else None
        if row is None:
            row = api.Assignment(assignment, course_id=COURSE)
            self._db.add(row)
            changes.append("the assignment is new")
        if naive is not None and row.duedate != naive:
            changes.append(f"due {naive:%Y-%m-%d %H:%M} UTC")
            row.duedate = naive
        notebook = self._db.query(api.Notebook).filter_by(name=assignment, assignment=row).one_or_none()
        if notebook is None:
            notebook = api.Notebook(name=assignment, assignment=row)
            self._db.add(notebook)
        notebook.kernelspec = json.dumps(dict(kernelspec))
        self._db.flush()
        return notebook, changes

    def _save_cells(self, notebook: Any, kind: Any, wanted: Mapping[str, SourceCell]) -> list[str]:
        """Make the notebook's grade or solution cells equal to `wanted`; return what changed."""
        changes: list[str] = []
        there = {row.name: row for row in self._db.query(kind).filter_by(notebook_id=notebook.id)}
        for name in there.keys() - wanted.keys():
            self._remove_cell(there[name])
            changes.append(f"cell {name} is gone")
        for name, cell in wanted.items():
            row = there.get(name)
            if row is None:
                row = kind(name=name, notebook=notebook)
                self._db.add(row)
                changes.append(f"cell {name} is new")
            if cell.grade and kind is self._api.GradeCell:
                if name in there and row.max_score != cell.points:
                    changes.append(f"cell {name}: {row.max_score:g} → {cell.points:g} points")
                row.max_score, row.cell_type = cell.points, cell.cell_type
        return changes

    def _remove_cell(self, cell: Any) -> None:
        """Remove a cell with its automatic marks; refuse if a person's would be lost."""
        api = self._api
        grades = self._db.query(api.Grade).filter_by(cell_id=cell.id).all()
        comments = self._db.query(api.Comment).filter_by(cell_id=cell.id).all()
        judged = [g for g in grades if g.manual_score is not None or g.extra_credit is not None]
        judged += [c for c in comments if c.manual_comment]
        if judged:
            self._db.rollback()
            message = (
                f"cell {cell.name} is gone from the assignment, but {len(judged)} manual mark(s) belong to it"
            )
            raise UsageError(message, "put the cell back, or take the marks out in formgrader first")
        for row in (*grades, *comments, cell):
            self._db.delete(row)

    def _save_sources(self, notebook: Any, wanted: Mapping[str, SourceCell]) -> None:
        api = self._api
        there = {row.name: row for row in self._db.query(api.SourceCell).filter_by(notebook_id=notebook.id)}
        for name in there.keys() - wanted.keys():
            self._db.delete(there[name])
        for name, cell in wanted.items():
            row = there.get(name) or api.SourceCell(name=name, notebook=notebook)
            row.cell_type, row.locked = cell.cell_type, cell.locked
            row.source, row.checksum = cell.source, cell.checksum
            self._db.add(row)

    def enrol(self, trainees: Iterable[Trainee]) -> None:
        """Save trainees; formgrader lists them as “name, id”."""
        api = self._api
        there = {row.id: row for row in self._db.query(api.Student)}
        for trainee in trainees:
            row = there.get(trainee.id)
            if row is None:
                row = api.Student(id=trainee.id)
                self._db.add(row)
            row.last_name, row.first_name, row.email = trainee.name, trainee.id, trainee.email or None
        self._db.commit()

    # Grading

    def has_assignment(self, assignment: str) -> bool:
        """Return whether the assignment was released."""
        found = self._db.query(self._api.Notebook).filter_by(name=assignment).count()
        return bool(found)

    def write_submission(
        self,
        trainee: str,
        assignment: str,
        timestamp: datetime,
        scores: Iterable[CellScore],
        comments: Mapping[str, str],
        changed: frozenset[str],
    ) -> None:
        """Save one graded submission in one transaction.

        `comments` maps answer cells to what the failed tests say; `changed` names written answers that
        differ from those a person may have graded: their marks stay, but are flagged for another look.
        """
        try:
            notebook = self._submitted_notebook(trainee, assignment, timestamp)
            by_name = {score.grade_id: score for score in scores}
            self._write_grades(notebook, by_name, changed)
            self._write_comments(notebook, comments)
            self._db.commit()
        except Exception:
            self._db.rollback()
            raise

    def _submitted_notebook(self, trainee: str, assignment: str, timestamp: datetime) -> Any:
        api = self._api
        notebook = self._db.query(api.Notebook).filter_by(name=assignment).one()
        submission = (
            self._db.query(api.SubmittedAssignment)
            .filter_by(assignment_id=notebook.assignment_id, student_id=trainee)
            .one_or_none()
        )
        if submission is None:
            submission = api.SubmittedAssignment(assignment_id=notebook.assignment_id, student_id=trainee)
            self._db.add(submission)
            self._db.flush()
        submission.timestamp = timestamp.astimezone(UTC).replace(tzinfo=None)
        handed_in = (
            self._db.query(api.SubmittedNotebook)
            .filter_by(notebook_id=notebook.id, assignment_id=submission.id)
            .one_or_none()
        )
        if handed_in is None:
            handed_in = api.SubmittedNotebook(notebook_id=notebook.id, assignment_id=submission.id)
            self._db.add(handed_in)
            self._db.flush()
        return handed_in

    def _write_grades(self, notebook: Any, scores: Mapping[str, CellScore], changed: frozenset[str]) -> None:
        api = self._api
        there = {row.cell_id: row for row in self._db.query(api.Grade).filter_by(notebook_id=notebook.id)}
        for cell in self._db.query(api.GradeCell).filter_by(notebook_id=notebook.notebook_id):
            score = scores.get(cell.name)
            if score is None:
                continue
            grade = there.get(cell.id)
            if grade is None:
                grade = api.Grade(cell_id=cell.id, notebook_id=notebook.id)
                self._db.add(grade)
            same = cell.name not in changed and grade.auto_score == score.auto_score
            if grade.manual_score is None:
                grade.needs_manual_grade = score.needs_person
            elif not same:
                grade.needs_manual_grade = True
            grade.auto_score = score.auto_score

    def _write_comments(self, notebook: Any, comments: Mapping[str, str]) -> None:
        api = self._api
        there = {row.cell_id: row for row in self._db.query(api.Comment).filter_by(notebook_id=notebook.id)}
        for cell in self._db.query(api.SolutionCell).filter_by(notebook_id=notebook.notebook_id):
            comment = there.get(cell.id)
            if comment is None:
                comment = api.Comment(cell_id=cell.id, notebook_id=notebook.id)
                self._db.add(comment)
            comment.auto_comment = comments.get(cell.name) or None

    # Reading

    def read_marks(self, assignment: str) -> dict[str, SubmissionMarks]:
        """Return trainee id → marks of every submission of an assignment."""
        api = self._api
        notebook = self._db.query(api.Notebook).filter_by(name=assignment).one_or_none()
        if notebook is None:
            return {}
        grades = self._rows_by_notebook(api.Grade, api.GradeCell, notebook.id)
        comments = self._rows_by_notebook(api.Comment, api.SolutionCell, notebook.id)
        rows = (
            self._db.query(api.SubmittedNotebook, api.SubmittedAssignment)
            .join(api.SubmittedAssignment, api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id)
            .filter(api.SubmittedNotebook.notebook_id == notebook.id)
        )
        return {
            submission.student_id: _marks(
                submission, notebook.assignment.duedate, grades.get(row.id, []), comments.get(row.id, [])
            )
            for row, submission in rows
        }

    def _rows_by_notebook(
        self, kind: Any, cell_kind: Any, notebook_id: str
    ) -> dict[str, list[tuple[Any, Any]]]:
        found: dict[str, list[tuple[Any, Any]]] = {}
        query = (
            self._db.query(kind, cell_kind)
            .join(cell_kind, kind.cell_id == cell_kind.id)
            .filter(cell_kind.notebook_id == notebook_id)
        )
        for row, cell in query:
            found.setdefault(row.notebook_id, []).append((row, cell))
        return found


def _marks(
    submission: Any, due: datetime | None, grades: list[tuple[Any, Any]], comments: list[tuple[Any, Any]]
) -> SubmissionMarks:
    due = due + (submission.extension or timedelta()) if due else None
    stamp: datetime | None = submission.timestamp
    late_s = max(0.0, (stamp - due).total_seconds()) if stamp and due else 0.0
    return SubmissionMarks(
        timestamp=stamp.replace(tzinfo=UTC) if stamp else None,
        late_s=late_s,
        due=due.replace(tzinfo=UTC) if due else None,
        grades={
            cell.name: GradeMark(
                row.auto_score,
                row.manual_score,
                float(row.score),
                cell.max_score,
                bool(row.needs_manual_grade),
            )
            for row, cell in grades
        },
        comments={cell.name: row.manual_comment for row, cell in comments if row.manual_comment},
    )
