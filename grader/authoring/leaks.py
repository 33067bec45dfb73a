"""Leaks: reference answers and hidden tests that a release shows after all.

Knows a sheet and any notebook made for trainees; must not know how the notebook was built, so that
it can be held against every release, whoever built it.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.authoring.marks import Mark, drop_hidden_tests, marked_lines, release_answer
from grader.authoring.messages import find_asserts
from grader.authoring.syntax import parse_code
from grader.errors import Problem
from grader.model.assignment import Cell, CellRole, Sheet

_TELLING_LINE = 3
"""Names, numbers and strings that make a line of code specific; `if value is None:` has one."""
_TELLING_CALL = 2
"""The same for a hidden condition that calls something: `bmi(0) is None` is a case worth hiding."""
_TELLING_VALUE = 5
"""The same for a value without its `return` or `name =`, which prose may quote for other reasons."""
_WORD = re.compile(r"""'[^']*'|"[^"]*"|[^\W\d]\w*|\d[\d._]*""")
_SETTING_UP = re.compile(r"\s*(?:import|from\s+\S+\s+import|for)\s")
_SPACE = re.compile(r"\s+")
_COMMON = frozenset(dir(builtins)) | frozenset(keyword.kwlist)


@dataclass(frozen=True)
class Secret:
    """Something a release must not show."""

    cell: str
    line: int
    """1-based line in the sheet."""
    text: str
    what: str


def find_leaks(
    sheet: Sheet,
    release_notebook: Mapping[str, Any],
    path: str = "sheet.md",
    secrets: Sequence[Secret] | None = None,
) -> list[Problem]:
    """Return what the release gives away; `path` is the sheet's, to point at the lines that leak.

    Callers with several releases of a sheet may pass its `list_secrets`.

    Looks at every text in the notebook: sources, outputs, metadata and keys. Layout does not matter,
    and neither does quoting of a hidden test's message.
    """
    problems = [_mark_problem(mark, path) for mark in _marks_in(release_notebook)]
    problems += _find_outputs(release_notebook, path)
    shown = _squeeze("\n".join(_texts(release_notebook)))
    for secret in list_secrets(sheet) if secrets is None else secrets:
        if _squeeze(secret.text) in shown:
            problems.append(
                Problem(path, secret.line, "release-leak",
                        f"the release shows {secret.what} of `{secret.cell}`: {secret.text.strip()[:60]}",
                        "remove it from the other cells, or move it out of the marks if it is no secret")
            )  # fmt: skip
    return sorted(set(problems))


def list_secrets(sheet: Sheet) -> list[Secret]:
    """Return the telling lines of solutions and hidden tests that the sheet does not show on purpose."""
    public_tests = "".join(
        _squeeze(drop_hidden_tests(cell.source)) for cell in sheet.cells if cell.role is CellRole.TEST
    )
    secrets = []
    for cell in sheet.cells:
        if cell.role is CellRole.ANSWER:
            own = _squeeze(release_answer(cell.source))
            secrets += [s for s in _solution_secrets(cell) if _squeeze(s.text) not in own]
        elif cell.role is CellRole.TEST:
            secrets += [s for s in _test_secrets(cell) if _squeeze(s.text) not in public_tests]
    return secrets


def _solution_secrets(cell: Cell) -> Iterator[Secret]:
    for number, line in marked_lines(cell.source, Mark.SOLUTION):
        value = _value_of(line)
        if _is_telling(value, _TELLING_VALUE):
            yield Secret(cell.id, cell.line + number, value, "the reference answer")
        elif _is_telling(line):
            yield Secret(cell.id, cell.line + number, line, "the reference answer")


def _value_of(line: str) -> str:
    """Return what a line returns or assigns; nothing if it is another statement or part of one."""
    text = line.strip()
    try:
        (statement,) = parse_code(text).body
    except (SyntaxError, ValueError):
        return ""
    if isinstance(statement, ast.Return | ast.Assign | ast.AnnAssign | ast.AugAssign) and statement.value:
        return ast.get_source_segment(text, statement.value) or ""
    return ""


def _test_secrets(cell: Cell) -> Iterator[Secret]:
    hidden = dict(marked_lines(cell.source, Mark.HIDDEN_TESTS))
    try:
        notes = [note for note in find_asserts(cell.source) if note.line in hidden]
    except SyntaxError:
        notes = []
    for note in notes:
        if _is_telling(note.condition, _TELLING_CALL if "(" in note.condition else _TELLING_LINE):
            yield Secret(cell.id, cell.line + note.line, note.condition, "a hidden test")
        for number in range(note.line, note.last_line + 1):
            hidden.pop(number, None)
    for number, line in hidden.items():
        if _is_telling(line):
            yield Secret(cell.id, cell.line + number, line, "a hidden test")


def _is_telling(code: str, tokens: int = _TELLING_LINE) -> bool:
    """Return whether code is specific enough that finding it elsewhere is no coincidence."""
    if _SETTING_UP.match(code):
        return False
    return len([word for word in _WORD.findall(code) if word not in _COMMON]) >= tokens


def _squeeze(text: str) -> str:
    return _SPACE.sub("", text)


def _texts(value: Any) -> Iterator[str]:
    """Yield every text of a JSON value; lists of texts as one, since notebooks split sources so."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        if value and all(isinstance(item, str) for item in value):
            yield "".join(value)
        else:
            for item in value:
                yield from _texts(item)


def _marks_in(notebook: Mapping[str, Any]) -> list[str]:
    words = [word for mark in Mark for word in (mark.begin, mark.end)]
    texts = list(_texts(notebook))
    return [word for word in words if any(word in text for text in texts)]


def _mark_problem(mark: str, path: str) -> Problem:
    return Problem(path, 0, "release-leak", f"the release shows the mark {mark}",
                   "marks belong in answer and test cells, each pair closed")  # fmt: skip


def _find_outputs(notebook: Mapping[str, Any], path: str) -> list[Problem]:
    return [
        Problem(path, 0, "release-output", f"cell `{cell.get('id', number)}` of the release has outputs",
                "release notebooks without outputs: they may show what hidden code printed")
        for number, cell in enumerate(notebook.get("cells", ()))
        if cell.get("outputs") or cell.get("execution_count") is not None
    ]  # fmt: skip
