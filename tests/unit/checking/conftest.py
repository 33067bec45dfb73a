"""A learner process and a checker in this one, joined by a socket pair."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest

from grader.checking.author import pack_author, read_author_names, unpack_author
from grader.checking.bench import TestBench
from grader.checking.channel import SocketChannel
from grader.checking.checker import CellRun, run_test_cell
from grader.checking.learner import LearnerSide
from grader.checking.session import Session

PATIENCE_S = 60.0
"""So long that only a learner that never answers meets it."""


class Judge(Protocol):
    def __call__(
        self,
        learner: str | Callable[[socket.socket], object],
        test: str,
        author: str = "",
        texts: Mapping[str, str] | None = None,
        timeout_s: float = PATIENCE_S,
    ) -> CellRun: ...


def run_learner(connection: socket.socket, steps: list[str | None]) -> None:
    """Run cells; serve a checker where a step is None. The learner's cells may end in errors."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    side = LearnerSide(SocketChannel(connection), namespace)
    for number, source in enumerate(steps):
        if source is None:
            side.serve()
            continue
        try:
            exec(compile(source, f"<cell {number}>", "exec"), namespace)
        except Exception as error:
            namespace["_last_error"] = error


def fork_learner(work: Callable[[socket.socket], object]) -> tuple[int, socket.socket]:
    """Start a process that does the work on one end of a socket pair; return it and the other end."""
    mine, theirs = socket.socketpair()
    pid = os.fork()
    if pid:
        theirs.close()
        return pid, mine
    mine.close()
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    try:
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        work(theirs)
    finally:
        os._exit(0)


@pytest.fixture
def judge() -> Iterator[Judge]:
    """Return a function that runs one test cell against a learner's code (or a learner that speaks itself).

    What the author's own cells bind is what `author` binds; without it, what the learner's code binds: an
    honest learner.
    """
    started: list[tuple[int, socket.socket]] = []

    def run(
        learner: str | Callable[[socket.socket], object],
        test: str,
        author: str = "",
        texts: Mapping[str, str] | None = None,
        timeout_s: float = PATIENCE_S,
    ) -> CellRun:
        if isinstance(learner, str):
            steps: list[str | None] = [learner, None]
            author = author or learner
            pid, connection = fork_learner(lambda end: run_learner(end, steps))
        else:
            pid, connection = fork_learner(learner)
        started.append((pid, connection))
        session = Session(SocketChannel(connection, timeout_s), read_author_names([author]))
        return run_test_cell(session, test, texts=texts)

    yield run
    for pid, connection in started:
        connection.close()
        os.kill(pid, 9)
        os.waitpid(pid, 0)


class Course(Protocol):
    def __call__(
        self, cells: Mapping[str, str], author: Mapping[str, str] | None = None, timeout_s: float = PATIENCE_S
    ) -> dict[str, CellRun]: ...


@pytest.fixture
def course() -> Iterator[Course]:
    """Return a function that runs a submission's cells in order; those whose id begins with `test` are tests.

    The author's cells are the same ones, but for what `author` says in their place.
    """
    started: list[tuple[int, socket.socket]] = []

    def run(
        cells: Mapping[str, str], author: Mapping[str, str] | None = None, timeout_s: float = PATIENCE_S
    ) -> dict[str, CellRun]:
        steps = [None if name.startswith("test") else source for name, source in cells.items()]
        pid, connection = fork_learner(lambda end: run_learner(end, steps))
        started.append((pid, connection))
        given = {name: "" if name.startswith("test") else source for name, source in cells.items()}
        known = unpack_author(pack_author(tuple((given | dict(author or {})).items())))
        bench = TestBench(SocketChannel(connection, timeout_s))
        return {
            name: bench.run(name, source, lambda: known, given)
            for name, source in cells.items()
            if name.startswith("test")
        }

    yield run
    for pid, connection in started:
        connection.close()
        os.kill(pid, 9)
        os.waitpid(pid, 0)


@pytest.fixture
def passes(judge: Judge) -> Callable[..., None]:
    """Return a function that asserts that a test cell passes, and shows why not."""

    def check(learner: str, test: str, **more: Any) -> None:
        run = judge(learner, test, **more)
        assert run.passed, (run.error, run.fault, run.refusals)

    return check


@pytest.fixture(scope="session")
def root() -> Path:
    """The course's root."""
    return Path(__file__).parents[3]
