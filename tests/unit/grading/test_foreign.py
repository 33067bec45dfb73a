"""Parts of grading nbgrader courses that need neither a sandbox nor nbgrader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.grading.blueprint import read_blueprint
from grader.grading.door import parse_notebook
from grader.grading.foreign_course import has_source
from grader.grading.foreign_report import ForeignItem, TestMark
from grader.grading.foreign_scoring import Shown, score_foreign_cells, score_test
from grader.grading.foreign_source import ForeignNotebook, newest_schema
from grader.grading.foreign_submission import sort_folder
from grader.grading.foreign_trial import try_reference
from grader.grading.grade_report import GradeStatus
from grader.grading.layout import write_notebook
from grader.grading.repair import Repaired, repair
from grader.model.work import CellResult, Outcome, Verdict

STUB = "raise NotImplementedError()"


def cell(grade_id: str, source: str, cell_type: str = "code", **flags: Any) -> dict[str, Any]:
    label = {"schema_version": 3, "grade_id": grade_id, "grade": False, "solution": False, "locked": False}
    made: dict[str, Any] = {"cell_type": cell_type, "id": grade_id, "source": source}
    made["metadata"] = {"nbgrader": {**label, "task": False, **flags}}
    return made | ({"outputs": [], "execution_count": None} if cell_type == "code" else {})


def checking_cell(name: str) -> dict[str, Any]:
    return cell(name, f"assert answer() == {name!r}", grade=True, locked=True, points=1)


def notebook(*cells: dict[str, Any]) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def foreign(*tests: str, name: str = "p1") -> ForeignNotebook:
    essay = cell("essay", "YOUR ANSWER HERE", "markdown", grade=True, solution=True, points=2)
    tail = [*map(checking_cell, tests), essay]
    released = notebook(cell("answer", STUB, solution=True), *tail)
    reference = notebook(cell("answer", "def answer(): return 1", solution=True), *tail)
    return ForeignNotebook(name, read_blueprint(reference, released), reference, True, {})


def handed_in(one: ForeignNotebook, answer: str = "def answer(): return 1", essay: str = "mine") -> Repaired:
    answers = {"answer": answer, "essay": essay}
    cells = [{**c, "source": answers.get(c["id"], c["source"])} for c in one.reference["cells"]]
    found = repair(notebook(*cells), one.blueprint)
    assert isinstance(found, Repaired)
    return found


def result(name: str, verdict: Verdict = Verdict.PASSED, shown: str | None = None) -> CellResult:
    output = {"output_type": "execute_result", "data": {"text/plain": shown}, "metadata": {}}
    return CellResult(id=name, verdict=verdict, outputs=(output,) if shown is not None else ())


@pytest.mark.parametrize(
    ("shown", "score"),
    [
        (None, 3),
        ("2", 2),
        ("0", 0),
        ("0.5", 0.5),
        ("3.0", 3),
        ("True", 3),
        ("np.int64(0)", 0),
        ("np.float64(0.5)", 0.5),
        ("np.uint8(2)", 2),
        ("np.longdouble('1.5')", 1.5),
        ("np.True_", 3),
        ("np.float64(nan)", None),
        ("np.int64(-1)", None),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("3.01", None),
    ],
)
def test_the_last_line_of_a_test_may_show_its_score(shown: str | None, score: float | None) -> None:
    """nbgrader's partial credit; a number that is no part of the points goes to a person."""
    assert score_test(result("t", shown=shown), 3) == score


NO_NUMBER = ("array([0])", "array([ True, False])", "<NA>", "0    0\ndtype: int64", "'3'", "np.str_('3')")


@pytest.mark.parametrize("shown", [*NO_NUMBER, "True", "np.False_", None])
def test_what_is_no_number_where_the_author_has_one_goes_to_a_person(shown: str | None) -> None:
    """nbgrader gives all points for it: whoever answers with an array would have them for nothing."""
    assert score_test(result("t", shown=shown), 3, Shown.NUMBER) is None
    assert score_test(result("t", shown="2"), 3, Shown.NUMBER) == 2


@pytest.mark.parametrize("shown", ["False", "np.False_", *NO_NUMBER, "3", None])
def test_what_is_not_true_where_the_author_has_true_goes_to_a_person(shown: str | None) -> None:
    """nbgrader gives all points for False as well."""
    assert score_test(result("t", shown=shown), 3, Shown.TRUE) is None
    assert score_test(result("t", shown="np.True_"), 3, Shown.TRUE) == 3


@pytest.mark.parametrize("author", [Shown.NOTHING, Shown.OTHER, Shown.FALSE])
@pytest.mark.parametrize("shown", [*NO_NUMBER, "True", "False", None])
def test_what_is_no_number_says_nothing_where_the_author_has_none_either(
    shown: str | None, author: Shown
) -> None:
    """That the test came to its end is all there is to know."""
    assert score_test(result("t", shown=shown), 3, author) == 3


@pytest.mark.parametrize("shown", ["False", *NO_NUMBER])
def test_without_the_author_what_is_no_number_goes_to_a_person(shown: str) -> None:
    """Nobody knows whether it should have been one."""
    assert score_test(result("t", shown=shown), 3) is None


@pytest.mark.parametrize(
    ("has_answers", "shown", "expected"),
    [(True, "1", 0), (True, "True", 0), (True, None, 1), (False, "0", 0), (False, "False", 1)],
)
def test_what_the_author_shows_is_remembered(has_answers: bool, shown: str | None, expected: int) -> None:
    """Of what was handed out only a number tells something."""
    one = replace(foreign("a"), has_answers=has_answers)
    trial = try_reference(one, lambda _: Outcome(job_digest="", cells=(result("a", shown=shown),)))
    ran = Outcome(job_digest="", cells=(result("a"),))
    (score, _) = score_foreign_cells(one, handed_in(one), ran, trial.broken, trial.shown)
    assert score.auto_score == (expected or None)


@pytest.mark.parametrize("verdict", [one for one in Verdict if one is not Verdict.PASSED])
def test_only_what_passed_scores(verdict: Verdict) -> None:
    """A number that a failed test shows is worth nothing; what could not be checked is nobody's zero."""
    expected = None if verdict is Verdict.COULD_NOT_CHECK else 0
    assert score_test(result("t", verdict, shown="3"), 3) == expected
    assert score_test(None, 3) is None


def test_answers_for_people_score_nothing_only_when_untouched() -> None:
    """As in nbgrader: unchanged is 0, anything else waits for a person."""
    one = foreign("a")
    outcome = Outcome(job_digest="", cells=(result("a"),))
    for essay, expected in (("YOUR ANSWER HERE", (0.0, False)), ("mine", (None, True)), ("", (None, True))):
        scores = score_foreign_cells(one, handed_in(one, essay=essay), outcome, frozenset())
        assert [(s.auto_score, s.needs_person) for s in scores] == [(1.0, False), expected]


def test_a_broken_test_costs_only_those_who_did_nothing() -> None:
    """Who fails a test that the author fails goes to a person, who passes it has its points."""
    one = foreign("a")
    failed = Outcome(job_digest="", cells=(result("a", Verdict.FAILED),))
    passed = Outcome(job_digest="", cells=(result("a"),))
    broken = frozenset({"a"})
    assert score_foreign_cells(one, handed_in(one), failed, broken)[0].needs_person
    assert score_foreign_cells(one, handed_in(one), passed, broken)[0].auto_score == 1
    assert score_foreign_cells(one, handed_in(one, answer=STUB), failed, broken)[0].auto_score == 0


def trial_run(
    needs: Mapping[str, set[str]],
    fails: set[str] = frozenset(),  # type: ignore[assignment]
) -> Callable[[ForeignNotebook], Outcome]:
    """Tests that pass only while those that they need share the learner's process, too."""

    def run(one: ForeignNotebook) -> Outcome:
        shared = one.blueprint.isolation.shared
        results = []
        for test in (c["id"] for c in one.reference["cells"] if c["metadata"]["nbgrader"]["locked"]):
            good = test not in fails and needs.get(test, set()) <= shared
            results.append(result(test, Verdict.PASSED if good else Verdict.FAILED))
        return Outcome(job_digest="", cells=tuple(results))

    return run


@pytest.mark.parametrize(
    ("needs", "fails", "shared", "broken"),
    [
        ({}, set(), set(), set()),
        ({"a": {"a"}}, set(), {"a"}, set()),
        ({"b": {"a", "b"}}, set(), {"a", "b", "c"}, set()),
        ({}, {"c"}, set(), {"c"}),
        ({"a": {"a"}}, {"c"}, {"a"}, {"c"}),
    ],
)
def test_tests_share_the_learners_process_only_where_it_helps(
    needs: dict[str, set[str]], fails: set[str], shared: set[str], broken: set[str]
) -> None:
    """The author's answers decide: what passes apart stays apart, what passes nowhere is broken."""
    trial = try_reference(foreign("a", "b", "c"), trial_run(needs, fails))
    assert trial.notebook.blueprint.isolation.shared == shared
    assert trial.broken == broken
    assert trial.apart + trial.shared == 3
    assert len(trial.notes) == len(broken) + bool(shared)


def test_files_of_a_folder_find_their_notebooks(tmp_path: Path) -> None:
    """A renamed notebook is known by its cells; what belongs to nothing is left alone."""
    one, other = foreign("a", "b", name="p1"), foreign("x", "y", name="p2")
    write_notebook(tmp_path / "p1 - copy.ipynb", handed_in(one).notebook)
    write_notebook(tmp_path / "notes.ipynb", notebook())
    (tmp_path / "p2.ipynb").write_text("{", encoding="utf-8")
    found = sort_folder(tmp_path, [one, other])
    assert [ready.notebook.name for ready in found.ready] == ["p1"]
    assert [repair.kind.value for repair in found.ready[0].repairs] == ["renamed"]
    assert [name for name, _ in found.refused] == ["p2"]
    assert found.missing == ()


def test_a_copied_answer_is_the_last_one(tmp_path: Path) -> None:
    """nbgrader's rule where two copies differ: the last is the answer, the first just runs before it."""
    one = foreign("a")
    first, *rest = handed_in(one, answer="def answer(): return 0").notebook["cells"]
    second = {**first, "source": "def answer(): return 1"}
    write_notebook(tmp_path / "p1.ipynb", notebook(first, second, *rest))
    cells = sort_folder(tmp_path, [one]).ready[0].repaired.notebook["cells"]
    assert [(c["id"] == "answer", c["source"][-1]) for c in cells[:2]] == [(False, "0"), (True, "1")]


def test_the_report_says_what_was_not_isolated() -> None:
    """The count is of tests alone; written answers are no tests."""
    marks = (
        TestMark("p1/a", 1, 1, False, Verdict.PASSED, isolated=False),
        TestMark("p1/b", 0, 1, False, Verdict.FAILED, isolated=False, error_name="Tampered"),
        TestMark("p1/c", None, 1, True, Verdict.COULD_NOT_CHECK, isolated=True),
        TestMark("p1/essay", None, 2, True, None, isolated=True),
    )
    shape = ForeignItem("kim", GradeStatus.GRADED, 1, 5, True, marks).as_dict()
    assert shape["not_isolated"] == ["p1/a", "p1/b"]
    assert shape["notes"] == [
        "2 of 3 tests ran in the learner's process",
        "something changes how cells run or compare; no points for p1/b",
        "a person must look at p1/c",
    ]


def test_names_of_assignments_never_leave_the_course(tmp_path: Path) -> None:
    """A name that is a path finds nothing."""
    (tmp_path / "course" / "source" / "ps1").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    assert has_source(tmp_path / "course", "ps1")
    for name in ("../../other", "..", ".", "", "/", "ps2"):
        assert not has_source(tmp_path / "course", name)


def test_the_newest_schema_counts() -> None:
    """A cell without a version, or with nonsense for one, is an old one."""
    cells = [
        cell("a", "1", schema_version=2),
        cell("b", "1", schema_version="9"),
        {**cell("c", "1"), "metadata": {}},
    ]
    text = str(notebook(*cells)).replace("'", '"').replace("None", "null").replace("False", "false")
    opened: Any = parse_notebook(text.encode())
    assert newest_schema(opened.notebook) == 2
