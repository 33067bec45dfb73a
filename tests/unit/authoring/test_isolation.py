"""What an author's own notebook says about which cells and names a learner cannot change."""

from __future__ import annotations

from typing import Any

from grader.authoring.isolation import read_isolation
from grader.checking.author import read_author_cells


def code_cell(source: str, name: str = "", **nbgrader: bool) -> dict[str, Any]:
    metadata = {"nbgrader": {"grade_id": name, "schema_version": 3, **nbgrader}} if name else {}
    return {"cell_type": "code", "id": name or "open", "metadata": metadata, "source": source}


JUDGE = "def check(got, want):\n    assert got == want"
NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": "text"},
        code_cell("import math"),
        code_cell(f"TOL = 1e-3\n{JUDGE}", "given", grade=False, solution=False, locked=True),
        code_cell("scale = 2", "run", grade=False, solution=False, locked=False),
        code_cell("def f(x): return x", "answer", grade=False, solution=True, locked=False),
        code_cell("check(f(2), 2)", "test", grade=True, solution=False, locked=True),
        code_cell("def g(): pass", "manual", grade=True, solution=True, locked=False),
    ]
}


def test_locked_cells_are_those_that_are_restored() -> None:
    """Only a locked cell that is no test is the author's for good; cells without metadata are not."""
    cells = read_isolation(NOTEBOOK).author_cells
    assert {cell.id: cell.locked for cell in cells} == {
        "open": False, "given": True, "run": False, "answer": False, "test": False, "manual": False,
    }  # fmt: skip
    assert {cell.id for cell in cells if not cell.source} == {"test"}


def test_constants_and_functions_of_locked_cells_are_given() -> None:
    """They reach the checker with the cells."""
    cells = read_isolation(NOTEBOOK).author_cells
    names = read_author_cells((cell.id, cell.source, cell.locked) for cell in cells)
    assert names.given.keys() == {"TOL", "check"}


def test_a_judge_in_a_locked_cell_keeps_no_test_from_isolation() -> None:
    """It runs in the checker; in a cell that trainees may change it would be theirs."""
    assert read_isolation(NOTEBOOK).shared == frozenset()
    opened = [
        code_cell(f"TOL = 1e-3\n{JUDGE}", "given", grade=False, solution=False, locked=False)
        if cell.get("id") == "given"
        else cell
        for cell in NOTEBOOK["cells"]
    ]
    obstacles = read_isolation({"cells": opened}).obstacles
    assert [one.construct for one in obstacles["test"]] == ["judged-by-learner"]


def test_without_reference_answers_nothing_is_given() -> None:
    """Nobody knows then which names answers bind again, so an honest answer could lose by it."""
    isolation = read_isolation(NOTEBOOK, has_answers=False)
    assert not any(cell.locked for cell in isolation.author_cells)
    assert isolation.shared == {"test"}
