"""The names that a test cell binds: in whatever scope, and for later cells.

Knows Python's syntax. Must not run anything.
"""

from __future__ import annotations

import ast

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def bound_names(tree: ast.AST) -> set[str]:
    """Return every name that the cell binds itself, in whatever scope."""
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.arg(arg=name):
                names.add(name)
            case ast.alias(name=name, asname=other):
                names.add(other or name.partition(".")[0])
    return names


def top_names(tree: ast.Module) -> set[str]:
    """Return the names that outlive the cell."""
    return {name for statement in tree.body for name in statement_names(statement)}


def statement_names(statement: ast.stmt, imports: bool = True) -> set[str]:
    """Return what a statement of the top level binds there."""
    names: set[str] = set()
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.alias(name=name, asname=other) if imports:
                names.add(other or name.partition(".")[0])
        if isinstance(node, _COMPREHENSIONS):  # their own variables stay inside, but for `:=`
            names |= {one.target.id for one in ast.walk(node) if isinstance(one, ast.NamedExpr)}
        elif not isinstance(node, _SCOPES):
            pending += ast.iter_child_nodes(node)
    return names
