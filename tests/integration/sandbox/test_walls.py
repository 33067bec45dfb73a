"""The walls themselves: tried before anything runs, refused when one is missing, down with the grader."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.errors import EnvironmentProblem, ExitCode
from grader.model.work import GradingJob, Outcome
from grader.sandbox import plan, walls, zygote
from grader.sandbox.nursery import NURSERY
from grader.sandbox.run import require_walls, run_job, run_jobs
from grader.sandbox.watch import list_children

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def forget_what_was_tried() -> Iterator[None]:
    """Each test tries the walls again, and what it changed is not kept warm."""
    walls._try_walls.cache_clear()
    walls._find_tools_at.cache_clear()
    yield
    walls._try_walls.cache_clear()
    walls._find_tools_at.cache_clear()
    NURSERY.close()


def test_the_walls_stand_here() -> None:
    """On a machine that can grade, no attempt to get through succeeds."""
    require_walls()
    assert not any(walls.probe(walls.find_tools()).model_dump().values())


def test_without_bubblewrap_nothing_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, job: Callable[..., GradingJob]
) -> None:
    """The message says what to install, and the shell gets the exit code for a missing environment."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnvironmentProblem) as problem:
        require_walls()
    assert "apt-get install bubblewrap" in problem.value.hint
    assert problem.value.exit_code is ExitCode.ENVIRONMENT
    with pytest.raises(EnvironmentProblem):
        run_job(job("1"))
    with pytest.raises(EnvironmentProblem):
        next(run_jobs([job("1")]))


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("echo bubblewrap 0.3.1", "too old"),
        ("echo something else", "does not say its version"),
        (
            '[ "$1" = --version ] && echo bubblewrap 0.8.0 || '
            "{ echo 'bwrap: No permissions to create new namespace' >&2; exit 1; }",
            "No permissions to create new namespace",
        ),
    ],
)
def test_a_bubblewrap_that_cannot_work_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, message: str
) -> None:
    """Too old, broken or not permitted: what it said is shown, with a next step."""
    fake = tmp_path / "bwrap"
    fake.write_text(f"#!/bin/sh\n{script}\n")
    fake.chmod(0o755)
    monkeypatch.setattr(plan, "STAGE", "/mnt")  # the stage would hide this fake, which lies in /tmp
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        if folder.owner() == "root" and os.geteuid() == 0:
            folder.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(EnvironmentProblem) as problem:
        require_walls()
    assert message in problem.value.message
    assert problem.value.hint


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({"seccomp": ""}, {"hidden_memory"}),
        ({"uid": 0}, {"privileges"}),
    ],
)
def test_a_missing_wall_is_noticed(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, object], broken: set[str]
) -> None:
    """Whichever wall of a room is taken out, grading refuses to start and says which."""
    _change_walls(monkeypatch, lambda walls: walls | change)
    findings = walls.probe(walls.find_tools()).model_dump()
    assert {name for name, through in findings.items() if through} == broken
    with pytest.raises(EnvironmentProblem, match="does not hold"):
        require_walls()


@pytest.mark.parametrize(
    ("flag", "name"),
    [
        (0x10000000, "user"),
        (0x00020000, "mnt"),
        (0x40000000, "net"),
        (0x08000000, "ipc"),
        (0x04000000, "uts"),
    ],
)
def test_a_shared_namespace_is_noticed(monkeypatch: pytest.MonkeyPatch, flag: int, name: str) -> None:
    """A room that would share a namespace with the zygote, and so with other rooms, does not open."""
    _change_walls(monkeypatch, lambda walls: walls | {"namespaces": walls["namespaces"] & ~flag})
    with pytest.raises(EnvironmentProblem, match=rf"shared with others: .*{name}|not permitted"):
        require_walls()


@pytest.mark.parametrize(
    "disk", [{"size": 10_000_000}, {"inodes": 20_000}], ids=["disk_without_end", "files_without_end"]
)
def test_a_disk_without_limits_is_noticed(
    monkeypatch: pytest.MonkeyPatch, disk: dict[str, int], request: pytest.FixtureRequest
) -> None:
    """Bytes and files are limited, each by its own wall."""

    def change(walls: dict[str, Any]) -> dict[str, Any]:
        return walls | {"disks": [walls["disks"][0] | disk, *walls["disks"][1:]]}

    _change_walls(monkeypatch, change)
    findings = walls.probe(walls.find_tools()).model_dump()
    assert [name for name, through in findings.items() if through] == [request.node.callspec.id]


@pytest.mark.parametrize(
    ("extra", "broken"),
    [
        (["--ro-bind", "/etc", "/etc"], "saw_host_file"),
        (["--dir", "/proc/self"], "saw_proc"),
        (["--setenv", walls.CANARY, "x"], "saw_environment"),
        (["--tmpfs", "/opt/lab"], "wrote_outside_disk"),
    ],
)
def test_a_hole_is_noticed(monkeypatch: pytest.MonkeyPatch, extra: list[str], broken: str) -> None:
    """A file, a variable or a disk too much in the outer walls is a wall too few."""

    def add(argv: list[str]) -> list[str]:
        at = argv.index("--remount-ro")
        return [*argv[:at], *extra, *argv[at:]]

    _change_argv(monkeypatch, add)
    assert walls.probe(walls.find_tools()).model_dump()[broken]


def test_a_missing_outer_wall_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bubblewrap's root is a tmpfs without a limit; rooms see it too."""
    _change_argv(monkeypatch, lambda argv: _take_out(argv, ["--remount-ro", "/"]))
    findings = walls.probe(walls.find_tools()).model_dump()
    assert {name for name, through in findings.items() if through} == {"wrote_outside_disk"}


@pytest.mark.parametrize("name", ["pid", "ipc", "uts", "net", "cgroup"])
def test_a_zygote_that_shares_a_namespace_with_this_machine_is_noticed(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Rooms would still be apart; but each wall of the outer sandbox is looked at too, from outside."""
    _change_argv(monkeypatch, lambda argv: _take_out(argv, [f"--unshare-{name}"]))
    with pytest.raises(EnvironmentProblem, match=rf"shares namespaces .*{name}|hostname") as problem:
        require_walls()
    assert problem.value.hint


def _change_walls(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    def plan_changed(*args: Any) -> dict[str, Any]:
        made = plan.plan_room(*args)
        return made | {"walls": change(made["walls"])}

    monkeypatch.setattr(zygote, "plan_room", plan_changed)


def _change_argv(monkeypatch: pytest.MonkeyPatch, change: Callable[[list[str]], list[str]]) -> None:
    def plan_changed(*args: Any, **kwargs: Any) -> dict[str, Any]:
        made = plan.plan_launch(*args, **kwargs)
        return made | {"argv": change(made["argv"])}

    monkeypatch.setattr(zygote, "plan_launch", plan_changed)


def _take_out(argv: list[str], words: list[str]) -> list[str]:
    for start in range(len(argv)):
        if all(word in ("*", found) for word, found in zip(words, argv[start:], strict=False)):
            return argv[:start] + argv[start + len(words) :]
    raise AssertionError(f"{words} not in {argv}")


def test_a_lab_that_learners_cannot_read_is_refused(job: Callable[..., GradingJob], tmp_path: Path) -> None:
    """Otherwise its ImportError would be counted as the learner's error."""
    (tmp_path / "medai_lab").mkdir()
    secret = tmp_path / "medai_lab" / "__init__.py"
    secret.touch(mode=0o000)
    if os.geteuid() == 0:
        tmp_path.chmod(0o755)
    with pytest.raises(EnvironmentProblem, match=r"could not read .*__init__") as problem:
        run_job(job("1"), tmp_path)
    assert "chmod -R a+rX" in problem.value.hint


GRADE_TWO = """
import json, os, sys
from grader.model.work import CodeCell, GradingJob, Limits
from grader.sandbox.run import require_walls, run_jobs
from grader.sandbox.walls import find_tools, probe
require_walls()
limits = Limits(processes=16, memory_bytes=600_000_000, disk_bytes=4_000_000, cell_timeout_s=20)
bomb = "import os, time\\nwhile True:\\n if os.fork() == 0:\\n  time.sleep(60)\\n  os._exit(0)"
cells = ("import os\\nprint(os.getuid())", bomb, "print('after')")
jobs = [
    GradingJob(assignment="a", revision=n, limits=limits,
               cells=tuple(CodeCell(id=str(i), source=s) for i, s in enumerate(cells)))
    for n in range(2)
]
outcomes = list(run_jobs(jobs, workers=2))
print(json.dumps({
    "uid": os.getuid(),
    "through": [name for name, got in probe(find_tools()).model_dump().items() if got],
    "verdicts": [[cell.verdict for cell in outcome.cells] for outcome in outcomes],
    "printed": [outcome.cells[0].outputs[0]["text"] for outcome in outcomes],
}))
"""


def test_an_ordinary_user_can_grade_too(as_nobody: Callable[[list[str]], list[str]]) -> None:
    """Every wall stands without any privilege: the process limit, namespaces, disks."""
    command = [sys.executable, "-c", GRADE_TWO]
    if os.geteuid() == 0:
        command = as_nobody(command)
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["uid"] != 0
    assert report["through"] == []
    assert report["verdicts"] == [["passed", "failed", "passed"]] * 2
    assert report["printed"] == ["1000\n"] * 2


ENDLESS = """
import sys
from grader.model.work import CodeCell, GradingJob, Limits
from grader.sandbox.run import run_jobs
daemon = f"import os\\nif os.fork() == 0: os.execv('/usr/bin/sleep', ['{sys.argv[1]}', '300'])"
cells = (CodeCell(id="a", source=daemon), CodeCell(id="b", source="while True: pass"))
limits = Limits(cell_timeout_s=200, run_timeout_s=200)
jobs = [GradingJob(assignment="a", revision=n, cells=cells, limits=limits) for n in range(3)]
list(run_jobs(jobs, workers=2))
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_sandboxes_end_with_the_grader(
    number: signal.Signals, token: str, find_processes: Callable[[str], list[int]]
) -> None:
    """However the grader ends, nothing it started goes on."""
    ours = set(list_children(os.getpid()))  # zygotes that earlier tests have kept warm
    grader = subprocess.Popen([sys.executable, "-c", ENDLESS, token], cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        _wait_until(lambda: len(find_processes(token)) >= 2, "both sandboxes to run")
        grader.send_signal(number)
        assert grader.wait(timeout=30) != 0
        _wait_until(lambda: not find_processes(token) and _collect_children() <= ours, "the sandboxes to end")
    finally:
        grader.kill()
        grader.wait()


def test_closing_the_iterator_ends_the_runs(
    job: Callable[..., GradingJob], token: str, find_processes: Callable[[str], list[int]]
) -> None:
    """A caller who has seen enough does not wait for endless loops."""
    daemon = f"import os\nif os.fork() == 0: os.execv('/usr/bin/sleep', ['{token}', '300'])"
    endless = job(daemon, "while True: pass")
    outcomes = run_jobs([job("1"), endless, endless], workers=2)
    first: Outcome = next(outcomes)
    assert first.cells[0].verdict == "passed"
    _wait_until(lambda: bool(find_processes(token)), "a sandbox to run")
    outcomes.close()  # type: ignore[attr-defined]
    assert find_processes(token) == []


def _collect_children() -> set[int]:
    """Return the children of this process that have not ended; the others are collected."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
    return set(list_children(os.getpid()))


def _wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, f"waited too long for {what}"
        threading.Event().wait(0.02)
