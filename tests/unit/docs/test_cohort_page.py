"""What the page on the synthetic cohort says is what the generator does and what its benchmark measures.

To write the tables again after a wanted change: MEDAI_UPDATE_GOLDENS=1 pytest tests/unit/docs, then
`medai translated docs/en/reference/cohort.md`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from grader.text import Language

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "benchmarks" / "cohort_realism.py"
PEOPLE = 100_000
KINDS = {"unit": "단위", "device": "장비", "missing": "빈칸", "rounding": "반올림"}
_NUMBER = re.compile(r"[0-9]\.[0-9]{3}")


@pytest.fixture(scope="module")
def realism(load_script: Callable[[str], ModuleType]) -> ModuleType:
    """The benchmark."""
    return load_script("benchmarks/cohort_realism.py")


@pytest.fixture(scope="module")
def reports(realism: ModuleType) -> dict[Language, list[list[str]]]:
    """The benchmark's tables, without the lines around them, by language."""
    table, cells = realism.measure(PEOPLE, 0)
    contests = realism.run_contests(table)
    return {
        language: _tables(realism.render(cells, contests, PEOPLE, language is Language.KO))
        for language in Language
    }


def _tables(report: str) -> list[list[str]]:
    """Cut a report into tables; what follows a table without a blank heading belongs to none."""
    blocks = [block.split("\n") for block in report.strip().split("\n\n")]
    return [block for block in blocks if block[0].startswith("|")]


def _as_column(row: str) -> str:
    """Mark the measure as the name of a column: it is not a word."""
    cells = row.split(" | ")
    return " | ".join([*cells[:2], f"`{cells[2]}`", *cells[3:]])


def page(language: Language) -> Path:
    return ROOT / "docs" / language.value / "reference" / "cohort.md"


def shown(language: Language, name: str) -> list[str]:
    found = re.search(
        rf"<!-- table:{name} -->\n(.*?)<!-- /table -->", page(language).read_text("utf-8"), re.S
    )
    assert found is not None, name
    return found[1].strip("\n").split("\n")


def compare(language: Language, name: str, expected: list[str]) -> None:
    """Compare a table of the page with what it must say; write it first when asked to."""
    if os.environ.get("MEDAI_UPDATE_GOLDENS"):
        text = page(language).read_text("utf-8")
        table = "\n".join(["", *expected, "", ""])
        text = re.sub(
            rf"(?<=<!-- table:{name} -->\n).*?(?=<!-- /table -->)",
            lambda _: table,
            text,
            count=1,
            flags=re.DOTALL,
        )
        page(language).write_text(text, "utf-8")
    assert shown(language, name) == expected


def in_rows(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]


@pytest.mark.parametrize("language", Language)
def test_agreement_is_what_the_benchmark_measures(
    language: Language, reports: dict[Language, list[list[str]]]
) -> None:
    """Every figure on agreement stands in the page as the benchmark prints it."""
    agreement, worst, _ = reports[language]
    compare(language, "cohort-agreement", agreement)
    if language is Language.EN:
        worst = [*worst[:2], *map(_as_column, worst[2:])]
    compare(language, "cohort-worst", worst)


@pytest.mark.parametrize("language", Language)
def test_agreement_of_what_was_not_calibrated(language: Language, realism: ModuleType) -> None:
    """The cells that the calibration never saw are counted apart."""
    _, cells = realism.measure(PEOPLE, 0)
    alone = realism.agreement(cells[~realism.was_fitted(cells)]).loc["all"]
    section = page(language).read_text("utf-8").partition("{#realism}")[2].partition("\n## ")[0]
    assert re.search(rf"{alone.cells:.0f}(?:칸| cells)[^\n]*{alone.below:.1%}", section)


@pytest.mark.parametrize("language", Language)
def test_classifiers_tell_apart_what_the_page_says(
    language: Language, reports: dict[Language, list[list[str]]]
) -> None:
    """Trees may grow a little differently on another processor: the second digit holds."""
    measured = reports[language][2]
    if os.environ.get("MEDAI_UPDATE_GOLDENS"):
        compare(language, "cohort-classifier", measured)
    written = shown(language, "cohort-classifier")
    assert [_NUMBER.sub("", line) for line in written] == [_NUMBER.sub("", line) for line in measured]
    for line, other in zip(written[2:], measured[2:], strict=True):
        assert float(_NUMBER.findall(line)[0]) == pytest.approx(float(_NUMBER.findall(other)[0]), abs=0.015)


@pytest.mark.parametrize("language", Language)
def test_every_centre_and_its_difference(
    language: Language, realism: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight centres with their share and habits, as the generator has them."""
    from medai_lab.centres import CENTRES
    from medai_lab.columns import HEADERS

    korean = language is Language.KO
    rows = []
    for centre in CENTRES:
        start = [centre.ko if korean else centre.en, f"{centre.share:.0%}", str(centre.province)]
        if not centre.differences:
            rows.append([*start, "–", "–", "–"])
        for difference in centre.differences:
            kind = KINDS[difference.kind] if korean else difference.kind
            columns = ", ".join(HEADERS[name] if korean else f"`{name}`" for name in difference.columns)
            rows.append([*start, kind, columns, difference.ko if korean else difference.en])
    head = (
        ["센터", "비율", "시도코드", "종류", "열", "다른 점"]
        if korean
        else ["Centre", "Share", "Province code", "Kind", "Columns", "Difference"]
    )
    assert len(CENTRES) == 8
    compare(language, "cohort-centres", in_rows(head, rows))


@pytest.mark.parametrize("language", Language)
def test_every_planted_mistake(language: Language, realism: ModuleType) -> None:
    """Each kind with its share of rows, as the generator has them."""
    from medai_lab.defects import BLANK_IF_SMOKER, BLANK_OTHERWISE
    from medai_lab.defects import KINDS as MISTAKES

    korean = language is Language.KO
    rows = [
        [f"`{kind.id}`", f"{kind.share:.1%}" if kind.share else "–", kind.ko if korean else kind.en]
        for kind in MISTAKES
    ]
    head = ["종류", "행의 비율", "설명"] if korean else ["Kind", "Share of rows", "Explanation"]
    compare(language, "cohort-defects", in_rows(head, rows))
    blank = f"{BLANK_IF_SMOKER:.0%}", f"{BLANK_OTHERWISE:.0%}"
    assert all(share in page(language).read_text("utf-8").partition("{#defects}")[2] for share in blank)
