"""What the worker's process does all day: takes jobs from the queue, delivers marks, looks at the gradebook.

Knows the queue and when a step is due; how a step is done is in `grading_steps`, and who starts and ends the
process in `worker`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from grader.errors import EnvironmentProblem, GraderError
from grader.grading.layout import CourseBusy
from grader.grading.marking import gradebook_stamp
from grader.portal.context import Portal
from grader.portal.grading_steps import (
    BATCH,
    Desk,
    copy_what_differs,
    deliver_marks,
    grade_hand_ins,
    name_failure,
    write_pages,
)
from grader.portal.settings import PortalSettings
from grader.portal.upkeep import is_upkeep_due, keep_up, note_upkeep_failed
from grader.store.arrivals import explain_leftovers
from grader.store.audit import SYSTEM, about_assignment, record
from grader.store.catch_up import queue_forgotten
from grader.store.deadlines import fingerprint_deadlines
from grader.store.engine import open_store
from grader.store.grading_copy import Newest, list_newest
from grader.store.jobs import (
    MAX_STARTS,
    Job,
    JobKind,
    claim_jobs,
    finish_job,
    has_work,
    note_heartbeat,
    note_progress,
    put_back,
    requeue_running,
)
from grader.store.releases import find_release, release_feedback
from grader.store.retention import RetentionPolicy
from grader.wire import open_course

log = logging.getLogger("medai.worker")
PROGRESS_EVERY_S = 0.5
HEARTBEAT_EVERY_S = 10.0
COPY_EVERY_S = 3.0
COPY_REST = 10
"""Rest after looking for changes in the gradebook, as a multiple of the time that it took."""
AFTER_FAILURE_S = 60.0
CATCH_UP_EVERY_S = 180.0
UPKEEP_LOOK_EVERY_S = 600.0


class Shift:
    """The process's side: takes jobs from the queue until it is told to stop."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._has_begun = False
        self._last_beat = 0.0
        self._next_copy = 0.0
        self._next_delivery = 0.0
        self._next_catch_up = 0.0
        self._next_upkeep = 0.0
        self._seen: object = None

    def step(self) -> bool:
        """Do what is next; whether there was anything to do. A database that is away is waited for."""
        try:
            if not self._has_begun:
                self._begin()
            self._beat()
            delivered = self._deliver()
            self._catch_up()
            return self._run_next() or delivered or self._copy_changes() or self._keep_up()
        except EnvironmentProblem as error:
            log.error("environment: %s", error)
            self._has_begun = False
            return False

    def _begin(self) -> None:
        """Let jobs wait again that were running when an earlier worker, or the database, ended."""
        portal = self._desk.portal
        with portal.store.write() as db:
            requeue_running(db, portal.now())
        self._has_begun, self._next_catch_up = True, 0.0

    def _catch_up(self) -> None:
        """Look for what a server that ended left behind: hand-ins not queued, uploads not recorded."""
        if time.monotonic() < self._next_catch_up:
            return
        portal = self._desk.portal
        found = queue_forgotten(portal.store, portal.now())
        if found:
            log.warning("%s hand-ins were not in the grading queue; they are now", found)
        cut_off = explain_leftovers(portal.store, portal.now())
        if cut_off:
            log.warning("%s uploads got no receipt; they are listed with what was turned away", cut_off)
        self._next_catch_up = time.monotonic() + CATCH_UP_EVERY_S

    def _keep_up(self) -> bool:
        """Once a day, when nothing waits: remove what is over. A failure never stops grading."""
        if time.monotonic() < self._next_upkeep:
            return False
        self._next_upkeep = time.monotonic() + UPKEEP_LOOK_EVERY_S
        portal = self._desk.portal
        with portal.store.read() as db:
            if has_work(db) or not is_upkeep_due(db, portal.now()):
                return False
        try:
            keep_up(portal.store, portal.settings.keep, portal.now(), by=SYSTEM)
        except CourseBusy:
            return False  # somebody grades on the command line: later
        except Exception as error:
            log.error("upkeep failed: %s", error if isinstance(error, GraderError) else type(error).__name__)
            with portal.store.write() as db:
                note_upkeep_failed(db, portal.now())
        return True

    def _beat(self) -> None:
        if time.monotonic() - self._last_beat >= HEARTBEAT_EVERY_S or not self._last_beat:
            with self._desk.portal.store.write() as db:
                note_heartbeat(db, self._desk.portal.now())
            self._last_beat = time.monotonic()

    def _deliver(self) -> bool:
        if time.monotonic() < self._next_delivery:
            return False
        return bool(self._try("marks", deliver_marks))

    def _try(self, what: str, step: Callable[[Desk], int]) -> int | None:
        """Do a step of every round; return how much it did, None if it could not be done now.

        Whatever is wrong with one mark or one result, this process must not end of it: it would end again at
        every start, and nobody's work would be graded. It is tried again a minute later.
        """
        try:
            return step(self._desk)
        except CourseBusy:
            return None  # somebody grades on the command line: it waits
        except EnvironmentProblem:
            raise
        except Exception as error:
            log.error("%s: %s", what, error if isinstance(error, GraderError) else type(error).__name__)
            self._next_delivery = self._next_copy = time.monotonic() + AFTER_FAILURE_S
            return None

    def _run_next(self, single_only: bool = False) -> bool:
        """Run the next jobs; False if none waits or the course directory is busy."""
        portal = self._desk.portal
        with portal.store.write() as db:
            taken = claim_jobs(db, portal.now(), single_only)
        if not taken:
            return False
        try:
            failed = self._run(taken)
        except CourseBusy as error:
            self._put_back(taken, error.message)
            return False
        except EnvironmentProblem as error:
            if taken[0].starts < MAX_STARTS:
                raise  # a disk or database that comes back: `_begin` lets the jobs wait again
            failed = dict.fromkeys((job.id for job in taken), str(error))
        except Exception as error:
            # Whatever one job does to us, the next one runs. The log gets no word of anybody's work.
            log.error("job %s failed: %s", taken[0].id, type(error).__name__)
            failed = dict.fromkeys((job.id for job in taken), name_failure(error))
        except BaseException:  # told to stop: the jobs wait for the next worker
            self._put_back(taken)
            raise
        with portal.store.write() as db:
            for job in taken:
                message = failed.get(job.id)
                finish_job(db, job.id, portal.now(), failed=message is not None, message=message or "")
        return True

    def _put_back(self, taken: Sequence[Job], message: str = "") -> None:
        with self._desk.portal.store.write() as db:
            for job in taken:
                put_back(db, job.id, message)

    def _run(self, taken: Sequence[Job]) -> dict[int, str]:
        """Do what was taken together; return job → why it failed."""
        job, portal = taken[0], self._desk.portal
        people = [one.person for one in taken if one.person is not None]
        with portal.store.read() as db:
            chosen = list_newest(db, job.assignment, people or None)
        if job.kind is JobKind.FEEDBACK:
            self._release_pages(job, chosen)
            return {}
        if not people:
            failed = self._grade_class(job, chosen)
            return {job.id: next(iter(failed.values()))} if failed else {}
        again = job.kind is JobKind.GRADE_AGAIN
        failed = grade_hand_ins(self._desk, job.assignment, chosen, self._beat, again)
        return {one.id: failed[one.person] for one in taken if one.person in failed}

    def _release_pages(self, job: Job, chosen: Sequence[Newest]) -> None:
        portal = self._desk.portal
        with self._counting(job, len(chosen)) as count:
            write_pages(self._desk, job.assignment, chosen, count)
            with portal.store.write() as db:
                release = find_release(db, job.assignment)
                # Shown at once, pages were only made anew: turning that rule off later must hide them.
                if release is not None and not release.rules.feedback_at_once:
                    release_feedback(db, job.assignment, portal.now())
                    about = about_assignment(job.assignment)
                    record(db, portal.now(), job.requested_by, "feedback-released", about)

    def _grade_class(self, job: Job, chosen: Sequence[Newest]) -> dict[str, str]:
        """Grade everybody batch by batch; return person → why they could not be graded."""
        failed: dict[str, str] = {}
        with self._counting(job, len(chosen)) as count:
            for start in range(0, len(chosen), BATCH):
                self._let_others_go_first()
                batch, again = chosen[start : start + BATCH], job.kind is JobKind.GRADE_AGAIN
                fallen = grade_hand_ins(self._desk, job.assignment, batch, count, again)
                failed |= fallen
                if len(fallen) == len(batch) > 1:
                    break  # nobody at all: this is not about the hand-ins
        return failed

    def _let_others_go_first(self) -> None:
        """Between batches of a class: single hand-ins, whose people wait at the screen, and marks."""
        while self._run_next(single_only=True):
            pass
        self._deliver()
        self._beat()

    @contextmanager
    def _counting(self, job: Job, total: int) -> Iterator[Callable[[], None]]:
        """Give a function that counts hand-ins and tells pages, at most a few times a second."""
        done, told_at = 0, 0.0

        def tell() -> None:
            with self._desk.portal.store.write() as db:
                note_progress(db, job.id, min(done, total), total)

        def count() -> None:
            nonlocal done, told_at
            done += 1
            if time.monotonic() - told_at >= PROGRESS_EVERY_S:
                told_at = time.monotonic()
                tell()

        tell()
        yield count
        tell()

    def _copy_changes(self) -> bool:
        """Copy what formgrader changed in the gradebook, or instructors in deadlines, a few seconds later."""
        if time.monotonic() < self._next_copy:
            return False
        with self._desk.portal.store.read() as db:
            stamp = gradebook_stamp(self._desk.course.root), fingerprint_deadlines(db)
        if stamp == self._seen:
            return False
        started = time.monotonic()
        copied = self._try("copy", lambda desk: copy_what_differs(desk, self._let_others_go_first))
        ended = time.monotonic()
        # A big class takes its time: looking must not become all that the worker does.
        rest = ended + max(COPY_EVERY_S, COPY_REST * (ended - started))
        self._next_copy = max(self._next_copy, rest)
        if copied is not None:
            self._seen = stamp
        return bool(copied)


def open_desk(data: Path, root: Path, database_url: str | None, keep: RetentionPolicy) -> Desk:
    """Open what a worker needs; the tables must be there already."""
    workspace, course = open_course(root)
    settings = PortalSettings(data=data, database_url=database_url, keep=keep)
    return Desk(Portal(settings, workspace, course, open_store(data, database_url)))
