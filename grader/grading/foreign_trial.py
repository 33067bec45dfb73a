"""The author's own answers, graded first: which tests can be checked apart, and which are broken.

Knows jobs and outcomes; must not know submissions. A test runs in a process of its own only where that gives
the author's answers the points that nbgrader's way gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from grader.authoring.isolation import Isolation
from grader.authoring.jobs import job_from_notebook
from grader.grading.blueprint import KeyKind
from grader.grading.foreign_scoring import Shown, read_last_line, score_test
from grader.grading.foreign_source import ForeignNotebook
from grader.model.work import CodeCell, GradingJob, Limits, Outcome, Verdict

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
    shown: Mapping[str, Shown] = field(default_factory=dict)
    """What the last line of a test shows when the author's answers pass it."""

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
    own_files: Mapping[str, bytes] | None = None,
) -> GradingJob:
    """Return the job that grades a notebook's cells as nbgrader would run them.

    `files` are the author's; `own_files`, the learner's, never reach the process that decides.
    """
    job = job_from_notebook(
        cells,
        notebook.blueprint.assignment,
        1,
        files,
        limits=limits,
        grader_version=grader_version,
        isolation=notebook.blueprint.isolation,
        own_files=own_files,
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
    seen = _look(run(notebook), tests)
    if seen.doubtful(tests) - shared:
        notebook, seen = _share(notebook, tests, seen, seen.doubtful(tests) | shared, run)
    if seen.doubtful(tests):
        notebook, seen = _share(notebook, tests, seen, set(tests), run)
    shared = notebook.blueprint.isolation.shared & tests.keys()
    broken = seen.doubtful(tests) if notebook.has_answers else set()
    # what was handed out shows at best that a number is to come
    shown = {t: kind for t, kind in seen.shown.items() if notebook.has_answers or kind is Shown.NUMBER}
    return Trial(notebook, frozenset(broken), len(tests) - len(shared), len(shared), shown)


@dataclass(frozen=True)
class _Seen:
    """What one run of the reference answers gave."""

    scores: dict[str, float | None]
    shown: dict[str, Shown]
    """Of tests that passed: what their last lines show."""

    def doubtful(self, tests: Mapping[str, float]) -> set[str]:
        """Return the tests that did not give all their points."""
        return {test for test, points in tests.items() if self.scores[test] != points}


def _look(outcome: Outcome, tests: Mapping[str, float]) -> _Seen:
    results = {result.id: result for result in outcome.cells if result.id in tests}
    kinds = {test: read_last_line(result).kind for test, result in results.items()}
    scores = {test: score_test(results.get(test), most, kinds.get(test)) for test, most in tests.items()}
    passed = {test for test, result in results.items() if result.verdict is Verdict.PASSED}
    return _Seen(scores, {test: kinds[test] for test in tests if test in passed})


def _share(
    notebook: ForeignNotebook,
    tests: Mapping[str, float],
    before: _Seen,
    shared: set[str],
    run: Callable[[ForeignNotebook], Outcome],
) -> tuple[ForeignNotebook, _Seen]:
    """Let `shared` run in the learner's process if that helps a test and no other is worse off."""
    already = notebook.blueprint.isolation.shared
    if shared <= already:
        return notebook, before
    tried = _with_shared(notebook, shared)
    after = _look(run(tried), tests)
    worth = {test: (_worth(before.scores[test]), _worth(after.scores[test])) for test in tests}
    gained = {test for test, (old, new) in worth.items() if new > old}
    if not gained or any(new < old for old, new in worth.values()):
        return notebook, before
    if gained | already != shared:
        # Only those that need it, if they can do without the others: those stay where nobody reaches them.
        fewer = _with_shared(notebook, gained | already)
        seen = _look(run(fewer), tests)
        if seen.scores == after.scores:
            return fewer, seen
    return tried, after


def _with_shared(notebook: ForeignNotebook, shared: set[str]) -> ForeignNotebook:
    isolation = notebook.blueprint.isolation
    obstacles = {test: isolation.obstacles.get(test, ()) for test in sorted(shared)}
    noted = Isolation(isolation.author_cells, {**isolation.obstacles, **obstacles})
    return replace(notebook, blueprint=replace(notebook.blueprint, isolation=noted))


def _worth(score: float | None) -> float:
    return -1.0 if score is None else score
