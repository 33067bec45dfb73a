"""Tries to get through every wall and reports what it got through; run once before anything else is.

Standard library only. Must not decide what is acceptable: the other side of the wall does.
"""

# system calls are what is tried here
# ruff: noqa: PTH102, PTH108, PTH110, PTH112, PTH120, PTH123

from __future__ import annotations

import ctypes
import os
import resource
import socket
import sys
from collections.abc import Callable
from typing import Any

from .frames import read_frame, write_frame

_CLONE_NEWUSER = 0x10000000
_PR_GET_NO_NEW_PRIVS = 39
_MOST_FDS, _MOST_PIDS = 4096, 40_000
_ENOUGH = 200
"""Tries after which a limit counts as missing."""


def answer(request_fd: int, reply_fd: int) -> None:
    """Answer one request."""
    request = read_frame(request_fd)
    if request is not None:
        write_frame(reply_fd, look_around(request, {0, 1, 2, request_fd, reply_fd}))
        read_frame(request_fd)  # stay until the other side has seen this process too


def look_around(request: dict[str, Any], expected_fds: set[int]) -> dict[str, bool]:
    """Try each wall; True where it gave way. The process limit comes last: it leaves no way to do more."""
    return {
        "reached_host_port": _succeeds(lambda: _connect(socket.AF_INET, ("127.0.0.1", request["port"]))),
        "reached_abstract_socket": _succeeds(lambda: _connect(socket.AF_UNIX, "\0" + request["socket"])),
        "saw_host_file": any(os.path.lexists(path) for path in request["files"]),
        "saw_proc": os.path.exists("/proc/self") or os.path.exists("/sys/kernel"),
        "saw_environment": request["variable"] in os.environ,
        "wrote_outside_disk": any(map(_is_writable, _not_the_disk())),
        "disk_without_end": _succeeds(lambda: _write("/work/big", 2 * request["disk_bytes"])),
        "files_without_end": _succeeds(_make_many_files),
        "new_namespace": _succeeds(_unshare),
        "hidden_memory": _succeeds(lambda: os.close(os.memfd_create("x"))),
        "unreadable_packages": any(map(_is_unreadable, request["packages"])),
        "other_descriptors": any(map(_is_open, set(range(_MOST_FDS)) - expected_fds)),
        "other_processes": os.getpid() != 2 or os.getppid() != 0 or any(map(_is_alive, range(3, _MOST_PIDS))),
        "privileges": os.getuid() == 0 or _has_privileges(),
        "processes_without_end": _succeeds(_fork_many),
    }


def _succeeds(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _is_open(fd: int) -> bool:
    return _succeeds(lambda: os.fstat(fd))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # alive, and somebody else's
        return True
    return True


def _not_the_disk() -> list[str]:
    found = ["/", "/dev", "/etc", "/opt", "/usr", "/usr/bin", "/usr/lib", "/opt/medai/grader/sandbox/inside"]
    return [*found, *sys.path[1:], os.path.dirname(sys.executable)]


def _is_writable(folder: str) -> bool:
    return _succeeds(lambda: _write(f"{folder}/x", 1))


def _is_unreadable(folder: str) -> bool:
    """Tell whether something right below a directory of packages could not be imported."""
    if not os.path.isdir(folder):
        return False  # there is no lab here
    return any(
        not os.access(entry, os.R_OK | (os.X_OK if entry.is_dir() else 0)) for entry in os.scandir(folder)
    )


def _connect(family: int, address: Any) -> None:
    with socket.socket(family) as connection:
        connection.settimeout(2)
        connection.connect(address)


def _write(path: str, size: int) -> None:
    with open(path, "wb") as file:
        for _ in range(0, size, 65536):
            file.write(b"x" * min(size, 65536))
    os.unlink(path)


def _make_many_files() -> None:
    os.mkdir("/work/many")
    for number in range(10_000):
        open(f"/work/many/{number}", "wb").close()


def _unshare() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


def _has_privileges() -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    data = (ctypes.c_uint32 * 6)()
    if libc.capget(header, data) != 0:
        return True
    return any(data) or libc.prctl(_PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1


def _fork_many() -> None:
    resource.setrlimit(resource.RLIMIT_NPROC, (16, 16))
    children: list[int] = []
    read_end, write_end = os.pipe()
    try:
        for _ in range(_ENOUGH):
            child = os.fork()
            if child == 0:
                os.close(write_end)
                os.read(read_end, 1)  # until the parent has closed its end
                os._exit(0)
            children.append(child)
    finally:
        os.close(write_end)
        for child in children:
            os.waitpid(child, 0)
