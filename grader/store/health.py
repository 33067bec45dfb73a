"""How the store is doing, in counts and moments; for operators and their monitoring.

Knows tables; must not know pages or metrics' formats. No person appears in what it returns.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, extract, func, select, text

from grader.store.engine import Store
from grader.store.schema import (
    jobs,
    people,
    receipts,
    refusals,
    sessions,
    submissions,
)


@dataclass(frozen=True)
class StoreCounts:
    """What has happened so far."""

    people: int
    """Active ones."""
    sessions: int
    """Not yet expired."""
    receipts: int
    refusals: Mapping[str, int]
    """Reason → refused hand-ins."""
    last_receipt_at: datetime | None


@dataclass(frozen=True)
class QueueCounts:
    """What the grading worker has to do and has done."""

    waiting: int
    running: int
    done: int
    failed: int
    oldest_waiting_at: datetime | None
    grading_s: float
    """Time that finished jobs took, in all."""


@dataclass(frozen=True)
class StoreSpace:
    """How long the database takes to answer, and how much room there is."""

    latency_s: float
    """Of one question that needs no table."""
    database_bytes: int
    free_bytes: int
    """On the disk of the data folder."""
    disk_bytes: int


def count_store(db: Connection, now: datetime) -> StoreCounts:
    """Return counts of people, submissions, receipts and refusals."""
    return StoreCounts(
        people=_count(db, people.c.id, people.c.is_active.is_(True)),
        sessions=_count(db, sessions.c.token_digest, sessions.c.expires_at > now),
        receipts=_count(db, receipts.c.number),
        refusals=_tally(db, refusals.c.reason),
        last_receipt_at=db.execute(select(func.max(submissions.c.received_at))).scalar(),
    )


def count_queue(db: Connection) -> QueueCounts:
    """Return how long the queue is and how long grading took."""
    by_state = _tally(db, jobs.c.state)
    took = extract("epoch", jobs.c.finished_at) - extract("epoch", jobs.c.started_at)
    finished = jobs.c.state.in_(["done", "failed"])
    return QueueCounts(
        waiting=by_state.get("waiting", 0),
        running=by_state.get("running", 0),
        done=by_state.get("done", 0),
        failed=by_state.get("failed", 0),
        oldest_waiting_at=db.execute(
            select(func.min(jobs.c.created_at)).where(jobs.c.state == "waiting")
        ).scalar(),
        grading_s=float(db.execute(select(func.coalesce(func.sum(took), 0)).where(finished)).scalar_one()),
    )


def measure_space(store: Store, db: Connection) -> StoreSpace:
    """Return how quickly the database answers, how big it is and how much room its folder has."""
    start = time.perf_counter()
    db.execute(select(1)).scalar_one()
    latency_s = time.perf_counter() - start
    if store.is_sqlite:
        asked = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    else:
        asked = "SELECT pg_database_size(current_database())"
    disk = shutil.disk_usage(store.folder)
    return StoreSpace(latency_s, int(db.execute(text(asked)).scalar_one()), disk.free, disk.total)


def _count(db: Connection, column: Column[Any], *where: ColumnElement[bool]) -> int:
    return int(db.execute(select(func.count(column)).where(*where)).scalar_one())


def _tally(db: Connection, column: Column[str]) -> dict[str, int]:
    """Return value → rows that have it."""
    return {value: number for value, number in db.execute(select(column, func.count()).group_by(column))}  # noqa: C416  (rows are no pairs to mypy)
