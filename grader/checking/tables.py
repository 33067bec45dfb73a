"""pandas scalars, indexes, series and frames as bytes.

Knows pandas, loaded when the first one is met. A column travels as its array: numpy, or one of pandas'
own dates, periods, intervals, categories, nullable numbers and strings. Not plain: sparse and Arrow
columns, offsets as values. `attrs` and flags do not travel.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .encode import zone_parts
from .faults import BrokenMessage

if TYPE_CHECKING:
    from .encode import Writer
    from .reader import Reader

_FREQUENCY = re.compile(r"-?\d{0,6}[A-Za-z]{1,4}(-[A-Z]{3})?")
_CLOSED = ("left", "right", "both", "neither")


class _NotPlain(Exception):
    pass


def put_table(writer: Writer, value: Any) -> bool:
    """Append a pandas value; False when it is not plain."""
    import pandas as pd

    if value is pd.NaT or value is pd.NA:
        writer.put_parts(b"p", ("NaT" if value is pd.NaT else "NA",))
        return True
    try:
        if type(value) in (pd.Series, pd.DataFrame):
            parts = _series_parts(value) if type(value) is pd.Series else _frame_parts(value)
            writer.once(value, lambda w, _: _put_hidden(w, b"pm", parts))
            return True
        parts = _index_parts(value) if isinstance(value, pd.Index) else _small_parts(value)
    except _NotPlain:
        return False
    _put_hidden(writer, b"p", parts)
    return True


def _put_hidden(writer: Writer, tag: bytes, parts: tuple[Any, ...]) -> None:
    first = len(writer.mutables)
    writer.put_parts(tag, (parts,))
    writer.hide(first)


def _small_parts(value: Any) -> tuple[Any, ...]:
    import pandas as pd

    kind = type(value)
    if kind is pd.Timestamp:
        return ("Timestamp", value.asm8, _zone(value.tz))
    if kind is pd.Timedelta:
        return ("Timedelta", value.asm8)
    if kind is pd.Period:
        return ("Period", value.ordinal, value.freqstr)
    if kind is pd.Interval:
        return ("Interval", value.left, value.right, value.closed)
    if isinstance(value, pd.api.extensions.ExtensionArray):
        return ("array", _array_parts(value))
    return ("dtype", _dtype_parts(value))


def _zone(zone: Any) -> tuple[object, ...]:
    parts = zone_parts(zone)
    if parts is None:
        raise _NotPlain
    return parts


def _dtype_parts(dtype: Any) -> tuple[Any, ...]:
    import pandas as pd

    kind = type(dtype)
    if kind is pd.CategoricalDtype:
        categories = None if dtype.categories is None else _index_parts(dtype.categories)
        return ("category", categories, dtype.ordered)
    if kind is pd.StringDtype:
        return ("string", dtype.storage, dtype.na_value is pd.NA)
    if kind is pd.DatetimeTZDtype:
        return ("zoned", dtype.unit, _zone(dtype.tz))
    if kind is pd.PeriodDtype:
        return ("period", dtype.name[len("period[") : -1])  # freq.freqstr says ME where it must be M
    if kind.__name__ in _NULLABLE and getattr(pd, kind.__name__, None) is kind:
        return ("nullable", kind.__name__)
    raise _NotPlain


_NULLABLE = (
    "BooleanDtype", "Float32Dtype", "Float64Dtype", "Int8Dtype", "Int16Dtype", "Int32Dtype", "Int64Dtype",
    "UInt8Dtype", "UInt16Dtype", "UInt32Dtype", "UInt64Dtype",
)  # fmt: skip


def _array_parts(array: Any) -> tuple[Any, ...]:
    import numpy as np
    import pandas as pd

    if isinstance(array, np.ndarray):
        return ("numpy", _plain_numpy(array))
    kind = type(array)
    if kind is pd.arrays.NumpyExtensionArray:
        return ("numpy", _plain_numpy(array.to_numpy()))
    if kind is pd.arrays.DatetimeArray:
        zone = getattr(array, "tz", None)
        return ("dates", np.asarray(array.asi8).view(f"M8[{array.unit}]"), _zone(zone))
    if kind is pd.arrays.TimedeltaArray:
        return ("numpy", array.to_numpy())
    if kind is pd.Categorical:
        return ("category", np.asarray(array.codes), _index_parts(array.categories), array.ordered)
    if kind is pd.arrays.PeriodArray:
        return ("period", array.asi8, array.freqstr)
    if kind is pd.arrays.IntervalArray:
        return ("interval", _index_parts(array.left), _index_parts(array.right), array.closed)
    if kind in (pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray):
        return ("nullable", array._data, array._mask)
    if isinstance(array.dtype, pd.StringDtype):
        texts = tuple(
            None if missing else str(text) for text, missing in zip(array, array.isna(), strict=True)
        )
        return ("string", array.dtype.storage, array.dtype.na_value is pd.NA, texts)
    raise _NotPlain


def _plain_numpy(array: Any) -> Any:
    from .arrays import dtype_text

    if array.dtype.kind != "O" and dtype_text(array.dtype) is None:
        raise _NotPlain
    return array


def _index_parts(index: Any) -> tuple[Any, ...]:
    import pandas as pd

    kind = type(index)
    if kind is pd.RangeIndex:
        return ("range", index.start, index.stop, index.step, index.name)
    if kind is pd.MultiIndex:
        levels = tuple(_index_parts(level) for level in index.levels)
        return ("multi", levels, tuple(map(_codes, index.codes)), tuple(index.names))
    frequency = None
    if kind in (pd.DatetimeIndex, pd.TimedeltaIndex):
        frequency = index.freqstr
    elif kind not in (pd.Index, pd.CategoricalIndex, pd.PeriodIndex, pd.IntervalIndex):
        raise _NotPlain
    return ("index", kind.__name__, _array_parts(index.array), index.name, frequency)


def _codes(codes: Any) -> Any:
    import numpy as np

    return np.array(codes)


def _series_parts(series: Any) -> tuple[Any, ...]:
    return ("series", _index_parts(series.index), _array_parts(series.array), series.name)


def _frame_parts(frame: Any) -> tuple[Any, ...]:
    columns = tuple(_array_parts(frame.iloc[:, at].array) for at in range(frame.shape[1]))
    return ("frame", _index_parts(frame.index), _index_parts(frame.columns), columns)


def read_table(reader: Reader) -> Any:
    """Read what `put_table` wrote, after its first tag."""
    if reader.next_byte != b"m":
        return _take_hidden(reader)
    reader.take_raw(1)
    number = reader.open()
    return reader.close(number, _take_hidden(reader))


def _take_hidden(reader: Reader) -> Any:
    first = len(reader.mutables)
    parts = reader.take_parts((tuple, str))[0]
    reader.hide(first)
    return _guarded(reader, parts)


def _guarded(reader: Reader, parts: Any) -> Any:
    # Whatever pandas makes of nonsense, it is the message that is broken.
    try:
        return _build(reader, parts)
    except Exception as error:
        raise BrokenMessage(f"{type(error).__name__}: {error}"[:300]) from None


def _build(reader: Reader, parts: Any) -> Any:
    import pandas as pd

    match parts:
        case "NaT" | "NA":
            return getattr(pd, parts)
        case ("dtype", tuple(named)):
            return _build_dtype(reader, named)
        case ("array", tuple(named)):
            return _build_array(reader, named)
        case ("series", tuple(index), tuple(array), name):
            built = _build_index(reader, index)
            column = _build_array(reader, array)
            return pd.Series(column, index=built, name=name, dtype=column.dtype)
        case ("frame", tuple(index), tuple(columns), tuple(arrays)):
            return _build_frame(reader, index, columns, arrays)
        case ("range" | "multi" | "index", *_):
            return _build_index(reader, parts)
        case _:
            return _build_scalar(reader, parts)


def _build_scalar(reader: Reader, parts: Any) -> Any:
    import pandas as pd

    match parts:
        case ("Timestamp", moment, zone):
            return _build_moment(reader, moment, zone)
        case ("Timedelta", span):
            return pd.Timedelta(_numpy_scalar(reader, span, "m"))
        case ("Period", int(ordinal), frequency):
            return pd.Period(ordinal=ordinal, freq=_frequency(reader, frequency))
        case ("Interval", left, right, closed):
            return pd.Interval(left, right, _known(reader, closed, _CLOSED))
        case _:
            return reader.fail("unknown pandas value")


def _build_frame(reader: Reader, index: Any, columns: Any, arrays: tuple[Any, ...]) -> Any:
    import pandas as pd

    rows = _build_index(reader, index)
    built = [_build_array(reader, array) for array in arrays]
    if any(len(column) != len(rows) for column in built):
        reader.fail("columns of different length")
    series = {at: pd.Series(column, index=rows, dtype=column.dtype) for at, column in enumerate(built)}
    frame = pd.DataFrame(series, index=rows, columns=range(len(built)))
    frame.columns = _build_index(reader, columns)
    return frame


def _build_moment(reader: Reader, moment: Any, zone: Any) -> Any:
    import pandas as pd

    from .decode import build_zone

    naive = pd.Timestamp(_numpy_scalar(reader, moment, "M"))
    return naive if zone == () else naive.tz_localize("UTC").tz_convert(build_zone(reader, zone))


def _numpy_scalar(reader: Reader, value: Any, kind: str) -> Any:
    import numpy as np

    if not isinstance(value, np.generic) or value.dtype.kind != kind or np.isnat(value):
        reader.fail("not a date")
    return value


def _frequency(reader: Reader, text: Any) -> str:
    if type(text) is not str or not _FREQUENCY.fullmatch(text):
        reader.fail("an unknown frequency")
    return text


def _known(reader: Reader, name: Any, names: tuple[str, ...]) -> Any:
    if name not in names:
        reader.fail("an unknown name")
    return name


def _build_dtype(reader: Reader, parts: tuple[Any, ...]) -> Any:
    import pandas as pd

    from .decode import build_zone

    match parts:
        case ("category", categories, ordered):
            index = None if categories is None else _build_index(reader, categories)
            return pd.CategoricalDtype(index, ordered)
        case ("string", storage, bool(missing)):
            return _string_dtype(reader, storage, missing)
        case ("zoned", unit, tuple(zone)):
            return pd.DatetimeTZDtype(_known(reader, unit, ("s", "ms", "us", "ns")), build_zone(reader, zone))
        case ("period", frequency):
            return pd.PeriodDtype(_frequency(reader, frequency))
        case ("nullable", name):
            return getattr(pd, _known(reader, name, _NULLABLE))()
        case _:
            return reader.fail("unknown dtype")


def _string_dtype(reader: Reader, storage: Any, missing: bool) -> Any:
    import numpy as np
    import pandas as pd

    return pd.StringDtype(
        _known(reader, storage, ("python", "pyarrow")), na_value=pd.NA if missing else np.nan
    )


def _build_array(reader: Reader, parts: tuple[Any, ...]) -> Any:
    import numpy as np
    import pandas as pd

    from .decode import build_zone

    match parts:
        case ("numpy", np.ndarray(ndim=1) as values):
            return values
        case ("dates", np.ndarray(ndim=1) as values, tuple(zone)):
            index = pd.DatetimeIndex(values)
            return (
                index.array
                if zone == ()
                else index.tz_localize("UTC").tz_convert(build_zone(reader, zone)).array
            )
        case ("category", np.ndarray(ndim=1) as codes, tuple(categories), ordered):
            return pd.Categorical.from_codes(codes, _build_index(reader, categories), ordered=ordered)
        case ("period", np.ndarray(ndim=1) as ordinals, frequency):
            dtype = pd.PeriodDtype(_frequency(reader, frequency))
            return pd.arrays.PeriodArray(ordinals, dtype=dtype)
        case ("interval", tuple(left), tuple(right), closed):
            ends = _build_index(reader, left), _build_index(reader, right)
            return pd.arrays.IntervalArray.from_arrays(*ends, closed=_known(reader, closed, _CLOSED))
        case ("nullable", np.ndarray(ndim=1) as values, np.ndarray(ndim=1) as mask):
            makers: dict[str, Any] = {
                "b": pd.arrays.BooleanArray, "i": pd.arrays.IntegerArray, "u": pd.arrays.IntegerArray,
                "f": pd.arrays.FloatingArray,
            }  # fmt: skip
            return makers[values.dtype.kind](values, mask)
        case ("string", storage, bool(missing), tuple(texts)):
            dtype_: Any = _string_dtype(reader, storage, missing)
            return pd.array(list(texts), dtype=dtype_)
        case _:
            return reader.fail("unknown column")


def _build_index(reader: Reader, parts: tuple[Any, ...]) -> Any:
    import pandas as pd

    match parts:
        case ("range", int(start), int(stop), int(step), name):
            if step == 0 or abs(stop - start) // abs(step) > reader.bounds.range_items:
                reader.fail("too long a range")
            return pd.RangeIndex(start, stop, step, name=name)
        case ("multi", tuple(levels), tuple(codes), tuple(names)):
            built = [_build_index(reader, level) for level in levels]
            return pd.MultiIndex(levels=built, codes=list(codes), names=list(names))
        case ("index", str(kind), tuple(array), name, frequency):
            column = _build_array(reader, array)
            if kind in ("DatetimeIndex", "TimedeltaIndex"):
                freq: Any = None if frequency is None else _frequency(reader, frequency)
                maker: Any = getattr(pd, kind)
                return maker(column, freq=freq, name=name)
            if kind in ("Index", "CategoricalIndex", "PeriodIndex", "IntervalIndex"):
                plain: Any = pd.Index(column, name=name, dtype=column.dtype, tupleize_cols=False)
                return plain
    return reader.fail("unknown index")
