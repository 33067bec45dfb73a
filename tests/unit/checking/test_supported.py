"""What test cells may do with an honest learner's answers."""

# cells are easier to read on one line
# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable

import pytest

CODE = '''
import enum
from collections import namedtuple
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

numbers = [3, 1, 2]
table = pd.DataFrame({"sex": ["F", "M"], "bmi": [21.5, 30.2]})

def add(a, b=1, *rest, scale=1, **more):
    """Adds."""
    return (a + b) * scale

def same(value):
    return value

def sort(values):
    values.sort()

def grow(values, seen, mask, raw, frame, counts):
    values.append({"new": [1]}); values[0] = values
    seen.add(9); mask[0] = 7; raw += b"!"; frame["new"] = frame["a"] * 2; counts["x"] = counts.pop("y")

class MyError(ValueError):
    def __init__(self, code):
        super().__init__(f"bad {code}")
        self.code = code

def fail(kind, *args):
    raise {"value": ValueError, "key": KeyError, "mine": MyError, "zero": ZeroDivisionError}[kind](*args)

class Vector:
    """A vector."""
    size = 2

    def __init__(self, x, y=0):
        self.x, self.y = x, y

    @property
    def length(self):
        return (self.x**2 + self.y**2) ** 0.5

    @classmethod
    def zero(cls):
        return cls(0, 0)

    def __mul__(self, k):
        return Vector(self.x * k, self.y * k)

    __rmul__ = __mul__

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __neg__(self):
        return Vector(-self.x, -self.y)

    def __eq__(self, other):
        return isinstance(other, Vector) and (self.x, self.y) == (other.x, other.y)

    def __lt__(self, other):
        return self.length < other.length

    def __hash__(self):
        return hash((self.x, self.y))

    def __repr__(self):
        return f"Vector({self.x}, {self.y})"

class Box:
    def __init__(self, items):
        self.items = list(items)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, key):
        return self.items[key]

    def __setitem__(self, key, value):
        self.items[key] = value

    def __delitem__(self, key):
        del self.items[key]

    def __iter__(self):
        return iter(self.items)

    def __contains__(self, item):
        return item in self.items

    def __bool__(self):
        return bool(self.items)

    def __float__(self):
        return float(sum(self.items))

    def __enter__(self):
        self.open = True
        return self

    def __exit__(self, kind, value, trace):
        self.open = False
        self.left_with = kind
        return kind is ValueError

    def __call__(self, n):
        return self.items * n

class Special(Vector):
    pass

@dataclass
class Person:
    name: str
    visits: list = field(default_factory=list)

class Color(enum.Enum):
    RED = 1
    BLUE = 2

class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2

Point = namedtuple("Point", "x y")

def point():
    return Point(1, 2)

def countdown(n):
    while n:
        yield n
        n -= 1

def forever():
    n = 0
    while True:
        yield n
        n += 1

def apply(function, values):
    return [function(value) for value in values]

def make_adder(n):
    return lambda value: value + n

def twice(function):
    def wrapper(*args):
        return function(function(*args))
    wrapper.__name__ = function.__name__ if hasattr(function, "__name__") else "wrapper"
    return wrapper

@contextmanager
def opened(log):
    log.append("in")
    yield len(log)
    log.append("out")

def hello(name):
    import sys
    print("hello", name)
    print("warning", file=sys.stderr)

def train(X, y):
    from sklearn.linear_model import LogisticRegression
    return LogisticRegression(C=2.0).fit(X, y)

def draw(values):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots()
    axes.plot(values, label="line"); axes.bar([0, 1], [5, 6])
    axes.set_title("Title"); axes.set_xlabel("x"); axes.legend()
    return figure, axes
'''

SUPPORTED = {
    "plain values": "assert add(1, 2) == 3 and numbers == [3, 1, 2] and add(0.1, 0.2) != 0.3",
    "keywords": "assert add(1, b=4, scale=2) == 10",
    "frames and arrays": """
import pandas as pd
assert table["bmi"].mean() > 20 and list(table.columns) == ["sex", "bmi"]
pd.testing.assert_frame_equal(same(table), table)
assert np.allclose(add(np.arange(3), 1), [1, 2, 3])
""",
    "the author's imports": "assert np.isclose(add(0.1, 0.2), 0.3) and pd.DataFrame is type(table)",
    "arguments changed in place": "x = [3, 1, 2]\nassert sort(x) is None and x == [1, 2, 3]",
    "arguments not changed": "x = [[1], 2]\nbefore = [[1], 2]\nadd(1, 2)\nsame(x)\nassert x == before",
    "identity of arguments": "x = [1]\nassert same(x) is x\nd = {'a': x}\nassert same(d)['a'] is x",
    "every mutable argument": """
import pandas as pd
values, seen, mask, raw = [[0], 2], {1}, np.zeros(2), bytearray(b"a")
frame, counts = pd.DataFrame({"a": [1, 2]}), {"y": 1, "z": 2}
kept = frame
grow(values, seen, mask, raw, frame, counts)
assert values[0] is values and values[2] == {"new": [1]} and seen == {1, 9} and mask.tolist() == [7, 0]
assert raw == b"a!" and list(kept["new"]) == [2, 4] and list(counts.items()) == [("z", 2), ("x", 1)]
""",
    "exceptions": """
import pytest
with pytest.raises(ValueError, match="no"):
    fail("value", "no")
with pytest.raises(KeyError) as caught:
    fail("key", "k")
assert caught.value.args == ("k",) and str(caught.value) == "'k'"
with pytest.raises(MyError) as caught:
    fail("mine", 7)
assert caught.value.code == 7 and str(caught.value) == "bad 7" and isinstance(caught.value, ValueError)
try:
    fail("mine", 8)
except MyError as error:
    assert error.code == 8 and type(error).__name__ == "MyError" and type(error) is MyError
else:
    assert False
assert issubclass(MyError, ValueError) and not issubclass(MyError, KeyError)
import unittest
unittest.TestCase().assertRaises(ZeroDivisionError, fail, "zero", "x")
""",
    "a class": """
v = Vector(3, 4)
assert v.x == 3 and v.length == 5 and Vector.size == 2 and Vector.zero().x == 0
v.x = 6
assert v.x == 6 and hasattr(v, "y") and not hasattr(v, "z")
del v.x
assert not hasattr(v, "x")
assert isinstance(v, Vector) and type(v) is Vector and type(v).__name__ == "Vector" and Vector.__doc__ == "A vector."
assert isinstance(Special(1), Vector) and issubclass(Special, Vector) and not isinstance(v, Special)
assert not isinstance(v, (list, dict, int)) and repr(Vector(1)) == "Vector(1, 0)" and f"{Vector(1)}" == "Vector(1, 0)"
assert Vector(1).__class__.__name__ == "Vector" and Vector.__name__ == "Vector"
""",
    "operators of a class": """
assert Vector(1, 2) * 3 == Vector(3, 6) and 2 * Vector(1, 2) == Vector(2, 4)
assert Vector(1, 2) + Vector(1, 1) == Vector(2, 3) and -Vector(1, 2) == Vector(-1, -2)
assert Vector(1, 2) != Vector(2, 2) and Vector(1) < Vector(2) and sorted([Vector(2), Vector(1)])[0].x == 1
assert len({Vector(1), Vector(1)}) == 1 and Vector(1) in [Vector(1)] and Vector(1) != None
assert not (Vector(1) == 5) and Vector(1) != "x"
""",
    "a container": """
box = Box([1, 2, 3])
assert len(box) == 3 and box[0] == 1 and box[-2:] == [2, 3] and list(box) == [1, 2, 3] and 2 in box and 5 not in box
box[0] = 9
del box[1]
assert list(box) == [9, 3] and box and not Box([]) and float(box) == 12.0 and box(2) == [9, 3, 9, 3]
assert [a + b for a, b in zip(box, Box([1, 1]))] == [10, 4] and sum(box) == 12 and max(box) == 9
from collections.abc import Iterable, Sized, Callable
assert isinstance(box, Iterable) and isinstance(box, Sized) and isinstance(box, Callable)
""",
    "context managers": """
box = Box([])
with box as inside:
    assert inside is box and box.open
assert not box.open
with box:
    raise ValueError("swallowed")
assert box.left_with is ValueError
with opened([]) as n:
    assert n == 1
""",
    "data classes, enums, named tuples": """
p = Person("kim")
p.visits.append(1)
assert p.name == "kim" and p == Person("kim", p.visits) and repr(Person("a")) == "Person(name='a', visits=[])"
import dataclasses
assert dataclasses.is_dataclass(Person) and [f.name for f in dataclasses.fields(Person)] is not None
assert Color.RED.value == 1 and Color["BLUE"].name == "BLUE" and Color(1) is Color.RED and len(Color) == 2
assert [c.name for c in Color] == ["RED", "BLUE"] and Color.RED == Color.RED and Color.RED != Color.BLUE
assert Level.HIGH == 2 and Level.LOW < 2 and Level.HIGH + 1 == 3 and isinstance(Level.LOW, int)
assert point() == (1, 2) and point().x == 1 and isinstance(point(), tuple) and len(point()) == 2
x, y = point()
assert (x, y) == (1, 2) and tuple(point()) == (1, 2) and point()[1] == 2 and point() == Point(1, 2)
""",
    "generators": """
import itertools, types
assert list(countdown(3)) == [3, 2, 1] and isinstance(countdown(1), types.GeneratorType)
g = countdown(1)
assert next(g) == 1 and next(g, None) is None and iter(g) is g
assert list(itertools.islice(forever(), 3)) == [0, 1, 2]
""",
    "functions of the test": """
calls = []
def spy(value):
    calls.append(value)
    return value * 2
assert apply(spy, [1, 2]) == [2, 4] and calls == [1, 2]
assert apply(lambda v: -v, [1]) == [-1] and apply(str, [1]) == ["1"] and apply(np.sqrt, [4.0]) == [2.0]
assert twice(lambda v: v + 1)(1) == 3
@twice
def inc(v):
    return v + 1
assert inc(0) == 2
""",
    "objects of the test": """
class Fake:
    rate = 2
    def predict(self, values):
        return [self.rate * value for value in values]
    def __len__(self):
        return 5
def use(model):
    return model
fake = Fake()
assert same(fake) is fake
assert run_model(fake) == [2, 4, 5]
""",
    "exceptions through callbacks": """
import pytest
class Odd(Exception):
    pass
def refuse(value):
    raise Odd(f"not {value}")
with pytest.raises(Odd, match="not 1"):
    apply(refuse, [1])
def forward(value):
    return add(value, 1)
assert apply(forward, [1, 2]) == [2, 3]
""",
    "closures": "assert make_adder(3)(4) == 7 and callable(make_adder(1)) and make_adder(2) != None",
    "signatures and names": """
import inspect
parameters = inspect.signature(add).parameters
assert list(parameters) == ["a", "b", "rest", "scale", "more"] and parameters["b"].default == 1
assert parameters["scale"].kind is inspect.Parameter.KEYWORD_ONLY
assert add.__name__ == "add" and add.__doc__ == "Adds." and callable(add) and not callable(Vector(1))
assert inspect.isfunction(add) and inspect.isclass(Vector) and inspect.isgeneratorfunction(countdown)
assert list(inspect.signature(Vector).parameters) == ["x", "y"]
assert type(add).__name__ == "function"
""",
    "what a call prints": """
import contextlib, io
out, err = io.StringIO(), io.StringIO()
with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
    print("before"); hello("kim"); print("after")
assert out.getvalue() == "before\\nhello kim\\nafter\\n" and err.getvalue() == "warning\\n"
""",
    "estimators": """
from sklearn.base import is_classifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
X, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 0, 1, 1])
model = train(X, y)
assert isinstance(model, LogisticRegression) and model.C == 2.0 and model.coef_.shape == (1, 1)
assert accuracy_score(y, model.predict(X)) == 1.0 and model.predict_proba(X).shape == (4, 2)
assert model.score(X, y) == 1.0 and model.get_params()["C"] == 2.0 and hasattr(model, "classes_")
assert same(LogisticRegression(C=3.0)).C == 3.0
""",
    "figures": """
from matplotlib.axes import Axes
from matplotlib.figure import Figure
figure, axes = draw([1, 2, 4])
assert isinstance(figure, Figure) and isinstance(axes, Axes) and axes.get_title() == "Title"
assert axes.get_xlabel() == "x" and len(axes.lines) == 1 and axes.lines[0].get_ydata().tolist() == [1, 2, 4]
assert [bar.get_height() for bar in axes.patches] == [5, 6] and axes.get_legend() is not None
assert len(figure.axes) == 1 and figure.axes[0] is axes
""",
    "numpy on an object": "assert np.asarray(Box([1, 2])).tolist() == [1, 2] and np.mean(Box([1, 3])) == 2",
    "approx": "import pytest\nassert add(0.1, 0.2) == pytest.approx(0.3)",
    "names that are missing": """
import pytest
with pytest.raises(NameError):
    not_defined
assert "add" in globals() or True
""",
    "copies": "import copy\nb = Box([1])\nc = copy.deepcopy(b)\nc[0] = 2\nassert b[0] == 1 and c[0] == 2",
}


@pytest.mark.parametrize("name", SUPPORTED)
def test_honest_answer_passes(name: str, passes: Callable[..., None]) -> None:
    """Whatever a test does with an honest answer gives in two processes what it gives in one."""
    extra = "\ndef run_model(model):\n    return [*model.predict([1, 2]), len(model)]\n"
    passes(CODE + extra, SUPPORTED[name])


@pytest.mark.parametrize("name", SUPPORTED)
def test_honest_answer_passes_in_one_process(name: str) -> None:
    """The cells above are right: they pass where test and answer share a process."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    exec(CODE + "\ndef run_model(model):\n    return [*model.predict([1, 2]), len(model)]\n", namespace)
    exec(SUPPORTED[name], namespace)
    assert "add" in namespace
