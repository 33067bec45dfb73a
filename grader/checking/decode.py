"""Bytes to values: whatever the bytes are, a value within bounds or `BrokenMessage`, in bounded time.

Knows what `encode` writes. Must not know the protocol, and trusts no count, no length and no name in the
bytes: nothing is built before the bytes for it are there, and no class or function is looked up by name
outside the small table of `encode`.
"""

from __future__ import annotations

import datetime as dt
import re
import struct
import zoneinfo
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .encode import FRACTION_BITS, PLAIN_CLASSES, Bounds
from .faults import BrokenMessage
from .reader import EQUAL_HASHES, Reader, Resolve

_INT64 = struct.Struct("<q")
_FLOAT = struct.Struct("<d")
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,31}(/[A-Za-z0-9_+-]{1,31}){0,2}")
_DECIMAL = re.compile(r"-?(\d+(\.\d+)?(E[+-]\d{1,6})?|Infinity|s?NaN\d*)")
_NONSENSE = (
    ValueError, TypeError, ArithmeticError, RecursionError, LookupError, OSError, MemoryError, struct.error,
    Warning,
)  # fmt: skip
"""What Python raises when it is to build something impossible; warnings where a test made them errors."""


def decode(
    data: bytes, resolve: Resolve, bounds: Bounds, given: Sequence[object] = ()
) -> tuple[Any, list[object]]:
    """Return the value and the mutable values in it, numbered as `encode` numbered them.

    `resolve` turns the tuple that stands for a value into one; it raises `BrokenMessage` for tuples it does
    not know. `given` are this side's own objects, which the message may name by number.
    """
    if len(data) > bounds.message_bytes:
        raise BrokenMessage(f"a message of {len(data)} bytes")
    reader = Reader(data, READERS, resolve, bounds, given)
    try:
        value = reader.take()
    except BrokenMessage:
        raise
    except _NONSENSE as error:
        raise BrokenMessage(f"{type(error).__name__}: {error}"[:300]) from None
    if reader.left:
        reader.fail("bytes after the end")
    hidden = reader.hidden
    return value, [None if at in hidden else one for at, one in enumerate(reader.mutables)]


def _read_float(reader: Reader) -> float:
    value: float = _FLOAT.unpack(reader.take_raw(8))[0]
    return value


def _read_big_int(reader: Reader) -> int:
    data = reader.take_bytes()
    if len(data) * 8 > reader.bounds.int_bits + 8:
        reader.fail("too large an int")
    return int.from_bytes(data, "little", signed=True)


def _read_slice(reader: Reader) -> slice:
    reader.enter()
    parts = (reader.take(), reader.take(), reader.take())
    reader.leave()
    return slice(*parts)


def _read_range(reader: Reader) -> range:
    start, stop, step = reader.take_parts(int, int, int)
    if step and abs(stop - start) // abs(step) > reader.bounds.range_items:
        reader.fail("too long a range")
    return range(start, stop, step)


def _read_packed(reader: Reader) -> Any:
    tag, code = reader.take_raw(1), reader.take_raw(1)
    if tag not in (b"l", b"t") or code not in (b"d", b"q"):
        reader.fail("an unknown run")
    data = reader.take_bytes()
    if len(data) % 8:
        reader.fail("a broken run")
    reader.count(len(data) // 8)
    items = struct.unpack(f"<{len(data) // 8}{code.decode()}", data)
    return list(items) if tag == b"l" else items


def _read_open_packed(reader: Reader) -> Any:
    # The number of a list is given before its items are read; a tuple has none.
    if reader.next_byte == b"l":
        number = reader.open()
        return reader.close(number, _read_packed(reader))
    return _read_packed(reader)


def _read_pairs(reader: Reader, kind: type) -> Any:
    number = reader.open()
    return reader.close(number, kind(_take_pairs(reader)))


def _take_pairs(reader: Reader) -> dict[Any, Any]:
    count = reader.take_size()
    if 2 * count > reader.left:
        reader.fail("more pairs than bytes")
    reader.enter()
    pairs = [(reader.take(), reader.take()) for _ in range(count)]
    reader.leave()
    if count > EQUAL_HASHES:
        reader.check_hashes(key for key, _ in pairs)
    return dict(pairs)


def _read_counter(reader: Reader) -> Any:
    number = reader.open()
    counter: Counter[Any] = Counter()
    # not Counter(pairs): that adds up, and calls whatever the values are
    dict.update(counter, _take_pairs(reader))
    return reader.close(number, counter)


def _read_defaultdict(reader: Reader) -> Any:
    number = reader.open()
    name = reader.take_text()
    if name and name not in PLAIN_CLASSES:
        reader.fail("an unknown class")
    if reader.take_raw(1) != b"m":
        reader.fail("a dict was due")
    factory: Any = PLAIN_CLASSES[name] if name else None
    return reader.close(number, defaultdict(factory, _take_pairs(reader)))


def _read_deque(reader: Reader) -> Any:
    number = reader.open()
    longest, items = reader.take_parts((int, type(None)), tuple)
    return reader.close(number, deque(items, longest))


def _read_bytearray(reader: Reader) -> Any:
    number = reader.open()
    return reader.close(number, bytearray(reader.take_bytes()))


def _read_list(reader: Reader) -> Any:
    number = reader.open()
    return reader.close(number, reader.take_run())


def _read_set(reader: Reader) -> Any:
    number = reader.open()
    return reader.close(number, set(_take_keys(reader)))


def _take_keys(reader: Reader) -> list[Any]:
    items = reader.take_run()
    if len(items) > EQUAL_HASHES:
        reader.check_hashes(items)
    return items


def build_zone(reader: Reader, parts: tuple[Any, ...]) -> dt.tzinfo | None:
    """Return the time zone that `zone_parts` named."""
    if not parts:
        return None
    if len(parts) == 1 and type(parts[0]) is str:
        if not _ZONE.fullmatch(parts[0]):
            reader.fail("an unknown time zone")
        return zoneinfo.ZoneInfo(parts[0])
    named = len(parts) == 1 or (len(parts) == 2 and type(parts[1]) is str)
    if type(parts[0]) is not dt.timedelta or not named:
        reader.fail("an unknown time zone")
    if parts == (dt.timedelta(0),):
        return dt.UTC
    return dt.timezone(*parts)


def _read_zone(reader: Reader) -> Any:
    return build_zone(reader, reader.take_parts(tuple)[0])


def _read_time(reader: Reader) -> dt.time:
    clock, zone = reader.take_parts(tuple, tuple)
    hour, minute, second, microsecond, fold = clock
    zoned = build_zone(reader, zone)
    return dt.time(hour, minute, second, microsecond, zoned, fold=fold)


def _read_datetime(reader: Reader) -> dt.datetime:
    clock, zone = reader.take_parts(tuple, tuple)
    year, month, day, hour, minute, second, microsecond, fold = clock
    zoned = build_zone(reader, zone)
    return dt.datetime(year, month, day, hour, minute, second, microsecond, zoned, fold=fold)


def _read_decimal(reader: Reader) -> Decimal:
    text = reader.take_text()
    if len(text) > reader.bounds.exponent + 40 or not text.isascii() or not _DECIMAL.fullmatch(text):
        reader.fail("not a Decimal")
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and abs(exponent) > reader.bounds.exponent:
        reader.fail("too large a Decimal")
    return value


def _read_fraction(reader: Reader) -> Fraction:
    numerator, denominator = reader.take_parts(int, int)
    if max(numerator.bit_length(), denominator.bit_length()) > FRACTION_BITS:
        reader.fail("too large a Fraction")
    return Fraction(numerator, denominator)


def _read_class(reader: Reader) -> type:
    name = reader.take_text()
    if name not in PLAIN_CLASSES:
        reader.fail("an unknown class")
    return PLAIN_CLASSES[name]


def _read_array(reader: Reader) -> Any:
    from .arrays import read_array

    return read_array(reader)


def _read_table(reader: Reader) -> Any:
    from .tables import read_table

    return read_table(reader)


READERS: dict[int, Callable[[Reader], Any]] = {
    ord(tag): read
    for tag, read in {
        "N": lambda _: None,
        "E": lambda _: ...,
        "X": lambda _: NotImplemented,
        "T": lambda _: True,
        "F": lambda _: False,
        "i": lambda r: _INT64.unpack(r.take_raw(8))[0],
        "I": _read_big_int,
        "d": _read_float,
        "c": lambda r: complex(_read_float(r), _read_float(r)),
        "s": Reader.take_text,
        "b": Reader.take_bytes,
        "B": _read_bytearray,
        "t": lambda r: tuple(r.take_run()),
        "Z": lambda r: frozenset(_take_keys(r)),
        "l": _read_list,
        "S": _read_set,
        "m": lambda r: _read_pairs(r, dict),
        "O": lambda r: _read_pairs(r, OrderedDict),
        "C": _read_counter,
        "Y": _read_defaultdict,
        "q": _read_deque,
        "P": _read_open_packed,
        ":": _read_slice,
        "r": _read_range,
        "D": lambda r: dt.date(*r.take_parts(int, int, int)),
        "M": _read_time,
        "W": _read_datetime,
        "w": lambda r: dt.timedelta(*r.take_parts(int, int, int)),
        "z": _read_zone,
        "$": _read_decimal,
        "%": _read_fraction,
        "K": _read_class,
        "G": Reader.take_given,
        "=": Reader.take_again,
        "R": Reader.take_reference,
        "n": _read_array,
        "p": _read_table,
    }.items()
}
