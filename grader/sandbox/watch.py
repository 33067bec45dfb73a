"""How much a sandbox uses, seen from outside.

Knows Linux's /proc. Limits per process do not add up to a limit for the run; this watch does. It needs no
privilege and no control group, so the limit is the same for root, for an ordinary user and in a container.
"""

# read many times a second
# ruff: noqa: PTH115, PTH123, PTH208

from __future__ import annotations

import os
from dataclasses import dataclass

NAMESPACES = ("user", "pid", "mnt", "net", "ipc", "uts", "cgroup")
DISK = "/work"
FREE_SOCKETS = 32
SOCKET_BYTES = 450_000
"""What Linux lets a socket hold unless somebody has raised it: 2 × 212,992 bytes and their bookkeeping."""
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Usage:
    """What a tree of processes uses now."""

    processes: int
    memory_bytes: int


def list_children(pid: int) -> list[int]:
    """Return the child processes of all threads of `pid`; empty when it is gone."""
    children: list[int] = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    for thread in threads:
        text = _read(f"/proc/{pid}/task/{thread}/children")
        children += [int(child) for child in text.split()]
    return children


def can_watch(pid: int) -> bool:
    """Tell whether this machine shows what a process uses and what its children are."""
    return pid > 0 and os.access(f"/proc/{pid}/task/{pid}/children", os.R_OK) and _resident_bytes(pid) > 0


def list_shared_namespaces(pid: int) -> list[str]:
    """Return the namespaces that a process shares with this one; what cannot be seen counts as shared."""
    shared = []
    for name in NAMESPACES:
        try:
            apart = os.readlink(f"/proc/{pid}/ns/{name}") != os.readlink(f"/proc/self/ns/{name}")
        except OSError:
            apart = False
        if not apart:
            shared.append(name)
    return shared


def list_tree(pid: int) -> list[int]:
    """Return `pid` and everything below it."""
    found, waiting = [pid], [pid]
    while waiting:
        children = list_children(waiting.pop())
        found += children
        waiting += children
    return found


def measure_room(kernel: int, init: int, limit_bytes: int) -> Usage:
    """Return what a room's kernel and everything that descends from it uses.

    Orphans are children of `init`, which is ours and does not count. Shared pages are counted once when the
    simple sum is over the limit. Memory that no process maps counts too: files on the room's disk, and
    sockets, each with as much as it can hold.
    """
    tree = [*(list_tree(kernel) if kernel > 0 else []), *(list_tree(init)[1:] if init > 0 else [])]
    hidden = _disk_bytes(kernel) + _socket_bytes(kernel) if kernel > 0 else 0
    memory = sum(_resident_bytes(member) for member in tree)
    if memory + hidden > limit_bytes and len(tree) > 1:
        memory = sum(_proportional_bytes(member) for member in tree)
    return Usage(len(tree), memory + hidden)


def read_pid(pidfd: int) -> int:
    """Return the process that a descriptor stands for; -1 when it is gone or not to be seen."""
    for line in _read(f"/proc/self/fdinfo/{pidfd}").splitlines():
        if line.startswith("Pid:"):
            return int(line.split()[1])
    return -1


def _resident_bytes(pid: int) -> int:
    fields = _read(f"/proc/{pid}/statm").split()
    return int(fields[1]) * _PAGE_BYTES if len(fields) > 1 else 0


def _disk_bytes(pid: int) -> int:
    """Return how much lies on the disk of a room; nothing in the room can put another one in its place."""
    try:
        disk = os.statvfs(f"/proc/{pid}/root{DISK}")
    except OSError:  # not to be seen; it has a limit of its own
        return 0
    return (disk.f_blocks - disk.f_bfree) * disk.f_frsize


def _socket_bytes(pid: int) -> int:
    """Return how much the sockets of a room can hold, beyond the few that honest programs use."""
    first_line = _read(f"/proc/{pid}/net/sockstat").partition("\n")[0].split()
    used = int(first_line[2]) if len(first_line) == 3 else 0
    return max(0, used - FREE_SOCKETS) * SOCKET_BYTES


def _proportional_bytes(pid: int) -> int:
    for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return _resident_bytes(pid)  # not readable: count too much rather than nothing


def _read(path: str) -> str:
    try:
        with open(path) as file:
            return file.read()
    except OSError:  # it has ended in the meantime
        return ""
