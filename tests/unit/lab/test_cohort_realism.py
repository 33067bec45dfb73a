"""The cohort agrees with the published summaries, and the measuring would notice if it did not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "cohort_realism.py"


@pytest.fixture(scope="module")
def realism(load_script: Callable[[str], ModuleType]) -> ModuleType:
    return load_script("benchmarks/cohort_realism.py")


@pytest.fixture(scope="module")
def measured(realism: ModuleType) -> tuple[pd.DataFrame, pd.DataFrame]:
    return realism.measure(60_000, 0)


def test_the_cohort_agrees(realism: ModuleType, measured: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """At least 95 % of all cells differ by less than 0.1, and so do those that were not used to calibrate."""
    cells = measured[1]
    assert len(cells) > 1000
    assert realism.agreement(cells).loc["all", "below"] >= 0.95
    alone = cells[~realism.was_fitted(cells)]
    assert len(alone) > 100
    assert realism.agreement(alone).loc["all", "below"] >= 0.95
    assert cells["difference"].notna().all()


def test_a_wrong_cohort_does_not_agree(
    realism: ModuleType, measured: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """Shifted values, wider spreads, other shares and lost correlations are all noticed."""
    table, _ = measured
    summaries = pd.read_csv(realism.DATA / "kr_nhis_marginals_sex_age.csv")
    wrong = table.assign(sbp=table["sbp"] + 3, hdl=table["hdl"] * 1.3, smoking=1)
    moments = realism.compare_moments(wrong, summaries).set_index(["measure", "statistic"])["difference"]
    assert (moments["sbp", "mean"] > 0.15).all()
    assert (moments["hdl", "SD"] > 0.2).all()
    assert (moments["smoke_current", "share"] < -0.05).all()
    published = {"M": pd.read_csv(realism.DATA / "kr_nhis_spearman_male.csv", index_col=0)}
    alone = realism.shuffle_within_cells(table, ["sbp"])
    ranks = realism.compare_ranks(alone, published).set_index("measure")["difference"]
    assert ranks["sbp – dbp"] < -0.5
    assert abs(ranks["ast – alt"]) < 0.1


def test_shuffling_keeps_values_within_sex_and_band(
    realism: ModuleType, measured: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """Only who has which value changes."""
    table = measured[0].head(2000)
    shuffled = realism.shuffle_within_cells(table, ["sbp", "hdl"])
    groups = ["sex", "band"]
    pd.testing.assert_series_equal(
        table.sort_values([*groups, "sbp"])["sbp"].reset_index(drop=True),
        shuffled.sort_values([*groups, "sbp"])["sbp"].reset_index(drop=True),
    )
    assert (table["sbp"] != shuffled["sbp"]).mean() > 0.5


def test_places_and_imitation(realism: ModuleType, measured: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """Places lie evenly between 0 and 1; an imitation keeps distributions and rank correlations."""
    table = measured[0].head(6000)
    places = realism.ranks_within_cells(table, ["sbp", "dbp"])
    assert places.min().min() > 0
    assert places.max().max() < 1
    assert places.mean().tolist() == pytest.approx([0.5, 0.5], abs=1e-6)
    copy = realism.copy_by_method(table, ["sbp", "dbp"])
    assert copy["sbp"].sum() == table["sbp"].sum()
    assert copy["sbp"].corr(copy["dbp"]) == pytest.approx(table["sbp"].corr(table["dbp"]), abs=0.05)


def test_a_classifier_sees_what_is_there(
    realism: ModuleType, measured: tuple[pd.DataFrame, pd.DataFrame]
) -> None:
    """Two halves of one table cannot be told apart; a table with shuffled lipids can."""
    columns = ["total_cholesterol", "hdl", "ldl", "triglyceride"]
    table = measured[0][:4000]
    first, second = table[columns][::2], table[columns][1::2]
    assert realism.tell_apart(first, second) == pytest.approx(0.5, abs=0.06)
    assert realism.tell_apart(first, realism.shuffle_within_cells(table, columns)[columns]) > 0.8


@pytest.mark.parametrize("korean", [True, False])
def test_the_report_says_what_was_not_measured(
    realism: ModuleType, measured: tuple[pd.DataFrame, pd.DataFrame], korean: bool
) -> None:
    """Figures, the worst cells, and that real rows were not compared – unless they were."""
    contest = realism.Contest("self", "같은 생성기", "same generator", 0.5)
    text = realism.render(measured[1], [contest], 60_000, korean)
    assert "60,000" in text
    assert ("| 순위 상관 |" in text) is korean
    assert ("같은 생성기" if korean else "same generator") in text
    assert realism.NOT_MEASURED[0 if korean else 1] in text
    real = realism.Contest("official", "실제 행", "real rows", 0.7)
    assert realism.NOT_MEASURED[1] not in realism.render(measured[1], [contest, real], 60_000, korean)
