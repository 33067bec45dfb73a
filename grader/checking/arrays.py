"""numpy scalars, arrays and simple dtypes as bytes.

Knows numpy, loaded when the first one is met. A dtype travels as a short text from a closed grammar: bool,
numbers, fixed-width text and bytes, dates, and flat records of these. Everything else numpy has (masked
arrays, nested records, new string dtypes) is not plain.
"""

from __future__ import annotations

import re
from math import prod
from typing import TYPE_CHECKING, Any

from .faults import BrokenMessage

if TYPE_CHECKING:
    from .encode import Writer
    from .reader import Reader

_NUMBER = re.compile(r"[<>|=][?bBhHiIlLqQefdgFDG]")
_SIZED = re.compile(r"[<>|][SUmM]\d{1,9}(\[\d{0,6}(Y|M|W|D|h|m|s|ms|us|ns|ps|fs|as)\])?")
_LONGEST_FIELD = 64
_LARGEST_CODE_POINT = 0x10FFFF


def dtype_text(dtype: Any) -> str | None:
    """Return the text of a simple dtype; None for any other."""
    if dtype.names is not None or dtype.subdtype is not None:
        return None
    if dtype.kind in "SUmM":
        return str(dtype.str)
    text = {"=": "<", "<": "<", ">": ">", "|": "|"}[dtype.byteorder] + dtype.char
    return text if _NUMBER.fullmatch(text) else None


def _dtype_parts(dtype: Any) -> object | None:
    """Return what names a dtype: a text, or a tuple of pairs for a flat record without gaps."""
    import numpy as np

    if dtype.names is None:
        return dtype_text(dtype)
    if len(dtype.names) > _LONGEST_FIELD:
        return None
    parts = tuple((name, dtype_text(dtype[name])) for name in dtype.names)
    if not parts or any(text is None for _, text in parts) or np.dtype([*parts]) != dtype:
        return None
    return parts


def read_dtype(reader: Reader, parts: object) -> Any:
    """Return the dtype that was named."""
    import numpy as np

    if type(parts) is str:
        if not (_NUMBER.fullmatch(parts) or _SIZED.fullmatch(parts)):
            reader.fail("an unknown dtype")
        return np.dtype(parts)
    if type(parts) is not tuple or not 0 < len(parts) <= _LONGEST_FIELD:
        reader.fail("an unknown dtype")
    fields = []
    for part in parts:
        if type(part) is not tuple or len(part) != 2 or type(part[0]) is not str or type(part[1]) is not str:
            reader.fail("an unknown field")
        fields.append((part[0], read_dtype(reader, part[1])))
    return np.dtype(fields)


def put_array(writer: Writer, value: Any) -> bool:
    """Append a numpy value; False when it is not plain."""
    import numpy as np

    kind = type(value)
    if kind is np.ndarray:
        parts = "O" if value.dtype == np.dtype(object) else _dtype_parts(value.dtype)
        if parts is None or np.ndim(value) > 32:
            return False
        writer.once(value, lambda w, v: _put_items(w, v, parts))
        return True
    if kind is np.str_:
        writer.put_text(b"ns", str.__add__(value, ""))  # str() drops NULs at the end
        return True
    if kind is np.bytes_:
        writer.put_bytes(b"nb", bytes.__add__(value, b""))
        return True
    if isinstance(value, np.generic):
        text = dtype_text(value.dtype)
        if text is None or np.dtype(text).type is not kind:
            return False
        writer.put_text(b"ng", text)
        writer.put_bytes(b"", value.tobytes())
        return True
    if isinstance(value, np.dtype):
        parts = "O" if value == np.dtype(object) else _dtype_parts(value)
        if parts is None or (value.metadata is not None):
            return False
        writer.put_parts(b"nd", (parts,))
        return True
    return _put_kind(writer, value)


def _put_kind(writer: Writer, value: Any) -> bool:
    import numpy as np

    if not isinstance(value, type) or not issubclass(value, np.generic):
        return False
    name = str(value.__name__)
    if getattr(np, name, None) is not value:
        return False
    writer.put_text(b"nk", name)
    return True


def _put_items(writer: Writer, value: Any, parts: object) -> None:
    if parts == "O":
        # Walked in C order, whatever the order in memory: the items are references anyway.
        writer.put_parts(b"no", (tuple(value.shape), tuple(value.ravel(order="C"))))
        return
    in_columns = value.flags.f_contiguous and not value.flags.c_contiguous
    order: Any = "F" if in_columns else "C"
    writer.put_parts(b"na", (parts, tuple(value.shape), in_columns))
    writer.put_bytes(b"", value.tobytes(order=order))


def read_array(reader: Reader) -> Any:
    """Read what `put_array` wrote, after its first tag."""
    import numpy as np

    tag = reader.take_raw(1)
    try:
        if tag == b"a":
            number = reader.open()
            return reader.close(number, _read_items(reader))
        if tag == b"o":
            number = reader.open()
            return reader.close(number, _read_objects(reader))
        if tag == b"s":
            return np.str_(reader.take_text())
        if tag == b"b":
            return np.bytes_(reader.take_bytes())
        if tag == b"g":
            return _read_scalar(reader)
        if tag == b"d":
            parts = reader.take_parts((str, tuple))[0]
            return np.dtype(object) if parts == "O" else read_dtype(reader, parts)
        if tag == b"k":
            return _read_kind(reader)
    except (
        BrokenMessage,
        ValueError,
        TypeError,
        ArithmeticError,
        LookupError,
        MemoryError,
        Warning,
    ) as error:
        raise BrokenMessage(f"{type(error).__name__}: {error}"[:300]) from None
    return reader.fail("unknown numpy value")


def _read_kind(reader: Reader) -> Any:
    import numpy as np

    kind = getattr(np, reader.take_text(), None)
    if not isinstance(kind, type) or not issubclass(kind, np.generic):
        reader.fail("an unknown scalar type")
    return kind


def _read_scalar(reader: Reader) -> Any:
    import numpy as np

    dtype = read_dtype(reader, reader.take_text())
    data = reader.take_bytes()
    if dtype.itemsize != len(data) or dtype.itemsize == 0:
        reader.fail("a scalar of the wrong size")
    _check_items(reader, dtype, data)
    return np.frombuffer(data, dtype)[0]


def _take_shape(reader: Reader, shape: tuple[Any, ...], items: int) -> None:
    sides = all(type(side) is int and 0 <= side <= reader.bounds.range_items for side in shape)
    if len(shape) > 32 or not sides:
        reader.fail("an impossible shape")
    if prod(shape) != items:
        reader.fail("a shape that does not fit the items")


def _read_items(reader: Reader) -> Any:
    import numpy as np

    parts, shape, in_columns = reader.take_parts((str, tuple), tuple, bool)
    dtype = read_dtype(reader, parts)
    data = reader.take_bytes()
    if dtype.itemsize == 0:
        # Items without bytes: only their count says how many there are.
        reader.count(prod(side for side in shape if type(side) is int and side >= 0))
        _take_shape(reader, shape, prod(shape))
        return np.zeros(shape, dtype)
    if len(data) % dtype.itemsize:
        reader.fail("an array of the wrong size")
    _take_shape(reader, shape, len(data) // dtype.itemsize)
    _check_items(reader, dtype, data)
    flat = np.frombuffer(data, dtype).copy()
    return flat.reshape(shape, order="F" if in_columns else "C")


def _check_items(reader: Reader, dtype: Any, data: bytes) -> None:
    """Refuse bytes that are no values of the dtype: numpy believes whatever stands in memory."""
    import numpy as np

    if dtype.names is not None:
        items = np.frombuffer(data, dtype)
        for name in dtype.names:
            _check_items(reader, dtype[name], items[name].tobytes())
    elif dtype.kind == "b" and data and max(data) > 1:
        reader.fail("a bool that is neither")
    elif dtype.kind == "U":
        points = np.frombuffer(data, dtype.byteorder.replace("=", "<") + "u4")
        if points.size and int(points.max()) > _LARGEST_CODE_POINT:
            reader.fail("text that is none")


def _read_objects(reader: Reader) -> Any:
    import numpy as np

    shape, items = reader.take_parts(tuple, tuple)
    _take_shape(reader, shape, len(items))
    flat = np.empty(len(items), dtype=object)
    for index, item in enumerate(items):
        flat[index] = item
    return flat.reshape(shape)
