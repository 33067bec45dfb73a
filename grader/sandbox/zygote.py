"""One zygote from the outside: start it, ask it for rooms, end it.

Knows processes and sockets. Must not know jobs. What a zygote is asked contains nothing of a learner's, and
it runs nothing of theirs, so its answers are trusted; it may be gone, though, and is then replaced.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import EnvironmentProblem
from grader.sandbox.hints import find_hint
from grader.sandbox.plan import RoomPlan, Tools, ZygotePlan, plan_launch, plan_room
from grader.sandbox.seccomp import seccomp_program
from grader.sandbox.watch import list_shared_namespaces, read_pid

START_TIMEOUT_S = 120.0
ANSWER_TIMEOUT_S = 30.0
END_TIMEOUT_S = 10.0
LAUNCH = Path(__file__).with_name("launch.py")


class ZygoteLostError(Exception):
    """The zygote is gone or does not answer; whoever needs it asks a new one."""


@dataclass(frozen=True)
class Newborn:
    """A room that has begun: our ends of its pipes, and its two first processes."""

    requests_fd: int
    replies_fd: int
    end_fd: int
    """Says how it ended, once it has."""
    init_fd: int
    kernel_fd: int

    def fds(self) -> tuple[int, ...]:
        """Return all descriptors."""
        return (self.requests_fd, self.replies_fd, self.end_fd, self.init_fd, self.kernel_fd)


class Zygote:
    """A running zygote. Must be started in a thread that lives as long as it shall live.

    When that thread dies, by `kill -9` of the grader too, Linux ends the zygote and every room.
    """

    def __init__(self, tools: Tools, plan: ZygotePlan) -> None:
        self.pid = -1
        self._lock = threading.Lock()
        self._status = b""
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  closed in close()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(START_TIMEOUT_S)
        self._status_fd, status_write = os.pipe()
        proc_fd = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
        launch = plan_launch(tools, plan, status_write, proc_fd) | {"parent": os.getpid()}
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(LAUNCH), json.dumps(launch)],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            pass_fds=(status_write, proc_fd),
            start_new_session=True,  # Ctrl-C in the terminal is ours to handle
        )
        os.close(status_write)
        os.close(proc_fd)
        theirs.close()

    def wait_until_ready(self) -> None:
        """Wait until it is warm; raises EnvironmentProblem with its complaint when it does not start."""
        try:
            body, fds, _flags, _address = socket.recv_fds(self._control, 10_000, 1)
            answer = json.loads(body or b"{}")
        except OSError as error:
            answer, fds = {"problem": str(error)}, []
        self._control.settimeout(ANSWER_TIMEOUT_S)
        self.pid = read_pid(fds[0]) if fds else -1
        for fd in fds:
            os.close(fd)
        shared = list_shared_namespaces(self.pid) if self.pid > 0 else []
        if answer.get("threads") == 1 and self.pid > 0 and not shared:
            return
        complaint = f"it shares namespaces with this machine: {', '.join(shared)}" if shared else ""
        complaint = complaint or self._read_complaint() or str(answer)
        self.close()
        raise EnvironmentProblem(f"the sandbox did not start: {complaint}", find_hint(complaint))

    @property
    def is_alive(self) -> bool:
        """False once the process is gone; Linux closes its socket before it ends its rooms."""
        try:
            poller = select.poll()
            poller.register(self._control, 0)  # hang-ups only
            return not poller.poll(0)
        except (OSError, ValueError):
            return False

    def bear(self, plans: list[RoomPlan]) -> list[Newborn]:
        """Return new rooms; several at once are joined by a socket. Raises ZygoteLostError."""
        seccomp = seccomp_program(os.uname().machine)
        request = {"joined": len(plans) > 1, "rooms": [plan_room(plan, seccomp) for plan in plans]}
        with contextlib.ExitStack() as ours, contextlib.ExitStack() as theirs:
            kept, given = _make_pipes(len(plans), ours, theirs)
            with self._lock:
                pidfds = self._ask(request, given)
            for fd in pidfds:
                ours.callback(os.close, fd)
            ours.pop_all()
        return [Newborn(*kept[number], *pidfds[2 * number : 2 * number + 2]) for number in range(len(plans))]

    def list_own(self) -> list[int]:
        """Return the processes that run while no room does: bubblewrap's two and the zygote."""
        return [self._process.pid, *self._find_init(), self.pid]

    def close(self) -> None:
        """End the zygote and every room of it, and wait until they are gone."""
        self._control.close()
        # until bubblewrap has been collected, these numbers are those processes
        init_fds: list[int] = []
        for pid in self._find_init() if self._process.poll() is None else []:
            with contextlib.suppress(ProcessLookupError):
                init_fds.append(os.pidfd_open(pid))
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.5)  # it ends by itself when we are gone
        for fd in init_fds:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(fd, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_TIMEOUT_S)  # bubblewrap collects its init and ends by itself
        self._process.kill()
        self._process.wait()
        for fd in init_fds:  # where it did not collect it: the last to go, after all rooms
            select.select([fd], [], [], END_TIMEOUT_S)
            os.close(fd)
        self._errors.close()
        if self._status_fd >= 0:
            os.close(self._status_fd)
            self._status_fd = -1

    def _find_init(self) -> list[int]:
        """Return the process id of bubblewrap's init, if it has one."""
        os.set_blocking(self._status_fd, False)
        with contextlib.suppress(BlockingIOError):
            self._status += os.read(self._status_fd, 4096)
        found: list[int] = []
        for line in self._status.splitlines():
            with contextlib.suppress(ValueError):
                found += [pid for pid in [json.loads(line).get("child-pid")] if isinstance(pid, int)]
        return found

    def _ask(self, request: dict[str, Any], fds: list[int]) -> list[int]:
        try:
            socket.send_fds(self._control, [json.dumps(request).encode()], fds)
            body, pidfds, _flags, _address = socket.recv_fds(self._control, 10_000, 16)
        except OSError as error:  # a timeout is one
            raise ZygoteLostError(str(error)) from None
        answer = json.loads(body) if body else {}
        if answer.get("kind") != "born" or len(pidfds) != 2 * len(request["rooms"]):
            for fd in pidfds:
                os.close(fd)
            raise ZygoteLostError(str(answer.get("message", "no answer")))
        return pidfds

    def _read_complaint(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=2)
        self._errors.seek(0)
        return self._errors.read(4000).decode("utf-8", "replace").strip()


def _make_pipes(
    count: int, ours: contextlib.ExitStack, theirs: contextlib.ExitStack
) -> tuple[list[tuple[int, int, int]], list[int]]:
    """Return our ends and theirs: requests, replies and the end of each room."""
    kept: list[tuple[int, int, int]] = []
    given: list[int] = []
    for _ in range(count):
        requests, replies, end = os.pipe(), os.pipe(), os.pipe()
        kept.append((requests[1], replies[0], end[0]))
        given += [requests[0], replies[1], end[1]]
        for fd in kept[-1]:
            ours.callback(os.close, fd)
        for fd in given[-3:]:
            theirs.callback(os.close, fd)
    return kept, given
