"""The two ends of a check: the learner's end answers, the checker's end runs test cells and asks.

Knows `grader.checking` and the socket that joins the two rooms. Must not decide verdicts. Both ends are
copies of the same zygote; test cells reach only the checker, and only when their turn has come.
"""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Callable
from typing import Any

from grader.checking.author import AuthorNames, read_author_names
from grader.checking.channel import SocketChannel
from grader.checking.checker import CellRun, run_test_cell
from grader.checking.faults import ChannelFault, NotPortable
from grader.checking.learner import LearnerSide
from grader.checking.session import Session

from .outputs import Capture
from .shell import CellShell
from .tracebacks import cell_name, trace_lines

LONGEST_REFUSAL = 2000
FAREWELL_TIMEOUT_S = 0.2


def learner_end(joint: int, shell: CellShell) -> Callable[[], bool]:
    """Return what answers the questions of one test cell about what the learner's cells have made."""
    side = LearnerSide(SocketChannel(socket.socket(fileno=joint)), shell.namespace, trace_lines=trace_lines)
    return side.serve


class TestDesk:
    """Runs test cells; what they do not define comes from the author's libraries or from the learner."""

    def __init__(self, joint: int, capture: Capture) -> None:
        self._joint = socket.socket(fileno=joint)
        self._capture = capture
        self._texts: dict[str, str] = {}
        self._author: AuthorNames | None = None
        self._last = CellRun(passed=False)

    def run(self, request: dict[str, Any]) -> BaseException | None:
        """Run one test cell in a session of its own."""
        self._last = CellRun(passed=False)
        if self._author is None:
            self._author = read_author_names(source for _id, source in request["author"])
        self._texts.update(request["texts"])
        self._drain()
        session = Session(SocketChannel(self._joint), self._author)
        try:
            self._last = run_test_cell(session, request["source"], cell_name(request["id"]), self._texts)
        finally:
            session.close()  # when an interrupt ended the cell, the learner does not know yet
            if session.fault is not None:  # the conversation is out of step; this ends it for the learner too
                self._joint.settimeout(FAREWELL_TIMEOUT_S)
                with contextlib.suppress(ChannelFault):
                    session.finish()
            self._last = self._last if self._last.fault is not None else _with_fault(self._last, session)
        return self._last.fault or self._last.error

    def restore(self) -> None:
        """Put the streams back."""
        sys.stdout, sys.stderr = self._capture.stdout, self._capture.stderr

    def remarks(self) -> dict[str, Any]:
        """Say what only a checker knows: whose fault it was, and what was refused."""
        run = self._last
        fault = run.fault.reason.value if run.fault is not None else ""
        if not fault and isinstance(run.error, NotPortable):
            fault = "author"
        refused = run.refusals[0][:LONGEST_REFUSAL] if run.refusals else ""
        remarks: dict[str, Any] = {"passed": run.passed, "fault": fault, "refused": refused}
        if isinstance(run.error, MemoryError):
            remarks["own_memory"] = not hasattr(run.error, "learner_trace")
        return remarks

    def _drain(self) -> None:
        """Forget what the learner said after the last test cell was over."""
        self._joint.setblocking(False)
        with contextlib.suppress(OSError):
            while self._joint.recv(1 << 20):
                continue
        self._joint.setblocking(True)


def _with_fault(run: CellRun, session: Session) -> CellRun:
    return CellRun(run.passed and session.fault is None, run.error, session.fault, run.refusals, run.calls)
