"""The page on assignments explains every kind of mutant, with the numbers that the code keeps to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from grader.authoring.mutant_trials import MUTANT_LIMITS, NEEDED_PERCENT
from grader.authoring.mutants import MOST_MUTANTS
from grader.authoring.mutation import OPERATORS, TABLE_VALUES
from grader.text import Language

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("language", Language)
def test_every_operator_is_explained(language: Language) -> None:
    """No kind of mutant goes without a row, and no row is about a kind that is gone."""
    text = (ROOT / "docs" / language / "reference" / "assignments.md").read_text(encoding="utf-8")
    section = text.partition("{#mutants}")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ((?:`[a-z]+` ?)+)\|", section, re.MULTILINE)
    assert sorted(re.findall(r"`([a-z]+)`", " ".join(rows))) == sorted(OPERATORS)
    numbers = set(re.findall(r"\d+", section))
    assert {str(NEEDED_PERCENT), str(MOST_MUTANTS), str(TABLE_VALUES)} <= numbers
    assert f"{MUTANT_LIMITS.cell_timeout_s:g}" in numbers
