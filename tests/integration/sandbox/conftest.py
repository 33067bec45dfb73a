"""Runs small jobs in real sandboxes and looks at this machine before and after."""

from __future__ import annotations

import contextlib
import ctypes
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.model.work import CodeCell, GradingJob, Limits, Outcome
from grader.sandbox.nursery import NURSERY
from grader.sandbox.run import run_job
from grader.sandbox.watch import list_tree

PR_SET_CHILD_SUBREAPER = 36
SMALL = Limits(
    cell_timeout_s=10,
    run_timeout_s=30,
    memory_bytes=600_000_000,
    processes=24,
    cell_output_bytes=20_000,
    run_output_bytes=100_000,
    disk_bytes=8_000_000,
)
"""Hostile code gets little: a wall that fails must not take the machine down."""


@pytest.fixture(autouse=True)
def untouched_host() -> Iterator[None]:
    """After every test this machine has the same processes, mounts and open files of ours.

    Zygotes stay, with the descriptors that lead to them; below a zygote nothing stays. As a subreaper this
    process inherits whatever escapes from a sandbox's own tree.
    """
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    before = set(list_tree(os.getpid()))
    mounts = Path("/proc/self/mountinfo").read_text()
    descriptors = count_descriptors()
    yield
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    assert set(list_tree(os.getpid())) - NURSERY.list_processes() <= before
    assert Path("/proc/self/mountinfo").read_text() == mounts
    assert count_descriptors() <= descriptors


def count_descriptors() -> int:
    """Return how many files this process has open, without the ones of its zygotes."""
    return len(list(Path("/proc/self/fd").iterdir())) - len(NURSERY.list_processes())


@pytest.fixture
def token() -> str:
    """A word that exists nowhere on this machine."""
    return f"medai{secrets.token_hex(8)}"


def make_job(*cells: str | CodeCell, limits: Limits = SMALL, **changes: object) -> GradingJob:
    """Return a job of the given cells, `c1` and so on."""
    made = [
        c if isinstance(c, CodeCell) else CodeCell(id=f"c{i}", source=c) for i, c in enumerate(cells, start=1)
    ]
    values = {"assignment": "a", "revision": 1, "cells": made, "limits": limits, **changes}
    return GradingJob.model_validate(values)


@pytest.fixture
def job() -> Callable[..., GradingJob]:
    """Return a maker of jobs."""
    return make_job


@pytest.fixture
def run() -> Callable[..., Outcome]:
    """Return a runner of cells with small limits."""

    def run_cells(
        *cells: str | CodeCell, limits: dict[str, object] | None = None, **changes: object
    ) -> Outcome:
        return run_job(make_job(*cells, limits=SMALL.model_copy(update=limits or {}), **changes))

    return run_cells


@pytest.fixture
def printed() -> Callable[..., str]:
    """Return a reader of what a cell printed."""

    def read(outcome: Outcome, number: int = 1, name: str = "stdout") -> str:
        outputs = outcome.cells[number - 1].outputs
        return "".join(o["text"] for o in outputs if o["output_type"] == "stream" and o["name"] == name)

    return read
