"""Time as a cell has it: seconds in which it ran or chose to wait, not those in which others had the core.

Knows the scheduler's statistics. On a busy machine, and in parallel, slow cells get the same verdict as
alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from grader.sandbox.watch import read_pid, read_waiting_s


class Clock:
    """A clock for the processes behind `pidfds`; never runs slower than a quarter of real time."""

    def __init__(self, pidfds: Iterable[int]) -> None:
        self._started = time.monotonic()
        self._waited_s = {pid: 0.0 for pid in map(read_pid, pidfds) if pid > 0}

    def now(self) -> float:
        """Return seconds."""
        real = time.monotonic()
        for pid in self._waited_s:
            if (waited := read_waiting_s(pid)) is not None:
                self._waited_s[pid] = waited
        return real - min(sum(self._waited_s.values()), (real - self._started) * 0.75)
