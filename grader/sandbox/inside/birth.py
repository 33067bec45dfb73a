"""How a copy of the zygote becomes a room of its own: namespaces, disks, and no way back.

Knows Linux. Standard library only. Must not know what runs in the room. Everything here happens between
`fork` and the first line of a learner's code, in a process that nothing of a learner's has touched.
"""

# system calls; few and simple paths
# ruff: noqa: PTH102

from __future__ import annotations

import base64
import contextlib
import ctypes
import errno
import fcntl
import os
import socket
import struct
from typing import Any

CLONE_NEWPID = 0x20000000
NAMESPACES = ("user", "pid", "mnt", "net", "ipc", "uts")
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x1000, 0x4000, 0x40000
MNT_DETACH = 0x2
PR_SET_SECCOMP, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 22, 24, 38, 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
SECCOMP_MODE_FILTER = 2
CAPABILITIES = 64
"""More than there are; the kernel says where they end."""
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
TCP_BYTES = "4096 65536 212992"
"""Smallest, first and largest buffer of a connection within the room."""
STAGE = "/stage"
"""An empty directory inside; what is mounted there is gone before a learner's code runs."""

_libc = ctypes.CDLL(None, use_errno=True)


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("program", ctypes.c_char_p))


def _check(status: int, step: str) -> None:
    if status != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{step}: {os.strerror(number)}")


def new_pid_namespace() -> None:
    """Let the children of this process, until `old_pid_namespace`, live in a process table of their own."""
    _check(_libc.unshare(CLONE_NEWPID), "unshare")


def old_pid_namespace(fd: int) -> None:
    """Go back to the process table that `fd` stands for."""
    _check(_libc.setns(fd, CLONE_NEWPID), "setns")


def forget_inherited_privileges() -> None:
    """What this process holds it does not pass on to programs it starts."""
    _check(_prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL), "ambient capabilities")


def read_namespaces(proc_fd: int) -> dict[str, str]:
    """Return which namespaces this process is in."""
    return {name: os.readlink(f"self/ns/{name}", dir_fd=proc_fd) for name in NAMESPACES}


def enter_room(walls: dict[str, Any], proc_fd: int, outer: dict[str, str], keep: tuple[int, ...]) -> None:
    """Enter fresh namespaces and disks as `walls` says, close all descriptors but `keep`, give up all rights.

    `outer` are the namespaces of the zygote, of which none may be shared. `proc_fd` is the machine's /proc:
    it is seen nowhere inside and closed here.
    """
    os.setsid()
    _tell_kernel(proc_fd, "oom_score_adj", "1000")  # should the machine run out of memory: this one first
    if walls["core"] is not None:
        with contextlib.suppress(OSError):  # it has been taken from us in the meantime
            os.sched_setaffinity(0, {walls["core"]})
    uid, gid = os.getuid(), os.getgid()
    _check(_libc.unshare(walls["namespaces"]), "unshare")
    shared = [name for name, which in read_namespaces(proc_fd).items() if outer[name] == which]
    if shared:
        raise OSError(0, f"namespaces are shared with others: {', '.join(shared)}")
    _tell_kernel(proc_fd, "setgroups", "deny")
    _tell_kernel(proc_fd, "uid_map", f"{walls['uid']} {uid} 1")
    _tell_kernel(proc_fd, "gid_map", f"{walls['uid']} {gid} 1")
    with contextlib.suppress(
        OSError
    ):  # read-only in some containers; the system-call filter refuses them too
        _tell_kernel(proc_fd, "max_user_namespaces", "0", folder="sys/user")
    for name in ("tcp_rmem", "tcp_wmem"):  # memory that no process maps; see `watch` outside
        with contextlib.suppress(OSError):
            _tell_kernel(proc_fd, name, TCP_BYTES, folder="sys/net/ipv4")
    _mount("none", "/", None, MS_REC | MS_PRIVATE)
    _lay_out(walls["disks"])
    _bring_loopback_up()
    os.chdir(walls["directory"])
    _close_all_but(keep)
    _give_up_rights(base64.b64decode(walls["seccomp"]))


def _tell_kernel(proc_fd: int, name: str, text: str, folder: str = "self") -> None:
    fd = os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CLOEXEC, dir_fd=proc_fd)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def _lay_out(disks: list[dict[str, Any]]) -> None:
    """Mount each disk, which limits bytes *and* inodes, and show its folders where they belong."""
    for disk in disks:
        options = f"size={disk['size']},nr_inodes={disk['inodes']},mode=755"
        _mount("tmpfs", STAGE, "tmpfs", MS_NOSUID | MS_NODEV, options)
        for number, place in enumerate(disk["places"]):
            folder = f"{STAGE}/{number}"
            os.mkdir(folder, 0o755)
            _mount(folder, place, None, MS_BIND)
        _check(_libc.umount2(STAGE.encode(), MNT_DETACH), "umount")


def _mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    def encode(text: str | None) -> bytes | None:
        return None if text is None else os.fsencode(text)

    status = _libc.mount(encode(source), encode(target), encode(kind), ctypes.c_ulong(flags), encode(options))
    _check(status, f"mount {target}")


def _bring_loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh22x", b"lo", IFF_UP))


def _close_all_but(keep: tuple[int, ...]) -> None:
    last = 2
    for fd in sorted(keep):
        os.closerange(last + 1, fd)
        last = max(last, fd)
    os.closerange(last + 1, 1 << 20)


def _give_up_rights(seccomp: bytes) -> None:
    for capability in range(CAPABILITIES):
        if _prctl(PR_CAPBSET_DROP, capability) != 0:
            if ctypes.get_errno() != errno.EINVAL:
                _check(-1, "bounding capabilities")
            break
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _check(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")
    _check(_prctl(PR_SET_NO_NEW_PRIVS, 1), "no_new_privs")
    if seccomp:
        program = _Filter(len(seccomp) // 8, seccomp)
        _check(_prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(program)), "seccomp")


def _prctl(option: int, *values: int) -> int:
    padded = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    return int(_libc.prctl(option, *padded))
