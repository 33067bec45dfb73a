"""Mutants: reference answers with one small mistake each, which the tests must notice.

Knows sheets and where their reference stands; `mutation` knows the mistakes. Must not run anything. The same
sheet always gives the same mutants, with the same ids.
"""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.authoring.marks import Mark, drop_starters, find_regions
from grader.authoring.mutation import Change, find_changes
from grader.authoring.source_places import SourcePlaces
from grader.authoring.syntax import parse_code
from grader.model.assignment import Cell, CellRole, Sheet

MOST_MUTANTS = 400
"""Of an assignment with more, this many are drawn: every run takes a tenth of a second or two."""


@dataclass(frozen=True)
class Mutant:
    """A reference answer with one mistake in it."""

    id: str
    """Cell, line within the cell, operator, and a number where these give several."""
    cell: str
    line: int
    """1-based line in the sheet."""
    operator: str
    before: str
    """The line as the author wrote it."""
    after: str
    source: str
    """The cell with the mistake, as it is handed in."""


def make_mutants(sheet: Sheet) -> list[Mutant]:
    """Return every mutant of the reference answers, in the order of the sheet.

    A cell that does not parse has none: lint reports it.
    """
    return [
        mutant for cell in sheet.cells if cell.role is CellRole.ANSWER for mutant in _mutants_of_cell(cell)
    ]


def draw_mutants(mutants: Sequence[Mutant], most: int = MOST_MUTANTS) -> list[Mutant]:
    """Return at most so many, in their order: always the same ones, whatever else the sheet holds."""
    if len(mutants) <= most:
        return list(mutants)
    drawn = sorted(mutants, key=lambda mutant: hashlib.sha256(mutant.id.encode()).hexdigest())[:most]
    chosen = {mutant.id for mutant in drawn}
    return [mutant for mutant in mutants if mutant.id in chosen]


def _mutants_of_cell(cell: Cell) -> Iterator[Mutant]:
    source = cell.source
    try:
        seen = {_tree_of(source)}
        changes = sorted(find_changes(source), key=lambda change: (change.start, change.end))
    except SyntaxError:
        return
    places, numbers = SourcePlaces(source), Counter[str]()
    reference = _reference_lines(source)
    for change in changes:
        first, last = places.line(change.start), places.line(change.end)
        changed = source[: change.start] + change.text + source[change.end :]
        if first not in reference or last not in reference:
            continue  # what the author gives away is not the learner's to get wrong
        try:
            tree = _tree_of(changed)
        except SyntaxError:
            continue
        if tree in seen:
            continue
        seen.add(tree)
        name = f"{cell.id}:{first + 1}:{change.operator}"
        numbers[name] += 1
        yield Mutant(
            id=name if numbers[name] == 1 else f"{name}-{numbers[name]}",
            cell=cell.id,
            line=cell.line + first,
            operator=change.operator,
            before=_one_line(source, first, last),
            after=_one_line(changed, first, last + _added_lines(change, source)),
            source=drop_starters(changed),
        )


def _tree_of(source: str) -> str:
    return ast.dump(parse_code(source))


def _reference_lines(source: str) -> frozenset[int]:
    """Return the 0-based lines that a release takes out; all of them when there are no marks."""
    regions, _ = find_regions(source, Mark.SOLUTION)
    if not regions:
        return frozenset(range(source.count("\n") + 1))
    return frozenset(line for region in regions for line in range(region.begin + 1, region.end))


def _added_lines(change: Change, source: str) -> int:
    return change.text.count("\n") - source.count("\n", change.start, change.end)


def _one_line(source: str, first: int, last: int) -> str:
    return " ".join(" ".join(source.split("\n")[first : last + 1]).split())
