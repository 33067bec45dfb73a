"""What happens to the grader itself: killed, stopped, started twice, out of disk, not allowed to write.

Children are forks of this process, so that they end as a real grader would, in the middle of things.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import grader.grading.layout as layout
import grader.grading.pool as pool
import grader.grading.results as results
from grader.errors import EnvironmentProblem, ExitCode, UsageError
from grader.grading.grade_report import GradeStatus
from grader.grading.gradebook import Gradebook, open_gradebook
from grader.grading.gradebook_rows import SubmissionRows
from grader.grading.layout import only_writer
from grader.model.work import GradingJob, Outcome

WROTE_NOTHING = 99


def in_child(action: Callable[[], object]) -> int:
    """Run something in a fork and return how it ended: an exit code, or minus the signal."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        try:
            action()
        except KeyboardInterrupt:
            os._exit(130)
        except BaseException:
            os._exit(98)
        os._exit(WROTE_NOTHING)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def die(*_: object, **__: object) -> None:
    """End this process as `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)


def hand_in_three(course: Any, full: dict[str, Any], release: dict[str, Any]) -> None:
    """Three submissions that differ, one of them repaired."""
    course.hand_in("hq-001", full, name="x.ipynb")
    course.hand_in("대구 003", release)
    other = json.loads(json.dumps(full))
    other["cells"].append({"cell_type": "code", "id": "more", "metadata": {}, "source": "print('more')"})
    course.hand_in("gn-003", other)
    course.collect()


@pytest.fixture
def expected(
    tmp_path_factory: pytest.TempPathFactory,
    course: Any,
    full: dict[str, Any],
    release: dict[str, Any],
) -> dict[str, Any]:
    """What an undisturbed run leaves; the course itself is collected and not graded."""
    hand_in_three(course, full, release)
    calm = tmp_path_factory.mktemp("calm")
    shutil.copytree(course.root, calm, dirs_exist_ok=True)
    other = type(course)(calm, course.content, course.roster)
    other.grade()
    return other.left_behind()


def after(count: int, real: Callable[..., Any], then: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that works `count` times and then does something else."""
    left = [count]

    def replaced(*args: Any, **named: Any) -> Any:
        left[0] -= 1
        return then() if left[0] < 0 else real(*args, **named)

    return replaced


POINTS: dict[str, tuple[object, str, int]] = {
    "before anything": (Gradebook, "enrol", 0),
    "outcome not stored": (pool, "store_outcome", 1),
    "outcome stored": (results, "make_results", 1),
    "notebook written": (results, "write_stamp", 1),
    "between notebook and gradebook": (Gradebook, "write_submission", 1),
    "in the middle of a gradebook write": (SubmissionRows, "_write_comments", 1),
    "between gradebook and record": (results, "write_record", 1),
    "after the record": (results, "_release_from_quarantine", 1),
}


@pytest.mark.parametrize("end", ["kill", "ctrl-c"])
@pytest.mark.parametrize("point", POINTS)
def test_a_grader_that_ends_anywhere_loses_nothing(
    course: Any, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch, point: str, end: str
) -> None:
    """The next run takes up the rest and leaves exactly what an undisturbed run leaves."""
    owner, name, count = POINTS[point]

    def interrupt() -> None:
        os.kill(os.getpid(), signal.SIGINT)

    def start() -> None:
        monkeypatch.setattr(
            owner, name, after(count, getattr(owner, name), die if end == "kill" else interrupt)
        )
        course.grade()

    assert in_child(start) == (-signal.SIGKILL if end == "kill" else 130)
    course.grade()
    assert course.left_behind() == expected
    assert {item.status for item in course.grade().items} == {GradeStatus.UNCHANGED}


def test_a_file_half_written_is_never_seen(
    course: Any, expected: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in the middle of writing a notebook: the old state stands, and no rest is left behind."""

    def half(path: Path, content: bytes) -> None:
        with path.open("wb") as file:
            file.write(content[: len(content) // 2])
        die()

    def start() -> None:
        monkeypatch.setattr(Path, "write_bytes", half)
        course.grade()

    assert in_child(start) == -signal.SIGKILL
    assert not list(course.paths.root.glob("autograded/*/*/sample.ipynb"))
    course.grade()
    assert course.left_behind() == expected
    assert not list(course.paths.root.rglob("*.part"))


def test_what_ran_is_not_run_again(course: Any, expected: dict[str, Any]) -> None:
    """An outcome that was there before the kill comes from the cache."""

    def dying(jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
        outcomes = course.run(jobs)
        yield next(outcomes)
        yield next(outcomes)
        die()

    assert in_child(lambda: course.grade(run_jobs=dying)) == -signal.SIGKILL
    assert course.jobs == []
    course.grade()
    assert len(course.jobs) == 1
    assert course.left_behind() == expected


# Two graders


def test_a_second_grader_refuses_and_says_whom_to_wait_for(course: Any, expected: dict[str, Any]) -> None:
    """While one grades, another changes nothing; when the first was killed, no lock is left."""
    started, go_on = os.pipe(), os.pipe()

    def waiting(jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
        os.write(started[1], b"x")
        os.read(go_on[0], 1)
        yield from course.run(jobs)

    child = os.fork()
    if child == 0:
        course.grade(run_jobs=waiting)
        os._exit(0)
    os.read(started[0], 1)
    before = course.left_behind()
    with pytest.raises(UsageError) as refused:
        course.grade()
    assert f"process {child}" in refused.value.message
    assert "wait until it has ended" in refused.value.hint
    assert course.left_behind() == before
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    course.grade()
    assert course.left_behind() == expected
    for end in (*started, *go_on):
        os.close(end)


def test_a_dry_run_needs_no_lock(course: Any, expected: dict[str, Any]) -> None:
    """Looking is allowed while another command writes."""
    with only_writer(course.paths):
        assert {item.status for item in course.grade(dry_run=True).items} == {GradeStatus.PLANNED}


# Disks


WALLED = """
import os, pickle, sys
from pathlib import Path
sys.path.insert(0, {here!r})
from conftest import Course, people, read_sample
from grader.errors import GraderError
import grader.grading.grade
course = Course(Path({root!r}), read_sample(), people())
{body}
"""


def inside_walls(walls: list[str], root: Path, body: str) -> list[str]:
    """Run Python lines in a process for which bubblewrap changed a disk, and return what they print."""
    script = WALLED.format(here=str(Path(__file__).parent), root=str(root), body=body)
    bwrap = shutil.which("bwrap")
    assert bwrap, "bubblewrap is needed to grade, and for this test"
    command = [bwrap, "--dev-bind", "/", "/", *walls, sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


FULL_DISK = """
import shutil
shutil.copytree({origin!r}, course.root / "course")
filler = course.root / "filler"
free = os.statvfs(course.root)
with filler.open("wb") as file:
    file.write(b"0" * (free.f_bavail * free.f_frsize - {left} * 4096))
try:
    course.grade()
except GraderError as error:
    print(int(error.exit_code), error.message, "|", error.hint)
filler.unlink()
print(sum(1 for _ in course.root.rglob("*.part")))
print(*sorted(item.status for item in course.grade().items))
print(*sorted(item.status for item in course.grade().items))
shutil.copytree(course.root / "course", {copy!r})
"""


@pytest.mark.parametrize("left", [0, 9])
def test_a_full_disk_stops_with_a_clear_message(
    course: Any, expected: dict[str, Any], tmp_path: Path, left: int
) -> None:
    """Wherever space runs out: exit code 3, nothing half written, and the next run takes it up."""
    disk = tmp_path / "disk"
    disk.mkdir()
    body = FULL_DISK.format(origin=str(course.paths.root), copy=str(tmp_path / "copy" / "course"), left=left)
    said, rests, *runs = inside_walls(["--size", "4000000", "--tmpfs", str(disk)], disk, body)
    assert said.startswith(f"{int(ExitCode.ENVIRONMENT)} ")
    assert "free some space" in said
    assert "run the command again" in said or "run it again" in said
    assert rests == "0"
    assert runs[1] == "unchanged unchanged unchanged"
    again = type(course)(tmp_path / "copy", course.content, course.roster)
    assert again.left_behind() == expected


READ_ONLY = """
def run(jobs):
    print("ran")
    yield from course.run(jobs)
try:
    course.grade(run_jobs=run)
except GraderError as error:
    print(int(error.exit_code), error.message, "|", error.hint)
"""


def test_a_read_only_gradebook_is_told_before_anything_runs(course: Any, expected: dict[str, Any]) -> None:
    """The message names the file and what to do; no submission was run for nothing."""
    book = str(course.paths.gradebook)
    said = inside_walls(["--ro-bind", book, book], course.root, READ_ONLY)
    assert len(said) == 1
    assert said[0].startswith(f"{int(ExitCode.ENVIRONMENT)} the gradebook {book} cannot be used")
    assert "writable" in said[0]
    assert not course.paths.autograded("hq-001", "sample").exists()
    assert not course.paths.outcomes.exists()


def test_a_read_only_course_directory_is_told_before_anything_runs(
    course: Any, expected: dict[str, Any]
) -> None:
    """As above, when nothing at all can be written there."""
    root = str(course.paths.root)
    said = inside_walls(["--ro-bind", root, root], course.root, READ_ONLY)
    assert len(said) == 1
    assert said[0].startswith(f"{int(ExitCode.ENVIRONMENT)} {course.paths.root}")
    assert "whether its disk is writable" in said[0]


def test_a_gradebook_in_use_is_told(course: Any, expected: dict[str, Any], monkeypatch: Any) -> None:
    """Another program that is writing to the gradebook is named as the likely cause."""
    other = sqlite3.connect(course.paths.gradebook)
    other.execute("BEGIN EXCLUSIVE")
    real = sqlite3.connect
    monkeypatch.setattr(sqlite3.dbapi2, "connect", lambda *a, **k: real(*a, **{**k, "timeout": 0.01}))
    with pytest.raises(EnvironmentProblem) as error:
        course.grade()
    other.close()
    assert "formgrader" in error.value.hint


def test_nothing_but_our_own_files_is_left(course: Any, expected: dict[str, Any]) -> None:
    """A failed write takes its half file along."""
    path = course.root / "note.json"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))
        )
        with pytest.raises(EnvironmentProblem, match="no room to write"):
            layout.write_whole(path, b"x")
    assert not list(course.root.glob("*note*"))
    assert not list(course.root.glob(".*part"))


def test_the_gradebook_is_asked_without_being_changed(course: Any) -> None:
    """Trying whether it can be written changes no byte."""
    before = course.paths.gradebook.read_bytes()
    with open_gradebook(course.paths.gradebook) as book:
        book.require_writable()
    assert course.paths.gradebook.read_bytes() == before
