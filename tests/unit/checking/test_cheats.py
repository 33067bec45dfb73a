"""Learners who set out to deceive: each states the highest honest result, and never gets more."""

# cells are easier to read on one line
# ruff: noqa: E501

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable

import pytest

from grader.checking.channel import SocketChannel
from grader.checking.decode import decode
from grader.checking.encode import Bounds, encode
from grader.checking.faults import Reason
from grader.checking.light import read_light

from .conftest import Judge

YES = '''
import operator
class Yes:
    """Agrees with everything."""
    def _yes(self, *args, **more): return True
    def _me(self, *args, **more): return self
    def __getattr__(self, name):
        if name.startswith("__"): raise AttributeError(name)
        return self._yes
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __bool__ = _yes
    __sub__ = __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _me
    __abs__ = __neg__ = __round__ = __call__ = _me
    __hash__ = object.__hash__
    def __len__(self): return 1
    def __getitem__(self, key): return self
    def __iter__(self): return iter([self])
'''

TESTS = {
    "equal": "assert f(2) == 4",
    "equal, expected first": "assert 4 == f(2)",
    "not unequal": "assert not (f(2) != 4)",
    "unequal": "assert f(2) != 5",
    "close": "assert abs(f(2) - 4.0) < 1e-6",
    "close, expected first": "assert abs(4.0 - f(2)) < 1e-6",
    "between": "assert 3 < f(2) < 5",
    "less": "assert f(2) < 5",
    "isclose": "import math\nassert math.isclose(f(2), 4)",
    "allclose": "import numpy as np\nassert np.allclose(f(2), [4])",
    "array equal": "import numpy as np\nassert (np.array([4]) == f(2)).all()",
    "numpy testing": "import numpy as np\nnp.testing.assert_allclose(f(2), 4)",
    "numpy testing equal": "import numpy as np\nnp.testing.assert_equal(f(2), {'a': 4})",
    "approx": "import pytest\nassert f(2) == pytest.approx(4)",
    "approx first": "import pytest\nassert pytest.approx(4) == f(2)",
    "frame equals": "import pandas as pd\nassert f(2).equals(pd.DataFrame({'a': [4]}))",
    "frame equals, expected first": "import pandas as pd\nassert pd.DataFrame({'a': [4]}).equals(f(2))",
    "frame testing": "import pandas as pd\npd.testing.assert_frame_equal(f(2), pd.DataFrame({'a': [4]}))",
    "series testing": "import pandas as pd\npd.testing.assert_series_equal(f(2), pd.Series([4]))",
    "all of a comparison": "assert (f(2) == 4).all()",
    "in a list": "assert f(2) in [4, 5]",
    "in the answer": "assert 4 in f(2)",
    "item": "assert f(2)['value'] == 4",
    "walk": "assert [x for x in f(2)] == [4]",
    "all": "assert all(x == 4 for x in f(2))",
    "tuple": "assert tuple(f(2)) == (4,)",
    "text": "assert f(2).startswith('4')",
    "text is upper": "assert f(2).isupper()",
    "issubset": "assert f(2).issubset({4})",
    "dict": "assert f(2).get('a') == 4",
    "unittest": "import unittest\nunittest.TestCase().assertEqual(f(2), 4)",
    "unittest almost": "import unittest\nunittest.TestCase().assertAlmostEqual(f(2), 4)",
    "unittest sets": "import unittest\nunittest.TestCase().assertSetEqual(f(2), {4})",
    "unittest dict": "import unittest\nunittest.TestCase().assertDictEqual(f(2), {'a': 4})",
    "unittest list": "import unittest\nunittest.TestCase().assertListEqual(f(2), [4])",
    "metamorphic": "assert f(2) == f(3) - 1 and f(1) == f(1)",
    "same twice": "assert f(2) == f(2)",
    "set": "assert {f(2)} == {4}",
    "dict key": "assert {4: 'x'}[f(2)] == 'x'",
    "max": "assert max(f(2), 3) == 4",
    "sorted": "assert sorted([f(2), 3]) == [3, 4]",
    "sum": "assert sum([f(2)]) == 4",
    "rounded": "assert round(f(2), 1) == 4",
    "swallowed refusal": "try:\n    assert f(2) < 5\nexcept TypeError:\n    pass",
    "in place": "x = f(2)\nx -= 4\nassert x == 0",
    "type and close": "assert isinstance(f(2), (int, float)) and abs(f(2) - 4) < 1",
    "assert_array_almost_equal": "import numpy as np\nnp.testing.assert_array_almost_equal([4], f(2))",
    "match": "match f(2):\n    case 4:\n        pass\n    case _:\n        raise AssertionError",
    "operator module": "import operator\nassert operator.eq(f(2), 4)",
    "equality method": "assert f(2).__eq__(4) is True",
}

LIARS = {
    "always equal": YES + "def f(x): return Yes()",
    "always equal, one for all": YES + "one = Yes()\ndef f(x): return one",
    "class instead of function": YES + "class f(Yes):\n    def __init__(self, x): pass",
    "float that lies": YES + "class F(float, Yes): pass\nF.__eq__ = F.__lt__ = F.__gt__ = Yes._yes\n"
    "F.__sub__ = F.__rsub__ = F.__abs__ = Yes._me\nF.__hash__ = float.__hash__\ndef f(x): return F(9)",
    "text that lies": YES + "class S(str):\n    __eq__ = Yes._yes\n    __contains__ = Yes._yes\n"
    "    __hash__ = str.__hash__\n    startswith = isupper = equals = Yes._yes\ndef f(x): return S('wrong')",
    "list that lies": YES + "class L(list):\n    __eq__ = __contains__ = __lt__ = Yes._yes\n"
    "    __sub__ = Yes._me\n    equals = all = Yes._yes\ndef f(x): return L([9])",
    "dict that lies": YES
    + "class D(dict):\n    __eq__ = __contains__ = Yes._yes\n    def get(self, key): return Yes()\n"
    "    def __getitem__(self, key): return Yes()\ndef f(x): return D(a=9)",
    "lies about its class": YES + "class T(Yes):\n    @property\n    def __class__(self): return float\n"
    "T.__module__ = 'pandas'\nT.__qualname__ = T.__name__ = 'DataFrame'\nT._typ = 'dataframe'\ndef f(x): return T()",
    "says it is an estimator": YES + "class T(Yes): pass\n"
    "T.__module__ = 'sklearn.linear_model._logistic'\nT.__qualname__ = 'LogisticRegression'\ndef f(x): return T()",
    "class returned": YES
    + "class M(type):\n    __eq__ = __lt__ = __contains__ = Yes._yes\n    __hash__ = type.__hash__\n"
    "    __sub__ = __abs__ = Yes._me\n    def __getattr__(self, name): return lambda *a: True\n"
    "class C(metaclass=M): pass\ndef f(x): return C",
    "methods that are classes": YES + "class T:\n    equals = issubset = Yes\n    startswith = get = bool\n"
    "    isupper = all = ValueError\ndef f(x): return T()",
    "function returned": YES + "def g(*a, **k): return True\n"
    "g.equals = g.issubset = g.startswith = g.isupper = g.all = g\ndef f(x): return g",
    "array that lies": YES
    + "import numpy as np\nclass A(np.ndarray):\n    __eq__ = __lt__ = Yes._yes\n    __sub__ = Yes._me\n"
    "    all = equals = Yes._yes\ndef f(x): return np.zeros(1).view(A)",
    "frame that lies": YES
    + "import pandas as pd\nclass P(pd.DataFrame):\n    def equals(self, other): return True\n"
    "    __eq__ = Yes._yes\ndef f(x): return P({'a': [9]})",
}


WORTH = {
    "always equal": "object()",
    "always equal, one for all": "one",
    "class instead of function": "object()",
    "float that lies": "9.0",
    "text that lies": "'wrong'",
    "list that lies": "[9]",
    "dict that lies": "{'a': 9}",
    "lies about its class": "object()",
    "says it is an estimator": "object()",
    "class returned": "one",
    "methods that are classes": "object()",
    "function returned": "one",
    "array that lies": "np.zeros(1)",
    "frame that lies": "pd.DataFrame({'a': [9]})",
}
"""What the object is without its lies."""


@pytest.mark.parametrize("liar", LIARS)
def test_object_that_lies_gets_what_its_data_deserve(liar: str, judge: Judge) -> None:
    """Highest honest result: what the same data score as a plain value, in one process."""
    passed, deserved = set(), set()
    honest = f"import numpy as np\nimport pandas as pd\none = object()\ndef f(x): return {WORTH[liar]}"
    for name, test in TESTS.items():
        if judge(LIARS[liar], test, author="def f(x): return x * x").passed:
            passed.add(name)
        namespace: dict[str, object] = {}
        exec(honest, namespace)
        with contextlib.suppress(Exception):
            exec(test, namespace)
            deserved.add(name)
    assert passed <= deserved
    assert not deserved - {"unequal", "same twice", "swallowed refusal", "less"}


PATCHES = {
    "built-ins": "import builtins\nbuiltins.abs = lambda x: 0\nbuiltins.isinstance = lambda *a: True\n"
    "builtins.all = builtins.any = lambda *a: True\n",
    "own globals": "abs = lambda x: 0\nisinstance = lambda *a: True\nall = lambda *a: True\nfloat = lambda x: 4.0\n",
    "numpy": "import numpy as np\nnp.allclose = np.isclose = lambda *a, **k: True\n",
    "modules": "import sys, types\nclass M(types.ModuleType):\n    def __getattr__(self, n): return lambda *a, **k: True\n"
    "for n in ('numpy', 'math', 'pytest', 'unittest', 'random'): sys.modules[n] = M(n)\nnp = sys.modules['numpy']\n",
    "the checker's library": "import grader.checking.learner as l\nimport grader.checking.encode as e\n"
    "e.PLAIN_CLASSES['eval'] = eval\n",
}


@pytest.mark.parametrize("patch", PATCHES)
def test_patches_stay_with_the_learner(patch: str, judge: Judge) -> None:
    """Highest honest result: 0. Names that the author does not define are the checker's own."""
    code = PATCHES[patch] + "def f(x): return 9"
    author = "import numpy as np\ndef f(x): return x * x"
    tests = (
        "assert abs(f(2) - 4) < 1e-6",
        "assert np.allclose(f(2), 4)",
        "import math\nassert math.isclose(f(2), 4)",
        "assert all(f(x) == x * x for x in range(3))",
        "assert isinstance(f(2), str)",
        "assert float(f(2)) == 4.0",
    )
    assert [test for test in tests if judge(code, test, author=author).passed] == []


HONEST_AT_MOST = {
    "assertion of its own": ("class E(AssertionError): pass\ndef f(x): raise E('bmi-formula')", "f(2)", False),
    "exit": ("import sys\ndef f(x): sys.exit(0)", "f(2)", False),
    "keyboard interrupt": ("def f(x): raise KeyboardInterrupt", "f(2)", False),
    "base exception": ("class B(BaseException): pass\ndef f(x): raise B", "f(2)", False),
    "stop iteration": ("def f(x): raise StopIteration", "assert all(f(i) == 4 for i in [2])", False),
    "skips": ("import unittest\ndef f(x): raise unittest.SkipTest('no')", "f(2)", False),
    "deep recursion": ("def f(x):\n    return f(x)", "f(2)", False),
    "exit swallowed": ("import os\ndef f(x): os._exit(0)", "try:\n    f(2)\nexcept Exception:\n    pass", False),
    "huge": ("def f(x): return [0.5] * 30_000_000", "assert f(2) == 4", False),
    "deep": ("def f(x):\n    y = []\n    for _ in range(500): y = [y]\n    return y", "assert f(2) == 4", False),
    "cycle": ("def f(x):\n    y = []\n    y.append(y)\n    return y", "assert f(2) == 4", False),
    "huge int": ("def f(x): return 1 << 50_000_000", "assert f(2) == 4", False),
    "too many objects": ("class A: pass\ndef f(x): return [A() for _ in range(30_000)]", "f(2)", False),
    "expected value mutated": ("def f(xs):\n    xs.clear(); return 1", "e = [1]\nassert f([2]) == e[0] + 1", False),
    "only arguments can change": ("def f(x): return 4", "e = [4]\nassert f(2) == e[0]", True),
    "reads the caller": (
        "import sys\ndef f(x):\n    g = sys._getframe()\n    while g:\n        if 'expected' in g.f_globals or "
        "'expected' in g.f_locals: return 4\n        g = g.f_back\n    return 9",
        "expected = 4\nassert f(2) == expected", False),
    "reads a callback": (
        "def f(g):\n    try: return g.__globals__['expected']\n    except Exception: pass\n"
        "    try: return g.__closure__[0].cell_contents\n    except Exception: return 9",
        "expected = 4\nassert f(lambda: expected) == expected", False),
    "reads a generator": (
        "def f(g):\n    try: return g.gi_frame.f_globals['expected']\n    except Exception: return 9",
        "expected = 4\nassert f(x for x in [1]) == expected", False),
    "reads an object of the test": (
        "def f(o):\n    for n in ('_expected', '__dict__', '__class__', 'm'):\n        try:\n            v = getattr(o, n)\n"
        "            if n == 'm': v = v.__func__.__globals__\n            return v['expected'] if n != '_expected' else v\n"
        "        except Exception: pass\n    return 9",
        "expected = 4\nclass O:\n    _expected = 4\n    def m(self): return 1\nassert f(O()) == expected", False),
    "reads the garbage": (
        "import gc\ndef f(x):\n    return 4 if any(isinstance(o, dict) and 'secret_name' in o for o in gc.get_objects()) else 9",
        "secret_name = 4\nassert f(2) == secret_name", False),
    "eval handed back": ("def f(x): return eval", "assert f(2)('1+1') == 3", False),
    "pickle handed back": ("import pickle\ndef f(x): return pickle.loads", "assert f(2) == 4", False),
}  # fmt: skip


@pytest.mark.parametrize("name", HONEST_AT_MOST)
def test_trick_gets_no_more_than_it_deserves(name: str, judge: Judge) -> None:
    """The table says whether an honest answer of this kind would pass."""
    code, test, honest = HONEST_AT_MOST[name]
    run = judge(code, test, author="def f(x): return x * x")
    assert run.passed is honest
    assert not isinstance(run.error, KeyboardInterrupt)


def test_class_under_test_that_equals_everything(judge: Judge) -> None:
    """Highest honest result: 0. Even where `==` is the class's own, it must know a difference."""
    code = YES + "class Vector(Yes):\n    def __init__(self, *a): pass"
    author = "class Vector: pass"
    run = judge(code, "assert Vector(1, 2) * 3 == Vector(3, 6)", author=author)
    assert not run.passed
    assert run.refusals


def test_other_functions_cannot_hide_behind_a_class_under_test(judge: Judge) -> None:
    """Highest honest result: 0. Only instances that the test makes itself calculate with plain values."""
    code = YES + "class Vector(Yes):\n    def __init__(self, *a): pass\ndef norm(v): return Vector()"
    author = "class Vector: pass\ndef norm(v): return 5.0"
    for test in (
        "assert abs(norm(Vector(3, 4)) - 5.0) < 1e-6",
        "assert norm(Vector(3, 4)) == 5.0",
        "assert 5.0 in norm(Vector(3, 4))",
        "assert Vector(3, 4).norm() == 5.0",
        "assert abs(Vector(3, 4)) == 5.0",
    ):
        assert not judge(code, test, author=author).passed, test


def read_question(frame: bytes) -> tuple[object, ...]:
    """Return the message in a frame, short or not, as the long kind has it."""
    if frame[:1] != b"[":
        return decode(frame, lambda parts: parts, Bounds())[0]
    number, op, ref, _released, *rest = read_light(frame)
    return ("?", number, op, (ref, *rest) if ref else tuple(rest))


def _speak(*replies: object) -> Callable[[socket.socket], object]:
    """Return a learner that answers each message with the next of these frames, whatever was asked."""

    def work(end: socket.socket) -> None:
        channel = SocketChannel(end)
        for reply in replies:
            packed = read_question(channel.receive())
            for one in reply if isinstance(reply, list) else [reply]:
                frame = one(packed) if callable(one) else one
                if not isinstance(frame, bytes):
                    frame = encode(frame, lambda value: value.parts, Bounds())[0]
                channel.send(frame)
        channel.receive()

    return work


class _Ref:
    def __init__(self, *parts: object) -> None:
        self.parts = parts


def _answer(
    value: object, changes: object = (), printed: object = ()
) -> Callable[[tuple[object, ...]], object]:
    return lambda asked: ("=", asked[1], value, changes, printed)


def _ask(op: str, *args: object) -> tuple[object, ...]:
    return ("?", 1, op, args, {}, (), ())


RUDE: dict[str, Callable[[socket.socket], object]] = {
    "nonsense": _speak(b"\xff\xff"),
    "empty": _speak(b""),
    "not a message": _speak((1, 2)),
    "answer to another question": _speak(("=", 77, 4, (), ())),
    "no such object": _speak(_answer(_Ref("S", 5))),
    "reference of its own making": _speak(_answer(_Ref("M", "os", "system"))),
    "negative reference": _speak(_answer(_Ref("L", -1, -1))),
    "change of what was not sent": _speak(_answer(4, ((3, (1,)),))),
    "calls what was not handed out": _speak(_ask("call", int, "4")),
    "unknown callback": _speak(_ask("eval", "1")),
    "unknown exception": _speak(lambda a: ("!", a[1], ("eval", 0, (), "", 0, 0, ()), (), ())),
    "exception of wrong shape": _speak(lambda a: ("!", a[1], ("ValueError",), (), ())),
    "bad class": _speak(_answer(_Ref("L", 1, 1)), _answer(("x",))),
    "class that is its own base": _speak(
        _answer(_Ref("L", 1, 1)),
        _answer(("A", "m", "A", None, ((1, "m", "A"),), (), (), "")),
        _answer(4),
        _answer(4),
    ),
    "endless classes": lambda end: _endless_classes(end),
    "prints without end": _speak(_answer(4, (), (("stdout", "x" * 300_000),))),
    "silent": lambda end: SocketChannel(end).receive() and SocketChannel(end).receive(),
    "gone": lambda end: SocketChannel(end).receive() and None,
    "giant frame": lambda end: SocketChannel(end).receive() and end.sendall(b"\xff\xff\xff\xff"),
}


def _endless_classes(end: socket.socket) -> None:
    channel, number = SocketChannel(end), 1
    while True:
        asked = read_question(channel.receive())
        number += 1
        value = (
            _Ref("L", 1, 1)
            if asked[2] == "name"
            else ("A", "m", "A", None, ((number, "m", "B"),), (), (), "")
        )
        channel.send(encode(("=", asked[1], value, (), ()), lambda ref: ref.parts, Bounds())[0])


@pytest.mark.parametrize("name", RUDE)
def test_rude_learner_is_a_verdict(name: str, judge: Judge) -> None:
    """Highest honest result: 0. Whatever comes over the wire, the checker says whose fault it was."""
    test = "try:\n    x = f\n    x == 4\nexcept Exception:\n    pass"
    run = judge(RUDE[name], test, author="def f(x): return x", timeout_s=2.0)
    assert not run.passed
    assert run.fault is not None
    assert run.fault.reason in set(Reason)


def test_second_answer_is_a_fault(judge: Judge) -> None:
    """An answer that nobody asked for is not taken for the answer to the next question."""
    run = judge(
        _speak([_answer(1), _answer(2)], [_answer(3)]),
        "assert a == 1\nassert b == 3",
        author="a = b = 1",
        timeout_s=2.0,
    )
    assert run.fault is not None
    assert run.fault.reason is Reason.BROKEN
