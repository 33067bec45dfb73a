"""What graders tell each other about a hand-in. Knows the table `mark_notes`; must not know pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from grader.store.schema import mark_notes

MAX_TEXT = 2_000


@dataclass(frozen=True)
class MarkNote:
    """One note."""

    text: str
    created_by: str
    created_at: datetime


def add_note(db: Connection, submission: str, text: str, *, by: str, now: datetime) -> None:
    """Keep a note about a hand-in; an empty one is none."""
    if text.strip():
        row = {"submission": submission, "text": text.strip()[:MAX_TEXT], "created_by": by}
        db.execute(insert(mark_notes).values(**row, created_at=now))


def list_notes(db: Connection, submission: str) -> Sequence[MarkNote]:
    """Return the notes about a hand-in, oldest first."""
    columns = (mark_notes.c.text, mark_notes.c.created_by, mark_notes.c.created_at)
    query = select(*columns).where(mark_notes.c.submission == submission).order_by(mark_notes.c.id)
    return [MarkNote(*row) for row in db.execute(query)]
