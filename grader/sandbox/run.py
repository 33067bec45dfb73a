"""Runs grading jobs behind walls: a job in, an outcome out.

Knows jobs, outcomes and rooms. Must not know gradebooks or notebooks. What a job gives depends on the job
alone: serially, in parallel or in another order it is the same.

The memory, process and time limits of a whole run are kept by the thread that waits for it, from outside;
see `watch` and `room`.
"""

from __future__ import annotations

import os
import secrets
import stat
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path, PurePosixPath

from grader.errors import EnvironmentProblem, GraderError
from grader.model.work import CellResult, CodeCell, GradingJob, Limits, Outcome
from grader.sandbox import walls
from grader.sandbox.judge import judge_reply, judge_silence, measure_reply, not_run
from grader.sandbox.plan import KERNEL_START, STREAM_ROOM_BYTES, RoomPlan, make_environment, make_rlimits
from grader.sandbox.replies import Ready, Refused, read_cell_reply, read_setup_reply
from grader.sandbox.room import START_TIMEOUT_S, Ceiling, Room, Silence, no_room

GRACE_S = 1.0
"""How long a cell may take to stop after an interrupt."""
QUOTA_SLACK_BYTES = 10_000
"""Notes about cut output may exceed the quota by this much; an honest kernel never sends more."""


def require_walls() -> None:
    """Try every wall once; raise EnvironmentProblem with the fix when one does not stand."""
    walls.require_walls()


def run_job(job: GradingJob, lab: Path | None = None) -> Outcome:
    """Run the cells of `job` in one sandbox and return what came of each, in order.

    `lab` is the directory that holds the `medai_lab` package. Raises EnvironmentProblem when the walls
    cannot be raised and GraderError when the job itself is impossible; whatever the learner's code does
    is a verdict.
    """
    return _run(job, lab, threading.Event())


def run_jobs(
    jobs: Iterable[GradingJob],
    lab: Path | None = None,
    workers: int | None = None,
    on_done: Callable[[Outcome], None] | None = None,
) -> Iterator[Outcome]:
    """Yield the outcome of every job as it finishes, in any order; never holds more than a few jobs.

    Ctrl-C, an error or closing the iterator ends the sandboxes that are running. `workers` defaults to
    the number of cores.
    """
    walls.require_walls()
    count = workers or os.cpu_count() or 1
    stop = threading.Event()
    pool = ThreadPoolExecutor(count, thread_name_prefix="sandbox")
    try:
        for future in _submit_windowed(pool, jobs, lab, 2 * count, stop):
            outcome = future.result()
            if on_done is not None:
                on_done(outcome)
            yield outcome
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _submit_windowed(
    pool: ThreadPoolExecutor, jobs: Iterable[GradingJob], lab: Path | None, window: int, stop: threading.Event
) -> Iterator[Future[Outcome]]:
    running: set[Future[Outcome]] = set()
    for job in jobs:
        running.add(pool.submit(_run, job, lab, stop))
        if len(running) >= window:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from done
    while running:
        done, running = wait(running, return_when=FIRST_COMPLETED)
        yield from done


def _run(job: GradingJob, lab: Path | None, stop: threading.Event) -> Outcome:
    _check_files(job)
    plan = _plan(job, lab)
    walls.require_walls()
    ceiling = Ceiling(job.limits.memory_bytes, job.limits.processes)
    with Room(walls.find_tools(), plan, ceiling, stop) as room:
        _set_up(room, job)
        return Outcome(job_digest=job.digest, cells=tuple(_run_cells(room, job)))


def _plan(job: GradingJob, lab: Path | None) -> RoomPlan:
    if lab is not None:
        _check_lab(lab)
    return RoomPlan(
        start=KERNEL_START,
        environment=make_environment(walls.find_tools(), job.hash_seed, job.language),
        disk_bytes=job.limits.disk_bytes,
        stream_bytes=2 * job.limits.cell_output_bytes + STREAM_ROOM_BYTES,
        lab=str(lab.resolve()) if lab is not None else "",
    )


def _check_lab(lab: Path) -> None:
    """Refuse a lab that learners could not import: its ImportError would look like their fault."""
    package = lab / "medai_lab"
    if not package.is_dir():
        raise GraderError(f"{lab} holds no medai_lab package", "pass the directory above medai_lab/")
    for path in (lab, package, *package.rglob("*")):
        folder = path.is_dir()
        if os.geteuid() == 0:  # root gives up its rights before learners' code runs
            needed = stat.S_IROTH | (stat.S_IXOTH if folder else 0)
            readable = path.stat().st_mode & needed == needed
        else:
            readable = os.access(path, os.R_OK | (os.X_OK if folder else 0))
        if not readable:
            raise EnvironmentProblem(f"learners' code could not read {path}", f"run `chmod -R a+rX {lab}`")


def _check_files(job: GradingJob) -> None:
    size = 0
    for path, content in job.files:
        pure = PurePosixPath(path)
        if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\0" in path:
            raise GraderError(
                f"data file {path!r} of {job.assignment} lies outside the notebook's directory",
                "use a relative path without `..`",
            )
        size += len(content) * 3 // 4
    if size > job.limits.disk_bytes:
        raise GraderError(
            f"the data files of {job.assignment} take {size} bytes; the sandbox's disk has "
            f"{job.limits.disk_bytes}",
            "make the files smaller or raise the limit `disk_bytes` of the assignment",
        )


def _set_up(room: Room, job: GradingJob) -> None:
    deadline = room.now() + START_TIMEOUT_S
    files = [list(pair) for pair in job.files]
    sent = room.send({"kind": "setup", "files": files, "rlimits": make_rlimits(job.limits)}, deadline)
    body = room.receive(deadline, 10_000) if sent else Silence.DEAD
    reply = read_setup_reply(body) if isinstance(body, bytes) else None
    if isinstance(reply, Refused):
        raise GraderError(
            f"the sandbox could not be prepared for {job.assignment}: {reply.message}",
            "check the data files and the limits of the assignment",
        )
    if not isinstance(reply, Ready):
        raise no_room(room)
    room.know_processes()


def _run_cells(room: Room, job: GradingJob) -> Iterator[CellResult]:
    run_deadline = room.now() + job.limits.run_timeout_s
    output_left = job.limits.run_output_bytes
    alive = True
    for number, cell in enumerate(job.cells, start=1):
        alive = alive and room.now() < run_deadline
        if not alive:
            yield not_run(cell)
            continue
        quota = min(job.limits.cell_output_bytes, output_left)
        result, used = _run_cell(room, cell, number, job.limits, quota, run_deadline)
        alive = used is not None
        output_left = max(0, output_left - (used or 0))
        yield result


def _run_cell(
    room: Room, cell: CodeCell, number: int, limits: Limits, quota: int, run_deadline: float
) -> tuple[CellResult, int | None]:
    """Return the cell's result and how much output it used; None when the kernel is lost."""
    token = secrets.token_hex(8)
    request = {
        "kind": "cell",
        "number": number,
        "token": token,
        "id": cell.id,
        "source": cell.source,
        "graded": cell.graded,
        "output_bytes": quota,
    }
    largest = 6 * limits.cell_output_bytes + 1_000_000
    deadline = min(room.now() + limits.cell_timeout_s, run_deadline)
    body: bytes | Silence = Silence.GARBAGE
    if room.quiet:
        body = room.receive(deadline, largest) if room.send(request, deadline) else Silence.DEAD
    late = body is Silence.LATE
    if late:
        room.interrupt()
        body = room.receive(room.now() + GRACE_S, largest)
    if isinstance(body, bytes):
        reply = read_cell_reply(body, token)
        used = measure_reply(reply) if reply is not None else 0
        if reply is not None and used <= quota + QUOTA_SLACK_BYTES:
            return judge_reply(cell, reply, late), used
        body = Silence.GARBAGE
    end = room.describe_end() if body is Silence.DEAD else ""
    return judge_silence(cell, body, late, end), None
