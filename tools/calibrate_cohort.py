"""Fit the cohort generator to the published summaries; run once per change of them.

Reads the three `kr_nhis_*.csv` of `course/data`, writes `course/medai_lab/data/cohort.json`: for every sex,
age band and measurement the values at fixed points of a standard normal scale, and per sex the correlation of
those scales. Knows the generator's own steps, so that what is tuned is what learners get. Needs scipy.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import least_squares
from scipy.special import ndtr

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "course" / "data"
sys.path.insert(0, str(ROOT / "course"))

from medai_lab import population  # noqa: E402  (found only through the line above)
from medai_lab.columns import MEASURES  # noqa: E402

KNOTS = np.round(np.linspace(-4, 4, 33), 4)
ITERATIONS = 14
PEOPLE = 120_000
# name in the summaries, limits of a value in a living person who comes on foot
SOURCES = {
    "height_cm": ("height", 120, 205), "weight_kg": ("weight", 28, 160), "waist_cm": ("waistline", 50, 140),
    "sbp": ("SBP", 75, 230), "dbp": ("DBP", 40, 140), "fasting_glucose": ("BLDS", 45, 500),
    "total_cholesterol": ("tot_chole", 70, 480), "hdl": ("HDL_chole", 15, 140),
    "triglyceride": ("triglyceride", 18, 2200), "hemoglobin": ("hemoglobin", 5, 20),
    "creatinine": ("serum_creatinine", 0.3, 16), "ast": ("SGOT_AST", 6, 900), "alt": ("SGOT_ALT", 3, 900),
    "ggt": ("gamma_GTP", 3, 999),
}  # fmt: skip
TAILS = {
    "fasting_glucose": ("high_glucose", 100, 100, 1), "triglyceride": ("high_tg", 150, 150, 1),
    "waist_cm": ("abd_obesity", 90, 85, 1), "hdl": ("low_hdl", 40, 50, -1),
}  # fmt: skip


def main() -> None:
    """Fit everything and write the file that travels with the package."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "course/medai_lab/data/cohort.json")
    out = parser.parse_args().out
    summaries = pd.read_csv(DATA / "kr_nhis_marginals_sex_age.csv")
    cells = [fit_cell(row) for _, row in summaries.iterrows()]
    model = {"z": KNOTS.tolist(), "cells": cells, "copula": {}}
    for sex, name in (("M", "male"), ("F", "female")):
        target = pd.read_csv(DATA / f"kr_nhis_spearman_{name}.csv", index_col=0)
        model["copula"][sex] = tune_copula(model, sex, target)
    fit_ldl(model, summaries)
    out.write_text(as_text(model), encoding="utf-8")


def as_text(model: dict) -> str:
    """JSON with one cell's measure or one matrix row per line, so that changes can be read."""
    pretty = json.dumps(model, ensure_ascii=False, indent=1)
    lines: list[str] = []
    depth = 0
    for line in pretty.split("\n"):
        stripped = line.strip()
        if depth:
            lines[-1] += stripped if stripped.startswith("]") else f"{stripped} ".replace(" ", "")
        else:
            lines.append(line)
        if stripped.endswith("[") and not stripped.startswith(('"cells"', '"M"', '"F"')):
            depth += 1
        elif stripped.startswith("]") and depth:
            depth -= 1
    return "\n".join(lines) + "\n"


def fit_cell(row: pd.Series) -> dict:
    """Return one sex and age band: its share, shapes of all measures, and proportions as published."""
    male = row["sex"] == "Male"
    cell = {
        "sex": "M" if male else "F",
        "band": int(row["age_band"][:2]),
        "n": int(row["n"]),
        "smoke": [float(row[f"smoke_{kind}"]) for kind in ("never", "former", "current")],
        "drinks": float(row["drinks"]),
        "protein": float(row["urine_protein_ge2"]),
        "hearing": float(row["hear_abnormal"]),
        "ldl": [0.0, 1.0],
        "shape": {},
    }
    for name in population.COPULA_ORDER:
        cell["shape"][name] = fit_shape(row, name, male)
    return cell


def fit_shape(row: pd.Series, name: str, male: bool) -> list[float]:
    """Return increasing values at KNOTS whose rounded distribution has the published moments."""
    source, low, high = SOURCES[name]
    step = MEASURES[name].step
    mean, sd, median = (float(row[f"{source}_{part}"]) for part in ("mean", "sd", "p50"))
    logs = (row[f"{source}_logmean"], row[f"{source}_logsd"]) if f"{source}_logsd" in row else None
    banded = MEASURES[name].band > 0
    width = MEASURES[name].band or (1.0 if name == "waist_cm" else step)
    edges, values = _bins(low, high, width, banded)
    centre, spread = (mean + width / 2, np.sqrt(sd**2 - width**2 / 12)) if banded else (mean, sd)
    if name == "weight_kg":  # a band's median says little; the body mass index tells how skew weights are
        skew = (row["bmi_mean"] - row["bmi_p50"]) / row["bmi_sd"]
        median, slack = centre - skew * spread - width / 2, 0.05
    else:
        slack = 0.45
    on_log = logs is not None
    start = np.log(median) if on_log else centre
    pace = (float(logs[1]) if logs is not None else spread) * (KNOTS[1] - KNOTS[0])

    def curve(free: np.ndarray) -> np.ndarray:
        steps = pace * np.exp(np.clip(free[1:], -4, 4))
        half = len(KNOTS) // 2
        x = np.concatenate([-np.cumsum(steps[:half][::-1])[::-1], [0.0], np.cumsum(steps[half:])])
        x = start + free[0] * pace + x
        return np.exp(np.minimum(x, 9)) if on_log else x

    def misses(free: np.ndarray) -> np.ndarray:
        x = curve(free)
        below = ndtr(np.interp(edges, x, KNOTS, left=-8, right=8))
        share = np.diff(np.concatenate([[0.0], below, [1.0]]))
        m = share @ values
        s = np.sqrt(max(share @ (values - m) ** 2, 1e-9))
        middle = x[len(KNOTS) // 2] - (median + width / 2 if banded else median)
        out = [100 * (m - mean) / sd, 60 * (s - sd) / sd]
        out.append(60 * np.sign(middle) * max(abs(middle) - slack * width, 0) / sd)
        if logs is not None:
            # Published logs may be of value + 1, so only the spread and the order of size are asked for.
            lm = share @ np.log(values)
            ls = np.sqrt(max(share @ (np.log(values) - lm) ** 2, 1e-9))
            out += [60 * (lm - logs[0]) / logs[1], 40 * (ls - logs[1]) / logs[1]]
        if name in TAILS:
            column, men, women, side = TAILS[name]
            cut = men if male else women
            p = float(row[column])
            got = share[values >= cut].sum() if side > 0 else share[values < cut].sum()
            out.append(60 * (got - p) / np.sqrt(p * (1 - p)))
        rough = np.diff(free[1:])
        return np.concatenate([out, 0.25 * rough, 0.8 * np.diff(rough), 0.02 * free])

    fitted = least_squares(misses, np.zeros(len(KNOTS)), method="trf", max_nfev=200)
    x = np.clip(curve(fitted.x), low, high)
    return [round(float(v), 3) for v in x]


def _bins(low: float, high: float, width: float, banded: bool) -> tuple[np.ndarray, np.ndarray]:
    """Edges between recorded values, and the recorded values."""
    values = np.round(np.arange(low, high + width / 2, width), 3)
    return (values[1:] if banded else values[1:] - width / 2), values


def tune_copula(model: dict, sex: str, target: pd.DataFrame) -> list[list[float]]:
    """Return the lower triangle of a factor whose finished cohort has the published rank correlations."""
    order = population.COPULA_ORDER
    names = [SOURCES[name][0] for name in order]
    wanted = target.loc[names, names].to_numpy()
    latent = 2 * np.sin(np.pi / 6 * wanted)
    best, best_miss = latent, np.inf
    for _ in range(ITERATIONS):
        latent = _nearest_correlation(latent)
        trial = model | {"copula": {sex: _lower(latent)}}
        people = population.draw_people(PEOPLE, 1, trial)
        mine = people[people["sex"] == sex][[*order]]
        for name in ("height_cm", "weight_kg"):
            mine = mine.assign(**{name: mine[name] // MEASURES[name].band})
        got = mine.rank().corr().to_numpy()
        miss = np.abs(got - wanted).max()
        if miss < best_miss:
            best, best_miss = latent.copy(), miss
        latent = latent + (wanted - got)
    return _lower(best)


def _nearest_correlation(matrix: np.ndarray) -> np.ndarray:
    matrix = np.clip((matrix + matrix.T) / 2, -0.995, 0.995)
    np.fill_diagonal(matrix, 1.0)
    values, vectors = np.linalg.eigh(matrix)
    fixed = vectors @ np.diag(np.maximum(values, 0.004)) @ vectors.T
    scale = np.sqrt(np.diag(fixed))
    return fixed / np.outer(scale, scale)


def _lower(matrix: np.ndarray) -> list[list[float]]:
    factor = np.linalg.cholesky(matrix)
    return [[round(float(v), 4) for v in row[: i + 1]] for i, row in enumerate(factor)]


def fit_ldl(model: dict, summaries: pd.DataFrame) -> None:
    """Set shift and scale per cell, so that LDL from the other lipids has the published mean and SD."""
    for _ in range(3):
        people = population.draw_people(2 * PEOPLE, 2, model)
        for cell, (_, row) in zip(model["cells"], summaries.iterrows(), strict=True):
            mine = people[(people["sex"] == cell["sex"]) & (people["band"] == cell["band"])]["ldl"]
            shift, scale = cell["ldl"]
            change = float(row["LDL_chole_sd"] / mine.std())
            mean = float(row["LDL_chole_mean"])
            cell["ldl"] = [round(mean + (shift - float(mine.mean())) * change, 3), round(scale * change, 4)]


if __name__ == "__main__":
    main()
