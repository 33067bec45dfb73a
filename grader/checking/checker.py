"""Running a test cell in the checker: where its names come from, and what came of it.

Knows Python's namespaces. What a test cell does not define comes from Python's built-ins, from the author's
imports (the real libraries), and last from the learner.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import types
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .faults import LearnerMisbehaved
from .mirrors import RemoteMeta
from .remote import Remote
from .session import Session

_KEPT = (types.FunctionType, type, types.BuiltinFunctionType)


class CheckerNamespace(dict[str, Any]):
    """The globals of a test cell."""

    def __init__(self, session: Session, name: str = "__main__") -> None:
        super().__init__({"__name__": name, "__builtins__": builtins})
        self._session = session
        self._resolved: dict[str, Any] = {}

    def __missing__(self, name: str) -> Any:
        if name in self._resolved:
            return self._resolved[name]
        author = self._session.author
        if name.startswith("__") or (hasattr(builtins, name) and name not in author.bound):
            raise KeyError(name)
        found = author.imports.get(name)
        if found is not None:
            try:
                value: Any = importlib.import_module(found.module)
                value = getattr(value, found.attribute) if found.attribute else value
            except (ImportError, AttributeError):
                pass  # only the learner has it
            else:
                self[name] = value
                return value
        return self._from_learner(name)

    def _from_learner(self, name: str) -> Any:
        try:
            value = self._session.ask("name", (name,), {})
        except NameError:
            raise KeyError(name) from None
        if isinstance(value, RemoteMeta) and name in self._session.author.classes:
            self._session.test_class(value)
        if isinstance(value, RemoteMeta) or (isinstance(value, Remote) and isinstance(value, _KEPT)):
            self._resolved[name] = value  # plain values may change between two looks, functions stay
        return value

    def name_of(self, value: object) -> str | None:
        """Return the name under which the test got a function or class of the learner."""
        return next((name for name, known in self._resolved.items() if known is value), None)


@dataclass(frozen=True)
class CellRun:
    """What came of a test cell."""

    passed: bool
    error: BaseException | None = None
    fault: LearnerMisbehaved | None = None
    refusals: tuple[str, ...] = ()
    calls: int = 0
    """Questions that the learner was asked."""


def run_test_cell(
    session: Session, source: str, file_name: str = "<test>", texts: Mapping[str, str] | None = None
) -> CellRun:
    """Run a test cell; it passes when it comes to its end, with no fault and nothing refused on the way.

    `texts` are the submitted cells by id, in order: `inspect.getsource` and `learner_source` read them.
    """
    namespace = CheckerNamespace(session)
    error: BaseException | None = None
    with _source_from_texts(namespace, texts or {}):
        try:
            exec(compile(source, file_name, "exec"), namespace)  # noqa: S102  the author's own test
        except KeyboardInterrupt:
            raise
        except BaseException as raised:
            error = raised
    session.close()
    fault = session.fault
    passed = error is None and fault is None and not session.refusals
    return CellRun(passed, error, fault, tuple(session.refusals), session.calls)


def find_definition(texts: Mapping[str, str], name: str) -> str | None:
    """Return the source of the last function or class of this name in the submitted cells."""
    found = None
    for text in texts.values():
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node.name == name:
                found = ast.get_source_segment(text, node)
    return found


@contextmanager
def _source_from_texts(namespace: CheckerNamespace, texts: Mapping[str, str]) -> Any:
    """Let source-level checks see the submitted text and not what the learner's process says about it."""
    original = inspect.getsource

    def getsource(value: Any) -> str:
        if not isinstance(value, Remote | RemoteMeta):
            return original(value)
        name = namespace.name_of(value)
        text = find_definition(texts, name) if name is not None else None
        if text is None:
            raise OSError("could not find the source in the submitted cells")
        return text + "\n"

    def learner_source(cell_id: str) -> str:
        if cell_id not in texts:
            raise KeyError(f"no submitted cell {cell_id!r}")
        return texts[cell_id]

    namespace["learner_source"] = learner_source
    inspect.getsource = getsource  # type: ignore[assignment]  # its parameter is called `object`
    try:
        yield
    finally:
        inspect.getsource = original
