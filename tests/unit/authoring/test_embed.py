"""Embedding held-back records into hidden tests."""

from __future__ import annotations

import ast

import pytest

from grader.authoring.build import build_release, build_source
from grader.authoring.embed import embed_records
from grader.model.assignment import Assignment, Cell, CellRole, Sheet
from grader.text import Language

FILES = {
    "letters.jsonl": '{"text": "가온 \\"님\\"", "n": null}\n\n{"text": "x", "n": 1.5}\n',
    "bad.jsonl": "{",
}
HIDDEN = "assert f(1), 'm'\n### BEGIN HIDDEN TESTS\n{}\nassert f(ROWS), 'm'\n### END HIDDEN TESTS"


def sheet_with(source: str) -> Sheet:
    """Return a sheet of one test cell."""
    return Sheet(cells=(Cell(id="t", role=CellRole.TEST, source=source, line=10, task="a", points=1),))


def test_records_stand_in_the_test_as_a_literal() -> None:
    """The line becomes one assignment of the file's records; the other lines keep their numbers."""
    source = HIDDEN.format("#| embed: ROWS = letters.jsonl")
    made, problems = embed_records(sheet_with(source), FILES, "sheet.md")
    assert problems == []
    lines = made.cells[0].source.split("\n")
    assert len(lines) == len(source.split("\n"))
    name, _, literal = lines[2].partition(" = ")
    assert (name, ast.literal_eval(literal)) == (
        "ROWS",
        [{"text": '가온 "님"', "n": None}, {"text": "x", "n": 1.5}],
    )


def test_any_name_will_do() -> None:
    """What a line becomes is told apart from why it cannot, whatever name the author chose."""
    made, problems = embed_records(
        sheet_with(HIDDEN.format("#| embed: it = letters.jsonl")), FILES, "sheet.md"
    )
    assert problems == []
    assert made.cells[0].source.split("\n")[2].startswith("it = [")


def test_the_release_does_not_have_them_and_the_source_does() -> None:
    """Held-back records are in nbgrader's source notebook, never in what trainees get."""
    made, _ = embed_records(sheet_with(HIDDEN.format("#| embed: ROWS = letters.jsonl")), FILES, "sheet.md")
    assignment = Assignment.model_validate(
        {
            "id": "a",
            "revision": 1,
            "module": "a",
            "title": {"ko": "가", "en": "a"},
            "tasks": [{"id": "a", "tier": "write", "title": {"ko": "가", "en": "a"}}],
            "messages": [{"id": "m", "text": {"ko": "가", "en": "a"}}],
        }
    )
    assert "가온" in str(build_source(made, assignment))
    for language in Language:
        assert "가온" not in str(build_release(made, assignment, language))


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("#| embed: ROWS = letters.jsonl", "hidden-test marks"),
        (HIDDEN.format("#| embed: ROWS = missing.jsonl"), "missing.jsonl"),
        (HIDDEN.format("#| embed: ROWS = bad.jsonl"), "not JSON lines"),
        (HIDDEN.format("#| embed ROWS"), "not an embed line"),
        (HIDDEN.format("    #| embed: ROWS = letters.jsonl"), "not an embed line"),
    ],
)
def test_what_cannot_be_embedded_is_a_problem(source: str, reason: str) -> None:
    """Outside hidden tests, without file, without form: a problem at its line, and nothing is replaced."""
    made, problems = embed_records(sheet_with(source), FILES, "sheet.md")
    assert made.cells[0].source == source
    (problem,) = problems
    assert (problem.code, problem.line) == (
        "bad-embed",
        10 + source.split("\n").index(next(filter(lambda one: "embed" in one, source.split("\n")))),
    )
    assert reason in problem.message
