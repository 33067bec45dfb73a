"""A submission's notebook put right: what is graded is the assignment, with the trainee's answers in it.

Knows cells, blueprints and repairs; must not know files, people or how cells run. Test and fixed cells
come from the instructor's notebook, answers from the trainee, and every change is listed. What cannot
be decided for certain is refused for a person to look at: never an abort, never a silent zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from grader.grading.blueprint import Blueprint, KeyCell, KeyKind, defined_names, same_text
from grader.grading.matching import Matches, match_cells
from grader.grading.reasons import Reason, Refusal, Repair, RepairKind

OWN = "own-"
"""Prefix of ids of cells that the trainee added or changed; no grade id begins like this."""
GIVEN = "given-"
"""Prefix of ids of ungraded cells as they were released."""


@dataclass(frozen=True)
class Repaired:
    """A notebook ready to be graded."""

    notebook: dict[str, Any]
    """nbformat 4 without outputs; key cells carry nbgrader's metadata."""
    repairs: tuple[Repair, ...]
    untouched: frozenset[str]
    """Open cells that hold what was released."""
    missing: frozenset[str]
    """Open cells that the trainee's notebook did not have."""
    origins: tuple[int | None, ...] = ()
    """For each cell, which cell of the submission it was; None for those put back."""


@dataclass
class _Item:
    """A cell on its way into the repaired notebook."""

    number: int | None
    """Index in the submission; None for a cell put back."""
    key: KeyCell | None
    position: int | None
    """Index in the instructor's notebook, if the cell is known there."""
    cell_type: str
    source: str
    attachments: Mapping[str, Any] | None = None


@dataclass
class _Kept:
    """What becomes of the cells that claim to be one key."""

    number: int
    source: str
    dropped: tuple[int, ...] = ()


def repair(submission: Mapping[str, Any], blueprint: Blueprint) -> Repaired | Refusal:
    """Return the submission as it can be graded, or why a person must look at it."""
    cells: list[dict[str, Any]] = list(submission["cells"])
    matches = match_cells(cells, blueprint)
    refusal = _why_not(submission, matches, blueprint)
    if refusal:
        return refusal
    kept: dict[str, _Kept] = {}
    for key in blueprint.keys:
        numbers = matches.claims.get(key.grade_id)
        if numbers:
            choice = _choose(key, numbers, cells)
            if choice is None:
                detail = f"cell {key.grade_id} stands {len(numbers)} times with different answers"
                return Refusal(Reason.AMBIGUOUS, detail)
            kept[key.grade_id] = choice
    items = _put_in_order(_items(cells, blueprint, matches, kept))
    _put_back(items, [key for key in blueprint.keys if key.grade_id not in kept])
    repairs = _list_repairs(cells, blueprint, matches, kept)
    return Repaired(
        notebook=_build(items, blueprint),
        repairs=repairs,
        untouched=frozenset(
            item.key.grade_id
            for item in items
            if item.key and item.key.is_open and same_text(item.source) in ("", same_text(item.key.visible))
        ),
        missing=frozenset(key.grade_id for key in blueprint.keys if key.is_open and key.grade_id not in kept),
        origins=tuple(item.number for item in items),
    )


def _why_not(submission: Mapping[str, Any], matches: Matches, blueprint: Blueprint) -> Refusal | None:
    said = submission["metadata"].get("medai", {}).get("assignment")
    if said is not None and said != blueprint.assignment:
        return Refusal(Reason.OTHER_ASSIGNMENT, f"the notebook says it belongs to {said!r}")
    if blueprint.keys and not matches.certain:
        return Refusal(Reason.OTHER_ASSIGNMENT, "no graded cell was found")
    if matches.unclear:
        return Refusal(Reason.AMBIGUOUS, f"several cells could be {', '.join(matches.unclear)}")
    return None


def _choose(key: KeyCell, numbers: Sequence[int], cells: Sequence[Mapping[str, Any]]) -> _Kept | None:
    """Decide which of a key's copies counts; None if a person must."""
    texts = {number: same_text(cells[number]["source"]) for number in numbers}
    if not key.is_open:
        copies = tuple(n for n in numbers[1:] if texts[n] in (same_text(key.visible), texts[numbers[0]]))
        return _Kept(numbers[0], key.source, copies)
    stub = same_text(key.visible)
    answers = _distinct({number: text for number, text in texts.items() if text not in ("", stub)})
    if key.kind is KeyKind.MANUAL and len(answers) > 1:
        joined = "\n\n".join(cells[number]["source"].strip() for number in answers)
        return _Kept(next(iter(answers)), joined, tuple(n for n in numbers if n != next(iter(answers))))
    if len(answers) > 1 and key.names:
        # A copy that does not define what is asked for was a place to try things out.
        defining = {number: text for number, text in answers.items() if defined_names(text) & key.names}
        answers = defining or answers
    if len(answers) > 1:
        return None
    chosen = next(iter(answers), numbers[0])
    # A copy of the stub or of the answer adds nothing, and run later it could undo the answer.
    dropped = tuple(n for n in numbers if n != chosen and texts[n] in ("", stub, texts[chosen]))
    return _Kept(chosen, cells[chosen]["source"], dropped)


def _distinct(texts: Mapping[int, str]) -> dict[int, str]:
    first: dict[str, int] = {}
    for number, text in texts.items():
        first.setdefault(text, number)
    return {number: text for text, number in first.items()}


def _items(
    cells: Sequence[Mapping[str, Any]], blueprint: Blueprint, matches: Matches, kept: Mapping[str, _Kept]
) -> list[_Item]:
    """Return the submission's cells in its order, without copies that add nothing."""
    key_of = {choice.number: (blueprint.key(grade_id), choice) for grade_id, choice in kept.items()}
    dropped = {number for choice in kept.values() for number in choice.dropped}
    dropped |= set(_outdated(cells, blueprint))
    items = []
    for number, cell in enumerate(cells):
        if number in dropped:
            continue
        pasted = cell.get("attachments")
        if number in key_of:
            key, choice = key_of[number]
            items.append(_Item(number, key, key.position, key.cell_type, choice.source, pasted))
        else:
            position = matches.given.get(number)
            items.append(_Item(number, None, position, cell["cell_type"], cell["source"], pasted))
    return items


def _outdated(cells: Sequence[Mapping[str, Any]], blueprint: Blueprint) -> dict[int, str]:
    """Return cells that the assignment has no more, as they were handed out → their old grade ids."""
    keys = {key.grade_id for key in blueprint.keys}
    labels = {n: cell["metadata"].get("nbgrader", {}).get("grade_id") for n, cell in enumerate(cells)}
    return {
        number: label
        for number, label in labels.items()
        if isinstance(label, str)
        and label not in keys
        and same_text(cells[number]["source"]) in blueprint.earlier.get(label, ())
    }


def _put_in_order(items: list[_Item]) -> list[_Item]:
    """Return the items with key cells in the assignment's order; other cells follow the key before them."""
    head: list[_Item] = []
    segments: list[list[_Item]] = []
    for item in items:
        if item.key is not None:
            segments.append([item])
        elif segments:
            segments[-1].append(item)
        else:
            head.append(item)
    segments.sort(key=lambda segment: segment[0].position or 0)
    return head + [item for segment in segments for item in segment]


def _put_back(items: list[_Item], missing: Sequence[KeyCell]) -> None:
    """Insert missing key cells where the assignment has them."""
    for key in missing:
        known = [(item.position, n) for n, item in enumerate(items) if item.position is not None]
        earlier = [n for position, n in known if position < key.position]
        later = [n for position, n in known if position > key.position]
        # A test as late as possible: what the trainee wrote below the answer must have run.
        is_test = key.kind is KeyKind.TEST
        place = min(later, default=len(items)) if is_test else max(earlier, default=-1) + 1
        # Ungraded cells may have been moved about; between its neighbour keys it must be.
        low = max((n + 1 for n in earlier if items[n].key), default=0)
        high = min((n for n in later if items[n].key), default=len(items))
        items.insert(min(max(place, low), high), _Item(None, key, key.position, key.cell_type, key.source))


def _list_repairs(
    cells: Sequence[Mapping[str, Any]], blueprint: Blueprint, matches: Matches, kept: Mapping[str, _Kept]
) -> tuple[Repair, ...]:
    """Return what was put right, one entry per kind."""
    found: dict[RepairKind, list[str]] = {}

    def note(kind: RepairKind, key: KeyCell) -> None:
        found.setdefault(kind, []).append(key.grade_id)

    for key in blueprint.keys:
        choice = kept.get(key.grade_id)
        if choice is None:
            lost = RepairKind.ANSWER_MISSING if key.is_open else RepairKind.CELL_MISSING
            note(RepairKind.NEWER if key.grade_id in blueprint.added else lost, key)
            continue
        cell = cells[choice.number]
        if key.grade_id not in matches.labelled:
            note(RepairKind.METADATA, key)
        elif _is_relabelled(cell["metadata"].get("nbgrader", {}), key):
            note(RepairKind.RELABELLED, key)
        if cell["cell_type"] != key.cell_type:
            note(RepairKind.TYPE_CHANGED, key)
        originals = (same_text(key.visible), same_text(key.source))
        if not key.is_open and same_text(cell["source"]) not in originals:
            was_handed_out = same_text(cell["source"]) in blueprint.earlier.get(key.grade_id, ())
            note(RepairKind.NEWER if was_handed_out else RepairKind.TEST_RESTORED, key)
        if len(matches.claims[key.grade_id]) > 1:
            joined = key.kind is KeyKind.MANUAL and choice.source != cell["source"]
            note(RepairKind.MERGED if joined else RepairKind.DUPLICATE, key)
    if outdated := _outdated(cells, blueprint):
        found.setdefault(RepairKind.NEWER, []).extend(outdated.values())
    numbers = [kept[key.grade_id].number for key in blueprint.keys if key.grade_id in kept]
    repairs = [Repair(kind, tuple(found[kind])) for kind in RepairKind if kind in found]
    return tuple(repairs + ([Repair(RepairKind.ORDER)] if numbers != sorted(numbers) else []))


def _is_relabelled(label: Mapping[str, Any], key: KeyCell) -> bool:
    """Return whether a cell says other things of its grading than the assignment; what it omits is no lie."""
    names = ("grade", "solution", "points") if key.points else ("grade", "solution")
    return any(name in label and label[name] != key.metadata.get(name) for name in names)


def _build(items: Sequence[_Item], blueprint: Blueprint) -> dict[str, Any]:
    """Return the notebook; ids of cells that are not graded can never equal a grade id."""
    cells = []
    given = {same.position: same_text(same.source) for same in blueprint.given}
    for number, item in enumerate(items):
        if item.key is not None:
            cells.append(_cell(item, item.key.grade_id, {"nbgrader": dict(item.key.metadata)}))
            continue
        as_given = item.position is not None and given[item.position] == same_text(item.source)
        cells.append(_cell(item, f"{GIVEN if as_given else OWN}{number}", {}))
    medai = {"assignment": blueprint.assignment, "revision": blueprint.revision}
    metadata = {"kernelspec": dict(blueprint.kernelspec), "medai": medai}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _cell(item: _Item, cell_id: str, metadata: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "cell_type": item.cell_type,
        "id": cell_id,
        "metadata": metadata,
        "source": item.source,
    }
    if item.cell_type == "code":
        made |= {"execution_count": None, "outputs": []}
    elif item.cell_type == "markdown" and item.attachments:
        made["attachments"] = dict(item.attachments)
    return made
