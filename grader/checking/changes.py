"""Mutable arguments: what they were before a call, how they differ after it, and making up for it.

Knows the mutable plain types. Arguments travel by copy; a call that changes its copy changes the sender's
object the same way afterwards. Only what the receiver was sent can change, nothing else on the sender's side.
"""

from __future__ import annotations

import operator
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Any

from .faults import BrokenMessage

Freeze = Callable[[object], object]
"""Returns something that is equal for equal states of a numpy array or pandas object."""

_LISTS = (list, deque)
_DICTS = (dict, OrderedDict, Counter, defaultdict)


def remember(mutables: Sequence[Any], freeze: Freeze) -> list[Any]:
    """Return the states of the values before a call."""
    return [_state(value, freeze) for value in mutables]


def _state(value: Any, freeze: Freeze) -> Any:
    kind = type(value)
    if kind in _LISTS:
        return tuple(value)
    if kind in _DICTS:
        return tuple(value.items())
    if kind is set:
        return frozenset(map(id, value)), tuple(value)
    if kind is bytearray:
        return bytes(value)
    return None if value is None else freeze(value)


def find_changes(
    mutables: Sequence[Any], before: Sequence[Any], freeze: Freeze
) -> tuple[tuple[int, Any], ...]:
    """Return number and contents of the values that are different now."""
    changes = []
    for number, (value, old) in enumerate(zip(mutables, before, strict=True)):
        new = _state(value, freeze)
        if not _same(type(value), old, new):
            changes.append((number, _contents(value, new)))
    return tuple(changes)


def _same(kind: type, old: Any, new: Any) -> bool:
    # By identity: comparing by value would ask objects that may lie.
    if kind in _LISTS:
        return len(old) == len(new) and all(map(operator.is_, old, new))
    if kind in _DICTS:
        return len(old) == len(new) and all(
            a is c and b is d for (a, b), (c, d) in zip(old, new, strict=True)
        )
    if kind is set:
        return bool(old[0] == new[0])
    return bool(old == new)


def _contents(value: Any, state: Any) -> Any:
    kind = type(value)
    if kind is set:
        return state[1]
    if kind in _LISTS or kind in _DICTS or kind is bytearray:
        return state
    return value.copy()  # a new object, or it would travel as "your own"


def apply_changes(mutables: Sequence[Any], changes: tuple[tuple[int, Any], ...]) -> None:
    """Change this side's objects as the other side changed its copies; raises `BrokenMessage`."""
    for number, contents in changes:
        if number >= len(mutables) or mutables[number] is None:
            raise BrokenMessage("a change of something that was not sent")
        try:
            _become(mutables[number], contents)
        except BrokenMessage:
            raise
        except Exception as error:
            raise BrokenMessage(f"an impossible change: {type(error).__name__}: {error}"[:300]) from None


def _become(value: Any, contents: Any) -> None:
    kind = type(value)
    if kind in (*_LISTS, *_DICTS, set) and type(contents) is not tuple:
        raise BrokenMessage("a broken change")
    if kind is deque:
        value.clear()
        value.extend(contents)
    elif kind is list:
        value[:] = contents
    elif kind in _DICTS:
        pairs = dict(contents)
        value.clear()
        dict.update(value, pairs) if kind is not OrderedDict else value.update(pairs)
    elif kind is set:
        value.clear()
        value.update(contents)
    elif kind is bytearray and type(contents) is bytes:
        value[:] = contents
    elif type(contents) is kind:
        _become_table(value, contents)
    else:
        raise BrokenMessage("a broken change")


def _become_table(value: Any, contents: Any) -> None:
    if hasattr(value, "iloc"):
        value.__init__(contents)  # pandas' own way to fill an existing object; `copy` keeps names
        return
    if value.dtype != contents.dtype or value.shape != contents.shape:
        raise BrokenMessage("an array of another shape")
    value[...] = contents
