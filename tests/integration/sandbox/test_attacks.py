"""Attacks on the walls of a room, from inside, and what the walls look like from outside.

All code here is ours and runs with small limits. That nothing is left on the machine is asserted after every
test by a fixture.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.model.work import CodeCell, GradingJob, Limits, Outcome, Verdict
from grader.sandbox import seccomp
from grader.sandbox.nursery import NURSERY
from grader.sandbox.run import run_job
from grader.sandbox.watch import NAMESPACES, list_children

Run = Callable[..., Outcome]
Job = Callable[..., GradingJob]
Printed = Callable[..., str]
P, F, N = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_RUN
COLUMN = seccomp.MACHINES.index(os.uname().machine)
LIBC = "import ctypes, errno, os\nlibc = ctypes.CDLL(None, use_errno=True)\n"


def test_every_refused_call_is_refused(run: Run, printed: Printed) -> None:
    """One by one, by number, in a process that has already passed all other walls."""
    numbers = {name: columns[COLUMN] for name, columns in seccomp._REFUSED.items()}
    outcome = run(
        f"{LIBC}through = []\nfor name, number in {numbers!r}.items():\n"
        " if libc.syscall(number, 0, 0, 0, 0, 0, 0) != -1 or ctypes.get_errno() != errno.EPERM:\n"
        "  through.append(name)\n"
        f"print(through, libc.syscall({seccomp._CLONE3[COLUMN]}, 0, 0), errno.errorcode[ctypes.get_errno()])"
    )
    assert printed(outcome) == "[] -1 ENOSYS\n"


@pytest.mark.parametrize("flag", [f"0x{1 << bit:x}" for bit in (17, 25, 26, 27, 28, 29, 30)])
def test_clone_makes_no_namespaces(run: Run, printed: Printed, flag: str) -> None:
    """Each of them, asked for in the way that `unshare` does not cover."""
    number = seccomp._CLONE[COLUMN]
    outcome = run(f"{LIBC}print(libc.syscall({number}, {flag} | 17, 0, 0, 0, 0), ctypes.get_errno())")
    assert printed(outcome) == "-1 1\n"


@pytest.mark.parametrize("way", ["32 bits", "x32"] if os.uname().machine == "x86_64" else [])
def test_other_ways_to_call_the_system_do_not_get_around_the_filter(
    run: Run, printed: Printed, way: str
) -> None:
    """Calls numbered as for 32 bits end the process that makes them; x32 does not exist."""
    old_call = (
        "import mmap, os, signal\n"
        "code = mmap.mmap(-1, 4096, prot=7); code.write(bytes.fromhex('b814000000cd80c3'))\n"
        f"{LIBC}address = ctypes.addressof(ctypes.c_char.from_buffer(code))\n"
        "if os.fork() == 0:\n ctypes.CFUNCTYPE(ctypes.c_int)(address)(); os._exit(0)\n"
        "print(signal.Signals(os.WTERMSIG(os.wait()[1])).name)"
    )
    x32 = f"{LIBC}print(libc.syscall(0x40000000 | 39), errno.errorcode[ctypes.get_errno()])"
    outcome = run(old_call if way == "32 bits" else x32)
    assert printed(outcome) == ("SIGSYS\n" if way == "32 bits" else "-1 ENOSYS\n")


@pytest.mark.parametrize(
    "attempt",
    [
        pytest.param("os.setuid(0)", id="become-root"),
        pytest.param("os.setgroups([0])", id="groups"),
        pytest.param("os.nice(-1)", id="priority"),
        pytest.param("os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))", id="real-time"),
        pytest.param("os.mknod('/tmp/disk', 0o60600, os.makedev(8, 0))", id="block-device"),
        pytest.param("os.mknod('/tmp/mem', 0o20600, os.makedev(1, 1))", id="memory-device"),
        pytest.param("os.link('/usr/bin/su', '/work/su')", id="link-to-setuid"),
        pytest.param("os.open('/dev/mem', os.O_RDWR)", id="dev-mem"),
        pytest.param("os.open('/dev/kmsg', os.O_RDWR)", id="dev-kmsg"),
        pytest.param("os.open('/dev/ptmx', os.O_RDWR)", id="terminal"),
        pytest.param("os.open('/dev/fuse', os.O_RDWR)", id="fuse"),
        pytest.param("os.open('/dev/kvm', os.O_RDWR)", id="kvm"),
        pytest.param("os.open('/dev/tty', os.O_RDWR)", id="tty"),
        pytest.param("os.setxattr('/work', 'security.capability', bytes(20))", id="file-capability"),
        pytest.param("os.chroot('.')", id="chroot"),
        pytest.param("os.kill(-1, 0)", id="somebody-to-kill"),
        pytest.param("os.killpg(1, 0)", id="group-of-init"),
        pytest.param("os.open('/work/../../../../proc/1/root', 0)", id="dot-dot"),
        pytest.param("os.symlink('/proc/1/root', '/work/l'); os.listdir('/work/l/etc')", id="symbolic-link"),
        pytest.param("os.chmod('/usr/bin/su', 0o4777)", id="change-a-program"),
        pytest.param("os.rename('/work', '/tmp/work')", id="move-the-disk"),
        pytest.param("os.rmdir('/stage')", id="remove-a-directory"),
        pytest.param("os.truncate('/etc/passwd', 0)", id="change-passwd"),
        pytest.param("open('/proc/self/oom_score_adj', 'w').write('-1000')", id="killed-last"),
        pytest.param("open('/proc/sys/kernel/core_pattern', 'w').write('|/bin/x')", id="core-pattern"),
        pytest.param("import resource as r\nr.setrlimit(r.RLIMIT_NPROC, (10**6, 10**6))", id="raise-limit"),
        pytest.param("import socket as s\ns.socket(s.AF_PACKET, s.SOCK_RAW)", id="raw-packets"),
        pytest.param("import socket as s\ns.socket(s.AF_INET, s.SOCK_RAW, 1)", id="raw-ip"),
        pytest.param("import socket as s\ns.socket(38, s.SOCK_SEQPACKET)", id="kernel-crypto"),
        pytest.param("import socket as s\ns.socket(s.AF_NETLINK, 3, 9).bind((0, 1))", id="audit"),
    ],
)
def test_the_system_says_no(run: Run, attempt: str) -> None:
    """Privileges, devices, other people's files and limits: an error, and the notebook goes on."""
    outcome = run(f"import os\n{attempt}", "1")
    assert [cell.verdict for cell in outcome.cells] == [F, P]
    assert outcome.cells[0].error_name.endswith("Error")


def test_programs_of_the_administrator_give_nothing(run: Run, printed: Printed) -> None:
    """Set-user-id programs are there, as in every system, and run as the learner."""
    outcome = run(
        "import os, subprocess\n"
        "found = [f'/usr/bin/{n}' for n in os.listdir('/usr/bin')]\n"
        "setuid = [p for p in found if os.path.isfile(p) and os.stat(p).st_mode & 0o4000]\n"
        "open('id.sh', 'w').write('id -u; cat /proc/self/status; exit 0'); os.chmod('id.sh', 0o6755)\n"
        "run = lambda *a: subprocess.run(a, capture_output=True, text=True, input='', timeout=5)\n"
        "print(run('/bin/sh', './id.sh').stdout.split())\n"
        "print([p for p in setuid if p.endswith('/su') and run(p, '-c', 'id').returncode == 0])\n"
        "mount = ('-t', 'tmpfs', 'x', '/tmp')\n"
        "print([p for p in setuid if p.endswith('mount') and run(p, *mount).returncode == 0])"
    )
    assert printed(outcome) == "['1000']\n[]\n[]\n"


def test_memory_that_no_process_maps_is_counted(run: Run) -> None:
    """Full sockets of many processes are stopped like any other memory."""
    fill = (
        "import os, socket, time\n"
        "def fill():\n kept = []\n while True:\n"
        "  try: pair = socket.socketpair()\n  except OSError: return kept\n"
        "  kept.append(pair)\n"
        "  for end in pair:\n   end.setblocking(False)\n"
        "   try:\n    while end.send(bytes(60_000)): pass\n   except OSError: pass\n"
        "for _ in range(20):\n if os.fork() == 0: kept = fill(); time.sleep(60)\n"
        "time.sleep(60)"
    )
    assert run(fill).cells[0].verdict is Verdict.OUT_OF_MEMORY


def test_the_disk_counts_as_memory(run: Run) -> None:
    """What lies on it lies in this machine's memory."""
    hold = "import time\nx = b'x' * 400_000_000\n{}\ntime.sleep(0.5)"
    write = "for n in range(40): open(f'f{n}', 'wb').write(bytes(6_000_000))"
    limits = {"disk_bytes": 300_000_000}
    assert run(hold.format("1"), limits=limits).cells[0].verdict is P
    assert run(write, limits=limits).cells[0].verdict is P
    assert run(hold.format(write), limits=limits).cells[0].verdict is Verdict.OUT_OF_MEMORY


def test_a_connection_holds_little(run: Run, printed: Printed) -> None:
    """Buffers of connections within the room are limited too."""
    outcome = run(
        "import socket\nlistener = socket.create_server(('127.0.0.1', 0)); sent = 0\n"
        "one = socket.create_connection(listener.getsockname()); other, _ = listener.accept()\n"
        "one.setblocking(False)\n"
        "try:\n while True: sent += one.send(bytes(65536))\nexcept BlockingIOError: print(sent < 1_000_000)"
    )
    assert printed(outcome) == "True\n"


def test_stopped_processes_are_ended_too(run: Run) -> None:
    """Nothing of them is left when the run is over; the fixture looks."""
    stopped = (
        "import os, signal\nfor _ in range(3):\n if os.fork() == 0: os.kill(os.getpid(), signal.SIGSTOP)"
    )
    assert [cell.verdict for cell in run(stopped, "1").cells] == [P, P]


DESCRIPTORS = (
    "import os, stat\ndef kinds():\n found = []\n for fd in range(3, 1024):\n"
    "  try: found.append(stat.S_IFMT(os.fstat(fd).st_mode) >> 12)\n  except OSError: pass\n"
    " return sorted(found)"
)


def test_each_room_of_a_pair_holds_its_own_ends_only(run: Run, printed: Printed) -> None:
    """Two pipes to the host, two unlinked files for output and the socket that joins them; nothing else."""
    test = CodeCell(id="t", source=f"{DESCRIPTORS}\nprint(kinds())", graded=True, points=1)
    outcome = run(f"{DESCRIPTORS}\nprint(kinds())", test)
    assert printed(outcome, 1) == printed(outcome, 2) == "[1, 1, 8, 8, 12]\n"


def test_descriptors_sent_to_the_checker_do_not_arrive(run: Run) -> None:
    """What comes with them is a broken message, and the next test has a checker with as many as before."""
    send = (
        f"{DESCRIPTORS}\nimport socket, array\ndef f():\n"
        " for fd in range(3, 300):\n"
        "  try: joint = socket.socket(fileno=os.dup(fd))\n  except OSError: continue\n"
        "  ends = array.array('i', [os.open('/dev/null', 0) for _ in range(5)])\n"
        "  joint.sendmsg([b'x' * 64], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, ends)])\n return 1"
    )
    look = f"{DESCRIPTORS}\nassert kinds() == [1, 1, 8, 8, 12]"
    outcome = run(send, check("a", "assert f() == 1"), check("b", look))
    assert outcome.cells[1].verdict is Verdict.KERNEL_DIED
    assert outcome.cells[2].verdict in {P, N}


def check(name: str, source: str) -> CodeCell:
    """Return a test cell."""
    return CodeCell(id=name, source=source, graded=True, points=1)


def read_status(pid: int) -> dict[str, str]:
    """Return what Linux says about a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, value in (line.split(":", 1) for line in lines)}


def read_namespaces(pid: int) -> dict[str, str]:
    """Return which namespaces a process is in."""
    return {name: str(Path(f"/proc/{pid}/ns/{name}").readlink()) for name in NAMESPACES}


def test_both_rooms_as_they_look_from_outside(job: Job) -> None:
    """No rights, the filter in place, first to be ended when memory runs out, every namespace its own."""
    test = CodeCell(id="t", source="while f(): pass", graded=True, points=1)
    endless = job("def f(): return True", test, limits=Limits(cell_timeout_s=3))
    running = threading.Thread(target=run_job, args=(endless,))
    run_job(job("1"))
    (zygote,) = [zygote.pid for zygote in NURSERY._zygotes.values()][-1:]
    running.start()
    try:
        rooms: list[int] = []
        while len(rooms) < 4 or "Seccomp:\t2" not in Path(f"/proc/{rooms[-1]}/status").read_text():
            rooms = list_children(zygote)
            assert running.is_alive()
        kernels = [pid for pid in rooms if "sleep" not in Path(f"/proc/{pid}/comm").read_text()]
        assert len(kernels) == 2
        seen = [read_namespaces(pid) for pid in (*kernels, zygote, os.getpid())]
        for name in set(NAMESPACES) - {"cgroup"}:
            assert len({namespaces[name] for namespaces in seen}) == 4, name
        for pid in kernels:
            status = read_status(pid)
            assert {status[f"Cap{kind}"] for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {"0" * 16}
            assert (status["Seccomp"], status["NoNewPrivs"]) == ("2", "1")
            assert status["Uid"].split()[0] != "0"
            assert Path(f"/proc/{pid}/oom_score_adj").read_text() == "1000\n"
    finally:
        running.join()
