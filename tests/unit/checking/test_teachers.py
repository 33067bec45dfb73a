"""Tests as teachers write them: each passes for a right answer and fails for a wrong one."""

# cells are easier to read on one line
# ruff: noqa: E501

from __future__ import annotations

import pytest

from .conftest import Judge

MODEL = "from sklearn.linear_model import LogisticRegression\nfrom sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\nimport numpy as np\nX = np.arange(40.0).reshape(20, 2)\ny = (X[:, 0] > 19).astype(int)\n"
FIGURE = "import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt\n"
POINT = "from dataclasses import dataclass\n@dataclass(order=True)\nclass Point:\n    x: int\n    y: int = 0\n    @property\n    def norm(self): return (self.x ** 2 + self.y ** 2) ** 0.5\n    def __add__(self, o): return Point(self.x + o.x, self.y + o.y)\n"

CASES = {
    "plain assert": ("def f(x): return x * x", "def f(x): return x + x + 1", "assert f(3) == 9, 'square'"),
    "math.isclose": ("def f(x): return x / 3", "def f(x): return x // 3", "import math\nassert math.isclose(f(1), 0.3333333333333333)"),
    "pytest.approx": ("def f(x): return [x * 0.1, x * 0.2]", "def f(x): return [x, x]", "import pytest\nassert f(3) == pytest.approx([0.3, 0.6])\nassert pytest.approx(0.3) == f(3)[0]"),
    "pytest.raises": ("def f(x):\n    if x < 0: raise ValueError('must be positive')\n    return x", "def f(x): return x", "import pytest\nwith pytest.raises(ValueError, match='positive'):\n    f(-1)"),
    "pytest.raises of another kind": ("def f(x): raise TypeError('text')", "def f(x): raise KeyError('text')", "import pytest\nwith pytest.raises(TypeError):\n    f('a')"),
    "try, except, else": ("def f(x):\n    if x == 0: raise ZeroDivisionError('no')\n    return 1 / x", "def f(x): return 0", "try:\n    f(0)\nexcept ZeroDivisionError:\n    pass\nelse:\n    raise AssertionError('did not raise')"),
    "unittest.TestCase": ("def f(x): return [x, x + 1]", "def f(x): return [x]", "import unittest\ntest = unittest.TestCase()\ntest.assertEqual(f(1), [1, 2])\ntest.assertListEqual(f(2), [2, 3])\ntest.assertIn(3, f(2))\ntest.assertTrue(isinstance(f(1), list))\ntest.assertAlmostEqual(f(0.1)[1], 1.1)\ntest.assertIsNotNone(f(1))"),
    "unittest.TestCase class": ("def f(x): return x * x", "def f(x): return x", "import io, unittest\nclass TestF(unittest.TestCase):\n    def test_square(self):\n        self.assertEqual(f(3), 9)\nresult = unittest.TextTestRunner(stream=io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromTestCase(TestF))\nassert result.wasSuccessful()"),
    "assert_equal of nose": ("def f(x): return {'a': x}", "def f(x): return {'a': 0}", "import sys, types, unittest\ntools = types.ModuleType('nose.tools')\ntools.assert_equal = unittest.TestCase().assertEqual\nassert_equal = tools.assert_equal\nassert_equal(f(2), {'a': 2})"),
    "assert_allclose": ("import numpy as np\ndef f(x): return np.asarray(x) * 2.0", "import numpy as np\ndef f(x): return np.asarray(x)", "import numpy as np\nnp.testing.assert_allclose(f([1, 2]), [2, 4])\nnp.testing.assert_array_equal(f(np.eye(2)), 2 * np.eye(2))"),
    "assert_almost_equal": ("def f(x): return x / 3", "def f(x): return 0.34", "from numpy.testing import assert_almost_equal\nassert_almost_equal(f(1), 0.33333333)"),
    "shape and dtype": ("import numpy as np\ndef f(n): return np.zeros((n, 2), dtype=int)", "import numpy as np\ndef f(n): return np.zeros((2, n))", "import numpy as np\nout = f(3)\nassert isinstance(out, np.ndarray) and out.shape == (3, 2) and out.dtype == int and np.issubdtype(out.dtype, np.integer)"),
    "assert_frame_equal": ("def f(df): return df.groupby('k', as_index=False)['v'].mean()", "def f(df): return df", "import pandas as pd\ndf = pd.DataFrame({'k': ['a', 'a', 'b'], 'v': [1.0, 3.0, 5.0]})\npd.testing.assert_frame_equal(f(df), pd.DataFrame({'k': ['a', 'b'], 'v': [2.0, 5.0]}))"),
    "assert_series_equal": ("def f(df): return df['v'] * 2", "def f(df): return df['v']", "import pandas as pd\npd.testing.assert_series_equal(f(pd.DataFrame({'v': [1, 2]})), pd.Series([2, 4], name='v'))"),
    "a table that must stay": ("def f(df): return df.assign(new=1)", "def f(df):\n    df['new'] = 1\n    return df", "import pandas as pd\ndf = pd.DataFrame({'v': [1]})\nbefore = df.copy()\nout = f(df)\npd.testing.assert_frame_equal(df, before)\nassert list(out.columns) == ['v', 'new']"),
    "a list that must stay": ("def f(xs): return sorted(xs)", "def f(xs):\n    xs.sort()\n    return xs", "xs = [3, 1, 2]\nassert f(xs) == [1, 2, 3] and xs == [3, 1, 2]"),
    "a list that must change": ("def f(xs): xs.append(4)", "def f(xs): return xs + [4]", "xs = [3]\nf(xs)\nassert xs == [3, 4]"),
    "what is printed": ("def f(name): print('Hello,', name)", "def f(name): return 'Hello, ' + name", "import io\nfrom contextlib import redirect_stdout\nout = io.StringIO()\nwith redirect_stdout(out):\n    f('Kim')\nassert out.getvalue().strip() == 'Hello, Kim'"),
    "hasattr and callable": ("class A:\n    def run(self): return 1\n    size = 3", "class A:\n    run = 3", "assert hasattr(A, 'run') and callable(A().run) and callable(getattr(A, 'run')) and A().run() == 1 and A.size == 3"),
    "signature": ("def f(a, b=2, *, c=None): pass", "def f(a, b): pass", "import inspect\np = inspect.signature(f).parameters\nassert list(p) == ['a', 'b', 'c'] and p['b'].default == 2 and f.__name__ == 'f'"),
    "docstring": ('def f():\n    """Says."""', "def f(): pass", "assert f.__doc__ and 'Says' in f.__doc__"),
    "generator": ("def f(n):\n    for i in range(n): yield i * i", "def f(n): return [i for i in range(n)]", "import types\ng = f(3)\nassert isinstance(g, types.GeneratorType) and next(g) == 0 and list(g) == [1, 4]"),
    "infinite generator": ("def f():\n    n = 0\n    while True:\n        yield n\n        n += 2", "def f():\n    yield 0", "from itertools import islice\nassert list(islice(f(), 4)) == [0, 2, 4, 6]"),
    "recursion": ("def f(n): return 1 if n < 2 else n * f(n - 1)", "def f(n): return n * f(n - 1)", "assert f(5) == 120 and f(0) == 1"),
    "callback": ("def f(g, xs): return [g(x) for x in xs if g(x) is not None]", "def f(g, xs): return xs", "calls = []\ndef spy(x):\n    calls.append(x)\n    return x * 10\nassert f(spy, [1, 2]) == [10, 20] and 1 in calls"),
    "decorator": ("def f(g):\n    def inner(*a): return g(*a) + 1\n    return inner", "def f(g): return g", "@f\ndef double(x):\n    return 2 * x\nassert double(4) == 9"),
    "sorting key": ("f = lambda word: (len(word), word)", "f = lambda word: -len(word)", "assert sorted(['bb', 'a', 'ab'], key=f) == ['a', 'ab', 'bb']"),
    "data class": (POINT, POINT.replace("self.y + o.y", "self.y"), "assert Point(1, 2) == Point(1, 2) and Point(1, 2) != Point(1, 3) and Point(1) + Point(2, 5) == Point(3, 5) and repr(Point(1)) == 'Point(x=1, y=0)'\nassert sorted([Point(2), Point(1, 9)])[0] == Point(1, 9) and Point(3, 4).norm == 5 and Point(1) < Point(2)"),
    "inheritance": ("class A:\n    def say(self): return 'a'\nclass B(A):\n    def say(self): return super().say() + 'b'", "class A:\n    def say(self): return 'a'\nclass B:\n    def say(self): return 'ab'", "b = B()\nassert isinstance(b, A) and issubclass(B, A) and b.say() == 'ab' and B.__bases__[0].__name__ == 'A' and type(b).__name__ == 'B'"),
    "property that refuses": ("class A:\n    def __init__(self): self._x = 1\n    @property\n    def x(self): return self._x\n    @x.setter\n    def x(self, v):\n        if v < 0: raise ValueError('negative')\n        self._x = v", "class A:\n    x = 1", "a = A()\na.x = 5\nassert a.x == 5\ntry:\n    a.x = -1\n    assert False, 'accepted'\nexcept ValueError:\n    pass\nassert a.x == 5"),
    "exception class": ("class E(ValueError):\n    def __init__(self, n):\n        super().__init__(f'bad {n}')\n        self.n = n\ndef f(n): raise E(n)", "class E(Exception): pass\ndef f(n): raise E(n)", "import pytest\nassert issubclass(E, ValueError)\nwith pytest.raises(E) as caught:\n    f(7)\nassert caught.value.n == 7 and 'bad 7' in str(caught.value)"),
    "context manager": ("class T:\n    def __enter__(self):\n        self.open = True\n        return self\n    def __exit__(self, *a): self.open = False", "class T:\n    def __enter__(self):\n        self.open = True\n        return self\n    def __exit__(self, *a): pass", "with T() as t:\n    assert t.open\nassert not t.open"),
    "a fitted model": (MODEL + "model = LogisticRegression().fit(X, y)", MODEL + "model = LogisticRegression()", "from sklearn.utils.validation import check_is_fitted\ncheck_is_fitted(model)\nassert model.score(X, y) > 0.9 and model.coef_.shape == (1, 2) and isinstance(model, LogisticRegression) and model.get_params()['C'] == 1.0"),
    "cross validation": (
        MODEL + "def make(): return LogisticRegression()",
        MODEL + "from sklearn.dummy import DummyClassifier\ndef make(): return DummyClassifier()",
        "from sklearn.model_selection import cross_val_score\nassert cross_val_score(make(), X, y, cv=4).mean() > 0.7",
    ),
    "a pipeline": (MODEL + "pipe = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, y)", MODEL + "pipe = LogisticRegression().fit(X, y)", "from sklearn.pipeline import Pipeline\nassert isinstance(pipe, Pipeline) and list(pipe.named_steps) == ['standardscaler', 'logisticregression']\nassert pipe.predict(X[:1]).tolist() == [0] and pipe[-1].classes_.tolist() == [0, 1]"),
    "metrics": (MODEL + "model = LogisticRegression().fit(X, y)\npred = model.predict(X)", MODEL + "model = LogisticRegression().fit(X, y)\npred = 1 - y", "from sklearn.metrics import accuracy_score\nassert accuracy_score(y, pred) > 0.9 and (pred == model.predict(X)).all()"),
    "a figure": (FIGURE + "def draw():\n    fig, ax = plt.subplots()\n    ax.plot([1, 2], [3, 5], label='bmi', color='red')\n    ax.bar(['a', 'b'], [4, 6])\n    ax.set_xlabel('age'); ax.set_ylabel('n'); ax.set_title('T'); ax.legend()\n    return fig, ax", FIGURE + "def draw():\n    fig, ax = plt.subplots()\n    ax.plot([1, 2], [3, 4])\n    return fig, ax",
                 "fig, ax = draw()\nassert ax.get_xlabel() == 'age' and ax.get_ylabel() == 'n' and ax.get_title() == 'T'\nassert list(ax.lines[0].get_ydata()) == [3, 5] and ax.lines[0].get_color() == 'red'\nassert [p.get_height() for p in ax.patches] == [4, 6] and fig.axes[0] is ax and len(fig.axes) == 1\nassert [t.get_text() for t in ax.get_legend().get_texts()] == ['bmi']\nassert ax.get_xlim()[0] < ax.get_xlim()[1]"),
    "source-level rule": ("def f(xs):\n    t = 0\n    for x in xs: t += x\n    return t", "def f(xs): return sum(xs)", "import inspect\nsource = inspect.getsource(f)\nassert 'sum(' not in source and 'for' in source and f([1, 2]) == 3"),
    "random and seeds": ("import random\ndef f(seed): return random.Random(seed).random()", "import random\ndef f(seed): return random.random()", "assert f(1) == f(1) and f(1) != f(2) and 0 <= f(3) < 1"),
    "many cases at once": ("def f(a, b): return a + b", "def f(a, b): return a - b", "cases = [((1, 2), 3), ((0, 0), 0), (('a', 'b'), 'ab')]\nfor args, want in cases:\n    got = f(*args)\n    assert got == want, f'{args}: {got} != {want}'"),
    "text and dates": ("import datetime\ndef f(d): return d + datetime.timedelta(days=1), d.isoformat()", "import datetime\ndef f(d): return d, str(d)", "from datetime import date\nassert f(date(2026, 2, 28)) == (date(2026, 3, 1), '2026-02-28')"),
    "sets and dicts": ("def f(ws): return {w: ws.count(w) for w in set(ws)}, set(ws)", "def f(ws): return {}, set()", "counts, kinds = f(['a', 'b', 'a'])\nassert counts == {'a': 2, 'b': 1} and kinds == {'a', 'b'} and counts.get('z', 0) == 0 and max(counts, key=counts.get) == 'a'"),
    "numpy scalar or float": ("import numpy as np\ndef f(xs): return np.mean(xs)", "import numpy as np\ndef f(xs): return np.median(xs)", "import numpy as np\nassert np.isclose(f([1, 2, 6]), 3) and isinstance(f([1, 2, 6]), (float, np.floating)) and round(float(f([1, 2, 6])), 2) == 3.0"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_right_answer_passes(name: str, judge: Judge) -> None:
    """What teachers write gives an honest answer its points, with nothing refused."""
    right, _, test = CASES[name]
    texts = {"answer": right}
    run = judge(right, test, author=right, texts=texts)
    assert run.passed, run


@pytest.mark.parametrize("name", CASES)
def test_wrong_answer_fails(name: str, judge: Judge) -> None:
    """A wrong answer fails by what the test says or by what the answer raises; nobody is excused."""
    right, wrong, test = CASES[name]
    run = judge(wrong, test, author=right, texts={"answer": wrong})
    assert not run.passed
    assert not run.excused, run.error
    assert run.fault is None, run.fault
