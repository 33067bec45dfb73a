"""Values to bytes and back: the same value, or a clear refusal; bytes that are no message: always the same error."""

# cells are easier to read on one line
# ruff: noqa: E501

from __future__ import annotations

import contextlib
import datetime as dt
import math
import random
import struct
import zoneinfo
from collections import Counter, OrderedDict, defaultdict, deque
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.checking.decode import decode
from grader.checking.encode import Bounds, encode
from grader.checking.faults import BrokenMessage, TooLarge

BOUNDS = Bounds()
SMALL = Bounds(
    depth=12, items=50_000, message_bytes=200_000, int_bits=4_000, exponent=400, range_items=10_000
)


class Thing:
    """Not plain."""


def refer(_value: object) -> tuple[Any, ...]:
    return ("L", 1)


def resolve(parts: tuple[Any, ...]) -> object:
    if parts != ("L", 1):
        raise BrokenMessage("unknown")
    return "a reference"


def there_and_back(value: object, bounds: Bounds = BOUNDS) -> Any:
    data, sent = encode(value, refer, bounds)
    back, got = decode(data, resolve, bounds)
    assert [type(one) for one in sent] == [type(one) for one in got]
    return back


def read_or_break(data: bytes) -> bool:
    """Read bytes; True however that ends, as long as it ends in a value or in `BrokenMessage`."""
    with contextlib.suppress(BrokenMessage):
        decode(data, resolve, SMALL)
    return True


def is_same(left: Any, right: Any) -> bool:  # noqa: C901  one line for each kind of value
    """Tell whether two plain values are of the same types and equal all the way down, nan and -0.0 included."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        return struct.pack("<d", left) == struct.pack("<d", right)
    if isinstance(left, complex):
        return is_same(left.real, right.real) and is_same(left.imag, right.imag)
    if isinstance(left, list | tuple | deque):
        return len(left) == len(right) and all(map(is_same, left, right))
    if isinstance(left, dict):
        return is_same(list(left.items()), list(right.items()))
    if isinstance(left, set | frozenset):
        return len(left) == len(right) and all(any(is_same(one, other) for other in right) for one in left)
    if isinstance(left, np.ndarray):
        same = left.dtype == right.dtype and left.dtype.char == right.dtype.char and left.shape == right.shape
        same = same and left.flags.f_contiguous == right.flags.f_contiguous
        return same and (
            is_same(left.tolist(), right.tolist())
            if left.dtype == object
            else left.tobytes() == right.tobytes()
        )
    if isinstance(left, np.generic):
        return bool(left.tobytes() == right.tobytes()) and left.dtype == right.dtype
    if isinstance(left, Decimal):
        return left.as_tuple() == right.as_tuple()
    if isinstance(left, dt.datetime | dt.time):
        return left == right and left.fold == right.fold and repr(left.tzinfo) == repr(right.tzinfo)
    return bool(left == right)


ZONES = st.sampled_from([
    None, dt.UTC, dt.timezone(dt.timedelta(hours=9)), dt.timezone(dt.timedelta(minutes=-5), "odd"),
    zoneinfo.ZoneInfo("Asia/Seoul"), zoneinfo.ZoneInfo("UTC"),
])  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=()), max_size=12)
HASHABLE = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.complex_numbers(), TEXT, st.binary(max_size=8),
        st.dates(), st.times(timezones=ZONES), st.datetimes(timezones=ZONES), st.timedeltas(),
        st.decimals(allow_nan=False), st.fractions(), st.integers(-(10**40), 10**40), st.just(...),
    ),
    lambda inner: st.one_of(st.tuples(inner, inner), st.frozensets(inner, max_size=3)),
    max_leaves=5,
)  # fmt: skip
ARRAYS = st.one_of(
    hnp.arrays(
        st.one_of(
            hnp.boolean_dtypes(), hnp.integer_dtypes(), hnp.unsigned_integer_dtypes(), hnp.floating_dtypes(),
            hnp.complex_number_dtypes(), hnp.unicode_string_dtypes(max_len=5), hnp.byte_string_dtypes(max_len=5),
            hnp.datetime64_dtypes(), hnp.timedelta64_dtypes(),
        ),
        hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
    ),
    hnp.arrays(np.dtype(object), hnp.array_shapes(max_side=3), elements=st.integers() | TEXT | st.none()),
)  # fmt: skip
PLAIN = st.recursive(
    HASHABLE | ARRAYS | st.binary(max_size=6).map(bytearray) | st.slices(9)
    | st.builds(range, st.integers(-9, 9), st.integers(-9, 9), st.sampled_from([-2, -1, 1, 3])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.lists(st.floats(), max_size=12), st.lists(st.integers(), max_size=12),
        st.tuples(inner), st.dictionaries(HASHABLE, inner, max_size=3), st.sets(HASHABLE, max_size=3),
        st.dictionaries(TEXT, inner, max_size=3).map(OrderedDict), st.lists(TEXT).map(Counter),
        st.dictionaries(TEXT, inner, max_size=2).map(lambda d: defaultdict(list, d)),
        st.lists(inner, max_size=3).map(lambda items: deque(items, 5)),
    ),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PLAIN)
def test_plain_values_come_back_the_same(value: object) -> None:
    """Exact types, exact values, order of dicts, nan, -0.0 and lone surrogates included."""
    assert is_same(there_and_back(value), value)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_noise_is_broken(data: bytes) -> None:
    """Bytes that are no message give a value within bounds or `BrokenMessage`, nothing else."""
    assert read_or_break(data)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PLAIN, st.randoms(use_true_random=False))
def test_damaged_messages_are_broken_or_another_value(value: object, chance: random.Random) -> None:
    """A valid message with bytes changed, cut or doubled gives a value or `BrokenMessage`, nothing else."""
    data = bytearray(encode(value, refer, BOUNDS)[0])
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(3):
            case 0 if at < len(data):
                data[at] = chance.randrange(256)
            case 1:
                del data[at : at + chance.randint(1, 4)]
            case _:
                data[at:at] = data[at : at + chance.randint(1, 9)]
    assert read_or_break(bytes(data))


SCALARS = [
    np.float64(1.5), np.float64("nan"), np.int8(3), np.longlong(3), np.uint64(2**63), np.bool_(True), np.longdouble(1.25),
    np.complex64(1j), np.str_("a\0"), np.bytes_(b"a\0"), np.datetime64("2020-01-01T00"), np.timedelta64(3, "h"),
    np.datetime64("NaT", "D"), np.float16(2), np.dtype("f8"), np.dtype(object), np.float64, int, object,
]  # fmt: skip


@pytest.mark.parametrize("value", SCALARS, ids=repr)
def test_numpy_scalars_come_back_the_same(value: Any) -> None:
    """numpy's scalars keep their exact type, also where two types have the same size."""
    back = there_and_back(value)
    assert type(back) is type(value)
    assert is_same(back, value) or repr(back) == repr(value)


def test_records_come_back_the_same() -> None:
    """Flat records keep their fields; overlapping or nested ones travel by reference."""
    value = np.array([(1, 2.0, "x")], dtype=[("a", "<i4"), ("b", ">f8"), ("c", "<U2")])
    back = there_and_back(value)
    assert back.dtype == value.dtype
    assert back.tolist() == value.tolist()
    assert there_and_back(np.zeros(1, dtype=[("a", "<i4", (2,))])) == "a reference"


ZONED = pd.date_range("2020-01-01", periods=3, tz="Asia/Seoul")
TABLES = {
    "ints": pd.Series([1, 2, 3], name="n"),
    "text": pd.Series(["a", None, "한"]),
    "nullable": pd.Series([1, None], dtype="Int64"),
    "nullable floats": pd.Series([1.5, None], dtype="Float64"),
    "nullable bools": pd.Series([True, None], dtype="boolean"),
    "categories": pd.Series(pd.Categorical(["b", "a", None], categories=["b", "a"], ordered=True)),
    "dates": pd.Series(pd.date_range("2020", periods=3)),
    "zoned": pd.Series(ZONED),
    "periods": pd.Series(pd.period_range("2020-01", periods=3, freq="M")),
    "intervals": pd.Series(pd.interval_range(0, 3, closed="left")),
    "spans": pd.Series(pd.to_timedelta([1, None], "h")),
    "objects": pd.Series([1, "a", None, [2]], dtype=object),
    "old text": pd.Series(["a", pd.NA], dtype="string[python]"),
    "empty": pd.Series([], dtype=float),
    "frame": pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": [1.5, None], "d": [True, False]}),
    "no columns": pd.DataFrame(index=[1, 2]),
    "nothing": pd.DataFrame(),
    "equal columns": pd.DataFrame([[1, 2], [3, 4]], columns=["a", "a"]),
    "levels": pd.DataFrame(
        {"a": [1, 2, 3]}, index=pd.MultiIndex.from_tuples([(1, "a"), (1, "b"), (2, "a")], names=["x", None])
    ),
    "column levels": pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)])),
    "dtypes": pd.DataFrame({"a": [1], "b": ["x"], "c": pd.Categorical(["x"])}).dtypes,
    "date index": pd.date_range("2020", periods=4, freq="D", name="d"),
    "zoned index": ZONED,
    "range": pd.RangeIndex(2, 11, 3, name="r"),
    "index": pd.Index([1.5, 2.5]),
    "span index": pd.timedelta_range("1h", periods=3),
    "category index": pd.CategoricalIndex(["a", "b"]),
    "tuples": pd.Index([(1, 2), 3], tupleize_cols=False),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_come_back_the_same(name: str) -> None:
    """Series, frames and indexes keep values, dtypes, names and frequency."""
    value: Any = TABLES[name]
    back = there_and_back(value)
    assert type(back) is type(value)
    if isinstance(value, pd.DataFrame):
        pd.testing.assert_frame_equal(back, value, check_freq=True)
    elif isinstance(value, pd.Series):
        pd.testing.assert_series_equal(back, value, check_freq=True)
        assert back.dtype == value.dtype
    else:
        pd.testing.assert_index_equal(back, value, exact=True)
        assert getattr(back, "freq", None) == getattr(value, "freq", None)


@pytest.mark.parametrize(
    "value",
    [
        pd.Timestamp("2020-01-01 10:00"), pd.Timestamp("2020-01-01", tz="Asia/Seoul"), pd.Timedelta("3h"),
        pd.Period("2020-01", "M"), pd.Interval(1, 2, closed="both"), pd.CategoricalDtype(["a"], ordered=True),
        pd.Int64Dtype(), pd.StringDtype("python"), pd.DatetimeTZDtype("ns", "UTC"), pd.PeriodDtype("M"),
    ],
    ids=repr,
)  # fmt: skip
def test_pandas_scalars_come_back_the_same(value: object) -> None:
    """Moments keep unit and zone; dtypes their parameters."""
    back = there_and_back(value)
    assert type(back) is type(value)
    assert back == value


def test_missing_values_stay_themselves() -> None:
    """NaT and NA are single objects."""
    assert there_and_back([pd.NaT, pd.NA])[0] is pd.NaT
    assert there_and_back([pd.NaT, pd.NA])[1] is pd.NA


def test_shared_values_stay_shared() -> None:
    """A mutable value that occurs twice is one value; so is one inside a table."""
    inner: list[int] = [1]
    back = there_and_back([inner, (inner,), {"a": inner}, pd.Series([inner], dtype=object)])
    assert back[0] is back[1][0] is back[2]["a"] is back[3][0]


def test_cycle_becomes_a_reference() -> None:
    """The inner occurrence of a value within itself travels by reference."""
    cycle: list[object] = [1]
    cycle.append(cycle)
    assert there_and_back(cycle) == [1, "a reference"]


class Liar(str):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


@pytest.mark.parametrize(
    "value",
    [
        Liar("x"),
        Thing(),
        len,
        type("N", (int,), {})(3),
        np.ma.array([1]),
        pd.Series([1], dtype="Sparse[int]"),
    ],
)
def test_everything_else_is_a_reference(value: object) -> None:
    """Subclasses too, whatever they say about themselves."""
    assert there_and_back(value) == "a reference"


@pytest.mark.parametrize(
    "value",
    [
        [0.5] * 60_000, [[[[[[[[[[[[[[1]]]]]]]]]]]]]], 1 << 5_000, Decimal("1e500"), "x" * 300_000,
        Fraction(1, 3 << 30_000),
    ],
    ids=["items", "depth", "int", "decimal", "bytes", "fraction"],
)  # fmt: skip
def test_limits_hold_while_writing(value: object) -> None:
    """What is too large is refused before it is sent."""
    with pytest.raises(TooLarge):
        encode(value, refer, SMALL)


def test_shared_values_count_as_often_as_they_are_reached() -> None:
    """A small message cannot hold a value that takes for ever to walk."""
    value: list[object] = [1]
    for _ in range(10):
        value = [value] * 10
    with pytest.raises(TooLarge):
        encode(value, refer, BOUNDS)
    data, _ = encode(value, refer, Bounds(items=10**12))
    with pytest.raises(BrokenMessage):
        decode(data, resolve, BOUNDS)


def _array(dtype: str, shape: tuple[int, ...], data: bytes) -> bytes:
    head = encode((dtype, shape, False), refer, BOUNDS)[0][2:]
    return b"na" + head + bytes([len(data)]) + data


BOMBS = {
    "a count without items": b"l\xff\xff\xff\xff\x0f",
    "a text without bytes": b"s\xff\xff\xff\xff\x7f",
    "an endless count": b"l" + b"\xff" * 40,
    "a shape without items": _array("<f8", (10**9, 10**9), b""),
    "zero-width items": _array("<U0", (10**7,), b""),
    "an object dtype": _array("|O", (1,), b"12345678"),
    "a void dtype": _array("|V8", (1,), b"12345678"),
    "a record in text": _array("i4,O", (1,), b"12345678"),
    "a bool of two": _array("|?", (1,), b"\x02"),
    "text beyond Unicode": _array("<U1", (1,), b"\xff\xff\xff\xff"),
    "a huge text width": _array("<U999999999", (0,), b""),
    "a huge range": b"r" + b"".join(encode(n, refer, BOUNDS)[0] for n in (0, 10**12, 1)),
    "a Decimal trap": b"$\x0b1E+99999999",
    "a Decimal with spaces": b"$\x03 1 ",
    "an unhashable key": b"m\x01l\x00N",
    "an unhashable member": b"S\x01l\x00",
    "an unknown class": b"K\x04eval",
    "an unknown scalar": b"nk\x04load",
    "a zone outside": b"z" + encode(("../../etc/passwd",), refer, BOUNDS)[0],
    "a zone that is a folder": b"z" + encode(("America",), refer, BOUNDS)[0],
    "a value before it is there": b"l\x01=\x00",
    "bytes after the end": b"NN",
    "deep nesting": b"t\x01" * 100_000 + b"N",
    "deep slices": b":" * 100_000,
    "colliding keys": b"S" + b"\xd0\x0f" + b"".join(
        b"I\x12" + ((2**61 - 1) * (2**70 + n)).to_bytes(18, "little", signed=True) for n in range(2000)),
    "nonsense for pandas": b"p" + encode((("series", ("range", 0, 3, 1, None), ("numpy", np.zeros(2)), None),), refer, BOUNDS)[0][2:],
    "a frequency with code": b"p" + encode((("Period", 1, "__import__('os')"),), refer, BOUNDS)[0][2:],
    "codes without categories": b"p" + encode(
        (("array", ("category", np.array([5]), ("index", "Index", ("numpy", np.array([1])), None, None), False)),),
        refer, BOUNDS)[0][2:],
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_small_message_makes_no_large_value(name: str) -> None:
    """Counts, shapes, exponents, names and dtypes in a message are not believed."""
    with pytest.raises(BrokenMessage):
        decode(BOMBS[name], resolve, SMALL)


def test_math_is_exact() -> None:
    """-0.0, infinities and nan arrive bit by bit."""
    back = there_and_back([-0.0, math.inf, -math.inf, math.nan])
    assert math.copysign(1, back[0]) == -1
    assert back[1:3] == [math.inf, -math.inf]
    assert math.isnan(back[3])
