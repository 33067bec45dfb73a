"""Fictional people are plausible, repeatable and complete."""

from __future__ import annotations

import pandas as pd
import pytest
from medai_lab import example_examinees, five_people

PLAUSIBLE = {
    "age": (20, 79),
    "height_cm": (125, 200),
    "weight_kg": (28, 150),
    "waist_cm": (55, 130),
    "sbp": (85, 200),
    "dbp": (45, 125),
    "fasting_glucose": (62, 320),
    "hdl": (22, 120),
    "triglyceride": (30, 900),
    "ldl": (35, 260),
    "total_cholesterol": (90, 400),
    "hemoglobin": (7.5, 18.5),
    "ast": (8, 300),
    "alt": (5, 400),
    "ggt": (4, 700),
    "creatinine": (0.3, 6.0),
}


def test_five_people_speak_the_language_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names follow the language; numbers do not."""
    monkeypatch.setenv("MEDAI_LANG", "ko")
    korean = five_people()
    monkeypatch.setenv("MEDAI_LANG", "en")
    english = five_people()
    assert list(korean["name"]) == ["가람", "나래", "다온", "라온", "마루"]
    assert list(english["name"]) == ["Garam", "Narae", "Daon", "Raon", "Maru"]
    pd.testing.assert_frame_equal(korean.drop(columns="name"), english.drop(columns="name"))


def test_exactly_one_height_is_in_metres() -> None:
    """The story of E0 needs one, and only one, height typed in metres."""
    heights = five_people()["height_cm"]
    assert list(heights[heights < 3]) == [1.81]
    assert heights[heights >= 3].between(150, 190).all()


def test_same_seed_same_table() -> None:
    """A seed fixes the table; another seed gives another one."""
    pd.testing.assert_frame_equal(example_examinees(50, 7), example_examinees(50, 7))
    assert not example_examinees(50, 7).equals(example_examinees(50, 8))


@pytest.mark.parametrize("seed", range(5))
def test_values_are_plausible_and_complete(seed: int) -> None:
    """Every column holds values that a centre could have measured, and none is missing."""
    table = example_examinees(400, seed)
    assert list(table.columns) == ["sex", *PLAUSIBLE]
    assert table.notna().all().all()
    assert set(table["sex"]) == {"M", "F"}
    for column, (low, high) in PLAUSIBLE.items():
        assert table[column].between(low, high).all(), column
    assert (table["sbp"] > table["dbp"]).all()


def test_sexes_differ_as_in_screening() -> None:
    """Men have more haemoglobin and creatinine and larger waists, women more HDL, on average."""
    means = example_examinees(2000, 3).groupby("sex").mean()
    for column in ("hemoglobin", "creatinine", "waist_cm", "ggt"):
        assert means.loc["M", column] > means.loc["F", column]
    assert means.loc["F", "hdl"] > means.loc["M", "hdl"]


def test_no_examinees_is_an_empty_table() -> None:
    """Zero people is a table with the same columns and no rows."""
    table = example_examinees(0)
    assert len(table) == 0
    assert list(table.columns) == ["sex", *PLAUSIBLE]


@pytest.mark.parametrize("n", [-1, 2.5, "ten", True, None])
def test_bad_number_of_people(n: object) -> None:
    """Anything but a whole number from zero up gets a message in both languages."""
    with pytest.raises(ValueError, match=r"0 이상의 정수.* · .*whole number"):
        example_examinees(n)  # type: ignore[arg-type]
