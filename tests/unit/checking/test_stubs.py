"""Objects of a test in the learner's hands: as usable as in one process, and no more than that."""

from __future__ import annotations

import pytest

from grader.checking.faults import NotPortable

from .conftest import Judge

SHAPES = """
class Shape:
    def __init__(self, size): self.size = size
    def __lt__(self, other): return self.size < other.size
    def __add__(self, other): return Shape(self.size + other.size)
    def __eq__(self, other): return isinstance(other, Shape) and self.size == other.size
    def __hash__(self): return hash(self.size)
    def __str__(self): return f"shape {self.size}"
    def __enter__(self): return self
    def __exit__(self, *what): return False
    def __bool__(self): return self.size > 0
shapes = [Shape(3), Shape(1), Shape(2)]
"""

USES = {
    "sorting": ("def f(xs): return sorted(xs)[0]", "assert f(shapes) is shapes[1]"),
    "sorting by hand": (
        "def f(xs):\n    best = xs[0]\n    for x in xs:\n        if x < best: best = x\n    return best",
        "assert f(shapes).size == 1",
    ),
    "reflected": ("def f(a, b): return b > a", "assert f(shapes[1], shapes[0]) is True"),
    "adding": ("def f(a, b): return a + b", "assert f(shapes[0], shapes[1]).size == 4"),
    "equality": ("def f(xs, x): return xs.index(x)", "assert f(shapes, Shape(2)) == 2"),
    "a set": ("def f(xs): return len(set(xs))", "assert f([Shape(1), Shape(1), Shape(2)]) == 2"),
    "text": ("def f(x): return f'<{x}>'", "assert f(Shape(7)) == '<shape 7>'"),
    "with": ("def f(x):\n    with x as y:\n        return y.size", "assert f(Shape(5)) == 5"),
    "truth": ("def f(x): return 'yes' if x else 'no'", "assert (f(Shape(0)), f(Shape(1))) == ('no', 'yes')"),
}


@pytest.mark.parametrize("name", USES)
def test_special_methods_work_in_the_learners_hands(judge: Judge, name: str) -> None:
    """What Python looks up on a class is found on the stub of an object whose class the test defines."""
    learner, test = USES[name]
    run = judge(learner, SHAPES + test)
    assert run.passed, run


@pytest.mark.parametrize(
    "test",
    [
        "import pytest\nassert f(pytest.approx(4.0)) == []",
        "from unittest.mock import ANY, MagicMock\nassert f(MagicMock()) == []",
        "assert f(object()) == []",
    ],
)
def test_objects_of_libraries_lend_no_special_methods(judge: Judge, test: str) -> None:
    """An expected value in disguise must not answer the question whether this is it."""
    learner = """
def f(x):
    special = ("__lt__", "__eq__", "__add__", "__enter__", "__setitem__")
    return [name for name in special if name in vars(type(x)) and not hasattr(object, name)]
"""
    assert judge(learner, test).passed


def test_a_learner_cannot_ask_for_other_special_methods(judge: Judge) -> None:
    """`__reduce_ex__`, `__getattribute__` and others are a broken message, and no answer."""
    learner = """
def f(x):
    return x._medai_side.converse("special", (x, "__getattribute__", "__class__"), {})
"""
    run = judge(learner, SHAPES + "f(shapes[0])")
    assert not run.passed
    assert run.fault is not None


@pytest.mark.parametrize(
    "test",
    [
        "import pathlib\nassert f(pathlib.Path('x')) == 1",
        "with open('/dev/null') as file:\n    assert f(file) == 1",
        "with open('/dev/null', 'rb') as file:\n    assert f(file) == 1",
    ],
)
def test_paths_and_open_files_stay_with_the_test(judge: Judge, test: str) -> None:
    """The learner's process has a disk of its own, and the checker's disk is not for the learner to write."""
    run = judge("def f(x): return 1", test)
    assert not run.passed
    assert isinstance(run.error, NotPortable)
