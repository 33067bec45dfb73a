"""Lint of test cells: asserts, messages, and names that would not be there elsewhere.

Knows all cells of a sheet and the assignment's messages; must not run anything.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator

from grader.authoring.marks import Mark, drop_hidden_tests, marked_lines, release_answer
from grader.authoring.messages import AssertNote, find_asserts
from grader.authoring.syntax import Names, find_names
from grader.errors import Problem
from grader.model.assignment import Assignment, Cell, CellRole, Sheet

_NUMBER = re.compile(r"(?<![\w.])\d[\d,_]*(?:\.\d+)?")
_ALWAYS_THERE = frozenset(dir(builtins)) | {"__name__"}


def lint_tests(sheet: Sheet, assignment: Assignment, sheet_path: str, assignment_path: str) -> list[Problem]:
    """Return what is wrong with the test cells taken together."""
    known = {message.id for message in assignment.messages}
    problems: list[Problem] = []
    used: set[str] = set()
    tests = {cell.id: (cell, _asserts_of(cell)) for cell in sheet.cells if cell.role is CellRole.TEST}
    for cell, notes in tests.values():
        used |= {note.message_id for note in notes if note.message_id is not None}
        problems += _lint_asserts(cell, notes, known, sheet_path)
    problems += [
        Problem(assignment_path, 0, "message-unused", f"no test gives the message `{name}`",
                "use it in an assert, or remove it")
        for name in sorted(known - used)
    ]  # fmt: skip
    shown = {number for cell in sheet.cells for number in _numbers(_released(cell))}
    hidden = [note for cell, notes in tests.values() for note in notes if note.line in _hidden_lines(cell)]
    problems += _lint_told_values(hidden, shown, assignment, assignment_path)
    return problems + list(_lint_names(sheet, sheet_path))


def _lint_told_values(
    hidden: list[AssertNote], shown: set[str], assignment: Assignment, path: str
) -> Iterator[Problem]:
    """Report messages with a number that only the hidden asserts behind them know."""
    for message in assignment.messages:
        secret = {n for note in hidden if note.message_id == message.id for n in _numbers(note.condition)}
        told = _numbers(message.text.ko) | _numbers(message.text.en)
        for number in sorted((secret & told) - shown):
            yield Problem(path, 0, "message-tells-value",
                          f"the message `{message.id}` tells {number}, a value of a hidden test",
                          "name the concept instead; trainees would copy the value")  # fmt: skip


def _hidden_lines(cell: Cell) -> set[int]:
    return {number for number, _ in marked_lines(cell.source, Mark.HIDDEN_TESTS)}


def _released(cell: Cell) -> str:
    return release_answer(cell.source) if cell.role is CellRole.ANSWER else drop_hidden_tests(cell.source)


def _asserts_of(cell: Cell) -> tuple[AssertNote, ...]:
    """Return a cell's asserts; none if it does not parse, which is reported with the cell."""
    try:
        return find_asserts(cell.source)
    except SyntaxError:
        return ()


def _numbers(text: str) -> set[str]:
    """Return numbers of two digits or more; smaller ones count and order things in any text."""
    found = {match.replace(",", "").replace("_", "") for match in _NUMBER.findall(text)}
    return {number for number in found if sum(digit.isdigit() for digit in number) > 1}


def _lint_asserts(cell: Cell, notes: tuple[AssertNote, ...], known: set[str], path: str) -> Iterator[Problem]:
    hidden = _hidden_lines(cell)
    if not any(note.line not in hidden for note in notes):
        yield Problem(path, cell.line, "test-without-visible-assert",
                      f"`{cell.id}` shows the trainee no assert",
                      "put one above the hidden tests; it must fail on the untouched release")  # fmt: skip
    for note in notes:
        line = cell.line + note.line
        if not note.has_message:
            yield Problem(path, line, "assert-without-message",
                          f"an assert of `{cell.id}` has no message id",
                          'write it as assert <condition>, "message-id"')  # fmt: skip
        elif note.message_id is None:
            yield Problem(path, line, "assert-message-computed",
                          f"an assert of `{cell.id}` has a message that is not one plain string",
                          "name a message id; the text stands in assignment.yml")  # fmt: skip
        elif note.message_id not in known:
            yield Problem(path, line, "message-unknown",
                          f"the message `{note.message_id}` is not in assignment.yml",
                          "add it to `messages` or correct the id")  # fmt: skip


def _lint_names(sheet: Sheet, path: str) -> Iterator[Problem]:
    """Report names that a test takes from, or changes for, other cells; tests will run apart."""
    code = [cell for cell in sheet.cells if cell.role not in (CellRole.PROSE, CellRole.MANUAL)]
    names = {cell.id: find_names(cell.source) for cell in code}
    learner = [names[cell.id] for cell in code if cell.role is not CellRole.TEST]
    for cell in code:
        if cell.role is CellRole.TEST and "*" in names[cell.id].imported:
            yield Problem(path, cell.line, "test-star-import", f"`{cell.id}` imports everything there is",
                          "import what the test needs, name by name")  # fmt: skip
        elif cell.role is CellRole.TEST:
            yield from _lint_names_of(cell, names[cell.id], learner, path)


def _lint_names_of(cell: Cell, own: Names, learner: list[Names], path: str) -> Iterator[Problem]:
    defined = {name for names in learner for name in names.bound_at_top}
    imported = {name for names in learner for name in names.imported}
    foreign = own.read - own.bound - own.imported - _ALWAYS_THERE - defined
    for name in sorted(foreign & imported):
        yield Problem(path, cell.line, "test-without-import", f"`{cell.id}` does not import `{name}`",
                      "import it in the test cell: tests run in a process of their own")  # fmt: skip
    for name in sorted(foreign - imported):
        yield Problem(path, cell.line, "test-unknown-name", f"`{cell.id}`: no cell defines `{name}`",
                      "correct the name, or define it in this cell")  # fmt: skip
    for name in sorted(own.bound_at_top & defined):
        yield Problem(path, cell.line, "test-rebinds-name",
                      f"`{cell.id}` redefines `{name}`, which the learner's code defines",
                      "choose another name in the test cell")  # fmt: skip
