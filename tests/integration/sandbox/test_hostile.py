"""Hostile and broken notebooks: each gets its verdict, keeps what it earned before, and leaves nothing.

All code here is ours, runs only inside the sandbox and with small limits. That nothing is left on the
machine (processes, mounts, descriptors) is asserted after every test by a fixture, from outside.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.model.work import CodeCell, GradingJob, Outcome, Verdict
from grader.sandbox.run import run_job

Run = Callable[..., Outcome]
Printed = Callable[..., str]
P, F, N = Verdict.PASSED, Verdict.FAILED, Verdict.NOT_RUN
QUICK = {"cell_timeout_s": 1.5}
"""For cells that must time out; the others get the time they need on a busy machine."""


@pytest.mark.parametrize(
    ("cell", "verdict", "after"),
    [
        pytest.param("while True: pass", Verdict.TIMED_OUT, P, id="loop"),
        pytest.param("import time\ntime.sleep(60)", Verdict.TIMED_OUT, P, id="sleep"),
        pytest.param(
            "while True:\n try:\n  while True: sum(range(9))\n except BaseException: pass",
            Verdict.TIMED_OUT,
            N,
            id="loop-that-swallows-interrupts",
        ),
        pytest.param(
            "import signal\nfor number in signal.valid_signals():\n"
            " try: signal.signal(number, signal.SIG_IGN)\n except Exception: pass\nwhile True: pass",
            Verdict.TIMED_OUT,
            N,
            id="signals-ignored",
        ),
        pytest.param(
            "import signal as s\ns.pthread_sigmask(s.SIG_BLOCK, s.valid_signals())\nwhile True: pass",
            Verdict.TIMED_OUT,
            N,
            id="signals-blocked",
        ),
        pytest.param("import os\nos._exit(0)", Verdict.KERNEL_DIED, N, id="exit"),
        pytest.param(
            "import os\nos.close(1); os.closerange(0, 300)", Verdict.KERNEL_DIED, N, id="close-everything"
        ),
        pytest.param("import ctypes\nctypes.string_at(0)", Verdict.KERNEL_DIED, N, id="segfault"),
        pytest.param("import os\nos.abort()", Verdict.KERNEL_DIED, N, id="abort"),
        pytest.param("import os\nos.kill(os.getpid(), 9)", Verdict.KERNEL_DIED, N, id="kill-itself"),
        pytest.param(
            "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)", Verdict.TIMED_OUT, N, id="stop-itself"
        ),
        pytest.param(
            "import os\nos.kill(1, 9)\ntry: os.kill(-1, 9)\nexcept ProcessLookupError: pass",
            P,
            P,
            id="kill-all-others",
        ),
        pytest.param("x = bytearray(10**12)", Verdict.OUT_OF_MEMORY, P, id="memory-at-once"),
        pytest.param(
            "def f(a):\n while True: a.append(bytearray(10**6))\nf([])",
            Verdict.OUT_OF_MEMORY,
            P,
            id="memory-hog",
        ),
        pytest.param(
            "import os, time\nfor _ in range(4):\n"
            " if os.fork() == 0:\n  x = b'x' * 250_000_000; time.sleep(60)\n"
            "time.sleep(60)",
            Verdict.OUT_OF_MEMORY,
            N,
            id="memory-hog-of-many-processes",
        ),
        pytest.param(
            "import os\nx = b'x' * 250_000_000\nfor _ in range(3):\n"
            " if os.fork() == 0:\n  import time\n  time.sleep(0.5)\n  os._exit(0)\n"
            "for _ in range(3): os.wait()\ndel x",
            P,
            P,
            id="shared-memory-counts-once",
        ),
        pytest.param("def f(): return f()\nf()", F, P, id="recursion"),
        pytest.param("raise SystemExit(0)", F, P, id="system-exit"),
        pytest.param(
            "class E(BaseException):\n def __str__(self): raise self\nraise E", F, P, id="hostile-exception"
        ),
        pytest.param("while True: print('x' * 1000)", Verdict.OUTPUT_LIMIT, P, id="output-flood"),
        pytest.param(
            "import os\nwhile True: os.write(2, b'y' * 65536)", Verdict.OUTPUT_LIMIT, P, id="descriptor-flood"
        ),
        pytest.param("!yes", P, P, id="flood-of-a-child"),
        pytest.param("open('big', 'wb').write(b'x' * 20_000_000)", F, P, id="disk-fill"),
        pytest.param("for n in range(10**6): open(f'/tmp/{n}', 'w').close()", F, P, id="inode-fill"),
        pytest.param("files = [open('/dev/null') for _ in range(10**5)]", F, P, id="descriptor-fill"),
        pytest.param(
            "import threading\nwait = threading.Event()\n"
            "for _ in range(10**4): threading.Thread(target=wait.wait, daemon=True).start()",
            F,
            P,
            id="thread-bomb",
        ),
        pytest.param(
            "import os, time\nwhile True:\n if os.fork() == 0:\n  time.sleep(60)\n  os._exit(0)",
            F,
            P,
            id="fork-bomb",
        ),
        pytest.param(
            "import os, signal\nsignal.signal(2, signal.SIG_IGN)\n"
            "while True:\n try: os.fork()\n except OSError: pass",
            Verdict.TIMED_OUT,
            N,
            id="fork-storm",
        ),
        pytest.param("import os\nos.fork()", P, P, id="fork-that-comes-back"),
        pytest.param("import sys\nsys.stdout = sys.stderr = None", P, P, id="streams-removed"),
        pytest.param("import sys\nsys.modules.clear()", P, F, id="modules-removed"),
        pytest.param(
            "import builtins\nbuiltins.__dict__.clear()", Verdict.KERNEL_DIED, N, id="builtins-removed"
        ),
        pytest.param(
            "import json\njson.dumps = json.JSONEncoder.encode = lambda *a, **k: '[]'",
            Verdict.KERNEL_DIED,
            N,
            id="json-replaced",
        ),
        pytest.param("import atexit, time\natexit.register(time.sleep, 60)", P, P, id="atexit"),
    ],
)
def test_each_gets_its_verdict_and_keeps_what_came_before(
    run: Run, printed: Printed, cell: str, verdict: Verdict, after: Verdict
) -> None:
    """The cell before is kept, the cell itself is judged as observed, the cell after runs if it can."""
    limits = QUICK if verdict is Verdict.TIMED_OUT else {}
    outcome = run("print('earned')", cell, "print('after')", limits=limits)
    assert [c.verdict for c in outcome.cells] == [P, verdict, after]
    assert printed(outcome, 1) == "earned\n"
    if after is P:
        assert printed(outcome, 3) == "after\n"


def test_how_a_kernel_died_is_said(run: Run) -> None:
    """Exit status or signal, as observed."""
    assert run("import os\nos._exit(3)").cells[0].error_message == "exit status 3"
    assert run("import ctypes\nctypes.string_at(0)").cells[0].error_message == "signal 11 (SIGSEGV)"


def test_the_run_has_a_limit_too(run: Run) -> None:
    """Many slow cells end with the run; the rest is not run."""
    outcome = run("1", *["import time\ntime.sleep(3)"] * 4, limits={"run_timeout_s": 5.0})
    assert [c.verdict for c in outcome.cells] == [P, P, Verdict.TIMED_OUT, N, N]


def test_output_of_an_endless_print_is_cut_and_small(run: Run) -> None:
    """What is kept fits the quota and ends with the note; the run's quota counts all cells."""
    outcome = run(
        *["print('가' * 10_000)"] * 6, limits={"cell_output_bytes": 20_000, "run_output_bytes": 50_000}
    )
    sizes = [sum(len(o["text"].encode()) for o in c.outputs) for c in outcome.cells]
    assert [c.verdict for c in outcome.cells] == [P] * 6
    assert all(size <= 20_200 for size in sizes)
    assert sum(sizes) <= 51_200
    assert "잘랐습니다" in outcome.cells[0].outputs[-1]["text"]


def test_a_daemon_does_not_outlive_the_run(
    job: Callable[..., GradingJob], token: str, find_processes: Callable[[str], list[int]]
) -> None:
    """A double fork in a new session is seen while it runs and is gone when the run is over."""
    daemon = (
        "import os\n"
        "if os.fork() == 0:\n os.setsid()\n"
        f" if os.fork() == 0: os.execv('/usr/bin/sleep', ['{token}', '300'])\n"
        " os._exit(0)\nos.wait()"
    )
    seen = threading.Event()
    done = threading.Event()

    def watch() -> None:
        while not seen.is_set() and not done.wait(0.01):
            if find_processes(token):
                seen.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    outcome = run_job(job(daemon, "import time\ntime.sleep(1)"))
    done.set()
    watcher.join()
    assert [c.verdict for c in outcome.cells] == [P, P]
    assert seen.is_set()
    assert find_processes(token) == []


def test_the_network_is_out_of_reach(run: Run, printed: Printed, token: str) -> None:
    """Neither a port nor an abstract socket of this machine answers; other families do not exist."""
    with socket.create_server(("127.0.0.1", 0)) as port, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0{token}")
        abstract.listen()
        outcome = run(
            "import socket, os\n"
            "def attempt(family, address):\n"
            " try:\n"
            "  with socket.socket(family) as s:\n"
            "   s.settimeout(1)\n   s.connect(address)\n   print('REACHED', address)\n"
            " except OSError as error: print(type(error).__name__)\n"
            f"attempt(socket.AF_INET, ('127.0.0.1', {port.getsockname()[1]}))\n"
            "attempt(socket.AF_INET, ('8.8.8.8', 53))\n"
            "attempt(socket.AF_INET6, ('::1', 53))\n"
            f"attempt(socket.AF_UNIX, '\\0{token}')\n"
            "attempt(socket.AF_VSOCK, (2, 1024))\n"
            "print(socket.if_nameindex())"
        )
        port.settimeout(0)
        abstract.settimeout(0)
        for listener in (port, abstract):
            with pytest.raises(BlockingIOError):
                listener.accept()
    assert "REACHED" not in printed(outcome)
    assert printed(outcome).splitlines()[-1] == "[(1, 'lo')]"


def test_nothing_of_this_machine_can_be_read(
    run: Run, printed: Printed, token: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not password hashes, the home, the course, the environment, /proc or a file of the grader."""
    secret = tmp_path / f"{token}.txt"
    secret.write_text(token)
    monkeypatch.setenv("MEDAI_TEST_SECRET", token)
    course = Path(__file__).parents[3]
    hidden = ["/etc/shadow", "/etc/hostname", "/proc/self", "/proc/1", "/sys", "/var", "/run", "/home"]
    hidden += ["/mnt", "/srv", "/dev/tty", "/dev/pts", "/dev/kmsg", "/usr/local", "/usr/share/doc"]
    hidden += [str(secret), str(Path.home()), str(course / "pyproject.toml"), str(course / "grader")]
    outcome = run(
        "import os\n"
        f"print([path for path in {hidden!r} if os.path.lexists(path)])\n"
        "names = (name for _, folders, files in os.walk('/') for name in folders + files)\n"
        f"print([name for name in names if {token[:12]!r} in name])\n"
        f"print({token!r} in str(os.environ), os.uname().nodename, os.getuid())\n"
        "print(sorted(os.listdir('/etc')))\n",
        limits={"cell_timeout_s": 60.0, "run_timeout_s": 60.0},
    )
    lines = printed(outcome).splitlines()
    assert lines[0] == "[]"
    assert lines[1] == "[]"
    assert lines[2] == "False sandbox 1000"
    assert lines[3] == "['fonts', 'group', 'hosts', 'ld.so.cache', 'nsswitch.conf', 'passwd']"


def test_nothing_can_be_written_but_the_sandboxs_own_disk(run: Run, printed: Printed, token: str) -> None:
    """A file is tried in every directory; where it worked, this machine has none of it."""
    outcome = run(
        "import os\nworked = []\n"
        "for folder, folders, _ in os.walk('/'):\n"
        " try: open(f'{folder}/" + token + "', 'w').close()\n"
        " except OSError: continue\n"
        " worked.append(folder)\n"
        "print(sorted(worked))",
        limits={"cell_timeout_s": 60.0, "run_timeout_s": 60.0},
    )
    worked = eval(printed(outcome))
    assert {"/" + folder.split("/")[1] for folder in worked} <= {"/work", "/tmp", "/dev", "/capture"}
    assert [folder for folder in worked if folder.startswith("/dev")] == ["/dev/shm"]
    assert not any(Path(folder, token).exists() for folder in worked)


def test_shared_memory_is_the_runs_own(run: Run, token: str) -> None:
    """What one run leaves in /dev/shm or on its disk the next does not see."""
    leave = (
        f"from multiprocessing import shared_memory as s\ns.SharedMemory('{token}', create=True, size=100)\n"
    )
    leave += f"open('/tmp/{token}', 'w').write('x')"
    look = f"import os\nassert not os.path.exists('/dev/shm/{token}') and not os.path.exists('/tmp/{token}')"
    assert run(leave).cells[0].verdict is P
    assert run(look).cells[0].verdict is P
    assert not Path("/dev/shm", token).exists()


@pytest.mark.parametrize(
    "call",
    [
        pytest.param("libc.unshare(0x10000000)", id="user-namespace"),
        pytest.param("libc.unshare(0x00020000)", id="mount-namespace"),
        pytest.param("libc.mount(b'none', b'/work', b'tmpfs', 0, None)", id="mount"),
        pytest.param("libc.ptrace(16, 1, 0, 0)", id="ptrace"),
        pytest.param("libc.syscall(319, b'x', 0)", id="memory-file"),
        pytest.param("libc.shmget(0, 4096, 0o1600)", id="system-v-memory"),
        pytest.param("libc.syscall(248, b'user', b'x', b'y', 1, -3)", id="keyring"),
        pytest.param("libc.setuid(0)", id="become-root"),
        pytest.param("libc.sethostname(b'x', 1)", id="host-name"),
        pytest.param("libc.chroot(b'/work')", id="chroot"),
    ],
)
def test_the_system_refuses_to_open_the_walls(run: Run, printed: Printed, call: str) -> None:
    """System calls that could weaken a wall fail."""
    outcome = run(f"import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nprint({call})")
    assert printed(outcome) == "-1\n"


def test_limits_cannot_be_raised(run: Run, printed: Printed) -> None:
    """Hard limits are hard, and a bomb after the attempt still bursts."""
    outcome = run(
        "import resource as r\n"
        "for name in ('RLIMIT_AS', 'RLIMIT_NPROC', 'RLIMIT_FSIZE', 'RLIMIT_NOFILE'):\n"
        " try:\n  r.setrlimit(getattr(r, name), (r.RLIM_INFINITY, r.RLIM_INFINITY)); print('RAISED', name)\n"
        " except (ValueError, OSError): print('no')"
    )
    assert printed(outcome) == "no\nno\nno\nno\n"


@pytest.mark.parametrize(
    "forgery",
    [
        pytest.param("b'\\0\\0\\0\\2{}'", id="empty-object"),
        pytest.param("b'\\xff' * 100", id="oversized"),
        pytest.param("b'\\0\\0\\0\\4nope'", id="not-json"),
        pytest.param(
            "(lambda b: len(b).to_bytes(4, 'big') + b)(json.dumps({'kind': 'cell', 'token': '0' * 16,"
            " 'ended': 'ok', 'outputs': [], 'error_name': '', 'error_message': ''}).encode())",
            id="perfect-but-for-the-token",
        ),
    ],
)
def test_a_forged_frame_is_the_end_of_the_kernel_not_a_result(run: Run, forgery: str) -> None:
    """Writing to every descriptor forges nothing: cells before are kept, no later test passes."""
    outcome = run(
        "x = 1",
        f"import os, json\nfor fd in range(3, 300):\n try: os.write(fd, {forgery})\n except OSError: pass",
        CodeCell(id="t", source="assert x == 2", graded=True, points=1),
    )
    assert [c.verdict for c in outcome.cells] == [P, Verdict.KERNEL_DIED, N]


@pytest.mark.parametrize(
    ("pick", "after"),
    [
        pytest.param("True", N, id="everything"),
        pytest.param("stat.S_ISFIFO(os.fstat(fd).st_mode)", N, id="pipes-of-the-grader"),
        pytest.param("stat.S_ISSOCK(os.fstat(fd).st_mode)", P, id="conversation-with-the-checker"),
    ],
)
@pytest.mark.parametrize("truth", [False, True])
def test_a_forgery_from_a_thread_in_a_later_cell_is_no_result_either(
    run: Run, pick: str, after: Verdict, truth: bool
) -> None:
    """A late write meets another token; a process that speaks to us out of turn is not asked any more."""
    outcome = run(
        "import os, stat, threading\ngo, gone = threading.Event(), threading.Event()\n"
        "def forge():\n go.wait()\n for fd in range(3, 300):\n"
        f"  try: {pick} and os.write(fd, b'\\0\\0\\0\\2{{}}')\n  except OSError: pass\n gone.set()\n"
        "threading.Thread(target=forge, daemon=True).start()",
        CodeCell(id="t", source=f"go.set()\ngone.wait()\nassert {truth}", graded=True, points=1),
        "print(1)",
    )
    assert [c.verdict for c in outcome.cells] == [P, Verdict.KERNEL_DIED, after]


def test_printing_a_frame_is_only_printing(run: Run, printed: Printed) -> None:
    """Standard output is not the channel of results."""
    outcome = run("print('\\0\\0\\0\\2{}')\nimport os\nos.write(1, b'\\0\\0\\0\\2{}')", "assert False")
    assert [c.verdict for c in outcome.cells] == [P, F]
    assert "{}" in printed(outcome)


def test_oversized_results_are_not_taken(run: Run) -> None:
    """A learner who replaces the log to send more than the quota loses the kernel, not our memory."""
    outcome = run(
        "import sys\nlog = sys.modules['grader.sandbox.inside.outputs'].OutputLog\n"
        "log.finished = lambda self: [{'output_type': 'stream', 'name': 'stdout', 'text': 'x' * 900_000}]"
    )
    assert outcome.cells[0].verdict is Verdict.KERNEL_DIED
    assert outcome.cells[0].outputs == ()
