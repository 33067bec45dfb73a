"""Numbers about tests and markers: how hard an item is, whether it tells people apart, how far markers agree.

Knows formulas and their sources; must not know people, pages or where scores come from. A number that is
not defined is None, never 0: with equal scores there is nothing to correlate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

GROUP_SHARE = 0.27
"""Of all people, in the upper and in the lower group: Kelley (1939), J. Educ. Psychol. 30, 17-24."""
FEW_PEOPLE = 10
"""With fewer, one person more or less changes item statistics visibly: pages say so."""
SMALLEST_GROUP = 5
"""Below this a group's mean says something about each member: pages do not show it."""

Vector = NDArray[np.float64]


class Weights(StrEnum):
    """How much a disagreement counts by the number of levels between two marks."""

    LINEAR = "linear"
    QUADRATIC = "quadratic"


@dataclass(frozen=True)
class ItemStatistics:
    """What the scores of one item say, in classical test theory."""

    count: int
    """People it rests on."""
    difficulty: float | None
    """Mean share of its points, 0 to 1: the higher, the easier."""
    item_total: float | None
    """Correlation with the score in all other items, -1 to 1: the corrected point-biserial."""
    upper_lower: float | None
    """Mean share of points in the upper minus the lower group, -1 to 1."""


def describe_items(
    scores: Mapping[str, Sequence[float]], maxima: Mapping[str, float]
) -> dict[str, ItemStatistics]:
    """Return statistics of each item; `scores` has one sequence per item, with people in the same order.

    A person's total is the sum over all items. Items without points in `maxima` are left out. Raises
    ValueError if an item lacks somebody: totals of different items cannot be compared.
    """
    columns = {item: np.asarray(scores[item], np.float64) for item, most in maxima.items() if most > 0}
    if len({len(column) for column in columns.values()}) > 1:
        raise ValueError("every item needs a score of everybody")
    totals = sum(columns.values(), np.zeros(1))
    upper, lower = _group_weights(totals), _group_weights(-totals)
    return {
        item: ItemStatistics(
            count=len(column),
            difficulty=mean_share(column, maxima[item]),
            item_total=correlate(column, totals - column),
            upper_lower=_difference(column, upper, lower, maxima[item]),
        )
        for item, column in columns.items()
    }


def mean_share(points: Sequence[float] | Vector, maximum: float) -> float | None:
    """Return the mean of points as a share of the maximum; None without people or points.

    For right or wrong items this is the item difficulty p of classical test theory.
    """
    if not len(points) or maximum <= 0:
        return None
    return float(np.mean(points) / maximum)


def correlate(left: Sequence[float] | Vector, right: Sequence[float] | Vector) -> float | None:
    """Return Pearson's correlation; None where one side does not vary.

    With an item and the total without it, this is the corrected item-total (point-biserial) correlation;
    uncorrected, the item would correlate with itself: Henrysson (1963), Psychometrika 28, 211-218.
    """
    one, other = np.asarray(left, dtype=np.float64), np.asarray(right, dtype=np.float64)
    if len(one) < 2:
        return None
    one, other = one - one.mean(), other - other.mean()
    spread = float(np.sqrt(one.dot(one) * other.dot(other)))
    # Rounding leaves tiny remainders of what does not vary at all.
    if spread <= 1e-12 * max(1.0, len(one)):
        return None
    return max(-1.0, min(1.0, float(one.dot(other)) / spread))


def _group_weights(totals: Vector) -> Vector | None:
    """Return each person's weight in the upper group, summing to its size.

    People who tie at the group's border share its last places, so that nobody's order on a list matters.
    None where all totals are equal.
    """
    if len(totals) < 2 or totals.min() == totals.max():
        return None
    size = max(1, round(GROUP_SHARE * len(totals)))
    border = np.sort(totals)[-size]
    above, tied = totals > border, totals == border
    weights: Vector = above + tied * ((size - above.sum()) / tied.sum())
    return weights


def _difference(points: Vector, upper: Vector | None, lower: Vector | None, maximum: float) -> float | None:
    if upper is None or lower is None:
        return None
    return float(np.average(points, weights=upper) - np.average(points, weights=lower)) / maximum


def weighted_kappa(
    pairs: Sequence[tuple[int, int]], levels: int = 4, weights: Weights = Weights.QUADRATIC
) -> float | None:
    """Return Cohen's weighted kappa of two markers' levels (0 to `levels` - 1), 1 for full agreement.

    Cohen (1968), Psychol. Bull. 70, 213-220: one minus observed over expected disagreement. None without
    pairs, or where chance alone gives no disagreement: both gave one and the same level throughout. Raises
    ValueError for a level that does not exist.
    """
    if any(not 0 <= level < levels for pair in pairs for level in pair):
        raise ValueError(f"levels go from 0 to {levels - 1}")
    power = 2 if Weights(weights) is Weights.QUADRATIC else 1
    # Compared pair by pair and all with all, in whole numbers: no rounding decides what is undefined.
    observed = sum(abs(first - second) ** power for first, second in pairs)
    firsts = [sum(first == level for first, _ in pairs) for level in range(levels)]
    seconds = [sum(second == level for _, second in pairs) for level in range(levels)]
    expected = sum(
        one * other * abs(first - second) ** power
        for first, one in enumerate(firsts)
        for second, other in enumerate(seconds)
    )
    return 1 - observed * len(pairs) / expected if expected else None


def percent_agreement(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Return how many of 100 pairs are equal; None without pairs."""
    if not pairs:
        return None
    return 100 * sum(first == second for first, second in pairs) / len(pairs)
