"""Cells that must fail, made from a test: for tests that have to run in the learner's own process.

Pure. Knows Python's grammar and what IPython adds to it. Must not know rooms or verdicts.

A canary is the test with one thing changed so that an honest process cannot get through it. Where it does,
something answers for the process: a transformer that blanks cells or strips asserts, a replaced `run_cell`,
an object that equals everything. All canaries and the test itself carry a mark, a call of a name that
nobody can guess, which tells that a cell was really run to its end.

What is changed is text, not a syntax tree, so that a canary looks like the test, magics included.
"""

from __future__ import annotations

import ast
import math
import random
import re
import secrets
import string
from dataclasses import dataclass

_PYTHON_MAGICS = ("%%time",)
"""Cell magics whose cell is Python and whose errors end the cell; those of `%%capture` do not."""
_NOT_PYTHON = re.compile(r"^(\s*)(%(?!%)|!|\?|.*\?\s*$).*$", re.MULTILINE)
"""Lines that IPython understands and Python does not."""
_EQUALITIES = frozenset(
    (
        "assert_equal",
        "assert_equals",
        "assertEqual",
        "eq_",
        "assert_array_equal",
        "assert_frame_equal",
        "assert_series_equal",
        "assert_almost_equal",
        "assert_array_almost_equal",
        "assert_allclose",
    )
)
"""Functions of test libraries that compare their first two arguments."""


MOST_NEAR = 3
"""Canaries of one test that expect something near to what it expects."""


@dataclass(frozen=True)
class Probe:
    """A cell to run, and what tells that it was run to its end."""

    source: str
    name: str = ""
    """The function that the mark calls; empty: there is no mark."""
    token: str = ""
    """What it is called with."""
    word: str = ""
    """What the error says in which the cell must end, where one error alone will do."""


@dataclass(frozen=True)
class _Edit:
    """A replacement of text between two places, each a line from 1 and a column in UTF-8 bytes."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


def make_first_canary() -> Probe:
    """Return a canary that touches nothing of the learner's: it fails before anything else can happen."""
    name, token, word = _make_name(), secrets.token_hex(8), secrets.token_hex(8)
    source = f"assert {secrets.token_hex(8)!r} == {secrets.token_hex(8)!r}, {word!r}\n{name}({token!r})"
    return Probe(source, name, token, word)


def mark_test(source: str) -> Probe:
    """Return the test as it is, with a mark at its end; without one where it is not Python."""
    tree = _parse(source)
    name, token = _make_name(), secrets.token_hex(8)
    if tree is None:
        return Probe(source)
    return Probe(_edit(source, [_mark(tree, source, name, token)]), name, token)


def make_canaries(source: str, chooser: random.Random) -> list[Probe]:
    """Return canaries that look like the test: a plain failure in it, and an equality that cannot hold.

    Both are to be run in a copy of the learner's process: parts of the test run in them.
    """
    tree = _parse(source)
    if tree is None:
        return []
    canaries = [_insert_failure(tree, source, chooser)]
    if equalities := _find_equalities(tree):
        target = chooser.choice(equalities)
        edit = _Edit(*_span(target), _unlikely(target, chooser))
        name, token = _make_name(), secrets.token_hex(8)
        canaries.append(Probe(_edit(source, [edit, _mark(tree, source, name, token)]), name, token))
    return canaries


def make_near_canaries(source: str, chooser: random.Random) -> list[Probe]:
    """Return canaries that expect something near to what the test expects, of which none looks odd.

    A wrong answer may get through one, honestly; through one of them *and* the test, from the same state,
    nothing honest does.
    """
    tree = _parse(source)
    equalities = _find_exact(tree) if tree is not None else []
    canaries = []
    for target in chooser.sample(equalities, min(MOST_NEAR, len(equalities))):
        edit = _Edit(*_span(target), repr(_near(ast.literal_eval(target), chooser)))
        canaries.append(Probe(_edit(source, [edit])))
    return canaries


def _find_exact(tree: ast.Module) -> list[ast.expr]:
    """Return the numbers and texts that the test says something is equal to, without any tolerance."""
    asserts = [node.test for node in tree.body if isinstance(node, ast.Assert)]
    found = [one for test in asserts if "approx" not in ast.unparse(test) for one in _find_asserted(test)]
    return [one for one in found if _is_literal(one) and _has_near(ast.literal_eval(one))]


def _has_near(value: object) -> bool:
    return type(value) in (int, str) or (isinstance(value, float) and math.isfinite(value))


def _near(value: float | str, chooser: random.Random) -> float | str:
    """Return another value of this kind that looks as likely."""
    if isinstance(value, str):
        at = chooser.randrange(len(value) + 1)
        letter = chooser.choice([one for one in string.ascii_lowercase if one not in value[at : at + 1]])
        return value[:at] + letter + value[at + 1 :]
    if isinstance(value, float):
        return value + chooser.choice((-1, 1)) * (1 + abs(value) * chooser.uniform(0.1, 0.9))
    step = chooser.randint(1, min(max(9, abs(value)), 10**9))
    return value + chooser.choice((-step, step))


def _parse(source: str) -> ast.Module | None:
    """Return the syntax tree, positions as in `source`; None for what is not Python."""
    text = source
    if source.lstrip().startswith("%%"):
        head, _newline, rest = source.partition("\n")
        if head.split(maxsplit=1)[:1] not in [[magic] for magic in _PYTHON_MAGICS]:
            return None
        text = f"pass\n{rest}"
    for attempt in (text, _NOT_PYTHON.sub(r"\1pass", text)):
        try:
            tree = ast.parse(attempt)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        return tree if tree.body else None
    return None


def _make_name() -> str:
    return f"_{secrets.token_hex(6)}"


def _mark(tree: ast.Module, source: str, name: str, token: str) -> _Edit:
    """Return where the mark goes: last, but before the expression whose value the cell shows."""
    last = tree.body[-1]
    call = f"{name}({token!r})"
    if isinstance(last, ast.Expr) and not isinstance(last.value, (ast.Await, ast.Yield, ast.YieldFrom)):
        place = (last.lineno, last.col_offset)
        return _Edit(place, place, f"{call}; ")
    place = (source.count("\n") + 1, len(source.rpartition("\n")[2].encode()))
    return _Edit(place, place, f"\n{call}")


def _insert_failure(tree: ast.Module, source: str, chooser: random.Random) -> Probe:
    """Return the test with a failing assert before one of its statements, or after all of them."""
    lines = source.split("\n")
    places: list[tuple[int, int]] = []
    for node in tree.body:
        line = min([node.lineno, *(child.lineno for child in getattr(node, "decorator_list", []))])
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            places.clear()  # these must stand first
        elif node.col_offset == 0 and not lines[line - 1].startswith("%%"):
            places.append((line, 0))
    name, token = _make_name(), secrets.token_hex(8)
    failure = "assert {} == {}".format(*chooser.sample(range(10**9), 2))
    if not places:
        return Probe(f"{source}\n{failure}\n{name}({token!r})", name, token)
    place = chooser.choice(places)
    edits = [_Edit(place, place, f"{failure}\n"), _mark(tree, source, name, token)]
    return Probe(_edit(source, edits), name, token)


def _find_equalities(tree: ast.Module) -> list[ast.expr]:
    """Return the expected values of equalities that the test says are true, at its own level."""
    found: list[ast.expr] = []
    for node in tree.body:
        if isinstance(node, ast.Assert):
            found += _find_asserted(node.test)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            called = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if called in _EQUALITIES and len(call.args) >= 2:
                found.append(_choose_expected(call.args[0], call.args[1]))
    return found


def _find_asserted(test: ast.expr) -> list[ast.expr]:
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        return [expected for value in test.values for expected in _find_asserted(value)]
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
        return [_choose_expected(test.left, test.comparators[0])]
    return []


def _choose_expected(left: ast.expr, right: ast.expr) -> ast.expr:
    """Return the side that is written down; the right one when both are or neither is."""
    return left if _is_literal(left) and not _is_literal(right) else right


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _unlikely(node: ast.expr, chooser: random.Random) -> str:
    """Return a value of the same kind that no answer can be."""
    value: object = None
    if _is_literal(node):
        value = ast.literal_eval(node)
    number = chooser.randrange(10**14, 10**15)
    if isinstance(value, str):
        return repr(secrets.token_hex(8))
    if isinstance(value, float):
        return repr(number / 1000)
    if isinstance(value, list | tuple | set | dict):
        brackets = {list: "[{}]", tuple: "({},)", set: "{{{}}}", dict: "{{{0}: {0}}}"}
        return brackets[type(value)].format(number)
    return str(number)


def _span(node: ast.expr) -> tuple[tuple[int, int], tuple[int, int]]:
    return (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)


def _edit(source: str, edits: list[_Edit]) -> str:
    """Return the text with all edits made; of two at one place, the first one stands first."""
    lines = source.encode().split(b"\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    data = source.encode()
    backwards = sorted(enumerate(edits), key=lambda item: (item[1].start, item[0]), reverse=True)
    for _number, edit in backwards:
        begin = starts[edit.start[0] - 1] + edit.start[1]
        end = starts[edit.end[0] - 1] + edit.end[1]
        data = data[:begin] + edit.text.encode() + data[end:]
    return data.decode()
