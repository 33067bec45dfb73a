"""Checksums equal nbgrader's, since its gradebook and formgrader compare them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import from_dict
from nbgrader.utils import compute_checksum as nbgrader_checksum
from nbgrader.utils import is_grade as nbgrader_is_grade
from nbgrader.utils import is_locked as nbgrader_is_locked
from nbgrader.utils import is_solution as nbgrader_is_solution

from grader.authoring.checksum import compute_checksum, is_grade, is_locked, is_solution

METADATA = st.fixed_dictionaries(
    {
        "grade_id": st.text(min_size=1, max_size=20),
        "grade": st.booleans(),
        "solution": st.booleans(),
        "locked": st.booleans(),
        "points": st.integers(0, 100) | st.floats(0, 100) | st.integers(0, 9).map(str),
    },
    optional={"schema_version": st.just(3), "task": st.booleans(), "checksum": st.text()},
)
CELLS = st.fixed_dictionaries(
    {
        "cell_type": st.sampled_from(["code", "markdown", "raw"]),
        "source": st.text() | st.sampled_from(["", "한글\n\tx = '값'  ", "x\r\ny", "\U0001f600"]),
        "metadata": st.fixed_dictionaries({"nbgrader": METADATA}),
    }
)


@settings(max_examples=300, deadline=None, database=None)
@given(CELLS)
def test_checksums_equal_those_of_nbgrader(cell: dict) -> None:
    """For any cell, ours is nbgrader's."""
    assert compute_checksum(cell) == nbgrader_checksum(from_dict(cell))


@settings(max_examples=100, deadline=None, database=None)
@given(CELLS)
def test_flags_equal_those_of_nbgrader(cell: dict) -> None:
    """Which cells are graded, open or locked follows nbgrader."""
    theirs = from_dict(cell)
    assert is_grade(cell) == nbgrader_is_grade(theirs)
    assert is_solution(cell) == nbgrader_is_solution(theirs)
    assert is_locked(cell) == nbgrader_is_locked(theirs)


def test_a_source_split_into_lines_has_the_same_checksum() -> None:
    """Notebook files may hold a source as a list of lines."""
    nbgrader = {"grade_id": "a", "grade": True, "solution": False, "locked": True, "points": 2}
    cell = {"cell_type": "code", "source": "a\nb", "metadata": {"nbgrader": nbgrader}}
    assert compute_checksum(cell) == compute_checksum({**cell, "source": ["a\n", "b"]})


@pytest.mark.parametrize("cell", [{}, {"metadata": {}}, {"metadata": {"nbgrader": {}}}])
def test_cells_of_nobody_have_no_flags(cell: dict) -> None:
    """A cell without nbgrader metadata is neither graded, nor open, nor locked."""
    assert [is_grade(cell), is_solution(cell), is_locked(cell)] == [False] * 3
