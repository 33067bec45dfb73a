"""The table of modules says what the course's files say; mutants are held to the runs of `make test`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from grader.manifest.read import load_course
from grader.model.content import Course
from grader.text import Language

ROOT = Path(__file__).parents[3]
FRESH = "run `medai try --mutants` and then `python tools/module_numbers.py`"


@pytest.fixture(scope="module")
def tool(load_script: Callable[[str], ModuleType]) -> ModuleType:
    """The tool that writes the table."""
    return load_script("tools/module_numbers.py")


@pytest.fixture(scope="module")
def course() -> Course:
    """The course of this checkout."""
    return load_course(ROOT)


def read_page(language: Language) -> str:
    return (ROOT / "docs" / language / "reference" / "modules.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("language", Language)
def test_the_page_is_fresh(tool: ModuleType, course: Course, language: Language) -> None:
    """Words, minutes, questions, tests and wrong answers are the ones in the files."""
    text = read_page(language)
    assert text.count("<!-- table:") == text.count("<!-- /table -->") == 2
    assert text == tool.fill_page(text, language, course, tool.read_mutants(text)), FRESH


def test_both_languages_give_the_same_figures(tool: ModuleType) -> None:
    """A figure of mutants that was renewed in one page only is found."""
    korean, english = (tool.read_mutants(read_page(language)) for language in Language)
    assert korean == english


def test_every_assignment_on_the_page_has_been_tried(tool: ModuleType, course: Course) -> None:
    """No module goes without figures of mutants, and none stands below the limit."""
    page = tool.read_mutants(read_page(Language.KO))
    assert tool.find_faults(course, page, page) == [], FRESH


def test_words_are_what_people_read(tool: ModuleType) -> None:
    """Code, addresses, citations and lone signs are no words; an eojeol is one."""
    text = (
        "## 검진 결과 {#a}\n\n수검자는 `print(1)` 5명 – [법](https://a.b) [@law].\n\n```python\nx = 1\n```\n"
    )
    assert tool.count_words(text) == 5


def test_a_row_holds_what_the_files_hold(tool: ModuleType, course: Course) -> None:
    """Counted here by other means: the first module's quiz, tests, wrong answers and minutes."""
    content = next(iter(course.modules.values()))
    folder = ROOT / "assignments" / content.module.assignment
    sheet = (folder / "sheet.md").read_text(encoding="utf-8")
    text = tool.fill_page(read_page(Language.EN), Language.EN, course, {content.module.code: (9, 10)})
    (row,) = [line for line in text.splitlines() if line.startswith(f"| [{content.module.code}]")]
    cells = [cell.strip() for cell in row.strip("|").split(" | ")]
    hidden = [part.split("### END HIDDEN")[0] for part in sheet.split("### BEGIN HIDDEN TESTS")[1:]]
    asserts = sum(line.lstrip().startswith("assert ") for part in hidden for line in part.splitlines())
    assert cells[6] == str(len(content.quiz.questions))
    assert cells[7] == f"{sheet.count('role: test')} ({asserts})"
    assert cells[8] == str(len(list((folder / "wrong").glob("*.yml"))))
    assert cells[4].startswith(f"{content.module.minutes.total}<br>")
    assert cells[9] == "9/10 (90.0 %)"


def test_each_track_has_a_total(tool: ModuleType, course: Course) -> None:
    """The totals of the tracks add up to the last row; every module stands in one track."""
    rows = tool.fill_page(read_page(Language.EN), Language.EN, course, {}).splitlines()
    totals = [row.split(" | ") for row in rows if row.startswith("| **") and row.count("|") > 5]
    items = [int(cells[6]) for cells in totals]
    assert len(items) == len(course.programme.tracks) + 1
    assert sum(items[:-1]) == items[-1] == sum(len(one.quiz.questions) for one in course.modules.values())


def test_a_module_without_figures_says_so(tool: ModuleType, course: Course) -> None:
    """Nothing that was not measured gets a number."""
    text = tool.fill_page(read_page(Language.KO), Language.KO, course, {})
    rows = [line for line in text.splitlines() if line.startswith("| [")]
    assert len(rows) == len(course.modules)
    assert all(row.endswith("| – |") for row in rows)
    assert tool.read_mutants(text) == {}


def test_the_share_is_rounded_down(tool: ModuleType, course: Course) -> None:
    """8999 of 10000 is not 90 %."""
    code = next(iter(course.modules.values())).module.code
    text = tool.fill_page(read_page(Language.KO), Language.KO, course, {code: (8_999, 10_000)})
    assert "8999/10000 (89.9 %)" in text


def test_figures_are_read_from_the_runs(tool: ModuleType, course: Course, tmp_path: Path) -> None:
    """What `medai try --mutants` leaves, by assignment; nothing is made up for the others."""
    content = next(iter(course.modules.values()))
    path = tmp_path / "mutants.json"
    assert tool.measured_mutants(course, path) == {}
    path.write_text(json.dumps({content.module.assignment: {"killed": 3, "tried": 4}}), encoding="utf-8")
    assert tool.measured_mutants(course, path) == {content.module.code: (3, 4)}


def test_what_the_check_finds(tool: ModuleType, course: Course) -> None:
    """Mutants that were not tried, too few killed, and a page that says something else."""
    name, content = next(iter(course.modules.items()))
    one = replace(course, modules={name: content})
    code = content.module.code
    assert tool.find_faults(one, {code: (9, 10)}, {code: (9, 10)}) == []
    for page, measured, words in [
        ({code: (9, 10)}, {}, "were not tried"),
        ({code: (8, 10)}, {code: (8, 10)}, "fewer than 90 %"),
        ({code: (9, 10)}, {code: (10, 10)}, "the page says 9/10, the run 10/10"),
        ({}, {code: (10, 10)}, "the page says nothing"),
    ]:
        (fault,) = tool.find_faults(one, page, measured)
        assert fault.startswith(f"{code}: ")
        assert words in fault


@pytest.mark.parametrize("language", Language)
def test_measured_times_are_recorded_on_demand(tool: ModuleType, course: Course, language: Language) -> None:
    """Times differ between runs: they change only when someone records them."""
    text = read_page(language)
    parts = {name: {"runs": 1_500, "seconds": 12.4} for name in ("practice", "trials", "mutants")}
    times = {"E": parts, "G": parts}
    new = tool.fill_page(text, language, course, tool.read_mutants(text), times)
    assert new.count("| 1,500 | 12 |") == 6
    assert new.count("| 4,500 | 37 |") == 2
    assert tool.fill_page(new, language, course, tool.read_mutants(text)) == new
