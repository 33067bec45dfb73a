"""What a test hands to the learner besides plain data: functions, objects, library things.

Knows which attributes of a test's object the learner's code may reach: public ones, never those that lead to
the test itself (frames, code, globals, modules). Must not know messages.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from typing import Any

from .faults import BrokenMessage, NotPortable

LIBRARIES = frozenset({
    "builtins", "numpy", "pandas", "sklearn", "scipy", "matplotlib", "math", "cmath", "statistics",
    "operator", "functools", "itertools", "collections", "datetime", "decimal", "fractions", "random", "re",
    "string", "json", "io", "pathlib", "textwrap", "types", "enum", "dataclasses", "typing", "abc",
})  # fmt: skip
"""What the learner's process has too: these travel by name."""

_INSIDES = (
    types.ModuleType, types.FrameType, types.CodeType, types.TracebackType, types.CellType,
    types.CoroutineType, types.AsyncGeneratorType,
)  # fmt: skip


class Handouts:
    """Objects of a test that the learner may hold, by number."""

    def __init__(self) -> None:
        self._objects: list[Any] = []
        self._numbers: dict[int, int] = {}
        self._kinds: list[str] = []

    def refer(self, value: object) -> tuple[Any, ...]:
        """Return the tuple that stands for a value; raises `NotPortable`."""
        named = _library_path(value)
        if named is not None:
            return ("M", *named)
        if isinstance(value, BaseException) and type(value).__module__ == "builtins":
            return ("X", type(value).__name__, value.args)
        settings = _unfitted_settings(value)
        if settings is not None:
            return ("E", type(value).__module__, type(value).__qualname__, settings)
        if isinstance(value, _INSIDES):
            raise NotPortable(f"a {type(value).__name__} cannot be handed to the learner's code")
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._objects)
            self._objects.append(value)
            self._kinds.append(_kind(value))
        kind = self._kinds[number]
        return ("S", number, kind, tuple(sorted(public_names(value))) if kind == "object" else ())

    def resolve(self, number: int) -> object:
        """Return the object with this number; raises `BrokenMessage`."""
        if not 0 <= number < len(self._objects):
            raise BrokenMessage("an object that was never handed out")
        return self._objects[number]

    def perform(self, op: str, args: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        """Do what the learner's code does with a stub; raises `BrokenMessage` for what a stub cannot ask."""
        number = self._numbers.get(id(args[0])) if args else None
        if number is None or self._objects[number] is not args[0]:
            raise BrokenMessage("an operation on something that was never handed out")
        target, kind, rest = args[0], self._kinds[number], args[1:]
        if op == "call" and kind != "iterator":
            return target(*rest, **keywords)
        if op == "next" and kind == "iterator" and not rest:
            return next(target)
        if kind == "object" and not keywords:
            if op == "getattr" and len(rest) == 1 and type(rest[0]) is str:
                return _get_public(target, rest[0])
            if op == "len" and not rest:
                return len(target)
            if op == "iter" and not rest:
                return iter(target)
            if op == "getitem" and len(rest) == 1:
                return target[rest[0]]
            if op == "contains" and len(rest) == 1:
                return rest[0] in target
        raise BrokenMessage("an operation that a stub cannot ask for")


def public_names(value: object) -> set[str]:
    """Return the names of an object that the learner's code may read."""
    names = {name for kind in type(value).__mro__ if kind is not object for name in vars(kind)}
    names |= set(getattr(value, "__dict__", ()))
    return {name for name in names if not name.startswith("_")}


def _get_public(target: object, name: str) -> object:
    if name not in public_names(target):
        raise AttributeError(f"{type(target).__name__} of the test has no {name!r}")
    return getattr(target, name)


def _kind(value: Any) -> str:
    if hasattr(type(value), "__next__") and type(value).__module__ in ("builtins", "itertools"):
        return "iterator"  # no names: a generator's public ones lead into the test
    callables = (
        types.FunctionType, types.BuiltinFunctionType, types.MethodType, types.MethodWrapperType, type,
        types.WrapperDescriptorType, types.MethodDescriptorType,
    )  # fmt: skip
    if isinstance(value, callables) or type(value).__module__ == "functools":
        return "function"
    return "object"


def _library_path(value: Any) -> tuple[str, str] | None:
    """Return where a library keeps this very object."""
    if isinstance(value, types.ModuleType):
        name = str(value.__name__)
        return (name, "") if name.partition(".")[0] in LIBRARIES and sys.modules.get(name) is value else None
    module = getattr(value, "__module__", None)
    path = getattr(value, "__qualname__", None) or getattr(value, "__name__", None)
    if type(module) is not str or type(path) is not str or module.partition(".")[0] not in LIBRARIES:
        return None
    found: Any = sys.modules.get(module)
    for name in path.split("."):
        found = getattr(found, name, None)
    return (module, path) if found is value else None


def _unfitted_settings(value: Any) -> dict[str, Any] | None:
    """Return the parameters of a scikit-learn estimator that has not learnt anything yet."""
    kind = type(value)
    if kind.__module__.partition(".")[0] != "sklearn" or not hasattr(kind, "get_params"):
        return None
    if any(name.endswith("_") and not name.startswith("_") for name in vars(value)):
        return None
    return dict(value.get_params(deep=False))
