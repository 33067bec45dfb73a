"""The system-call filter: a classic BPF program as bytes.

Pure. Defence in depth behind the namespaces, and what makes memory honest: files in memory and System V
shared memory that no process maps would be invisible to the memory watch, so they are refused.
"""

from __future__ import annotations

import errno
import struct
from functools import cache

MACHINES = ("x86_64", "aarch64")
_AUDIT_ARCH = (0xC000_003E, 0xC000_00B7)
_X32_BIT = 0x4000_0000

# name → (x86_64, aarch64)
_REFUSED = {
    # memory that no process maps
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    # other processes, kernel memory, kernel keyrings
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "syslog": (103, 116),
    # namespaces and mounts
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "open_tree_attr": (467, 467),
    "statmount": (457, 457),  # tells where on the machine a mounted directory lies
    "listmount": (458, 458),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "fanotify_init": (300, 262),
    "quotactl": (179, 60),
    # the machine
    "sync": (162, 81),
    "io_setup": (206, 0),  # of these there is a number for the whole machine
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "acct": (163, 89),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "clock_adjtime": (305, 266),
    "adjtimex": (159, 171),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
}
_SENDING = {  # name → (x86_64, aarch64, which argument holds the flags)
    "sendto": (44, 206, 3),
    "sendmsg": (46, 211, 2),
    "sendmmsg": (307, 269, 3),
    "recvfrom": (45, 207, 3),
    "recvmsg": (47, 212, 2),
    "recvmmsg": (299, 243, 3),
}
_OUT_OF_BAND = 0x1
"""MSG_OOB: nobody needs it, and its handling in Unix sockets has been a way into the kernel."""
_CLONE = (56, 220)
_CLONE3 = (435, 435)
_SOCKET = (41, 198)
_SOCKETPAIR = (53, 199)
_NEW_NAMESPACES = 0x7E02_0080
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET and NEWTIME."""
_SOCKET_FAMILIES = (1, 2, 10, 16)
"""Unix, IPv4, IPv6, netlink; others (AF_VSOCK!) may not know network namespaces."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL = 0x7FFF_0000, 0x8000_0000
_NUMBER, _ARCHITECTURE, _ARGUMENT_0 = 0, 4, 16


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


def _refuse(number: int) -> bytes:
    return _step(_RETURN, 0x0005_0000 | number)


@cache
def seccomp_program(machine: str) -> bytes:
    """Return the filter for `machine`, one of MACHINES (as `os.uname().machine`)."""
    column = MACHINES.index(machine)
    steps = [_step(_LOAD, _ARCHITECTURE), _step(_EQUAL, _AUDIT_ARCH[column], 1, 0), _step(_RETURN, _KILL)]
    steps += [_step(_LOAD, _NUMBER)]
    if machine == "x86_64":
        steps += [_step(_AT_LEAST, _X32_BIT, 0, 1), _refuse(errno.ENOSYS)]
    for numbers in _REFUSED.values():
        steps += [_step(_EQUAL, numbers[column], 0, 1), _refuse(errno.EPERM)]
    # clone3 hides its flags behind a pointer; "not there" makes the C library fall back to clone.
    steps += [_step(_EQUAL, _CLONE3[column], 0, 1), _refuse(errno.ENOSYS)]
    clone = [_step(_LOAD, _ARGUMENT_0), _step(_ANY_BIT, _NEW_NAMESPACES, 0, 1), _refuse(errno.EPERM)]
    clone += [_step(_RETURN, _ALLOW)]
    steps += [_step(_EQUAL, _CLONE[column], 0, len(clone)), *clone]
    for numbers in (_SOCKET, _SOCKETPAIR):
        families = [_step(_LOAD, _ARGUMENT_0)]
        for index, family in enumerate(_SOCKET_FAMILIES):
            families += [_step(_EQUAL, family, len(_SOCKET_FAMILIES) - index, 0)]
        families += [_refuse(errno.EAFNOSUPPORT), _step(_RETURN, _ALLOW)]
        steps += [_step(_EQUAL, numbers[column], 0, len(families)), *families]
    for *sending, argument in _SENDING.values():
        flags = [_step(_LOAD, _ARGUMENT_0 + 8 * argument), _step(_ANY_BIT, _OUT_OF_BAND, 0, 1)]
        flags += [_refuse(errno.EOPNOTSUPP), _step(_RETURN, _ALLOW)]
        steps += [_step(_EQUAL, sending[column], 0, len(flags)), *flags]
    steps += [_step(_RETURN, _ALLOW)]
    return b"".join(steps)
