"""The queue of the grading worker: what is to be graded, in which order, and how far it is.

Knows the table `jobs`; must not know how work is graded. One person's work comes before a whole class's, and
within each who came first. Several people's work of one assignment is taken together: the first in line is
always among it, so nobody waits longer than one such lot more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, insert, select, update

from grader.store.schema import jobs
from grader.store.settings import read_setting, write_setting

MAX_STARTS = 3
"""A job during which the worker ended this often is not tried again."""
TOGETHER = 25
"""So many people's work of one assignment is taken at once: people wait at their screens for all of it."""
_HEARTBEAT = "worker-seen-at"


class JobKind(StrEnum):
    """What the worker does."""

    GRADE = "grade"
    """Grade what is new or changed."""
    GRADE_AGAIN = "grade-again"
    """Run everything again, changed or not."""
    FEEDBACK = "feedback"
    """Write everybody's pages and release them."""


class JobState(StrEnum):
    """How far a job has come."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Job:
    """One line of the queue."""

    id: int
    kind: JobKind
    assignment: str
    person: str | None
    """None: everyone."""
    state: JobState
    requested_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    total: int
    """Submissions to look at; 0 while that is not known."""
    done: int
    starts: int
    message: str
    """Why it failed, or what else staff should know."""

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in (JobState.DONE, JobState.FAILED)


def enqueue_grading(
    db: Connection,
    assignment: str,
    person_id: str | None,
    *,
    requested_by: str,
    now: datetime,
    kind: JobKind = JobKind.GRADE,
) -> int:
    """Put a job into the queue and return its number.

    One that waits already for the same keeps its place and is returned: it will take the newest hand-in.
    """
    waiting = select(jobs.c.id).where(
        jobs.c.state == JobState.WAITING,
        jobs.c.assignment == assignment,
        jobs.c.kind == kind,
        jobs.c.person.is_(None) if person_id is None else jobs.c.person == person_id,
    )
    found = db.execute(waiting.order_by(jobs.c.id).limit(1)).scalar_one_or_none()
    if found is not None:
        return int(found)
    row = {
        "kind": kind,
        "assignment": assignment,
        "person": person_id,
        "state": JobState.WAITING,
        "requested_by": requested_by,
        "created_at": now,
    }
    made = db.execute(insert(jobs).values(row)).inserted_primary_key
    assert made is not None  # noqa: S101  (a table with a primary key always tells it)
    return int(made[0])


def claim_jobs(
    db: Connection, now: datetime, single_only: bool = False, most: int = TOGETHER
) -> Sequence[Job]:
    """Take the next job, which then runs, with others that can be done with it; empty if nothing waits.

    One person's work brings others' of the same assignment and kind, first come first, `most` in all. What
    was running when a worker ended comes alone, as a class does: a hand-in that ends the worker takes no
    neighbour along a second time. `single_only`: none of a whole class.
    """
    waiting = select(jobs).where(jobs.c.state == JobState.WAITING)
    if single_only:
        waiting = waiting.where(jobs.c.person.is_not(None))
    found = _lock(db, waiting.order_by(jobs.c.person.is_(None), jobs.c.id).limit(1))
    if found and found[0]["person"] is not None and not found[0]["starts"]:
        alike = [jobs.c[name] == found[0][name] for name in ("assignment", "kind", "starts")]
        singles = waiting.where(jobs.c.person.is_not(None), *alike)
        found = _lock(db, singles.order_by(jobs.c.id).limit(most))
    if not found:
        return []
    mine = update(jobs).where(jobs.c.id.in_([row["id"] for row in found]))
    db.execute(mine.values(state=JobState.RUNNING, started_at=now, starts=jobs.c.starts + 1))
    changed = {"state": JobState.RUNNING, "started_at": now}
    return [_job_of({**row, **changed, "starts": row["starts"] + 1}) for row in found]


def _lock(db: Connection, query: Select[Any]) -> Sequence[RowMapping]:
    return db.execute(query.with_for_update(skip_locked=True)).mappings().all()


def note_progress(db: Connection, job_id: int, done: int, total: int) -> None:
    """Tell pages how far a job is."""
    db.execute(update(jobs).where(jobs.c.id == job_id).values(done=done, total=total))


def finish_job(
    db: Connection, job_id: int, now: datetime, *, failed: bool = False, message: str = ""
) -> None:
    """End a job, well or not."""
    state = JobState.FAILED if failed else JobState.DONE
    change = update(jobs).where(jobs.c.id == job_id)
    db.execute(change.values(state=state, finished_at=now, message=message))


def put_back(db: Connection, job_id: int, message: str = "") -> None:
    """Let a job wait again, in its old place: it could not run just now, and that was not its fault."""
    change = update(jobs).where(jobs.c.id == job_id, jobs.c.state == JobState.RUNNING)
    db.execute(change.values(state=JobState.WAITING, message=message, starts=jobs.c.starts - 1))


def requeue_running(db: Connection, now: datetime) -> int:
    """Let jobs wait again that were running when the worker ended; return how many.

    Those that were running at the end too often fail: the next start must not end the same way.
    """
    running = jobs.c.state == JobState.RUNNING
    spent = update(jobs).where(running, jobs.c.starts >= MAX_STARTS)
    message = f"the grading worker ended {MAX_STARTS} times while this was running"
    db.execute(spent.values(state=JobState.FAILED, finished_at=now, message=message))
    return db.execute(update(jobs).where(running).values(state=JobState.WAITING)).rowcount


def queue_position(db: Connection, assignment: str, person_id: str) -> int | None:
    """Return how many jobs come before a person's own; 0 while it runs; None if it is not in the queue."""
    open_states = jobs.c.state.in_([JobState.WAITING, JobState.RUNNING])
    own = select(jobs.c.id, jobs.c.state).where(
        open_states, jobs.c.assignment == assignment, jobs.c.person == person_id
    )
    row = db.execute(own.order_by(jobs.c.id.desc()).limit(1)).one_or_none()
    if row is None:
        return None
    if row.state == JobState.RUNNING:
        return 0
    before = select(func.count()).where(open_states, jobs.c.person.is_not(None), jobs.c.id < row.id)
    return int(db.execute(before).scalar_one())


def has_work(db: Connection) -> bool:
    """Whether anything waits or runs."""
    is_open = jobs.c.state.in_([JobState.WAITING, JobState.RUNNING])
    return db.execute(select(jobs.c.id).where(is_open).limit(1)).first() is not None


def find_job(db: Connection, job_id: int) -> Job | None:
    """Return a job for staff, or None."""
    return _first(db, select(jobs).where(jobs.c.id == job_id))


def find_newest_job(db: Connection, assignment: str, kinds: Sequence[JobKind] = tuple(JobKind)) -> Job | None:
    """Return the newest job of a whole class, or None."""
    query = select(jobs).where(
        jobs.c.assignment == assignment, jobs.c.person.is_(None), jobs.c.kind.in_(kinds)
    )
    return _first(db, query.order_by(jobs.c.id.desc()).limit(1))


def note_heartbeat(db: Connection, now: datetime) -> None:
    """Note that the worker lives."""
    write_setting(db, _HEARTBEAT, now.isoformat())


def find_heartbeat(db: Connection) -> datetime | None:
    """Return when the worker last gave a sign of life; None if it never did."""
    value = read_setting(db, _HEARTBEAT)
    return None if value is None else datetime.fromisoformat(value)


def _first(db: Connection, query: Select[tuple[object, ...]]) -> Job | None:
    row = db.execute(query).mappings().one_or_none()
    return _job_of(row) if row is not None else None


def _job_of(row: RowMapping | dict[str, object]) -> Job:
    values = dict(row)
    return Job(**{**values, "kind": JobKind(values["kind"]), "state": JobState(values["state"])})
