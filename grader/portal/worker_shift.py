"""What the worker's process does all day: takes jobs from the queue, delivers marks, looks at the gradebook.

Knows the queue and when a step is due; how a step is done is in `grading_steps`, and who starts and ends the
process in `worker`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.errors import EnvironmentProblem, GraderError
from grader.grading.layout import CourseBusy
from grader.grading.marking import gradebook_stamp
from grader.portal.context import Portal
from grader.portal.grading_steps import (
    Desk,
    copy_what_differs,
    deliver_marks,
    grade_hand_ins,
    write_pages,
)
from grader.portal.settings import PortalSettings
from grader.store.audit import record
from grader.store.blobs import DamagedBlob
from grader.store.engine import open_store
from grader.store.grading_copy import list_newest
from grader.store.jobs import (
    MAX_STARTS,
    Job,
    JobKind,
    claim_job,
    finish_job,
    note_heartbeat,
    note_progress,
    put_back,
    requeue_running,
)
from grader.store.releases import release_feedback
from grader.wire import open_course

log = logging.getLogger("medai.worker")
PROGRESS_EVERY_S = 0.5
HEARTBEAT_EVERY_S = 10.0
COPY_EVERY_S = 3.0
COPY_REST = 10
"""Rest after looking for changes in the gradebook, as a multiple of the time that it took."""
BATCH = 25
"""Hand-ins of a class that are graded before single ones get their turn."""


class Shift:
    """The process's side: takes jobs from the queue until it is told to stop."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._has_begun = False
        self._last_beat = 0.0
        self._next_copy = 0.0
        self._gradebook: object = None

    def step(self) -> bool:
        """Do what is next; whether there was anything to do. A database that is away is waited for."""
        try:
            if not self._has_begun:
                self._begin()
            self._beat()
            delivered = self._deliver()
            return self._run_next() or delivered or self._copy_changes()
        except EnvironmentProblem as error:
            log.error("environment: %s", error)
            self._has_begun = False
            return False

    def _begin(self) -> None:
        """Let jobs wait again that were running when an earlier worker, or the database, ended."""
        portal = self._desk.portal
        with portal.store.write() as db:
            requeue_running(db, portal.now())
        self._has_begun = True

    def _beat(self) -> None:
        if time.monotonic() - self._last_beat >= HEARTBEAT_EVERY_S or not self._last_beat:
            with self._desk.portal.store.write() as db:
                note_heartbeat(db, self._desk.portal.now())
            self._last_beat = time.monotonic()

    def _deliver(self) -> bool:
        try:
            return bool(deliver_marks(self._desk))
        except CourseBusy:
            return False  # somebody grades on the command line: the marks wait in the store

    def _run_next(self, single_only: bool = False) -> bool:
        """Run the next job; False if none waits or the course directory is busy."""
        portal = self._desk.portal
        with portal.store.write() as db:
            job = claim_job(db, portal.now(), single_only)
        if job is None:
            return False
        failed, message = False, ""
        try:
            self._run(job)
        except CourseBusy as error:
            with portal.store.write() as db:
                put_back(db, job.id, error.message)
            return False
        except EnvironmentProblem as error:
            if job.starts < MAX_STARTS:
                raise  # a disk or database that comes back: `_begin` lets the job wait again
            failed, message = True, str(error)
        except GraderError as error:
            failed, message = True, str(error)
        except Exception as error:
            # Whatever one job does to us, the next one runs. The log gets no word of anybody's work.
            log.error("job %s failed: %s", job.id, type(error).__name__)
            failed, message = True, f"an error of the grading program: {type(error).__name__}"
        except BaseException:  # told to stop: the job waits for the next worker
            with portal.store.write() as db:
                put_back(db, job.id)
            raise
        with portal.store.write() as db:
            finish_job(db, job.id, portal.now(), failed=failed, message=message)
        return True

    def _run(self, job: Job) -> None:

        portal = self._desk.portal
        with portal.store.read() as db:
            chosen = list_newest(db, job.assignment, None if job.person is None else [job.person])
        with self._counting(job, len(chosen)) as count:
            if job.kind is JobKind.FEEDBACK:
                write_pages(self._desk, job.assignment, chosen, count)
                with portal.store.write() as db:
                    release_feedback(db, job.assignment, portal.now())
                    record(
                        db,
                        portal.now(),
                        job.requested_by,
                        "feedback-released",
                        f"assignment:{job.assignment}",
                    )
                return
            damaged: list[DamagedBlob] = []
            for start in range(0, len(chosen), BATCH):
                if job.person is None:
                    self._let_others_go_first()
                batch, again = chosen[start : start + BATCH], job.kind is JobKind.GRADE_AGAIN
                damaged += grade_hand_ins(self._desk, job.assignment, batch, count, again)
        if damaged:
            raise damaged[0]

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
        """Copy what formgrader changed in the gradebook, a few seconds later at most."""
        stamp = gradebook_stamp(self._desk.course.root)
        if stamp == self._gradebook or time.monotonic() < self._next_copy:
            return False
        started = time.monotonic()
        copied = copy_what_differs(self._desk)
        ended = time.monotonic()
        # A big class takes its time: looking must not become all that the worker does.
        self._gradebook, self._next_copy = stamp, ended + max(COPY_EVERY_S, COPY_REST * (ended - started))
        return bool(copied)


def open_desk(data: Path, root: Path, database_url: str | None) -> Desk:
    """Open what a worker needs; the tables must be there already."""
    workspace, course = open_course(root)
    settings = PortalSettings(data=data, database_url=database_url)
    return Desk(Portal(settings, workspace, course, open_store(data, database_url)))
