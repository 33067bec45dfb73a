"""The text of a test cell: as a syntax tree, without the few magics that mean nothing in a checker.

Knows Python's syntax. Must not run anything.
"""

from __future__ import annotations

import ast
import re

CATCHES = "(catches AssertionError)"
"""Stands among the members where the author's own answer catches a failed assertion of who calls it."""
_EXPECTERS = ("raises", "assertRaises", "assertRaisesRegex", "suppress")
_HARMLESS = re.compile(
    r"(?m)^([ \t]*)%((matplotlib|load_ext|autoreload)(?![\w.])|config[ \t]+InlineBackend\b)[^\n]*$"
)
"""Where figures go and when modules are read again: nothing that a test can see."""


def parse_test(source: str) -> ast.Module:
    """Return the syntax tree of a test cell without harmless magics; raises what `ast.parse` raises."""
    try:
        return ast.parse(source)
    except SyntaxError:
        if not _HARMLESS.search(source):
            raise
        return ast.parse(blank_magics(source))


def blank_magics(source: str) -> str:
    """Return the text with its harmless magics replaced by `pass`; line numbers stay."""
    return _HARMLESS.sub(r"\1pass", source)


def split_result(tree: ast.Module, source: str) -> ast.Expression | None:
    """Take the last expression off a cell when a notebook would show its value; None when it would not."""
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr) or _hushed(last, source):
        return None
    tree.body.pop()
    return ast.Expression(last.value)


def _hushed(last: ast.Expr, source: str) -> bool:
    lines = source.splitlines()
    rest = lines[(last.end_lineno or 1) - 1].encode()[last.end_col_offset or 0 :]
    return rest.lstrip().startswith(b";")


def text_constants(tree: ast.AST) -> frozenset[str]:
    """Return the texts that stand in the cell as such."""
    return frozenset(
        node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and type(node.value) is str
    )


def caught_names(tree: ast.AST) -> frozenset[str]:
    """Return the names of the exceptions that some code expects: in `except`, or by `raises` and its like."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and node.type is not None:
            found |= used_names(node.type)
        elif isinstance(node, ast.Call) and used_name(node.func) in _EXPECTERS:
            found.update(name for one in node.args for name in used_names(one))
    return frozenset(found)


def used_names(tree: ast.AST) -> set[str]:
    """Return the names that stand in an expression, those after a dot too."""
    return {used_name(node) for node in ast.walk(tree)} - {""}


def used_name(node: ast.AST) -> str:
    """Return a name, or the one after the last dot; empty for everything else."""
    return str(getattr(node, "id", "") or getattr(node, "attr", ""))
