"""What graders have before them: newest hand-ins by state, and written answers one after the other.

Knows submissions, results, answers and marks; must not know names of people: marking is blind, and whose work
it is has to be asked for on purpose.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, case, exists, func, or_, select

from grader.export import take_off
from grader.store.marks import Round
from grader.store.progress import find_last_receipt
from grader.store.schema import answers, marks, people, results, submissions
from grader.store.submissions import is_newest, is_result

PAGE = 50


class QueueState(StrEnum):
    """Where a hand-in stands for graders."""

    WAITING = "waiting"
    QUARANTINED = "quarantined"
    NEEDS_PERSON = "needs-person"
    GRADED = "graded"


@dataclass(frozen=True)
class SecondDue:
    """Answers that a grader is to mark a second time."""

    marker: str
    percent: int
    """The release's share."""


@dataclass(frozen=True)
class QueueFilter:
    """Which hand-ins of an assignment a list shows; None means any."""

    assignment: str
    site: str | None = None
    cohort: str | None = None
    state: QueueState | None = None
    second_due: SecondDue | None = None


@dataclass(frozen=True)
class QueueLine:
    """One hand-in, nameless."""

    uuid: str
    pseudonym: str
    assignment: str
    attempt: int
    received_at: datetime
    late_s: float
    state: QueueState
    score: float | None
    max_score: float | None
    penalty: float
    reason: str

    @property
    def total(self) -> float | None:
        """The score that counts: after the penalty."""
        return None if self.score is None else take_off(self.score, self.penalty)


@dataclass(frozen=True)
class WorkCounts:
    """What waits for graders in one assignment."""

    open_answers: int = 0
    held: int = 0
    """Newest hand-ins in quarantine."""
    waiting: int = 0
    """Newest hand-ins that were not graded yet, whether a job for them is there or not."""

    @property
    def needs_person(self) -> bool:
        """Whether a grader has something to do by hand."""
        return bool(self.open_answers or self.held)


@dataclass(frozen=True)
class Answer:
    """One written answer, nameless on pages; `person` says in whose folder it lies."""

    submission: str
    cell: str
    person: str
    assignment: str
    place: str
    lot: int
    is_open: bool
    is_blank: bool
    manual_score: float | None
    maximum: float
    comment: str


@dataclass(frozen=True)
class AnswerCounts:
    """How far marking of one cell has come. Blank answers need none and do not count."""

    total: int
    open: int
    second_due: int
    """Somebody else must mark these a second time; of a grader's own first marks none."""


_STATE: ColumnElement[str] = case(
    (results.c.submission.is_(None), QueueState.WAITING.value),
    (results.c.status == "quarantined", QueueState.QUARANTINED.value),
    (results.c.needs_person, QueueState.NEEDS_PERSON.value),
    else_=QueueState.GRADED.value,
)
_LINE = (
    submissions.c.uuid,
    people.c.pseudonym,
    submissions.c.assignment,
    submissions.c.attempt,
    submissions.c.received_at,
    submissions.c.late_s,
    _STATE.label("state"),
    results.c.score,
    results.c.max_score,
    func.coalesce(results.c.penalty, 0.0).label("penalty"),
    func.coalesce(results.c.reason, "").label("reason"),
)


def list_queue(
    db: Connection, wanted: QueueFilter, after: tuple[datetime, str] | None = None, limit: int = PAGE
) -> list[QueueLine]:
    """Return newest hand-ins, those that came first first, beginning after (time, uuid)."""
    query = _newest(*_LINE).where(*_conditions(wanted))
    if after is not None:
        at, uuid = after
        same = and_(submissions.c.received_at == at, submissions.c.uuid > uuid)
        query = query.where(or_(submissions.c.received_at > at, same))
    rows = db.execute(query.order_by(submissions.c.received_at, submissions.c.uuid).limit(limit))
    return [_line_of(row) for row in rows.mappings()]


def count_held_reasons(db: Connection, wanted: QueueFilter) -> dict[str, int]:
    """Return reason → newest hand-ins of a list that are held back for it, the most frequent first."""
    is_held = results.c.status == QueueState.QUARANTINED
    query = _newest(results.c.reason, func.count()).where(*_conditions(wanted), is_held)
    counts = query.group_by(results.c.reason).order_by(func.count().desc(), results.c.reason)
    return {reason: number for reason, number in db.execute(counts)}  # noqa: C416  (rows are no pairs)


def count_queue_states(db: Connection, assignment: str) -> dict[QueueState, int]:
    """Return state → newest hand-ins of an assignment."""
    query = _newest(_STATE, func.count()).where(submissions.c.assignment == assignment).group_by(_STATE)
    return {QueueState(state): number for state, number in db.execute(query)}


def count_work(db: Connection, waiting: Mapping[str, int]) -> dict[str, WorkCounts]:
    """Return assignment → what waits there; `waiting` is what `count_ungraded` said."""
    is_held = results.c.status == QueueState.QUARANTINED
    asked = (
        select(answers.c.assignment, func.count()).where(answers.c.is_open.is_(True)),
        _newest(submissions.c.assignment, func.count()).where(is_held),
    )
    found = []
    for query in asked:
        rows = db.execute(query.group_by(query.selected_columns[0]))
        found.append({assignment: number for assignment, number in rows})  # noqa: C416  (rows are no pairs)
    found.append(dict(waiting))
    names = {name for counts in found for name in counts}
    return {name: WorkCounts(*(counts.get(name, 0) for counts in found)) for name in names}


def count_ungraded(db: Connection) -> dict[str, int]:
    """Return assignment → newest hand-ins that were not graded. Goes over every hand-in there is."""
    inner = submissions.alias("inner")
    has_result = exists().where(results.c.submission == inner.c.uuid)
    # First the few that were not graded, by indexes alone, then which of those are newest: the other way
    # round is slow.
    ungraded = select(inner.c.uuid).where(~has_result)
    query = _newest(submissions.c.assignment, func.count()).where(submissions.c.uuid.in_(ungraded))
    rows = db.execute(query.group_by(submissions.c.assignment))
    return {assignment: number for assignment, number in rows}  # noqa: C416  (rows are no pairs)


def fingerprint_ungraded(db: Connection) -> tuple[object, ...]:
    """Return what changes whenever `count_ungraded` would say something else: receipts, results, people."""
    # Two queries: asked for together, PostgreSQL reads every row instead of an index.
    copied = db.execute(select(func.count()).select_from(results)).scalar_one()
    newest = db.execute(select(func.max(results.c.graded_at))).scalar_one()
    gone = db.execute(select(func.count()).where(people.c.deleted_at.is_not(None))).scalar_one()
    return find_last_receipt(db), copied, newest, gone


def find_queue_line(db: Connection, uuid: str) -> QueueLine | None:
    """Return one hand-in for graders if it is somebody's newest, or None."""
    query = _newest(*_LINE).where(submissions.c.uuid == uuid)
    row = db.execute(query).mappings().one_or_none()
    return None if row is None else _line_of(row)


def _line_of(row: RowMapping) -> QueueLine:
    return QueueLine(**{**row, "state": QueueState(row["state"])})


def _newest(*columns: Any) -> Select[Any]:
    joined = submissions.join(people, people.c.id == submissions.c.person).outerjoin(results, is_result())
    return select(*columns).select_from(joined).where(is_newest(), people.c.deleted_at.is_(None))


def _conditions(wanted: QueueFilter) -> list[ColumnElement[bool]]:
    given = (
        (submissions.c.assignment, wanted.assignment),
        (people.c.site, wanted.site),
        (people.c.cohort, wanted.cohort),
        (_STATE, wanted.state.value if wanted.state else None),
    )
    conditions = [column == value for column, value in given if value is not None]
    if wanted.second_due is not None:
        is_due = _is_second_due(wanted.second_due)
        conditions.append(exists().where(answers.c.submission == submissions.c.uuid, is_due))
    return conditions


# Written answers


def find_answer(db: Connection, submission: str, cell: str) -> Answer | None:
    """Return one written answer for graders, or None."""
    found = _list_answers(db, answers.c.submission == submission, answers.c.cell == cell, limit=1)
    return found[0] if found else None


def list_answers_of(db: Connection, submission: str) -> Sequence[Answer]:
    """Return the written answers of one hand-in for graders."""
    return _list_answers(db, answers.c.submission == submission, limit=PAGE)


def next_answer(
    db: Connection, assignment: str, cell: str, second_due: SecondDue, after: str = ""
) -> Answer | None:
    """Return the next answer that this grader has to mark, first ones before second ones, or None.

    It begins after `after` and, at the end, at the beginning again: what was skipped comes back.
    """
    here = (answers.c.assignment == assignment, answers.c.cell == cell)
    for due in (answers.c.is_open, _is_second_due(second_due)):
        for place in (answers.c.place > after, answers.c.place <= after):
            found = _list_answers(db, *here, due, place, limit=1)
            if found:
                return found[0]
    return None


def find_neighbours(db: Connection, answer: Answer) -> tuple[Answer | None, Answer | None]:
    """Return the answers before and after one in line."""
    here = (
        answers.c.assignment == answer.assignment,
        answers.c.cell == answer.cell,
        answers.c.is_blank.is_(False),
    )
    after = _list_answers(db, *here, answers.c.place > answer.place, limit=1)
    before = _list_answers(db, *here, answers.c.place < answer.place, limit=1, backwards=True)
    return (before[0] if before else None), (after[0] if after else None)


def count_answers(db: Connection, assignment: str, due: SecondDue) -> dict[str, AnswerCounts]:
    """Return cell → how far marking has come; `due` says who asks."""
    second = case((_is_second_due(due), 1), else_=0)
    query = (
        select(
            answers.c.cell,
            func.count(),
            func.sum(case((answers.c.is_open, 1), else_=0)),
            func.sum(second),
        )
        .where(answers.c.assignment == assignment, answers.c.is_blank.is_(False))
        .group_by(answers.c.cell)
    )
    return {cell: AnswerCounts(total, waiting, due) for cell, total, waiting, due in db.execute(query)}


def needs_second_mark(db: Connection, answer: Answer, due: SecondDue) -> bool:
    """Whether this grader is to mark an answer a second time, without seeing the first."""
    return (answer.submission, answer.cell) in list_second_due(db, due, [answer.submission])


def list_second_due(db: Connection, due: SecondDue, uuids: Collection[str]) -> set[tuple[str, str]]:
    """Return (hand-in, cell) of what a grader is to mark a second time among some hand-ins."""
    mine = answers.c.submission.in_(uuids)
    query = select(answers.c.submission, answers.c.cell).where(mine, _is_second_due(due))
    return {(uuid, cell) for uuid, cell in db.execute(query)}


def _is_second_due(due: SecondDue) -> ColumnElement[bool]:
    def has(*where: ColumnElement[bool]) -> ColumnElement[bool]:
        return exists().where(
            marks.c.submission == answers.c.submission,
            marks.c.cell == answers.c.cell,
            marks.c.replaced_at.is_(None),
            *where,
        )

    return and_(
        answers.c.lot < 100 * due.percent,
        answers.c.is_blank.is_(False),
        has(marks.c.round == Round.FIRST, marks.c.marker != due.marker),
        ~has(marks.c.round == Round.SECOND),
    )


def _list_answers(
    db: Connection, *where: ColumnElement[bool], limit: int, backwards: bool = False
) -> Sequence[Answer]:
    order = answers.c.place.desc() if backwards else answers.c.place
    query = select(answers).where(*where).order_by(order).limit(limit)
    return [Answer(**row) for row in db.execute(query).mappings()]
