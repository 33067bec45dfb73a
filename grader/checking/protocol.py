"""The messages of the two processes: four kinds, closed, checked field by field.

Knows plain tuples and what they must look like. Must not know bytes, sockets or what an operation does.
The checker asks, the learner answers; while it answers it may ask back (a callback), and so on. Whoever
got the last message has the turn, so every message is either expected or wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .faults import BrokenMessage

LEARNER_DOES = frozenset({
    "name", "call", "getattr", "setattr", "delattr", "getitem", "setitem", "delitem", "contains", "iter",
    "next", "len", "bool", "float", "int", "complex", "index", "str", "repr", "format", "hash", "round",
    "trunc", "floor", "ceil", "enter", "exit", "unary", "binary", "inplace", "compare", "reversed", "dir",
    "describe", "signature", "core", "array", "copy", "deepcopy", "isinstance", "issubclass",
})  # fmt: skip
"""What a checker may ask of a learner."""

CHECKER_DOES = frozenset({"call", "getattr", "len", "iter", "next", "getitem", "contains", "special"})
"""What a learner may ask of an object that a test handed to it."""

LONGEST_PRINT = 200_000
LONGEST_TEXT = 10_000


@dataclass(frozen=True)
class Trouble:
    """An exception on its way."""

    builtin: str
    """The nearest built-in class."""
    class_id: int
    """The learner's class, 0 when it is the built-in one."""
    args: tuple[Any, ...]
    text: str
    ref: int
    """The exception object in the learner's table, 0 for none."""
    origin: int
    """Number of an exception that a callback raised and that now comes home; 0 for none."""
    trace: tuple[str, ...]


@dataclass(frozen=True)
class Ask:
    """Please do this and tell me what came out."""

    number: int
    op: str
    args: tuple[Any, ...]
    keywords: Mapping[str, Any] = field(default_factory=dict)
    released: tuple[int, ...] = ()
    """References that the asking side needs no more."""
    printed: tuple[tuple[str, str], ...] = ()
    """What was printed since the last message: stream and text."""


@dataclass(frozen=True)
class Answer:
    """This came out."""

    number: int
    value: Any
    changes: tuple[tuple[int, Any], ...] = ()
    """Mutable arguments that are different now: their number in the request, and what is in them."""
    printed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Raised:
    """This was raised instead."""

    number: int
    trouble: Trouble
    changes: tuple[tuple[int, Any], ...] = ()
    printed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Done:
    """No more questions for now."""

    keep: bool = False
    """The references are still needed."""


Message = Ask | Answer | Raised | Done


def pack(message: Message) -> tuple[Any, ...]:
    """Return the tuple that travels; its usual, empty end is left off."""
    match message:
        case Ask(number, op, args, keywords, released, printed):
            head = ("?", number, op, args)
            return (*head, dict(keywords), released, printed) if keywords or released or printed else head
        case Answer(number, value, changes, printed):
            short = ("=", number, value)
            return (*short, changes, printed) if changes or printed else short
        case Raised(number, trouble, changes, printed):
            t = trouble
            told = (t.builtin, t.class_id, t.args, t.text, t.ref, t.origin, t.trace)
            return ("!", number, told, changes, printed)
        case Done(keep):
            return (".", keep)


def unpack(packed: Any, allowed_ops: frozenset[str]) -> Message:
    """Return the message that travelled; raises `BrokenMessage`."""
    _require(type(packed) is tuple and len(packed) > 0 and type(packed[0]) is str, "not a message")
    kind, size = packed[0], len(packed)
    if kind == "?" and size in (4, 7):
        return _unpack_ask(packed if size == 7 else (*packed, {}, (), ()), allowed_ops)
    if kind == "=" and size in (3, 5):
        _require(_is_number(packed[1]), "no number")
        if size == 3:
            return Answer(packed[1], packed[2])
        return Answer(packed[1], packed[2], _changes(packed[3]), _printed(packed[4]))
    if kind == "!" and size == 5:
        _require(_is_number(packed[1]), "no number")
        return Raised(packed[1], _trouble(packed[2]), _changes(packed[3]), _printed(packed[4]))
    if kind == "." and size == 2 and type(packed[1]) is bool:
        return Done(packed[1])
    raise BrokenMessage("not a message")


def _unpack_ask(packed: tuple[Any, ...], allowed_ops: frozenset[str]) -> Ask:
    _, number, op, args, keywords, released, printed = packed
    _require(_is_number(number), "no number")
    _require(type(op) is str and op in allowed_ops, "an unknown operation")
    _require(type(args) is tuple and type(keywords) is dict, "no arguments")
    _require(all(type(name) is str for name in keywords), "a keyword that is no text")
    _require(type(released) is tuple and all(map(_is_number, released)), "broken releases")
    return Ask(number, op, args, keywords, released, _printed(printed))


def _require(good: bool, text: str) -> None:
    if not good:
        raise BrokenMessage(text)


def _is_number(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 60


def _changes(value: Any) -> tuple[tuple[int, Any], ...]:
    if value == () and type(value) is tuple:
        return ()
    _require(type(value) is tuple, "broken changes")
    for change in value:
        _require(type(change) is tuple and len(change) == 2 and _is_number(change[0]), "a broken change")
    return tuple(value)


def _printed(value: Any) -> tuple[tuple[str, str], ...]:
    _require(type(value) is tuple, "broken output")
    total = 0
    for piece in value:
        _require(type(piece) is tuple and len(piece) == 2, "broken output")
        _require(piece[0] in ("stdout", "stderr") and type(piece[1]) is str, "broken output")
        total += len(piece[1])
    _require(total <= LONGEST_PRINT, "too much output")
    return tuple(value)


def _trouble(value: Any) -> Trouble:
    _require(type(value) is tuple and len(value) == 7, "a broken exception")
    builtin, class_id, args, text, ref, origin, trace = value
    _require(type(builtin) is str and type(args) is tuple and len(args) <= 100, "a broken exception")
    _require(all(map(_is_number, (class_id, ref, origin))), "a broken exception")
    _require(type(text) is str and len(text) <= LONGEST_TEXT, "a broken exception")
    _require(type(trace) is tuple and len(trace) <= 100, "a broken trace")
    _require(all(type(line) is str and len(line) <= LONGEST_TEXT for line in trace), "a broken trace")
    return Trouble(builtin, class_id, args, text, ref, origin, trace)
