"""What the special methods of proxies do: all that Python looks up on a class.

Knows proxies and how they are decided about (`remote`). Must not know messages.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

from .author import SWALLOWS
from .faults import CannotCheck, NotPlain
from .leaving import may_end
from .operations import BINARY, UNARY
from .remote import Remote, ask, ask_exactly, calculate, contains, core, handle_of, is_data
from .story import forget, item, length, step, walk, walk_back


def _exactly(kind: type, op: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any) -> Any:
        return ask_exactly(kind, self, op, self, *args)

    return method


def _plainly(op: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **keywords: Any) -> Any:
        return ask(self, op, self, *args, **keywords)

    return method


def _unary(name: str) -> Callable[..., Any]:
    def method(self: Any) -> Any:
        return UNARY[name](core(self)) if is_data(self) else ask(self, "unary", name, self)

    return method


def _operator(op: str, name: str, swapped: bool = False) -> Callable[..., Any]:
    return lambda self, other: calculate(op, name, self, other, swapped)


def _call(self: Any, *args: Any, **keywords: Any) -> Any:
    for one in (*args, *keywords.values()):
        if issubclass(type(one), Remote):
            forget(one)
    return ask(self, "call", self, *args, **keywords)


def _from_data(kind: type, op: str, act: Callable[..., Any]) -> Callable[..., Any]:
    """Return a method that looks at the plain data an object carries, or asks where there are none."""

    def method(self: Any, *args: Any) -> Any:
        if is_data(self):
            return act(core(self), *args)
        return ask(self, op, self, *args) if kind is object else ask_exactly(kind, self, op, self, *args)

    return method


def _changing(op: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any) -> Any:
        forget(self)
        return ask(self, op, self, *args)

    return method


def _enter(self: Any) -> Any:
    made = handle_of(self).made
    entered = ask(self, "enter", self)
    if entered is self:
        handle_of(self).made = made
    return entered


def _array(self: Any, dtype: Any = None, copy: Any = None) -> Any:
    import numpy as np

    return np.asarray(ask_exactly(np.ndarray, self, "array", self), dtype=dtype)


def _leave(self: Any, kind: Any, value: Any, trace: Any) -> bool:
    """Leave a `with`; an exception is the learner's to swallow only where the author's own does swallow."""
    left: bool = ask_exactly(bool, self, "exit", self, kind, value, None)
    verdict = isinstance(value, AssertionError | CannotCheck | NotPlain) or not isinstance(value, Exception)
    if value is None or (verdict and not hasattr(value, "learner_trace")):
        return False
    session = handle_of(self).session
    author_does = session.may_judge(type(self), SWALLOWS) or _is_generated(self)
    return left and author_does and may_end(value, trace, session.test_tree)


def _is_generated(self: Any) -> bool:
    """Tell whether it is made by `contextmanager`, and one of the author's swallows exceptions."""
    return SWALLOWS in handle_of(self).session.author.members and type(self).__module__ == "contextlib"


METHODS: dict[str, Callable[..., Any]] = {
    "__call__": _call,
    "__len__": length,
    "__bool__": _from_data(bool, "bool", bool),
    "__float__": _from_data(float, "float", float),
    "__int__": _from_data(int, "int", int),
    "__complex__": _from_data(complex, "complex", complex),
    "__index__": _from_data(int, "index", operator.index),
    "__iter__": walk,
    "__next__": step,
    "__reversed__": walk_back,
    "__contains__": contains,
    "__getitem__": item,
    "__setitem__": _changing("setitem"),
    "__delitem__": _changing("delitem"),
    "__round__": _from_data(object, "round", round),
    "__trunc__": _from_data(object, "trunc", math.trunc),
    "__floor__": _from_data(object, "floor", math.floor),
    "__ceil__": _from_data(object, "ceil", math.ceil),
    "__enter__": _enter,
    "__exit__": _leave,
    "__array__": _array,
    **{f"__{name}__": _unary(name) for name in ("neg", "pos", "abs", "invert")},
    **{f"__{name}__": _operator("compare", name) for name in ("lt", "le", "gt", "ge")},
    **{f"__{name}__": _operator("binary", name) for name in BINARY},
    **{f"__r{name}__": _operator("binary", name, swapped=True) for name in BINARY},
    **{f"__i{name}__": _operator("inplace", name) for name in BINARY if name != "divmod"},
}
"""A proxy's class gets those of these that the learner's class has, so that `callable`, `hasattr` and
abstract base classes tell the truth."""
