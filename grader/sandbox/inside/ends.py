"""The two ends of a check: the learner's end answers, the checker's end runs test cells and asks.

Knows `grader.checking` and the socket that joins the two rooms. Must not decide verdicts. Both ends are
copies of the same zygote; test cells reach only the checker, and only when their turn has come.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from typing import Any

from IPython.display import display
from IPython.lib.pretty import pretty

from grader.checking.author import AuthorNames, unpack_author
from grader.checking.bench import TestBench
from grader.checking.channel import SocketChannel
from grader.checking.checker import CellRun
from grader.checking.learner import LearnerSide

from .modules import restrict_imports
from .outputs import Capture
from .shell import CellShell
from .tracebacks import cell_name, trace_lines

LONGEST_REFUSAL = 2000


def learner_end(joint: int, shell: CellShell) -> Callable[[], bool]:
    """Return what answers the questions of one test cell about what the learner's cells have made."""
    side = LearnerSide(SocketChannel(socket.socket(fileno=joint)), shell.namespace, trace_lines=trace_lines)
    return side.serve


class TestDesk:
    """Runs test cells; what they do not define comes from the author's libraries or from the learner."""

    def __init__(self, joint: int, capture: Capture) -> None:
        self._bench = TestBench(SocketChannel(socket.socket(fileno=joint)), {"display": display})
        self._capture = capture
        self._texts: dict[str, str] = {}
        self._author: AuthorNames | None = None
        self._last = CellRun(passed=False)

    def take_files(self, files: list[list[str]]) -> None:
        """Make the author's modules among them the only ones that are not installed."""
        restrict_imports(files)

    def run(self, request: dict[str, Any]) -> BaseException | None:
        """Run one test cell."""
        self._last = CellRun(passed=False)
        self._texts.update(request["texts"])
        self._last = self._bench.run(
            request["id"],
            request["source"],
            lambda: self._read_author(request["author"]),
            self._texts,
            cell_name(request["id"]),
        )
        self._show(self._last.value, request["number"])
        return self._last.fault or self._last.error

    def _read_author(self, told: Any) -> AuthorNames:
        """Return the author's names; they come with the first test cell."""
        if self._author is None:
            if not told:
                raise ValueError("nothing is known of the author's cells")
            self._author = unpack_author(told)
        return self._author

    def _show(self, value: object, number: int) -> None:
        if value is None:
            return
        try:
            text = pretty(value)  # type: ignore[no-untyped-call]
        except Exception:
            text = object.__repr__(value)
        self._capture.drain()
        self._capture.log.add_rich("execute_result", {"text/plain": text}, number)

    def restore(self) -> None:
        """Put the streams back."""
        sys.stdout, sys.stderr = self._capture.stdout, self._capture.stderr

    def remarks(self) -> dict[str, Any]:
        """Say what only a checker knows: whose fault it was, and what was refused."""
        run = self._last
        fault = run.fault.reason.value if run.fault is not None else ""
        if run.excused:
            fault = "author"
        refused = run.refusals[0][:LONGEST_REFUSAL] if run.refusals else ""
        remarks: dict[str, Any] = {"passed": run.passed, "fault": fault, "refused": refused}
        if isinstance(run.error, MemoryError):
            remarks["own_memory"] = not hasattr(run.error, "learner_trace")
        return remarks
