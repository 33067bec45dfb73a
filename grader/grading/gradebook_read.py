"""nbgrader's gradebook, read without nbgrader: importing that takes longer than a class's feedback.

Knows nbgrader's tables and where its schema versions are listed; changes nothing. Writing is `gradebook`.
"""

from __future__ import annotations

import importlib.util
import json
import re
import sqlite3
import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from grader.errors import EnvironmentProblem, UsageError
from grader.grading.marks import GradeMark, SubmissionMarks

Select = Callable[[str, tuple[str, ...]], Iterable[tuple[Any, ...]]]
"""Runs a SELECT with its parameters and gives the rows."""

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  (how SQLAlchemy keeps a span of time in SQLite)
_REVISION = re.compile(r"""^(down_)?revision = ['"](\w+)['"]""", re.MULTILINE)
_BUSY_TIMEOUT_S = 5.0
_MANY = 200
"""From so many trainees on, reading everybody is quicker than looking each of them up."""
_SUBMISSIONS = """
    SELECT submitted_notebook.id, submitted_assignment.student_id, submitted_assignment.timestamp,
           submitted_assignment.extension, assignment.duedate, submitted_notebook.late_submission_penalty
    FROM notebook
    JOIN assignment ON assignment.id = notebook.assignment_id
    JOIN submitted_assignment ON submitted_assignment.assignment_id = assignment.id
    JOIN submitted_notebook ON submitted_notebook.assignment_id = submitted_assignment.id
         AND submitted_notebook.notebook_id = notebook.id
    WHERE notebook.name = ?1 {chosen}
"""
_GRADES = """
    SELECT mark.notebook_id, base_cell.name, mark.auto_score, mark.manual_score, mark.extra_credit,
           grade_cells.max_score, mark.needs_manual_grade
    FROM notebook
    JOIN base_cell ON base_cell.notebook_id = notebook.id
    JOIN grade_cells ON grade_cells.id = base_cell.id
    {join} grade AS mark ON mark.cell_id = base_cell.id {of_sheet}
    WHERE notebook.name = ?1
"""
_COMMENTS = """
    SELECT mark.notebook_id, base_cell.name, mark.manual_comment
    FROM notebook
    JOIN base_cell ON base_cell.notebook_id = notebook.id
    JOIN solution_cells ON solution_cells.id = base_cell.id
    {join} comment AS mark ON mark.cell_id = base_cell.id {of_sheet}
    WHERE notebook.name = ?1 AND mark.manual_comment IS NOT NULL AND mark.manual_comment != ''
"""
_ALL = {"join": "JOIN", "of_sheet": "", "chosen": ""}
# CROSS: SQLite would scan everybody's rows first, which are most of the file.
_SOME = {
    "join": """
    CROSS JOIN submitted_assignment AS work ON work.assignment_id = notebook.assignment_id
          AND work.student_id IN (SELECT value FROM json_each(?2))
    CROSS JOIN submitted_notebook AS sheet ON sheet.assignment_id = work.id
          AND sheet.notebook_id = notebook.id
    CROSS JOIN""",
    "of_sheet": "AND sheet.id = mark.notebook_id",
    "chosen": "AND submitted_assignment.student_id IN (SELECT value FROM json_each(?2))",
}


def read_marks(
    path: Path, assignment: str, trainees: Collection[str] | None = None
) -> dict[str, SubmissionMarks]:
    """Return trainee id → marks of every submission of an assignment, or of these trainees' only.

    Raises EnvironmentProblem if the gradebook cannot be read, UsageError if another version of nbgrader
    made it.
    """
    with _open_to_read(path) as database:
        return select_marks(database.execute, assignment, trainees)


def select_marks(
    select: Select, assignment: str, trainees: Collection[str] | None = None
) -> dict[str, SubmissionMarks]:
    """Return trainee id → marks of every submission of an assignment, or of these trainees' only."""
    if trainees is not None and len(trainees) > _MANY:
        every, chosen = select_marks(select, assignment), set(trainees)
        return {trainee: marks for trainee, marks in every.items() if trainee in chosen}
    values: tuple[str, ...] = (assignment,)
    parts = _ALL
    if trainees is not None:
        values, parts = (assignment, json.dumps(list(trainees))), _SOME
    grades: dict[str, dict[str, GradeMark]] = {}
    for row, cell, auto, manual, extra, most, waits in select(_GRADES.format(**parts), values):
        score = _score(auto, manual, extra)
        mark = GradeMark(auto, manual, score, most, bool(waits))
        grades.setdefault(row, {})[sys.intern(cell)] = mark
    comments: dict[str, dict[str, str]] = {}
    for row, cell, text in select(_COMMENTS.format(**parts), values):
        comments.setdefault(row, {})[cell] = text
    marks = {}
    for row, trainee, at, extension, due_at, penalty in select(_SUBMISSIONS.format(**parts), values):
        stamp, due = _time(at), _time(due_at)
        if due is not None and extension is not None:
            due += _span(extension)
        late_s = max(0.0, (stamp - due).total_seconds()) if stamp and due and penalty != 0 else 0.0
        given, told = grades.get(row, {}), comments.get(row, {})
        marks[trainee] = SubmissionMarks(stamp, late_s, due, given, told, penalty)
    return marks


def read_due_date(path: Path, assignment: str) -> datetime | None:
    """Return when an assignment is due for whoever has no extension; raises as `read_marks` does."""
    with _open_to_read(path) as database:
        query = "SELECT duedate FROM assignment WHERE name = ?"
        (due,) = database.execute(query, (assignment,)).fetchone() or (None,)
        return _time(due)


def _score(auto: float | None, manual: float | None, extra: float | None) -> float:
    """Return the score that counts, as nbgrader reckons it: a person's before the program's."""
    given = manual if manual is not None else auto
    return 0.0 if given is None else float(given + (extra or 0.0))


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def _span(text: str) -> timedelta:
    return datetime.fromisoformat(text) - _EPOCH


@contextmanager
def _open_to_read(path: Path) -> Iterator[sqlite3.Connection]:
    with naming_trouble(path, sqlite3.DatabaseError), closing(_connect(path)) as database:
        (version,) = database.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
        require_version(path, version)
        yield database


def _connect(path: Path) -> sqlite3.Connection:
    """Open the file read-only; for writing where only that can put right what a crash left half done."""
    address = path.absolute().as_uri()
    database = sqlite3.connect(f"{address}?mode=ro", timeout=_BUSY_TIMEOUT_S, uri=True)
    try:
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        database.close()
        return sqlite3.connect(f"{address}?mode=rw", timeout=_BUSY_TIMEOUT_S, uri=True)
    except BaseException:
        database.close()
        raise
    return database


@contextmanager
def naming_trouble(path: Path, kind: type[Exception]) -> Iterator[None]:
    """Turn a database's complaint into an EnvironmentProblem that says what to do."""
    try:
        yield
    except kind as error:
        reason = str(getattr(error, "orig", None) or error)
        raise EnvironmentProblem(f"the gradebook {path} cannot be used: {reason}", _hint(reason)) from error


def _hint(reason: str) -> str:
    """Return what to do about SQLite's complaint."""
    if "readonly" in reason:
        return (
            "make the gradebook and its folder writable for you (owner, permissions, disk), then run it again"
        )
    if "full" in reason or "disk I/O" in reason:
        return "free some space on its disk, then run the command again: what was finished is kept"
    return "close other programs that write to it (formgrader?) and try again; keep a copy of the file"


def require_version(path: Path, version: str) -> None:
    """Raise UsageError unless the gradebook has the schema of the installed nbgrader."""
    if version != find_schema_version():
        hint = "keep a copy of it, then run `nbgrader db upgrade` in the course directory"
        raise UsageError(f"the gradebook {path} was made by another version of nbgrader", hint)


@cache
def find_schema_version() -> str:
    """Return nbgrader's newest schema version, without importing it or the program `alembic`."""
    spec = importlib.util.find_spec("nbgrader")
    folders = spec.submodule_search_locations if spec is not None else None
    newest: set[str] = set()
    replaced: set[str] = set()
    for folder in folders or ():
        for path in Path(folder, "alembic", "versions").glob("*.py"):
            for is_down, revision in _REVISION.findall(path.read_text(encoding="utf-8")):
                (replaced if is_down else newest).add(revision)
    heads = newest - replaced
    if len(heads) != 1:
        raise EnvironmentProblem(
            "the installed nbgrader does not say its database version", "install it again: `make setup`"
        )
    return heads.pop()
