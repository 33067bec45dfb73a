"""Learners who deceive through what a test hands them, or who change their story: each gets what it deserves."""

# cells are easier to read on one line
# ruff: noqa: E501

from __future__ import annotations

import pytest

from grader.checking import session
from grader.checking.decoys import make_decoys

from .conftest import Course, Judge

AUTHOR = {
    "queue": "class Queue:\n    def __init__(self): self.items = []\n    def add(self, x): self.items.append(x)\n    def next(self): return self.items.pop(0) if self.items else None\n",
    "money": "class Money:\n    def __init__(self, n): self.n = n\n    def __eq__(self, o): return self.n == (o.n if isinstance(o, Money) else o)\n    def __add__(self, o): return Money(self.n + o.n)\n    def pay(self, n): return self.n - n\n",
    "f": "def f(x): return x * x",
    "found": "def found(): return [1, 2]",
    "apply": "def apply(g, xs): return [g(x) for x in xs]",
    "book": "class Book:\n    def __enter__(self): return self\n    def __exit__(self, *a): return False\n",
}  # fmt: skip

CHEATS = {
    "made object handed back": (
        "class Queue:\n    def __init__(self): pass\n    def add(self, x): pass\n    def next(self): return self\n    def __eq__(self, o): return True\n    def __hash__(self): return 0",
        "q = Queue()\nq.add('a')\nassert q.next() == 'a'"),
    "made object, told apart from made-up text": (
        "import re\nclass Queue:\n    def __init__(self): pass\n    def add(self, x): pass\n    def next(self): return self\n    def __eq__(self, o): return not re.fullmatch('[0-9a-f]+', str(o))\n    __hash__ = None",
        "q = Queue()\nq.add('a')\nassert [q.next()] == ['a']"),
    "made object of a class that may compare, handed back": (
        "class Money:\n    def __init__(self, n): pass\n    def __eq__(self, o): return True\n    def pay(self, n): return self",
        "assert Money(9).pay(4) == 5"),
    "yes to all but odd texts": (
        "class Money:\n    def __init__(self, n): pass\n    def __eq__(self, o): return not isinstance(o, str)\n    def __add__(self, o): return self",
        "assert Money(4) == 9"),
    "long and empty": (
        "class L:\n    def __len__(self): return 2\n    def __iter__(self): return iter(())\ndef found(): return L()",
        "assert len(found()) == 2 and all(a == b for a, b in zip(found(), [7, 8]))"),
    "long and empty, once": (
        "class L:\n    def __len__(self): return 2\n    def __iter__(self): return iter(())\ndef found(): return L()",
        "x = found()\nassert len(x) == 2 and all(a == 7 for a in x)"),
    "a list that lies about its length": (
        "class L(list):\n    def __len__(self): return 2\n    def __iter__(self): return iter(())\n    def __bool__(self): return True\ndef found(): return L()",
        "x = found()\nassert len(x) == 2"),
    "a list that lies about its items": (
        "class L(list):\n    def __getitem__(self, k): return 7\n    def __iter__(self): return iter([7, 7])\ndef found(): return L([1, 2])",
        "x = found()\nassert x[0] == 7 and sum(x) == 14"),
    "a dict that lies": (
        "class D(dict):\n    def __getitem__(self, k): return 4\n    def __contains__(self, k): return True\n    def __len__(self): return 1\ndef found(): return D()",
        "x = found()\nassert len(x) == 1 and x['a'] == 4"),
    "a text that lies": (
        "class S(str):\n    def __len__(self): return 4\n    def __getitem__(self, k): return 'good'\ndef found(): return S('')",
        "x = found()\nassert len(x) == 4 and x[:4] == 'good'"),
    "swallows the test's own failure in a with": (
        "class Book:\n    def __enter__(self): return self\n    def __exit__(self, *a): return True",
        "with Book() as book:\n    assert 1 == 2"),
    "long and empty by items": (
        "class L:\n    def __len__(self): return 2\n    def __getitem__(self, k): raise IndexError\ndef found(): return L()",
        "x = found()\nassert len(x) == 2 and all(a == b for a, b in zip(x, [7, 8]))"),
    "a length that changes": (
        "class N:\n    def __next__(self): raise StopIteration\n    def __iter__(self): return self\nclass L:\n    said = [0, 2]\n    def __len__(self): return self.said.pop()\n    def __iter__(self): return N()\ndef found(): return L()",
        "x = found()\nassert len(x) == 2 and all(a == b for a, b in zip(x, [7, 8]))"),
    "a list that calls itself one of Python's": (
        "class L(list):\n    said = [0, 2]\n    def __len__(self): return self.said.pop()\n    def __iter__(self): return iter(())\nL.__module__, L.__qualname__ = 'builtins', 'list'\ndef found(): return L()",
        "x = found()\nassert len(x) == 2 and all(a == b for a, b in zip(x, [7, 8]))"),
    "skips the rest of a with": (
        "class Book:\n    def __enter__(self): return self\n    def __exit__(self, *a): return True\n    def add(self): raise RuntimeError",
        "with Book() as book:\n    book.add()\n    assert 1 == 2"),
    "swallows a failure in a callback": (
        "def apply(g, xs):\n    try: [g(x) for x in xs]\n    except BaseException: pass\n    return []",
        "def check(x):\n    assert x == 9\napply(check, [1, 2])"),
    "ends the test's loop": ("def f(x): raise StopIteration", "assert all(map(lambda x: f(x) == x * x, [1, 2]))"),
    "ends the test's loop with a class of its own": ("class S(StopIteration): pass\ndef f(x): raise S", "assert all(map(lambda x: f(x) == x * x, [1, 2]))"),
    "ends the test's loop from an attribute": (
        "class Money:\n    def __init__(self, n): pass\n    @property\n    def n(self): raise StopIteration",
        "assert all(map(lambda x: Money(x).n == x, [1, 2]))"),
    "reads who calls": (
        "import sys\ndef f(x):\n    frame, seen = sys._getframe(), []\n    while frame:\n        seen += [v for d in (frame.f_locals, frame.f_globals) for v in list(d.values()) if type(v) is int and v > 1000]\n        frame = frame.f_back\n    return 1234567 if 1234567 in seen else 0",
        "expected = 1234567\nassert f(2) == expected"),
    "asks callbacks for the answer": (
        "def apply(g, xs):\n    for name in ('__globals__', '__code__', '__closure__', '__self__', '__wrapped__', 'expected', 'gi_frame'):\n        try: return getattr(g, name)['expected']\n        except Exception: pass\n    return 0",
        "expected = [1234567]\nassert apply(lambda x: x, [1]) == expected"),
    "exception equal to everything": (
        "class E(ValueError):\n    def __eq__(self, o): return True\n    def __str__(self): return 'right'\n    args = property(lambda s: ('right',))\ndef f(x): return E('wrong')",
        "assert f(2) == 4"),
    "metaclass that agrees": (
        "class M(type):\n    __eq__ = lambda c, o: True\n    __hash__ = type.__hash__\n    __instancecheck__ = __subclasscheck__ = lambda c, o: True\nclass f(metaclass=M):\n    def __new__(cls, x): return cls",
        "assert f(2) == 4 or isinstance(4, f) and f(2) == 16"),
    "says that it is an int": ("class I(int):\n    __class__ = float\n    __eq__ = lambda s, o: True\n    __hash__ = int.__hash__\ndef f(x): return I(9)", "assert f(2) == 4"),
    "nan in a list": ("nan = float('nan')\ndef f(x): return [nan]", "assert f(2) == [4]"),
    "an array that lies": (
        "import numpy as np\nclass A(np.ndarray):\n    def __array__(self, *a, **k): return np.array([4])\n    __eq__ = lambda s, o: np.array([True])\ndef f(x): return np.zeros(1).view(A)",
        "import numpy as np\nassert (np.asarray(f(2)) == [4]).all() and isinstance(f(2), np.ndarray)"),
    "a hash bomb": ("def f(x): return {i * (2**61 - 1) for i in range(1, 3_000)}", "assert f(2) == 4"),
    "an endless generator": ("def f(x):\n    while True: yield 4", "assert sum(f(2)) == 4"),
    "an endless text": ("class E:\n    def __str__(self): return 'x' * 50_000_000\ndef f(x): return E()", "assert str(f(2)) == '4'"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHEATS)
def test_late_cheat_gets_nothing(name: str, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Highest honest result: 0."""
    monkeypatch.setattr(session, "MOST_STEPS", 2_000)
    code, test = CHEATS[name]
    run = judge(code, test, author="".join(f"{source}\n" for source in AUTHOR.values()))
    assert not run.passed, name
    assert not run.excused, run.error


HONEST = {
    "compares with plain values": (AUTHOR["money"], "assert Money(4) == 4 and not (Money(4) == 5) and Money(4) != 'x' and Money(1) + Money(2) == Money(3)"),
    "makes several at once": (AUTHOR["money"], "a, b = Money(1), Money(2)\na += b\nassert a == Money(3) and a == 3 or True"),
    "two objects are two": (AUTHOR["queue"], "assert Queue() != Queue() and not (Queue() == Queue())\nq = Queue()\nassert q == q"),
    "a list of its own kind": ("class Queue(list):\n    def add(self, x): self.append(x)\n    def __len__(self): return 7\ndef found(): return Queue([1])",
                               "q = Queue()\nq.add(3)\nassert len(q) == 7 and q[0] == 3"),
    "a list subclass returned": ("class L(list): pass\ndef found(): return L([1, 2])", "x = found()\nassert len(x) == 2 and x[1] == 2 and x == [1, 2] and list(x) == [1, 2] and x and 2 in x and [*reversed(x)] == [2, 1]"),
    "a dict subclass returned": ("class D(dict): pass\ndef found(): return D(a=1)", "x = found()\nassert len(x) == 1 and x['a'] == 1 and 'a' in x and list(x) == ['a'] and x == {'a': 1}"),
    "a text subclass returned": ("class S(str): pass\ndef found(): return S('ab')", "x = found()\nassert x == 'ab' and len(x) == 2 and x[0] == 'a' and x + 'c' == 'abc'"),
    "changed where it lies": ("class L(list): pass\ndef found(): return L([1, 2])", "x = found()\nx[0] = 5\nassert x[0] == 5 and x == [5, 2]\ndel x[0]\nassert len(x) == 1"),
    "a view that counts right": ("def found(): return {'a': 1, 'b': 2}.items()", "x = found()\nassert len(x) == 2 and sorted(x) == [('a', 1), ('b', 2)]"),
    "swallows what it should": ("class Book:\n    def __enter__(self): return self\n    def __exit__(self, kind, *a): return kind is ValueError", "with Book():\n    raise ValueError('no')"),
    "iterators of its own": (
        "class Count:\n    def __init__(self, n): self.n = n\n    def __iter__(self): return self\n    def __next__(self):\n        if not self.n: raise StopIteration\n        self.n -= 1\n        return self.n",
        "assert list(Count(3)) == [2, 1, 0] and next(Count(0), None) is None\nimport pytest\nwith pytest.raises(StopIteration):\n    Count(0).__next__()"),
    "runs checks of the test": (
        "def holds(check):\n    try: check()\n    except AssertionError: return False\n    return True",
        "def wrong():\n    raise AssertionError\nassert holds(wrong) is False and holds(lambda: None) is True"),
}  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
def test_honest_work_is_not_taken_for_a_cheat(name: str, judge: Judge) -> None:
    """What looks alike and is honest passes, as it does in one process."""
    code, test = HONEST[name]
    run = judge(code, test)
    assert run.passed, run
    namespace: dict[str, object] = {}
    exec(code, namespace)
    exec(test, namespace)


def test_failure_in_a_callback_is_a_failure_of_the_test(judge: Judge) -> None:
    """What a callback of the test asserts comes out as that assertion, and nobody is excused."""
    run = judge(
        "def apply(g, xs):\n    try: g(1)\n    except AssertionError: return 1",
        "def check(x):\n    assert x == 9, 'nine'\napply(check, [1])",
        author="def apply(g, xs): return [g(x) for x in xs]",
    )
    assert isinstance(run.error, AssertionError)
    assert str(run.error) == "nine"


def test_exceptions_that_defend_themselves_are_told_plainly(course: Course) -> None:
    """An exception that cannot be described costs its own cell only."""
    code = "class M(type):\n    __name__ = property(lambda c: 1 / 0)\n    __module__ = property(lambda c: 1 / 0)\nclass P(ValueError, metaclass=M):\n    args = property(lambda s: 1 / 0)\n    __str__ = __repr__ = lambda s: 1 / 0\ndef f(x):\n    raise P('no')\ndef g(x): return P('no')"
    tests = {
        "test-1": "f(2)",
        "test-2": "import pytest\nwith pytest.raises(ValueError):\n    f(2)",
        "test-3": "g(2) == 4",
        "test-4": "assert h(2) == 4",
    }
    runs = course({"a": code + "\ndef h(x): return 4", **tests})
    assert isinstance(runs["test-1"].error, ValueError)
    assert runs["test-2"].passed, runs["test-2"]
    assert runs["test-3"].fault is None
    assert runs["test-4"].passed, runs["test-4"]


SOURCES = {
    "last at top level": ({"a": "def f():\n    return 1", "b": "def f():\n    return 2"}, "return 2"),
    "under if": ({"a": "def f():\n    return 1\nif False:\n    def f():\n        return 2"}, None),
    "inside another": ({"a": "def f():\n    return 1\ndef g():\n    def f():\n        return 2"}, "return 1"),
    "bound again": ({"a": "def f():\n    return 1\ng = f\nf = lambda: 2"}, None),
    "by global": ({"a": "def f():\n    return 1\ndef g():\n    global f\n    f = None"}, None),
    "imported over": ({"a": "def f():\n    return 1\nfrom math import pi as f"}, None),
}  # fmt: skip


@pytest.mark.parametrize("name", SOURCES)
def test_source_is_that_of_what_runs_or_none(name: str, judge: Judge) -> None:
    """A definition that may not be the one that runs is not shown to a test."""
    texts, expected = SOURCES[name]
    test = "import inspect\nassert {!r} in inspect.getsource(f)".format(expected or "return")
    run = judge("\n".join(texts.values()), test, texts=texts, author="def f(): return 1")
    assert run.passed is (expected is not None), run


@pytest.mark.parametrize(
    "value",
    [
        0,
        5,
        -3,
        True,
        2.5,
        0.0,
        "",
        "나래",
        "AB 12",
        [1, 2],
        (),
        ("a", 2.0),
        {"a": 1},
        {},
        {1},
        None,
        object(),
    ],
)
def test_decoys_differ_and_look_alike(value: object) -> None:
    """Never equal to the value they stand beside; of its type where that can be made up."""
    for decoy in make_decoys(value):
        assert decoy != value
        assert type(decoy) is (type(value) if value is not None and type(value) is not object else str)
