"""Runs grading jobs behind walls: a job in, an outcome out.

Knows jobs, outcomes and rooms. Must not know gradebooks or notebooks. What a job gives depends on the job
alone: serially, in parallel or in another order it is the same.

The memory, process and time limits of a whole run are kept by the thread that waits for it, from outside;
see `watch` and `room`.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from functools import cache
from pathlib import Path, PurePosixPath

from grader.errors import EnvironmentProblem, GraderError
from grader.model.work import GradingJob, Outcome
from grader.sandbox import walls
from grader.sandbox.cells import run_cells
from grader.sandbox.clock import Clock
from grader.sandbox.cores import CORES
from grader.sandbox.nursery import NURSERY
from grader.sandbox.plan import STREAM_ROOM_BYTES, RoomPlan, ZygotePlan, choose_modules
from grader.sandbox.room import Ceiling, Room
from grader.sandbox.zygote import ZygoteLostError


def close_zygotes() -> None:
    """End what is kept warm between runs; it ends with the process anyway."""
    NURSERY.close()


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
    zygote = _choose_zygote(job, lab)
    walls.require_walls()
    try:
        return _run_once(job, zygote, stop)
    except ZygoteLostError:
        pass  # nothing a learner does ends a zygote: the machine did, or a person
    try:
        return _run_once(job, zygote, stop)
    except ZygoteLostError as error:
        raise EnvironmentProblem(
            f"the sandbox ended while it was in use, twice: {error}",
            "see whether the machine runs out of memory or something ends processes on it; then run it again",
        ) from None


def _run_once(job: GradingJob, plan: ZygotePlan, stop: threading.Event) -> Outcome:
    ceiling = Ceiling(job.limits.memory_bytes, job.limits.processes)
    with NURSERY.lend(walls.find_tools(), plan) as zygote, CORES.lend() as core:
        try:
            roles = _choose_roles(job)
            newborns = zygote.bear(
                [_plan_room(job, role, core if len(roles) > 1 else None) for role in roles]
            )
            with ExitStack() as stack:
                clock = stack.enter_context(Clock([newborn.kernel_fd for newborn in newborns]))
                rooms = [
                    stack.enter_context(Room(zygote, newborn, ceiling, stop, clock)) for newborn in newborns
                ]
                results = tuple(run_cells(job, *rooms))
                for room in rooms:
                    room.end()  # both at once; leaving the stack waits for each
                return Outcome(job_digest=job.digest, cells=results)
        except ZygoteLostError:
            NURSERY.discard(zygote)
            raise


def _choose_zygote(job: GradingJob, lab: Path | None) -> ZygotePlan:
    modules = choose_modules(cell.source for cell in job.cells)
    if lab is None:
        return ZygotePlan(job.hash_seed, modules)
    status = lab.stat() if lab.is_dir() else None
    stamp = (status.st_dev, status.st_ino, status.st_mtime_ns) if status is not None else ()
    return ZygotePlan(job.hash_seed, modules, _check_lab(lab, stamp), stamp[:2])


def _choose_roles(job: GradingJob) -> tuple[str, ...]:
    """Test cells run in a room of their own, which is made when there are any."""
    return ("cells", "checks") if any(cell.graded and cell.isolated for cell in job.cells) else ("cells",)


def _plan_room(job: GradingJob, role: str, core: int | None) -> RoomPlan:
    return RoomPlan(
        role=role,
        disk_bytes=job.limits.disk_bytes,
        stream_bytes=2 * job.limits.cell_output_bytes + STREAM_ROOM_BYTES,
        seed=job.hash_seed,
        language=job.language,
        core=core,
    )


@cache
def _check_lab(lab: Path, _stamp: tuple[int, ...]) -> str:
    """Return where the lab lies; refuse one that learners could not import: they would get the blame."""
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
    return str(lab.resolve())


def _check_files(job: GradingJob) -> None:
    size = 0
    for path, content in (*job.files, *job.own_files):
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
