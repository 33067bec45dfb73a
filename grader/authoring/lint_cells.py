"""Lint within one cell: marks, starters, reference answers and syntax.

Knows the text of one cell and its role; must not know other cells, assignments or files.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from textwrap import dedent

from grader.authoring.marks import (
    FOREIGN_MARKS,
    STARTER,
    Mark,
    find_regions,
    marked_lines,
    release_answer,
    starter_lines,
)
from grader.authoring.syntax import find_syntax_fault, parse_code
from grader.errors import Problem
from grader.model.assignment import Cell, CellRole

_ROLE_OF_MARK = {Mark.SOLUTION: CellRole.ANSWER, Mark.HIDDEN_TESTS: CellRole.TEST}
_TEXT_ROLES = (CellRole.PROSE, CellRole.MANUAL)
_STRICT_ROLES = (CellRole.ANSWER, CellRole.TEST)
"""Plain Python only: other programs read these cells too."""

Finding = tuple[int, str, str, str]
"""0-based line of the cell, code, message, hint."""


def lint_cell(cell: Cell, path: str, practice: bool = False) -> list[Problem]:
    """Return what is wrong with a cell, looking at nothing else."""
    findings = [*_lint_marks(cell), *_lint_foreign_marks(cell), *_lint_code(cell)]
    if cell.role is CellRole.ANSWER:
        findings += _lint_answer(cell)
    if cell.raises and not practice:
        findings.append(
            (0, "raises-in-assignment", f"`{cell.id}` is meant to fail", "only practice may show errors")
        )
    return [
        Problem(path, cell.line + line, code, message, hint)
        for line, code, message, hint in findings
    ]  # fmt: skip


def _lint_marks(cell: Cell) -> Iterator[Finding]:
    for mark in Mark:
        _, faults = find_regions(cell.source, mark)
        for line, reason in faults:
            yield line, "mark-unmatched", f"`{cell.id}`: {reason}", "marks come in pairs and do not nest"
        lines = cell.source.split("\n")
        marks = [n for n, line in enumerate(lines) if mark.begin in line or mark.end in line]
        if marks and cell.role is not _ROLE_OF_MARK[mark]:
            hint = f"use it in {_ROLE_OF_MARK[mark]} cells only"
            yield marks[0], "mark-misplaced", f"a {cell.role} cell cannot have the mark {mark.begin}", hint
            continue
        for number in marks:
            if not re.fullmatch(rf"\s*### ({mark.begin}|{mark.end})\s*", lines[number]):
                hint = f"write `### {mark.begin}` and `### {mark.end}`, each alone on its line"
                yield number, "mark-form", f"`{cell.id}`: a mark is not alone on its line", hint


def _lint_foreign_marks(cell: Cell) -> Iterator[Finding]:
    for number, line in enumerate(cell.source.split("\n")):
        for mark in FOREIGN_MARKS:
            if mark in line:
                yield (
                    number,
                    "mark-foreign",
                    f"`{cell.id}` has nbgrader's mark {mark}",
                    "sheets have no such mark",
                )


def _lint_code(cell: Cell) -> Iterator[Finding]:
    if cell.role in _TEXT_ROLES:
        return
    fault = find_syntax_fault(cell.source, magics=cell.role not in _STRICT_ROLES)
    if fault is not None:
        yield fault.line, "code-syntax", f"`{cell.id}` is not Python: {fault.reason}", "correct the code"
    if cell.role is CellRole.ANSWER and fault is None:
        released = find_syntax_fault(release_answer(cell.source))
        if released is not None:
            yield (0, "release-syntax",
                   f"`{cell.id}` is not Python once its solution is taken out: {released.reason}",
                   "put marks around whole statements; a starter is Python too: `limit = ...`")  # fmt: skip


def _lint_answer(cell: Cell) -> Iterator[Finding]:
    regions, _ = find_regions(cell.source, Mark.SOLUTION)
    reference = [line.strip() for _, line in marked_lines(cell.source, Mark.SOLUTION)]
    if not any(line and not line.startswith("#") for line in reference):
        yield (0, "reference-missing", f"`{cell.id}` has no reference answer",
               f"write it between `### {Mark.SOLUTION.begin}` and `### {Mark.SOLUTION.end}`")  # fmt: skip
    in_place = {number for region in regions for number in range(region.end + 1, region.after)}
    for number, line in enumerate(cell.source.split("\n")):
        if line.lstrip().startswith(STARTER) and number not in in_place:
            yield (number, "starter-misplaced", f"`{cell.id}`: nobody will uncomment this starter line",
                   f"put starter lines directly behind `### {Mark.SOLUTION.end}`")  # fmt: skip
    lines = cell.source.split("\n")
    for region in regions:
        solution = _statements(lines[region.begin + 1 : region.end])
        if solution and solution <= _statements(starter_lines(cell.source, region)):
            yield (region.begin, "starter-answers", f"the starter of `{cell.id}` is the answer",
                   "leave something to fill in, such as `...`")  # fmt: skip


def _statements(lines: list[str]) -> set[str]:
    """Return lines of code without comments and layout; none if they do not parse."""
    try:
        return set(ast.unparse(parse_code(dedent("\n".join(lines)))).split("\n")) - {""}
    except SyntaxError:
        return set()
