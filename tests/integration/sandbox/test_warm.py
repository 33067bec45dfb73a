"""The warm zygote: every room fresh, none in reach of another, and a zygote that may be lost."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.errors import EnvironmentProblem
from grader.model.work import CodeCell, GradingJob, Limits, Outcome, Verdict
from grader.sandbox import run as running
from grader.sandbox.nursery import NURSERY
from grader.sandbox.run import close_zygotes, run_job, run_jobs
from grader.sandbox.watch import list_tree
from grader.sandbox.zygote import ZygoteLostError

Run = Callable[..., Outcome]
Job = Callable[..., GradingJob]
Printed = Callable[..., str]
P = Verdict.PASSED


def test_every_room_is_fresh(run: Run, printed: Printed) -> None:
    """Modules changed, names, environment, files, seeds: the next room sees none of it."""
    change = (
        "import os, sys, random, builtins, numpy as np, pandas as pd, matplotlib.pyplot as plt\n"
        "np.pi = 3; pd.DataFrame = None; builtins.made = 1; sys.path.append('/x'); os.environ['X'] = '1'\n"
        "plt.rcParams['figure.dpi'] = 9; plt.figure(); random.seed(7); os.chdir('/tmp')\n"
        "sys.modules['medai_made'] = sys; get_ipython().user_ns['left'] = 1\n"
        "open('/work/left', 'w').close(); open('/tmp/left', 'w').close()"
    )
    look = (
        "import os, sys, numpy as np, pandas as pd, matplotlib.pyplot as plt\n"
        "print(np.pi > 3.1, len(pd.DataFrame({'a': [1]})), '/x' in sys.path, 'X' in os.environ,\n"
        " 'made' in dir(__builtins__),\n"
        " plt.rcParams['figure.dpi'], plt.get_fignums(), os.getcwd(), 'medai_made' in sys.modules,\n"
        " 'left' in globals(), os.listdir('/work'), os.listdir('/tmp'))"
    )
    before = printed(run(look))
    assert run(change).cells[0].verdict is P
    assert printed(run(look)) == before
    assert before.startswith("True 1 False False False")


def test_random_numbers_are_the_jobs(run: Run, printed: Printed) -> None:
    """The global generators start where the job says, in every room and in every zygote."""
    cell = "import random, numpy as np\nprint(random.random(), np.random.rand(), random.random())"
    first = printed(run(cell))
    assert printed(run(cell)) == first
    close_zygotes()
    assert printed(run(cell)) == first
    assert printed(run(cell, hash_seed=1)) != first


def test_what_is_warm_does_not_depend_on_what_ran_before(run: Run, printed: Printed) -> None:
    """A job that names scikit-learn leaves nothing behind for one that does not."""
    cell = "import sys\nprint('sk' + 'learn.linear_model' in sys.modules)"
    assert printed(run(cell)) == "False\n"
    assert printed(run("from sklearn.linear_model import LogisticRegression", cell), 2) == "True\n"
    assert printed(run(cell)) == "False\n"


HOSTILE = {
    "fork-bomb": "import os, time\nwhile True:\n try: os.fork() or time.sleep(60)\n except OSError: pass",
    "memory": "a = []\nwhile True: a.append(bytearray(10**7))",
    "kill-everybody": "import os\nfor s in (15, 9):\n for pid in (-1, 0, *range(1, 400)):\n"
    "  try:\n   if pid != os.getpid(): os.kill(pid, s)\n  except OSError: pass",
    "kill-group": "import os\nos.killpg(0, 9)",
    "threads": "import threading\nw = threading.Event()\nwhile True: threading.Thread(target=w.wait).start()",
    "segfault": "import ctypes\nctypes.string_at(0)",
    "disk": "open('x', 'wb').write(b'x' * 10**9)",
    "flood": "import os\nwhile True: os.write(1, b'x' * 60000)",
    "descriptors": "import os\nfor fd in range(300):\n try: os.write(fd, b'x' * 99)\n except OSError: pass",
    "parent": "import os\nos.kill(os.getppid(), 9)",
}


def test_siblings_get_their_exact_results(job: Job) -> None:
    """Whatever rooms beside it do, an honest room gives what it gives alone, and the zygote stays."""
    limits = Limits(cell_timeout_s=4, memory_bytes=500_000_000, processes=24, disk_bytes=4_000_000)
    honest = [
        job(
            "import numpy as np, pandas as pd\npd.DataFrame({'a': np.arange(3)}).describe()",
            CodeCell(id="t", source="assert f(2) == 4", graded=True, points=1),
            "def f(x): return x * x",
            CodeCell(id="t2", source="assert f(2) == 4", graded=True, points=1),
            revision=number,
        )
        for number in range(12)
    ]
    alone = {j.digest: run_job(j) for j in honest}
    own = NURSERY.list_processes()
    hostile = [job(source, "1", limits=limits, assignment=name) for name, source in HOSTILE.items()]
    jobs = [*honest, *hostile]
    random.Random(5).shuffle(jobs)
    outcomes = {o.job_digest: o for o in run_jobs(jobs, workers=3)}
    assert {digest: outcomes[digest] for digest in alone} == alone
    assert len(outcomes) == len(jobs)
    assert NURSERY.list_processes() == own


def test_rooms_neither_see_nor_reach_each_other_or_the_zygote(job: Job, token: str) -> None:
    """Two rooms at once: no process, socket, file or shared memory of the one is there in the other."""
    leave = (
        "import os, socket, time\nfrom multiprocessing import shared_memory\n"
        f"listener = socket.socket(socket.AF_UNIX); listener.bind('\\0{token}'); listener.listen()\n"
        f"port = socket.create_server(('127.0.0.1', 15678)); open('/tmp/{token}', 'w').close()\n"
        f"memory = shared_memory.SharedMemory('{token}', create=True, size=10)\n"
        "if os.fork() == 0: time.sleep(60)\n"
        "time.sleep(1.5)"
    )
    look = (
        "import os, socket, time\nfound = set()\n"
        "def attempt(family, address):\n try:\n  socket.socket(family).connect(address); found.add(address)\n"
        " except OSError: pass\n"
        "def alive(pid):\n try: os.kill(pid, 0)\n except ProcessLookupError: return False\n"
        " except PermissionError: return True\n return True\n"
        "end = time.monotonic() + 1.5\n"
        "while time.monotonic() < end:\n"
        f" attempt(socket.AF_UNIX, '\\0{token}'); attempt(socket.AF_INET, ('127.0.0.1', 15678))\n"
        f" found |= {{p for p in ('/tmp/{token}', '/dev/shm/{token}') if os.path.exists(p)}}\n"
        " found |= {pid for pid in range(3, 500) if alive(pid)}\n"
        "fds = []\n"
        "for fd in range(3, 1024):\n try: fds.append(os.fstat(fd).st_mode >> 12)\n except OSError: pass\n"
        "print(sorted(map(str, found)), os.getppid(), os.getpgid(0), os.getsid(0), sorted(fds))"
    )
    outcomes = {o.job_digest: o for o in run_jobs([job(leave), job(look)], workers=2)}
    seen = outcomes[job(look).digest].cells[0].outputs[0]["text"]
    # two pipes to the host and two unlinked files for output
    assert seen == "[] 0 2 2 [1, 1, 8, 8]\n"


def test_order_and_number_of_workers_change_nothing(job: Job) -> None:
    """Serial, parallel and shuffled: byte for byte the same, pairs and single rooms, several hash seeds."""
    cells = ("print({'가', '나', '다'}, object())", "def f(): return {'b', 'a'}")
    test = CodeCell(id="t", source="assert f() == {'a', 'b'}; print(sorted(f()))", graded=True, points=1)
    jobs = [job(*cells, *([test] if n % 2 else []), revision=n, hash_seed=n % 3) for n in range(12)]
    serial = {j.digest: run_job(j) for j in jobs}
    shuffled = random.Random(3).sample(jobs, len(jobs))
    assert {o.job_digest: o for o in run_jobs(shuffled, workers=1)} == serial
    assert {o.job_digest: o for o in run_jobs(shuffled, workers=4)} == serial


def zygote_pids() -> list[int]:
    """Return the zygotes themselves: the youngest process of each of their three."""
    return [zygote.pid for zygote in NURSERY._zygotes.values()]


def test_a_lost_zygote_is_replaced(job: Job, token: str) -> None:
    """When the zygote is killed in the middle of a run, the run is done again on a new one."""
    close_zygotes()
    slow = job("import time\ntime.sleep(1)", "print('done')")
    expected = run_job(slow)
    (zygote,) = zygote_pids()
    timer = threading.Timer(0.3, os.kill, (zygote, signal.SIGKILL))
    timer.start()
    assert run_job(slow) == expected
    timer.join()
    assert zygote not in zygote_pids()
    os.kill(zygote_pids()[0], signal.SIGKILL)
    assert run_job(slow) == expected


def test_a_zygote_that_is_lost_twice_is_the_machines_problem(
    job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One retry and then a message with what to do, never a verdict."""
    tries: list[int] = []

    def lose(*_args: object) -> Outcome:
        tries.append(1)
        raise ZygoteLostError("gone")

    monkeypatch.setattr(running, "_run_once", lose)
    with pytest.raises(EnvironmentProblem, match="twice") as problem:
        run_job(job("1"))
    assert len(tries) == 2
    assert "memory" in problem.value.hint


def test_no_more_zygotes_than_allowed(job: Job) -> None:
    """The ones used longest ago end; nothing of them is left."""
    for seed in range(6):
        assert run_job(job("1", hash_seed=seed)).cells[0].verdict is P
    assert len(NURSERY.list_processes()) == 3 * 4
    close_zygotes()
    assert NURSERY.list_processes() == set()


def test_a_new_lab_directory_is_seen(job: Job, tmp_path: Path) -> None:
    """A zygote belongs to the directory it was started with, not to its name."""
    tmp_path.chmod(0o755)
    words = []
    for word in ("old", "new"):
        package = tmp_path / "lab" / "medai_lab"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(f"WORD = {word!r}\n")
        outcome = run_job(job("import medai_lab\nprint(medai_lab.WORD)"), tmp_path / "lab")
        words.append(outcome.cells[0].outputs[0]["text"])
        (tmp_path / "lab").rename(tmp_path / word)
    assert words == ["old\n", "new\n"]


def test_nothing_is_left_after_a_room(job: Job) -> None:
    """Below the zygotes there is no process, and the machine's shared memory and sockets are as before."""
    leave = (
        "import os, socket, time\nfrom multiprocessing import shared_memory as s\n"
        "s.SharedMemory('left', create=True, size=10)\nfor _ in range(3):\n"
        " if os.fork() == 0:\n  os.setsid()\n  if os.fork() == 0: time.sleep(600)\n  os._exit(0)"
    )
    run_job(job("1"))
    shared = sorted(Path("/dev/shm").iterdir())
    for _ in range(3):
        run_job(job(leave))
        below = {pid for zygote in zygote_pids() for pid in list_tree(zygote)} - set(zygote_pids())
        assert below == set()
    assert sorted(Path("/dev/shm").iterdir()) == shared
