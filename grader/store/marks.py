"""Marks that graders gave to written answers: first, second, agreed; nothing is ever overwritten.

Knows the table `marks`; must not know rubrics, pages or the gradebook. A mark that counts is on its way to
the gradebook until the grading worker has written it there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from grader.errors import GraderError
from grader.store.schema import marks, submissions


class Round(StrEnum):
    """Which mark of an answer this is."""

    FIRST = "first"
    SECOND = "second"
    """By somebody else, who does not see the first."""
    AGREED = "agreed"
    """What counts where the two differed."""


class Delivery(StrEnum):
    """Where a mark is on its way to the gradebook."""

    WAITING = "waiting"
    WRITTEN = "written"
    CONFLICT = "conflict"
    """Somebody marked in formgrader meanwhile; theirs was kept."""
    NONE = "none"
    """It does not go there."""


@dataclass(frozen=True)
class NewMark:
    """A mark about to be given."""

    assignment: str
    person: str
    submission: str
    cell: str
    marker: str
    round: Round
    levels: Mapping[str, int]
    """Criterion → 0-3."""
    score: float
    comment: str
    instead_of: float | None
    """Score by hand in the gradebook that the marker knew of."""


@dataclass(frozen=True)
class Mark(NewMark):
    """A mark that was given."""

    id: int
    created_at: datetime
    delivery: Delivery


@dataclass(frozen=True)
class AnswerMarks:
    """The marks of one answer that count now."""

    first: Mark | None = None
    second: Mark | None = None
    agreed: Mark | None = None

    def of(self, wanted: Round) -> Mark | None:
        """Return the mark of one round."""
        return {Round.FIRST: self.first, Round.SECOND: self.second, Round.AGREED: self.agreed}[wanted]

    @property
    def final(self) -> Mark | None:
        """The mark whose score counts."""
        return self.agreed or self.first


class MarkTaken(GraderError):
    """Somebody else marked the same answer meanwhile; `current` is theirs."""

    def __init__(self, current: Mark | None) -> None:
        super().__init__("somebody else has marked this answer meanwhile", "look at their mark first")
        self.current = current


def add_mark(db: Connection, given: NewMark, seen: int | None, now: datetime) -> int:
    """Keep a mark and return its number; `seen` is the mark of the same round that the marker knew of.

    Raises MarkTaken if there is another by now. Second marks stay here; the others wait for the gradebook.
    """
    # PostgreSQL: two graders at once wait for each other here; SQLite has one writer anyway.
    db.execute(select(submissions.c.uuid).where(submissions.c.uuid == given.submission).with_for_update())
    current = find_marks(db, given.submission, given.cell).of(given.round)
    if (current.id if current else None) != seen:
        raise MarkTaken(current)
    if current is not None:
        _replace(db, current.id, now)
    delivery = Delivery.NONE if given.round is Round.SECOND else Delivery.WAITING
    row = {**vars(given), "levels": dict(given.levels), "created_at": now, "delivery": delivery}
    made = db.execute(insert(marks).values(row)).inserted_primary_key
    assert made is not None  # noqa: S101  (a table with a primary key always tells it)
    return int(made[0])


def _replace(db: Connection, mark_id: int, now: datetime) -> None:
    change = update(marks).where(marks.c.id == mark_id)
    db.execute(change.values(replaced_at=now))
    # What never reached the gradebook need not: the new mark goes instead of it.
    waiting = change.where(marks.c.delivery == Delivery.WAITING)
    db.execute(waiting.values(delivery=Delivery.NONE))


def find_marks(db: Connection, submission: str, cell: str) -> AnswerMarks:
    """Return the marks of one answer that count now, for graders."""
    query = _current().where(marks.c.submission == submission, marks.c.cell == cell)
    by_round = {mark.round: mark for mark in map(_mark_of, db.execute(query).mappings())}
    return AnswerMarks(**{kind.value: by_round.get(kind) for kind in Round})


def list_double_marks(db: Connection, assignment: str, cell: str) -> Sequence[AnswerMarks]:
    """Return the marks of every answer that two people marked, oldest second mark first."""
    twice = select(marks.c.submission).where(
        marks.c.assignment == assignment,
        marks.c.cell == cell,
        marks.c.round == Round.SECOND,
        marks.c.replaced_at.is_(None),
    )
    query = _current().where(
        marks.c.assignment == assignment, marks.c.cell == cell, marks.c.submission.in_(twice)
    )
    by_answer: dict[str, dict[str, Mark]] = {}
    for mark in map(_mark_of, db.execute(query.order_by(marks.c.id)).mappings()):
        by_answer.setdefault(mark.submission, {})[mark.round.value] = mark
    found = [AnswerMarks(**rounds) for rounds in by_answer.values()]
    return [one for one in found if one.first is not None and one.second is not None]


def list_undelivered(db: Connection, limit: int = 200) -> Sequence[Mark]:
    """Return marks that wait for the gradebook, oldest first."""
    query = select(marks).where(marks.c.delivery == Delivery.WAITING).order_by(marks.c.id).limit(limit)
    return [_mark_of(row) for row in db.execute(query).mappings()]


def list_known_scores(db: Connection, mark: Mark) -> frozenset[float]:
    """Return what may stand in the gradebook where a mark goes: what its marker saw, and earlier marks."""
    query = select(marks.c.score, marks.c.instead_of).where(
        marks.c.submission == mark.submission, marks.c.cell == mark.cell, marks.c.id <= mark.id
    )
    return frozenset(score for row in db.execute(query) for score in row if score is not None)


def set_delivery(db: Connection, mark_id: int, delivery: Delivery) -> None:
    """Note where a mark got to."""
    db.execute(update(marks).where(marks.c.id == mark_id).values(delivery=delivery))


def list_conflicts(db: Connection, assignment: str) -> Sequence[Mark]:
    """Return marks that count here and were kept out of the gradebook by another from formgrader."""
    query = _current().where(marks.c.assignment == assignment, marks.c.delivery == Delivery.CONFLICT)
    return [_mark_of(row) for row in db.execute(query.order_by(marks.c.id)).mappings()]


def _current() -> Any:
    return select(marks).where(marks.c.replaced_at.is_(None))


def _mark_of(row: RowMapping) -> Mark:
    values = {name: value for name, value in row.items() if name != "replaced_at"}
    rounds = {"round": Round(values["round"]), "delivery": Delivery(values["delivery"])}
    return Mark(**{**values, **rounds})
