"""Both languages have the same pages, headings, code blocks and numbers, and none is out of date."""

from __future__ import annotations

import re

import pytest

from grader.text import source_hash

KO = "course/modules/e0-start/lesson.ko.md"
EN = "course/modules/e0-start/lesson.en.md"
SHEET = "assignments/e0-start/sheet.md"
PRACTICE = "course/modules/e0-start/practice.md"


@pytest.mark.parametrize(("here", "there"), [("ko", "en"), ("en", "ko")])
def test_a_docs_page_in_one_language(course, here: str, there: str) -> None:
    """A page under docs/ exists in both trees."""
    course.write(f"docs/{here}/guide/new.md", "# New\n")
    (problem,) = course.problems()
    assert (problem.path, problem.line, problem.code) == (
        f"docs/{here}/guide/new.md",
        0,
        "missing-translation",
    )
    assert f"docs/{there}/guide/new.md" in problem.hint


def test_a_figure_in_one_language(course) -> None:
    """A figure with words has a partner; a figure without a language needs none."""
    folder = "course/modules/e1-next/figures"
    course.write(f"{folder}/plain.svg", course.read(f"{folder}/bars.ko.svg"))
    course.write(f"{folder}/new.ko.svg", course.read(f"{folder}/bars.ko.svg"))
    assert course.found() == [(f"{folder}/new.ko.svg", 0, "missing-translation")]


@pytest.mark.parametrize(
    ("path", "old", "new", "line", "code"),
    [
        (EN, "### Table {#table}", "## Table {#table}", 11, "heading-mismatch"),
        (EN, "### Table {#table}", "### Table {#tables}", 11, "heading-mismatch"),
        (EN, "### Table {#table}", "### Table {#table}\n\nText.\n\n### More {#more}", 15, "heading-mismatch"),
        (EN, "### Table {#table}\n", "", 16, "heading-mismatch"),
        (EN, "### Table {#table}", "### Table", 11, "heading-without-anchor"),
        (EN, "### Table {#table}", "Table\n-----", 11, "heading-without-anchor"),
        (EN, "### Table {#table}", "# Table {#table}", 11, "heading-level"),
        (EN, "### Table {#table}", "#### Table {#table}", 11, "heading-level"),
        (EN, "### Table {#table}", "### Table {#why}", 11, "duplicate-anchor"),
        (EN, "```python\nprint(126)\n```\n", "", 4, "code-mismatch"),
        (PRACTICE, "## Practice {#intro}", "### Practice {#intro}", 20, "heading-mismatch"),
        (SHEET, "## 과제 {#intro}", "## 과제 {#other}", 20, "heading-mismatch"),
    ],
)
def test_shapes_that_differ(course, path: str, old: str, new: str, line: int, code: str) -> None:
    """Where headings or code blocks part, the English text shows it."""
    course.edit(path, old, new)
    assert (path, line, code) in [item for item in course.found() if not item[2].startswith("dangling")]


def test_a_docs_page_has_a_title(course) -> None:
    """Pages under docs/ carry their own first heading; the site does not invent one."""
    for language in ("ko", "en"):
        path = f"docs/{language}/index.md"
        course.write(path, re.sub(r"^# .*\n", "", course.read(path), flags=re.MULTILINE))
    course.refresh()
    assert course.found() == [
        ("docs/en/index.md", 4, "heading-level"),
        ("docs/ko/index.md", 1, "heading-level"),
    ]


def test_a_heading_in_code_is_no_heading(course) -> None:
    """What looks like a heading in a code block counts for nothing."""
    for path in (KO, EN):
        course.edit(path, "print(126)", "# comment\n## comment\n~~~\n# x")
    assert course.found() == []


def test_stale_page(course) -> None:
    """English made from an older Korean text is found on the line that says so."""
    course.write(KO, course.read(KO) + "\n한 줄 더 있습니다.\n")
    (problem,) = course.problems()
    assert (problem.path, problem.line, problem.code) == (EN, 2, "translation-stale")
    assert f"medai translated {EN}" in problem.hint


def test_unmarked_page(course) -> None:
    """English that does not say what it was made from is a problem too."""
    course.write(EN, course.read(EN).split("---\n", 2)[2])
    assert course.found() == [(EN, 1, "translation-unmarked")]


def test_a_hash_of_digits_only_is_text(course) -> None:
    """YAML would read such a hash as a number; the check does not."""
    body = next(text for text in (f"# T{number}\n" for number in range(9999)) if source_hash(text).isdigit())
    course.write("docs/ko/digits.md", body)
    course.write("docs/en/digits.md", f"---\nsource_hash: {source_hash(body)}\n---\n{body}")
    assert re.fullmatch("[0-9]{12}", source_hash(body))
    assert course.found() == []


@pytest.mark.parametrize("path", [SHEET, PRACTICE])
def test_stale_cell(course, path: str) -> None:
    """Cells of a sheet are held to their own hashes."""
    course.write(path, course.read(path).replace("값을", "값들을"))
    assert course.found() == [(path, 20, "translation-stale")]


def test_unmarked_cell(course) -> None:
    """An English cell without a hash is a problem."""
    text = course.read(SHEET)
    course.write(SHEET, re.sub(r', "source_hash": "[0-9a-f]+"', "", text))
    assert [item[2] for item in course.found()] == ["translation-unmarked"]


YAML = "course/modules/e0-start/module.yml"
QUIZ = "course/modules/e0-start/quiz.yml"
MESSAGES = "assignments/e0-start/assignment.yml"
WRONG = "assignments/e0-start/wrong/whole-1.yml"
FIGURE = "course/modules/e0-start/figures/bars.en.svg"


@pytest.mark.parametrize(
    ("path", "old", "new", "line", "shown"),
    [
        (EN, "126 mg/dL or more", "125 mg/dL or more", 6, "126 mg/dL where English has 125 mg/dL"),
        (EN, "126 mg/dL or more", "126 mmol/L or more", 6, "126 mg/dL where English has 126 mmol/L"),
        (EN, "126 mg/dL or more", "126 or more", 6, "126 mg/dL where English has 126"),
        (EN, "There are 5 examinees", "There are five examinees", 4, "Korean has 5 more"),
        (EN, "The next module is", "All 7 next modules are", 13, "English has 7 more"),
        (KO, "막대 그림", "막대 3개", 4, "Korean has 3 more"),
        (PRACTICE, "3 examinees", "4 examinees", 22, "in the cell `intro` Korean has 3 where English has 4"),
        (SHEET, "2 lines", "3 lines", 22, "Korean has 2 where English has 3"),
        ("course/facts.yml", "glucose of 126", "glucose of 125", 6, "in this text Korean has 126 mg/dL"),
        (QUIZ, "ko: kg, en: kg", "ko: 3 kg, en: 2 kg", 7, "3 kg"),
        (YAML, "ko: 값을 봅니다., en: Look", "ko: 값 9개., en: Look", 6, "9 more"),
        (MESSAGES, "en: Check even", "en: Check 2 even", 8, "English has 2 more"),
        (WRONG, "en: Divides", "en: 2 divides", 1, "English has 2 more"),
        (FIGURE, "126", "127", 2, "this picture Korean has 126 where"),
    ],
)
def test_numbers_that_differ(course, path: str, old: str, new: str, line: int, shown: str) -> None:
    """A changed number is found although the translation is marked as fresh."""
    course.edit(path, old, new)
    (problem,) = course.problems()
    expected = EN if path == KO else path
    assert (problem.path, problem.code) == (expected, "number-mismatch")
    assert problem.line == line
    assert shown in problem.message


def test_numbers_are_compared_section_by_section(course) -> None:
    """A number that moved to another section is missing in both."""
    course.edit(EN, "There are 5 examinees", "There are examinees")
    course.edit(EN, "The next module is", "The next 5 modules are")
    assert course.found() == [(EN, 4, "number-mismatch"), (EN, 13, "number-mismatch")]


def test_what_numbers_do_not_count(course) -> None:
    """Code, addresses, citations, footnotes, list numbers and attributes are not prose."""
    course.edit(KO, "print(126)", "print(1)")
    korean = "1. 하나 `1` [x](https://example.org/1)[^1]\n\n[^1]: 각주 <span data-n='4'></span>{: .a1 }\n"
    english = "2. one [x](https://example.org/99)[^2] <https://example.org/3>\n\n[^2]: note <!-- 5 -->\n"
    course.write(KO, course.read(KO) + "\n" + korean)
    course.write(EN, course.read(EN) + "\n" + english)
    course.refresh()
    assert course.found() == []


@pytest.mark.parametrize(
    ("korean", "english", "codes"),
    [
        ('=IF(B2>30,"높음","")', '=IF(B2>30,"high","")', []),
        ('=IF(B2>30,"높음","")', '=IF(B3>30,"high","")', ["formula-mismatch"]),
        ('=IF(B2>30,"높음","")', '=IF(B2>=30,"high","")', ["formula-mismatch"]),
        ("=B2*2", "2", ["formula-mismatch"]),
    ],
)
def test_formulas_that_differ(course, korean: str, english: str, codes: list[str]) -> None:
    """A spreadsheet computes the same in both languages; only its words differ."""
    path = "course/modules/e0-start/spreadsheet.yml"
    course.write(
        path,
        "title: {ko: 표, en: Table}\nnote: {ko: 표, en: Table}\ncolumns: [{title: {ko: 값, en: Value}}]\n"
        f"rows:\n  - - ko: '{korean}'\n      en: '{english}'\n",
    )
    assert course.found() == [(path, 6, code) for code in codes]
