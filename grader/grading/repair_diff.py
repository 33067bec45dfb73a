"""What was put right in a submission, or what keeps it from being graded, as a unified diff for graders.

Knows cells as handed in, cells as graded and the blueprint; must not know files. Test cells are shown as
the trainee got them: hidden tests are no change of the trainee's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import unified_diff
from typing import Any

from grader.grading.blueprint import Blueprint, same_text
from grader.grading.matching import match_cells
from grader.grading.repair import Repaired

MAX_LINES = 1_500
MAX_LINE_CHARACTERS = 200
MAX_DIFF_CHARACTERS = 100_000
CUT = "… (줄임 · shortened)"
_LABELS = ("grade_id", "grade", "solution", "task", "locked", "points")


def diff_repair(
    handed_in: tuple[str, Sequence[Mapping[str, Any]]], repaired: Repaired, blueprint: Blueprint
) -> str:
    """Return the diff between a submission (file name, cells) and what is graded; empty if there is none."""
    file, cells = handed_in
    ids = [str(cell.get("id", "")) for cell in cells]
    keys = {key.grade_id: key for key in blueprint.keys}
    before = _show_all(cells)
    after: list[str] = []
    for cell, origin in zip(repaired.notebook["cells"], repaired.origins, strict=True):
        key = keys.get(str(cell["id"]))
        source = key.visible if key and not key.is_open else str(cell["source"])
        if origin is not None and same_text(str(cells[origin]["source"])) == same_text(source):
            source = str(cells[origin]["source"])  # spaces at line ends are no difference
        after += _show(cell, ids[origin] if origin is not None else "", source)
    before, after = _bound(before), _bound(after)
    names = f"handed in: {plain_line(file)}", f"graded: {blueprint.assignment}.ipynb"
    text = "\n".join(unified_diff(before, after, *names, lineterm="", n=2))
    if not text and file != f"{blueprint.assignment}.ipynb":
        text = f"--- {names[0]}\n+++ {names[1]}"
    return shorten_diff(text, MAX_DIFF_CHARACTERS) + "\n" if text else ""


def diff_release(cells: Sequence[dict[str, Any]], blueprint: Blueprint) -> str:
    """Return the diff between what was released and a submission's cells; empty if there is none.

    For work that nobody put right. Of cells that are not graded only those stand in it that the submission
    has: releases have their prose in one language, blueprints in both.
    """
    there = set(match_cells(cells, blueprint).given.values())
    released = [
        (key.position, key.cell_type, key.cell_id, key.visible, key.metadata) for key in blueprint.keys
    ]
    for given in blueprint.given:
        if given.position in there:
            released.append((given.position, given.cell_type, given.cell_id, given.source, {}))
    before: list[str] = []
    for _, cell_type, cell_id, source, label in sorted(released, key=lambda cell: cell[0]):
        shown = {"cell_type": cell_type, "metadata": {"nbgrader": label}}
        before += _show(shown, cell_id, same_text(source))
    after = _show_all(cells, same_text)
    lines = unified_diff(_bound(before), _bound(after), "released", "handed in", lineterm="", n=2)
    return shorten_diff("\n".join(lines), MAX_DIFF_CHARACTERS)


def shorten_diff(text: str, limit: int) -> str:
    """Return the beginning of a diff, whole lines."""
    text = text.rstrip("\n")
    return text if len(text) <= limit else f"{text[:limit].rpartition(chr(10))[0]}\n{CUT}"


def _show_all(cells: Sequence[Mapping[str, Any]], read: Callable[[str], str] = str) -> list[str]:
    """Return what was handed in as lines, each text as `read` gives it; no more of it than a diff shows."""
    lines: list[str] = []
    for cell in cells:
        if len(lines) > MAX_LINES:
            break
        lines += _show(cell, str(cell.get("id", "")), read(str(cell["source"])))
    return lines


def _show(cell: Mapping[str, Any], cell_id: str, source: str) -> list[str]:
    """Return a cell as lines: what it is, how nbgrader is told to treat it, its text as far as diffs go."""
    label = cell.get("metadata", {}).get("nbgrader", {})
    told = " ".join(f"{name}={_value(label[name])}" for name in _LABELS if name in label)
    head = f"[{cell['cell_type']} {cell_id or '-'}]"
    return [
        plain_line(f"{head} {told}".rstrip()),
        *map(plain_line, source.rstrip().split("\n", MAX_LINES)),
        "",
    ]


def _value(value: Any) -> str:
    """Return a label's value; 3 and 3.0 points are the same."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def plain_line(line: str) -> str:
    """Return one line that no terminal obeys."""
    line = "".join(
        sign if sign.isprintable() or sign == "\t" else "\ufffd" for sign in line[: MAX_LINE_CHARACTERS + 1]
    )
    return line if len(line) <= MAX_LINE_CHARACTERS else line[:MAX_LINE_CHARACTERS] + "…"


def _bound(lines: list[str]) -> list[str]:
    return lines if len(lines) <= MAX_LINES else [*lines[:MAX_LINES], CUT]
