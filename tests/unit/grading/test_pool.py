"""Bounded memory: submissions are prepared as the pool asks for them, and let go when they are done."""

from __future__ import annotations

import copy
import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from grader.grading.grade_report import GradeStatus
from grader.grading.submission import Prepared
from grader.model.work import GradingJob, Outcome, Trainee


def many(course: Any, full: dict[str, Any], cell_of: Callable[..., Any], count: int) -> None:
    """Enrol people with work of their own each."""
    people = [f"p{number:03d}" for number in range(count)]
    course.roster = tuple(Trainee(id=one, name=one, site="daegu", role="it") for one in people)
    for number, one in enumerate(people):
        notebook = copy.deepcopy(full)
        cell_of(notebook, "bmi")["source"] += f"\n# {number}"
        course.hand_in(one, notebook)
    course.collect()


def windowed(course: Any, width: int, seen: list[int]) -> Callable[[Iterable[GradingJob]], Iterator[Outcome]]:
    """Return a pool that keeps `width` jobs, and notes how many submissions are held at each outcome."""

    def run(jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
        waiting: deque[GradingJob] = deque()
        for job in jobs:
            waiting.append(job)
            del job
            if len(waiting) == width:
                yield from course.run([waiting.popleft()])
                course.jobs.clear()
                gc.collect()
                seen.append(sum(isinstance(one, Prepared) for one in gc.get_objects()))
        while waiting:
            yield from course.run([waiting.popleft()])

    return run


def test_only_what_runs_is_held(course: Any, full: Any, cell_of: Any) -> None:
    """With a pool of 3, never more than 4 submissions are in memory, of however many."""
    many(course, full, cell_of, 12)
    held: list[int] = []
    report = course.grade(run_jobs=windowed(course, 3, held))
    assert [item.status for item in report.items] == [GradeStatus.GRADED] * 12
    assert len(held) == 10
    assert max(held) <= 4


def test_items_keep_the_rosters_order(course: Any, full: Any, cell_of: Any) -> None:
    """However outcomes come in, the report is in roster order."""
    many(course, full, cell_of, 6)

    def backwards(jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
        return course.run(reversed(list(jobs)))

    report = course.grade(run_jobs=backwards)
    assert [item.trainee for item in report.items] == [one.id for one in course.roster]


def test_finished_work_is_saved_as_it_comes(course: Any, full: Any, cell_of: Any) -> None:
    """When the second outcome comes, the first submission is in place already."""
    many(course, full, cell_of, 4)
    there: list[int] = []

    def watching(jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
        for job in jobs:
            there.append(sum(course.paths.record("sample", one.id).exists() for one in course.roster))
            yield from course.run([job])

    course.grade(run_jobs=watching)
    assert there == [0, 1, 2, 3]


def test_equal_work_that_changed_meanwhile_waits(course: Any, full: Any, as_bytes: Any) -> None:
    """A file that is exchanged while its equal runs does not get the other's outcome."""
    course.hand_in("hq-001", full)
    course.hand_in("대구 003", full)
    course.collect()

    def exchanging(jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
        known = list(jobs)
        other = copy.deepcopy(full)
        other["cells"].append({"cell_type": "code", "id": "new", "metadata": {}, "source": "1"})
        course.paths.submitted("대구 003", "sample").write_bytes(as_bytes(other))
        yield from course.run(known)

    items = {item.trainee: item.status for item in course.grade(run_jobs=exchanging).items}
    assert len(course.jobs) == 1
    assert items["hq-001"] is GradeStatus.GRADED
    assert items["대구 003"] is GradeStatus.UNFINISHED
    assert {item.trainee: item.status for item in course.grade().items}["대구 003"] is GradeStatus.GRADED


def test_the_pool_is_closed_when_saving_fails(course: Any, full: Any, monkeypatch: Any) -> None:
    """An error of ours ends the sandboxes that still run: the iterator is closed."""
    import pytest

    import grader.grading.grade as module

    course.hand_in("hq-001", full)
    course.collect()
    closed: list[bool] = []

    def run(jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
        try:
            yield from course.run(jobs)
        finally:
            closed.append(True)

    def fail(*_: Any) -> None:
        raise OSError("ours")

    monkeypatch.setattr(module, "save_outcome", fail)
    with pytest.raises(OSError, match="ours"):
        course.grade(run_jobs=run)
    assert closed == [True]
