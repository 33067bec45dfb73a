"""What the author's own cells say about names: the one thing about names that a learner cannot change.

Knows Python's syntax. Must not know sheets or notebooks: it gets sources. The checker needs it to decide
whom a name belongs to. A learner may bind `isinstance` or make a class of what should be a function; that
counts only where the author's own answer does so.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field

_CLASS_MAKERS = frozenset({
    "namedtuple", "NamedTuple", "Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "make_dataclass", "type",
})  # fmt: skip


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
    judges: frozenset[str] = frozenset()
    """Functions that assert: with the learner's process running them, the learner would be the judge."""
    imports: dict[str, Import] = field(default_factory=dict)
    """Only imported, never bound otherwise: in tests they mean the real library."""


def read_author_names(sources: Iterable[str]) -> AuthorNames:
    """Return the names that the author's cells bind; cells that are not Python bind none."""
    bound: set[str] = set()
    classes: set[str] = set()
    members: set[str] = set()
    judges: set[str] = set()
    imports: dict[str, Import] = {}
    for source in sources:
        try:
            tree = ast.parse(source)
        except (SyntaxError, ValueError, RecursionError):
            continue
        for statement in tree.body:
            made = _class_name(statement)
            classes |= made
            bound |= _names(statement) - made
            imports.update(_imports(statement))
            members |= _members(statement)
            if isinstance(statement, ast.FunctionDef) and _asserts(statement):
                judges.add(statement.name)
    only = {name: what for name, what in imports.items() if name not in bound | classes}
    return AuthorNames(
        bound=frozenset(bound | classes),
        classes=frozenset(classes - bound),
        members=frozenset(members),
        judges=frozenset(judges),
        imports=only,
    )


def _members(statement: ast.stmt) -> set[str]:
    if not isinstance(statement, ast.ClassDef):
        return set()
    return {name for inner in statement.body for name in _names(inner)}


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


def _names(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    names: set[str] = set()
    pending: list[ast.AST] = [statement]
    inner = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, *inner)):
            pending += ast.iter_child_nodes(node)
    return names


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
