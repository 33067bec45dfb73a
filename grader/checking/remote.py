"""Proxies of the learner's objects, and mirrors of the learner's classes.

Knows what each Python operation on a proxy means. Must not know messages.

The rule: **expected values never leave the checker, and equality is decided in the checker.** Reading
(attributes, items, iteration, calls, `len`, `float`, `str` …) is done by the learner. Comparing a proxy with
something, or calculating with it and something, is not: such a thing raises `NotPlain`. Two exceptions: an
object that carries plain data (a named tuple, a member of an IntEnum) is compared by that data, here; and
operators of a class that the author's own answer defines and that the test cell names are the learner's to
carry out between two of its instances, or between an instance that the test itself made and anything.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from .encode import PLAIN_CLASSES
from .operations import BINARY, COMPARE
from .plainnames import FOREIGN_NAMES, READABLE_DUNDERS

if TYPE_CHECKING:
    from .session import Session


T = TypeVar("T")


class Handle:
    """Holds one reference; the learner may drop the object when this dies."""

    __slots__ = ("made", "number", "session")

    def __init__(self, session: Session, number: int) -> None:
        self.session = session
        self.number = number
        self.made = False

    def __del__(self) -> None:
        self.session.release(self.number)


class Remote:
    """An object in the learner's process; the classes of proxies are made by `mirrors`."""

    __slots__ = ("__weakref__", "_medai_handle")

    def __getattr__(self, name: str) -> Any:
        return read_attribute(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        ask(self, "setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        ask(self, "delattr", self, name)

    def __repr__(self) -> str:
        return ask_exactly(str, self, "repr", self)

    def __str__(self) -> str:
        return ask_exactly(str, self, "str", self)

    def __format__(self, spec: str) -> str:
        return ask_exactly(str, self, "format", self, spec)

    def __dir__(self) -> Any:
        return ask(self, "dir", self)

    def __hash__(self) -> int:
        session, mirror = handle_of(self).session, type(self)
        if session.is_tested(mirror):
            return ask_exactly(int, self, "hash", self)
        return hash(core(self)) if mirror_core(self) else hash(("medai", handle_of(self).number))

    def __eq__(self, other: object) -> Any:
        return equal(self, other)

    def __ne__(self, other: object) -> Any:
        return unequal(self, other)

    def __copy__(self) -> Any:
        return ask(self, "copy", self)

    def __deepcopy__(self, _memo: Any) -> Any:
        return ask(self, "deepcopy", self)

    def __reduce_ex__(self, _protocol: Any) -> Any:
        raise refuse(self, "pickle")

    __array_ufunc__ = None
    """numpy leaves operators to us, and so to `NotPlain`."""


def handle_of(remote: Any) -> Handle:
    """Return what a proxy holds."""
    found: Handle = object.__getattribute__(remote, "_medai_handle")
    return found


def ask(remote: Any, op: str, *args: Any, **keywords: Any) -> Any:
    """Have the learner's process do something."""
    return handle_of(remote).session.ask(op, args, keywords)


def ask_exactly(kind: type[T], remote: Any, op: str, *args: Any) -> T:
    """Have the learner's process do something that must give this type."""
    value: T = handle_of(remote).session.ask_exactly(kind, op, args)
    return value


def refuse(remote: Any, what: str) -> Exception:
    """Return the `NotPlain` to raise, after noting it: a test that swallows it must not pass."""
    name = type(remote).__name__
    text = f"`{what}` needs a plain value, and the answer is an object of type {name}"
    return handle_of(remote).session.refuse(text)


def mirror_core(remote: Any) -> str:
    """Return the plain type whose data the object carries, by its class; empty for none."""
    return str(type(remote)._medai_core)


def core(value: Any) -> Any:
    """Return the plain data that an object carries; other values as they are."""
    if not isinstance(value, Remote):
        return value
    found = ask(value, "core", value)
    if type(found) is not PLAIN_CLASSES.get(mirror_core(value)):
        raise refuse(value, "==")
    return found


def is_trusted_pair(left: Any, right: Any) -> bool:
    """Tell whether an operator between these two is the learner's to carry out."""
    session = handle_of(left).session
    if not session.is_tested(type(left)):
        return False
    if isinstance(right, Remote):
        return session.is_tested(type(right))
    return handle_of(left).made


def equal(left: Remote, right: object) -> Any:
    """Decide `==`."""
    if right is None:
        return False
    if is_trusted_pair(left, right) and not (mirror_core(left) and not isinstance(right, Remote)):
        return _credible(left, "eq", right)
    if isinstance(right, Remote):
        if right is left:
            return True
        if not (mirror_core(left) and mirror_core(right)):
            raise refuse(left, "==")
        return core(left) == core(right)
    if mirror_core(left):
        return core(left) == right
    return NotImplemented


def unequal(left: Remote, right: object) -> Any:
    """Decide `!=`."""
    if right is None:
        return True
    if is_trusted_pair(left, right) and not (mirror_core(left) and not isinstance(right, Remote)):
        return _credible(left, "ne", right)
    if isinstance(right, Remote) and right is left:
        return False
    if mirror_core(left) and (not isinstance(right, Remote) or mirror_core(right)):
        return core(left) != core(right)
    raise refuse(left, "!=")


def _credible(left: Remote, op: str, right: object) -> Any:
    """Have the class under test compare, unless it says yes to everything."""
    result = ask(left, "compare", op, left, right)
    decoy: object = f"{random.getrandbits(64):x}" if op == "eq" else left
    if result is True and ask(left, "compare", op, left, decoy) is True:
        raise refuse(left, "==" if op == "eq" else "!=")
    return result


def calculate(op: str, name: str, left: Any, right: Any, swapped: bool) -> Any:
    """Decide `left <operator> right`; `left` is the proxy, `swapped` when it stands on the right."""
    pair = (right, left) if swapped else (left, right)
    if is_trusted_pair(left, right):
        return ask(left, op, name, *pair)
    if mirror_core(left) and (not isinstance(right, Remote) or mirror_core(right)):
        act = COMPARE[name] if op == "compare" else BINARY[name]
        return act(*map(core, pair))
    raise refuse(left, name)


def contains(box: Any, item: Any) -> bool:
    """Decide `item in box`."""
    if is_trusted_pair(box, item):
        return bool(ask_exactly(bool, box, "contains", box, item))
    if mirror_core(box):
        return item in core(box)
    raise refuse(box, "in")


def read_attribute(remote: Any, name: str) -> Any:
    """Read an attribute.

    What plain values have too (`equals`, `startswith`, `all` …) must be plain when it is read from an object:
    else an object could say yes to `answer.equals(expected)`.
    """
    if name == "__signature__":
        return handle_of(remote).session.signature(remote)
    if name.startswith("__") and name.endswith("__"):
        if name not in READABLE_DUNDERS:
            raise AttributeError(name)
    elif name in FOREIGN_NAMES or name.startswith(("_repr_", "_ipython_")):
        raise AttributeError(name)  # libraries look for these to take an object for one of theirs
    session = handle_of(remote).session
    return session.screen(type(remote), name, session.ask("getattr", (remote, name), {}))


def _exactly(kind: type, op: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any) -> Any:
        return ask_exactly(kind, self, op, self, *args)

    return method


def _plainly(op: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **keywords: Any) -> Any:
        return ask(self, op, self, *args, **keywords)

    return method


def _unary(name: str) -> Callable[..., Any]:
    return lambda self: ask(self, "unary", name, self)


def _operator(op: str, name: str, swapped: bool = False) -> Callable[..., Any]:
    return lambda self, other: calculate(op, name, self, other, swapped)


def _walk(self: Any) -> Any:
    walker = ask(self, "iter", self)
    if not hasattr(type(walker), "__next__"):
        raise refuse(self, "iter")
    return walker


def _step(self: Any) -> Any:
    handle_of(self).session.count_step()
    return ask(self, "next", self)


def _array(self: Any, dtype: Any = None, copy: Any = None) -> Any:
    import numpy as np

    return np.asarray(ask_exactly(np.ndarray, self, "array", self), dtype=dtype)


def _leave(self: Any, kind: Any, value: Any, _trace: Any) -> bool:
    left: bool = ask_exactly(bool, self, "exit", self, kind, value, None)
    return left


METHODS: dict[str, Callable[..., Any]] = {
    "__call__": _plainly("call"),
    "__len__": _exactly(int, "len"),
    "__bool__": _exactly(bool, "bool"),
    "__float__": _exactly(float, "float"),
    "__int__": _exactly(int, "int"),
    "__complex__": _exactly(complex, "complex"),
    "__index__": _exactly(int, "index"),
    "__iter__": _walk,
    "__next__": _step,
    "__reversed__": _plainly("reversed"),
    "__contains__": contains,
    "__getitem__": _plainly("getitem"),
    "__setitem__": _plainly("setitem"),
    "__delitem__": _plainly("delitem"),
    "__round__": _plainly("round"),
    "__trunc__": _plainly("trunc"),
    "__floor__": _plainly("floor"),
    "__ceil__": _plainly("ceil"),
    "__enter__": _plainly("enter"),
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
