"""nbgrader's gradebook: the one place that writes it.

Knows nbgrader's tables, which `gradebook_read` reads without nbgrader; must not know notebooks as files,
feedback or the sandbox. What people did in formgrader (scores, extra credit, comments) is never overwritten;
extensions are where `write_penalties` says when work was due. One transaction per call; nbgrader is imported
only when a gradebook is opened, for that takes seconds.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grader.authoring.build import SourceCell
from grader.errors import UsageError
from grader.grading.gradebook_lateness import LatenessRows, LatePenalty
from grader.grading.gradebook_marks import MarkRows
from grader.grading.gradebook_read import find_schema_version, naming_trouble, require_version, select_marks
from grader.grading.gradebook_rows import SubmissionRows
from grader.grading.marks import SubmissionMarks
from grader.grading.scoring import CellScore
from grader.model.work import Trainee

COURSE = "default_course"
"""nbgrader's own name for the only course of a course directory."""


@contextmanager
def open_gradebook(path: Path) -> Iterator[Gradebook]:
    """Open the gradebook, made if need be; database trouble becomes an EnvironmentProblem."""
    from sqlalchemy.exc import DatabaseError

    with naming_trouble(path, DatabaseError):
        if not path.exists():
            _create_database(path)
        book = Gradebook(path)
        try:
            yield book
        finally:
            book.close()


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
            connection.execute(insert, {"head": find_schema_version()})
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
        self._rows: dict[str, SubmissionRows] = {}
        version = self._db.execute(text("SELECT version_num FROM alembic_version")).scalar()
        try:
            require_version(path, version)
        except UsageError:
            self.close()
            raise

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
        self._rows.clear()
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

    def require_writable(self) -> None:
        """Raise what SQLite says when nothing can be saved: better before a run than after it."""
        from sqlalchemy import text

        self._db.rollback()
        try:
            # A real change: only this opens the journal, for which the folder must be writable, too.
            self._db.execute(text("UPDATE alembic_version SET version_num = version_num"))
        finally:
            self._db.rollback()

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
            if assignment not in self._rows:
                self._rows[assignment] = SubmissionRows(self._db, self._api, assignment)
            by_name = {score.grade_id: score for score in scores}
            self._rows[assignment].write(trainee, timestamp, by_name, comments, changed)
            self._db.commit()
        except BaseException:  # Ctrl-C as well
            self._db.rollback()
            raise

    def write_mark(
        self, trainee: str, assignment: str, cell: str, score: float, comment: str, known: Collection[float]
    ) -> bool:
        """Save a person's score and comment for one written answer, in one transaction.

        `known` are the scores by hand that the marker knew of. False, and nothing is saved, if there is
        another by now: two graders never overwrite each other silently. Raises UsageError if the answer was
        never graded.
        """
        try:
            saved = MarkRows(self._db, self._api, assignment).write(trainee, cell, score, comment, known)
            self._db.commit()
            return saved
        except BaseException:
            self._db.rollback()
            raise

    def write_penalties(self, assignment: str, penalties: Mapping[str, LatePenalty]) -> None:
        """Save, in one transaction, what being late costs: trainee id → penalty."""
        try:
            LatenessRows(self._db, self._api, assignment).write(penalties)
            self._db.commit()
        except BaseException:
            self._db.rollback()
            raise

    def move_due_date(self, assignment: str, due_at: datetime | None) -> None:
        """Give an assignment another due date; when each submission was due stays, until it is written."""
        try:
            LatenessRows(self._db, self._api, assignment).move_due_date(due_at)
            self._db.commit()
        except BaseException:
            self._db.rollback()
            raise

    # Reading

    def read_graded(self, assignment: str) -> dict[str, tuple[datetime | None, frozenset[str]]]:
        """Return trainee id → time stamp of the graded submission and its graded cells; little for many."""
        api = self._api
        rows = (
            self._db.query(
                api.SubmittedAssignment.student_id, api.SubmittedAssignment.timestamp, api.BaseCell.name
            )
            .join(api.SubmittedNotebook, api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id)
            .join(api.Notebook, api.SubmittedNotebook.notebook_id == api.Notebook.id)
            .join(api.Grade, api.Grade.notebook_id == api.SubmittedNotebook.id)
            .join(api.BaseCell, api.Grade.cell_id == api.BaseCell.id)
            .filter(api.Notebook.name == assignment)
        )
        stamps: dict[str, datetime | None] = {}
        cells: dict[str, set[str]] = {}
        for trainee, stamp, cell in rows:
            stamps[trainee] = stamp.replace(tzinfo=UTC) if stamp else None
            cells.setdefault(trainee, set()).add(sys.intern(cell))
        return {trainee: (stamp, frozenset(cells[trainee])) for trainee, stamp in stamps.items()}

    def read_marks(self, assignment: str) -> dict[str, SubmissionMarks]:
        """Return trainee id → marks of every submission of an assignment."""
        self._db.flush()
        return select_marks(self._db.connection().connection.execute, assignment)
