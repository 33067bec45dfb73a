"""Which core a job's rooms run on.

Learner and checker take turns and never need two cores; on one they hand over at a third of the cost. Knows
this process's jobs only; others on the machine are met half of the time at most, because turns rotate.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator


class Cores:
    """Lends cores, the one that is used least first; safe to use from many threads."""

    def __init__(self, allowed: list[int]) -> None:
        self._lock = threading.Lock()
        self._users = dict.fromkeys(allowed, 0)
        self._turn = os.getpid()

    @contextlib.contextmanager
    def lend(self) -> Iterator[int]:
        """Lend one core."""
        with self._lock:
            self._turn += 1
            order = list(self._users)
            shift = self._turn % len(order)
            core = min(order[shift:] + order[:shift], key=self._users.__getitem__)
            self._users[core] += 1
        try:
            yield core
        finally:
            with self._lock:
                self._users[core] -= 1


CORES = Cores(sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0])
