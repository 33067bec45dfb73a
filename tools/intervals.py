"""Wilson's interval of a share: one formula for every table that shows one."""

from __future__ import annotations

import math

_Z = 1.959963984540054  # 95 % of a normal distribution lie within this many standard deviations


def wilson(hits: int, tries: int) -> tuple[float, float]:
    """Return the lower and upper bound of Wilson's 95 % interval; `tries` is at least 1."""
    share, square = hits / tries, _Z * _Z
    centre = (share + square / (2 * tries)) / (1 + square / tries)
    half = _Z * math.sqrt(share * (1 - share) / tries + square / (4 * tries * tries)) / (1 + square / tries)
    return max(0.0, centre - half), min(1.0, centre + half)
