"""What an assignment's notebook must contain: the cells that grading relies on.

Knows the instructor's notebook and its release; must not know submissions or files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from grader.authoring.checksum import compute_checksum, is_grade, is_locked, is_solution
from grader.authoring.isolation import Isolation, read_isolation
from grader.authoring.marks import drop_hidden_tests

_DEFINES = re.compile(r"^(?:async\s+)?(?:def|class)\s+(\w+)|^(\w+)\s*(?::[^=\n]+)?=(?!=)", re.MULTILINE)


class KeyKind(StrEnum):
    """What a key cell is for; `model.assignment.CellRole` without what grading does not need."""

    TEST = "test"
    FIXED = "fixed"
    ANSWER = "answer"
    MANUAL = "manual"


@dataclass(frozen=True)
class KeyCell:
    """A cell that nbgrader keeps track of."""

    grade_id: str
    cell_id: str
    """Notebook cell id in releases."""
    kind: KeyKind
    cell_type: str
    position: int
    """Index in the instructor's notebook."""
    source: str
    """What runs for test and fixed cells, hidden tests included; the stub for the others."""
    visible: str
    """What trainees got."""
    metadata: Mapping[str, Any]
    """nbgrader's metadata with the checksum of `source`, as its gradebook has it."""
    names: frozenset[str]
    """Answer cells: names that only this cell defines at the top level."""

    @property
    def points(self) -> float:
        """Points of a test or manual cell."""
        return float(self.metadata.get("points", 0)) if self.metadata.get("grade") else 0.0

    @property
    def is_open(self) -> bool:
        """Whether the trainee writes in it."""
        return self.kind in (KeyKind.ANSWER, KeyKind.MANUAL)


@dataclass(frozen=True)
class GivenCell:
    """A cell of the release that is not graded: prose in either language, or code to run."""

    cell_id: str
    cell_type: str
    position: int
    source: str


@dataclass(frozen=True)
class Blueprint:
    """An assignment's notebook as grading sees it."""

    assignment: str
    revision: int
    keys: tuple[KeyCell, ...]
    given: tuple[GivenCell, ...]
    kernelspec: Mapping[str, Any]
    isolation: Isolation = field(default_factory=Isolation)
    earlier: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Grade id → what trainees got in that cell in earlier versions, as `same_text`."""
    added: frozenset[str] = frozenset()
    """Grade ids that some earlier version does not have."""

    def key(self, grade_id: str) -> KeyCell:
        """Return a key cell by its grade id."""
        return next(key for key in self.keys if key.grade_id == grade_id)

    @property
    def graded(self) -> tuple[KeyCell, ...]:
        """Cells with points."""
        return tuple(key for key in self.keys if key.kind in (KeyKind.TEST, KeyKind.MANUAL))

    @property
    def hidden_lines(self) -> frozenset[str]:
        """Telling lines of hidden tests, stripped: no output shown to a trainee may contain one."""
        lines: set[str] = set()
        for key in self.keys:
            shown = {line.strip() for line in key.visible.split("\n")}
            lines |= {line.strip() for line in key.source.split("\n")} - shown
        return frozenset(line for line in lines if len(line) >= 12 and not line.startswith("#"))


def same_text(text: str) -> str:
    """Return a cell's text without what editors change on their own: space at line ends."""
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))


def defined_names(source: str) -> set[str]:
    """Return names that code defines at the top level; works on code that does not parse, too."""
    return {function or variable for function, variable in _DEFINES.findall(source)}


def read_blueprint(source: Mapping[str, Any], release: Mapping[str, Any]) -> Blueprint:
    """Return the blueprint of an assignment from the instructor's notebook and its release."""
    released = {_grade_id(cell): cell for cell in release["cells"] if _grade_id(cell)}
    cells = list(enumerate(source["cells"]))
    names = _own_names(source, released)
    medai = source["metadata"].get("medai", {})
    return Blueprint(
        assignment=str(medai.get("assignment", "")),
        revision=int(medai.get("revision", 1)),
        keys=tuple(
            _key(cell, released[_grade_id(cell)], position, names)
            for position, cell in cells
            if _grade_id(cell) in released
        ),
        given=tuple(
            GivenCell(cell.get("id", ""), cell["cell_type"], position, cell["source"])
            for position, cell in cells
            if not _grade_id(cell)
        ),
        kernelspec=source["metadata"].get("kernelspec", {}),
        isolation=read_isolation(source),
    )


def with_history(blueprint: Blueprint, earlier: Iterable[Blueprint]) -> Blueprint:
    """Return the blueprint knowing what earlier versions of the assignment handed out."""
    texts: dict[str, set[str]] = {}
    added: set[str] = set()
    for old in earlier:
        for key in old.keys:
            texts.setdefault(key.grade_id, set()).add(same_text(key.visible))
        added |= {key.grade_id for key in blueprint.keys} - {key.grade_id for key in old.keys}
    return replace(
        blueprint,
        earlier={grade_id: frozenset(found) for grade_id, found in texts.items()},
        added=frozenset(added),
    )


def _grade_id(cell: Mapping[str, Any]) -> str:
    """Return the grade id of a cell that nbgrader keeps track of, else an empty string."""
    tracked = is_grade(cell) or is_solution(cell) or is_locked(cell)
    return str(cell["metadata"]["nbgrader"]["grade_id"]) if tracked else ""


def _kind(cell: Mapping[str, Any]) -> KeyKind:
    if is_solution(cell):
        return KeyKind.MANUAL if is_grade(cell) else KeyKind.ANSWER
    return KeyKind.TEST if is_grade(cell) else KeyKind.FIXED


def _key(
    cell: Mapping[str, Any], released: Mapping[str, Any], position: int, names: Mapping[str, frozenset[str]]
) -> KeyCell:
    kind = _kind(cell)
    is_open = kind in (KeyKind.ANSWER, KeyKind.MANUAL)
    kept = {**cell, "source": released["source"] if is_open else cell["source"]}
    stored = {"cell_type": cell["cell_type"], "checksum": compute_checksum(kept)}
    nbgrader = {**cell["metadata"]["nbgrader"], **stored}
    grade_id = str(nbgrader["grade_id"])
    return KeyCell(
        grade_id=grade_id,
        cell_id=str(released.get("id", "")),
        kind=kind,
        cell_type=cell["cell_type"],
        position=position,
        source=kept["source"],
        visible=released["source"] if is_open else drop_hidden_tests(cell["source"]),
        metadata=nbgrader,
        names=names.get(grade_id, frozenset()),
    )


def _own_names(source: Mapping[str, Any], released: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Return grade id of answer cells → names that no other cell of the notebook defines."""
    defined = [
        (_grade_id(cell), defined_names(cell["source"]) | defined_names(_stub(cell, released)))
        for cell in source["cells"]
        if cell["cell_type"] == "code" and not is_grade(cell)
    ]
    names: dict[str, frozenset[str]] = {}
    for number, (grade_id, own) in enumerate(defined):
        others = {name for other, (_, more) in enumerate(defined) if other != number for name in more}
        names[grade_id] = frozenset(own - others)
    return names


def _stub(cell: Mapping[str, Any], released: Mapping[str, Any]) -> str:
    stub = released.get(_grade_id(cell), {}).get("source", "")
    return str(stub)
