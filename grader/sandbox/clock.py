"""Time as a cell has it: seconds in which it ran or chose to wait, not those in which others had the core.

Knows the scheduler's statistics. On a busy machine, and in parallel, slow cells get the same verdict as
alone.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable

from grader.sandbox.watch import read_pid

FAR_S = 1.0
_LONGEST_LINE_BYTES = 200


class Clock:
    """A clock for the processes behind `pidfds`; never runs slower than a quarter of real time.

    It is read many times for every cell, so it keeps the files open. Use as a context manager.
    """

    def __init__(self, pidfds: Iterable[int]) -> None:
        self._started = time.monotonic()
        self._waited_s: dict[int, float] = {}
        """By descriptor of a process's statistics: how long it wanted a core and had to wait for one."""
        for pid in map(read_pid, pidfds):
            with contextlib.suppress(OSError):
                self._waited_s[os.open(f"/proc/{pid}/schedstat", os.O_RDONLY | os.O_CLOEXEC)] = 0.0

    def __enter__(self) -> Clock:
        return self

    def __exit__(self, *_exception: object) -> None:
        for fd in self._waited_s:
            os.close(fd)
        self._waited_s.clear()

    def left_s(self, deadline: float) -> float:
        """Return how long it is until `deadline`; less than that while it is still far away."""
        left = deadline - self._own(time.monotonic())
        return left if left > FAR_S else deadline - self.now()

    def now(self) -> float:
        """Return seconds."""
        real = time.monotonic()
        for fd in self._waited_s:
            with contextlib.suppress(OSError, IndexError):  # it has ended: what it waited stays
                self._waited_s[fd] = int(os.pread(fd, _LONGEST_LINE_BYTES, 0).split()[1]) / 1e9
        return self._own(real)

    def _own(self, real: float) -> float:
        return real - min(sum(self._waited_s.values()), (real - self._started) * 0.75)
