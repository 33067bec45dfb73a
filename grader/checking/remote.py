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

from typing import TYPE_CHECKING, Any, TypeVar

from .decoys import hide, make_decoys
from .encode import PLAIN_CLASSES
from .operations import BINARY, COMPARE
from .plainnames import FOREIGN_NAMES, READABLE_DUNDERS

if TYPE_CHECKING:
    from .session import Session


T = TypeVar("T")


class Handle:
    """Holds one reference; the learner may drop the object when this dies."""

    __slots__ = ("core", "deeds", "items", "keyed", "left", "length", "made", "number", "session")

    def __init__(self, session: Session, number: int) -> None:
        self.session = session
        self.number = number
        self.made = False
        """The test made the object itself, and the learner has not handed it back since."""
        self.core: Any = None
        """The plain data of an object that carries some, once they are known."""
        self.length: int | None = None
        """What `len` said first, until the test gives the object into other hands."""
        self.left: int | None = None
        """How many more items an iterator must give; None where nobody has said."""
        self.items: list[Any] | None = None
        """What it gave when it was walked, until the test gives the object into other hands."""
        self.keyed: bool | None = None
        """Whether it has `keys`, as mappings do; None where nobody has asked."""
        self.deeds = 0
        """How much the test had done when that was known."""

    def __del__(self) -> None:
        self.session.release(self.number)


class Remote:
    """An object in the learner's process; the classes of proxies are made by `mirrors`."""

    __slots__ = ("__weakref__", "_medai_handle")

    def __getattr__(self, name: str) -> Any:
        return read_attribute(self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        handle_of(self).length = handle_of(self).items = None
        ask(self, "setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        handle_of(self).length = handle_of(self).items = None
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
    if not isinstance(value, Remote) or not mirror_core(value):
        return value
    handle = handle_of(value)
    if handle.core is None:
        found = ask(value, "core", value)
        if type(found) is not PLAIN_CLASSES.get(mirror_core(value)):
            raise refuse(value, "==")
        handle.core = found
    return handle.core


def is_data(remote: Any) -> bool:
    """Tell whether an object is looked at as the plain data it carries, all of it from one copy.

    A plain value that is here only because it is too large to travel is not: the learner walks it.
    """
    mirror: Any = type(remote)
    too_large = bool(mirror._medai_line) and mirror._medai_line[0][0] == "builtins"
    return bool(mirror_core(remote)) and not too_large and not handle_of(remote).session.is_tested(mirror)


def is_trusted_pair(left: Any, right: Any, *specials: str) -> bool:
    """Tell whether an operator between these two is the learner's to carry out.

    It is where the author's own class has it, between two instances, or with an instance that the test made.
    """
    session = handle_of(left).session
    if not session.may_judge(type(left), *specials):
        return False
    if isinstance(right, Remote):
        return session.is_tested(type(right))
    return handle_of(left).made


def equal(left: Remote, right: object) -> Any:
    """Decide `==`."""
    if right is None:
        return False
    if is_trusted_pair(left, right, "__eq__") and not (mirror_core(left) and not isinstance(right, Remote)):
        return _credible(left, "eq", right)
    if isinstance(right, Remote):
        return right is left or _same_data(left, right, "==")
    if mirror_core(left):
        return core(left) == right
    return NotImplemented


def unequal(left: Remote, right: object) -> Any:
    """Decide `!=`."""
    if right is None:
        return True
    if is_trusted_pair(left, right, "__eq__", "__ne__") and not (
        mirror_core(left) and not isinstance(right, Remote)
    ):
        return _credible(left, "ne", right)
    if isinstance(right, Remote):
        return right is not left and not _same_data(left, right, "!=")
    if mirror_core(left):
        return core(left) != right
    raise refuse(left, "!=")


def _same_data(left: Remote, right: Remote, what: str) -> bool:
    """Compare two objects where their class has no say: by their data, or as any two objects are compared."""
    if mirror_core(left) and mirror_core(right):
        return bool(core(left) == core(right))
    session = handle_of(left).session
    if session.is_tested(type(left)) and session.is_tested(type(right)):
        return False  # the author's class says nothing about it: two objects are two
    raise refuse(left, what)


def _credible(left: Remote, op: str, right: object) -> Any:
    """Have the class under test compare; a yes counts only from who knows it among other values."""
    said: list[tuple[bool, object]] = []
    for one in hide(right, make_decoys(right) if op == "eq" else [left]):
        result = ask(left, "compare", op, left, one)
        if one is right and result is not True:
            return result
        said.append((one is right, result))
    if any((result is True) is not real for real, result in said):
        raise refuse(left, "==" if op == "eq" else "!=")
    return True


def calculate(op: str, name: str, left: Any, right: Any, swapped: bool) -> Any:
    """Decide `left <operator> right`; `left` is the proxy, `swapped` when it stands on the right."""
    pair = (right, left) if swapped else (left, right)
    if is_trusted_pair(left, right, *_SPECIALS[name]):
        made = handle_of(left).made
        result = ask(left, op, name, *pair)
        if result is left:
            handle_of(left).made = made  # `a += b` gives `a`
        return result
    if mirror_core(left) and (not isinstance(right, Remote) or mirror_core(right)):
        act = COMPARE[name] if op == "compare" else BINARY[name]
        return act(*map(core, pair))
    raise refuse(left, name)


_SPECIALS = {name: (f"__{name}__", f"__r{name}__", f"__i{name}__") for name in BINARY} | {
    "lt": ("__lt__", "__gt__"), "gt": ("__lt__", "__gt__"),
    "le": ("__le__", "__ge__"), "ge": ("__le__", "__ge__"),
}  # fmt: skip


def contains(box: Any, item: Any) -> bool:
    """Decide `item in box`."""
    if is_trusted_pair(box, item, "__contains__", "__iter__", "__getitem__"):
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
    handle = handle_of(remote)
    handle.length = handle.items = None  # what is read may be a method that changes the object
    session = handle.session
    return session.screen(type(remote), name, session.ask("getattr", (remote, name), {}))
