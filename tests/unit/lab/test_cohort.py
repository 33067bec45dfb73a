"""The fictional cohort: repeatable, in the official file's shape, and nobody real in it."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pandas as pd
import pytest
from medai_lab import example_examinees, in_short_names, make_cohort
from medai_lab.columns import CENTRE, EXAMINED, HEADERS, MEASURES, OFFICIAL_COLUMNS, REGISTRATION, age_of_code

CODES = {
    "sex": {1, 2},
    "age_code": set(range(5, 19)),
    "hearing_left": {1, 2},
    "hearing_right": {1, 2},
    "urine_protein": {1, 2, 3, 4, 5, 6},
    "smoking": {1, 2, 3},
    "drinking": {0, 1},
    "dental_exam": {0, 1},
}
# A person who comes on foot: wider than what is drawn, narrower than what a typing mistake gives.
LIVING = {
    "height_cm": (120, 205),
    "weight_kg": (25, 165),
    "waist_cm": (50, 140),
    "sbp": (70, 235),
    "dbp": (30, 145),
    "fasting_glucose": (40, 520),
    "total_cholesterol": (60, 500),
    "hdl": (12, 150),
    "triglyceride": (15, 2300),
    "ldl": (10, 400),
    "hemoglobin": (4, 20.5),
    "creatinine": (0.2, 17),
    "ast": (5, 950),
    "alt": (2, 950),
    "ggt": (2, 999),
}


@pytest.fixture(scope="module")
def plain() -> pd.DataFrame:
    """The cohort before centres and mistakes."""
    return make_cohort(4000, seed=3, centres=(), defects=False).frame


def test_same_arguments_same_cohort() -> None:
    """A seed fixes frame and key; another seed gives other people."""
    first, second = make_cohort(300, seed=5), make_cohort(300, seed=5)
    pd.testing.assert_frame_equal(first.frame, second.frame)
    pd.testing.assert_frame_equal(first.key, second.key)
    assert not first.frame.equals(make_cohort(300, seed=6).frame)


def test_the_cohort_never_changes() -> None:
    """Pinned, because tests and lesson texts quote it: a change here is a new edition of the cohort."""
    cohort = make_cohort(300, seed=11)
    text = cohort.frame.to_csv(index=False) + cohort.key.to_csv(index=False)
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == PINNED


PINNED = "b76fe4a7e0cee85a"


def test_people_stay_when_centres_and_mistakes_go() -> None:
    """Turning centres, mistakes or bands off changes how people are written down, not who they are."""
    plain = make_cohort(400, seed=5, centres=(), defects=False).frame
    centres = make_cohort(400, seed=5, defects=False).frame
    exact = make_cohort(400, seed=5, centres=(), defects=False, bands=False).frame
    same = [HEADERS[name] for name in ("serial", "sex", "age_code", "ast", "alt", "ggt", "smoking")]
    pd.testing.assert_frame_equal(plain[same], centres[same])
    assert (exact["나이"] // 5 * 5).clip(upper=85).tolist() == [
        age_of_code(code) for code in plain[HEADERS["age_code"]]
    ]
    for name, header, width in (("신장", "height_cm", 5), ("체중", "weight_kg", 5)):
        assert (exact[name] // width * width).tolist() == plain[HEADERS[header]].tolist()


def test_columns_are_those_of_the_official_file(plain: pd.DataFrame) -> None:
    """Three columns of the course, then the official ones in their order."""
    assert tuple(plain.columns) == (CENTRE, REGISTRATION, EXAMINED, *OFFICIAL_COLUMNS)
    assert tuple(make_cohort(10).official.columns) == OFFICIAL_COLUMNS
    assert len(OFFICIAL_COLUMNS) == 33


def test_codes_and_bands_are_those_of_the_official_file(plain: pd.DataFrame) -> None:
    """Codes take their values and no other, and all of them; bands start at multiples of 5."""
    for name, codes in CODES.items():
        assert set(plain[HEADERS[name]].unique()) == codes, name
    for name in ("height_cm", "weight_kg"):
        assert (plain[HEADERS[name]] % 5 == 0).all()
    sight = plain[HEADERS["sight_left"]]
    assert (sight.between(0.1, 2.0) | (sight == 9.9)).all()
    assert (sight == 9.9).any()
    assert [age_of_code(code) for code in (1, 5, 18, 0, 19, 5.5, float("nan"))] == [*(0, 20, 85), *[None] * 4]


def test_people_are_possible_and_complete(plain: pd.DataFrame) -> None:
    """Without centres and mistakes every measure is there, at its step, and could be a person's."""
    for name, (low, high) in LIVING.items():
        values = plain[HEADERS[name]]
        assert values.between(low, high).all(), name
        step = 1 if MEASURES[name].band else MEASURES[name].step
        assert np.allclose(values / step, (values / step).round(), atol=1e-6), name
    assert set(LIVING) == set(MEASURES)
    assert (plain[HEADERS["sbp"]] > plain[HEADERS["dbp"]]).all()
    missing = plain.isna().any()
    assert set(missing[missing].index) == {
        HEADERS[name]
        for name in ("dental_caries", "missing_teeth", "dental_wear", "wisdom_teeth", "dental_calculus")
    }


def test_lipids_agree_in_every_row(plain: pd.DataFrame) -> None:
    """LDL follows from the other three lipids, as in a laboratory: no row has more LDL than cholesterol."""
    table = in_short_names(plain)
    calculated = table["total_cholesterol"] - table["hdl"] - table["triglyceride"].clip(upper=400) / 5
    gap = (table["ldl"] - calculated).abs()
    assert gap.median() < 6
    assert gap.quantile(0.95) < 20
    assert (table["ldl"] < table["total_cholesterol"]).mean() > 0.999


def test_days_are_working_days_of_one_year(plain: pd.DataFrame) -> None:
    """Dates are real days, in order, without Sundays, and crowd towards the end of the year."""
    days = pd.to_datetime(plain[EXAMINED], format="%Y-%m-%d")
    assert days.is_monotonic_increasing
    assert set(days.dt.year) == {2025}
    assert 7 not in set(days.dt.isocalendar().day)
    assert (days.dt.month == 12).sum() > 1.3 * (days.dt.month == 1).sum()


def test_nobody_in_it_can_be_real() -> None:
    """Numbers say that they are fictional or lie above the official ones; no text looks like another."""
    frame = make_cohort(500, seed=1).frame
    assert frame[REGISTRATION].str.fullmatch(r"가상-\d{7}").all()
    assert frame[HEADERS["serial"]].min() > 90_000_000
    text = frame.to_csv(index=False)
    for pattern in (r"\d{6}-[0-9]\d{6}", r"\b01\d-?\d{3,4}-?\d{4}\b", r"[\w.]+@[\w.]+", r"\b\d{13}\b"):
        assert not re.search(pattern, text)


def test_exact_columns_replace_bands() -> None:
    """A centre's own table holds years, centimetres and kilograms instead of codes and bands."""
    frame = make_cohort(50, seed=1, bands=False, defects=False).frame
    assert {"나이", "신장", "체중"} < set(frame.columns)
    assert not {HEADERS[name] for name in ("age_code", "height_cm", "weight_kg")} & set(frame.columns)
    assert frame["나이"].between(20, 94).all()


def test_short_names_fit_the_judging_code() -> None:
    """The short names are those of the examinees of module E3; the original table stays as it was."""
    frame = make_cohort(50, seed=1, defects=False, bands=False).frame
    before = frame.copy()
    short = in_short_names(frame)
    assert set(example_examinees(1).columns) <= set(short.columns)
    assert set(short["sex"]) == {"M", "F"}
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize("n", [0, 1, 2, 7, 61])
def test_small_cohorts(n: int) -> None:
    """Any number of people gives the same columns; nobody at all gives no rows and an empty key."""
    cohort = make_cohort(n, seed=2)
    assert tuple(cohort.frame.columns) == (CENTRE, REGISTRATION, EXAMINED, *OFFICIAL_COLUMNS)
    assert len(cohort.frame) >= n
    assert len(make_cohort(n, seed=2, defects=False).frame) == n
    if n == 0:
        assert len(cohort.frame) == len(cohort.key) == 0


@pytest.mark.parametrize("bad", [-1, 2.5, "ten", True, None])
def test_bad_arguments(bad: object) -> None:
    """Anything but a whole number from zero up gets a message in both languages."""
    with pytest.raises(ValueError, match=r"n에는 0 이상의 정수.* · n must be a whole number"):
        make_cohort(bad)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="seed"):
        make_cohort(5, seed=bad)  # type: ignore[arg-type]
