"""Random numbers of the package are the same everywhere and of the right kind."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from medai_lab.draws import Draws, normal_quantile


def test_the_stream_never_changes() -> None:
    """The numbers are pinned, so that a numpy with another stream cannot go unnoticed."""
    assert Draws(7, 1).uniform(3).tolist() == pytest.approx(PINNED, abs=1e-15)


PINNED = [0.7701409510034742, 0.11192724431768436, 0.1890977332971276]


def test_a_purpose_has_its_own_stream() -> None:
    """What is drawn for one purpose does not depend on how much another one took."""
    assert not np.array_equal(Draws(7, 1).uniform(5), Draws(7, 2).uniform(5))
    assert not np.array_equal(Draws(7, 1).uniform(5), Draws(8, 1).uniform(5))
    assert np.array_equal(Draws(7, 1).uniform(2, 3).ravel(), Draws(7, 1).uniform(6))


@pytest.mark.parametrize("p", [1e-12, 1e-6, 0.001, 0.05, 0.075, 0.3, 0.5, 0.9, 0.925, 0.999999])
def test_normal_quantile_agrees_with_the_standard_library(p: float) -> None:
    """All three pieces of the approximation, and both tails."""
    assert normal_quantile(p) == pytest.approx(NormalDist().inv_cdf(p), abs=1e-9)


def test_numbers_follow_their_distributions() -> None:
    """Uniform within 0 and 1, normal with mean 0 and spread 1, choices as often as weighed."""
    uniform, normal = Draws(1, 1).uniform(20_000), Draws(1, 2).normal(20_000)
    assert 0 < uniform.min() < uniform.max() < 1
    assert uniform.mean() == pytest.approx(0.5, abs=4 * math.sqrt(1 / 12 / 20_000))
    assert (normal.mean(), normal.std()) == pytest.approx((0, 1), abs=0.03)
    chosen = np.bincount(Draws(1, 3).choose(np.array([1.0, 0.0, 3.0]), 20_000), minlength=3)
    assert chosen[1] == 0
    assert chosen[2] / 20_000 == pytest.approx(0.75, abs=0.015)


def test_an_order_holds_everything_once() -> None:
    """Shuffling loses and repeats nothing."""
    order = Draws(3, 1).order(50)
    assert sorted(order) == list(range(50))
    assert list(order) != list(range(50))
