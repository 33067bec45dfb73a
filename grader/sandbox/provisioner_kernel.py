"""One sandboxed Jupyter kernel from the outside: a room, a thread that serves and watches it, and its end.

Knows rooms and the switchboard. Must not know Jupyter. Clients' ports are open on this side of the wall;
into the room lead two pipes, and what comes out of it is passed on to the clients and never looked at.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import signal
import socket
import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from grader.errors import EnvironmentProblem
from grader.model.work import Limits
from grader.sandbox import walls
from grader.sandbox.clock import Clock
from grader.sandbox.hints import find_hint
from grader.sandbox.inside.switchboard import BrokenLinkError, Switchboard
from grader.sandbox.nursery import NURSERY
from grader.sandbox.plan import SCIENCE, STREAM_ROOM_BYTES, RoomPlan, ZygotePlan, make_rlimits
from grader.sandbox.replies import Ready, Refused, read_setup_reply
from grader.sandbox.room import (
    START_TIMEOUT_S,
    WATCH_INTERVAL_MS,
    Ceiling,
    Room,
    Silence,
    StoppedError,
    no_room,
)
from grader.sandbox.zygote import ZygoteLostError

JUPYTER = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell")
OWN_ADDRESS_BYTES = 50_000_000
"""Address space, hardly any of it in use, for the stacks of the kernel's own threads: more than half of what
they take. Like this a cell that wants too much meets a MemoryError before the watch ends the kernel."""
OWN_PROCESSES = 24
"""The kernel's own threads and the relay; Linux counts them too."""
LAST_WORDS_TIMEOUT_S = 1.0
PIDFD_SIGNAL_PROCESS_GROUP = 4
"""Linux 6.9; before it an interrupt reaches the kernel alone, not programs that a cell runs."""


@dataclass(frozen=True)
class KernelPlan:
    """What one kernel is given."""

    connection: dict[str, Any]
    """As in Jupyter's connection files, for the room's own loopback."""
    limits: Limits
    output_bytes: int
    """Most that it may send to its clients."""
    arguments: tuple[str, ...] = ()
    """For ipykernel."""
    environment: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    """Relative path and base64 content."""

    def setup(self) -> dict[str, Any]:
        """Return the first request to the room."""
        rlimits = make_rlimits(self.limits)
        rlimits["RLIMIT_AS"] += OWN_ADDRESS_BYTES
        rlimits["RLIMIT_NPROC"] += OWN_PROCESSES
        return {
            "kind": "setup",
            "connection": self.connection,
            "arguments": list(self.arguments),
            "environment": dict(self.environment),
            "files": [list(pair) for pair in self.files],
            "rlimits": rlimits,
        }


class SandboxedKernel:
    """A kernel that starts at once in a thread of its own; `listeners` stay open when it ends."""

    def __init__(self, plan: KernelPlan, listeners: tuple[socket.socket, ...]) -> None:
        self.started: Future[None] = Future()
        """Done when the kernel answers; else the EnvironmentProblem or GraderError that says why not."""
        self.ended: Future[int] = Future()
        """Exit status, negative for a signal, once nothing of the kernel is left."""
        self.reason = ""
        """Why it ended, if not by itself."""
        self._plan = plan
        self._pid = os.getpid()
        self._listeners = listeners
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._kernel_fd = -1
        self._thread = threading.Thread(target=self._live, name="sandboxed kernel", daemon=True)
        _ALIVE.add(self)
        self._thread.start()

    def interrupt(self) -> None:
        """Send SIGINT to the kernel and the programs that its cells run."""
        self._send(signal.SIGINT)

    def kill(self) -> None:
        """End everything in the room; `ended` says when that is done."""
        self._stop.set()
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        with self._lock, contextlib.suppress(ProcessLookupError):
            if self._kernel_fd < 0:
                return
            try:
                signal.pidfd_send_signal(self._kernel_fd, number, None, PIDFD_SIGNAL_PROCESS_GROUP)
            except OSError:
                signal.pidfd_send_signal(self._kernel_fd, number)

    def _live(self) -> None:
        status = 1
        try:
            status = self._run()
        except BaseException as error:
            if not self.started.done():
                self.started.set_exception(error)
            self.reason = self.reason or str(error)
        finally:
            _ALIVE.discard(self)
            if not self.started.done():
                self.started.set_exception(EnvironmentProblem("the kernel was ended before it had started"))
            self.ended.set_result(status)

    def _run(self) -> int:
        walls.require_walls()
        limits = self._plan.limits
        ceiling = Ceiling(limits.memory_bytes, limits.processes + OWN_PROCESSES)
        room_plan = RoomPlan("kernel", disk_bytes=limits.disk_bytes, stream_bytes=STREAM_ROOM_BYTES)
        with NURSERY.lend(walls.find_tools(), ZygotePlan(modules=(*SCIENCE, *JUPYTER))) as zygote:
            try:
                (newborn,) = zygote.bear([room_plan])
            except ZygoteLostError as error:
                NURSERY.discard(zygote)
                hint = find_hint(str(error))
                raise EnvironmentProblem(f"the sandbox did not start: {error}", hint) from None
            kernel_fd = os.dup(newborn.kernel_fd)
            board = Switchboard(newborn.replies_fd, newborn.requests_fd, None)
            try:
                with Clock([kernel_fd]) as clock, Room(zygote, newborn, ceiling, self._stop, clock) as room:
                    with self._lock:
                        self._kernel_fd = kernel_fd
                    self._set_up(room)
                    self.started.set_result(None)
                    self._serve(room, board, kernel_fd)
                    room.end()
                    return _exit_status(room)
            finally:
                with self._lock:
                    self._kernel_fd = -1
                os.close(kernel_fd)
                board.close()

    def _set_up(self, room: Room) -> None:
        deadline = room.now() + START_TIMEOUT_S
        try:
            body = room.receive(deadline, 10_000) if room.send(self._plan.setup(), deadline) else Silence.DEAD
        except StoppedError:
            raise EnvironmentProblem("the kernel was ended before it had started") from None
        reply = read_setup_reply(body) if isinstance(body, bytes) else None
        if isinstance(reply, Refused):
            raise EnvironmentProblem(f"the sandboxed kernel did not start: {reply.message}")
        if not isinstance(reply, Ready):
            raise no_room(room)

    def _serve(self, room: Room, board: Switchboard, kernel_fd: int) -> None:
        """Pass messages on until the kernel has ended, is told to, or uses too much."""
        by_fd = {listener.fileno(): number for number, listener in enumerate(self._listeners)}
        while not self._stop.is_set():
            wanted = (kernel_fd, *(() if board.is_full else by_fd))
            try:
                readable = board.step(wanted, WATCH_INTERVAL_MS)
            except BrokenLinkError as error:
                self.reason = f"what came out of the room was not what the relay sends: {error}"
                return
            if readable is None:  # a kernel that shuts down lets the relay go first
                _pass_on_last_words(board)
                poller = select.poll()
                poller.register(kernel_fd, select.POLLIN)
                poller.poll(LAST_WORDS_TIMEOUT_S * 1000)
                return
            for fd in readable - {kernel_fd}:
                with contextlib.suppress(OSError):  # the client has gone again
                    board.open(by_fd[fd], self._listeners[by_fd[fd]].accept()[0])
            if kernel_fd in readable:
                _pass_on_last_words(board)
                return
            if (excess := room.find_excess()) is not None:
                self.reason = f"it used too much: {excess.value}"
                return
            if board.taken_bytes > self._plan.output_bytes:
                self.reason = f"it sent more than {self._plan.output_bytes} bytes to its clients"
                return


def _pass_on_last_words(board: Switchboard) -> None:
    """Give clients what the kernel has sent before it ended, the reply to a shutdown for one."""
    deadline = time.monotonic() + LAST_WORDS_TIMEOUT_S
    with contextlib.suppress(BrokenLinkError):
        while time.monotonic() < deadline and (board.step((), 20) is not None or board.is_owing):
            continue


def _exit_status(room: Room) -> int:
    code = room.exit_code
    if code is None:
        return 1
    return code if code <= 128 else 128 - code


_ALIVE: set[SandboxedKernel] = set()


def _end_all() -> None:
    """End kernels that nobody has shut down; registered after the nursery's own end, so it comes before."""
    for kernel in [kernel for kernel in _ALIVE if kernel._pid == os.getpid()]:  # not those of a parent
        kernel.kill()
        kernel._thread.join()


atexit.register(_end_all)
