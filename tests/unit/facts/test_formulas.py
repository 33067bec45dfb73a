"""Formulas and criteria in the fact sheet give the values that their sources publish."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from grader.model.course import FactSheet

ROOT = Path(__file__).parents[3]
SHEET = FactSheet.model_validate(yaml.safe_load((ROOT / "course/facts.yml").read_text(encoding="utf-8")))
FACTS = {fact.id: fact for fact in SHEET.facts}
CKD_EPI: dict[str, Any] = FACTS["ckd-epi-2021"].values


def estimate_gfr(scr: float, age: float, sex: str) -> float:
    """CKD-EPI 2021 from the fact's coefficients, mL/min/1.73 m²."""
    ratio = scr / CKD_EPI["kappa"][sex]
    power = CKD_EPI["alpha"][sex] if ratio < 1 else CKD_EPI["max_exponent"]
    women = CKD_EPI["female_factor"] if sex == "F" else 1.0
    return float(CKD_EPI["factor"] * ratio**power * CKD_EPI["age_base"] ** age * women)


@pytest.mark.parametrize("vector", CKD_EPI["vectors"])
def test_ckd_epi_gives_the_published_values(vector: dict[str, Any]) -> None:
    """The coefficients reproduce each published value to the published decimals."""
    value = estimate_gfr(vector["scr"], vector["age"], vector["sex"])
    assert round(value, vector["decimals"]) == vector["egfr"]


def test_published_values_are_the_sources() -> None:
    """The vectors are those of the National Kidney Foundation, so they cannot drift with the coefficients."""
    vectors = {(v["sex"], v["age"], v["scr"]): v["egfr"] for v in CKD_EPI["vectors"]}
    assert vectors == {("F", 55, 0.9): 75.5, ("M", 60, 1.5): 53.0}


@pytest.mark.parametrize(
    ("scr", "age", "sex", "told"),
    [(1.1, 30, "M", 92.6), (1.1, 75, "F", 52.4), (1.36, 60, "M", 59.6), (1.0, 52, "F", 67.8)],
)
def test_lesson_examples_are_computed(scr: float, age: int, sex: str, told: float) -> None:
    """Every eGFR that the E3 lesson tells comes out of the fact's coefficients and stands in both lessons."""
    assert round(estimate_gfr(scr, age, sex), 1) == told
    for language in ("ko", "en"):
        lesson = (ROOT / f"course/modules/e3-judgements/lesson.{language}.md").read_text(encoding="utf-8")
        assert str(told) in lesson
        assert str(scr) in lesson


def test_kidney_grades_fall_without_gaps() -> None:
    """KDIGO grades start at falling values and end at zero, so that every value has a grade."""
    starts = list(FACTS["kdigo-g"].values["at_least"].values())
    assert starts == sorted(starts, reverse=True)
    assert starts[-1] == 0


def test_waist_cutoffs_agree_between_society_and_syndrome() -> None:
    """The society's abdominal obesity and the syndrome's waist component use the same cut-offs."""
    assert (
        FACTS["ksso-obesity"].values["waist_at_least"]
        == FACTS["metabolic-syndrome-criteria"].values["waist_at_least"]
    )


def test_worked_case_counts_three() -> None:
    """The lesson's fictional examinee meets three components whatever the missing glucose is."""
    limits = FACTS["metabolic-syndrome-criteria"].values
    met = [
        limits["waist_at_least"]["F"] <= 84.0,
        limits["triglyceride_at_least"] <= 162,
        limits["hdl_below"]["F"] > 48,
        limits["sbp_at_least"] <= 128 or limits["dbp_at_least"] <= 86,
    ]
    assert sum(met) == limits["needed"]
