"""Hand-ins that were to be graded at once and never came into the queue.

Knows submissions, releases, results and jobs; must not know how work is graded. A receipt is given out before
the work is queued: a server that ends in between leaves such work behind.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, exists, or_, select

from grader.store.audit import SYSTEM
from grader.store.engine import Store
from grader.store.jobs import JobState, enqueue_grading
from grader.store.schema import jobs, people, releases, results, submissions
from grader.store.submissions import is_newest

MOST = 200
"""So many are queued at once; the others the next time."""


def list_forgotten(db: Connection, most: int = MOST) -> list[tuple[str, str]]:
    """Return assignment and person of newest hand-ins that have neither a result nor a job, oldest first.

    A job that failed after the hand-in came is not tried again: staff see it, and start it knowing why.
    Assignments of an instructor's own nbgrader are graded there.
    """
    is_open = jobs.c.state.in_([JobState.WAITING, JobState.RUNNING])
    whole = db.execute(select(jobs.c.assignment).where(is_open, jobs.c.person.is_(None))).scalars().all()
    has_own = exists().where(
        jobs.c.assignment == submissions.c.assignment,
        jobs.c.person == submissions.c.person,
        or_(is_open, jobs.c.created_at >= submissions.c.received_at),
    )
    query = (
        select(submissions.c.assignment, submissions.c.person)
        .join(releases, releases.c.assignment == submissions.c.assignment)
        .join(people, people.c.id == submissions.c.person)
        .where(releases.c.grade_on_hand_in.is_(True), releases.c.files_digest.is_(None))
        .where(releases.c.assignment.not_in(whole), people.c.deleted_at.is_(None))
        .where(~exists().where(results.c.submission == submissions.c.uuid), is_newest(), ~has_own)
        .order_by(submissions.c.received_at, submissions.c.uuid)
        .limit(most)
    )
    return [(assignment, person) for assignment, person in db.execute(query)]


def queue_forgotten(store: Store, now: datetime) -> int:
    """Queue what `list_forgotten` finds; return how many. Nobody waits while it is looked for."""
    with store.read() as db:
        found = list_forgotten(db)
    if found:
        with store.write() as db:
            for assignment, person in found:
                enqueue_grading(db, assignment, person, requested_by=SYSTEM, now=now)
    return len(found)
