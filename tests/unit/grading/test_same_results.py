"""However a class is graded, it ends the same: serially, in parallel, in any order, forced, resumed."""

from __future__ import annotations

import copy
import random
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import pytest

from grader.errors import EnvironmentProblem
from grader.model.work import GradingJob, Outcome, Trainee


@pytest.fixture
def class_of_12(course: Any, full: dict[str, Any], cell_of: Callable[..., Any], stripped: Any) -> Any:
    """Right, wrong, empty, repaired, hostile, equal and unreadable work, collected."""
    course.roster = tuple(
        Trainee(id=f"p{number:02}", name="n", site="daegu", role="it") for number in range(12)
    )
    codes = ("def bmi(cm, kg):\n    return 1", "while True:\n    pass", "import os\nos._exit(0)", "1 +")
    for number, code in enumerate(codes):
        notebook = copy.deepcopy(full)
        cell_of(notebook, "bmi")["source"] = code
        course.hand_in(f"p{number:02}", notebook)
    course.hand_in("p04", full)
    course.hand_in("p05", full)
    course.hand_in("p06", stripped(full), name="x.ipynb")
    course.hand_in("p07", b"{")
    course.hand_in("p08", {**full, "metadata": {"medai": {"assignment": "other"}}})
    tampered = copy.deepcopy(full)
    cell_of(tampered, "bmi-value")["metadata"]["nbgrader"]["points"] = 100
    course.hand_in("p09", tampered)
    course.collect()
    return course


def copy_of(course: Any, folder: Path) -> Any:
    shutil.copytree(course.root, folder, dirs_exist_ok=True)
    return type(course)(folder, course.content, course.roster)


def in_parallel(course: Any) -> Callable[[Iterable[GradingJob]], Iterator[Outcome]]:
    def run(jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
        with ThreadPoolExecutor(4) as pool:
            for done in as_completed([pool.submit(lambda one: list(course.run([one])), job) for job in jobs]):
                yield from done.result()

    return run


def shuffled(course: Any, seed: int) -> Callable[[Iterable[GradingJob]], Iterator[Outcome]]:
    def run(jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
        known = list(jobs)
        random.Random(seed).shuffle(known)
        yield from course.run(known)

    return run


def breaking_off(course: Any, after: int) -> Callable[[Iterable[GradingJob]], Iterator[Outcome]]:
    def run(jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
        for number, job in enumerate(jobs):
            if number == after:
                raise EnvironmentProblem("no more", "try again")
            yield from course.run([job])

    return run


def test_every_way_ends_the_same(class_of_12: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Gradebook rows, records, graded notebooks, diffs and quarantine are equal, and so are the reports."""
    ways: dict[str, Any] = {
        name: copy_of(class_of_12, tmp_path_factory.mktemp(name))
        for name in ("serial", "parallel", "shuffled", "other order", "forced", "resumed", "one by one")
    }
    reports = {
        "serial": ways["serial"].grade(),
        "parallel": ways["parallel"].grade(run_jobs=in_parallel(ways["parallel"])),
        "shuffled": ways["shuffled"].grade(run_jobs=shuffled(ways["shuffled"], 3)),
        "other order": ways["other order"].grade(run_jobs=shuffled(ways["other order"], 8)),
    }
    ways["forced"].grade()
    reports["forced"] = ways["forced"].grade(force=True)
    for after in (0, 2, 1):
        with pytest.raises(EnvironmentProblem):
            ways["resumed"].grade(run_jobs=breaking_off(ways["resumed"], after))
    ways["resumed"].grade()
    for trainee in reversed(ways["one by one"].roster):
        ways["one by one"].grade(students={trainee.id})
    expected = ways["serial"].left_behind()
    for name, course in ways.items():
        assert course.left_behind() == expected, name
    shapes = {name: report.as_dict() for name, report in reports.items()}
    assert all(shape == shapes["serial"] for shape in shapes.values())
    assert len(expected["rows"]) == 8 * 4


def test_the_order_of_the_roster_changes_nothing(
    class_of_12: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same people in another order have the same results."""
    other = copy_of(class_of_12, tmp_path_factory.mktemp("other"))
    other.roster = tuple(reversed(other.roster))
    first = {item.trainee: item for item in class_of_12.grade().items}
    second = {item.trainee: item for item in other.grade().items}
    assert first == second
    assert other.left_behind() == class_of_12.left_behind()
