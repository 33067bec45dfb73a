"""Which test cells can be checked in two processes."""

# cells are easier to read on one line
# ruff: noqa: E501

from __future__ import annotations

from pathlib import Path

import pytest

from grader.authoring.sheet import parse_sheet
from grader.checking.author import Import, read_author_names
from grader.checking.support import SUPPORT, classify_test
from grader.model.assignment import CellRole

AUTHOR = read_author_names([
    "import numpy as np\nfrom math import sqrt\ndata = [1]\nclass A: pass\ndef f(x): return x\n",
    "def check(got, want):\n    assert got == want\nclass B: pass\nB = 3\nP = namedtuple('P', 'x')\nsqrt = None",
])  # fmt: skip

OBSTACLES = {
    "%timeit f(2)": "magics",
    "x = !ls": "magics",
    "f?": "magics",
    "%matplotlib inline\n%timeit f(2)": "magics",
    "%matplotlib inline\ndef": "not-python",
    "from IPython import get_ipython": "ipython",
    "def": "not-python",
    "get_ipython().run_cell('x')": "ipython",
    "assert Out[1] == 2": "ipython",
    "assert 'f' in globals()": "namespace",
    "assert 'f' in dir()": "namespace",
    "eval('f(2)')": "namespace",
    "def g():\n    global count\n    count = 1": "binds-for-learner",
    "later = 1": "binds-for-learner",
    "data.append(2)\nassert f(1)": "changes-globals",
    "data[0] = 2": "changes-globals",
    "from unittest.mock import patch\nwith patch('m.x'): pass": "patch",
    "import unittest.mock\nwith unittest.mock.patch('m.x'): pass": "patch",
    "import sys\nsys._getframe()": "frames",
    "import gc": "frames",
    "import pickle": "pickle",
    "assert plt.gca().get_title() == 'x'": "current-figure",
    "class C(A): pass": "subclass",
    "import __main__": "main",
    "import tempfile": "files",
    "from tempfile import TemporaryDirectory": "files",
    "await f(2)": "await",
    "check(f(2), 4)": "judged-by-learner",
}


@pytest.mark.parametrize("source", OBSTACLES)
def test_obstacle_is_named(source: str) -> None:
    """What cannot be checked in isolation is found and has a row with a reason in the table."""
    found = classify_test(source, AUTHOR, frozenset({"later"}))
    assert {one.construct for one in found} == {OBSTACLES[source]}
    assert all(one.why for one in found)


@pytest.mark.parametrize(
    "source",
    [
        "assert f(2) == 4",
        "vars(f(2))\ndir(f)",
        "data = [1]\ndata.append(2)",
        "def check(a, b): assert a == b\ncheck(f(2), 4)",
        "Out = 3\nassert Out == 3",
        "assert 5 % 2 == 1",
        "%matplotlib inline\n%load_ext autoreload\nassert f(2) == 4",
        "from IPython.display import display, HTML\ndisplay(f(2))",
        "x = '''\n% not a magic\n'''",
        "import io, contextlib\nwith contextlib.redirect_stdout(io.StringIO()): f(1)",
    ],
)
def test_ordinary_cells_have_no_obstacle(source: str) -> None:
    """Names that a cell binds itself are its own."""
    assert classify_test(source, AUTHOR) == []


def test_author_names() -> None:
    """Only what is bound as a class alone is one; only what is imported alone is a library."""
    assert AUTHOR.classes == {"A", "P"}
    assert AUTHOR.imports == {"np": Import("numpy")}
    assert AUTHOR.judges == {"check"}


def test_table_is_whole() -> None:
    """Ids are unique, every row says why, and every obstacle above is a row marked as not supported."""
    rows = {row.id: row for row in SUPPORT}
    assert len(rows) == len(SUPPORT)
    assert all(row.why and row.what for row in SUPPORT)
    assert not any(rows[construct].supported for construct in OBSTACLES.values())


@pytest.mark.parametrize("name", ["e0-first-notebook", "e3-judgements"])
def test_own_assignments_are_isolatable(name: str) -> None:
    """Every test cell of the course can be checked in two processes."""
    path = Path(__file__).parents[3] / "assignments" / name / "sheet.md"
    sheet, _ = parse_sheet(path.read_text(encoding="utf-8"), "sheet.md")
    author = read_author_names(
        cell.source for cell in sheet.cells if cell.role in (CellRole.FIXED, CellRole.ANSWER)
    )
    tests = [cell for cell in sheet.cells if cell.role is CellRole.TEST]
    assert tests
    assert {cell.id: classify_test(cell.source, author) for cell in tests} == {cell.id: [] for cell in tests}
