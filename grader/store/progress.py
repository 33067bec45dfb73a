"""How far people have come in an assignment, counted and listed; for instructors.

Knows people, their newest submissions and results; must not know pages or who may see them. A person's newest
submission counts, graded or not.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, case, func, or_, select

from grader.export import take_off
from grader.model.people import Access
from grader.store.schema import people, receipts, results, submissions
from grader.store.submissions import is_result

PAGE = 50


class WorkState(StrEnum):
    """Where a person stands in an assignment."""

    MISSING = "missing"
    """Nothing handed in."""
    WAITING = "waiting"
    """Handed in, not graded yet."""
    QUARANTINED = "quarantined"
    """Could not be graded: a person must look."""
    NEEDS_PERSON = "needs-person"
    """Graded but for what a person must mark."""
    NOT_PASSED = "not-passed"
    PASSED = "passed"


@dataclass(frozen=True)
class StateCount:
    """How many people of a site and job stand where."""

    site: str
    job: str
    state: WorkState
    people: int


@dataclass(frozen=True)
class ProgressFilter:
    """Which people a list shows; None means any."""

    site: str | None = None
    job: str | None = None
    cohort: str | None = None
    state: WorkState | None = None


@dataclass(frozen=True)
class PersonProgress:
    """One person in one assignment."""

    person_id: str
    folded: str
    """What the next page begins after."""
    name: str
    site: str
    job: str
    cohort: str
    state: WorkState
    attempts: int
    handed_in_at: datetime | None
    client_at: datetime | None
    """What the clock of whoever handed in said, or the platform that the work came from."""
    late_s: float
    score: float | None
    """Before the penalty."""
    max_score: float | None
    penalty: float

    @property
    def total(self) -> float | None:
        """The score that counts: after the penalty."""
        return None if self.score is None else take_off(self.score, self.penalty)


_STATE: ColumnElement[str] = case(
    (submissions.c.uuid.is_(None), WorkState.MISSING.value),
    (results.c.submission.is_(None), WorkState.WAITING.value),
    (results.c.status == "quarantined", WorkState.QUARANTINED.value),
    (or_(results.c.needs_person, results.c.standing == "pending"), WorkState.NEEDS_PERSON.value),
    (results.c.standing == "passed", WorkState.PASSED.value),
    else_=WorkState.NOT_PASSED.value,
)


def count_states(
    db: Connection, assignment: str, cohorts: Collection[str], wanted: ProgressFilter = ProgressFilter()
) -> list[StateCount]:
    """Return how many people stand where, by site and job.

    Counted are active trainees of `cohorts`, and whoever else handed the assignment in.
    """
    state = _STATE.label("state")
    query = (
        select(people.c.site, people.c.job, state, func.count())
        .select_from(_everyone_with_newest(assignment))
        .where(*_counted(cohorts), *_conditions(wanted))
        .group_by(people.c.site, people.c.job, state)
    )
    return [StateCount(site, job, WorkState(state), n) for site, job, state, n in db.execute(query)]


def list_progress(
    db: Connection,
    assignment: str,
    cohorts: Collection[str],
    wanted: ProgressFilter = ProgressFilter(),
    after: str = "",
    limit: int | None = PAGE,
) -> list[PersonProgress]:
    """Return people in the order of their ids, beginning after the folded id `after`; limit None: all."""
    query: Select[Any] = (
        select(
            people.c.id,
            people.c.folded,
            people.c.name,
            people.c.site,
            people.c.job,
            people.c.cohort,
            _STATE,
            func.coalesce(submissions.c.attempt, 0),
            submissions.c.received_at,
            submissions.c.client_at,
            func.coalesce(submissions.c.late_s, 0.0),
            results.c.score,
            results.c.max_score,
            func.coalesce(results.c.penalty, 0.0),
        )
        .select_from(_everyone_with_newest(assignment))
        .where(*_counted(cohorts), *_conditions(wanted), people.c.folded > after)
        .order_by(people.c.folded)
    )
    rows = db.execute(query.limit(limit) if limit is not None else query)
    return [
        PersonProgress(row[0], row[1], row[2], row[3], row[4], row[5], WorkState(row[6]), *row[7:])
        for row in rows
    ]


def count_handed_in(db: Connection) -> dict[tuple[str, str], int]:
    """Return (assignment, site) → active trainees who handed it in."""
    # Everybody has one first attempt. From people outwards, so that each person's own come from an index
    # alone, in a third of the time; who handed nothing in gives a line without assignment.
    first = and_(submissions.c.person == people.c.id, submissions.c.attempt == 1)
    query = (
        select(submissions.c.assignment, people.c.site, func.count())
        .select_from(people.outerjoin(submissions, first))
        .where(*_active_trainees())
        .group_by(submissions.c.assignment, people.c.site)
    )
    return {(assignment, site): number for assignment, site, number in db.execute(query) if assignment}


def find_last_receipt(db: Connection) -> int:
    """Return the number of the last receipt, 0 before the first: it grows with every hand-in."""
    return db.execute(select(func.max(receipts.c.number))).scalar_one() or 0


def count_trainees(db: Connection) -> dict[tuple[str, str], int]:
    """Return (cohort, site) → active trainees."""
    query = (
        select(people.c.cohort, people.c.site, func.count())
        .where(*_active_trainees())
        .group_by(people.c.cohort, people.c.site)
    )
    return {(cohort, site): number for cohort, site, number in db.execute(query)}


def _everyone_with_newest(assignment: str) -> FromClause:
    """Return people with their newest submission of the assignment, if any, and its result, if any."""
    later = submissions.alias("later")
    newest = (
        select(func.max(later.c.attempt))
        .where(later.c.person == people.c.id, later.c.assignment == assignment)
        .scalar_subquery()
    )
    own = and_(
        submissions.c.person == people.c.id,
        submissions.c.assignment == assignment,
        submissions.c.attempt == newest,
    )
    return people.outerjoin(submissions, own).outerjoin(results, is_result())


def _active_trainees() -> list[ColumnElement[bool]]:
    return [
        people.c.access == Access.TRAINEE.value,
        people.c.is_active.is_(True),
        people.c.deleted_at.is_(None),
    ]


def _counted(cohorts: Collection[str]) -> list[ColumnElement[bool]]:
    return [
        *_active_trainees(),
        or_(people.c.cohort.in_(sorted(cohorts)), submissions.c.uuid.is_not(None)),
    ]


def _conditions(wanted: ProgressFilter) -> list[ColumnElement[bool]]:
    given = (
        (people.c.site, wanted.site),
        (people.c.job, wanted.job),
        (people.c.cohort, wanted.cohort),
        (_STATE, wanted.state.value if wanted.state else None),
    )
    return [column == value for column, value in given if value is not None]
