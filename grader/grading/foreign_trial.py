"""The author's own answers, graded first: which tests can be checked apart, and which are broken.

Knows jobs and outcomes; must not know submissions. A test runs in a process of its own only where that gives
the author's answers the points that nbgrader's way gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from grader.authoring.isolation import Isolation
from grader.authoring.jobs import job_from_notebook
from grader.grading.blueprint import KeyKind
from grader.grading.foreign_scoring import score_test
from grader.grading.foreign_source import ForeignNotebook
from grader.model.work import CellResult, CodeCell, GradingJob, Limits, Outcome

ANNOUNCE = CodeCell(
    id="nbgrader-execution",
    source='__import__("os").environ["NBGRADER_EXECUTION"] = "autograde"',
)
"""nbgrader tells notebooks like this that they are being graded."""


@dataclass(frozen=True)
class Trial:
    """What the author's answers showed."""

    notebook: ForeignNotebook
    """With the tests that share the learner's process noted."""
    broken: frozenset[str] = frozenset()
    """Tests that the author's own answers fail."""
    apart: int = 0
    shared: int = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What the grader should know about this notebook."""
        name, total = self.notebook.name, self.apart + self.shared
        notes = [
            f"{name}: the author's own answer fails the test {test}; learners who fail it go to a person"
            for test in sorted(self.broken)
        ]
        if self.shared:
            notes.append(f"{name}: {self.shared} of {total} tests must run in the learner's process")
        return tuple(notes)


def make_job(
    notebook: ForeignNotebook,
    cells: Mapping[str, object],
    files: Mapping[str, bytes],
    limits: Limits,
    grader_version: str,
) -> GradingJob:
    """Return the job that grades a notebook's cells as nbgrader would run them."""
    job = job_from_notebook(
        cells,
        notebook.blueprint.assignment,
        1,
        files,
        limits=limits,
        grader_version=grader_version,
        isolation=notebook.blueprint.isolation,
    )
    return job.model_copy(update={"cells": (ANNOUNCE, *job.cells)})


def try_reference(notebook: ForeignNotebook, run: Callable[[ForeignNotebook], Outcome]) -> Trial:
    """Return how the tests of a notebook are to be run; `run` grades its reference answers."""
    tests = {
        key.grade_id: key.points
        for key in notebook.blueprint.keys
        if key.kind is KeyKind.TEST and key.cell_type == "code"
    }
    if not tests:
        return Trial(notebook)
    shared = notebook.blueprint.isolation.shared & tests.keys()
    scores = _scores(run(notebook), tests)
    doubtful = {test for test in tests if scores[test] != tests[test]}
    if doubtful - shared:
        notebook, scores = _share(notebook, tests, scores, doubtful | shared, run)
    if {test for test in tests if scores[test] != tests[test]}:
        notebook, scores = _share(notebook, tests, scores, set(tests), run)
    shared = notebook.blueprint.isolation.shared & tests.keys()
    broken = {test for test in tests if scores[test] != tests[test]} if notebook.has_answers else set()
    return Trial(notebook, frozenset(broken), len(tests) - len(shared), len(shared))


def _scores(outcome: Outcome, tests: Mapping[str, float]) -> dict[str, float | None]:
    results: dict[str, CellResult] = {result.id: result for result in outcome.cells}
    return {test: score_test(results.get(test), points) for test, points in tests.items()}


def _share(
    notebook: ForeignNotebook,
    tests: Mapping[str, float],
    before: dict[str, float | None],
    shared: set[str],
    run: Callable[[ForeignNotebook], Outcome],
) -> tuple[ForeignNotebook, dict[str, float | None]]:
    """Let `shared` run in the learner's process if that helps a test and no other is worse off."""
    already = notebook.blueprint.isolation.shared
    if shared <= already:
        return notebook, before
    tried = _with_shared(notebook, shared)
    after = _scores(run(tried), tests)
    gained = {test for test in tests if _worth(after[test]) > _worth(before[test])}
    if not gained or any(_worth(after[test]) < _worth(before[test]) for test in tests):
        return notebook, before
    if gained | already != shared:
        # Only those that need it, if they can do without the others: those stay where nobody reaches them.
        fewer = _with_shared(notebook, gained | already)
        scores = _scores(run(fewer), tests)
        if scores == after:
            return fewer, scores
    return tried, after


def _with_shared(notebook: ForeignNotebook, shared: set[str]) -> ForeignNotebook:
    isolation = notebook.blueprint.isolation
    obstacles = {test: isolation.obstacles.get(test, ()) for test in sorted(shared)}
    noted = Isolation(isolation.author_cells, {**isolation.obstacles, **obstacles})
    return replace(notebook, blueprint=replace(notebook.blueprint, isolation=noted))


def _worth(score: float | None) -> float:
    return -1.0 if score is None else score
