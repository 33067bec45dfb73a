"""Sheets: what the cells of a text are, and what is said about texts that break a rule."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grader.authoring.sheet import parse_sheet
from grader.errors import Problem
from grader.model.assignment import CellRole
from grader.text import Language, LocalText

WithFront = Callable[[str], str]
FRONT_LINES = 10
"""Lines of the front matter that `with_front` puts on top."""


def problems_of(text: str) -> list[Problem]:
    return parse_sheet(text, "assignments/x/sheet.md")[1]


def code(options: str, source: str = "1") -> str:
    return f"```{{code-cell}} ipython3\n---\nmedai: {{{options}}}\n---\n{source}\n```\n"


def markdown(metadata: str, source: str = "text") -> str:
    return f'+++ {{"medai": {{{metadata}}}}}\n\n{source}\n\n'


KO = markdown('"id": "a", "lang": "ko"', "글")
EN = markdown('"id": "a", "lang": "en"', "text")


def test_a_sheet_gives_its_cells_with_all_they_say(with_front: WithFront) -> None:
    """Every metadata key arrives in the cell, and lines point at the sources."""
    text = with_front(
        markdown('"id": "a", "lang": "ko", "task": "t"', "글")
        + markdown('"id": "a", "lang": "en", "source_hash": "0123456789ab", "task": "t"')
        + code("id: plot, raises: true, alt: {ko: 그림, en: plot}", "1 / 0")
        + code("id: check, role: test, points: 3, task: t", "assert True")
        + markdown('"id": "essay", "role": "manual", "points": 6', "(…)")
    )
    sheet, problems = parse_sheet(text, "sheet.md")
    assert problems == []
    ko, en, plot, check, essay = sheet.cells
    assert (ko.role, ko.language, ko.task, ko.source) == (CellRole.PROSE, Language.KO, "t", "글")
    assert (en.language, en.source_hash) == (Language.EN, "0123456789ab")
    assert (plot.role, plot.raises, plot.alt) == (CellRole.CODE, True, LocalText(ko="그림", en="plot"))
    assert (check.role, check.points, check.task) == (CellRole.TEST, 3, "t")
    assert (essay.role, essay.points, essay.language) == (CellRole.MANUAL, 6, None)
    lines = text.split("\n")
    assert [lines[cell.line - 1] for cell in sheet.cells] == [cell.source for cell in sheet.cells]


@pytest.mark.parametrize(
    ("body", "code_", "line", "words"),
    [
        ("just text\n", "cell-without-id", 1, '+++ {"medai"'),
        ("```{code-cell}\n1\n```\n", "cell-without-id", 1, "`id:`"),
        (code("role: test, points: 1"), "cell-without-id", 1, "id"),
        ('+++ {"medai": 3}\n\ntext\n', "cell-without-id", 1, "id"),
        (
            KO + EN + "```{code-cell}\n---\nmedai: {id: b}\n---\n1\n```\n\nmore text\n",
            "cell-without-id",
            16,
            "+++",
        ),
        ("```{raw-cell}\n---\nmedai: {id: b}\n---\n1\n```\n", "cell-raw", 1, "Markdown or code"),
        (code("id: b, colour: red"), "metadata-unknown", 1, "colour"),
        (code("id: Big_Id"), "metadata-invalid", 1, "hyphens"),
        (code("id: 3"), "metadata-invalid", 1, "quotes"),
        (code("id: on"), "metadata-invalid", 1, "quotes"),
        (code("id: b, role: exam"), "metadata-invalid", 1, "'answer'"),
        (code("id: b, role: test, points: -1"), "metadata-invalid", 1, "points"),
        (code("id: b, role: test, points: many"), "metadata-invalid", 1, "points"),
        (code("id: b, alt: {ko: 그림}"), "metadata-invalid", 1, "alt.en"),
        (markdown('"id": "b", "lang": "fr"'), "metadata-invalid", 1, "lang"),
        (code("id: b, role: manual"), "role-wrong-kind", 1, "answer"),
        (code("id: b, role: prose"), "role-wrong-kind", 1, "answer"),
        (markdown('"id": "b", "role": "test"'), "role-wrong-kind", 1, "manual"),
        (code("id: b, lang: ko"), "metadata-misplaced", 1, "lang"),
        (code("id: b, points: 2"), "metadata-misplaced", 1, "points"),
        (code("id: b, role: answer, raises: true"), "metadata-misplaced", 1, "raises"),
        (code("id: b, role: answer, isolated: false"), "metadata-misplaced", 1, "isolated"),
        (code("id: b, role: test, points: 1, isolated: perhaps"), "metadata-invalid", 1, "isolated"),
        (code("id: b, role: test, points: 1, alt: {ko: 가, en: a}"), "metadata-misplaced", 1, "alt"),
        (markdown('"id": "b", "role": "manual", "lang": "ko"'), "metadata-misplaced", 1, "lang"),
        (
            markdown('"id": "a", "lang": "ko", "source_hash": "0"', "글") + EN,
            "metadata-misplaced",
            1,
            "English",
        ),
        (markdown('"id": "b"'), "prose-without-language", 1, "lang"),
        (KO, "prose-without-english", 3, '"lang": "en"'),
        (EN, "prose-without-korean", 3, "same id"),
        (EN + KO, "prose-without-english", 7, '"id": "a"'),
        (KO + code("id: b") + EN, "prose-without-english", 3, "behind it"),
        (KO + markdown('"id": "b", "lang": "en"'), "prose-without-english", 3, "behind it"),
        (KO + KO.replace('"a"', '"b"') + EN, "prose-without-english", 3, "behind it"),
        (KO + EN + KO + EN, "duplicate-id", 11, "JupyterLab"),
        (KO + EN + code("id: a"), "duplicate-id", 13, "line 13 already"),
        (code("id: b") + code("id: b"), "duplicate-id", 11, "another id"),
    ],
)
def test_a_broken_rule_is_named_with_its_line_and_advice(
    body: str, code_: str, line: int, words: str, with_front: WithFront
) -> None:
    """Each rule of sheets has a problem code, the line of the cell, and says what to do."""
    found = [problem for problem in problems_of(with_front(body)) if problem.code == code_]
    assert [problem.line - FRONT_LINES for problem in found][:1] == [line], problems_of(with_front(body))
    assert words in found[0].message + found[0].hint
    assert found[0].path == "assignments/x/sheet.md"
    assert found[0].hint


def test_all_problems_come_at_once_in_order(with_front: WithFront) -> None:
    """An author sees everything in one go, and readable cells are still there."""
    body = code("id: One") + code("id: two, x: 1, y: 2") + KO + "+++ broken\n\ntext\n"
    sheet, problems = parse_sheet(with_front(body), "sheet.md")
    assert [problem.code for problem in problems] == [
        "metadata-invalid", "metadata-unknown", "metadata-unknown",
        "prose-without-english", "metadata-broken",
    ]  # fmt: skip
    assert [cell.id for cell in sheet.cells] == ["two", "a"]


@pytest.mark.parametrize("text", ["", "\n", "---", "\x00", "```", "+++", "%PDF-1.4", "{}", "PK\x03\x04"])
def test_no_text_raises(text: str) -> None:
    """Whatever the file holds, the answer is a list of problems."""
    sheet, problems = parse_sheet(text, "sheet.md")
    assert sheet.cells == ()
    assert problems


def test_metadata_of_other_tools_is_not_our_business(with_front: WithFront) -> None:
    """Tags and slide settings beside `medai` are fine."""
    text = with_front('+++ {"medai": {"id": "a", "role": "manual", "points": 1}, "tags": ["x"]}\n\ntext\n')
    assert problems_of(text) == []
