"""What the author's own cells say about names: the one thing about names that a learner cannot change.

Knows Python's syntax. Must not know sheets or notebooks: it gets sources. The checker needs it to decide
whom a name belongs to. A learner may bind `isinstance` or make a class of what should be a function; that
counts only where the author's own answer does so.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from .given import Given, find_given
from .testcell import CATCHES, caught_names
from .testnames import statement_names

_CLASS_MAKERS = frozenset({
    "namedtuple", "NamedTuple", "Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "make_dataclass", "type",
})  # fmt: skip
SWALLOWS = "(swallows exceptions)"
"""Stands among the methods of a class, or the members, where the author's own `with` may end an exception."""
_EQUAL = frozenset({"__eq__", "__hash__"})
_ORDER = frozenset({"__lt__", "__le__", "__gt__", "__ge__"})


@dataclass(frozen=True)
class Import:
    """An imported name: a module, or something in it."""

    module: str
    attribute: str = ""


@dataclass(frozen=True)
class AuthorNames:
    """Names that the author's cells (given ones and reference answers) bind at top level."""

    bound: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    """Bound as a class and as nothing else; tests may be about their operators."""
    members: frozenset[str] = frozenset()
    """What the bodies of classes bind: methods that tests may call although plain values have them too."""
    operators: dict[str, frozenset[str]] = field(default_factory=dict)
    """Class → the special methods that the author's class has, those of parents and decorators too."""
    judges: frozenset[str] = frozenset()
    """Functions that assert: with the learner's process running them, the learner would be the judge."""
    imports: dict[str, Import] = field(default_factory=dict)
    """Only imported, never bound otherwise: in tests they mean the real library."""
    cells: dict[str, frozenset[str]] = field(default_factory=dict)
    """All code cells in order, tests too: id → what the cell binds, imports included; nothing for tests."""
    given: dict[str, Given] = field(default_factory=dict)
    """What locked cells define for good: tests get the author's own, whatever the learner has bound."""


AuthorSource = tuple[str, str] | tuple[str, str, bool]
"""Id and source of a cell, tests with an empty one; and whether it is locked: restored before grading."""


@lru_cache(maxsize=16)
def pack_author(cells: tuple[AuthorSource, ...]) -> dict[str, Any]:
    """Return what JSON can carry of the author's names.

    Once for all submissions of an assignment. Not to be changed by who gets it.
    """
    names = read_author_cells(cells)
    return {
        "bound": sorted(names.bound),
        "classes": sorted(names.classes),
        "members": sorted(names.members),
        "operators": {name: sorted(has) for name, has in names.operators.items()},
        "judges": sorted(names.judges),
        "imports": {name: [one.module, one.attribute] for name, one in names.imports.items()},
        "cells": [[cell, sorted(bound)] for cell, bound in names.cells.items()],
        "given": {name: [list(one) for one in found] for name, found in names.given.items()},
    }


def unpack_author(packed: Mapping[str, Any]) -> AuthorNames:
    """Return the names that `pack_author` packed."""
    return AuthorNames(
        bound=frozenset(packed["bound"]),
        classes=frozenset(packed["classes"]),
        members=frozenset(packed["members"]),
        operators={name: frozenset(has) for name, has in packed["operators"].items()},
        judges=frozenset(packed["judges"]),
        imports={name: Import(*path) for name, path in packed["imports"].items()},
        cells={cell: frozenset(bound) for cell, bound in packed["cells"]},
        given={
            name: tuple((cell, source) for cell, source in found) for name, found in packed["given"].items()
        },
    )


def read_author_cells(cells: Iterable[AuthorSource]) -> AuthorNames:
    """Return the names that the author's cells bind, in which cell, and which of them are given for good."""
    whole = [(one[0], one[1], len(one) > 2 and bool(one[2])) for one in cells]
    order: dict[str, frozenset[str]] = {}
    for cell, source, _ in whole:
        order[cell] = order.get(cell, frozenset()) | cell_names(source)
    names = read_author_names(source for _, source, _ in whole)
    if not any(locked for _, _, locked in whole):
        return replace(names, cells=order)
    modules = {name: f"{one.module}.{one.attribute}".rstrip(".") for name, one in names.imports.items()}
    given = find_given(whole, names.bound, modules)
    return replace(names, cells=order, given=given, judges=names.judges - given.keys())


def cell_names(source: str) -> frozenset[str]:
    """Return what a cell binds at top level; nothing when it is not Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    return frozenset(name for statement in tree.body for name in statement_names(statement))


def read_author_names(sources: Iterable[str]) -> AuthorNames:
    """Return the names that the author's cells bind; cells that are not Python bind none."""
    bound: set[str] = set()
    classes: set[str] = set()
    members: set[str] = set()
    operators: dict[str, frozenset[str]] = {}
    judges: set[str] = set()
    imports: dict[str, Import] = {}
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError):
            continue
        if "AssertionError" in caught_names(tree):
            members.add(CATCHES)
        for statement in tree.body:
            made = _class_name(statement)
            classes |= made
            bound |= statement_names(statement, imports=False) - made
            imports.update(_imports(statement))
            members |= _members(statement)
            if isinstance(statement, ast.FunctionDef) and _is_catching_manager(statement):
                members.add(SWALLOWS)
            operators |= {name: _operators(statement, operators) for name in made}
            if isinstance(statement, ast.FunctionDef) and _asserts(statement):
                judges.add(statement.name)
    only = {name: what for name, what in imports.items() if name not in bound | classes}
    return AuthorNames(
        bound=frozenset(bound | classes),
        classes=frozenset(classes - bound),
        members=frozenset(members),
        operators=operators,
        judges=frozenset(judges),
        imports=only,
    )


def _members(statement: ast.stmt) -> set[str]:
    if not isinstance(statement, ast.ClassDef):
        return set()
    return {name for inner in statement.body for name in statement_names(inner, imports=False)}


def _operators(statement: ast.stmt, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    if not isinstance(statement, ast.ClassDef):
        return _EQUAL
    found = {name for name in _members(statement) if name.startswith("__")}
    if any(isinstance(node, ast.FunctionDef) and _swallows(node) for node in statement.body):
        found.add(SWALLOWS)
    for base in statement.bases:
        name = str(getattr(base, "id", None) or getattr(base, "attr", ""))
        found |= known.get(name, frozenset()) | (_EQUAL if name in _CLASS_MAKERS else frozenset())
    for decorator in statement.decorator_list:
        text = ast.unparse(decorator)
        if "dataclass" in text or text.startswith(("define", "attr")):
            found |= _EQUAL | (_ORDER if "order=True" in text.replace(" ", "") else frozenset())
        elif "total_ordering" in text:
            found |= _ORDER
    return frozenset(found)


def _swallows(node: ast.FunctionDef) -> bool:
    if node.name != "__exit__":
        return False
    given = [inner.value for inner in ast.walk(node) if isinstance(inner, ast.Return) and inner.value]
    return any(not (isinstance(one, ast.Constant) and not one.value) for one in given)


def _is_catching_manager(node: ast.FunctionDef) -> bool:
    decorated = any("contextmanager" in ast.unparse(one) for one in node.decorator_list)
    return decorated and any(isinstance(inner, ast.ExceptHandler) for inner in ast.walk(node))


def _asserts(statement: ast.stmt) -> bool:
    return any(isinstance(node, ast.Assert) for node in ast.walk(statement))


def _class_name(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call):
        maker = statement.value.func
        name = getattr(maker, "id", None) or getattr(maker, "attr", "")
        if name in _CLASS_MAKERS:
            return {target.id for target in statement.targets if isinstance(target, ast.Name)}
    return set()


def _imports(statement: ast.stmt) -> dict[str, Import]:
    if isinstance(statement, ast.Import):
        return {
            alias.asname or alias.name.partition(".")[0]: Import(
                alias.name if alias.asname else alias.name.partition(".")[0]
            )
            for alias in statement.names
        }
    if isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
        return {alias.asname or alias.name: Import(statement.module, alias.name) for alias in statement.names}
    return {}
