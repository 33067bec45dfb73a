"""Python source of cells: whether it parses, and which names it binds and reads.

Knows Python's syntax and IPython's magic lines; must not know roles or notebooks, and runs nothing.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import Any

_MAGIC_LINE = re.compile(r"^([ \t]*)[%!?].*$", re.MULTILINE)


@dataclass(frozen=True)
class SyntaxFault:
    """Why a cell is not Python."""

    line: int
    """0-based line of the cell."""
    reason: str


def parse_code(source: str) -> ast.Module:
    """Parse plain Python; raises SyntaxError, whatever is wrong."""
    with warnings.catch_warnings():
        # `"\d"` only warns, and only the first time; that is no reason to refuse a cell.
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error) or "is nested too deeply") from None


def find_syntax_fault(source: str, magics: bool = False) -> SyntaxFault | None:
    """Return why the source does not parse; with `magics`, IPython's `%` and `!` lines are fine."""
    try:
        parse_code(source)
    except SyntaxError as error:
        if magics and _parses_with_magics(source):
            return None
        return SyntaxFault(max((error.lineno or 1) - 1, 0), error.msg)
    return None


def _parses_with_magics(source: str) -> bool:
    if source.lstrip().startswith("%%"):
        return True  # the whole cell belongs to the magic
    try:
        parse_code(_MAGIC_LINE.sub(r"\1pass", source))
    except SyntaxError:
        return _parses_in_ipython(source)
    return True


def _parses_in_ipython(source: str) -> bool:
    # Rare forms such as `files = !ls`: worth the slow import only when everything else failed.
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        manager: Any = TransformerManager  # IPython has no types
        parse_code(manager().transform_cell(source))
    except SyntaxError:
        return False
    return True


@dataclass(frozen=True)
class Names:
    """Names in a cell, whatever their scope."""

    imported: frozenset[str] = frozenset()
    bound: frozenset[str] = frozenset()
    """Assigned, defined, or taken as arguments; without imports."""
    bound_at_top: frozenset[str] = frozenset()
    """Of these, the ones that outlive the cell."""
    read: frozenset[str] = frozenset()


def find_names(source: str) -> Names:
    """Return the names of a cell; none for a cell that does not parse."""
    try:
        tree = parse_code(source)
    except SyntaxError:
        return Names()
    imported, bound, read = set(), set(), set()
    for node in ast.walk(tree):
        imported |= _imported_names(node)
        bound |= _bound_names(node)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            read.add(node.id)
    top = {name for statement in tree.body for name in _names_at_top(statement)}
    return Names(frozenset(imported), frozenset(bound), frozenset(top), frozenset(read))


def _imported_names(node: ast.AST) -> set[str]:
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return set()
    return {alias.asname or alias.name.split(".")[0] for alias in node.names}


def _bound_names(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return {node.id}
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    if isinstance(node, ast.arg):
        return {node.arg}
    if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
        return {node.name}
    return set()


def _names_at_top(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp)
    names: set[str] = set()
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        names |= _bound_names(node)
        if not isinstance(node, (*inner, ast.DictComp, ast.GeneratorExp)):
            pending += ast.iter_child_nodes(node)
    return names
