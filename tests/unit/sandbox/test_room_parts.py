"""The pieces around a sandbox: ids, hints, the watch, the files that go inside."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from grader.errors import GraderError
from grader.model.work import GradingJob, Limits
from grader.sandbox.hints import find_hint
from grader.sandbox.interpreter import find_layout
from grader.sandbox.launch import spare_id
from grader.sandbox.plan import make_rlimits
from grader.sandbox.run import run_job
from grader.sandbox.watch import list_tree, measure_room

INSIDE = Path(__file__).parents[3] / "grader" / "sandbox" / "inside"


def test_code_inside_imports_only_the_standard_library_ipython_and_the_checking_room() -> None:
    """What runs beside the learner knows nothing else of the grader."""
    allowed = {*sys.stdlib_module_names, "IPython", "traitlets", "ipykernel"}
    for path in INSIDE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert {alias.name.split(".")[0] for alias in node.names} <= allowed, path
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                module = str(node.module)
                assert module.split(".")[0] in allowed or module.startswith("grader.checking."), path
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 1, path


def test_parallel_runs_get_different_ids_that_nobody_has() -> None:
    """Root runs each sandbox as another user; in a container with few ids the range is smaller."""
    everything = "         0          0 4294967295"
    assert spare_id(4711, everything) != spare_id(4712, everything)
    assert spare_id(4711, everything) > 1_000_000
    assert 61184 <= spare_id(4711, "0 100000 65536") < 65536
    with pytest.raises(OSError, match="user ids"):
        spare_id(4711, "0 1000 1")


def test_a_refused_start_says_what_to_do() -> None:
    """Messages of the system become a next step."""
    assert "chmod -R a+rX" in find_hint("launch: [Errno 13] Permission denied")
    assert "seccomp=unconfined" in find_hint("launch: unshare: Operation not permitted")
    assert "bwrap" in find_hint("something else")


def test_the_watch_counts_a_whole_tree() -> None:
    """Children of children belong to a room, its init does not, and memory is more than nothing."""
    source = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1, flush=True); input()'])"
    child = subprocess.Popen([sys.executable, "-c", source], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"1\n"
    tree = list_tree(child.pid)
    usage = measure_room(child.pid, 0, 1)
    as_init = measure_room(0, child.pid, 10**10)
    child.communicate(b"\n")
    assert len(tree) == usage.processes == 2
    assert usage.memory_bytes > 1_000_000
    assert as_init.processes == 1
    assert measure_room(child.pid, 0, 1).memory_bytes == 0


def test_the_layout_shows_packages_at_fixed_paths() -> None:
    """Inside, paths do not tell where the course is installed."""
    layout = find_layout()
    outside = {Path(path) for path, _name, _inside in layout.staged}
    assert INSIDE in outside
    assert "/opt/packages" in layout.package_paths
    assert all(inside.startswith("/opt/") for _path, _name, inside in layout.staged)
    assert str(Path.home()) not in str([inside for *_rest, inside in layout.staged])


def test_limits_become_rlimits() -> None:
    """Memory, processes and file size are the job's; core dumps are never written."""
    rlimits = make_rlimits(Limits(memory_bytes=1000, processes=5, disk_bytes=70))
    assert (rlimits["RLIMIT_AS"], rlimits["RLIMIT_NPROC"], rlimits["RLIMIT_FSIZE"]) == (1000, 5, 70)
    assert rlimits["RLIMIT_CORE"] == 0


@pytest.mark.parametrize("path", ["../x", "/etc/x", "", "a/../../b", "a\0b"])
def test_a_data_file_outside_the_notebook_is_the_authors_error(path: str) -> None:
    """The path is refused, with what to do, before anything starts."""
    with pytest.raises(GraderError, match="relative path"):
        run_job(GradingJob(assignment="a", revision=1, cells=(), files=((path, ""),)))


def test_data_files_must_fit_the_disk() -> None:
    """Too much data is the author's error, named with both sizes."""
    job = GradingJob(
        assignment="a", revision=1, cells=(), files=(("x", "A" * 4000),), limits=Limits(disk_bytes=1000)
    )
    with pytest.raises(GraderError, match=r"3000 bytes.*1000"):
        run_job(job)


def test_the_learners_own_files_count_like_the_authors() -> None:
    """Their paths stay inside, and all files together must fit."""
    limits = Limits(disk_bytes=2000)
    files = (("x", "A" * 2000),)
    for own, said in (((("../y", ""),), "relative path"), ((("y", "A" * 2000),), r"3000 bytes.*2000")):
        job = GradingJob(assignment="a", revision=1, cells=(), files=files, own_files=own, limits=limits)
        with pytest.raises(GraderError, match=said):
            run_job(job)


def test_the_lab_must_hold_its_package(tmp_path: Path) -> None:
    """A wrong directory is said at once, not as an ImportError in every cell."""
    with pytest.raises(GraderError, match="medai_lab"):
        run_job(GradingJob(assignment="a", revision=1, cells=()), tmp_path)
