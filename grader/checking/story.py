"""How long an object is and what is in it: an answer must not change its story.

Knows proxies. Must not know messages. What says how many items it has gives that many, in every way of
walking it, and says the same number again. An answer that has a length and items is copied when it is first
walked; its length, its items by number and every other walk come from that copy, until the test may have
changed it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

from .faults import NotPlain
from .remote import Handle, ask, ask_exactly, core, handle_of, is_data, refuse

LONGEST_COPY = 10_000
"""Of longer answers only the items are counted."""
_NONE_SAID = -1


def length(self: Any) -> int:
    """Ask once; an object that says something else later has lied one of the two times."""
    if is_data(self):
        return len(core(self))
    handle = _renewed(self)
    if handle.items is not None:
        return len(handle.items)
    said = ask_exactly(int, self, "len", self)
    if handle.length is None or _is_of_test(self):
        handle.length = said
    if said != handle.length:
        raise refuse(self, "len")
    return said


def walk(self: Any) -> Any:
    """Walk an object, as `iter` does."""
    return iter(core(self)) if is_data(self) else _walk(self, "iter", lambda: ask(self, "iter", self))


def walk_back(self: Any) -> Any:
    """Walk an object backwards."""
    if is_data(self):
        return reversed(core(self))
    return _walk(self, "reversed", lambda: ask(self, "reversed", self))


def walk_by_number(self: Any) -> Iterator[Any]:
    """Walk an object that has items but no iteration, as Python does."""
    found: Iterator[Any] = _walk(self, "iter", lambda: _number_by_number(self))
    return found


def step(self: Any) -> Any:
    """Give the next item; an object that said how many it has must not have fewer, or more."""
    handle = handle_of(self)
    handle.session.count_step()
    handle.length = None  # one less now
    try:
        item = ask(self, "next", self)
    except StopIteration:
        if handle.left:
            raise refuse(self, "iter") from None
        raise
    if handle.left is not None:
        handle.left -= 1
    return item


def item(self: Any, key: Any) -> Any:
    """Read an item: by number from the copy, where there is one."""
    if is_data(self):
        return operator.getitem(core(self), key)
    numbered = type(key) in (int, slice) and _has(self, "__len__") and _has(self, "__iter__")
    if not numbered or _is_of_test(self):
        return ask(self, "getitem", self, key)
    handle = _renewed(self)
    if handle.items is None:
        iter(self)
    if handle.items is None:  # too long, or without a length
        return ask(self, "getitem", self, key)
    if not _has_keys(self):
        return handle.items[key]
    items = handle.items
    found = ask(self, "getitem", self, key)
    if not any(type(one) is int and one == key for one in items):
        raise refuse(self, "[]")  # a mapping has what it has keys for
    return found


def class_length(mirror: Any) -> int:
    """Ask a class with a length, as that of an Enum, for it."""
    session = mirror._medai_session
    said = int(session.ask_exactly(int, "len", (mirror,)))
    if session.class_lengths.setdefault(mirror, said) != said and not session.is_tested(mirror):
        raise session.refuse(f"the class {mirror.__name__} says two lengths")
    return said


def walk_class(mirror: Any) -> Any:
    """Walk a class, as that of an Enum."""
    session = mirror._medai_session
    walker = iter(session.ask("iter", (mirror,), {}))
    try:
        expected = class_length(mirror)
    except TypeError as error:
        if isinstance(error, NotPlain):
            raise
        session.class_lengths.setdefault(mirror, _NONE_SAID)
        return walker
    return _count(walker, expected, lambda: session.refuse(f"`iter` of the class {mirror.__name__}"))


def forget(self: Any) -> None:
    """Take note that the test may have changed the object."""
    handle = handle_of(self)
    handle.core = handle.length = handle.items = None


def _renewed(self: Any) -> Handle:
    """Return the handle; an object of a class under test may have changed with everything the test does."""
    handle = handle_of(self)
    session = handle.session
    if session.is_tested(type(self)) and handle.deeds != session.deeds:
        handle.length = handle.items = None
    handle.deeds = session.deeds
    return handle


def _has(self: Any, special: str) -> bool:
    return any(special in vars(one) for one in type(self).__mro__)


def _is_of_test(self: Any) -> bool:
    """Tell whether the test made the object itself, of a class that it is about."""
    handle = handle_of(self)
    return handle.made and handle.session.is_tested(type(self))


def _has_keys(self: Any) -> bool:
    handle = handle_of(self)
    if handle.keyed is None:
        try:
            handle.session.ask("getattr", (self, "keys"), {})
        except AttributeError:
            handle.keyed = False
        else:
            handle.keyed = True
    return handle.keyed


def _walk(self: Any, what: str, start: Callable[[], Any]) -> Any:
    handle = _renewed(self)
    if handle.items is not None:
        return iter(handle.items) if what == "iter" else reversed(handle.items)
    expected = _expected(self) if _has(self, "__len__") else None
    walker = start()
    if walker is self:
        handle.left = expected
        return walker
    if not hasattr(type(walker), "__next__"):
        raise refuse(self, what)
    if expected is None:
        return walker
    counted = _count(walker, expected, lambda: refuse(self, what))
    if _is_of_test(self) or expected > LONGEST_COPY:
        return counted
    items = list(counted)
    handle.items = items if what == "iter" else items[::-1]
    handle.deeds = handle.session.deeds
    return iter(items)


def _expected(self: Any) -> int | None:
    """Return what the object says of its length; one that cannot say must not say it later either."""
    handle = handle_of(self)
    try:
        return length(self)
    except Exception as error:
        if handle.length not in (None, _NONE_SAID) or not hasattr(error, "learner_trace"):
            raise
        handle.length = _NONE_SAID
        return None


def _count(walker: Any, expected: int, refuse_it: Callable[[], Exception]) -> Iterator[Any]:
    given = 0
    for one in walker:
        given += 1
        if given > expected:
            break
        yield one
    if given != expected:
        raise refuse_it()


def _number_by_number(self: Any) -> Iterator[Any]:
    for number in count():
        handle_of(self).session.count_step()
        try:
            found = ask(self, "getitem", self, number)
        except IndexError:
            return
        yield found
