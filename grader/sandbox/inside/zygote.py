"""The zygote: one warm process that is copied for every room, and never used itself.

Knows how rooms are born and buried. Must not know cells or anything a learner wrote: it is told only how
large the disks are, so that there is nothing in its memory that a copy of it could give away. It runs no
learner's code, has one thread, and no room can reach it: rooms have process tables of their own, do not see
/proc, and hold none of its descriptors.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
from dataclasses import dataclass
from typing import Any

from . import birth
from .roles import Start, prepare_roles

INIT = ("/usr/bin/env", "--ignore-signal=CHLD", "/usr/bin/sleep", "infinity")
"""Process 1 of every room. Ignoring SIGCHLD it need not collect orphans: Linux does."""
LARGEST_REQUEST_BYTES = 150_000
PIPES = 3
"""Descriptors that come with each room: requests, replies, its end."""
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Living:
    """A room that has not ended."""

    pid: int
    init_pid: int
    end_fd: int
    """Where its exit status is told; closed when nothing of the room is left."""


def main() -> None:
    """Get warm, say so, and serve until the other side is gone. Started as `zygote PROC_FD MODULES ...`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=os.dup(0))
    null = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1):
        os.dup2(null, fd, inheritable=True)
    proc_fd = int(sys.argv[1])
    os.set_inheritable(proc_fd, False)
    birth.forget_inherited_privileges()
    start = prepare_roles(sys.argv[2].split(",") if sys.argv[2] else [])
    sys.argv[:] = [""]
    gc.collect()
    gc.freeze()  # what is here stays: collections in rooms need not visit it
    zygote = Zygote(control, proc_fd, start)
    own_fd = os.pidfd_open(os.getpid())
    ready = {"kind": "ready", "threads": zygote.count_threads()}
    socket.send_fds(control, [json.dumps(ready).encode()], [own_fd])
    os.close(own_fd)
    zygote.serve()


class Zygote:
    """Copies itself on request and collects the copies that have ended."""

    def __init__(self, control: socket.socket, proc_fd: int, start: dict[str, Start]) -> None:
        self._control = control
        self._proc_fd = proc_fd
        self._start = start
        self._pids_fd = os.open("self/ns/pid", os.O_RDONLY | os.O_CLOEXEC, dir_fd=proc_fd)
        self._namespaces = birth.read_namespaces(proc_fd)
        self._living: dict[int, Living] = {}
        self._inits: dict[int, Living] = {}
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)

    def serve(self) -> None:
        """Answer until the other side is gone; whatever lives then ends with this process."""
        while True:
            for fd, _event in self._poll.poll():
                if fd in self._living:
                    self._bury(fd)
                elif fd in self._inits:
                    self._end(fd)
                elif not self._answer():
                    return

    def count_threads(self) -> int:
        """Return how many threads this process has; only one is copied, so there must not be more."""
        fd = os.open("self/task", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._proc_fd)
        try:
            return len(os.listdir(fd))  # noqa: PTH208  a descriptor
        finally:
            os.close(fd)

    def _answer(self) -> bool:
        body, fds, _flags, _address = socket.recv_fds(self._control, LARGEST_REQUEST_BYTES, 16)
        if not body:
            return False
        for fd in fds:
            os.set_inheritable(fd, False)  # Linux hands them over open to every program that is started
        request = json.loads(body)
        pidfds: list[int] = []
        joints: list[socket.socket] = []
        if request["joined"]:
            joints = list(socket.socketpair())  # made here: it belongs to a network that leads nowhere
        answer = {"kind": "born"}
        try:
            for number, room in enumerate(request["rooms"]):
                joint = joints[number].fileno() if joints else -1
                pidfds += self._bear(room, fds[PIPES * number : PIPES * (number + 1)], joint)
        except OSError as error:
            answer = {"kind": "failed", "message": str(error)}
        ends = {living.end_fd for living in self._inits.values()}
        for fd in set(fds) - ends:
            os.close(fd)
        for end in joints:
            end.close()
        socket.send_fds(self._control, [json.dumps(answer).encode()], pidfds)
        return True

    def _bear(self, room: dict[str, Any], fds: list[int], joint: int) -> tuple[int, int]:
        """Start process 1 of a new process table and a copy of this process beside it."""
        statm = self._read_own("statm").split()
        reserve = (int(statm[0]) - int(statm[1])) * _PAGE_BYTES
        birth.new_pid_namespace()
        try:
            init = os.posix_spawn(INIT[0], INIT, {})
            pid = os.fork()
            if pid == 0:
                self._become(room, fds, joint, reserve)
        finally:
            birth.old_pid_namespace(self._pids_fd)
        init_fd, fd = os.pidfd_open(init), os.pidfd_open(pid)
        self._living[fd] = self._inits[init_fd] = Living(pid, init, fds[-1])
        for watched in (init_fd, fd):
            self._poll.register(watched, select.POLLIN)
        return init_fd, fd

    def _become(self, room: dict[str, Any], fds: list[int], joint: int, reserve: int) -> None:
        """Be the copy; never returns."""
        requests, replies, end = fds
        try:
            null = os.open("/dev/null", os.O_WRONLY)
            os.dup2(null, 2, inheritable=True)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            keep = (requests, replies, end, *((joint,) if joint >= 0 else ()))
            birth.enter_room(room["walls"], self._proc_fd, self._namespaces, keep)
            os.environ.update(room["environment"])
            os.close(end)
            self._start[room["role"]](requests, replies, joint, reserve, room)
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.write(end, json.dumps({"failed": f"{type(error).__name__}: {error}"}).encode())
        finally:
            os._exit(0)

    def _bury(self, fd: int) -> None:
        """Collect a room's kernel, end what it has left behind; comes before `_end`: Linux waits for it."""
        living = self._living.pop(fd)
        _, status = os.waitpid(living.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        with contextlib.suppress(OSError):  # nobody asks any more
            os.write(living.end_fd, json.dumps({"exit-code": code if code >= 0 else 128 - code}).encode())
        os.kill(living.init_pid, signal.SIGKILL)  # not collected yet, so it is still that process
        self._forget(fd)

    def _end(self, fd: int) -> None:
        living = self._inits.pop(fd)
        os.waitpid(living.init_pid, 0)
        os.close(living.end_fd)
        self._forget(fd)

    def _forget(self, fd: int) -> None:
        self._poll.unregister(fd)
        os.close(fd)

    def _read_own(self, name: str) -> str:
        fd = os.open(f"self/{name}", os.O_RDONLY | os.O_CLOEXEC, dir_fd=self._proc_fd)
        try:
            return os.read(fd, 4096).decode()
        finally:
            os.close(fd)
