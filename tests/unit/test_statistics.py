"""Formulas against independent computations: scikit-learn, NumPy, and sums written out."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from grader.statistics import (
    GROUP_SHARE,
    Weights,
    correlate,
    describe_items,
    mean_share,
    percent_agreement,
    weighted_kappa,
)

Scores = dict[str, list[float]]


def by_item(rows: list[dict[str, float]]) -> Scores:
    """Turn one mapping per person into one list per item."""
    return {item: [row[item] for row in rows] for item in rows[0]}


def some_class(people: int, seed: int = 3) -> tuple[Scores, dict[str, float]]:
    """Scores of a made-up class whose better people solve more."""
    chance = random.Random(seed)
    maxima = {"easy": 1.0, "fair": 2.0, "hard": 5.0, "coin": 1.0}
    rows = []
    for _ in range(people):
        skill = chance.random()
        rows.append(
            {
                "easy": float(chance.random() < 0.6 + 0.4 * skill),
                "fair": 2.0 * (chance.random() < skill),
                "hard": 5.0 * (chance.random() < skill / 2),
                "coin": float(chance.random() < 0.5),
            }
        )
    return by_item(rows), maxima


def test_items_agree_with_numpy() -> None:
    scores, maxima = some_class(203)
    found = describe_items(scores, maxima)
    table = np.array(list(scores.values())).T
    for number, (item, maximum) in enumerate(maxima.items()):
        rest = np.delete(table, number, axis=1).sum(axis=1)
        assert found[item].count == 203
        assert found[item].difficulty == pytest.approx(table[:, number].mean() / maximum)
        assert found[item].item_total == pytest.approx(np.corrcoef(table[:, number], rest)[0, 1])
    assert found["fair"].item_total > found["coin"].item_total


def test_upper_and_lower_group_by_hand() -> None:
    """Ten people, so three in each group; totals differ, so nobody ties."""
    rows = [{"asked": float(number >= 6), "filler": number / 100} for number in range(10)]
    found = describe_items(by_item(rows), {"asked": 1.0, "filler": 1.0})
    assert round(GROUP_SHARE * 10) == 3
    assert found["asked"].upper_lower == pytest.approx(1.0)
    assert found["filler"].upper_lower == pytest.approx((0.09 + 0.08 + 0.07) / 3 - (0.00 + 0.01 + 0.02) / 3)


@given(st.permutations(range(12)))
def test_order_of_people_changes_nothing(order: list[int]) -> None:
    scores, maxima = some_class(12)
    mixed = {item: [column[number] for number in order] for item, column in scores.items()}
    found = describe_items(mixed, maxima)
    for item, expected in describe_items(scores, maxima).items():
        assert found[item].upper_lower == pytest.approx(expected.upper_lower)
        assert found[item].item_total == pytest.approx(expected.item_total)


def test_what_is_undefined_is_none() -> None:
    assert describe_items({"a": []}, {"a": 1.0})["a"].difficulty is None
    assert describe_items({}, {}) == {}
    alone = describe_items({"a": [1.0]}, {"a": 1.0})["a"]
    assert (alone.difficulty, alone.item_total, alone.upper_lower) == (1.0, None, None)
    same = describe_items({"a": [1.0] * 30, "b": [0.1] * 30}, {"a": 1.0, "b": 1.0})
    assert same["b"].difficulty == pytest.approx(0.1)
    assert same["b"].item_total is None
    assert same["b"].upper_lower is None
    assert mean_share([], 1.0) is None
    assert correlate([0.1] * 1000, list(range(1000))) is None
    assert describe_items({"a": [1.0], "free": [0.0]}, {"a": 1.0, "free": 0.0}).keys() == {"a"}


def test_a_missing_score_is_no_zero() -> None:
    with pytest.raises(ValueError, match="everybody"):
        describe_items({"a": [1.0, 0.0], "b": [1.0]}, {"a": 1.0, "b": 1.0})


PAIRS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=60)


@pytest.mark.parametrize("weights", Weights)
@given(pairs=PAIRS)
def test_kappa_agrees_with_scikit_learn(weights: Weights, pairs: list[tuple[int, int]]) -> None:
    found = weighted_kappa(pairs, 4, weights)
    firsts, seconds = zip(*pairs, strict=True)
    if len(set(firsts) | set(seconds)) == 1:
        assert found is None
        return
    expected = cohen_kappa_score(firsts, seconds, labels=range(4), weights=str(weights))
    assert found == pytest.approx(expected)


def test_kappa_summed_by_hand() -> None:
    """Twenty answers, four levels, two markers."""
    pairs = [(0, 0)] * 5 + [(1, 1)] * 5 + [(2, 2)] * 4 + [(2, 3)] + [(3, 3)] * 4 + [(3, 1)]
    # Observed: 1 + 4 = 5. Expected: level counts 5,5,5,5 and 5,6,4,5 give 5 * (5*14+6*6+4*6+5*14) = 1000.
    assert weighted_kappa(pairs) == pytest.approx(1 - 5 * 20 / 1000)
    assert percent_agreement(pairs) == 90.0


def test_kappa_refuses_levels_that_do_not_exist() -> None:
    with pytest.raises(ValueError, match="0 to 3"):
        weighted_kappa([(0, 4)])
    assert weighted_kappa([]) is None
    assert percent_agreement([]) is None
