"""Names that decide how an object is read: those of plain values, and those that libraries look for.

Knows names only.
"""

from __future__ import annotations

import datetime
import decimal
import fractions
import sys
from functools import cache

READABLE_DUNDERS = frozenset({
    "__name__", "__qualname__", "__module__", "__doc__", "__dict__", "__annotations__", "__defaults__",
    "__kwdefaults__", "__wrapped__", "__self__", "__func__", "__code__", "__dataclass_fields__", "__slots__",
    "__members__", "__cause__", "__context__", "__notes__", "__version__", "__all__", "__file__",
    "__init__", "__eq__", "__str__", "__repr__", "__len__", "__iter__", "__next__", "__enter__", "__exit__",
    "__call__", "__getitem__", "__contains__", "__dataclass_params__", "__closure__", "__mro__", "__bases__",
    "__sklearn_tags__", "__sklearn_is_fitted__",
})  # fmt: skip
"""All others are hooks by which Python and numpy take an object for something it is not."""

FOREIGN_NAMES = frozenset({"_typ", "_mgr", "_values", "_constructor", "_data", "_metadata", "_ndarray"})


def plain_names() -> frozenset[str]:
    """Return the public names of the plain types, with numpy's and pandas' once a test has loaded them."""
    return _names("numpy" in sys.modules, "pandas" in sys.modules)


@cache
def _names(with_numpy: bool, with_pandas: bool) -> frozenset[str]:
    kinds: list[object] = [
        bool, int, float, complex, str, bytes, list, tuple, set, dict, range, slice,
        datetime.datetime, datetime.timedelta, decimal.Decimal, fractions.Fraction,
    ]  # fmt: skip
    if with_numpy:
        import numpy as np

        kinds += [np.ndarray, np.float64]
    if with_pandas:
        import pandas as pd

        kinds += [pd.DataFrame, pd.Series, pd.Index, pd.Timestamp]
    return frozenset(name for kind in kinds for name in dir(kind) if not name.startswith("_"))
