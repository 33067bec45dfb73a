"""Walls, tried: what this machine offers, and whether each wall really stands.

Knows this machine and how people fix it. Must not know jobs. Fails closed: a wall that cannot be tried
counts as one that does not stand.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from grader.errors import EnvironmentProblem
from grader.sandbox.clock import Clock
from grader.sandbox.hints import find_hint
from grader.sandbox.interpreter import find_layout
from grader.sandbox.nursery import NURSERY
from grader.sandbox.plan import LAB, RoomPlan, Tools, ZygotePlan
from grader.sandbox.room import START_TIMEOUT_S, Ceiling, Room, no_room
from grader.sandbox.seccomp import MACHINES
from grader.sandbox.zygote import ZygoteLostError

PROBE_DISK_BYTES = 1_000_000
INSTALL_HINT = "install bubblewrap: `apt-get install bubblewrap` (Debian, Ubuntu) or `dnf install bubblewrap`"
CANARY = "MEDAI_SECRET_CANARY"


class Findings(BaseModel):
    """What a program inside found when it tried to get through each wall; True means it did."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    reached_host_port: bool
    reached_abstract_socket: bool
    saw_host_file: bool
    saw_proc: bool
    saw_environment: bool
    wrote_outside_disk: bool
    disk_without_end: bool
    files_without_end: bool
    processes_without_end: bool
    new_namespace: bool
    hidden_memory: bool
    unreadable_packages: bool
    privileges: bool
    other_descriptors: bool
    other_processes: bool


_BROKEN = {
    "reached_host_port": "programs inside reach the network of this machine",
    "reached_abstract_socket": "programs inside reach abstract sockets of this machine",
    "saw_host_file": "programs inside see files of this machine",
    "saw_proc": "programs inside see /proc",
    "saw_environment": "programs inside see the environment of the grader",
    "wrote_outside_disk": "programs inside can write outside their disk",
    "disk_without_end": "the disk inside has no size limit",
    "files_without_end": "the disk inside has no limit on the number of files",
    "processes_without_end": "the process limit does not hold (Linux 5.14 or newer is needed)",
    "new_namespace": "programs inside can make namespaces of their own",
    "hidden_memory": "the system-call filter does not hold",
    "unreadable_packages": "programs inside cannot read all installed packages (`chmod -R a+rX` on them)",
    "privileges": "programs inside hold privileges",
    "other_descriptors": "programs inside hold files or sockets that are not theirs",
    "other_processes": "programs inside see processes that are not theirs",
}


def require_walls() -> None:
    """Try every wall once in this process; raise EnvironmentProblem with the fix when one does not stand."""
    _try_walls(find_tools())


@cache
def _find_tools_at(bwrap: str) -> Tools:
    zone = "Asia/Seoul" if Path("/usr/share/zoneinfo/Asia/Seoul").exists() else "KST-9"
    version = _read_version(bwrap)
    if version < (0, 5):
        raise EnvironmentProblem(
            f"bubblewrap {'.'.join(map(str, version))} is too old; 0.5 or newer is needed", INSTALL_HINT
        )
    return Tools(bwrap, find_layout(), zone)


def find_tools() -> Tools:
    """Return what this machine offers; raise EnvironmentProblem when something is missing."""
    if sys.platform != "linux":
        raise EnvironmentProblem(
            "grading needs Linux: its walls are made of Linux namespaces",
            "grade on a Linux machine, or on Windows inside WSL 2",
        )
    if os.uname().machine not in MACHINES:
        raise EnvironmentProblem(
            f"there is no system-call filter for {os.uname().machine} processors",
            f"grade on one of: {', '.join(MACHINES)}",
        )
    return _find_tools_at(_find_bwrap(os.environ.get("PATH", "")))


@cache
def _find_bwrap(path: str) -> str:
    bwrap = shutil.which("bwrap", path=path)
    if bwrap is None:
        raise EnvironmentProblem(
            "bubblewrap (`bwrap`) is not installed; nothing is run without it", INSTALL_HINT
        )
    return str(Path(bwrap).resolve())


def _read_version(bwrap: str) -> tuple[int, ...]:
    try:
        text = subprocess.run([bwrap, "--version"], capture_output=True, text=True, timeout=10).stdout
        return tuple(int(part) for part in text.split()[-1].split("."))
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        raise EnvironmentProblem(f"{bwrap} does not say its version", INSTALL_HINT) from None


@cache
def _try_walls(tools: Tools) -> None:
    findings = probe(tools)
    broken = [text for name, text in _BROKEN.items() if getattr(findings, name)]
    if broken:
        raise EnvironmentProblem(
            "the sandbox does not hold: " + "; ".join(broken),
            "nothing was run; grade on another machine or ask its administrator with this message",
        )


def probe(tools: Tools) -> Findings:
    """Make a room with a program that tries every wall; return what it got through."""
    plan = RoomPlan(role="probe", disk_bytes=PROBE_DISK_BYTES, stream_bytes=65_536)
    ceiling = Ceiling(500_000_000, 64)
    with _Bait() as request, NURSERY.lend(tools, ZygotePlan(modules=())) as zygote:
        try:
            (newborn,) = zygote.bear([plan])
        except ZygoteLostError as error:
            NURSERY.discard(zygote)
            raise EnvironmentProblem(f"the sandbox did not start: {error}", find_hint(str(error))) from None
        with (
            Clock([newborn.kernel_fd]) as clock,
            Room(zygote, newborn, ceiling, threading.Event(), clock) as room,
        ):
            return _read_findings(room, request | {"packages": [*tools.layout.package_paths, LAB]})


def _read_findings(room: Room, request: dict[str, Any]) -> Findings:
    deadline = room.now() + START_TIMEOUT_S
    body = room.receive(deadline, 10_000) if room.send(request, deadline) else None
    if not isinstance(body, bytes):
        raise no_room(room)
    if not room.is_watched:
        raise EnvironmentProblem(
            "the processes inside cannot be seen from outside",
            "use a Linux kernel with CONFIG_PROC_CHILDREN, and a /proc that shows your own processes",
        )
    try:
        return Findings.model_validate_json(body)
    except ValidationError:
        raise EnvironmentProblem("the sandbox's own test gave nonsense", "run it again") from None


class _Bait:
    """Things outside that a program inside must not reach: a port, a socket, a file, a variable."""

    def __enter__(self) -> dict[str, Any]:
        self._port = socket.create_server(("127.0.0.1", 0))
        self._abstract = socket.socket(socket.AF_UNIX)
        name = f"medai-walls-{os.getpid()}-{id(self)}"
        self._abstract.bind(f"\0{name}")
        self._abstract.listen()
        self._file = tempfile.NamedTemporaryFile()
        os.environ[CANARY] = "secret"
        return {
            "port": self._port.getsockname()[1],
            "socket": name,
            "files": [self._file.name, "/etc/shadow", str(Path.home()), str(Path(__file__).resolve())],
            "variable": CANARY,
            "disk_bytes": PROBE_DISK_BYTES,
        }

    def __exit__(self, *_exception: object) -> None:
        os.environ.pop(CANARY, None)
        self._port.close()
        self._abstract.close()
        self._file.close()
