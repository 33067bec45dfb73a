"""What a test hands to the learner besides plain data: functions, objects, library things.

Knows which attributes of a test's object the learner's code may reach: public ones, never those that lead to
the test itself (frames, code, globals, modules), and of what testing libraries bring along none at all: who
could set up a mock anew could take back what the test asserts about it. Must not know messages.
"""

from __future__ import annotations

import io
import operator
import pathlib
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

from .faults import BrokenMessage, NotPortable
from .operations import BINARY, COMPARE, UNARY

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


SPECIALS = frozenset({
    "__hash__", "__bool__", "__float__", "__int__", "__index__", "__str__", "__repr__", "__format__",
    "__enter__", "__exit__", "__round__", "__reversed__", "__setitem__", "__delitem__",
    *(f"__{name}__" for name in (*COMPARE, *UNARY)),
    *(f"__{side}{name}__" for name in BINARY if name != "divmod" for side in ("", "r", "i")),
})  # fmt: skip
"""Special methods that the learner's code may use on an object of a class that the test defines."""


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
        if isinstance(value, _INSIDES) or _has_a_file(value):
            raise NotPortable(f"a {type(value).__name__} cannot be handed to the learner's code")
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._objects)
            self._objects.append(value)
            self._kinds.append(_kind(value))
        kind = self._kinds[number]
        names = public_names(value) | special_names(value) if kind == "object" else ()
        return ("S", number, kind, tuple(sorted(names)))

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
        act = _OBJECT_OPERATIONS.get((op, len(rest)))
        if kind == "object" and act is not None and not keywords:
            return act(target, *rest)
        if (
            kind == "object"
            and op == "special"
            and rest
            and type(rest[0]) is str
            and rest[0] in special_names(target)
        ):
            return getattr(type(target), rest[0])(target, *rest[1:])
        raise BrokenMessage("an operation that a stub cannot ask for")


def _has_a_file(value: object) -> bool:
    """Tell whether a value leads to a file: the learner's process has a disk of its own."""
    files = (io.FileIO, io.BufferedReader, io.BufferedWriter, io.BufferedRandom, io.TextIOWrapper)
    return isinstance(value, (pathlib.PurePath, *files))


def public_names(value: object) -> set[str]:
    """Return the names of an object that the learner's code may read."""
    names: set[str] = set()
    judging: set[str] = set()
    for kind in type(value).__mro__:
        if kind is not object:
            (judging if _is_judge(kind) else names).update(vars(kind))
    held = set(getattr(value, "__dict__", ()))
    if judging:
        held |= _given_names(value)
        held -= judging | _MOCK_NAMES
    return {name for name in names | held if not name.startswith("_")}


def special_names(value: object) -> frozenset[str]:
    """Return the special methods that a class of the test's own gives the object: operators, text, `with`."""
    own = (kind for kind in type(value).__mro__ if kind.__module__ == "__main__")
    if any(_is_judge(kind) for kind in type(value).__mro__):
        return frozenset()
    return frozenset(name for kind in own for name in vars(kind) if name in SPECIALS)


JUDGES = frozenset({"unittest", "pytest", "_pytest"})
"""Libraries whose objects decide what has passed."""
_MOCK_NAMES = frozenset({
    "method_calls", "call_args", "call_args_list", "call_count", "called", "mock_calls", "return_value",
    "side_effect",
})  # fmt: skip


def _is_judge(kind: type) -> bool:
    # A mock has a class of its own, where a test may put properties.
    home = sys.modules.get(kind.__module__)
    return kind.__module__.partition(".")[0] in JUDGES and getattr(home, kind.__name__, None) is kind


def _given_names(value: object) -> set[str]:
    """Return the names that a test gave a mock: by using them, or by a specification."""
    inside = getattr(value, "__dict__", {})
    children, specified = inside.get("_mock_children"), inside.get("_mock_methods")
    return set(children or ()) | {name for name in specified or () if type(name) is str}


def _get_public(target: object, name: str) -> object:
    if type(name) is not str or name not in public_names(target):
        raise AttributeError(f"{type(target).__name__} of the test has no {name!r}")
    return getattr(target, name)


def _find_special(target: object, name: object) -> Callable[..., Any]:
    if type(name) is not str or name not in special_names(target):
        raise BrokenMessage("a special method that the object does not have")
    found: Callable[..., Any] = getattr(type(target), name)
    return found


_OBJECT_OPERATIONS: Mapping[tuple[str, int], Callable[..., Any]] = {
    ("getattr", 1): _get_public,
    ("len", 0): len,
    ("iter", 0): iter,
    ("getitem", 1): operator.getitem,
    ("contains", 1): operator.contains,
}
"""Operation and number of further arguments → what is done with an object of the test."""


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
