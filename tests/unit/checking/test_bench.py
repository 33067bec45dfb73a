"""Test cells of one submission after one another: names that stay, whose fault an end was, what a cell shows."""

# cells are easier to read on one line
# ruff: noqa: E501

from __future__ import annotations

import socket

import pytest

from grader.checking.author import AuthorNames, cell_names, pack_author, read_author_cells, unpack_author
from grader.checking.bench import TestBench
from grader.checking.channel import SocketChannel
from grader.checking.faults import CannotCheck, Reason

from .conftest import Course

HELPERS = "import math\nfrom statistics import mean as average\nLIMIT = 4\ndef check(got, want):\n    assert math.isclose(got, want), f'{got}'"


def test_names_of_a_test_cell_stay_for_the_next(course: Course) -> None:
    """Imports, constants and helper functions of one test cell work in later ones, also around the learner's."""
    runs = course(
        {
            "answer": "def f(x): return x * x\ndef g(x): return f(x) + 1",
            "test-1": HELPERS + "\ncheck(f(2), 4)",
            "more": "def h(x): return 9",
            "test-2": "check(g(2), 5)\nassert f(2) == LIMIT and math.pi > 3 and average([1, 3]) == 2",
            "test-3": "check(h(2), 4)",
        }
    )
    assert runs["test-1"].passed
    assert runs["test-2"].passed, runs["test-2"]
    assert isinstance(runs["test-3"].error, AssertionError)
    assert str(runs["test-3"].error) == "9"


def test_helper_of_an_earlier_test_cell_asks_for_what_is_there_now(course: Course) -> None:
    """A helper looks the learner's names up when it runs; the learner may have bound them again."""
    runs = course(
        {
            "a": "def f(x): return 1",
            "test-1": "def value():\n    return f(0)\nassert value() == 1",
            "b": "def f(x): return 2",
            "test-2": "assert value() == 2 and f(0) == 2",
        }
    )
    assert runs["test-1"].passed
    assert runs["test-2"].passed, runs["test-2"]


def test_author_binds_a_name_again_between_two_test_cells(course: Course) -> None:
    """What an author's cell between them binds is the learner's again; what one before them binds is not."""
    runs = course(
        {
            "a": "data = [1]\nother = [1]",
            "test-1": "data = [7]\nother = [7]\nassert data == [7]",
            "b": "data = [2]",
            "test-2": "assert data == [2] and other == [7]",
        }
    )
    assert runs["test-2"].passed, runs["test-2"]


def test_learner_never_overrides_a_name_of_a_test_cell(course: Course) -> None:
    """Highest honest result: 0. Only the author's cells count for what is bound again."""
    patches = "def check(*a): pass\ndef isinstance(*a): return True\nimport types\nmath = types.SimpleNamespace(isclose=lambda *a: True)"
    runs = course(
        {"a": "def f(x): return 9", "test-1": HELPERS + "\nassert f(2)", "b": patches, "test-2": "check(f(2), 4)",
         "test-3": "assert isinstance(f(2), str)", "test-4": "assert math.isclose(f(2), 4)"},
        author={"b": "g = 1"},
    )  # fmt: skip
    assert [runs[name].passed for name in ("test-2", "test-3", "test-4")] == [False] * 3


def test_learner_may_define_what_the_author_does_not(course: Course) -> None:
    """A name that only the learner binds still is the learner's."""
    runs = course(
        {"a": "def f(x): return x\nhelper = 3", "test-1": "assert f(helper) == 3"},
        author={"a": "def f(x): return x"},
    )
    assert runs["test-1"].passed


def test_objects_of_the_learner_stay_while_test_cells_hold_them(course: Course) -> None:
    """A model or an instance that one test cell binds is usable in the next; else nothing is kept."""
    runs = course(
        {
            "a": "class Box:\n    def __init__(self): self.items = []\n    def add(self, x): self.items.append(x)\n    def __eq__(self, o): return isinstance(o, Box) and o.items == self.items",
            "test-1": "box = Box()\nbox.add(1)\nboxes = [Box()]\nBoxAlias = Box",
            "b": "unrelated = 1",
            "test-2": "box.add(2)\nassert box.items == [1, 2] and boxes[0].items == [] and isinstance(box, Box) and BoxAlias is Box",
            "test-3": "del box, boxes, BoxAlias\nassert Box() == Box()",
            "test-4": "assert Box().items == []",
        }
    )
    assert {name: run.passed for name, run in runs.items()} == dict.fromkeys(runs, True), runs


def test_a_class_that_grows_between_test_cells_is_seen_as_it_is(course: Course) -> None:
    """What a class can do is asked anew in every test cell."""
    runs = course(
        {
            "a": "class V:\n    def __init__(self, x): self.x = x",
            "test-1": "assert not hasattr(V(1), '__len__')",
            "b": "V.__len__ = lambda self: self.x",
            "test-2": "assert len(V(3)) == 3",
        }
    )
    assert runs["test-2"].passed, runs["test-2"]


EXCUSED = {
    "does not parse": "assert f(2 ==",
    "a null byte": "x = '\0'",
    "a name that nobody defines": "assert f(2) == not_there",
    "a name misspelt in a helper": "def look():\n    return lenn(f(2))\nlook()",
    "a module that is not there": "import no_such_module_at_all",
    "a name that a module has not": "from math import no_such_function",
    "a file that is not there": "open('results/never-made.csv')",
    "something that cannot travel": "import sys\nf(sys._getframe())",
    "something that cannot travel, swallowed": "import sys\ntry:\n    f(sys._getframe())\nexcept TypeError:\n    pass",
    "an object that breaks when it is sent": "class Odd:\n    @property\n    def __dict__(self): raise ValueError('mine')\nf(Odd())",
}


@pytest.mark.parametrize("name", EXCUSED)
def test_fault_of_the_test_is_never_the_learners(name: str, course: Course) -> None:
    """What only the author can have got wrong is `CannotCheck`, and the next test cell runs as if nothing was."""
    runs = course({"a": "def f(x): return x * x", "test-1": EXCUSED[name], "test-2": "assert f(2) == 4"})
    assert runs["test-1"].excused, runs["test-1"]
    assert not runs["test-1"].passed
    assert runs["test-2"].passed, runs["test-2"]


FAILED = {
    "a function that the learner did not define": ("g = 1", "assert f(2) == 4", NameError),
    "a name that the learner did not bind": ("def f(x): return 4", "assert f(2) == 4 and data", NameError),
    "an answer of the wrong type": ("def f(x): return None", "assert len(f(2)) == 4", TypeError),
    "a name missing in the learner's code": ("def f(x): return nowhere", "assert f(2) == 4", NameError),
    "a module missing in the learner's code": (
        "def f(x):\n    import no_such_module_at_all",
        "f(2)",
        ModuleNotFoundError,
    ),
    "a file missing in the learner's code": (
        "def f(x): open('nowhere.csv')",
        "f('nowhere.csv')",
        FileNotFoundError,
    ),
    "a file that the learner names": ("def f(x): return 'nowhere.csv'", "open(f(2))", FileNotFoundError),
    "a wrong value": ("def f(x): return 9", "assert f(2) == 4", AssertionError),
}


@pytest.mark.parametrize("name", FAILED)
def test_failure_of_the_learner_is_no_excuse(name: str, course: Course) -> None:
    """Highest honest result: 0. What an answer can cause counts as the answer's failure."""
    code, test, kind = FAILED[name]
    run = course({"a": code, "test-1": test}, author={"a": "data = 1\ndef f(x): return x * x"})["test-1"]
    assert type(run.error) is kind
    assert not run.excused
    assert not run.passed


def test_nothing_is_excused_where_nothing_is_known_of_the_author(course: Course) -> None:
    """Without the author's cells, a missing name is taken for the learner's."""
    run = course({"a": "x = 1", "test-1": "assert f(2) == 4"}, author={"a": ""})["test-1"]
    assert isinstance(run.error, NameError)


def test_author_field_that_makes_no_sense_excuses_and_frees_the_learner(course: Course) -> None:
    """A fault of ours before the cell starts is `CannotCheck`; the learner hears that the cell is over."""
    left, right = socket.socketpair()
    bench = TestBench(SocketChannel(left, 5.0))

    def broken() -> AuthorNames:
        raise KeyError("author")

    run = bench.run("test-1", "assert f(2) == 4", broken)
    assert run.excused
    assert isinstance(run.error, CannotCheck)
    assert SocketChannel(right, 5.0).receive()
    left.close()
    right.close()


def test_interrupted_cell_lets_the_learner_go_on(course: Course) -> None:
    """An interrupt in the test's own code ends that cell; the learner answers the next one."""
    runs = course(
        {
            "a": "def f(x): return x * x",
            "test-1": "f(2)\nraise KeyboardInterrupt",
            "test-2": "assert f(2) == 4",
        }
    )
    assert isinstance(runs["test-1"].error, KeyboardInterrupt)
    assert runs["test-1"].fault is None
    assert runs["test-2"].passed, runs["test-2"]


def test_silent_learner_is_at_fault_and_the_next_cell_too(course: Course) -> None:
    """No answer in time is the learner's fault, and what comes late answers no later question."""
    code = "import time\ndef f(x):\n    time.sleep(1.0) if x == 2 else None\n    return 4"
    runs = course({"a": code, "test-1": "assert f(2) == 4", "test-2": "assert f(3) == 5"}, timeout_s=0.2)
    assert runs["test-1"].fault is not None
    assert runs["test-1"].fault.reason is Reason.SILENT
    assert not runs["test-2"].passed


SHOWN = {
    "2 + 3": 5, "f(2)": 4, "f(2) / 8": 0.5, "x = 3\nx": 3, "f(2);": None, "x = 3": None, "None": None, "[f(1), 'a']": [1, "a"],
    "print(f(2))": None, "f": None, "if True:\n    3": None, "assert f(2) == 4\n2.5  # points": 2.5, "'한'; 3": 3, "": None,
}  # fmt: skip


@pytest.mark.parametrize("source", SHOWN)
def test_value_of_the_last_expression_is_kept(source: str, course: Course) -> None:
    """As a notebook shows it: the last line's value when it is plain, nothing after a semicolon."""
    run = course({"a": "def f(x): return x * x", "test-1": source})["test-1"]
    assert run.passed, run
    assert run.value == SHOWN[source]
    assert type(run.value) is type(SHOWN[source])


def test_failed_cell_shows_no_value(course: Course) -> None:
    """A refusal on the way takes the value away too: no partial credit for what was not checked."""
    code = "class F(float):\n    def __lt__(self, o): return True\nclass O:\n    __lt__ = lambda s, o: True\ndef f(x): return O()"
    run = course(
        {"a": code, "test-1": "try:\n    f(2) < 5\nexcept TypeError:\n    pass\n3"},
        author={"a": "def f(x): return 1"},
    )
    assert not run["test-1"].passed
    assert run["test-1"].value is None


@pytest.mark.parametrize(
    "line",
    [
        "%matplotlib inline",
        "%load_ext autoreload",
        "%autoreload 2",
        "  %config InlineBackend.figure_format = 'svg'",
    ],
)
def test_harmless_magics_are_left_out(line: str, course: Course) -> None:
    """They say where figures go and when modules are read; line numbers stay."""
    body = f"if True:\n{line}\n  assert f(2) == 4" if line.startswith(" ") else f"{line}\nassert f(2) == 4"
    assert course({"a": "def f(x): return x * x", "test-1": body})["test-1"].passed
    text = "text = '''\n%matplotlib inline\n'''\nassert 'inline' in text"
    assert course({"a": "x = 1", "test-1": text})["test-1"].passed


def test_display_and_print_work(course: Course) -> None:
    """`display` needs no import, as in a notebook."""
    test = "import contextlib, io\nout = io.StringIO()\nwith contextlib.redirect_stdout(out):\n    display(f(2), 'a'); print('b')\nassert out.getvalue() == \"4\\n'a'\\nb\\n\""
    run = course({"a": "def f(x): return x * x", "test-1": test})["test-1"]
    assert run.passed, run


def test_packed_names_are_the_same_names() -> None:
    """What travels to the checker is what was read, cell by cell."""
    cells = (
        ("a", "import numpy as np\nclass A:\n    def m(self): assert 1\nfor i in [1]: k = i"),
        ("test", ""),
        ("a", "x = 1"),
        ("b", "def ("),
    )
    names = read_author_cells(cells)
    assert unpack_author(pack_author(cells)) == names
    assert names.cells == {"a": frozenset({"np", "A", "i", "k", "x"}), "test": frozenset(), "b": frozenset()}
    assert cell_names(
        "from a import b as c, d\nimport e.f\nwith o as w: pass\ntry: t = 1\nexcept E as q: pass"
    ) >= {"c", "d", "e", "w", "t"}
