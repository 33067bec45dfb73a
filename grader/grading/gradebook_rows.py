"""Writing graded submissions into nbgrader's tables, at a cost that does not grow with the class.

Knows nbgrader's tables; must not know notebooks or how scores came about. Rows are looked up by the
columns that nbgrader has indexes for, and as plain SQL: thousands of mapped objects would slow a run down.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from grader.errors import UsageError
from grader.grading.scoring import CellScore


class SubmissionRows:
    """Writes the submissions of one assignment; what they share is looked up once."""

    def __init__(self, db: Any, api: Any, assignment: str) -> None:
        self._db = db
        self._api = api
        notebook = db.query(api.Notebook).filter_by(name=assignment).one_or_none()
        if notebook is None:
            raise UsageError(
                f"assignment {assignment!r} is not in the gradebook",
                f"run `medai release {assignment}` first",
            )
        self._notebook: str = notebook.id
        self._assignment: str = notebook.assignment_id
        self._graded = self._cell_ids(api.GradeCell)
        self._answers = self._cell_ids(api.SolutionCell)

    def _cell_ids(self, kind: Any) -> dict[str, str]:
        return {
            cell.name: cell.id
            for cell in self._db.query(kind).filter_by(notebook_id=self._notebook).order_by(kind.name)
        }

    def write(
        self,
        trainee: str,
        timestamp: datetime,
        scores: Mapping[str, CellScore],
        comments: Mapping[str, str],
        changed: frozenset[str],
    ) -> None:
        """Write one submission; the caller commits."""
        naive = timestamp.astimezone(UTC).replace(tzinfo=None)
        submitted, handed_in = self._api.SubmittedAssignment.__table__, self._api.SubmittedNotebook.__table__
        submission = self._row(
            submitted, {"assignment_id": self._assignment, "student_id": trainee}, {"timestamp": naive}
        )
        notebook = self._row(handed_in, {"notebook_id": self._notebook, "assignment_id": submission}, {})
        self._write_grades(notebook, scores, changed)
        self._write_comments(notebook, comments)

    def _row(self, table: Any, key: Mapping[str, Any], values: Mapping[str, Any]) -> str:
        """Return the id of the row with this key, made if need be, with `values` in it."""
        from sqlalchemy import and_, insert, select, update

        where = and_(*(table.c[name] == value for name, value in key.items()))
        found: str | None = self._db.execute(select(table.c.id).where(where)).scalar_one_or_none()
        if found is None:
            found = uuid4().hex
            self._db.execute(insert(table).values(id=found, **key, **values))
        elif values:
            self._db.execute(update(table).where(table.c.id == found).values(**values))
        return found

    def _there(self, table: Any, notebook: str, cells: Mapping[str, str]) -> dict[str, Any]:
        """Return cell id → the notebook's row for it; nbgrader's index begins with the cell."""
        from sqlalchemy import select

        query = select(table).where(
            table.c.cell_id.in_(list(cells.values())), table.c.notebook_id == notebook
        )
        return {row.cell_id: row for row in self._db.execute(query)}

    def _save(self, table: Any, rows: list[tuple[Any, dict[str, Any]]]) -> None:
        """Insert rows that are new and update those that differ."""
        from sqlalchemy import insert, update

        fresh = [{"id": uuid4().hex, **values} for row, values in rows if row is None]
        if fresh:
            self._db.execute(insert(table), fresh)
        for row, values in rows:
            if row is not None and any(getattr(row, name) != value for name, value in values.items()):
                self._db.execute(update(table).where(table.c.id == row.id).values(**values))

    def _write_grades(self, notebook: str, scores: Mapping[str, CellScore], changed: frozenset[str]) -> None:
        table = self._api.Grade.__table__
        there = self._there(table, notebook, self._graded)
        rows = []
        for name, cell in self._graded.items():
            score, row = scores.get(name), there.get(cell)
            if score is None:
                continue
            needs_person = score.needs_person
            if row is not None and row.manual_score is not None:
                # A person decided; only what changed since then is shown to them again.
                same = name not in changed and row.auto_score == score.auto_score
                needs_person = bool(row.needs_manual_grade) if same else True
            values = {
                "notebook_id": notebook,
                "cell_id": cell,
                "auto_score": score.auto_score,
                "needs_manual_grade": needs_person,
            }
            rows.append((row, values))
        self._save(table, rows)

    def _write_comments(self, notebook: str, comments: Mapping[str, str]) -> None:
        table = self._api.Comment.__table__
        there = self._there(table, notebook, self._answers)
        rows = []
        for name, cell in self._answers.items():
            values = {"notebook_id": notebook, "cell_id": cell, "auto_comment": comments.get(name) or None}
            rows.append((there.get(cell), values))
        self._save(table, rows)
