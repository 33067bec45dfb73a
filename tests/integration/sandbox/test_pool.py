"""Many jobs: taken as they are needed, run on all cores, the same whatever the order, and cleanly stopped."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.authoring.trials import plan_trials
from grader.errors import EnvironmentProblem
from grader.model.work import CodeCell, GradingJob, Outcome, Verdict
from grader.sandbox import zygote as zygotes
from grader.sandbox.nursery import NURSERY
from grader.sandbox.run import close_zygotes, run_job, run_jobs
from grader.wire import open_course, write_lab

ROOT = Path(__file__).parents[3]
Job = Callable[..., GradingJob]
P = Verdict.PASSED


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_jobs_are_taken_when_they_are_needed(job: Job, workers: int) -> None:
    """Never more than twice the workers are in memory, however many there are."""
    taken = 0

    def make() -> Iterator[GradingJob]:
        nonlocal taken
        for number in range(1000):
            taken += 1
            yield job("1", revision=number)

    outcomes = run_jobs(make(), workers=workers)
    for done in range(1, 13):
        assert next(outcomes).cells[0].verdict is P
        assert taken <= done + 2 * workers
    outcomes.close()  # type: ignore[attr-defined]
    assert taken <= 12 + 2 * workers


def test_a_slow_job_does_not_hold_up_the_others(job: Job) -> None:
    """Work is shared job by job: while one worker is busy, the other does the rest."""
    slow = job("import time\ntime.sleep(3)", assignment="slow")
    quick = [job("1", revision=number) for number in range(3)]
    order = [outcome.job_digest for outcome in run_jobs([slow, *quick], workers=2)]
    assert order[-1] == slow.digest
    assert set(order[:-1]) == {one.digest for one in quick}


def test_all_workers_work_at_once(job: Job) -> None:
    """Two jobs that each take a while take that while together."""
    jobs = [
        job("import time\ntime.sleep(2)", "import time\nprint(time.time())", revision=n) for n in range(2)
    ]
    ends = [float(o.cells[1].outputs[0]["text"]) for o in run_jobs(jobs, workers=2)]
    assert abs(ends[0] - ends[1]) < 1.9


def test_the_courses_own_jobs_give_the_same_in_any_order() -> None:
    """The reference answer and a wrong answer of every assignment: byte for byte."""
    workspace, course = open_course(ROOT)
    lab = write_lab(workspace, course)
    trials = [plan_trials(content) for content in course.assignments.values()]
    jobs = [trial.job for tried in trials for trial in (tried[0], tried[-1])]
    assert len(jobs) >= 26
    serial = {one.digest: run_job(one, lab).model_dump_json() for one in jobs}
    shuffled = random.Random(7).sample(jobs, len(jobs))
    assert {o.job_digest: o.model_dump_json() for o in run_jobs(shuffled, lab, workers=3)} == serial


def test_an_error_of_the_reader_of_jobs_stops_everything(job: Job) -> None:
    """What runs is ended, and the error is the caller's."""

    def make() -> Iterator[GradingJob]:
        yield job("while True: pass")
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        list(run_jobs(make(), workers=2))


def test_an_error_of_the_reader_of_outcomes_stops_everything(job: Job) -> None:
    """So does an error in what is called for each outcome."""

    def refuse(_outcome: Outcome) -> None:
        raise ValueError("full")

    with pytest.raises(ValueError, match="full"):
        list(run_jobs([job("1"), job("while True: pass")], workers=2, on_done=refuse))


def test_starting_a_zygote_holds_up_nobody_else(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one zygote gets warm, jobs of another go on; jobs that need the new one share it."""
    run_job(job("1"))
    close_zygotes()
    run_job(job("1"))
    started: list[int] = []
    go = threading.Event()
    real = zygotes.Zygote.wait_until_ready

    def wait(zygote: zygotes.Zygote) -> None:
        started.append(1)
        assert go.wait(60)
        real(zygote)

    monkeypatch.setattr(zygotes.Zygote, "wait_until_ready", wait)
    new = [job("1", hash_seed=5, revision=n) for n in range(2)]
    threads = [threading.Thread(target=run_job, args=(one,)) for one in new]
    for thread in threads:
        thread.start()
    assert run_job(job("1")).cells[0].verdict is P
    assert all(thread.is_alive() for thread in threads)
    go.set()
    for thread in threads:
        thread.join()
    assert started == [1]


def test_a_zygote_that_does_not_start_is_said_once(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch ends with what to do; no job gets a verdict for it."""
    run_job(job("1"))  # the walls have been tried
    close_zygotes()
    monkeypatch.setattr(zygotes, "LAUNCH", Path("/nonexistent/launch.py"))
    with pytest.raises(EnvironmentProblem, match="did not start") as problem:
        list(run_jobs([job("1", revision=n) for n in range(4)], workers=2))
    assert problem.value.hint


def test_a_zygote_that_is_lost_in_the_middle_changes_no_outcome(job: Job) -> None:
    """Killed while jobs run, it is replaced and these jobs are run again: the results are the same."""
    test = CodeCell(id="t", source="assert f(2) == 4", graded=True, points=1)
    jobs = [job("def f(n): return n * n", "print(f(3))", test, revision=n) for n in range(10)]
    expected = {one.digest: run_job(one) for one in jobs}
    outcomes: dict[str, Outcome] = {}
    for outcome in run_jobs(jobs, workers=2):
        outcomes[outcome.job_digest] = outcome
        if len(outcomes) == 3:
            for zygote in list(NURSERY._zygotes.values()):
                os.kill(zygote.pid, signal.SIGKILL)
    assert outcomes == expected


INTERRUPTED = """
import os, sys
from grader.model.work import CodeCell, GradingJob
from grader.sandbox.run import run_jobs
cells = (CodeCell(id="a", source="import time\\ntime.sleep(0.2)"),)
jobs = (GradingJob(assignment="a", revision=n, cells=cells) for n in range(1000))
try:
    for outcome in run_jobs(jobs, workers=2):
        print(outcome.cells[0].verdict, flush=True)
except KeyboardInterrupt:
    sys.exit(7)
"""


def test_ctrl_c_ends_a_batch_at_once(token: str) -> None:
    """What was done has been handed over, what runs is ended, and the caller sees the interrupt."""
    grader = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert grader.stdout is not None
    watchdog = threading.Timer(60, grader.kill)
    watchdog.start()
    try:
        assert grader.stdout.readline() == "passed\n"
        grader.send_signal(signal.SIGINT)
        rest = grader.stdout.read().split()
        assert grader.wait() == 7
    finally:
        watchdog.cancel()
        grader.kill()
        grader.wait()
        grader.stdout.close()
    assert set(rest) <= {"passed"}
    assert len(rest) < 10


def test_memory_stays_the_same(job: Job) -> None:
    """Fifty jobs later the grader has no more open files or threads, and hardly more memory."""

    def size() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    list(run_jobs([job("1", revision=n) for n in range(10)], workers=2))
    before, files, threads = size(), len(list(Path("/proc/self/fd").iterdir())), threading.active_count()
    for _ in run_jobs((job("1", revision=n) for n in range(50)), workers=2):
        pass
    assert size() - before < 10_000_000
    assert len(list(Path("/proc/self/fd").iterdir())) == files
    assert threading.active_count() == threads
