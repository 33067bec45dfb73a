"""Valid messages to start from: one value of each kind that travels."""

# a table
# ruff: noqa: E501

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from grader.checking.encode import Bounds, encode
from grader.checking.light import light_answer, light_ask, light_reference
from grader.checking.protocol import Answer, Ask, Done, Raised, Trouble, pack

BOUNDS = Bounds(
    depth=12, items=50_000, message_bytes=100_000, int_bits=4_000, exponent=400, range_items=10_000
)

VALUES: tuple[Any, ...] = (
    None, True, 1, 2**70, -1.5, 1j, "한", b"x", bytearray(b"y"), ..., int,
    [1] * 9, [1.5] * 9, (1, "a"), {1, 2}, frozenset([1]), {"a": [1], "b": (2,)}, slice(1, None, 2), range(3, 9, 2),
    dt.date(2020, 1, 1), dt.time(1, 2, fold=1), dt.datetime(2020, 1, 1, tzinfo=zoneinfo.ZoneInfo("Asia/Seoul")),
    dt.timedelta(1, 2, 3), dt.timezone(dt.timedelta(hours=9), "KST"), Decimal("1.5E+3"), Fraction(1, 3),
    OrderedDict(a=1), Counter("aab"), defaultdict(list, {1: [2]}), deque([1, 2], 5),
    np.float64(1.5), np.str_("a"), np.bytes_(b"a"), np.datetime64("2020-01-01"), np.dtype("f8"), np.float64,
    np.arange(6).reshape(2, 3), np.asfortranarray(np.ones((2, 2))), np.array(["a", "bc"]), np.zeros((0, 3)),
    np.array([1, "a", None], dtype=object), np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
    np.array([True]), pd.NaT, pd.NA, pd.Timestamp("2020-01-01", tz="Asia/Seoul"), pd.Timedelta("3h"),
    pd.Period("2020-01", "M"), pd.Interval(1, 2), pd.CategoricalDtype(["a"]), pd.Int64Dtype(),
    pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": [1.5, None]}), pd.Series([1, None], dtype="Int64"),
    pd.Series(pd.Categorical(["a", "b"])), pd.Series(pd.date_range("2020", periods=2, tz="UTC")),
    pd.MultiIndex.from_tuples([(1, "a"), (2, "b")]), pd.date_range("2020", periods=3, freq="D"),
    pd.Series(pd.period_range("2020-01", periods=2, freq="M")), pd.Series(pd.interval_range(0, 2)),
)  # fmt: skip


def seeds() -> list[bytes]:
    """Return a message for each value, and one of each kind of message."""
    shared = [1]
    messages: list[Any] = [
        pack(Ask(1, "call", (shared, [shared], "x"), {"k": 2}, (3,), (("stdout", "hi"),))),
        pack(Answer(1, {"a": shared}, ((0, (1, 2)),), (("stderr", "oh"),))),
        pack(Raised(1, Trouble("ValueError", 2, ("no",), "no", 3, 0, ("line",)), ())),
        pack(Done(keep=True)),
    ]
    light = [light_answer(1, value, {}) for value in ("한", -0.5, [1, (2, {"a": None})])]
    asked = light_ask(2, "call", 3, (4, 5), ("x", {"k": [1.5, True]}))
    short = [*light, asked[0] if asked else None, light_reference(3, 4, -1)]
    long = [encode(value, lambda _: ("L", 1, 1), BOUNDS)[0] for value in [*VALUES, *messages]]
    return [*long, *(frame for frame in short if frame is not None)]
