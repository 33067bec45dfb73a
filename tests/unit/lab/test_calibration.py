"""What the cohort draws from is what the published summaries say, and can be made from them again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from medai_lab import population

ROOT = Path(__file__).parents[3]
MODEL = json.loads(population.MODEL_FILE.read_text(encoding="utf-8"))
SUMMARIES = pd.read_csv(ROOT / "course" / "data" / "kr_nhis_marginals_sex_age.csv")


@pytest.fixture(scope="module")
def calibrate(load_script: Callable[[str], ModuleType]) -> ModuleType:
    return load_script("tools/calibrate_cohort.py")


def test_cells_are_those_of_the_summaries() -> None:
    """Numbers of people and shares are taken over as they are, in the same order."""
    assert len(MODEL["cells"]) == len(SUMMARIES) == 12
    for cell, (_, row) in zip(MODEL["cells"], SUMMARIES.iterrows(), strict=True):
        assert (cell["sex"], cell["band"]) == (row["sex"][0], int(row["age_band"][:2]))
        assert cell["n"] == row["n"]
        assert cell["smoke"] == [row["smoke_never"], row["smoke_former"], row["smoke_current"]]
        shares = [cell[name] for name in ("drinks", "protein", "hearing")]
        assert shares == [row[name] for name in ("drinks", "urine_protein_ge2", "hear_abnormal")]


def test_shapes_rise_and_have_every_measure() -> None:
    """A higher place never has a lower value; all measures but LDL, which is calculated, have a shape."""
    for cell in MODEL["cells"]:
        assert tuple(cell["shape"]) == population.COPULA_ORDER
        for name, values in cell["shape"].items():
            assert len(values) == len(MODEL["z"]), name
            assert (np.diff(values) >= 0).all(), name


def test_copulas_are_correlations() -> None:
    """Each factor belongs to a matrix with ones on its diagonal."""
    for rows in MODEL["copula"].values():
        assert [len(row) for row in rows] == list(range(1, len(population.COPULA_ORDER) + 1))
        assert [sum(v * v for v in row) for row in rows] == pytest.approx([1] * len(rows), abs=2e-3)


@pytest.mark.parametrize(("place", "name"), [(0, "waist_cm"), (9, "triglyceride"), (5, "height_cm")])
def test_a_shape_can_be_made_again(calibrate: ModuleType, place: int, name: str) -> None:
    """The program in `tools` still gives what is stored."""
    row = SUMMARIES.iloc[place]
    again = calibrate.fit_shape(row, name, row["sex"] == "Male")
    stored = MODEL["cells"][place]["shape"][name]
    assert again == pytest.approx(stored, rel=0.01, abs=0.2)


def test_the_file_is_written_line_by_line(calibrate: ModuleType) -> None:
    """So that a new calibration can be read as a difference."""
    text = calibrate.as_text(MODEL)
    assert json.loads(text) == MODEL
    assert text == population.MODEL_FILE.read_text(encoding="utf-8")
    assert max(len(line) for line in text.split("\n")) < 500
