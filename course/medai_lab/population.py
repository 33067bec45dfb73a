"""Fictional examinees with the distributions of Korean general screening, before any centre touches them.

Knows the calibration in `data/cohort.json` (summaries by sex and age band and rank correlations by sex, no
person's row) and how values hang together in one person. Must not know centres, defects, headers or files.

What is calibrated: the distribution of every measure in each sex and age band, the rank correlations between
measures in each sex, and the shares of smokers, drinkers, urine protein and abnormal hearing. Assumed are
eyesight, dental results, and how strongly smoking, drinking and urine protein go with measures (`LINKS`).
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from medai_lab.columns import MEASURES
from medai_lab.draws import Draws, normal_quantile

MODEL_FILE = Path(__file__).with_name("data") / "cohort.json"
COPULA_ORDER = (
    "height_cm",
    "weight_kg",
    "waist_cm",
    "sbp",
    "dbp",
    "fasting_glucose",
    "total_cholesterol",
    "hdl",
    "triglyceride",
    "hemoglobin",
    "creatinine",
    "ast",
    "alt",
    "ggt",
)
LINKS: dict[str, dict[str, float]] = {
    "smoking": {"hemoglobin": 0.12, "triglyceride": 0.10, "hdl": -0.10, "ggt": 0.12},
    "drinking": {"ggt": 0.25, "hdl": 0.15, "sbp": 0.08},
    "urine_protein": {"fasting_glucose": 0.15, "sbp": 0.12, "creatinine": 0.15},
}
"""Assumed, not calibrated: weights of measures in what makes somebody smoke, drink or lose protein."""

BLIND = 9.9
"""The official file's code for a blind eye."""
OLDEST = 94
_CELL, _AGE, _MEASURES, _HABITS, _NOISE, _SENSES, _TEETH = range(1, 8)
_ABOVE_70 = 0.92 ** np.arange(OLDEST - 70 + 1)
_PROTEIN_STEPS = np.cumsum([0.50, 0.30, 0.13, 0.05, 0.02])  # codes 2 to 6 among those with any protein
_WHOLE_WAISTS = 0.75  # most waists are written down in whole centimetres
_LEAST_PULSE_PRESSURE = 12


@cache
def _model() -> dict[str, Any]:
    model: dict[str, Any] = json.loads(MODEL_FILE.read_text(encoding="utf-8"))
    return model


def draw_people(n: int, seed: int, model: dict[str, Any] | None = None) -> pd.DataFrame:
    """Return `n` fictional people as measured, in short column names; nothing is missing.

    Columns: sex ("M" or "F"), band (first year of the ten-year age band), age, every short name of
    `columns.MEASURES` in its unit, and the codes of the official file for sight, hearing, urine protein,
    smoking, drinking and teeth.
    """
    model = model or _model()
    cells = model["cells"]
    cell = Draws(seed, _CELL).choose(np.array([c["n"] for c in cells], dtype="float64"), n)
    sex = np.array([c["sex"] for c in cells])[cell]
    band = np.array([c["band"] for c in cells])[cell]
    normal = _correlated(model, sex, Draws(seed, _MEASURES).normal(n, len(COPULA_ORDER)))
    table: dict[str, np.ndarray] = {
        "sex": sex,
        "band": band,
        "age": _ages(band, Draws(seed, _AGE).uniform(n)),
    }
    table |= _measures(model, cell, normal, Draws(seed, _NOISE))
    table |= _habits(cells, cell, normal, Draws(seed, _HABITS))
    table |= _senses(cells, cell, table["age"], Draws(seed, _SENSES))
    table |= _teeth(n, Draws(seed, _TEETH))
    return pd.DataFrame(table)


def _correlated(model: dict[str, Any], sex: np.ndarray, normal: np.ndarray) -> np.ndarray:
    out = normal.copy()
    for name, rows in model["copula"].items():
        mine = normal[sex == name]
        # Summed column by column: a matrix product may add in another order on another processor.
        for i, row in enumerate(rows):
            out[sex == name, i] = sum(mine[:, j] * weight for j, weight in enumerate(row))
    return out


def _ages(band: np.ndarray, u: np.ndarray) -> np.ndarray:
    oldest = 70 + np.searchsorted(np.cumsum(_ABOVE_70) / _ABOVE_70.sum(), u, side="right")
    return np.where(band < 70, band + np.floor(10 * u), np.minimum(oldest, OLDEST)).astype("int64")


def _measures(
    model: dict[str, Any], cell: np.ndarray, normal: np.ndarray, draws: Draws
) -> dict[str, np.ndarray]:
    table = {name: np.empty(len(cell)) for name in COPULA_ORDER}
    for number, shape in enumerate(c["shape"] for c in model["cells"]):
        mine = cell == number
        for i, name in enumerate(COPULA_ORDER):
            table[name][mine] = np.interp(normal[mine, i], model["z"], shape[name])
    for name in COPULA_ORDER:
        table[name] = _recorded(table[name], MEASURES[name].step)
    n = len(cell)
    whole = draws.uniform(n) < _WHOLE_WAISTS
    table["waist_cm"] = np.where(whole, np.rint(table["waist_cm"]), table["waist_cm"])
    table["dbp"] = np.minimum(table["dbp"], table["sbp"] - _LEAST_PULSE_PRESSURE)
    # LDL is built from its parts, so that the four lipids agree in every row.
    ldl = table["total_cholesterol"] - table["hdl"] - np.minimum(table["triglyceride"], 400) / 5
    ldl += 3 * draws.normal(n)
    shift, scale = np.array([c["ldl"] for c in model["cells"]])[cell].T
    table["ldl"] = _recorded(np.clip(shift + scale * ldl, 12, 380), 1.0)
    return table


def _recorded(values: np.ndarray, step: float) -> np.ndarray:
    return np.round(np.rint(values / step) * step, 1)


def _habits(
    cells: list[dict[str, Any]], cell: np.ndarray, normal: np.ndarray, draws: Draws
) -> dict[str, np.ndarray]:
    """Return codes for smoking (1 never, 2 former, 3 current), drinking (0, 1) and urine protein (1 to 6)."""
    n = len(cell)
    own = draws.uniform(n, 3)
    ranks = {}
    for i, (name, weights) in enumerate(LINKS.items()):
        score = sum(weight * normal[:, COPULA_ORDER.index(measure)] for measure, weight in weights.items())
        ranks[name] = _even_ranks(score, normal_quantile(own[:, i]), cell)
    never, former, _ = np.array([c["smoke"] for c in cells])[cell].T
    smoking = 1 + (ranks["smoking"] >= never).astype("int64") + (ranks["smoking"] >= never + former)
    drinks = np.array([c["drinks"] for c in cells])[cell]
    clear = 1 - np.array([c["protein"] for c in cells])[cell]
    depth = (ranks["urine_protein"] - clear) / np.maximum(1 - clear, 1e-9)
    protein = np.where(depth < 0, 1, 2 + np.searchsorted(_PROTEIN_STEPS[:-1], depth, side="right"))
    return {
        "urine_protein": protein.astype("int64"),
        "smoking": smoking.astype("int64"),
        "drinking": (ranks["drinking"] >= 1 - drinks).astype("int64"),
    }


def _even_ranks(score: np.ndarray, noise: np.ndarray, cell: np.ndarray) -> np.ndarray:
    """Return where each person stands, between 0 and 1, among those of the same sex and age band."""
    if len(score) == 0:
        return score
    spread = float(np.std(score)) if len(score) > 1 else 0.0
    total = np.round(score + np.sqrt(max(1 - spread**2, 0.0)) * noise, 9)
    order = np.lexsort((total, cell))
    size = np.bincount(cell)
    first = np.cumsum(size) - size
    rank = np.empty(len(score))
    rank[order] = np.arange(len(score)) - np.repeat(first, size)
    return (rank + 0.5) / size[cell]


def _senses(
    cells: list[dict[str, Any]], cell: np.ndarray, age: np.ndarray, draws: Draws
) -> dict[str, np.ndarray]:
    """Return sight (0.1 to 2.0, or the code for a blind eye) and hearing (1 normal, 2 not) of both ears."""
    n = len(cell)
    both, left, right = draws.normal(n, 3).T
    out: dict[str, np.ndarray] = {}
    for side, own in (("left", left), ("right", right)):
        sight = np.exp(0.10 - 0.012 * (age - 40) + 0.33 * (0.84 * both + 0.54 * own))
        out[f"sight_{side}"] = np.round(np.clip(sight, 0.1, 2.0), 1)
    blind, which = draws.uniform(n, 2).T
    out["sight_left"][(blind < 0.003) & (which < 0.5)] = BLIND
    out["sight_right"][(blind < 0.003) & (which >= 0.5)] = BLIND
    hard, ear = draws.uniform(n, 2).T
    hard = hard < np.array([c["hearing"] for c in cells])[cell]
    out["hearing_left"] = 1 + (hard & (ear < 0.725)).astype("int64")
    out["hearing_right"] = 1 + (hard & (ear > 0.275)).astype("int64")
    return out


def _teeth(n: int, draws: Draws) -> dict[str, np.ndarray]:
    """Return dental results; two in three are not examined, and three columns are empty in every year."""
    examined, caries, calculus = draws.uniform(n, 3).T
    seen = examined < 0.35
    empty = np.full(n, np.nan)
    return {
        "dental_exam": seen.astype("int64"),
        "dental_caries": np.where(seen, caries < 0.22, np.nan),
        "missing_teeth": empty,
        "dental_wear": empty.copy(),
        "wisdom_teeth": empty.copy(),
        "dental_calculus": np.where(seen, calculus < 0.55, np.nan),
    }
