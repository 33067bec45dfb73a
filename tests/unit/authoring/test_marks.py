"""Solutions and hidden tests are taken out as nbgrader takes them out, and never left in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

from grader.authoring.marks import (
    CODE_STUB,
    Mark,
    drop_hidden_tests,
    drop_marks,
    drop_starters,
    find_regions,
    marked_lines,
    release_answer,
)

LINES = st.sampled_from(
    [
        "### BEGIN SOLUTION",
        "    ### BEGIN SOLUTION",
        "### END SOLUTION",
        "    ### END SOLUTION",
        "x = 1",
        "",
        "\ty",
    ]
)
TEST_LINES = st.sampled_from(["### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS", "assert x", "", "  # note"])


def nbgrader_release(source: str) -> str | None:
    """What nbgrader makes of an answer; None if it refuses."""
    cell = new_code_cell(source)
    try:
        replaced = ClearSolutions(code_stub={"python": CODE_STUB})._replace_solution_region(cell, "python")
    except RuntimeError:
        return None
    return cell.source if replaced else CODE_STUB


@settings(max_examples=300, deadline=None, database=None)
@given(st.lists(LINES, max_size=8).map("\n".join))
def test_answers_are_cleared_as_nbgrader_clears_them(source: str) -> None:
    """Without starters, a released answer is the one that nbgrader would release."""
    theirs = nbgrader_release(source)
    if theirs is not None:
        assert release_answer(source) == theirs
    else:
        assert find_regions(source, Mark.SOLUTION)[1], "what nbgrader refuses is a fault here"


@settings(max_examples=300, deadline=None, database=None)
@given(st.lists(TEST_LINES, max_size=8).map("\n".join))
def test_hidden_tests_are_dropped_as_nbgrader_drops_them(source: str) -> None:
    """A released test is the one that nbgrader would release."""
    cell = new_code_cell(source)
    try:
        ClearHiddenTests()._remove_hidden_test_region(cell)
    except RuntimeError:
        assert find_regions(source, Mark.HIDDEN_TESTS)[1]
    else:
        assert drop_hidden_tests(source) == cell.source


ANSWER = """def f(x):
    # 안내 · hint
    ### BEGIN SOLUTION
    secret = x
    return secret
    ### END SOLUTION
    #| limit = ...  # 채우십시오 · fill in
    #|
    #| return x > limit
after = 1"""


def test_a_starter_replaces_the_solution() -> None:
    """The release shows the starter uncommented, at its indentation, in the solution's place."""
    assert release_answer(ANSWER) == (
        "def f(x):\n    # 안내 · hint\n    limit = ...  # 채우십시오 · fill in\n\n"
        "    return x > limit\nafter = 1"
    )


def test_the_source_has_no_starter() -> None:
    """The source notebook holds the reference, with its marks and without starter lines."""
    assert drop_starters(ANSWER) == (
        "def f(x):\n    # 안내 · hint\n    ### BEGIN SOLUTION\n    secret = x\n    return secret\n"
        "    ### END SOLUTION\nafter = 1"
    )


def test_the_reference_without_marks_is_plain_code() -> None:
    """What a trainee with the right answer would hand in."""
    assert drop_marks(drop_starters(ANSWER)) == (
        "def f(x):\n    # 안내 · hint\n    secret = x\n    return secret\nafter = 1"
    )


def test_each_solution_has_its_own_starter_or_stub() -> None:
    """Two regions in one cell are replaced one by one; the stub takes the mark's indentation."""
    source = (
        "### BEGIN SOLUTION\na = 1\n### END SOLUTION\n#| a = ...\n"
        "if a:\n  ### BEGIN SOLUTION\n  b = 1\n  ### END SOLUTION"
    )
    stub = "\n".join("  " + line for line in CODE_STUB.split("\n"))
    assert release_answer(source) == f"a = ...\nif a:\n{stub}"


@pytest.mark.parametrize(
    "source",
    [
        "### BEGIN SOLUTION\nsecret",
        "### BEGIN SOLUTION\nsecret\n### BEGIN SOLUTION\nsecret\n### END SOLUTION\nshown",
        "secret",
        "",
    ],
)
def test_faulty_answers_hide_too_much_rather_than_too_little(source: str) -> None:
    """An open mark hides the rest of the cell; a cell without marks is hidden whole."""
    assert "secret" not in release_answer(source)


@pytest.mark.parametrize(
    ("source", "faults"),
    [
        ("### BEGIN SOLUTION\nx", [(0, "BEGIN SOLUTION without END SOLUTION")]),
        ("x\n### END SOLUTION", [(1, "END SOLUTION without BEGIN SOLUTION")]),
        (
            "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION",
            [(1, "BEGIN SOLUTION within BEGIN SOLUTION")],
        ),
        ("### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS", []),
    ],
)
def test_marks_that_match_nothing_are_faults(source: str, faults: list[tuple[int, str]]) -> None:
    """Unmatched and nested marks are named with their line."""
    assert find_regions(source, Mark.SOLUTION)[1] == faults


def test_marked_lines_know_their_numbers() -> None:
    """The lines between marks come with their place in the cell."""
    assert marked_lines(ANSWER, Mark.SOLUTION) == [(3, "    secret = x"), (4, "    return secret")]
