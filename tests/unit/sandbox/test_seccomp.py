"""The system-call filter, run by a small classic-BPF machine."""

from __future__ import annotations

import errno
import struct

import pytest

from grader.sandbox.seccomp import MACHINES, seccomp_program

ALLOW, ERRNO, KILL = 0x7FFF0000, 0x00050000, 0x80000000
ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
CLONE_NEWUSER = 0x10000000
CLONE_OF_THREADS = 0x3D0F00


def run_filter(machine: str, number: int, *arguments: int, arch: int | None = None) -> int:
    """Return what the filter says about one system call."""
    values = (*arguments, 0, 0, 0, 0, 0, 0)[:6]
    data = struct.pack("<IIQ6Q", number, ARCH[machine] if arch is None else arch, 0, *values)
    program = [
        struct.unpack_from("<HBBI", seccomp_program(machine), at)
        for at in range(0, len(seccomp_program(machine)), 8)
    ]
    at, accumulator = 0, 0
    while True:
        code, if_true, if_false, value = program[at]
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, value)
        elif code == 0x06:
            return value
        else:
            holds = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[
                code
            ]
            at += if_true if holds else if_false


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("read", (0, 63)),
        ("openat", (257, 56)),
        ("execve", (59, 221)),
        ("mmap", (9, 222)),
        ("futex", (202, 98)),
    ],
)
@pytest.mark.parametrize("machine", MACHINES)
def test_ordinary_calls_pass(machine: str, name: str, numbers: tuple[int, int]) -> None:
    """What every program does is allowed."""
    assert run_filter(machine, numbers[MACHINES.index(machine)]) == ALLOW, name


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("memfd_create", (319, 279)),
        ("shmget", (29, 194)),
        ("ptrace", (101, 117)),
        ("unshare", (272, 97)),
        ("mount", (165, 40)),
        ("keyctl", (250, 219)),
        ("bpf", (321, 280)),
        ("io_uring_setup", (425, 425)),
    ],
)
@pytest.mark.parametrize("machine", MACHINES)
def test_dangerous_calls_are_refused(machine: str, name: str, numbers: tuple[int, int]) -> None:
    """Unaccounted memory, other processes, namespaces and kernel services are refused."""
    assert run_filter(machine, numbers[MACHINES.index(machine)]) == ERRNO | errno.EPERM, name


@pytest.mark.parametrize(("machine", "clone"), [("x86_64", 56), ("aarch64", 220)])
def test_clone_makes_threads_but_no_namespaces(machine: str, clone: int) -> None:
    """Threads and forks work; a new user namespace does not, by clone3 either."""
    assert run_filter(machine, clone, CLONE_OF_THREADS) == ALLOW
    assert run_filter(machine, clone, 17) == ALLOW
    assert run_filter(machine, clone, CLONE_NEWUSER | 17) == ERRNO | errno.EPERM
    assert run_filter(machine, 435) == ERRNO | errno.ENOSYS


@pytest.mark.parametrize(("machine", "call"), [("x86_64", 41), ("aarch64", 198)])
def test_only_families_that_know_network_namespaces(machine: str, call: int) -> None:
    """Unix, IPv4, IPv6 and netlink sockets exist; AF_VSOCK would reach the host of a virtual machine."""
    assert [run_filter(machine, call, family) == ALLOW for family in (1, 2, 10, 16)] == [True] * 4
    for family in (3, 17, 38, 40):
        assert run_filter(machine, call, family) == ERRNO | errno.EAFNOSUPPORT


@pytest.mark.parametrize(("machine", "send", "receive"), [("x86_64", 44, 47), ("aarch64", 206, 212)])
def test_messages_are_in_band(machine: str, send: int, receive: int) -> None:
    """`MSG_OOB` is refused wherever its flag stands; other flags pass."""
    assert run_filter(machine, send, 3, 0, 1, 0x4040) == ALLOW
    assert run_filter(machine, send, 3, 0, 1, 0x41) == ERRNO | errno.EOPNOTSUPP
    assert run_filter(machine, receive, 3, 0, 0x40) == ALLOW
    assert run_filter(machine, receive, 3, 0, 0x41) == ERRNO | errno.EOPNOTSUPP


def test_other_instruction_sets_are_not_a_way_round() -> None:
    """32-bit calls end the program, x32 calls do not exist."""
    assert run_filter("x86_64", 11, arch=0x40000003) == KILL
    assert run_filter("x86_64", 0x40000000 | 319) == ERRNO | errno.ENOSYS
