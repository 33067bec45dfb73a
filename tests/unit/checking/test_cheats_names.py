"""Learners who bind a name of the test again: exception classes, tolerances, functions of given cells."""

# cells are easier to read on one line
# ruff: noqa: E501

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from grader.checking.author import AuthorNames, pack_author, read_author_cells, unpack_author
from grader.checking.bench import TestBench
from grader.checking.channel import SocketChannel
from grader.checking.checker import CellRun
from grader.checking.support import classify_test

from .conftest import PATIENCE_S, Judge, fork_learner, run_learner

STACK = "class EmptyStack(Exception): pass\nclass Stack:\n    Empty = EmptyStack\n    def __init__(self): self.items = []\n    def pop(self):\n        if not self.items: raise EmptyStack('empty')\n        return self.items.pop()\n    def errors(self): return [EmptyStack]\n"
ALIASES = {
    "AssertionError": "EmptyStack = AssertionError",
    "Exception": "EmptyStack = Exception",
    "BaseException": "EmptyStack = BaseException",
    "tuple": "EmptyStack = (AssertionError, ValueError)",
    "another built-in": "EmptyStack = IndexError",
    "named like a built-in": "EmptyStack = type('AssertionError', (Exception,), {'__module__': 'builtins'})",
    "derived": "class EmptyStack(AssertionError): pass",
    "metaclass": "class M(type):\n    __instancecheck__ = __subclasscheck__ = lambda c, o: True\n    mro = lambda c: [c, Exception, BaseException, object]\nclass EmptyStack(Exception, metaclass=M): pass",
    "object": "class T(tuple): pass\nEmptyStack = T((AssertionError, ValueError))",
}  # fmt: skip
WAYS = {
    "except": "s = Stack()\ntry:\n    s.pop()\n    assert False, 'must raise'\nexcept EmptyStack: pass",
    "except several": "s = Stack()\ntry:\n    s.pop()\n    assert False, 'must raise'\nexcept (KeyError, EmptyStack): pass",
    "raises": "import pytest\nwith pytest.raises(EmptyStack):\n    Stack().pop()\n    assert False",
    "suppress": "import contextlib\ndone = False\nwith contextlib.suppress(EmptyStack):\n    Stack().pop()\n    assert False",
    "another name": "E = EmptyStack\ntry:\n    Stack().pop()\n    assert False\nexcept E: pass",
    "unittest": "import unittest\nwith unittest.TestCase().assertRaises(EmptyStack):\n    Stack().pop()\n    assert False",
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("alias", ALIASES)
def test_alias_of_an_exception_catches_nothing_of_the_tests(alias: str, way: str, judge: Judge) -> None:
    """Highest honest result: 0. What the author defines as a class must be one that the learner made."""
    lazy = f"{ALIASES[alias]}\nclass Stack:\n    def pop(self): return 1\n"
    run = judge(lazy, WAYS[way], author=STACK)
    assert not run.passed
    assert not run.excused, run.error


@pytest.mark.parametrize("way", WAYS)
def test_honest_exception_class_is_caught(way: str, judge: Judge) -> None:
    """A class of the learner's, whatever it derives from, works in `except` and `pytest.raises`."""
    for base in ("Exception", "IndexError", "AssertionError"):
        run = judge(STACK.replace("(Exception)", f"({base})"), WAYS[way], author=STACK)
        assert run.passed, (base, run)


ERRORS = "ERROR = ValueError\ndef f(): raise ValueError\nclass Stack:\n    Empty = ValueError\n    def errors(self): return [ValueError]\n"
WIDE = {
    "a name that the author binds otherwise": ("ERROR = AssertionError", "ERROR"),
    "several": ("ERROR = (Exception, KeyError)", "ERROR"),
    "several of a kind": ("class T(tuple): pass\nERROR = T((AssertionError,))", "ERROR"),
    "an attribute": ("class Stack:\n    Empty = AssertionError", "Stack.Empty"),
    "an attribute of an object": ("class Stack:\n    Empty = (BaseException,)", "Stack().Empty"),
    "an item": ("class Stack:\n    def errors(self): return [Exception]", "Stack().errors()[0]"),
    "the class of an object": ("class Stack:\n    def errors(self): return AssertionError('x')", "type(Stack().errors())"),
    "a class derived from it": ("class Stack:\n    class Empty(AssertionError): pass", "Stack.Empty"),
}  # fmt: skip


@pytest.mark.parametrize("name", WIDE)
@pytest.mark.parametrize("way", ["except", "raises"])
def test_wide_exceptions_of_the_learner_catch_nothing(name: str, way: str, judge: Judge) -> None:
    """Highest honest result: 0. Only a test's own text may name what catches its own assertions."""
    code, error = WIDE[name]
    test = f"try:\n    f()\n    assert False\nexcept {error}: pass"
    if way == "raises":
        test = f"import pytest\nwith pytest.raises({error}):\n    f()\n    assert False"
    run = judge(f"{code}\ndef f(): return 1", test, author=ERRORS)
    assert not run.passed
    assert not run.excused, run.error


def test_names_of_built_in_exceptions_that_the_author_binds_work(judge: Judge) -> None:
    """A name that the author binds to a built-in exception, and the test's own wide handlers."""
    author = "ERROR = ValueError\nSOME = (KeyError, ValueError)\ndef f(): raise ValueError('no')\ndef g(): return AssertionError('x')"
    for test in (
        "try:\n    f()\nexcept ERROR: pass\nelse:\n    assert False",
        "try:\n    f()\nexcept SOME: pass\nelse:\n    assert False",
        "assert ERROR is ValueError and SOME == (KeyError, ValueError)",
        "try:\n    f()\nexcept Exception as e:\n    assert isinstance(e, ValueError) and str(e) == 'no'",
        "try:\n    assert f is None\nexcept AssertionError: pass",
        "assert isinstance(g(), AssertionError) or isinstance(g(), Exception)",
    ):
        run = judge(author, test)
        assert run.passed, (test, run)


GIVEN = "import math\nimport numpy as np\nTOL = 1e-3\nLOW, HIGH = 1, 9\nTENTH: float = TOL * 100\nWANTED = ('a', 'b')\ndef close(a, b):\n    return abs(a - b) < TOL\nnear = lambda a, b: close(a, b)\ndef check(got, want):\n    assert got == want, 'wrong'\ndef look():\n    return f(2) * 1.0\ndef same(a: np.ndarray, b) -> bool:\n    return np.allclose(a, b, atol=TENTH)\n"
Locked = Callable[..., CellRun]


@pytest.fixture
def locked() -> Iterator[Locked]:
    """Return a function that runs a test behind a locked cell and the learner's, which may bind all again."""
    started: list[tuple[int, Any]] = []

    def run(
        learner: str,
        test: str,
        given: str = GIVEN,
        answer: str = "def f(x): return x * x",
        is_locked: bool = True,
        before: Mapping[str, str] | None = None,
    ) -> CellRun:
        pid, connection = fork_learner(
            lambda end: run_learner(end, [given, learner, *[None] * (len(before or {}) + 1)])
        )
        started.append((pid, connection))
        earlier = dict(before or {})
        cells = (
            ("given", given, is_locked),
            ("answer", answer, False),
            *((name, "", False) for name in earlier),
            ("test", "", False),
        )
        known: AuthorNames = unpack_author(pack_author(cells))
        bench = TestBench(SocketChannel(connection, PATIENCE_S))
        for name, source in earlier.items():
            bench.run(name, source, lambda: known)
        return bench.run("test", test, lambda: known)

    yield run
    for pid, connection in started:
        connection.close()
        os.kill(pid, 9)
        os.waitpid(pid, 0)


REBOUND = {
    "a tolerance": ("TOL = float('inf')", "assert abs(f(2) - 4) < TOL"),
    "a tolerance that says yes": ("class T(float):\n    __gt__ = __lt__ = lambda s, o: True\nTOL = T(1)", "assert abs(f(2) - 4) < TOL"),
    "a function": ("close = lambda a, b: True", "assert close(f(2), 4)"),
    "a lambda": ("near = lambda a, b: True", "assert near(f(2), 4)"),
    "what a function reads": ("TOL = float('inf')", "assert near(f(2), 4)"),
    "what a function calls": ("close = lambda a, b: True", "assert near(f(2), 4)"),
    "a judge": ("check = lambda *a: None", "check(f(2), 4)"),
    "a built-in that a function uses": ("abs = lambda x: 0", "assert close(f(2), 4)"),
    "a library that a function uses": ("class np:\n    allclose = staticmethod(lambda *a, **k: True)", "assert same(f(2), 4)"),
    "code of a function": ("close.__code__ = (lambda a, b: True).__code__", "assert close(f(2), 4)"),
    "a constant made of constants": ("TENTH = 1e9", "assert abs(f(2) - 4) < TENTH"),
    "several at once": ("LOW = 0", "assert LOW <= f(2) <= HIGH"),
    "names": ("WANTED = ()", "assert all(f(name) == 2 * name for name in WANTED)"),
    "a function that asks": ("look = lambda: 4.0", "assert close(look(), 4)"),
}  # fmt: skip


@pytest.mark.parametrize("name", REBOUND)
def test_given_names_are_the_authors(name: str, locked: Locked) -> None:
    """Highest honest result: 0. Constants and functions of locked cells cannot be bound again."""
    code, test = REBOUND[name]
    run = locked(f"{code}\ndef f(x): return 0", test)
    assert not run.passed
    assert not run.excused, run.error


@pytest.mark.parametrize("name", REBOUND)
def test_given_names_work_for_the_honest(name: str, locked: Locked) -> None:
    """The same tests pass with the author's names and a right answer."""
    _, test = REBOUND[name]
    run = locked("def f(x): return x * 2 if isinstance(x, str) else x * x", test)
    assert run.passed, run


LEARNERS = {
    "bound by an answer too": ("x = 0", "x = 5", "x = 7", "assert x == 7"),
    "bound by an answer's function": ("x = 0", "def put():\n    global x\n    x = 5", "def put():\n    global x\n    x = 7\nput()", "assert x == 7"),
    "changed where it lies": ("log = []\ndef note(x): log.append(x)", "note(1)", "note(1)", "note(2)\nassert log == [1, 2]"),
    "filled by an answer": ("answers = {}", "answers['q1'] = 3", "answers['q1'] = 3", "assert answers['q1'] == 3"),
    "counted on": ("n = 1\nn += 1", "y = 1", "n = 9", "assert n == 9"),
    "bound in a block": ("if True:\n    n = 1", "y = 1", "n = 9", "assert n == 9"),
    "a table": ("import pandas as pd\ndf = pd.DataFrame({'a': [1]})\ndef rows(): return len(df)", "y = 1", "y = 1", "assert rows() == 1 and df['a'].sum() == 1"),
    "a class": ("class P:\n    def __init__(self, x): self.x = x\ndef make(): return P(3)", "def f(p): return p.x", "def f(p): return p.x if type(p) is P else 0", "assert f(make()) == 3 and isinstance(make(), P)"),
    "a file of the learner's": ("def read():\n    with open('fix-names.txt') as file: return file.read()", "y = 1", "import io\ndef open(name): return io.StringIO('kept')", "assert read() == 'kept'"),
    "a state of the learner's": ("import random\ndef draw(): return random.random()", "y = 1", "random.seed(3)\nwant = random.random()\nrandom.seed(3)", "assert draw() == want"),
    "an answer with magics": ("x = 0", "%time x = 5", "x = 7", "assert x == 7"),
}  # fmt: skip


@pytest.mark.parametrize("name", LEARNERS)
def test_what_an_answer_may_change_stays_the_learners(name: str, locked: Locked) -> None:
    """Honest answers keep their points: only what no cell of the author's changes is given for good."""
    given, answer, learner, test = LEARNERS[name]
    run = locked(learner, test, given=given, answer=answer)
    assert run.passed, run


def test_cells_that_are_not_locked_are_the_learners(locked: Locked) -> None:
    """A cell that trainees may change says what they made of it."""
    assert locked(
        "TOL = 2\ndef f(x): return 4", "assert TOL == 2 and abs(f(2) - 4) < TOL", is_locked=False
    ).passed


def test_earlier_test_cell_may_bind_a_given_name(locked: Locked) -> None:
    """What a test binds comes first, as ever."""
    run = locked("def f(x): return 4.5", "assert close(f(2), 4) and TOL == 1", before={"earlier": "TOL = 1"})
    assert run.passed, run


def test_given_names_are_those_of_the_place() -> None:
    """Each test gets what the last locked cell before it says; both are known."""
    names = read_author_cells([("a", "N = 1", True), ("t", ""), ("b", "N = 2", True), ("u", "")])
    assert names.given == {"N": (("a", "N = 1"), ("b", "N = 2"))}
    assert unpack_author(pack_author((("a", "N = 1", True),))).given == {"N": (("a", "N = 1"),)}


def test_judges_of_locked_cells_need_no_rewrite() -> None:
    """A checking function that runs in the checker is no obstacle; one of an open cell still is."""
    judge = "def check(got, want):\n    assert got == want"
    for is_locked in (True, False):
        author = read_author_cells([("given", judge, is_locked), ("answer", "def f(x): return x")])
        found = [one.construct for one in classify_test("check(f(2), 4)", author)]
        assert found == ([] if is_locked else ["judged-by-learner"])


def test_annotations_are_what_a_notebook_makes_of_them(locked: Locked) -> None:
    """Neither tests nor given functions are compiled with a setting of the checker's own modules."""
    test = "def g(x: int) -> str: pass\nassert g.__annotations__ == {'x': int, 'return': str} and same.__annotations__['return'] is bool"
    run = locked("def f(x): return 4", test)
    assert run.passed, run


PLACES = {
    "defined twice": ([("a", "N = 1", True), ("b", "N = 2", True)], {"N"}),
    "an import": ([("a", "import math\nmath = 3", True)], set()),
    "imported elsewhere": ([("a", "N = 1", True), ("b", "from x import N", False)], set()),
    "deleted": ([("a", "N = 1\ndel N", True)], set()),
    "a target of a loop": ([("a", "N = 1\nfor N in (1, 2): pass", True)], set()),
    "a changeable constant that nobody uses": ([("a", "WORDS = ['a', 'b']\nUNITS = {'m': 1}", True)], {"WORDS", "UNITS"}),
    "a changeable constant that a given function uses": ([("a", "W = []\ndef put(x): W.append(x)", True)], set()),
    "a changeable constant in another": ([("a", "W = []\nPAIR = (W, 1)", True)], set()),
    "drawing": ([("a", "import matplotlib.pyplot as plt\ndef show(x): plt.plot(x)", True)], set()),
    "chance": ([("a", "import numpy as np\ndef data(n): return np.random.rand(n)", True)], set()),
    "files": ([("a", "import pandas as pd\ndef load(): return pd.read_csv('x.csv')", True)], set()),
    "an import inside": ([("a", "def near(a, b):\n    import math\n    return math.isclose(a, b)\ndef here():\n    import os\n    return os.getcwd()", True)], {"near"}),
    "one needs another that is not given": ([("a", "data = open('x')\ndef g(): return data\ndef h(): return g()", True)], set()),
    "needs an answer's": ([("a", "def check(x): assert f(x) == x", True), ("b", "def f(x): return x", False)], {"check"}),
    "changes an answer's": ([("a", "def put(x): log.append(x)\ndef set(x): log[0] = x", True), ("b", "log = []", False)], set()),
    "recursive": ([("a", "def fact(n): return 1 if n < 2 else n * fact(n - 1)", True)], {"fact"}),
    "decorated": ([("a", "import functools\n@functools.lru_cache\ndef g(x): return x\n@later\ndef h(x): return x", True)], {"g"}),
    "a built-in that the author binds": ([("a", "class sum: pass\ndef g(x): return sum(x)", True)], set()),
    "harmless magics": ([("a", "%matplotlib inline\nTOL = 1e-3", True)], {"TOL"}),
    "magics": ([("a", "%time\nTOL = 1e-3", True)], set()),
    "bound under a name of its own": ([("a", "A = B = 2\nC, D = 1, 2\nE: int = 3\nF: int", True)], {"A", "B", "C", "D", "E"}),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_what_is_given(name: str) -> None:
    """Constants and functions that mean the same in a process that ran no other cell; nothing else."""
    cells, given = PLACES[name]
    assert read_author_cells(cells).given.keys() == given
