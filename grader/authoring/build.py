"""Sheets to notebooks: nbgrader's source, and the release in each language.

Knows what each kind of cell becomes; must not know files or run code. Cells that nbgrader keeps
track of are the same, byte for byte, in the releases of both languages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grader.authoring.checksum import is_grade, is_locked, is_solution
from grader.authoring.marks import drop_hidden_tests, drop_marks, drop_starters, release_answer
from grader.authoring.messages import expand_messages
from grader.authoring.notebook import lock_cell, make_cell, make_notebook, strip_anchors
from grader.model.assignment import Assignment, Cell, CellRole, Sheet
from grader.text import Language


@dataclass(frozen=True)
class SourceCell:
    """What nbgrader's gradebook keeps of a cell: solutions cleared, hidden tests in."""

    name: str
    cell_type: str
    source: str
    locked: bool
    grade: bool
    solution: bool
    points: float
    checksum: str


def build_source(sheet: Sheet, assignment: Assignment) -> dict[str, Any]:
    """Return nbgrader's source notebook: both languages, reference answers and hidden tests in."""
    cells = [make_cell(cell, _source_text(cell, assignment)) for cell in sheet.cells]
    return make_notebook(cells, {"assignment": assignment.id, "revision": assignment.revision})


def build_release(sheet: Sheet, assignment: Assignment, language: Language) -> dict[str, Any]:
    """Return the notebook that trainees of one language get."""
    cells = [
        lock_cell(make_cell(cell, _release_text(cell, assignment)))
        for cell in sheet.cells
        if cell.language in (None, language)
    ]
    medai = {"assignment": assignment.id, "revision": assignment.revision, "language": language.value}
    return make_notebook(cells, medai)


def list_source_cells(sheet: Sheet, assignment: Assignment) -> tuple[SourceCell, ...]:
    """Return what nbgrader saves when it generates the assignment, in the sheet's order."""
    saved = []
    for cell in sheet.cells:
        text = _source_text(cell, assignment)
        if cell.role is CellRole.ANSWER:
            text = release_answer(cell.source)
        made = lock_cell(make_cell(cell, text))
        nbgrader = made["metadata"].get("nbgrader")
        if nbgrader is not None:
            saved.append(
                SourceCell(
                    name=nbgrader["grade_id"],
                    cell_type=made["cell_type"],
                    source=text,
                    locked=is_locked(made),
                    grade=is_grade(made),
                    solution=is_solution(made),
                    points=float(nbgrader.get("points", 0)),
                    checksum=nbgrader["checksum"],
                )
            )
    return tuple(saved)


def _source_text(cell: Cell, assignment: Assignment) -> str:
    if cell.role is CellRole.PROSE:
        return strip_anchors(cell.source)
    if cell.role is CellRole.ANSWER:
        return drop_starters(cell.source)
    if cell.role is CellRole.TEST:
        return expand_messages(cell.source, {message.id: message.text for message in assignment.messages})
    return cell.source


def _release_text(cell: Cell, assignment: Assignment) -> str:
    if cell.role is CellRole.ANSWER:
        return release_answer(cell.source)
    if cell.role is CellRole.TEST:
        return drop_hidden_tests(_source_text(cell, assignment))
    return _source_text(cell, assignment)


def reference_answers(sheet: Sheet) -> dict[str, str]:
    """Return answer cell id → source with the reference in it, without marks and starters."""
    answers = [cell for cell in sheet.cells if cell.role is CellRole.ANSWER]
    return {cell.id: drop_marks(drop_starters(cell.source)) for cell in answers}
