"""Comments that graders use again, by written answer.

Knows the table `comment_bank`; must not know marks or pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from grader.store.schema import comment_bank
from grader.text import Language

MAX_TEXT = 1_000
MOST_SHOWN = 40


@dataclass(frozen=True)
class KeptComment:
    """A comment to use again."""

    id: int
    text: str
    language: Language


def list_comments(db: Connection, assignment: str, cell: str) -> Sequence[KeptComment]:
    """Return the comments of one written answer's bank, oldest first."""
    query = (
        select(comment_bank.c.id, comment_bank.c.text, comment_bank.c.language)
        .where(comment_bank.c.assignment == assignment, comment_bank.c.cell == cell)
        .where(comment_bank.c.withdrawn_at.is_(None))
        .order_by(comment_bank.c.id)
        .limit(MOST_SHOWN)
    )
    return [KeptComment(row.id, row.text, Language(row.language)) for row in db.execute(query)]


def keep_comment(
    db: Connection, assignment: str, cell: str, text: str, language: Language, *, by: str, now: datetime
) -> None:
    """Keep a comment, unless the bank has the same."""
    text = text.strip()[:MAX_TEXT]
    if not text or any(one.text == text for one in list_comments(db, assignment, cell)):
        return
    row = {"assignment": assignment, "cell": cell, "text": text, "language": language}
    db.execute(insert(comment_bank).values(**row, created_by=by, created_at=now))


def withdraw_comment(db: Connection, assignment: str, comment_id: int, now: datetime) -> bool:
    """Take a comment out of an assignment's bank; False if it is not there."""
    own = (comment_bank.c.id == comment_id) & (comment_bank.c.assignment == assignment)
    open_ones = update(comment_bank).where(own, comment_bank.c.withdrawn_at.is_(None))
    return db.execute(open_ones.values(withdrawn_at=now)).rowcount == 1
