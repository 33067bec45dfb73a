"""Faults of assignments and practice sheets come out of the same check, with lines."""

from __future__ import annotations

SHEET = "assignments/e0-start/sheet.md"
ASSIGNMENT = "assignments/e0-start/assignment.yml"
PRACTICE = "course/modules/e0-start/practice.md"


def test_a_release_that_shows_an_answer(course) -> None:
    """A solution repeated outside its marks would reach trainees."""
    secret = "value / 2 + first * second - third"
    course.edit(SHEET, "2줄로 씁니다.", f"2줄로 씁니다. `{secret}`")
    course.edit(SHEET, "    return value / 2\n", f"    return {secret}\n")
    line = course.line(SHEET, "    return value")
    assert (SHEET, line, "release-leak") in course.found()


def test_a_sheet_without_a_reference(course) -> None:
    """An answer cell without a solution is a problem on its first line."""
    course.edit(SHEET, "    return value / 2\n", "")
    assert (SHEET, course.line(SHEET, "def half(value):"), "reference-missing") in course.found()


def test_duplicate_cell_ids(course) -> None:
    """Two cells with one id are a problem of the sheet."""
    course.write(SHEET, course.read(SHEET).replace("  id: half-even\n", "  id: half\n"))
    assert any(path == SHEET and code == "duplicate-id" for path, _, code in course.found())


def test_lint_in_yaml_gets_its_line(course) -> None:
    """What lint says about a name in a YAML file points at the line of that name."""
    course.edit(ASSIGNMENT, "{id: half-odd, text", "{id: half-odds, text")
    assert (ASSIGNMENT, 9, "message-unused") in course.found()
    assert (SHEET, course.line(SHEET, '"half-odd"'), "message-unknown") in course.found()


def test_too_few_wrong_answers(course) -> None:
    """Tests are tested with at least three wrong answers."""
    course.remove("assignments/e0-start/wrong/whole-0.yml")
    assert course.found() == [(ASSIGNMENT, 0, "wrong-too-few")]


def test_practice_is_linted(course) -> None:
    """Practice sheets hold prose and code that parses."""
    course.edit(PRACTICE, 'print(fact("glucose-cutoff")["suspected"])', "print(")
    assert [(path, code) for path, _, code in course.found()] == [(PRACTICE, "code-syntax")]


def test_a_broken_sheet_is_reported_once(course) -> None:
    """Lint keeps quiet about a sheet that could not be read."""
    course.write(SHEET, course.read(SHEET).replace('"lang": "ko"', '"lang": "kr"'))
    assert {path for path, _, _ in course.found()} == {SHEET}
