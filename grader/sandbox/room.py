"""One room from the outside: speak with it, watch it, end it.

Knows processes, pipes and clocks. Must not know cells or verdicts, and must not trust the inside: every
wait has a deadline, every frame a largest size, and `close` leaves nothing running.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import threading
import time
from dataclasses import dataclass
from enum import Enum
from typing import Any

from grader.errors import EnvironmentProblem
from grader.sandbox.clock import Clock
from grader.sandbox.hints import find_hint
from grader.sandbox.inside.frames import BrokenFrameError, FrameBuffer, encode_frame
from grader.sandbox.watch import can_watch, measure_room, read_pid
from grader.sandbox.zygote import Newborn, Zygote, ZygoteLostError

WATCH_INTERVAL_MS = 50
START_TIMEOUT_S = 60.0
END_TIMEOUT_S = 10.0
END_REPORT_TIMEOUT_S = 2.0


class StoppedError(Exception):
    """The grader is being stopped; the run gives no outcome."""


class Silence(Enum):
    """Why no reply came."""

    LATE = "late"
    DEAD = "dead"
    GARBAGE = "garbage"
    MEMORY = "memory"
    PROCESSES = "processes"
    BESIDE = "beside"


@dataclass(frozen=True)
class Ceiling:
    """What the whole tree of processes may use."""

    memory_bytes: int
    processes: int


class Room:
    """A running room, made of a newborn of `zygote`. Use as a context manager.

    Deadlines are times of `now()`, of a clock that may be shared with other rooms of the job.
    """

    def __init__(
        self,
        zygote: Zygote,
        newborn: Newborn,
        ceiling: Ceiling,
        stop: threading.Event,
        clock: Clock,
    ) -> None:
        self._zygote = zygote
        self._newborn = newborn
        self._ceiling = ceiling
        self._stop = stop
        self._end = b""
        self._init_pid = read_pid(newborn.init_fd)
        self._kernel_pid = read_pid(newborn.kernel_fd)
        self._clock = clock
        self.excess: Silence | None = None
        """What the room used too much of, once that was seen."""
        self._frames = FrameBuffer()
        for fd in (newborn.requests_fd, newborn.replies_fd, newborn.end_fd):
            os.set_blocking(fd, False)

    def __enter__(self) -> Room:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def now(self) -> float:
        """Return seconds on the job's own clock."""
        return self._clock.now()

    def is_past(self, deadline: float) -> bool:
        """Tell whether a time has come; cheaper than `now`."""
        return self._clock.left_s(deadline) <= 0

    def send(self, request: dict[str, Any], deadline: float) -> bool:
        """Send one request; False when the other side does not take it in time."""
        data = memoryview(encode_frame(request))
        poller = select.poll()
        poller.register(self._newborn.requests_fd, select.POLLOUT)
        while data:
            self._check_stop()
            try:
                data = data[os.write(self._newborn.requests_fd, data) :]
            except BlockingIOError:
                if (left_s := self._clock.left_s(deadline)) <= 0:
                    return False
                poller.poll(_next_wait_ms(left_s))
            except BrokenPipeError:
                self._require_own_end()
                return False
        return True

    def receive(self, deadline: float, largest_bytes: int, beside: Room | None = None) -> bytes | Silence:
        """Return the next frame body, or why there is none. Raises ZygoteLostError when we are to blame.

        While this waits it watches `beside` too: `Silence.BESIDE` says that that one used too much.
        """
        poller = select.poll()
        poller.register(self._newborn.replies_fd, select.POLLIN)
        while True:
            self._check_stop()
            try:
                body = self._frames.next_body(largest_bytes)
            except BrokenFrameError:
                return Silence.GARBAGE
            if body is not None:
                return body
            if (left_s := self._clock.left_s(deadline)) <= 0:
                return Silence.LATE
            if poller.poll(_next_wait_ms(left_s)):
                data = os.read(self._newborn.replies_fd, 1 << 20)
                if not data:
                    self._require_own_end()
                    return Silence.DEAD
                self._frames.add(data)
            elif self.find_excess() is not None:
                return self.excess or Silence.DEAD
            elif beside is not None and beside.find_excess() is not None:
                return Silence.BESIDE

    @property
    def quiet(self) -> bool:
        """True when nothing has arrived that was not asked for."""
        with contextlib.suppress(BlockingIOError):
            self._frames.add(os.read(self._newborn.replies_fd, 1))
        return self._frames.empty

    @property
    def is_watched(self) -> bool:
        """True when the processes inside are seen from here; the limits of the whole run depend on it."""
        return can_watch(self._kernel_pid)

    def interrupt(self) -> None:
        """Send SIGINT to the kernel, if it is still there."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._newborn.kernel_fd, signal.SIGINT)

    def describe_end(self) -> str:
        """Say how the kernel ended, once it has: `signal 11 (SIGSEGV)` or `exit status 3`."""
        return _describe_exit(self.exit_code) if self.exit_code is not None else ""

    @property
    def exit_code(self) -> int | None:
        """How the kernel ended, once it has; 128 and more for signals."""
        code = self._read_end().get("exit-code")
        return code if isinstance(code, int) else None

    def complaint(self) -> str:
        """Return why the room could not be closed off."""
        return str(self._read_end().get("failed", ""))

    def end(self) -> None:
        """Kill everything in the room."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._newborn.init_fd, signal.SIGKILL)

    def close(self) -> None:
        """End everything in the room and wait until it is gone.

        Linux reports the end of process 1 only after it has ended every process of the room; disks, sockets
        and shared memory go with the last of them.
        """
        self.end()
        select.select([self._newborn.init_fd], [], [], END_TIMEOUT_S)
        self._read_end()  # until the zygote has collected both
        for fd in self._newborn.fds():
            os.close(fd)

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise StoppedError

    def find_excess(self) -> Silence | None:
        """Measure the room; return what it uses too much of."""
        usage = measure_room(self._kernel_pid, self._init_pid, self._ceiling.memory_bytes)
        if usage.memory_bytes > self._ceiling.memory_bytes:
            self.excess = Silence.MEMORY
        elif usage.processes > self._ceiling.processes:
            self.excess = Silence.PROCESSES
        return self.excess

    def _require_own_end(self) -> None:
        """Raise ZygoteLostError when the room did not end by itself but with its zygote."""
        if not self._read_end() and not self._zygote.is_alive:
            raise ZygoteLostError("the zygote has ended")

    def _read_end(self) -> dict[str, Any]:
        """Return what the zygote tells about the end of the room; waits for it."""
        deadline = time.monotonic() + END_REPORT_TIMEOUT_S
        while (left_s := deadline - time.monotonic()) > 0:
            if not select.select([self._newborn.end_fd], [], [], left_s)[0]:
                break
            data = os.read(self._newborn.end_fd, 4096)
            if not data:
                break
            self._end += data
        # a room that could not be closed off says so before it ends; then its exit status follows
        with contextlib.suppress(ValueError):
            value = json.JSONDecoder().raw_decode(self._end.decode("utf-8", "replace"))[0]
            return value if isinstance(value, dict) else {}
        return {}


def no_room(room: Room) -> EnvironmentProblem:
    """Return the error to raise when a room could not be made."""
    complaint = room.complaint()
    return EnvironmentProblem(f"the sandbox did not start: {complaint or 'no message'}", find_hint(complaint))


def _next_wait_ms(left_s: float) -> int:
    return min(int(left_s * 1000) + 1, WATCH_INTERVAL_MS)


def _describe_exit(code: int) -> str:
    if code <= 128:
        return f"exit status {code}"
    try:
        return f"signal {code - 128} ({signal.Signals(code - 128).name})"
    except ValueError:
        return f"signal {code - 128}"
