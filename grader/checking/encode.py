"""Values to bytes: the closed set of plain values, exact types only.

Knows Python's built-in values and who to ask about numpy's and pandas' (`arrays`, `tables`). Must not
know the protocol, nor pickle. What is not plain goes to the caller's `refer`, which returns a plain
tuple that stands for it.

A mutable value that occurs twice in one message stays one value. A cycle cannot travel: the inner
occurrence goes to `refer`. `given` are objects that the other side sent in the message being answered:
they travel back as their number, so that the other side gets its own object and not a copy.
"""

from __future__ import annotations

import datetime as dt
import struct
import sys
import zoneinfo
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .faults import TooLarge

Refer = Callable[[object], tuple[Any, ...]]


@dataclass(frozen=True)
class Bounds:
    """How large one message may be; the same on both sides."""

    depth: int = 60
    items: int = 2_000_000
    """Counted as often as they are reached: a value shared a thousand times counts a thousand times."""
    message_bytes: int = 32_000_000
    int_bits: int = 1_000_000
    exponent: int = 100_000
    """Of a Decimal: `int(Decimal("1e999999999"))` must not be a trap."""
    range_items: int = 20_000_000
    """Of a range or RangeIndex, which is small itself and large once somebody walks it."""


PLAIN_CLASSES: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        object, bool, int, float, complex, str, bytes, bytearray, list, tuple, set, frozenset, dict, slice,
        range, type(None), type(Ellipsis), type,
    )
}  # fmt: skip
_CLASS_NAMES = {kind: name for name, kind in PLAIN_CLASSES.items()}
FRACTION_BITS = 20_000
"""Of a numerator or denominator: reducing a fraction takes time that grows with the square."""
PACK_FROM = 8
"""Length from which a list of only floats or only ints travels in one piece."""
_INT64 = struct.Struct("<q")
_FLOAT = struct.Struct("<d")


def encode(
    value: object,
    refer: Refer,
    bounds: Bounds,
    given: Mapping[int, int] | None = None,
) -> tuple[bytes, list[object]]:
    """Return the bytes of a value and the mutable values in it, in order of first occurrence.

    Raises `TooLarge`, and whatever `refer` raises.
    """
    writer = Writer(refer, bounds, given or {})
    writer.put(value)
    return bytes(writer.out), writer.mutables


class Writer:
    """Bytes in the making."""

    def __init__(self, refer: Refer, bounds: Bounds, given: Mapping[int, int]) -> None:
        self.out = bytearray()
        self.mutables: list[object] = []
        self._refer = refer
        self._bounds = bounds
        self._given = given
        self._depth = 0
        self._items = 0
        self._kept: list[object] = []
        self._known: dict[int, tuple[int, int]] = {}
        """id → number of the value in the message, and how many items it counts for; -1 while open."""

    def put(self, value: object) -> None:
        """Append one value."""
        self._items += 1
        write = WRITERS.get(type(value))
        if write is not None:
            write(self, value)
            return
        self._put_other(value)

    def _put_other(self, value: object) -> None:
        kind = value if isinstance(value, type) else type(value)
        module = str(kind.__module__).partition(".")[0]
        # A numpy or pandas object exists only where the library is loaded already.
        if module == "numpy" and "numpy" in sys.modules:
            from .arrays import put_array

            if put_array(self, value):
                return
        if module == "pandas" and "pandas" in sys.modules:
            from .tables import put_table

            if put_table(self, value):
                return
        if isinstance(value, type) and value in _CLASS_NAMES:
            self.put_text(b"K", _CLASS_NAMES[value])
            return
        self.put_reference(value)

    def put_reference(self, value: object) -> None:
        """Append what the caller lets stand for the value."""
        self.out += b"R"
        self._put_tuple_items(self._refer(value))

    def put_size(self, size: int) -> None:
        """Append a count or length."""
        while size > 127:
            self.out.append(size & 127 | 128)
            size >>= 7
        self.out.append(size)

    def put_bytes(self, tag: bytes, data: bytes | bytearray | memoryview) -> None:
        """Append a tag and a run of bytes."""
        self.out += tag
        self.put_size(len(data))
        self.out += data
        if len(self.out) > self._bounds.message_bytes:
            raise TooLarge(f"more than {self._bounds.message_bytes} bytes")

    def put_text(self, tag: bytes, text: str) -> None:
        """Append a tag and a text; lone surrogates stay."""
        self.put_bytes(tag, text.encode("utf-8", "surrogatepass"))

    def put_int(self, value: int) -> None:
        """Append an int."""
        if -0x8000000000000000 <= value <= 0x7FFFFFFFFFFFFFFF:
            self.out += b"i" + _INT64.pack(value)
            return
        bits = value.bit_length()
        if bits > self._bounds.int_bits:
            raise TooLarge(f"an int of {bits} bits")
        self.put_bytes(b"I", value.to_bytes(bits // 8 + 1, "little", signed=True))

    def put_range(self, value: range) -> None:
        """Append a range."""
        if _length(value) > self._bounds.range_items:
            self.put_reference(value)
            return
        self.put_parts(b"r", (value.start, value.stop, value.step))

    def put_decimal(self, value: Decimal) -> None:
        """Append a Decimal by its digits."""
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and abs(exponent) + len(value.as_tuple().digits) > self._bounds.exponent:
            raise TooLarge(f"a Decimal with exponent {exponent}")
        self.put_text(b"$", str(value))

    def put_parts(self, tag: bytes, parts: tuple[object, ...]) -> None:
        """Append a tag and a fixed number of values."""
        self.out += tag
        self.enter()
        for part in parts:
            self.put(part)
        self._depth -= 1

    def put_run(self, tag: bytes, items: Collection[object]) -> None:
        """Append a tag, a count and that many values."""
        kind = type(items)
        if len(items) >= PACK_FROM and (kind is list or kind is tuple) and self._packed(tag, items):
            return
        self.out += tag
        self._put_tuple_items(items)

    def _put_tuple_items(self, items: Collection[object]) -> None:
        self.put_size(len(items))
        self.enter()
        for item in items:
            self.put(item)
        self._depth -= 1

    def _packed(self, tag: bytes, items: Collection[object]) -> bool:
        kinds = set(map(type, items))
        if kinds == {float}:
            code = "d"
        elif kinds == {int}:
            code = "q"
        else:
            return False
        try:
            data = struct.pack(f"<{len(items)}{code}", *items)
        except struct.error:  # an int beyond 64 bits
            return False
        self._items += len(items)
        self.enter()
        self._depth -= 1
        self.put_bytes(b"P" + tag + code.encode(), data)
        return True

    def put_pairs(self, tag: bytes, pairs: Mapping[Any, Any]) -> None:
        """Append a tag, a count and that many pairs of key and value, in order."""
        self.out += tag
        self.put_size(len(pairs))
        self.enter()
        for key, value in pairs.items():
            self.put(key)
            self.put(value)
        self._depth -= 1

    def enter(self) -> None:
        """Go one level deeper."""
        self._depth += 1
        if self._depth > self._bounds.depth:
            raise TooLarge(f"nested more than {self._bounds.depth} deep")
        if self._items > self._bounds.items:
            raise TooLarge(f"more than {self._bounds.items} items")

    def once(self, value: Any, write: Callable[[Writer, Any], None]) -> None:
        """Append a mutable value: as it is, as a number when it was sent before, or referred to."""
        key = id(value)
        if key in self._given:
            self.out += b"G"
            self.put_size(self._given[key])
            return
        number, size = self._known.get(key, (None, 0))
        if number is not None:
            if size < 0:
                self.put_reference(value)
                return
            self._items += size
            if self._items > self._bounds.items:
                raise TooLarge(f"more than {self._bounds.items} items")
            self.out += b"="
            self.put_size(number)
            return
        number = len(self.mutables)
        self.mutables.append(value)
        self._known[key] = (number, -1)
        before = self._items
        write(self, value)
        # A table's parts were numbered after it; see `hide`.
        self._known[key] = (number, self._items - before)

    def hide(self, first: int) -> None:
        """Give out no more the mutable values from this number on: they are parts of another."""
        self._kept += self.mutables[first:]  # alive: ids of dead objects are used again
        self.mutables[first:] = [None] * (len(self.mutables) - first)


def _length(value: range) -> int:
    # len() refuses what does not fit the machine's word.
    return max(0, (value.stop - value.start + value.step - (1 if value.step > 0 else -1)) // value.step)


def _put_defaultdict(writer: Writer, value: defaultdict[Any, Any]) -> None:
    factory = value.default_factory
    name = _CLASS_NAMES.get(factory, "") if isinstance(factory, type) else ""
    writer.put_text(b"Y", name)
    writer.put_pairs(b"m", value)


def _put_fraction(writer: Writer, value: Fraction) -> None:
    if max(value.numerator.bit_length(), value.denominator.bit_length()) > FRACTION_BITS:
        raise TooLarge("a Fraction of very large numbers")
    writer.put_parts(b"%", (value.numerator, value.denominator))


def _put_deque(writer: Writer, value: deque[Any]) -> None:
    writer.put_parts(b"q", (value.maxlen, tuple(value)))


def zone_parts(zone: dt.tzinfo | None) -> tuple[object, ...] | None:
    """Return what names a time zone; None for a zone of some other library."""
    if zone is None:
        return ()
    if type(zone) is zoneinfo.ZoneInfo and zone.key:
        return (zone.key,)
    if type(zone) is dt.timezone:
        args = zone.__getinitargs__()  # type: ignore[attr-defined]
        return tuple(args)
    return None


def _put_zone(writer: Writer, value: dt.tzinfo) -> None:
    parts = zone_parts(value)
    if parts is None:
        writer.put_reference(value)
    else:
        writer.put_parts(b"z", (parts,))


def _put_time(writer: Writer, value: dt.time) -> None:
    parts = zone_parts(value.tzinfo)
    if parts is None:
        writer.put_reference(value)
        return
    clock = (value.hour, value.minute, value.second, value.microsecond, value.fold)
    writer.put_parts(b"M", (clock, parts))


def _put_datetime(writer: Writer, value: dt.datetime) -> None:
    parts = zone_parts(value.tzinfo)
    if parts is None:
        writer.put_reference(value)
        return
    clock = (value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond)
    writer.put_parts(b"W", ((*clock, value.fold), parts))


def is_plain(value: object) -> bool:
    """Tell whether a value may travel by copy; of numpy's and pandas' not all that are said to can."""
    kind = type(value)
    return kind in WRITERS or isinstance(value, type) or str(kind.__module__).startswith(("numpy", "pandas"))


_Write = Callable[[Writer, Any], None]


def _mutable(write: _Write) -> _Write:
    return lambda writer, value: writer.once(value, write)


def _constant(tag: bytes) -> _Write:
    def write(writer: Writer, _value: object) -> None:
        writer.out += tag

    return write


def _put_bool(writer: Writer, value: bool) -> None:
    writer.out += b"T" if value else b"F"


def _put_float(writer: Writer, value: float) -> None:
    writer.out += b"d" + _FLOAT.pack(value)


def _put_complex(writer: Writer, value: complex) -> None:
    writer.out += b"c" + _FLOAT.pack(value.real) + _FLOAT.pack(value.imag)


WRITERS: dict[type, _Write] = {
    type(None): _constant(b"N"),
    type(Ellipsis): _constant(b"E"),
    type(NotImplemented): _constant(b"X"),
    bool: _put_bool,
    int: Writer.put_int,
    float: _put_float,
    complex: _put_complex,
    str: lambda w, v: w.put_text(b"s", v),
    bytes: lambda w, v: w.put_bytes(b"b", v),
    tuple: lambda w, v: w.put_run(b"t", v),
    frozenset: lambda w, v: w.put_run(b"Z", v),
    slice: lambda w, v: w.put_parts(b":", (v.start, v.stop, v.step)),
    range: Writer.put_range,
    dt.date: lambda w, v: w.put_parts(b"D", (v.year, v.month, v.day)),
    dt.time: _put_time,
    dt.datetime: _put_datetime,
    dt.timedelta: lambda w, v: w.put_parts(b"w", (v.days, v.seconds, v.microseconds)),
    dt.timezone: _put_zone,
    zoneinfo.ZoneInfo: _put_zone,
    Decimal: Writer.put_decimal,
    Fraction: _put_fraction,
    bytearray: _mutable(lambda w, v: w.put_bytes(b"B", v)),
    list: _mutable(lambda w, v: w.put_run(b"l", v)),
    set: _mutable(lambda w, v: w.put_run(b"S", v)),
    dict: _mutable(lambda w, v: w.put_pairs(b"m", v)),
    OrderedDict: _mutable(lambda w, v: w.put_pairs(b"O", v)),
    Counter: _mutable(lambda w, v: w.put_pairs(b"C", v)),
    defaultdict: _mutable(_put_defaultdict),
    deque: _mutable(_put_deque),
}
