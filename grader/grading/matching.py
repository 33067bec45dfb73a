"""Which cell of a submission is which cell of the assignment.

Knows cells and blueprints; must not know files or people. Evidence is used from strong to weak:
nbgrader's label, notebook cell id, equal text, names that only this answer defines, similar text,
and at last the place between cells that are certain.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from grader.grading.blueprint import Blueprint, KeyCell, KeyKind, defined_names, same_text

SIMILAR = 0.7
CLEARLY_BETTER = 0.1
MAX_COMPARED_CHARACTERS = 10_000
MAX_COMPARISONS = 400


@dataclass
class Matches:
    """What was found; indices count the submission's cells."""

    claims: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Grade id → cells that claim to be it, in order; several if it was copied."""
    labelled: set[str] = field(default_factory=set)
    """Grade ids found by their label, as they should be."""
    certain: set[str] = field(default_factory=set)
    """Grade ids found by evidence that another assignment's notebook would not have."""
    given: dict[int, int] = field(default_factory=dict)
    """Cells of the release that are not graded → their position in the instructor's notebook."""
    unclear: list[str] = field(default_factory=list)
    """Open cells for which several other cells could be meant."""


class _Search:
    """One search through a submission's cells."""

    def __init__(self, cells: Sequence[dict[str, Any]], blueprint: Blueprint) -> None:
        self.cells = cells
        self.blueprint = blueprint
        self.found = Matches()
        self.taken: set[int] = set()
        # Each is looked at once, not once for every cell of the assignment: a notebook may have 20 MB.
        self.texts = [same_text(cell["source"]) for cell in cells]

    def run(self) -> Matches:
        self._by_label()
        self._by_cell_id()
        self._find_given()
        self._by_text()
        self._by_names()
        self._by_similarity()
        self._by_place()
        return self.found

    def _claim(self, key: KeyCell, *numbers: int, certain: bool = True) -> None:
        self.found.claims[key.grade_id] += numbers
        self.taken.update(numbers)
        if certain:
            self.found.certain.add(key.grade_id)

    def _open_keys(self) -> list[KeyCell]:
        return [key for key in self.blueprint.keys if key.grade_id not in self.found.claims]

    def _free(self, cell_type: str) -> list[int]:
        return [
            number
            for number, cell in enumerate(self.cells)
            if number not in self.taken and number not in self.found.given and cell["cell_type"] == cell_type
        ]

    def _by_label(self) -> None:
        keys = {key.grade_id: key for key in self.blueprint.keys}
        for number, cell in enumerate(self.cells):
            grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if isinstance(grade_id, str) and grade_id in keys:
                self._claim(keys[grade_id], number)
                self.found.labelled.add(grade_id)

    def _by_cell_id(self) -> None:
        numbers = {cell["id"]: number for number, cell in enumerate(self.cells) if number not in self.taken}
        for key in self._open_keys():
            number = numbers.get(key.cell_id) if key.cell_id else None
            if number is not None and self.cells[number]["cell_type"] == key.cell_type:
                self._claim(key, number)

    def _find_given(self) -> None:
        by_id = {given.cell_id: given for given in self.blueprint.given if given.cell_id}
        by_text = {(given.cell_type, same_text(given.source)): given for given in self.blueprint.given}
        for number, cell in enumerate(self.cells):
            if number in self.taken:
                continue
            given = by_text.get((cell["cell_type"], self.texts[number])) or by_id.get(cell["id"])
            if given is not None and given.cell_type == cell["cell_type"] and self.texts[number]:
                self.found.given[number] = given.position

    def _by_text(self) -> None:
        groups: dict[tuple[str, str], list[KeyCell]] = defaultdict(list)
        for key in self._open_keys():
            groups[key.cell_type, same_text(key.visible)].append(key)
        for (cell_type, text), keys in groups.items():
            numbers = [n for n in self._free(cell_type) if self.texts[n] == text]
            if len(keys) == 1 and numbers:
                self._claim(keys[0], *numbers)
            elif len(keys) == len(numbers):
                for key, number in zip(keys, numbers, strict=True):
                    self._claim(key, number)

    def _by_names(self) -> None:
        wanted = [key for key in self._open_keys() if key.kind is KeyKind.ANSWER and key.names]
        free = self._free("code") if wanted else ()
        names = {number: defined_names(self.cells[number]["source"]) for number in free}
        for key in wanted:
            numbers = [n for n in free if n not in self.taken and names[n] & key.names]
            if numbers:
                self._claim(key, *numbers)

    def _by_similarity(self) -> None:
        keys = [key for key in self._open_keys() if key.cell_type == "code"]
        free = self._free("code")
        if len(keys) * len(free) > MAX_COMPARISONS:
            return
        for key in keys:
            scores = sorted(((self._likeness(key, n), n) for n in free if n not in self.taken), reverse=True)
            if not scores or scores[0][0] < SIMILAR:
                continue
            if len(scores) == 1 or scores[0][0] - scores[1][0] >= CLEARLY_BETTER:
                self._claim(key, scores[0][1], certain=False)

    def _likeness(self, key: KeyCell, number: int) -> float:
        text, other = same_text(key.visible), self.texts[number]
        if max(len(text), len(other)) > MAX_COMPARED_CHARACTERS:
            return 0.0
        matcher = SequenceMatcher(None, text, other, autojunk=False)
        if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < SIMILAR - CLEARLY_BETTER:
            return 0.0
        return matcher.ratio()

    def _by_place(self) -> None:
        """Give open cells that are still missing what stands where they should be."""
        for keys, low, high in self._gaps():
            for cell_type in ("code", "markdown"):
                wanted = [key for key in keys if key.is_open and key.cell_type == cell_type]
                written = [n for n in self._free(cell_type) if low < n < high and self.texts[n]]
                self._settle(wanted, written)

    def _settle(self, wanted: list[KeyCell], written: list[int]) -> None:
        if len(wanted) == len(written):
            for key, number in zip(wanted, written, strict=True):
                self._claim(key, number, certain=False)
        elif len(wanted) == 1 and wanted[0].kind is KeyKind.MANUAL and written:
            self._claim(wanted[0], *written, certain=False)
        elif wanted and written:
            self.found.unclear += [key.grade_id for key in wanted]

    def _gaps(self) -> list[tuple[list[KeyCell], int, int]]:
        """Return runs of missing keys with the cells that certainly stand before and after them."""
        gaps: list[tuple[list[KeyCell], int, int]] = []
        run: list[KeyCell] = []
        low = -1
        for key in self.blueprint.keys:
            if key.grade_id not in self.found.claims:
                run.append(key)
                continue
            place = self.found.claims[key.grade_id][0]
            if run:
                gaps.append((run, low, place))
                run = []
            low = max(low, place)
        return [*gaps, (run, low, len(self.cells))] if run else gaps


def match_cells(cells: Sequence[dict[str, Any]], blueprint: Blueprint) -> Matches:
    """Find every key cell of the assignment in a submission's cells, as far as they are there."""
    return _Search(cells, blueprint).run()
