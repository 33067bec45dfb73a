"""Comparisons that say yes to an empty array, whatever is expected: in a test cell they say no.

`pytest.approx(3)`, `numpy.allclose` and `numpy.testing` hold for every item of what they get, and so for
none: an answer `np.array([])` would be close to everything. Knows those libraries. Must not know sessions.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

_TESTING = "numpy.testing._private.utils"
"""Where all of `numpy.testing` compares arrays."""


@contextmanager
def empty_is_not_full(source: str) -> Iterator[None]:
    """While a test cell runs, let nothing that is empty be close to what is not."""
    if "approx" in source:
        _load("pytest")
    if "testing" in source and "numpy" in sys.modules:
        _load("numpy.testing")
    with ExitStack() as undo:
        pytest: Any = sys.modules.get("pytest")
        if pytest is not None:
            _replace(undo, type(pytest.approx(1.0)), "__eq__", _refuse_empty)
        testing: Any = sys.modules.get(_TESTING)
        if testing is not None:
            _replace(undo, testing, "assert_array_compare", _fail_empty)
        numpy: Any = sys.modules.get("numpy")
        if numpy is not None:
            _replace(undo, numpy, "allclose", _deny_empty)
            _replace(undo, numpy, "isclose", _deny_empty)
        yield


def _load(name: str) -> None:
    try:
        __import__(name)
    except ImportError:
        return  # the test will say so


def _replace(undo: ExitStack, owner: Any, name: str, guard: Callable[[Any], Any]) -> None:
    original = vars(owner).get(name)
    if original is not None:
        setattr(owner, name, guard(original))
        undo.callback(setattr, owner, name, original)


def _refuse_empty(original: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    @wraps(original)
    def equal(self: Any, actual: Any) -> bool:
        return is_empty(actual) is not True and original(self, actual)

    return equal


def _fail_empty(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def compare(comparison: Any, x: Any, y: Any, *args: Any, **keywords: Any) -> Any:
        if one_is_empty(x, y):
            raise AssertionError("an empty array is not equal to one that is not empty")
        return original(comparison, x, y, *args, **keywords)

    return compare


def _deny_empty(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def close(a: Any, b: Any, *args: Any, **keywords: Any) -> Any:
        if one_is_empty(a, b):
            import numpy as np

            return np.False_ if original.__name__ == "isclose" else False
        return original(a, b, *args, **keywords)

    return close


def one_is_empty(a: object, b: object) -> bool:
    """Tell whether one of two values has no items and the other has some."""
    return {is_empty(a), is_empty(b)} == {True, False}


def is_empty(value: Any, depth: int = 8) -> bool | None:
    """Tell whether a plain value holds no number at all; None where nobody can say without asking."""
    kind = type(value)
    if kind in (int, float, complex, bool, str):
        return False
    if kind in (list, tuple) and depth:
        return all(is_empty(one, depth - 1) for one in value)
    if kind.__module__.partition(".")[0] in ("numpy", "pandas"):
        size = getattr(value, "size", None)
        return size == 0 if isinstance(size, int) else None
    return None
