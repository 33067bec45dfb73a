"""What the pages repeat from the code is what the code says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from grader.checking.support import SUPPORT
from grader.model.work import Limits, Verdict
from grader.sandbox.provisioner import SandboxProvisioner
from grader.text import Language

ROOT = Path(__file__).parents[3]
FRESH = "run `python tools/reference_tables.py`"
HANGUL = re.compile(r"[가-힣]")


@pytest.fixture(scope="module")
def tables(load_script: Callable[[str], ModuleType]) -> ModuleType:
    """The tool that writes the tables."""
    return load_script("tools/reference_tables.py")


def read_page(language: Language, page: str) -> str:
    return (ROOT / "docs" / language / page).read_text(encoding="utf-8")


def rows_of(text: str, table: str) -> list[list[str]]:
    found = re.search(rf"<!-- table:{table} -->\n(.*?)<!-- /table -->", text, re.DOTALL)
    assert found is not None
    lines = [line for line in found[1].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


@pytest.mark.parametrize("language", Language)
def test_the_tables_in_the_pages_are_fresh(language: Language, tables: ModuleType) -> None:
    """A table in the docs never says something else than the code."""
    for page in tables.PAGES:
        text = read_page(language, page)
        assert text.count("<!-- table:") == text.count("<!-- /table -->") > 0
        assert text == tables.fill_page(text, language), FRESH


@pytest.mark.parametrize("language", Language)
def test_every_construct_stands_in_the_right_table(language: Language) -> None:
    """What tests can do and what they cannot: every row of SUPPORT, in its order, in both languages."""
    text = read_page(language, "reference/isolation.md")
    for table, supported in (("supported", True), ("not-isolated", False)):
        names = [row[0].rpartition("<br>")[2].strip("`") for row in rows_of(text, table)]
        assert names == [row.id for row in SUPPORT if row.supported is supported], FRESH


def test_every_construct_is_explained_in_korean(tables: ModuleType) -> None:
    """Nobody finds an English sentence among the Korean ones, nor one for a row that is gone."""
    assert set(tables.SUPPORT_KO) == {row.id for row in SUPPORT}
    for what, why in tables.SUPPORT_KO.values():
        assert what
        assert HANGUL.search(why)
        assert why.endswith(("니다.", "십시오."))


def test_the_limits_in_the_page_are_the_real_ones() -> None:
    """Each limit of a run stands in the table with its default value."""
    limits = Limits()
    rows = rows_of(read_page(Language.EN, "reference/sandbox.md"), "limits")
    shown = {row[0].rpartition("<br>")[2].strip("`"): row[1] for row in rows}
    assert shown.keys() == set(Limits.model_fields)
    sizes = {"GB": 10**9, "MB": 10**6, "kB": 10**3, "bytes": 1, "seconds": 1}
    for name, text in shown.items():
        number, _, unit = text.partition(" ")
        assert float(number) * sizes.get(unit, 1) == getattr(limits, name), name


@pytest.mark.parametrize("language", Language)
def test_every_verdict_is_explained(language: Language) -> None:
    """The guide tells for all eight verdicts what they cost and what to do."""
    rows = rows_of(read_page(language, "guide/grader.md"), "verdicts")
    assert [row[0].rpartition("<br>")[2].strip("`") for row in rows] == [verdict.value for verdict in Verdict]
    free = {row[1] for row in rows if "could-not-check" in row[0]}
    assert len(free) == 1
    assert len({row[1] for row in rows}) == 3  # all, none, none taken off


@pytest.mark.parametrize("language", Language)
def test_trainees_find_every_verdict_under_its_name(language: Language, tables: ModuleType) -> None:
    """The words beside a check on a result page stand in the guide for trainees, too."""
    text = read_page(language, "guide/trainee.md")
    for row in tables.verdict_table():
        assert f"\n| {row.name[language]} |" in text


@pytest.mark.parametrize("language", Language)
def test_the_settings_of_sandboxed_kernels_are_the_real_ones(language: Language) -> None:
    """Each setting of the provisioner stands in the table with its default value."""
    section = read_page(language, "reference/sandbox.md").partition("{#kernels}")[2].partition("\n## ")[0]
    shown = dict(re.findall(r"^\| `(\w+)` \| `?([\w,]+)`? \|", section, re.MULTILINE))
    real = {
        name: str(trait.default_value).lower()
        for name, trait in SandboxProvisioner.class_own_traits(config=True).items()
    }
    assert {name: value.replace(",", "") for name, value in shown.items()} == real
