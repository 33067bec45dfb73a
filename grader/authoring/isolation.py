"""Which test cells can be checked in a process of their own, and what the checker must know of the author.

Knows nbformat-4 dictionaries and `checking`'s rules; must not know sheets, submissions or how jobs run. What
a learner hands in has no say in this: everything comes from the author's own notebook.
"""

from __future__ import annotations

import symtable
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from grader.authoring.checksum import is_grade, is_locked, is_solution
from grader.checking.author import read_author_cells
from grader.checking.support import Obstacle, classify_test
from grader.model.work import AuthorCell


@dataclass(frozen=True)
class Isolation:
    """What an assignment's own notebook says about how its tests run."""

    author_cells: tuple[AuthorCell, ...] = ()
    obstacles: Mapping[str, tuple[Obstacle, ...]] = field(default_factory=dict)
    """Id of each test cell that must run in the learner's process → why."""

    @property
    def shared(self) -> frozenset[str]:
        """Ids of test cells that must run in the learner's process."""
        return frozenset(self.obstacles)


def read_isolation(source: Mapping[str, Any], has_answers: bool = True) -> Isolation:
    """Return how the tests of an instructor's notebook run.

    Where its reference answers are missing, nobody knows what answers bind again: no cell counts as locked.
    """
    notebook = [cell for cell in source["cells"] if cell["cell_type"] == "code"]
    cells = list(_code_cells(source["cells"]))
    author_cells = tuple(
        AuthorCell(id=name, source="" if test else text, locked=has_answers and is_locked(cell) and not test)
        for cell, (name, text, test) in zip(notebook, cells, strict=True)
    )
    author = read_author_cells((cell.id, cell.source, cell.locked) for cell in author_cells)
    obstacles: dict[str, tuple[Obstacle, ...]] = {}
    for place, (name, text, test) in enumerate(cells):
        if test:
            later = {read for _, other, tests in cells[place + 1 :] if not tests for read in _reads(other)}
            later -= author.imports.keys()  # both sides import the same
            if found := classify_test(text, author, frozenset(later)):
                obstacles[name] = tuple(found)
    return Isolation(author_cells, obstacles)


def _code_cells(cells: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str, bool]]:
    for number, cell in enumerate(cells):
        if cell["cell_type"] == "code":
            nbgrader = cell.get("metadata", {}).get("nbgrader", {})
            name = str(nbgrader.get("grade_id") or cell.get("id") or f"cell-{number}")
            text = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
            yield name, text, is_grade(cell) and not is_solution(cell)


def _reads(source: str) -> frozenset[str]:
    """Return the global names that a cell reads without having bound them; none when it does not parse."""
    try:
        top = symtable.symtable(source, "<cell>", "exec")
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    own = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    read = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_referenced()}
    pending = top.get_children()
    while pending:
        scope = pending.pop()
        read |= {symbol.get_name() for symbol in scope.get_symbols() if symbol.is_global()}
        pending += scope.get_children()
    return frozenset(read - own)
