"""Hand-ins that were turned away, with their bytes: nothing that somebody handed in is lost.

Knows the table `refusals` and blobs; must not know why anything is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from grader.store.arrivals import Arrival, keep_arrival, settle_arrival
from grader.store.blobs import hash_bytes
from grader.store.engine import Store
from grader.store.schema import refusals

PAGE = 50


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


def list_refusals(db: Connection, person_id: str, assignment: str | None = None) -> list[KeptRefusal]:
    """Return what a person handed in and was turned away, newest first."""
    query = select(refusals).where(refusals.c.person == person_id)
    if assignment is not None:
        query = query.where(refusals.c.assignment == assignment)
    rows = db.execute(query.order_by(refusals.c.id.desc())).mappings()
    return [KeptRefusal(**row) for row in rows]


def page_refusals(
    db: Connection, assignment: str | None = None, before: int | None = None, limit: int = PAGE
) -> list[KeptRefusal]:
    """Return anybody's refusals, newest first; for staff. `before` is the last id of the page before."""
    query = select(refusals)
    if assignment is not None:
        query = query.where(refusals.c.assignment == assignment)
    if before is not None:
        query = query.where(refusals.c.id < before)
    rows = db.execute(query.order_by(refusals.c.id.desc()).limit(limit)).mappings()
    return [KeptRefusal(**row) for row in rows]
