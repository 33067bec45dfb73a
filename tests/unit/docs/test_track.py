"""The tool that runs the whole track counts what it runs and finds cells that do not run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from grader.manifest.read import load_course
from grader.model.work import CellResult, CodeCell, GradingJob, Outcome, Verdict
from grader.site.render import Practised
from grader.text import Language

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def tool(load_script: Callable[[str], ModuleType]) -> ModuleType:
    """The tool."""
    return load_script("tools/track.py")


def run_jobs(jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
    for job in jobs:
        yield Outcome(job_digest=job.digest, cells=())


def test_each_part_is_counted_and_timed(tool: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """Runs are counted as they finish, for each part alone."""
    watch = tool.Stopwatch(run_jobs)
    job = GradingJob(assignment="a", revision=1, cells=(CodeCell(id="c", source="1"),))
    watch.time("first", lambda run: list(run([job, job])))
    watch.time("second", lambda run: [list(run([job])), list(run([job])), list(run([job]))])
    assert {name: part["runs"] for name, part in watch.parts.items()} == {"first": 2, "second": 3}
    assert watch.seconds == sum(part["seconds"] for part in watch.parts.values()) < 60
    assert [line.split()[:2] for line in capsys.readouterr().err.splitlines()] == [
        ["first", "2"],
        ["second", "3"],
    ]


def test_a_practice_cell_that_fails_is_a_problem(tool: ModuleType) -> None:
    """A notebook that trainees cannot run to its end must not be published."""
    cells = (
        CellResult(id="good", verdict=Verdict.PASSED),
        CellResult(id="bad", verdict=Verdict.FAILED, error_name="NameError", error_message="name 'x'"),
        CellResult(id="after", verdict=Verdict.NOT_RUN),
    )
    practised = Practised(b"", Outcome(job_digest="", cells=cells))
    first, second = tool._find_failures("course/modules/a", Language.KO, practised)
    assert first.path == "course/modules/a/practice.md"
    assert first.message == "cell `bad` (ko) gave failed NameError: name 'x'"
    assert second.message == "cell `after` (ko) gave not-run"


def test_every_module_runs_in_one_track(tool: ModuleType) -> None:
    """Nothing is left out, and nothing runs twice."""
    course = load_course(ROOT)
    tracks = tool.split_tracks(course)
    for part in ("modules", "assignments"):
        shared = [name for one in tracks.values() for name in getattr(one, part)]
        assert sorted(shared) == sorted(getattr(course, part))
    assert all(
        content.module.code.startswith(letter)
        for letter, one in tracks.items()
        for content in one.modules.values()
    )
