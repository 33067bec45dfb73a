"""Notebooks to jobs: what runs, under which id, and what counts."""

from __future__ import annotations

from base64 import b64decode

import pytest

from grader.authoring.build import build_release, build_source
from grader.authoring.jobs import job_from_notebook
from grader.model.content import AssignmentContent
from grader.model.work import CodeCell, GradingJob, Limits
from grader.text import Language


def job_of(*cells: dict, **options: object) -> GradingJob:
    return job_from_notebook({"cells": list(cells)}, "a", 1, {}, **options)


def code(source: object, **fields: object) -> dict:
    return {"cell_type": "code", "source": source, "metadata": {}, **fields}


def graded(grade_id: str, *, grade: bool, solution: bool, points: float = 2) -> dict:
    nbgrader = {"grade_id": grade_id, "grade": grade, "solution": solution, "locked": False, "points": points}
    return code("1", id="whatever", metadata={"nbgrader": nbgrader})


def test_the_sample_runs_its_code_in_order(sample: AssignmentContent) -> None:
    """Code cells only, in the notebook's order, with grade ids, points and files."""
    source = build_source(sample.sheet, sample.assignment)
    job = job_from_notebook(source, "sample", 3, sample.data, language=Language.EN, grader_version="1.2")
    assert [(cell.id, cell.graded, cell.points) for cell in job.cells] == [
        ("people", False, 0), ("look", False, 0), ("limit", False, 0), ("limit-test", True, 1),
        ("bmi", False, 0), ("bmi-value-test", True, 2), ("bmi-missing-test", True, 1),
    ]  # fmt: skip
    assert (job.assignment, job.revision, job.language, job.grader_version) == (
        "sample",
        3,
        Language.EN,
        "1.2",
    )
    assert [(name, b64decode(data)) for name, data in job.files] == list(sample.data.items())


def test_files_of_author_and_learner_stay_apart() -> None:
    """A job says whose each file is, and another file of the learner's makes another job."""
    jobs = [
        job_from_notebook({"cells": []}, "a", 1, {"x.csv": b"1"}, own_files={"x.csv": body, "a.py": b""})
        for body in (b"2", b"3")
    ]
    assert jobs[0].files == jobs[1].files == (("x.csv", "MQ=="),)
    assert jobs[0].own_files == (("a.py", ""), ("x.csv", "Mg=="))
    assert jobs[0].digest != jobs[1].digest


def test_both_releases_are_the_same_job(sample: AssignmentContent) -> None:
    """Prose does not run, so the language of the notebook does not change the outcome."""
    jobs = [
        job_from_notebook(build_release(sample.sheet, sample.assignment, language), "sample", 3, {})
        for language in Language
    ]
    assert jobs[0].digest == jobs[1].digest


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (graded("t", grade=True, solution=False), CodeCell(id="t", source="1", graded=True, points=2)),
        (graded("m", grade=True, solution=True), CodeCell(id="m", source="1")),
        (graded("s", grade=False, solution=True), CodeCell(id="s", source="1")),
        (code("1", id="n"), CodeCell(id="n", source="1")),
        (code("1"), CodeCell(id="cell-0", source="1")),
        (code(["a\n", "b"], id="n"), CodeCell(id="n", source="a\nb")),
        (code([], id="n"), CodeCell(id="n", source="")),
        (
            code("1", id="n", metadata={"tags": ["raises-exception"]}),
            CodeCell(id="n", source="1", raises=True),
        ),
    ],
)
def test_cells_of_any_notebook(cell: dict, expected: CodeCell) -> None:
    """Foreign notebooks count as well: no ids, sources as lists, code that a person grades."""
    assert job_of(cell).cells == (expected,)


def test_ids_are_unique_in_a_job() -> None:
    """A cell that stands twice runs twice, under two ids."""
    cells = [code("1", id="a"), code("2", id="a"), code("3", id="a-2"), code("4", id="a")]
    assert [cell.id for cell in job_of(*cells).cells] == ["a", "a-2", "a-2-2", "a-3"]


@pytest.mark.parametrize(
    ("source", "runs"),
    [
        ("    x = 1\n    y = 2", "x = 1\ny = 2"),
        ("\n  if x:\n    y = 2", "if x:\n  y = 2"),
        ("\tx = 1\n\n\ty = 2", "x = 1\n\ny = 2"),
        ("x = 1\n  y = 2", "x = 1\n  y = 2"),
        ("  \n\n", ""),
    ],
)
def test_an_indented_paste_runs_as_in_a_notebook(source: str, runs: str) -> None:
    """Notebooks run a block that is indented as a whole, so grading must too."""
    assert job_of(code(source, id="n")).cells[0].source == runs


def test_equal_inputs_make_equal_jobs() -> None:
    """The digest depends on what the run depends on, not on the order of files."""
    notebook = {"cells": [code("1", id="a")]}
    first = job_from_notebook(notebook, "a", 1, {"x": b"1", "y": b"2"})
    second = job_from_notebook(notebook, "a", 1, {"y": b"2", "x": b"1"})
    assert first.digest == second.digest
    others = [
        job_from_notebook(notebook, "a", 2, {"x": b"1", "y": b"2"}),
        job_from_notebook(notebook, "a", 1, {"x": b"1", "y": b"3"}),
        job_from_notebook(notebook, "a", 1, {"x": b"1", "y": b"2"}, hash_seed=1),
        job_from_notebook(notebook, "a", 1, {"x": b"1", "y": b"2"}, limits=Limits(processes=1)),
    ]
    assert len({first.digest, *(job.digest for job in others)}) == 5
