"""Costly values that many requests ask for, kept in this process until what they were made from changes.

Knows names and fingerprints; must not know what is counted. A fingerprint is what a cheap query says of the
rows behind a value: an index's last number, a few counts and sums. A page then pays for the cheap query, and
for the costly one only after something happened; nobody has to remember to throw a value away, and a second
process that changes the rows is noticed as well. Only the newest value of each name stays.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Value = TypeVar("Value")


class Kept:
    """Name → fingerprint and value. Names come from a small set: assignments that exist."""

    def __init__(self) -> None:
        self._values: dict[Hashable, tuple[Hashable, Any]] = {}

    def get(self, name: Hashable, fingerprint: Hashable, make: Callable[[], Value]) -> Value:
        """Return the value that was made under this fingerprint, or make it now.

        Two threads that ask at once may both make it: it is the same value, and neither waits.
        """
        known = self._values.get(name)
        if known is None or known[0] != fingerprint:
            known = self._values[name] = (fingerprint, make())
        value: Value = known[1]
        return value
