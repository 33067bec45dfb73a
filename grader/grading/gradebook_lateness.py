"""What being late costs, in nbgrader's tables, where nbgrader and formgrader look for it.

Knows nbgrader's tables; must not know rules or receipts. nbgrader has a place for the points and for when
work is due. It has none for work that counts as in time although its dates say otherwise, in the grace period
for instance: of what counts as in time, 0 points are written down; of what is late and costs nothing, none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class LatePenalty:
    """What was judged of one submission."""

    due_at: datetime | None
    """When it was due for this person."""
    points: float | None
    """That it costs. None: it is late and costs nothing; 0: it counts as in time."""


class LatenessRows:
    """Writes what being late costs in one assignment; the caller commits."""

    def __init__(self, db: Any, api: Any, assignment: str) -> None:
        self._db = db
        self._submitted = api.SubmittedAssignment.__table__
        self._notebook = api.SubmittedNotebook.__table__
        self._assignment = db.query(api.Assignment).filter_by(name=assignment).one()

    def write(self, penalties: Mapping[str, LatePenalty]) -> None:
        """Write for each trainee who has a submission what it costs and when it was due."""
        from sqlalchemy import update

        for row in self._rows():
            given = penalties.get(row.student_id)
            if given is None:
                continue
            self._write_due(row, _naive(given.due_at))
            mine = self._notebook.c.assignment_id == row.id
            self._db.execute(update(self._notebook).where(mine).values(late_submission_penalty=given.points))

    def move_due_date(self, due_at: datetime | None) -> None:
        """Give the assignment another due date. When each submission was due stays as it is, if it was."""
        rows, before = self._rows(), self._assignment.duedate
        self._assignment.duedate = _naive(due_at)
        self._db.flush()
        for row in rows:
            self._write_due(row, before + (row.extension or timedelta()) if before else None)

    def _rows(self) -> list[Any]:
        from sqlalchemy import select

        mine = self._submitted.c.assignment_id == self._assignment.id
        query = select(self._submitted.c.id, self._submitted.c.student_id, self._submitted.c.extension)
        return list(self._db.execute(query.where(mine)))

    def _write_due(self, row: Any, due: datetime | None) -> None:
        """Write a due date as nbgrader does: as so much more time than everybody has."""
        from sqlalchemy import update

        whole = self._assignment.duedate
        extension = (due - whole or None) if due and whole else None
        if extension != row.extension:
            mine = self._submitted.c.id == row.id
            self._db.execute(update(self._submitted).where(mine).values(extension=extension))


def _naive(at: datetime | None) -> datetime | None:
    return at.astimezone(UTC).replace(tzinfo=None) if at else None
