"""The zygotes of this process: started when first needed, kept warm, ended with it.

Knows which zygote a room comes from. Must not know jobs. Zygotes are children of one thread that never ends
before the process does: Linux ends a sandbox with the thread that started it.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import Future

from grader.sandbox.plan import Tools, ZygotePlan
from grader.sandbox.zygote import Zygote

MOST_ZYGOTES = 4
"""Each takes 100 to 200 MB; the ones used longest ago make room."""

_Key = tuple[Tools, ZygotePlan]


class Nursery:
    """Keeps zygotes; safe to use from many threads."""

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._zygotes: dict[_Key, Zygote] = {}
        self._used: dict[Zygote, int] = {}
        self._starting: dict[_Key, Future[None]] = {}
        self._orders: queue.SimpleQueue[tuple[_Key, Future[Zygote]]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    @contextlib.contextmanager
    def lend(self, tools: Tools, plan: ZygotePlan) -> Iterator[Zygote]:
        """Lend the zygote for `plan`; it is not ended while it is lent. Raises EnvironmentProblem."""
        zygote = self._borrow((tools, plan))
        try:
            yield zygote
        finally:
            with self._lock:
                self._used[zygote] -= 1
                self._end_unwanted()

    def discard(self, zygote: Zygote) -> None:
        """Take a zygote out of service; it ends when nobody uses it any more."""
        with self._lock:
            for key in [key for key, kept in self._zygotes.items() if kept is zygote]:
                del self._zygotes[key]

    def close(self) -> None:
        """End all zygotes and their rooms; the next one needed is started again."""
        with self._lock:
            zygotes = set(self._zygotes.values()) | set(self._used)
            self._zygotes.clear()
            self._used.clear()
            if self._pid == os.getpid():
                for zygote in zygotes:
                    zygote.close()

    def list_processes(self) -> set[int]:
        """Return the processes that stay while no room is in use."""
        with self._lock:
            return {pid for zygote in self._zygotes.values() for pid in zygote.list_own()}

    def _borrow(self, key: _Key) -> Zygote:
        """Return the zygote for `key`, in use; who comes first starts it, and others go on meanwhile."""
        while True:
            with self._lock:
                zygote = self._zygotes.pop(key, None)
                if zygote is not None and zygote.is_alive:
                    self._zygotes[key] = zygote  # the one used last stands last
                    self._used[zygote] = self._used.get(zygote, 0) + 1
                    return zygote
                started = self._starting.get(key)
                if started is None:
                    self._starting[key] = Future()
            if started is None:
                return self._start(key)
            started.result()

    def _start(self, key: _Key) -> Zygote:
        order: Future[Zygote] = Future()
        zygote, problem = None, None
        try:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._serve, name="zygotes", daemon=True)
                    self._thread.start()
            self._orders.put((key, order))
            zygote = order.result()
            zygote.wait_until_ready()
            return zygote
        except BaseException as error:
            problem = error
            raise
        finally:
            with self._lock:
                started = self._starting.pop(key)
                if zygote is not None and problem is None:
                    self._zygotes[key] = zygote
                    self._used[zygote] = 1
            if problem is None:
                started.set_result(None)
            else:
                started.set_exception(problem)

    def _serve(self) -> None:
        while True:
            (tools, plan), order = self._orders.get()
            try:
                order.set_result(Zygote(tools, plan))
            except BaseException as error:
                order.set_exception(error)

    def _end_unwanted(self) -> None:
        idle = [key for key, zygote in self._zygotes.items() if not self._used.get(zygote)]
        for key in idle[: max(0, len(self._zygotes) - MOST_ZYGOTES)]:
            del self._zygotes[key]
        kept = set(self._zygotes.values())
        for zygote in [zygote for zygote, users in self._used.items() if not users and zygote not in kept]:
            del self._used[zygote]
            zygote.close()


NURSERY = Nursery()
atexit.register(NURSERY.close)
