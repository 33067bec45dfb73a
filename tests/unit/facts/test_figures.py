"""Figures that can be calculated again agree with the facts they stand beside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from grader.model.course import FactSheet

ROOT = Path(__file__).parents[3]
SHEET = FactSheet.model_validate(yaml.safe_load((ROOT / "course/facts.yml").read_text(encoding="utf-8")))
FACTS: dict[str, dict[str, Any]] = {fact.id: fact.values for fact in SHEET.facts}
UNITS = FACTS["unit-conversion-factors"]


@pytest.mark.parametrize(
    ("analyte", "published"), [("glucose", 18), ("cholesterol", 38.67), ("triglyceride", 88.57)]
)
def test_a_millimole_weighs_a_tenth_of_the_molar_mass(analyte: str, published: float) -> None:
    """1 mmol/L is molar mass / 10 mg/dL, and rounds to what conversion tables print."""
    factor = UNITS["mg_per_dl_in_one_mmol_per_l"][analyte]
    assert factor == pytest.approx(UNITS["molar_mass_g_per_mol"][analyte] / 10, abs=0.001)
    assert factor == pytest.approx(published, abs=0.05)


def test_creatinine_counts_in_micromoles() -> None:
    """1 mg/dL is 10,000 / molar mass µmol/L: 88.4 in tables."""
    factor = UNITS["umol_per_l_in_one_mg_per_dl"]["creatinine"]
    assert factor == pytest.approx(10_000 / UNITS["molar_mass_g_per_mol"]["creatinine"], abs=0.01)
    assert round(factor, 1) == 88.4


@pytest.mark.parametrize(("prevalence", "told"), [(0.005, "4.3"), (0.05, "32.1"), (0.2, "69.2")])
def test_predictive_values_of_the_lesson(prevalence: float, told: str) -> None:
    """At 90 % sensitivity and specificity, Bayes' rule gives what both lessons tell."""
    found, called = 0.9 * prevalence, 0.9 * prevalence + 0.1 * (1 - prevalence)
    assert f"{100 * found / called:.1f}" == told
    for language in ("ko", "en"):
        lesson = (ROOT / f"course/modules/e4-is-it-any-good/lesson.{language}.md").read_text(encoding="utf-8")
        assert f"{told}%" in lesson


@pytest.mark.parametrize(
    ("study", "with_ai", "without", "difference"),
    [
        ("masai-trial", "detected_ai_per_1000", "detected_standard_per_1000", "detected_difference_percent"),
        ("praim-study", "detected_ai_per_1000", "detected_standard_per_1000", "difference_percent"),
        ("ai-stream-study", "detected_ai_per_1000", "detected_without_per_1000", "difference_percent"),
    ],
)
def test_relative_differences_follow_from_the_rates(
    study: str, with_ai: str, without: str, difference: str
) -> None:
    """A reported difference lies within what the rounded rates allow."""
    values = FACTS[study]
    decimals = [len(str(values[name]).partition(".")[2]) for name in (with_ai, without)]
    half = 0.5 * 10.0 ** -min(decimals)
    low = (values[with_ai] - half) / (values[without] + half)
    high = (values[with_ai] + half) / (values[without] - half)
    assert low <= 1 + values[difference] / 100 <= high


def test_the_diabetes_score_fits_its_own_counts() -> None:
    """Share flagged and predictive value follow from sensitivity, specificity and the people studied."""
    score = FACTS["korean-diabetes-score"]
    found = score["diseased"] * score["sensitivity_percent"] / 100
    alarms = (score["people"] - score["diseased"]) * (1 - score["specificity_percent"] / 100)
    assert 100 * (found + alarms) / score["people"] == pytest.approx(score["flagged_percent"], abs=1)
    assert 100 * found / (found + alarms) == pytest.approx(score["ppv_percent"], abs=0.6)


def test_epic_missed_two_thirds() -> None:
    """The share of missed cases that the lesson tells is missed / all."""
    epic = FACTS["epic-sepsis-v1"]
    assert round(100 * epic["missed"] / epic["sepsis"]) == 67
