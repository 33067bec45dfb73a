"""Requests to look at a grade again: asked by the trainee, answered by a grader.

Knows the table `regrade_requests`; must not know pages or how work is graded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, RowMapping, insert, select, update

from grader.store.schema import regrade_requests, submissions

MAX_TEXT = 4_000
"""Characters of a request: about two pages."""


class RequestState(StrEnum):
    """How far a request has come."""

    OPEN = "open"
    GRANTED = "granted"
    DECLINED = "declined"


@dataclass(frozen=True)
class RegradeRequest:
    """One request and, when it has one, its answer."""

    id: int
    person: str
    assignment: str
    submission: str
    text: str
    state: RequestState
    created_at: datetime
    answer: str
    answered_by: str | None
    answered_at: datetime | None


def ask_for_regrade(
    db: Connection, person_id: str, submission: str, text: str, *, now: datetime
) -> RegradeRequest | None:
    """Keep a request about one's own submission and return it; None if there is no such submission.

    While a request about it is open, that one is returned: pressing twice asks once.
    """
    own = db.execute(
        select(submissions.c.assignment)
        .where(submissions.c.uuid == submission, submissions.c.person == person_id)
        .with_for_update()  # PostgreSQL: two presses at once wait for each other here
    ).scalar_one_or_none()
    if own is None:
        return None
    asked = list_own_requests(db, person_id, submission)
    if asked and asked[0].state is RequestState.OPEN:
        return asked[0]
    row = {
        "person": person_id,
        "assignment": own,
        "submission": submission,
        "text": text[:MAX_TEXT],
        "state": RequestState.OPEN,
        "created_at": now,
    }
    db.execute(insert(regrade_requests).values(row))
    return list_own_requests(db, person_id, submission)[0]


def list_own_requests(db: Connection, person_id: str, submission: str) -> Sequence[RegradeRequest]:
    """Return a person's requests about one of their submissions, newest first."""
    table = regrade_requests.c
    query = select(regrade_requests).where(table.person == person_id, table.submission == submission)
    return [_request_of(row) for row in db.execute(query.order_by(table.id.desc())).mappings()]


def find_regrade_request(db: Connection, request_id: int) -> RegradeRequest | None:
    """Return a request for staff, or None."""
    query = select(regrade_requests).where(regrade_requests.c.id == request_id)
    row = db.execute(query).mappings().one_or_none()
    return _request_of(row) if row is not None else None


def list_regrade_requests(
    db: Connection,
    *,
    assignment: str | None = None,
    state: RequestState | None = None,
    after: int = 0,
    limit: int = 50,
) -> Sequence[RegradeRequest]:
    """Return requests for staff, oldest first; `after` is the last id of the page before."""
    table = regrade_requests.c
    query = select(regrade_requests).where(table.id > after).order_by(table.id).limit(limit)
    if assignment is not None:
        query = query.where(table.assignment == assignment)
    if state is not None:
        query = query.where(table.state == state)
    return [_request_of(row) for row in db.execute(query).mappings()]


def answer_regrade_request(
    db: Connection, request_id: int, state: RequestState, answer: str, *, by: str, now: datetime
) -> bool:
    """Answer an open request; False if there is none, or somebody else has answered meanwhile."""
    done = db.execute(
        update(regrade_requests)
        .where(regrade_requests.c.id == request_id, regrade_requests.c.state == RequestState.OPEN)
        .values(state=state, answer=answer[:MAX_TEXT], answered_by=by, answered_at=now)
    )
    return done.rowcount == 1


def _request_of(row: RowMapping) -> RegradeRequest:
    return RegradeRequest(
        id=row["id"],
        person=row["person"],
        assignment=row["assignment"],
        submission=row["submission"],
        text=row["text"],
        state=RequestState(row["state"]),
        created_at=row["created_at"],
        answer=row["answer"],
        answered_by=row["answered_by"],
        answered_at=row["answered_at"],
    )
