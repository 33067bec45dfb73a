"""All test cells of one submission: which session each gets, and what is kept from one to the next.

Knows sessions and namespaces. Nothing but a verdict comes out of it: whatever goes wrong on this side is
`CannotCheck`, and the learner hears that a cell is over in every case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .author import AuthorNames
from .channel import SocketChannel
from .checker import CellRun, run_test_cell
from .faults import CannotCheck
from .namespace import CheckerNamespace
from .session import Session


class TestBench:
    """Runs the test cells of one submission."""

    __test__ = False  # no test case, whatever pytest thinks of its name

    def __init__(self, channel: SocketChannel, offered: Mapping[str, Any] | None = None) -> None:
        """`offered` are names that a notebook has without an import."""
        self._channel = channel
        self._offered = offered
        self._timeout_s = channel.timeout_s
        self._session: Session | None = None
        self._namespace: CheckerNamespace | None = None

    def run(
        self,
        cell_id: str,
        source: str,
        author: Callable[[], AuthorNames],
        texts: Mapping[str, str] | None = None,
        file_name: str = "<test>",
    ) -> CellRun:
        """Run one test cell. Getting the author's names may fail: that too is the author's fault."""
        session = self._next_session()
        try:
            session.author = author()
            if self._namespace is None:
                self._namespace = CheckerNamespace(session, self._offered)
            return run_test_cell(session, source, file_name, texts, self._namespace, cell_id)
        except KeyboardInterrupt as interrupt:
            session.close()
            return CellRun(False, interrupt, session.fault, tuple(session.refusals), session.calls)
        except Exception as error:  # ours: no test has come to its end
            session.close()
            return CellRun(False, CannotCheck(f"{type(error).__name__}: {error}"))

    def _next_session(self) -> Session:
        """Return the last session where test cells still hold objects of the learner, else a new one."""
        session = self._session
        if session is None or not session.goes_on:
            self._channel.limit_wait(self._timeout_s)
            self._channel.drain()  # what the learner said after the last test cell was over
            session = self._session = Session(self._channel)
        session.begin()
        return session
