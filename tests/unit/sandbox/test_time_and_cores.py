"""The clock that leaves out waiting, the cores that jobs are given, and namespaces seen from outside."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.sandbox import clock as clocks
from grader.sandbox.clock import Clock
from grader.sandbox.cores import Cores
from grader.sandbox.watch import NAMESPACES, list_shared_namespaces


def open_files() -> int:
    """Return how many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_clock_follows_a_process_and_closes_its_files() -> None:
    """It runs while the process runs, goes on when it has ended, and never backwards."""
    before = open_files()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    pidfd = os.pidfd_open(child.pid)
    with Clock([pidfd]) as clock:
        times = [clock.now(), clock.now()]
        child.communicate(b"\n")
        times += [clock.now(), clock.now()]
    os.close(pidfd)
    assert times == sorted(times)
    assert times[-1] - times[0] < 30
    assert open_files() == before


def test_waiting_for_a_core_is_left_out_up_to_three_quarters(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whatever a process says that it waited, its clock runs at a quarter of real time at least."""
    real = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: real)
    with Clock([]) as clock:
        waited = tmp_path / "schedstat"
        waited.write_text("0 0 0\n")
        clock._waited_s[os.open(waited, os.O_RDONLY)] = 0.0
        deadline = clock.now() + 10
        real += 8
        waited.write_text("0 4000000000 0\n")
        assert clock.now() == pytest.approx(1004.0)
        assert clock.left_s(deadline) == pytest.approx(6.0)
        waited.write_text("0 8000000000 0\n")
        assert clock.now() == pytest.approx(1002.0)


def test_time_left_is_exact_when_it_runs_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Far from the deadline the statistics are not read, near it they are."""
    real = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: real)
    waited = tmp_path / "schedstat"
    waited.write_text("0 0 0\n")
    with Clock([]) as clock:
        clock._waited_s[os.open(waited, os.O_RDONLY)] = 0.0
        deadline = clock.now() + 10
        waited.write_text("0 2000000000 0\n")
        real += 5
        assert clock.left_s(deadline) == pytest.approx(5.0)  # at least that
        real += 5 - clocks.FAR_S / 2
        assert clock.left_s(deadline) == pytest.approx(2 + clocks.FAR_S / 2)


def test_jobs_share_no_core_while_another_is_free() -> None:
    """Each gets the core that is used least, and in turn when all are the same."""
    cores = Cores([2, 3, 5])
    with cores.lend() as one, cores.lend() as two, cores.lend() as three, cores.lend() as four:
        assert {one, two, three} == {2, 3, 5}
        assert four in {2, 3, 5}
    given = []
    for _ in range(6):
        with cores.lend() as core:
            given.append(core)
    assert sorted(given) == [2, 2, 3, 3, 5, 5]


def test_a_child_shares_everything_and_a_missing_process_counts_as_sharing() -> None:
    """What cannot be seen is not taken for a wall."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert list_shared_namespaces(child.pid) == list(NAMESPACES)
    child.communicate(b"\n")
    assert list_shared_namespaces(child.pid) == list(NAMESPACES)
