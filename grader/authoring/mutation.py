"""Small changes to Python code: each is a mistake that a learner could make and that tests should notice.

Knows Python's syntax and nothing of cells or sheets; runs nothing. A change is a piece of text in place of
another, so that comments and layout stay as the author wrote them. What only a reader sees is left alone:
docstrings, annotations, printed text, the words of an exception.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from grader.authoring.source_places import SourcePlaces
from grader.authoring.syntax import parse_code

_Operators = Mapping[type[ast.AST], tuple[str, ...]]
_Ancestors = tuple[ast.AST, ...]

COMPARISONS: _Operators = {
    ast.Lt: ("<=", ">="), ast.LtE: ("<", ">"), ast.Gt: (">=", "<="), ast.GtE: (">", "<"),
    ast.Eq: ("!=",), ast.NotEq: ("==",), ast.Is: ("is not",), ast.IsNot: ("is",),
    ast.In: ("not in",), ast.NotIn: ("in",),
}  # fmt: skip
"""First the boundary, then the opposite."""

ARITHMETIC: _Operators = {
    ast.Add: ("-",), ast.Sub: ("+",), ast.Mult: ("/",), ast.Div: ("*",), ast.FloorDiv: ("/",),
    ast.Mod: ("/",), ast.Pow: ("*",), ast.MatMult: ("*",), ast.BitAnd: ("|",), ast.BitOr: ("&",),
    ast.BitXor: ("&",), ast.LShift: (">>",), ast.RShift: ("<<",),
}  # fmt: skip

SWAPPED_CALLS: Mapping[str, str] = {
    one: other
    for pair in (
        ("min", "max"), ("any", "all"), ("idxmin", "idxmax"), ("argmin", "argmax"), ("nanmin", "nanmax"),
        ("mean", "median"), ("floor", "ceil"), ("head", "tail"), ("lower", "upper"),
        ("startswith", "endswith"), ("ffill", "bfill"), ("lstrip", "rstrip"),
    )
    for one, other in (pair, pair[::-1])
}  # fmt: skip
"""Name of a function or method → the one it is easily confused with."""

SHOWN_BY = frozenset({"print", "display", "warn", "t"})
"""Calls whose texts are for people; no test of an answer can see them."""
TABLE_VALUES = 4
"""A literal with this many constants and nothing else is a table: each of its values changes only once."""
_SYMBOL = re.compile(r"#[^\n]*|(?P<found>[^\s()\\#]+(?:\s+(?:in|not)\b)?)")
_MARK = "XX"


@dataclass(frozen=True)
class Change:
    """A piece of source and what takes its place."""

    start: int
    """Offset of the first character."""
    end: int
    text: str
    operator: str
    """Name of the kind of change, e.g. `comparison`."""


def find_changes(source: str) -> Iterator[Change]:
    """Yield every change the operators know, in the order of the syntax tree; raises SyntaxError."""
    places = SourcePlaces(source)
    tree = parse_code(source)
    pending: list[tuple[ast.AST, _Ancestors]] = [(tree, ())]
    while pending:
        node, ancestors = pending.pop()
        for find in _FINDERS:
            yield from find(node, ancestors, places)
        inside = (*ancestors, node)
        pending += [(child, inside) for child in reversed(list(_children(node, ancestors)))]


def _children(node: ast.AST, ancestors: _Ancestors) -> Iterator[ast.AST]:
    """Yield the parts of a node that can decide what an answer is worth."""
    if isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom | ast.alias):
        return
    if isinstance(node, ast.Expr) and _is_shown(node, ancestors):
        return
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child


def _is_shown(node: ast.Expr, ancestors: _Ancestors) -> bool:
    """Whether a bare expression is a docstring, is printed, or is what the notebook shows below the cell."""
    value, parent = node.value, ancestors[-1] if ancestors else None
    if isinstance(value, ast.Constant) or (isinstance(value, ast.Call) and _name_of(value.func) in SHOWN_BY):
        return True
    return isinstance(parent, ast.Module) and node is parent.body[-1] and not _may_change(value)


def _may_change(value: ast.expr) -> bool:
    # `names.append("A")` as a cell's last line does something; `table.head()` only shows. Methods that
    # change an object return None, which a cell does not show: these are the built-in ones.
    changing = {"append", "extend", "update", "add", "sort", "insert", "remove", "clear", "pop", "fit"}
    return isinstance(value, ast.Call) and _name_of(value.func) in changing


def _name_of(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _between(
    left: ast.expr, right: ast.expr, texts: tuple[str, ...], operator: str, places: SourcePlaces
) -> Iterator[Change]:
    """Yield changes of the symbol that stands between two operands."""
    start, end = places.span(left)[1], places.span(right)[0]
    for match in _SYMBOL.finditer(places.source, start, end):
        if match["found"]:
            for text in texts:
                yield Change(*match.span("found"), text, operator)
            return


def _comparisons(node: ast.AST, _above: _Ancestors, places: SourcePlaces) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        operands = [node.left, *node.comparators]
        for left, symbol, right in zip(operands, node.ops, node.comparators, strict=False):
            yield from _between(left, right, COMPARISONS[type(symbol)], "comparison", places)


def _arithmetic(node: ast.AST, _above: _Ancestors, places: SourcePlaces) -> Iterator[Change]:
    if isinstance(node, ast.BinOp):
        yield from _between(node.left, node.right, ARITHMETIC[type(node.op)], "arithmetic", places)
    elif isinstance(node, ast.AugAssign):
        texts = tuple(f"{text}=" for text in ARITHMETIC[type(node.op)])
        yield from _between(node.target, node.value, texts, "arithmetic", places)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Invert):
        start = places.span(node)[0]
        yield Change(start, start + 1, "+" if isinstance(node.op, ast.USub) else "", "sign")


def _logic(node: ast.AST, _above: _Ancestors, places: SourcePlaces) -> Iterator[Change]:
    if isinstance(node, ast.BoolOp):
        texts = ("or",) if isinstance(node.op, ast.And) else ("and",)
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield from _between(left, right, texts, "logic", places)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        start, _ = places.span(node)
        after = re.compile(r"not\s*").match(places.source, start)
        if after:
            yield Change(start, after.end(), "", "not")


def _conditions(node: ast.AST, _above: _Ancestors, places: SourcePlaces) -> Iterator[Change]:
    tests: list[ast.expr] = []
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        tests = [node.test]
    elif isinstance(node, ast.comprehension):
        tests = node.ifs
    for test in tests:
        # One comparison, or one `not`: another operator makes the same change.
        single = isinstance(test, ast.Compare) and len(test.ops) == 1
        if not single and not (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)):
            yield Change(*places.span(test), f"not ({places.text(test)})", "condition")


def _constants(node: ast.AST, above: _Ancestors, places: SourcePlaces) -> Iterator[Change]:
    if isinstance(node, ast.JoinedStr):
        if not _is_for_people(above):
            yield Change(*places.span(node), f'("{_MARK}" + {places.text(node)})', "string")
    elif isinstance(node, ast.Constant):
        texts = _other_values(node.value, above)
        operator = {bool: "boolean", int: "number", float: "number", type(None): "none"}
        for text in texts[:1] if any(map(_is_table, above)) else texts:
            yield Change(*places.span(node), text, operator.get(type(node.value), "string"))


def _other_values(value: object, above: _Ancestors) -> tuple[str, ...]:
    if isinstance(value, bool):
        return (repr(not value),)
    if isinstance(value, int):
        return _number(value + 1, above), _number(value - 1, above)
    if isinstance(value, float) and math.isfinite(value):
        around = (value * 1.1, value * 0.9) if value else (1.0, -1.0)
        return tuple(_number(float(f"{one:.6g}"), above) for one in around)
    if isinstance(value, str | bytes) and not _is_for_people(above):
        return (repr(f"{_MARK}{value}{_MARK}" if isinstance(value, str) else b"XX" + value + b"XX"),)
    if value is None and not any(isinstance(a, ast.Compare | ast.Call | ast.arguments) for a in above):
        return ("False",)  # not known is something else than no
    return ()


def _number(value: float, above: _Ancestors) -> str:
    inner = isinstance(above[-1], ast.BinOp | ast.UnaryOp | ast.Attribute)
    return f"({value!r})" if value < 0 and inner else repr(value)


def _is_for_people(above: _Ancestors) -> bool:
    return any(
        isinstance(part, ast.Raise | ast.Assert)
        or (isinstance(part, ast.Call) and _name_of(part.func) in SHOWN_BY)
        for part in above
    )


def _is_table(node: ast.AST) -> bool:
    """Whether the literal holds constants only, and many of them."""
    displays = (ast.Dict, ast.List, ast.Tuple, ast.Set)
    if not isinstance(node, displays):
        return False
    inside = [part for part in ast.walk(node) if isinstance(part, ast.expr)]
    plain = all(isinstance(part, (*displays, ast.Constant, ast.UnaryOp)) for part in inside)
    return plain and sum(isinstance(part, ast.Constant) for part in inside) >= TABLE_VALUES


def _slices(node: ast.AST, _above: _Ancestors, places: SourcePlaces) -> Iterator[Change]:
    if isinstance(node, ast.Slice):
        for bound in (node.lower, node.upper):
            # A literal bound changes as a number.
            if bound is not None and not isinstance(bound, ast.Constant | ast.UnaryOp):
                yield Change(*places.span(bound), f"({places.text(bound)}) + 1", "slice")


def _calls(node: ast.AST, _above: _Ancestors, places: SourcePlaces) -> Iterator[Change]:
    if isinstance(node, ast.Call) and (other := SWAPPED_CALLS.get(_name_of(node.func))):
        end = places.span(node.func)[1]
        yield Change(end - len(_name_of(node.func)), end, other, "call")


def _statements(node: ast.AST, above: _Ancestors, places: SourcePlaces) -> Iterator[Change]:
    if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield Change(*places.span(node.value), "None", "return")
    if isinstance(node, ast.Expr):
        removable = isinstance(node.value, ast.Call) and not _is_shown(node, above)
    elif isinstance(node, ast.Return):
        removable = not _is_last(node, above)  # without it the function returns None anyway
    else:
        kinds = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Raise, ast.Delete, ast.Assert)
        removable = isinstance(node, kinds) and getattr(node, "value", node) is not None
    if removable:
        yield Change(*places.span(node), "pass", "statement")


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _is_last(node: ast.AST, above: _Ancestors) -> bool:
    """Whether the function ends right after this statement."""
    for parent in reversed(above):
        blocks = [getattr(parent, name, []) for name in ("body", "orelse")]
        if not isinstance(parent, ast.If | ast.With | ast.FunctionDef | ast.AsyncFunctionDef):
            return False
        if not any(block and block[-1] is node for block in blocks):
            return False
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef):
            return True
        node = parent
    return False


def _flow(node: ast.AST, _above: _Ancestors, places: SourcePlaces) -> Iterator[Change]:
    if isinstance(node, ast.For):
        yield Change(*places.span(node.iter), "[]", "loop")
    elif isinstance(node, ast.Break | ast.Continue):
        yield Change(*places.span(node), "continue" if isinstance(node, ast.Break) else "break", "loop")
    elif isinstance(node, ast.ExceptHandler) and node.type is not None:
        caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        for one in caught:
            yield Change(*places.span(one), "NotImplementedError", "exception")


_FINDERS: tuple[Callable[[ast.AST, _Ancestors, SourcePlaces], Iterator[Change]], ...] = (
    _comparisons, _arithmetic, _logic, _conditions, _constants, _slices, _calls, _statements, _flow,
)  # fmt: skip

OPERATORS = (
    "comparison", "arithmetic", "sign", "logic", "not", "condition", "number", "boolean", "none", "string",
    "slice", "call", "return", "statement", "loop", "exception",
)  # fmt: skip
"""Every kind of change; the docs explain each."""
