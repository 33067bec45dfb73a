"""One sandbox from the outside: start it, speak with it, watch it, end it.

Knows processes, pipes and clocks. Must not know cells or verdicts, and must not trust the inside: every
wait has a deadline, every frame a largest size, and `close` leaves nothing running.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import IO, Any, cast

from grader.errors import EnvironmentProblem
from grader.sandbox.inside.frames import BrokenFrameError, FrameBuffer, encode_frame
from grader.sandbox.plan import RoomPlan, Tools, plan_launch
from grader.sandbox.seccomp import seccomp_program
from grader.sandbox.watch import list_children, measure_tree, read_waiting_s

WATCH_INTERVAL_MS = 50
START_TIMEOUT_S = 60.0
END_TIMEOUT_S = 10.0
LAUNCH = Path(__file__).with_name("launch.py")


class StoppedError(Exception):
    """The grader is being stopped; the run gives no outcome."""


class Silence(Enum):
    """Why no reply came."""

    LATE = "late"
    DEAD = "dead"
    GARBAGE = "garbage"
    MEMORY = "memory"
    PROCESSES = "processes"


@dataclass(frozen=True)
class Ceiling:
    """What the whole tree of processes may use."""

    memory_bytes: int
    processes: int


class Room:
    """A running sandbox. Use as a context manager, in one thread.

    When the thread that opened it dies, by `kill -9` of the grader too, Linux ends the sandbox.

    Deadlines are times of `now()`, a clock that does not count the time in which the kernel wanted a core
    and others had it: on a busy machine, and in parallel, slow cells get the same verdict as alone.
    """

    def __init__(self, tools: Tools, plan: RoomPlan, ceiling: Ceiling, stop: threading.Event) -> None:
        self._ceiling = ceiling
        self._stop = stop
        self._status = b""
        self._init_pid = 0
        self._init_fd = -1
        self._kernel_pid = 0
        self._kernel_fd = -1
        self._started = time.monotonic()
        self._waited_s = 0.0
        self._frames = FrameBuffer()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  closed in close()
        self._status_fd, status_write = os.pipe()
        seccomp_read, seccomp_write = os.pipe()
        os.write(seccomp_write, seccomp_program(os.uname().machine))
        os.close(seccomp_write)
        launch = plan_launch(tools, plan, status_write, seccomp_read) | {"parent": os.getpid()}
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(LAUNCH), json.dumps(launch)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            pass_fds=(status_write, seccomp_read),
            start_new_session=True,  # Ctrl-C in the terminal is ours to handle
            bufsize=0,
        )
        os.close(status_write)
        os.close(seccomp_read)
        self._requests = cast(IO[bytes], self._process.stdin)
        self._replies = cast(IO[bytes], self._process.stdout)
        for fd in (self._requests.fileno(), self._replies.fileno(), self._status_fd):
            os.set_blocking(fd, False)

    def __enter__(self) -> Room:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def now(self) -> float:
        """Return seconds on the sandbox's own clock, which never runs slower than a quarter of real time."""
        real = time.monotonic()
        if self._kernel_pid and (waited := read_waiting_s(self._kernel_pid)) is not None:
            self._waited_s = waited
        return real - min(self._waited_s, (real - self._started) * 0.75)

    def send(self, request: dict[str, Any], deadline: float) -> bool:
        """Send one request; False when the other side does not take it in time."""
        data = memoryview(encode_frame(request))
        poller = select.poll()
        poller.register(self._requests, select.POLLOUT)
        while data and self.now() < deadline:
            self._check_stop()
            try:
                if poller.poll(self._next_wait_ms(deadline)):
                    data = data[os.write(self._requests.fileno(), data) :]
            except BrokenPipeError:
                return False
        return not data

    def receive(self, deadline: float, largest_bytes: int) -> bytes | Silence:
        """Return the next frame body, or why there is none."""
        poller = select.poll()
        poller.register(self._replies, select.POLLIN)
        while True:
            self._check_stop()
            try:
                body = self._frames.next_body(largest_bytes)
            except BrokenFrameError:
                return Silence.GARBAGE
            if body is not None:
                return body
            if self.now() >= deadline:
                return Silence.LATE
            if poller.poll(self._next_wait_ms(deadline)):
                data = os.read(self._replies.fileno(), 1 << 20)
                if not data:
                    return Silence.DEAD
                self._frames.add(data)
            elif (excess := self._find_excess()) is not None:
                return excess

    @property
    def quiet(self) -> bool:
        """True when nothing has arrived that was not asked for."""
        with contextlib.suppress(BlockingIOError):
            self._frames.add(os.read(self._replies.fileno(), 1))
        return self._frames.empty

    def know_processes(self) -> None:
        """Remember which processes are the sandbox's init and its only child so far, the kernel."""
        self._find_init()
        children = list_children(self._init_pid) if self._init_pid else []
        if len(children) == 1:
            self._kernel_pid = children[0]
            self._kernel_fd = os.pidfd_open(self._kernel_pid)

    @property
    def is_watched(self) -> bool:
        """True when the processes inside are seen from here; the limits of the whole run depend on it."""
        return self._kernel_fd >= 0

    def interrupt(self) -> None:
        """Send SIGINT to the kernel, if it is still there."""
        if self._kernel_fd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._kernel_fd, signal.SIGINT)

    def describe_end(self) -> str:
        """Say how the kernel ended, once it has: `signal 11 (SIGSEGV)` or `exit status 3`."""
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            return ""
        code = self._read_status("exit-code")
        return _describe_exit(code) if code is not None else ""

    def complaint(self) -> str:
        """Return what the launcher or bubblewrap wrote on standard error; waits until they have ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=2)
        self._errors.seek(0)
        return self._errors.read(4000).decode("utf-8", "replace").strip()

    def close(self) -> None:
        """End everything in the sandbox and wait until it is gone.

        Linux reports the end of the sandbox's init only after it has ended every process of the sandbox;
        disks, sockets and shared memory go with the last of them.
        """
        self._find_init()
        if self._init_fd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._init_fd, signal.SIGKILL)
            select.select([self._init_fd], [], [], END_TIMEOUT_S)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(END_TIMEOUT_S)  # bubblewrap collects its init and ends by itself
        self._process.kill()
        self._process.wait()
        for stream in (self._requests, self._replies, self._errors):
            stream.close()
        for fd in (self._status_fd, self._init_fd, self._kernel_fd):
            if fd >= 0:
                os.close(fd)
        self._status_fd = self._init_fd = self._kernel_fd = -1

    def _next_wait_ms(self, deadline: float) -> int:
        return max(0, min(int((deadline - self.now()) * 1000) + 1, WATCH_INTERVAL_MS))

    def _check_stop(self) -> None:
        if self._stop.is_set():
            raise StoppedError

    def _find_excess(self) -> Silence | None:
        self._find_init()
        if not self._init_pid:
            return None
        usage = measure_tree(self._init_pid, self._ceiling.memory_bytes)
        if usage.memory_bytes > self._ceiling.memory_bytes:
            return Silence.MEMORY
        if usage.processes > self._ceiling.processes:
            return Silence.PROCESSES
        return None

    def _find_init(self) -> None:
        if self._init_pid == 0 and self._status_fd >= 0 and (pid := self._read_status("child-pid")):
            with contextlib.suppress(ProcessLookupError):
                self._init_fd = os.pidfd_open(pid)
                self._init_pid = pid

    def _read_status(self, key: str) -> int | None:
        """Return a number from bubblewrap's status lines; None while it is not there."""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self._status_fd, 4096):
                self._status += data
        for line in self._status.splitlines():
            with contextlib.suppress(ValueError):
                value = json.loads(line).get(key)
                if isinstance(value, int):
                    return value
        return None


def no_room(room: Room) -> EnvironmentProblem:
    """Return the error to raise when a sandbox did not start."""
    complaint = room.complaint()
    return EnvironmentProblem(f"the sandbox did not start: {complaint or 'no message'}", find_hint(complaint))


def find_hint(complaint: str) -> str:
    """Return what to do about a message of the launcher or of bubblewrap."""
    for path, forbidden, setting in (
        ("/proc/sys/kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
        ("/proc/sys/user/max_user_namespaces", "0", "user.max_user_namespaces=15000"),
        (
            "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "kernel.apparmor_restrict_unprivileged_userns=0",
        ),
    ):
        with contextlib.suppress(OSError):
            if Path(path).read_text().strip() == forbidden:
                return f"this machine forbids user namespaces; as administrator: `sysctl -w {setting}`"
    if "unshare" in complaint or "namespace" in complaint:
        return (
            "this machine forbids user namespaces; in a container start it with "
            "`--security-opt seccomp=unconfined --security-opt apparmor=unconfined`"
        )
    if "ermission denied" in complaint:
        return (
            "let everybody read the Python installation: `chmod -R a+rX` on it and on the virtual environment"
        )
    return "read the message above; `bwrap --ro-bind / / true` shows whether bubblewrap works at all"


def _describe_exit(code: int) -> str:
    if code <= 128:
        return f"exit status {code}"
    try:
        return f"signal {code - 128} ({signal.Signals(code - 128).name})"
    except ValueError:
        return f"signal {code - 128}"
