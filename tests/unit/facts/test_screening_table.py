"""The screening table in the fact sheet: what it says, and that lessons say the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from grader.model.course import FactSheet, FactStatus

ROOT = Path(__file__).parents[3]
MODULE = ROOT / "course/modules/e3-judgements"
SHEET = FactSheet.model_validate(yaml.safe_load((ROOT / "course/facts.yml").read_text(encoding="utf-8")))
FACTS = {fact.id: fact for fact in SHEET.facts}
ITEMS: dict[str, dict[str, Any]] = FACTS["screening-table"].values["items"]
BOUNDS = ("below", "at_most", "at_least", "above")

# As printed in the transcriptions: item, sex → results from the lowest value up. A dash is a range.
PRINTED = {
    ("sbp", "M"): "A <120 | B 120-139 | S >=140",
    ("dbp", "F"): "A <80 | B 80-89 | S >=90",
    ("bmi", "F"): "B <18.5 | A 18.5-24.9 | B 25-29.9 | S >=30",
    ("waist_cm", "M"): "A <90 | S >=90",
    ("waist_cm", "F"): "A <85 | S >=85",
    ("hemoglobin", "M"): "S <12.0 | B 12.0-12.9 | A 13.0-16.5",
    ("hemoglobin", "F"): "S <10.0 | B 10.0-11.9 | A 12.0-15.5",
    ("fasting_glucose", "M"): "A <100 | B 100-125 | S >=126",
    ("total_cholesterol", "F"): "A <200 | B 200-239 | S >=240",
    ("hdl", "M"): "S <40 | B 40-59 | A >=60",
    ("triglyceride", "F"): "A <150 | B 150-199 | S >=200",
    ("ldl", "M"): "A <130 | B 130-159 | S >=160",
    ("ast", "F"): "A <=40 | B 41-50 | S >=51",
    ("alt", "M"): "A <=35 | B 36-45 | S >=46",
    ("ggt", "M"): "A 11-63 | B 64-77 | S >=78",
    ("ggt", "F"): "A 8-35 | B 36-45 | S >=46",
    ("creatinine", "M"): "A <=1.5 | S >1.5",
    ("egfr", "F"): "S <60 | A >=60",
}


def _cells(item: str, sex: str) -> list[dict[str, Any]]:
    cells = [cell for cell in ITEMS[item]["cells"] if cell.get("sex", sex) == sex]
    return sorted(cells, key=lambda cell: cell.get("at_least", cell.get("above", float("-inf"))))


def _ends(cell: dict[str, Any]) -> list[float]:
    return [cell[bound] for bound in BOUNDS if bound in cell]


def _write(cell: dict[str, Any]) -> str:
    if "at_least" in cell and "at_most" in cell:
        return f"{cell['result']} {cell['at_least']}-{cell['at_most']}"
    signs = {"below": "<", "at_most": "<=", "at_least": ">=", "above": ">"}
    return f"{cell['result']} " + "".join(f"{signs[b]}{cell[b]}" for b in BOUNDS if b in cell)


@pytest.mark.parametrize(("item", "sex"), PRINTED)
def test_cells_are_those_of_the_transcriptions(item: str, sex: str) -> None:
    """Every cell stands in the fact sheet as it was printed, boundary words included."""
    written = sorted(_write(cell) for cell in _cells(item, sex))
    assert written == sorted(PRINTED[item, sex].split(" | "))


def test_every_item_is_pinned() -> None:
    """No item can be added or changed without being compared with what was printed."""
    assert {item for item, _ in PRINTED} == set(ITEMS)


@pytest.mark.parametrize("item", ITEMS)
@pytest.mark.parametrize("sex", ["M", "F"])
def test_no_value_fits_two_cells(item: str, sex: str) -> None:
    """Cells of an item do not overlap, on their boundaries and a fine grid around them."""
    cells = _cells(item, sex)
    ends = [end for cell in cells for end in _ends(cell)]
    for value in {round(end + step / 100, 2) for end in ends for step in range(-110, 111, 5)}:
        fitting = [cell for cell in cells if _fits(cell, value)]
        assert len(fitting) <= 1, (item, sex, value)


def _fits(cell: dict[str, Any], value: float) -> bool:
    return (
        value < cell.get("below", float("inf"))
        and value <= cell.get("at_most", float("inf"))
        and value >= cell.get("at_least", float("-inf"))
        and value > cell.get("above", float("-inf"))
    )


@pytest.mark.parametrize(
    ("item", "value", "sex"),
    [
        ("hemoglobin", 17.0, "M"),
        ("hemoglobin", 15.6, "F"),
        ("ggt", 5, "M"),
        ("ggt", 5, "F"),
        ("bmi", 24.95, "F"),
    ],
)
def test_gaps_that_the_lesson_teaches_exist(item: str, value: float, sex: str) -> None:
    """The values that the lesson calls gaps fit no cell."""
    assert not any(_fits(cell, value) for cell in _cells(item, sex))


def test_unsettled_columns_are_marked() -> None:
    """The table is told as unsettled, and exactly the doubtful items carry the mark."""
    assert FACTS["screening-table"].status is FactStatus.VERIFY
    assert {item for item, row in ITEMS.items() if row.get("uncertain")} == {"waist_cm", "creatinine", "egfr"}


def test_bmi_cutoffs_have_one_truth() -> None:
    """The short BMI fact says what the whole table says."""
    short = FACTS["bmi-screening-cutoff"].values
    low, normal, borderline, suspected = _cells("bmi", "F")
    assert low["below"] == short["normal_at_least"] == normal["at_least"]
    assert normal["at_most"] == short["normal_at_most"]
    assert borderline["at_least"] == short["borderline_at_least"]
    assert borderline["at_most"] == short["borderline_at_most"]
    assert suspected["at_least"] == short["suspected_at_least"]


WORDS = {
    "ko": {"below": "{} 미만", "at_most": "{} 이하", "at_least": "{} 이상", "above": "{} 초과"},
    "en": {"below": "below {}", "at_most": "{} or less", "at_least": "{} or more", "above": "above {}"},
}
SEXES = {"ko": {"M": ", 남성", "F": ", 여성"}, "en": {"M": ", men", "F": ", women"}}


def _print_cell(cell: dict[str, Any], language: str) -> str:
    if "at_least" in cell and "at_most" in cell:
        return f"{cell['at_least']}–{cell['at_most']}"
    return " ".join(WORDS[language][b].format(cell[b]) for b in BOUNDS if b in cell)


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("item", ITEMS)
def test_lesson_prints_the_table_of_the_fact_sheet(item: str, language: str) -> None:
    """The lesson prints an item's cells, one row for each sex it tells apart, doubtful items marked †."""
    row = ITEMS[item]
    mark = "†" if row.get("uncertain") else ""
    lines = (MODULE / f"lesson.{language}.md").read_text(encoding="utf-8").splitlines()
    for sex in sorted({cell.get("sex", "") for cell in row["cells"]}):
        own = [cell for cell in row["cells"] if cell.get("sex", "") == sex]
        columns = [
            ", ".join(_print_cell(cell, language) for cell in own if cell["result"] == result) or "–"
            for result in ("A", "B", "S")
        ]
        name = f"{row[language]}{SEXES[language].get(sex, '')} ({row['unit']}){mark}"
        assert "|".join(["", name, *columns, ""]) in lines


def test_spreadsheet_uses_the_cutoffs_of_the_fact_sheet() -> None:
    """The spreadsheet twin's cut-offs for fasting glucose are those of the fact sheet."""
    rows = yaml.safe_load((MODULE / "spreadsheet.yml").read_text(encoding="utf-8"))["rows"]
    normal, borderline, suspected = ITEMS["fasting_glucose"]["cells"]
    printed = [row[4] for row in rows if row[4] is not None]
    assert printed == [normal["below"], borderline["at_least"], borderline["at_most"], suspected["at_least"]]
