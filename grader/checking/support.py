"""What test cells can do in two processes, and what makes a cell *not isolatable*.

Knows Python's syntax. Runs nothing. The table `SUPPORT` is the one source: docs are made from it, and
`classify_test` names its rows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .author import AuthorNames
from .testcell import blank_magics, parse_test
from .testnames import bound_names, top_names


@dataclass(frozen=True)
class Construct:
    """One row of the table."""

    id: str
    what: str
    supported: bool
    why: str
    """How it works, or why it cannot."""


SUPPORT: tuple[Construct, ...] = (
    Construct(
        "plain-values",
        "numbers, text, lists, dicts, sets, dates, numpy arrays, pandas objects",
        True,
        "arrive as copies of exactly the same type; compared in the checker",
    ),
    Construct(
        "calls",
        "calling the learner's functions, classes and methods",
        True,
        "arguments go by copy; what the call changes in them is changed in the test's own objects too",
    ),
    Construct(
        "exceptions",
        "`try`, `pytest.raises`, the learner's own exception classes",
        True,
        (
            "built-in exceptions keep type and arguments; others keep name, nearest built-in class and "
            "attributes; StopIteration from a call is a RuntimeError unless the test names it; where the "
            "author's answer defines a class, a built-in exception that the learner binds catches nothing"
        ),
    ),
    Construct(
        "objects",
        "attributes, items, iteration, `len`, `bool`, `float`, `str`, `hash`, `with`, generators",
        True,
        (
            "done by the learner's process; what comes back is plain or a proxy again; of subclasses of "
            "plain types, all from one copy of their data"
        ),
    ),
    Construct(
        "operators",
        "operators and comparisons on objects of a class that the author's answer defines",
        True,
        (
            "where the author's own class has the operator: done by the learner's class between its "
            "instances, and with plain values on an instance that the test itself made"
        ),
    ),
    Construct(
        "foreign-operators",
        "comparing or calculating with any other object of the learner",
        False,
        "the learner would see the expected value and decide; raises NotPlain, `==` is False",
    ),
    Construct(
        "type-checks",
        "`isinstance`, `issubclass`, `type(x).__name__`, `callable`, `hasattr`",
        True,
        ("against plain types, the learner's own classes, and loaded scikit-learn and matplotlib classes"),
    ),
    Construct(
        "signatures",
        "`inspect.signature`, `f.__name__`, `f.__doc__`",
        True,
        "told by the learner's process",
    ),
    Construct(
        "sources",
        '`inspect.getsource(f)`, `learner_source("cell")`',
        True,
        "answered from the submitted text; not for a name that is bound under an `if` or bound again",
    ),
    Construct(
        "callbacks",
        "functions, generators and objects of the test as arguments",
        True,
        (
            "the learner gets a stub: calls and public names only; an assertion that fails inside is the "
            "test's, whatever the learner's code catches, unless the test names AssertionError"
        ),
    ),
    Construct(
        "earlier-tests",
        "imports, constants, helper functions and objects of earlier test cells",
        True,
        "stay until a cell of the author's that stands between binds the name again; the learner cannot",
    ),
    Construct(
        "last-expression",
        "a last line that is an expression; `print`, `display`",
        True,
        "a plain value is shown as the cell's result, as partial credit needs it",
    ),
    Construct(
        "harmless-magics",
        "`%matplotlib …`, `%config InlineBackend…`, `%load_ext …`, `%autoreload …`",
        True,
        "left out: they mean nothing in a checker",
    ),
    Construct(
        "output",
        "`contextlib.redirect_stdout` around a call",
        True,
        "what the learner's call prints through `sys.stdout` arrives where the test's own output goes",
    ),
    Construct(
        "libraries",
        "numpy, pandas, scikit-learn, pytest … in tests",
        True,
        "the checker's own; names that the author only imports mean the real library",
    ),
    Construct(
        "given-names",
        "constants and functions that locked cells define",
        True,
        (
            "the author's own, whatever the learner binds: numbers, text and tuples, and functions that only "
            "calculate; classes, loaded tables and lists that other cells use come from the learner's process"
        ),
    ),
    Construct(
        "own-word",
        "`model.score(X, y)` and other methods with which the learner's object judges itself",
        True,
        (
            "the answer is the learner's own word, and `y` goes there; take `model.predict(X)` and calculate "
            "the score in the test"
        ),
    ),
    Construct(
        "missing-values",
        "`(answer == expected).all()` on pandas objects",
        True,
        (
            "pandas skips missing values, so a column of nothing but `<NA>` agrees; use "
            "`pandas.testing.assert_series_equal` or `answer.equals(expected)`"
        ),
    ),
    Construct(
        "figures",
        "a figure or axes that the learner's code returns or binds",
        True,
        "by proxy",
    ),
    Construct(
        "magics",
        "other lines with `%`, `!` or `?`",
        False,
        "only IPython knows them; the checker is plain Python",
    ),
    Construct(
        "ipython",
        "`get_ipython()`, `In`, `Out`, `_`",
        False,
        "they live in the learner's shell",
    ),
    Construct(
        "namespace",
        "`globals()`, `locals()`, `vars()`, `dir()`, `eval`, `exec` over the learner's names",
        False,
        "the learner's names are resolved one by one, when the test uses them",
    ),
    Construct(
        "binds-for-learner",
        "`global`, and names that the test binds for later cells of the learner",
        False,
        "what a test binds stays in the checker",
    ),
    Construct(
        "changes-globals",
        "changing a plain value of the learner in place, without a call",
        False,
        "the test has a copy of it",
    ),
    Construct(
        "patch",
        "`unittest.mock.patch`, `monkeypatch`, setting attributes of modules",
        False,
        "it would patch the checker's own modules, not those the learner's code uses",
    ),
    Construct(
        "frames",
        "`sys._getframe`, `inspect.stack`, `gc`, `ctypes`, `tracemalloc`",
        False,
        "they look into the checker's process",
    ),
    Construct(
        "pickle",
        "`pickle`, `dill`, `joblib`, `shelve` on the learner's objects",
        False,
        "unpickling runs code; objects of the learner do not travel",
    ),
    Construct(
        "files",
        "`tempfile`, and paths or open files as arguments",
        False,
        "the learner's code has a disk of its own; what it writes there the test does not see",
    ),
    Construct(
        "current-figure",
        "`plt.gcf()`, `plt.gca()`, `plt.get_fignums()` for a figure the learner drew",
        False,
        "the checker's pyplot knows none of it; have the learner bind or return the figure",
    ),
    Construct(
        "subclass",
        "deriving a class in the test from one of the learner",
        False,
        "its methods would have to run in both processes",
    ),
    Construct(
        "main",
        "`import __main__`",
        False,
        "in the checker that is the test, not the notebook",
    ),
    Construct(
        "await",
        "`await` at top level",
        False,
        "only IPython runs it",
    ),
    Construct(
        "not-python",
        "a cell that does not parse",
        False,
        "the checker is plain Python",
    ),
    Construct(
        "judged-by-learner",
        "a checking function defined in a cell that learners may change",
        False,
        (
            "it would run in the learner's process, with the expected value; define it in a test cell, or in "
            "a locked cell as a function that only calculates"
        ),
    ),
    Construct(
        "kept-arguments",
        "an argument that the learner's code keeps and changes in a later call",
        False,
        "changes come back with the call that got the argument, not with later ones",
    ),
    Construct(
        "plain-methods",
        "methods that plain values have too (`equals`, `startswith`, `all` …) on objects",
        False,
        ("an object could say yes to everything; allowed for methods that the author's own class defines"),
    ),
)

_WHY = {row.id: row for row in SUPPORT}


@dataclass(frozen=True, order=True)
class Obstacle:
    """Something in a test cell that cannot be checked in isolation."""

    line: int
    """1-based line of the cell."""
    construct: str
    """Id of the row in `SUPPORT`."""
    detail: str

    @property
    def why(self) -> str:
        """Say why it cannot."""
        return _WHY[self.construct].why


_MAGIC = re.compile(r"^[ \t]*(%|!|\?)|^[^#'\"\n]*=\s*(%\w|!\w)|^[ \t]*[\w.]+\?{1,2}[ \t]*$", re.MULTILINE)
_CALLED = {
    "get_ipython": "ipython",
    "globals": "namespace", "locals": "namespace", "vars": "namespace",
    "dir": "namespace", "eval": "namespace", "exec": "namespace", "monkeypatch": "patch",
}  # fmt: skip
_READ = {"In": "ipython", "Out": "ipython", "_i": "ipython", "_ih": "ipython", "_oh": "ipython"}
_MODULES = {
    "pickle": "pickle", "dill": "pickle", "cloudpickle": "pickle", "joblib": "pickle", "shelve": "pickle",
    "gc": "frames", "ctypes": "frames", "tracemalloc": "frames", "__main__": "main", "IPython": "ipython",
    "tempfile": "files",
}  # fmt: skip
_METHODS = {
    "_getframe": "frames", "currentframe": "frames", "stack": "frames", "gcf": "current-figure",
    "gca": "current-figure", "get_fignums": "current-figure",
}  # fmt: skip
_OWNERS = {"sys", "inspect", "plt", "pyplot"}
_CHANGERS = frozenset({
    "append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse", "add", "discard", "update",
    "setdefault",
})  # fmt: skip


def classify_test(
    source: str, author: AuthorNames | None = None, later_reads: frozenset[str] = frozenset()
) -> list[Obstacle]:
    """Return what makes a test cell not isolatable, in order; empty when it can be checked in two processes.

    `author` are the names of the author's other cells. `later_reads` are names that later cells of the
    learner read: a test that binds one of them would be missed.
    """
    try:
        tree = parse_test(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        magic = _MAGIC.search(blank_magics(source))
        if magic:
            line = blank_magics(source).count("\n", 0, magic.start()) + 1
            return [Obstacle(line, "magics", magic.group().strip())]
        return [Obstacle(getattr(error, "lineno", 1) or 1, "not-python", str(error))]
    names = author or AuthorNames()
    own = bound_names(tree)
    found = {one for node in ast.walk(tree) for one in _obstacles(node, own, names)}
    found |= {Obstacle(1, "binds-for-learner", name) for name in top_names(tree) & later_reads}
    return sorted(found)


def _obstacles(node: ast.AST, own: set[str], author: AuthorNames) -> Iterator[Obstacle]:
    line = getattr(node, "lineno", 1)
    for construct, detail in (*_names_used(node, own), *_imported(node), *_changed(node, own, author)):
        yield Obstacle(line, construct, detail)


def _names_used(node: ast.AST, own: set[str]) -> Iterator[tuple[str, str]]:
    match node:
        case ast.Call(func=ast.Name(id=name), args=args) if name in _CALLED and name not in own:
            if name not in ("vars", "dir") or not args:
                yield _CALLED[name], f"{name}()"
        case ast.Name(id=name, ctx=ast.Load()) if name in _READ and name not in own:
            yield _READ[name], name
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if name in _METHODS and owner in _OWNERS:
            yield _METHODS[name], f"{owner}.{name}"
        case ast.Attribute(attr="patch") | ast.Name(id="patch", ctx=ast.Load()):
            yield "patch", "patch"
        case ast.Global(names=names):
            yield "binds-for-learner", f"global {', '.join(names)}"
        case ast.AsyncFor() | ast.AsyncWith() | ast.Await():
            yield "await", "await"


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    else:
        return
    for name in names:
        if name.partition(".")[0] in _MODULES and not name.startswith("IPython.display"):
            yield _MODULES[name.partition(".")[0]], f"import {name}"
        if name in ("unittest.mock.patch", "mock.patch"):
            yield "patch", f"import {name}"


def _changed(node: ast.AST, own: set[str], author: AuthorNames) -> Iterator[tuple[str, str]]:
    """Find changes of the learner's values, classes derived from the learner's, and borrowed judges."""

    def is_learners(value: ast.AST) -> bool:
        return isinstance(value, ast.Name) and value.id in author.bound and value.id not in own

    match node:
        case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()) if is_learners(value):
            yield "changes-globals", ast.unparse(node)
        case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in _CHANGERS and is_learners(value):
            yield "changes-globals", ast.unparse(node.func)
        case ast.ClassDef(bases=bases):
            for base in bases:
                if is_learners(base):
                    yield "subclass", ast.unparse(base)
        case ast.Call(func=ast.Name(id=name)) if name in author.judges and name not in own:
            yield "judged-by-learner", name
