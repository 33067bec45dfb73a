"""Writing a person's mark into nbgrader's tables, as formgrader would.

Knows nbgrader's tables; must not know rubrics or who marked.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import uuid4

from grader.errors import UsageError

SAME = 1e-9


class MarkRows:
    """Writes marks by hand of one assignment."""

    def __init__(self, db: Any, api: Any, assignment: str) -> None:
        self._db = db
        self._api = api
        self._assignment = assignment

    def write(self, trainee: str, cell: str, score: float, comment: str, known: Collection[float]) -> bool:
        """Write one mark unless another came first; the caller commits."""
        from sqlalchemy import or_, update

        notebook, cell_id = self._find(trainee, cell)
        grade = self._api.Grade.__table__
        # The same mark again is no other one: after a crash it may have been written without our knowing.
        may_replace = or_(
            grade.c.manual_score.is_(None),
            *(grade.c.manual_score.between(one - SAME, one + SAME) for one in {score, *known}),
        )
        row = (grade.c.notebook_id == notebook) & (grade.c.cell_id == cell_id)
        change = update(grade).where(row, may_replace).values(manual_score=score, needs_manual_grade=False)
        if not self._db.execute(change).rowcount:
            return False
        self._write_comment(notebook, cell, comment)
        return True

    def _find(self, trainee: str, cell: str) -> tuple[str, str]:
        """Return the ids of a trainee's notebook and of its cell."""
        api = self._api
        query = (
            self._db.query(api.Grade.notebook_id, api.Grade.cell_id)
            .join(api.BaseCell, api.Grade.cell_id == api.BaseCell.id)
            .join(api.Notebook, api.BaseCell.notebook_id == api.Notebook.id)
            .join(api.SubmittedNotebook, api.Grade.notebook_id == api.SubmittedNotebook.id)
            .join(api.SubmittedAssignment, api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id)
            .filter(
                api.Notebook.name == self._assignment,
                api.BaseCell.name == cell,
                api.SubmittedAssignment.student_id == trainee,
            )
        )
        found = query.one_or_none()
        if found is None:
            raise UsageError(
                f"the gradebook has no graded cell {cell!r} of this work for {self._assignment!r}",
                "grade the submission first, then mark it",
            )
        return found[0], found[1]

    def _write_comment(self, notebook: str, cell: str, text: str) -> None:
        """Write a comment where formgrader does: at the cell that is solved, not the one that is graded."""
        from sqlalchemy import insert, update

        api, table = self._api, self._api.Comment.__table__
        query = (
            self._db.query(api.SolutionCell.id)
            .join(api.Notebook, api.SolutionCell.notebook_id == api.Notebook.id)
            .filter(api.Notebook.name == self._assignment, api.SolutionCell.name == cell)
        )
        cell_id: str = query.scalar()
        row = (table.c.notebook_id == notebook) & (table.c.cell_id == cell_id)
        if not self._db.execute(update(table).where(row).values(manual_comment=text or None)).rowcount:
            values = {"notebook_id": notebook, "cell_id": cell_id, "manual_comment": text or None}
            self._db.execute(insert(table).values(id=uuid4().hex, **values))
