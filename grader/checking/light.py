"""Short messages as JSON text: questions and answers made of a few plain values, as most are.

Knows five scalar types, lists, tuples, and dicts with text keys; nothing else is light, and what is not light
travels as `encode` writes it. Exact both ways: what JSON cannot tell apart (tuples, keys that are no text,
subclasses, NaN's bits, lone surrogates, one list in two places) is not light or is marked. Must not know
what operations mean. A light frame starts with `[`, as no other frame does, and is small: whatever stands in
it, reading it takes little time and memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from .faults import BrokenMessage

MARK = ord("[")
"""First byte of every light frame."""
LONGEST_BYTES = 4_000
"""Of a frame; Python reads no int of more digits than this from text, and refuses none of fewer."""
_MOST_ITEMS = 100
_MOST_BOXES = 100
_LONGEST_TEXT = 1_000
_DEEPEST = 6
_SCALARS = frozenset({str, int, float, bool, type(None)})
_BOXES = frozenset({list, dict, tuple})
_TEXT_ONLY = {str}
_TUPLE = "()"
_MARKED = '"()"'

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode
_read = json.JSONDecoder().raw_decode


def light_ask(
    number: int, op: str, ref: int, released: tuple[int, ...], args: tuple[Any, ...]
) -> tuple[bytes, list[Any]] | None:
    """Return the frame of a question and the mutable values in it, or None when it is not light.

    `ref` stands for the object that is asked, 0 for none; `args` are the others.
    """
    boxes: list[Any] = []
    marked = _check(args, boxes, _DEEPEST)
    if marked is None:
        return None
    mutables = _mutables_once(boxes) if boxes else boxes
    if mutables is None:
        return None
    frame = _frame([number, op, ref, released, *(map(_mark, args) if marked else args)])
    return None if frame is None else (frame, mutables)


def light_answer(number: int, value: Any, given: Mapping[int, int]) -> bytes | None:
    """Return the frame of an answer, or None when it is not light; `given`: ids of the other's objects."""
    kind = type(value)
    if kind in _SCALARS:
        return None if kind is str and len(value) > _LONGEST_TEXT else _frame([number, value])
    boxes: list[Any] = []
    marked = _check_box(value, kind, boxes, _DEEPEST)
    if marked is None or (mutables := _mutables_once(boxes)) is None:
        return None
    if given and not given.keys().isdisjoint(map(id, mutables)):
        return None
    return _frame([number, _mark(value) if marked else value])


def light_reference(number: int, ref: int, class_id: int) -> bytes:
    """Return the frame of an answer that is an object of the answering side."""
    return b"[%d,0,%d,%d]" % (number, ref, class_id)


def read_light(frame: bytes) -> list[Any]:
    """Return the parts: two of a plain answer, four of a reference, of a question four and more.

    The second part of a question is text, that of a reference is not. Raises `BrokenMessage`.
    """
    if len(frame) > LONGEST_BYTES:
        raise BrokenMessage("a short message that is long")
    try:
        text = frame.decode()
        parts, end = _read(text)
    except (ValueError, RecursionError) as error:
        raise BrokenMessage(f"not a message: {error}"[:300]) from None
    if end != len(text) or len(parts) < 2 or type(parts[0]) is not int:
        raise BrokenMessage("not a message")
    return _unmark(parts) if _MARKED in text else parts  # type: ignore[no-any-return]


def find_mutables(values: Iterable[Any]) -> list[Any]:
    """Return the lists and dicts among plain values and in them, in the order of `light_ask`."""
    found: list[Any] = []
    for value in values:
        kind = type(value)
        if kind is list:
            found.append(value)
            found += find_mutables(value)
        elif kind is dict:
            found.append(value)
            found += find_mutables(value.values())
        elif kind is tuple:
            found += find_mutables(value)
    return found


def _frame(parts: list[Any]) -> bytes | None:
    try:
        frame = _write(parts).encode()
    except ValueError:  # lone surrogates; ints of very many digits
        return None
    return None if len(frame) > LONGEST_BYTES or b"NaN" in frame else frame


def _mutables_once(boxes: list[Any]) -> list[Any] | None:
    """Return the mutable ones; None when one stands in two places."""
    mutables = [box for box in boxes if type(box) is not tuple]
    return mutables if len(mutables) < 2 or len(set(map(id, mutables))) == len(mutables) else None


def _check(values: Iterable[Any], boxes: list[Any], depth: int) -> bool | None:
    """Tell whether something must be marked; None when something is not light. Notes what holds others."""
    marked = False
    for value in values:
        kind = type(value)
        if kind is str:
            if len(value) > _LONGEST_TEXT:
                return None
        elif kind not in _SCALARS:
            inner = _check_box(value, kind, boxes, depth)
            if inner is None:
                return None
            marked = marked or inner
    return marked


def _check_box(value: Any, kind: type, boxes: list[Any], depth: int) -> bool | None:
    if kind not in _BOXES or len(value) > _MOST_ITEMS or not depth or len(boxes) > _MOST_BOXES:
        return None
    boxes.append(value)
    if kind is not dict:
        marked = _check(value, boxes, depth - 1)
        return True if kind is tuple and marked is not None else marked
    if value and (set(map(type, value)) != _TEXT_ONLY or _TUPLE in value):
        return None
    return _check(value.values(), boxes, depth - 1)


def _mark(value: Any) -> Any:
    """Return the value with its tuples as dicts of a special key."""
    kind = type(value)
    if kind is tuple:
        return {_TUPLE: [_mark(one) for one in value]}
    if kind is list:
        return [_mark(one) for one in value]
    if kind is dict:
        return {key: _mark(one) for key, one in value.items()}
    return value


def _unmark(value: Any) -> Any:
    kind = type(value)
    if kind is list:
        return [_unmark(one) for one in value]
    if kind is dict:
        inside = value.get(_TUPLE)
        if type(inside) is list and len(value) == 1:
            return tuple(_unmark(one) for one in inside)
        return {key: _unmark(one) for key, one in value.items()}
    return value
