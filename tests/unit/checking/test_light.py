"""Short messages: exact both ways, small, and never more than `BrokenMessage` out of any bytes."""

# cells are easier to read on one line
# ruff: noqa: E501

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checking.faults import BrokenMessage
from grader.checking.light import (
    LONGEST_BYTES,
    find_mutables,
    light_answer,
    light_ask,
    light_reference,
    read_light,
)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=4)
    ),
    max_leaves=12,
)


def same(left: Any, right: Any) -> bool:
    """Tell whether two values are the same to the last bit, of the same types all the way down."""
    if type(left) is not type(right):
        return False
    if type(left) is float:
        return repr(left) == repr(right) and math.copysign(1, left) == math.copysign(1, right)
    if type(left) in (list, tuple):
        return len(left) == len(right) and all(map(same, left, right))
    if type(left) is dict:
        return [*left] == [*right] and all(same(left[key], right[key]) for key in left)
    return bool(left == right)


@settings(max_examples=300, deadline=None)
@given(st.lists(values, max_size=4).map(tuple))
def test_question_arrives_as_it_went(args: tuple[Any, ...]) -> None:
    """A question is either not light or arrives exactly, its mutable values in the order that was noted."""
    light = light_ask(7, "call", 3, (1, 2), args)
    if light is not None:
        frame, mutables = light
        number, op, ref, released, *rest = read_light(frame)
        assert (number, op, ref, released) == (7, "call", 3, [1, 2])
        assert same(tuple(rest), args)
        assert same(find_mutables(rest), mutables)
        assert len(frame) <= LONGEST_BYTES


@settings(max_examples=300, deadline=None)
@given(values)
def test_answer_arrives_as_it_went(value: Any) -> None:
    """An answer is either not light or arrives exactly."""
    frame = light_answer(7, value, {})
    if frame is not None:
        number, arrived = read_light(frame)
        assert number == 7
        assert same(arrived, value)


LIGHT = (
    None, True, 0, -5, 2**62, 10**300, 0.1, -0.0, 1e-320, math.inf, -math.inf, "", "한글 \"()\" \\ \x7f", "\x00", "\U0001f600",
    [], {}, (), [1, "a", None], {"a": 1, "b": True}, (1, (2, [3])), [{"a": (1,)}, {"b": [()]}], {"": 1}, "()", ["()"],
)  # fmt: skip
"""These must take the short way."""

HEAVY = (
    math.nan, [math.nan], "NaN", "\ud83d", "\ud83d\ude00", 10**5000, "x" * 2_000, [1] * 200, {1: 2}, {"()": 1}, {"a": {"()": []}},
    {1}, b"x", 1j, ..., int, object(), type("F", (float,), {})(1.5), type("S", (str,), {})("x"), type("L", (list,), {})(),
    {type("S", (str,), {})("k"): 1}, [[[[[[[[1]]]]]]]], [["x" * 900] for _ in range(20)],
)  # fmt: skip
"""These must not: JSON would change or carry them badly."""


@pytest.mark.parametrize("number", range(len(LIGHT)))
def test_usual_values_are_light(number: int) -> None:
    """What most questions and answers are made of takes the short way, and arrives exactly."""
    value = LIGHT[number]
    frame = light_answer(1, value, {})
    assert frame is not None
    assert same(read_light(frame)[1], value)
    assert light_ask(1, "call", 1, (), (value,)) is not None


@pytest.mark.parametrize("number", range(len(HEAVY)))
def test_what_would_change_is_not_light(number: int) -> None:
    """Subclasses, NaN's bits, surrogates, other keys, other types, great sizes and depths."""
    assert light_answer(1, HEAVY[number], {}) is None
    assert light_ask(1, "call", 1, (), (HEAVY[number],)) is None


def test_identity_is_not_light() -> None:
    """One list in two places, a list in itself, and an object that the other side gave travel the long way."""
    shared: list[Any] = [1]
    loop: list[Any] = []
    loop.append(loop)
    assert light_answer(1, [shared, shared], {}) is None
    assert light_ask(1, "call", 1, (), (shared, shared)) is None
    assert light_answer(1, loop, {}) is None
    assert light_answer(1, {"a": [shared]}, {id(shared): 0}) is None


BROKEN = (
    b"[", b"[]", b"[1", b"[1]", b'["1", 2]', b"[true, 2]", b"[1.0, 2]", b"[1, 2] ", b"[1, 2]x", b"[1, \xff]", b"[1, nil]",
    b"[" * 3_000, b'[1, "' + b"x" * LONGEST_BYTES + b'"]', b"[1, 'a']", b"[null, 1]", b"[[1], 1]", b"[1, \x00]",
)  # fmt: skip


@pytest.mark.parametrize("frame", BROKEN)
def test_broken_frames_are_broken(frame: bytes) -> None:
    """Nothing but `BrokenMessage` comes of bytes that are no short message."""
    with pytest.raises(BrokenMessage):
        read_light(frame)


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_parts_or_broken(data: bytes) -> None:
    """Whatever the bytes are."""
    try:
        parts = read_light(b"[" + data)
    except BrokenMessage:
        return
    assert type(parts) is list
    assert type(parts[0]) is int


def test_references_have_four_parts() -> None:
    """An object of the answering side is told by its number and that of its class."""
    assert read_light(light_reference(5, 6, -1)) == [5, 0, 6, -1]
