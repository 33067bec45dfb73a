"""Choices that are the same on every computer.

Knows SHA-256 and nothing else: Python promises no stable `random.choice`. Must not know what is chosen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """A stream of choices for one purpose; equal parts give equal choices."""

    def __init__(self, *parts: object) -> None:
        self._start = "\x1f".join(str(part) for part in parts)
        self._count = 0

    def below(self, n: int) -> int:
        """Return a whole number from 0 to n-1."""
        self._count += 1
        digest = hashlib.sha256(f"{self._start}\x1f{self._count}".encode()).digest()
        return int.from_bytes(digest, "big") % n

    def share(self) -> float:
        """Return a number from 0 to 1, 1 excluded."""
        return self.below(1 << 53) / (1 << 53)

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of `choices`."""
        return choices[self.below(len(choices))]

    def order(self, choices: Sequence[T]) -> list[T]:
        """Return `choices` in a drawn order."""
        left, drawn = list(choices), []
        while left:
            drawn.append(left.pop(self.below(len(left))))
        return drawn
