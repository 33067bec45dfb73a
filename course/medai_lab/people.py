"""Fictional people: the five of module E0 and a seeded generator of examinees.

Knows plausible ranges, not real persons: means and spreads are rounded by hand towards published
sex and age summaries of Korean general screening, and every row is drawn at random. Must not know
cut-offs, judgements or files. Good for practice, useless for statistics about Korea.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from medai_lab.labels import t

OLDEST, YOUNGEST = 79, 20


def five_people() -> pd.DataFrame:
    """Return the five fictional people of module E0, as they were typed in.

    Columns: name, sex ("M" or "F"), age (years), height_cm, weight_kg. One height is typed in
    metres on purpose. 가상의 다섯 사람입니다. 키 하나는 일부러 미터로 적어 두었습니다.
    """
    rows = [
        (t("가람", "Garam"), "M", 46, 172.0, 74.5),
        (t("나래", "Narae"), "F", 38, 163.0, 47.5),
        (t("다온", "Daon"), "F", 61, 155.0, 59.0),
        (t("라온", "Raon"), "M", 29, 1.81, 68.0),
        (t("마루", "Maru"), "M", 53, 168.5, 82.0),
    ]
    return pd.DataFrame(rows, columns=["name", "sex", "age", "height_cm", "weight_kg"])


def example_examinees(n: int = 100, seed: int = 0) -> pd.DataFrame:
    """Return `n` fictional examinees; the same `n` and `seed` give the same table again.

    가상의 수검자 `n`명입니다. 같은 `n`과 `seed`는 언제나 같은 표가 됩니다.

    Columns and units: sex ("M" or "F"), age (years), height_cm, weight_kg, waist_cm, sbp and dbp
    (mmHg), fasting_glucose, hdl, triglyceride, ldl and total_cholesterol (mg/dL), hemoglobin
    (g/dL), ast, alt and ggt (U/L), creatinine (mg/dL). No value is missing.

    Raises:
        ValueError: `n` is negative or not a whole number.
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 0:
        raise ValueError("n은 0 이상의 정수여야 합니다. · n must be a whole number, zero or more.")
    rng = np.random.default_rng(seed)
    male = rng.random(n) < 0.5
    age = rng.integers(YOUNGEST, OLDEST + 1, n)
    decades = (age - 50) / 10
    body = _draw_body(rng, male, decades)
    blood = _draw_blood(rng, male, decades, (body["bmi"] - 23.5) / 3.3)
    table = {"sex": np.where(male, "M", "F"), "age": age, **body, **blood}
    return pd.DataFrame(table).drop(columns="bmi")


def _draw_body(rng: np.random.Generator, male: np.ndarray, decades: np.ndarray) -> dict[str, np.ndarray]:
    n = len(male)
    height = np.where(male, 168.5, 155.5) - 2.0 * decades + rng.normal(0, 5.6, n)
    bmi = np.where(male, 24.6 - 0.2 * decades, 23.2 + 0.6 * decades) + rng.normal(0, 3.2, n)
    bmi = np.clip(bmi, 16.5, 38.0)
    waist = np.where(male, 84.8, 77.0 + 1.0 * decades) + 2.2 * (bmi - 23.9) + rng.normal(0, 3.8, n)
    sbp = (
        np.where(male, 125.5 + 1.8 * decades, 119.5 + 4.0 * decades)
        + 1.1 * (bmi - 23.9)
        + rng.normal(0, 12.5, n)
    )
    dbp = np.where(male, 78.0, 74.0 + 1.4 * decades) + 0.5 * (sbp - 122) + rng.normal(0, 6.0, n)
    return {
        "height_cm": np.round(height, 1),
        "weight_kg": np.round(bmi * (height / 100) ** 2, 1),
        "waist_cm": np.round(np.clip(waist, 55, 130), 1),
        "sbp": _whole(sbp, 85, 200),
        "dbp": _whole(np.minimum(dbp, sbp - 20), 45, 125),
        "bmi": bmi,
    }


def _draw_blood(
    rng: np.random.Generator, male: np.ndarray, decades: np.ndarray, heavy: np.ndarray
) -> dict[str, np.ndarray]:
    """Draw blood values; `heavy` is how many standard deviations the BMI lies above the middle."""
    n = len(male)
    glucose = np.exp(np.where(male, 4.62, 4.57) + 0.03 * decades + 0.04 * heavy + rng.normal(0, 0.15, n))
    glucose *= np.where(rng.random(n) < 0.07, rng.uniform(1.2, 1.9, n), 1.0)  # some have diabetes
    triglyceride = np.exp(np.where(male, 4.88, 4.58 + 0.1 * decades) + 0.18 * heavy + rng.normal(0, 0.48, n))
    hdl = np.where(male, 53.0, 62.0 - 2.4 * decades) - 3.5 * heavy + rng.normal(0, 11.5, n)
    ldl = np.where(male, 115.0 - 1.5 * decades, 116.0 + 4.0 * decades) + 4.0 * heavy + rng.normal(0, 31, n)
    haemoglobin = np.where(male, 15.2 - 0.25 * decades, 13.1) + rng.normal(0, 1.1, n)
    liver = rng.normal(0, 0.28, n) + 0.1 * heavy
    triglyceride = _whole(triglyceride, 30, 900)
    hdl = _whole(hdl, 22, 120)
    ldl = _whole(ldl, 35, 260)
    return {
        "fasting_glucose": _whole(glucose, 62, 320),
        "hdl": hdl,
        "triglyceride": triglyceride,
        "ldl": ldl,
        # Total cholesterol is built from its parts, so that the four lipids agree in every row.
        "total_cholesterol": _whole(
            hdl + ldl + np.minimum(triglyceride, 400) / 5 + rng.normal(0, 3, n), 90, 400
        ),
        "hemoglobin": np.round(np.clip(haemoglobin, 7.5, 18.5), 1),
        "ast": _whole(np.exp(np.where(male, 3.27, 3.10) + 0.8 * liver + rng.normal(0, 0.16, n)), 8, 300),
        "alt": _whole(np.exp(np.where(male, 3.23, 2.90) + 1.3 * liver + rng.normal(0, 0.25, n)), 5, 400),
        "ggt": _whole(np.exp(np.where(male, 3.55, 2.95) + 1.2 * liver + rng.normal(0, 0.45, n)), 4, 700),
        "creatinine": np.round(
            np.clip(np.exp(np.where(male, -0.05, -0.33) + 0.02 * decades + rng.normal(0, 0.18, n)), 0.3, 6.0),
            2,
        ),
    }


def _whole(values: np.ndarray, low: int, high: int) -> np.ndarray:
    return np.rint(np.clip(values, low, high)).astype("int64")
