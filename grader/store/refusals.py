"""Hand-ins that were turned away, with their bytes: nothing that somebody handed in is lost.

Knows the table `refusals`, blobs, and what became of refused work; must not know why anything is refused. A
trainee's page asks through the trainee's id; functions for staff say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, or_, select

from grader.model.people import fold_id
from grader.store.arrivals import Arrival, keep_arrival, settle_arrival
from grader.store.blobs import hash_bytes
from grader.store.engine import Store
from grader.store.schema import people, refusals, submissions
from grader.store.submissions import Submission, list_work_of

PAGE = 20


@dataclass(frozen=True)
class Refused:
    """Work that is turned away."""

    uuid: str
    person: str
    assignment: str
    file_name: str
    size_bytes: int
    reason: str
    """Names the reason to programs: at most 60 characters."""
    detail: str = ""
    content: bytes | None = None
    """None: more than is kept, it never fully arrived, or it may hold what must not be kept."""


@dataclass(frozen=True)
class KeptRefusal:
    """A hand-in that was turned away; its bytes are kept a while, for dispute."""

    id: int
    uuid: str
    person: str
    assignment: str
    file_name: str
    digest: str | None
    """None: too big to keep, or it never fully arrived."""
    size_bytes: int
    reason: str
    detail: str
    received_at: datetime


@dataclass(frozen=True)
class RefusalFilter:
    """Which refusals a list for staff shows."""

    assignment: str | None = None
    text: str = ""
    """How the number begins that the person was told, or the person's id as somebody types it."""


def keep_refusal(store: Store, refused: Refused, now: datetime) -> None:
    """Keep what was refused and why; on disk when this returns. The same twice is kept once."""
    digest, arrival = None, None
    if refused.content is not None:
        digest = hash_bytes(refused.content)
        arrival = Arrival(
            refused.uuid,
            refused.person,
            refused.assignment,
            refused.file_name,
            digest,
            refused.size_bytes,
            now,
        )
        keep_arrival(store.folder, arrival, [refused.content])
    same = select(refusals.c.id).where(
        refusals.c.uuid == refused.uuid,
        refusals.c.person == refused.person,
        refusals.c.digest == digest,
        refusals.c.reason == refused.reason,
    )
    with store.write() as db:
        if db.execute(same).first() is None:
            db.execute(
                insert(refusals).values(
                    uuid=refused.uuid,
                    person=refused.person,
                    assignment=refused.assignment,
                    file_name=refused.file_name,
                    digest=digest,
                    size_bytes=refused.size_bytes,
                    reason=refused.reason,
                    detail=refused.detail,
                    received_at=now,
                )
            )
    if arrival is not None:
        settle_arrival(store.folder, arrival)


def list_refusals(
    db: Connection, person_id: str, assignment: str | None = None, limit: int | None = None
) -> list[KeptRefusal]:
    """Return what a person handed in and was turned away, newest first."""
    query = select(refusals).where(refusals.c.person == person_id)
    if assignment is not None:
        query = query.where(refusals.c.assignment == assignment)
    rows = db.execute(query.order_by(refusals.c.id.desc()).limit(limit)).mappings()
    return [KeptRefusal(**row) for row in rows]


def find_refusal(db: Connection, person_id: str, refusal_id: int) -> KeptRefusal | None:
    """Return a person's own refusal."""
    query = select(refusals).where(refusals.c.person == person_id, refusals.c.id == refusal_id)
    return _refusal_of(db.execute(query).mappings().one_or_none())


def find_any_refusal(db: Connection, refusal_id: int) -> KeptRefusal | None:
    """Return anybody's refusal; for staff."""
    query = select(refusals).where(refusals.c.id == refusal_id)
    return _refusal_of(db.execute(query).mappings().one_or_none())


def page_refusals(
    db: Connection, wanted: RefusalFilter = RefusalFilter(), before: int | None = None, limit: int = PAGE
) -> list[KeptRefusal]:
    """Return anybody's refusals, newest first; for staff. `before` is the last id of the page before."""
    query = select(refusals)
    if wanted.assignment is not None:
        query = query.where(refusals.c.assignment == wanted.assignment)
    if wanted.text.strip():
        theirs = select(people.c.id).where(people.c.folded == fold_id(wanted.text))
        begins = refusals.c.uuid.startswith(wanted.text.strip().lower(), autoescape=True)
        query = query.where(or_(begins, refusals.c.person.in_(theirs)))
    if before is not None:
        query = query.where(refusals.c.id < before)
    rows = db.execute(query.order_by(refusals.c.id.desc()).limit(limit)).mappings()
    return [KeptRefusal(**row) for row in rows]


def find_handed_in_since(db: Connection, found: Sequence[KeptRefusal]) -> dict[int, Submission]:
    """Return id of a refusal → submission of the same bytes, made then or later by the person or for them.

    Of several, the least late: it is the one that counts.
    """
    digests = {one.digest for one in found if one.digest is not None}
    if not digests:
        return {}
    work = list_work_of(db, {one.person for one in found}, {one.assignment for one in found}, digests)
    return {
        one.id: submission
        for one in found
        for submission in sorted(work, key=lambda one: one.late_s, reverse=True)
        if (submission.person, submission.assignment, submission.digest)
        == (one.person, one.assignment, one.digest)
        and submission.handed_in_at >= one.received_at
    }


def find_handed_in_numbers(db: Connection, found: Sequence[KeptRefusal]) -> set[int]:
    """Return ids of the refusals whose number stands for a submission of the same person."""
    is_same = (submissions.c.uuid == refusals.c.uuid) & (submissions.c.person == refusals.c.person)
    query = select(refusals.c.id).join(submissions, is_same)
    return set(db.execute(query.where(refusals.c.id.in_([one.id for one in found]))).scalars())


def _refusal_of(row: RowMapping | None) -> KeptRefusal | None:
    return None if row is None else KeptRefusal(**row)
