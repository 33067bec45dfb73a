"""What a learner process can be asked to do with its objects.

Knows Python's own operations. Must not know messages: it gets objects and returns objects. Nothing in here
is trusted by the checker.
"""

from __future__ import annotations

import copy
import inspect
import math
import operator
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

UNARY: dict[str, Callable[[Any], Any]] = {
    "neg": operator.neg, "pos": operator.pos, "abs": operator.abs, "invert": operator.invert,
}  # fmt: skip
BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "truediv": operator.truediv,
    "floordiv": operator.floordiv, "mod": operator.mod, "pow": operator.pow, "matmul": operator.matmul,
    "and": operator.and_, "or": operator.or_, "xor": operator.xor, "lshift": operator.lshift,
    "rshift": operator.rshift, "divmod": divmod,
}  # fmt: skip
COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq, "ne": operator.ne,
    "lt": operator.lt, "le": operator.le, "gt": operator.gt, "ge": operator.ge,
}  # fmt: skip
INPLACE: dict[str, Callable[[Any, Any], Any]] = {
    name: getattr(operator, f"i{name}") for name in BINARY if name not in ("and", "or", "divmod")
} | {"and": operator.iand, "or": operator.ior}

SPECIALS = (
    "__call__", "__len__", "__iter__", "__next__", "__contains__", "__getitem__", "__setitem__",
    "__delitem__",
    "__bool__", "__float__", "__int__", "__complex__", "__index__", "__round__", "__trunc__", "__floor__",
    "__ceil__",
    "__enter__", "__exit__", "__reversed__", "__array__", "__neg__", "__pos__", "__abs__", "__invert__",
    "__lt__", "__le__", "__gt__", "__ge__", "__divmod__", "__rdivmod__",
    *(f"__{prefix}{name}__" for name in BINARY if name != "divmod" for prefix in ("", "r", "i")),
)  # fmt: skip
"""Methods that Python looks up on the class: a proxy has exactly those that the learner's class has."""

_CORES: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (bool, lambda v: v),
    (int, int.__int__),
    (float, float.__float__),
    (complex, lambda v: complex.__add__(v, 0j)),
    (str, lambda v: str.__add__(v, "")),
    (bytes, lambda v: bytes.__add__(v, b"")),
    (tuple, lambda v: tuple(tuple.__iter__(v))),
    (list, lambda v: list(list.__iter__(v))),
    (dict, lambda v: dict(dict.items(v))),
    (set, lambda v: set(set.__iter__(v))),
    (frozenset, lambda v: frozenset(frozenset.__iter__(v))),
)


def core_name(kind: type) -> str:
    """Return the plain type whose data objects of this class carry; empty for none."""
    for plain, _ in _CORES:
        if issubclass(kind, plain):
            return plain.__name__
    return ""


def core_of(value: Any) -> Any:
    """Return the plain data in an object of a subclass of a plain type, past whatever the class overrides."""
    for plain, extract in _CORES:
        if isinstance(value, plain):
            return extract(value)
    raise TypeError(f"{type(value).__name__} holds no plain data")


def describe_class(kind: type, class_id: Callable[[type], int]) -> tuple[Any, ...]:
    """Return what a checker must know of a class to build its mirror."""
    specials = tuple(name for name in SPECIALS if getattr(kind, name, None) is not None and _own(kind, name))
    bases = tuple((class_id(base), str(base.__module__), str(base.__qualname__)) for base in kind.__bases__)
    line = tuple((str(base.__module__), str(base.__qualname__)) for base in kind.__mro__)
    doc = kind.__doc__ if type(kind.__doc__) is str else None
    names = str(kind.__name__), str(kind.__module__), str(kind.__qualname__)
    return (*names, doc, bases, line, specials, core_name(kind))


KNOWN_CLASSES: dict[type, int] = {
    types.FunctionType: -1,
    types.BuiltinFunctionType: -2,
    types.MethodType: -3,
    types.GeneratorType: -4,
}
"""Numbers of classes that are the same on both sides: nobody needs to ask about them."""


@cache
def describe_known(class_id: int) -> tuple[Any, ...] | None:
    """Return what there is to know of one of `KNOWN_CLASSES`; None for other numbers."""
    found = next((kind for kind, number in KNOWN_CLASSES.items() if number == class_id), None)
    return None if found is None else describe_class(found, lambda _: 0)


def _own(kind: type, name: str) -> bool:
    # `object` and `type` have a few of these for everything.
    return any(name in vars(base) for base in kind.__mro__ if base is not object)


def signature_of(value: Any) -> tuple[Any, ...]:
    """Return name, kind and default of each parameter."""
    parameters = inspect.signature(value).parameters.values()
    empty = inspect.Parameter.empty
    return tuple(
        (one.name, int(one.kind), one.default is not empty, None if one.default is empty else one.default)
        for one in parameters
    )


def build_signature(told: tuple[Any, ...]) -> inspect.Signature:
    """Return the signature of what `signature_of` told; raises when it is none."""
    parameter, kinds = inspect.Parameter, list(inspect._ParameterKind)
    return inspect.Signature(
        [parameter(n, kinds[k], default=d if has else parameter.empty) for n, k, has, d in told]
    )


def _exit(value: Any, *triple: Any) -> bool:
    return bool(type(value).__exit__(value, *triple))


def _enter(value: Any) -> Any:
    return type(value).__enter__(value)


def _array(value: Any) -> Any:
    import numpy as np

    return np.array(value)


def _call(function: Any, *args: Any, **keywords: Any) -> Any:
    return function(*args, **keywords)


CHANGING = frozenset({"call", "setattr", "setitem", "delattr", "delitem", "inplace", "enter", "exit", "next"})
"""What may change any object."""

OPERATIONS: Mapping[str, Callable[..., Any]] = {
    "call": _call,
    "getattr": getattr,
    "setattr": setattr,
    "delattr": delattr,
    "getitem": operator.getitem,
    "setitem": operator.setitem,
    "delitem": operator.delitem,
    "contains": operator.contains,
    "iter": iter,
    "next": next,
    "len": len,
    "bool": bool,
    "float": float,
    "int": int,
    "complex": complex,
    "index": operator.index,
    "str": str,
    "repr": repr,
    "format": format,
    "hash": hash,
    "round": round,
    "trunc": math.trunc,
    "floor": math.floor,
    "ceil": math.ceil,
    "enter": _enter,
    "exit": _exit,
    "unary": lambda name, value: UNARY[name](value),
    "binary": lambda name, left, right: BINARY[name](left, right),
    "inplace": lambda name, left, right: INPLACE[name](left, right),
    "compare": lambda name, left, right: COMPARE[name](left, right),
    "reversed": reversed,
    "dir": dir,
    "signature": signature_of,
    "core": core_of,
    "array": _array,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "isinstance": isinstance,
    "issubclass": issubclass,
}
