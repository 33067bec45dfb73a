"""What the author's locked cells define for good: constants, and functions that only calculate.

Knows Python's syntax. Runs nothing. A test that compares with `TOL`, or calls `close(a, b)`, must get the
author's own: the learner's process may have bound the name again. Only what means the same in a process that
ran no other cell is found here; tables that were loaded, classes and whatever reads files or draws stay with
the learner's process.
"""

from __future__ import annotations

import ast
import builtins
import re
import symtable
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .testcell import parse_test

_CALCULATES = frozenset({
    "abc", "bisect", "calendar", "cmath", "collections", "contextlib", "copy", "dataclasses", "datetime",
    "decimal", "enum", "fractions", "functools", "heapq", "inspect", "itertools", "json", "math", "numbers",
    "numpy", "operator", "pandas", "pytest", "re", "scipy", "statistics", "string", "textwrap", "types",
    "typing", "unicodedata",
})  # fmt: skip
"""Modules whose functions give the same in any process, but for those of `_OUTWARD`."""
_OUTWARD = re.compile(
    "read|load|save|fromfile|genfromtxt|tofile|memmap|random|seed|plot|hist|to_(csv|excel|json|parquet|pickle|sql)"
)
_WORLDLY = frozenset({
    "open", "input", "exec", "eval", "compile", "globals", "locals", "vars", "dir", "breakpoint", "exit",
    "quit",
})  # fmt: skip
_HARMLESS = frozenset(vars(builtins)) - _WORLDLY
_CHANGERS = frozenset({
    "append", "extend", "insert", "remove", "pop", "popitem", "clear", "sort", "reverse", "add", "discard",
    "update", "setdefault", "appendleft", "popleft",
})  # fmt: skip
_LITERAL = (
    ast.Constant, ast.UnaryOp, ast.BinOp, ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Name, ast.Load,
    ast.operator, ast.unaryop,
)  # fmt: skip
_CHANGEABLE = (ast.List, ast.Set, ast.Dict)

Given = tuple[tuple[str, str], ...]
"""Where a name is bound and by what: id of the cell and source of the statement, in order."""


@dataclass(frozen=True)
class _Names:
    binds: frozenset[str]
    reads: frozenset[str]


@dataclass(frozen=True)
class _Statement:
    cell: str
    tree: ast.stmt
    source: str
    names: _Names

    @property
    def value(self) -> ast.expr | None:
        """What a plain assignment assigns."""
        match self.tree:
            case ast.Assign(targets=targets, value=value):
                parts = [
                    part for one in targets for part in (one.elts if isinstance(one, ast.Tuple) else [one])
                ]
                return value if all(isinstance(part, ast.Name) for part in parts) else None
        return None

    @property
    def is_constant(self) -> bool:
        """Tell whether it binds a literal, or what is calculated from literals."""
        value = self.value
        return value is not None and all(isinstance(node, _LITERAL) for node in ast.walk(value))

    @property
    def is_function(self) -> bool:
        """Tell whether it defines a function."""
        return isinstance(self.tree, ast.FunctionDef) or isinstance(self.value, ast.Lambda)


def find_given(
    cells: Iterable[tuple[str, str, bool]], bound: frozenset[str], imports: Mapping[str, str]
) -> dict[str, Given]:
    """Return the names that are the author's own, with the statements that bind them.

    `cells` are id, source and whether the cell is locked; `bound` are the names that they bind; `imports` are
    those that they only import, with the modules.
    """
    found: dict[str, list[_Statement]] = {}
    others: set[str] = set()
    learners: set[str] = set()
    used: list[frozenset[str]] = []
    for statement in _read_cells(cells):
        used.append(statement.names.reads)
        if isinstance(statement, _Statement) and (statement.is_constant or statement.is_function):
            for name in statement.names.binds:
                found.setdefault(name, []).append(statement)
        else:
            others |= statement.names.binds
        if isinstance(statement, _Rest):
            learners |= statement.names.binds & bound
    for name in others | imports.keys() | _changeable(found):
        if name in others | imports.keys() or any(name in reads for reads in used):
            found.pop(name, None)
    known = frozenset(learners | imports.keys() | (_HARMLESS - bound))
    _drop_dependent(found, known, imports)
    return {name: tuple((one.cell, one.source) for one in ones) for name, ones in found.items()}


@dataclass(frozen=True)
class _Rest:
    """A cell that is the learner's to write, or that nobody can read."""

    names: _Names


def _read_cells(cells: Iterable[tuple[str, str, bool]]) -> Iterator[_Statement | _Rest]:
    for cell, source, locked in cells:
        try:
            tree = parse_test(source)
            names = _scan(ast.unparse(tree))
        except (SyntaxError, ValueError, RecursionError):
            words = frozenset(re.findall(r"\w+", source))
            yield _Rest(_Names(words, words))
            continue
        if not locked:
            yield _Rest(names)
            continue
        for statement in map(_without_type, tree.body):
            text = ast.unparse(statement)
            yield _Statement(cell, statement, text, _scan(text))


def _without_type(statement: ast.stmt) -> ast.stmt:
    """Return `x = 1` for `x: int = 1`."""
    match statement:
        case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
            return ast.copy_location(ast.Assign([target], value), statement)
    return statement


def _scan(source: str) -> _Names:
    """Return the global names that a source binds and reads, whatever scope does it."""
    top = symtable.symtable(source, "<author>", "exec")
    binds = {one.get_name() for one in top.get_symbols() if one.is_assigned() or one.is_imported()}
    reads = {one.get_name() for one in top.get_symbols() if one.is_referenced()}
    pending = top.get_children()
    while pending:
        scope = pending.pop()
        for one in scope.get_symbols():
            if one.is_global():
                reads.add(one.get_name())
                if one.is_declared_global() and (one.is_assigned() or one.is_imported()):
                    binds.add(one.get_name())
        pending += scope.get_children()
    return _Names(frozenset(binds), frozenset(reads))


def _changeable(found: Mapping[str, Sequence[_Statement]]) -> set[str]:
    """Return constants that some cell could change where they lie."""
    return {
        name
        for name, ones in found.items()
        for one in ones
        if one.is_constant and any(isinstance(node, _CHANGEABLE) for node in ast.walk(one.tree))
    }


def _drop_dependent(
    found: dict[str, list[_Statement]], known: frozenset[str], imports: Mapping[str, str]
) -> None:
    """Drop names whose statements need what is not to be had in the checker, until none is left to drop."""
    while True:
        bad = [
            name
            for name, ones in found.items()
            if not all(_is_at_home(o, found, known, imports) for o in ones)
        ]
        if not bad:
            return
        for name in bad:
            del found[name]


def _is_at_home(
    one: _Statement, found: Mapping[str, object], known: frozenset[str], imports: Mapping[str, str]
) -> bool:
    needs = one.names.reads - one.names.binds
    if one.is_constant:
        return needs <= found.keys()
    alone = len(one.names.binds) == 1 and needs <= found.keys() | known
    return alone and not any(_reaches_out(node, needs, imports) for node in ast.walk(one.tree))


def _reaches_out(node: ast.AST, needs: frozenset[str], imports: Mapping[str, str]) -> bool:
    """Tell whether a part of a function reads files, draws, or changes something that is not its own."""
    match node:
        case ast.Name(id=name) if name in needs and name in imports:
            return not _calculates(imports[name])
        case ast.Import(names=names):
            return not all(_calculates(alias.name) for alias in names)
        case ast.ImportFrom(module=module, names=names, level=level):
            return bool(level) or not all(_calculates(f"{module}.{alias.name}") for alias in names)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=act)) if (
            name in needs and act in _CHANGERS
        ):
            return name not in imports
        case ast.Attribute(attr=act) if _OUTWARD.match(act):
            return True
        case (
            ast.Attribute(value=value, ctx=ast.Store() | ast.Del())
            | ast.Subscript(value=value, ctx=ast.Store() | ast.Del())
        ):
            return any(isinstance(inner, ast.Name) and inner.id in needs for inner in ast.walk(value))
    return False


def _calculates(module: str) -> bool:
    root, *rest = module.split(".")
    return (root in _CALCULATES or module.startswith("sklearn.metrics")) and not any(
        map(_OUTWARD.match, rest)
    )
