"""Bytes being read: counts, runs, numbers of values read before; nothing is believed before it is there.

Knows bounds and the bytes. Must not know what the tags mean: a table says who reads which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from .encode import Bounds
from .faults import BrokenMessage

Resolve = Callable[[tuple[Any, ...]], object]
EQUAL_HASHES = 1_000
"""More different keys than this with one and the same hash are no accident."""


class Reader:
    """Bytes being read."""

    def __init__(
        self, data: bytes, table: Table, resolve: Resolve, bounds: Bounds, given: Sequence[object]
    ) -> None:
        self.mutables: list[object] = []
        self.hidden: set[int] = set()
        self.bounds = bounds
        self._data = data
        self._table = table
        self._at = 0
        self._resolve = resolve
        self._given = given
        self._depth = 0
        self._items = 0
        self._sizes: list[int] = []
        """How many items each mutable value counts for; -1 while it is being read."""

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return len(self._data) - self._at

    @property
    def next_byte(self) -> bytes:
        """The byte that is read next."""
        return self._data[self._at : self._at + 1]

    def fail(self, text: str) -> NoReturn:
        """Refuse the message."""
        raise BrokenMessage(f"{text} at byte {self._at}")

    def take(self) -> Any:
        """Read one value."""
        self._items += 1
        try:
            tag = self._data[self._at]
        except IndexError:
            self.fail("the message ends early")
        self._at += 1
        read = self._table.get(tag)
        if read is None:
            self.fail(f"unknown tag {tag}")
        return read(self)

    def take_size(self) -> int:
        """Read a count or length."""
        data, at = self._data, self._at
        if at < len(data) and data[at] < 128:  # nearly always
            self._at = at + 1
            return data[at]
        size = shift = 0
        while True:
            if self._at >= len(self._data) or shift > 35:
                self.fail("a length without end")
            byte = self._data[self._at]
            self._at += 1
            size |= (byte & 127) << shift
            if byte < 128:
                return size
            shift += 7

    def take_raw(self, count: int) -> bytes:
        """Read bytes."""
        if count > self.left:
            self.fail("the message ends early")
        self._at += count
        return self._data[self._at - count : self._at]

    def take_bytes(self) -> bytes:
        """Read a run of bytes."""
        return self.take_raw(self.take_size())

    def take_text(self) -> str:
        """Read a text."""
        return self.take_bytes().decode("utf-8", "surrogatepass")

    def take_run(self) -> list[Any]:
        """Read a counted run of values."""
        count = self.take_size()
        if count > self.left:
            self.fail("more items than bytes")
        self.enter()
        items = [self.take() for _ in range(count)]
        self.leave()
        return items

    def take_parts(self, *kinds: type | tuple[type, ...]) -> list[Any]:
        """Read as many values as there are kinds, each of exactly one of these types."""
        self.enter()
        parts = []
        for kind in kinds:
            part = self.take()
            if type(part) not in (kind if isinstance(kind, tuple) else (kind,)):
                self.fail(f"a {type(part).__name__} where it does not belong")
            parts.append(part)
        self.leave()
        return parts

    def enter(self) -> None:
        """Go one level deeper."""
        self._depth += 1
        if self._depth > self.bounds.depth:
            self.fail("nested too deep")
        if self._items > self.bounds.items:
            self.fail("too many items")

    def leave(self) -> None:
        """Come back from a level."""
        self._depth -= 1

    def count(self, items: int) -> None:
        """Count items that are read in one piece."""
        self._items += items
        if self._items > self.bounds.items:
            self.fail("too many items")

    def open(self) -> int:
        """Give a mutable value its number before what is in it is read."""
        self.mutables.append(None)
        self._sizes.append(-1 - self._items)
        return len(self.mutables) - 1

    def close(self, number: int, value: Any) -> Any:
        """Keep a mutable value that has been read."""
        self.mutables[number] = value
        self._sizes[number] += self._items + 1
        return value

    def hide(self, first: int) -> None:
        """Give out no more the mutable values from this number on: they are parts of another."""
        self.hidden.update(range(first, len(self.mutables)))

    def take_again(self) -> object:
        """Read the number of a value read before."""
        number = self.take_size()
        if number >= len(self._sizes) or self._sizes[number] < 0:
            self.fail("a value that was not sent")
        self.count(self._sizes[number])
        return self.mutables[number]

    def take_given(self) -> object:
        """Read the number of an object of this side."""
        number = self.take_size()
        if number >= len(self._given):
            self.fail("an object that was not given")
        return self._given[number]

    def take_reference(self) -> object:
        """Read what stands for a value."""
        return self._resolve(tuple(self.take_run()))

    def check_hashes(self, keys: Iterable[Hashable]) -> None:
        """Refuse keys chosen so that building a set or dict of them takes for ever."""
        for _, count in Counter(map(hash, keys)).most_common(1):
            if count > EQUAL_HASHES:
                self.fail("too many keys with one hash")


Table = Mapping[int, Callable[[Reader], Any]]
"""Tag → who reads what comes after it."""
