"""Notebooks as nbformat-4 dictionaries: how one is put together.

Knows the notebook format and nbgrader's metadata schema 3; must not know sheets' texts or files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from grader.authoring.checksum import compute_checksum, is_grade, is_locked, is_solution
from grader.model.assignment import Cell, CellRole

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
RAISES_TAG = "raises-exception"
"""The tag by which notebook tools let a cell end in an error."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ANCHOR = re.compile(r"^( {0,3}#{1,6}[ \t].*?)[ \t]*\{#[^}\s]+\}[ \t]*$")


def make_notebook(cells: Sequence[Mapping[str, Any]], medai: Mapping[str, Any]) -> dict[str, Any]:
    """Return a notebook; `medai` says what it is a notebook of."""
    return {
        "cells": [dict(cell) for cell in cells],
        "metadata": {"kernelspec": dict(KERNEL), "medai": dict(medai)},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def notebook_bytes(notebook: Mapping[str, Any]) -> bytes:
    """Return a notebook as Jupyter itself writes it."""
    return (json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def make_cell(cell: Cell, source: str) -> dict[str, Any]:
    """Return the notebook cell for a sheet's cell, with `source` for its text."""
    metadata: dict[str, Any] = {}
    nbgrader = _nbgrader_metadata(cell)
    if nbgrader is not None:
        metadata["nbgrader"] = nbgrader
    if cell.raises:
        metadata["tags"] = [RAISES_TAG]
    made: dict[str, Any] = {
        "cell_type": "markdown" if cell.role in (CellRole.PROSE, CellRole.MANUAL) else "code",
        "id": notebook_id(cell),
        "metadata": metadata,
        "source": source,
    }
    if made["cell_type"] == "code":
        made |= {"execution_count": None, "outputs": []}
    return made


def notebook_id(cell: Cell) -> str:
    """Return the cell's id in notebooks; prose adds its language, as no other id has an underscore."""
    return f"{cell.id}_{cell.language}" if cell.language else cell.id


def _nbgrader_metadata(cell: Cell) -> dict[str, Any] | None:
    flags = {
        CellRole.ANSWER: {"grade": False, "locked": False, "solution": True},
        CellRole.TEST: {"grade": True, "locked": True, "solution": False},
        CellRole.FIXED: {"grade": False, "locked": True, "solution": False},
        CellRole.MANUAL: {"grade": True, "locked": False, "solution": True},
    }.get(cell.role)
    if flags is None:
        return None
    points = {"points": cell.points} if flags["grade"] else {}
    return {"schema_version": 3, "grade_id": cell.id, **flags, **points, "task": False}


def lock_cell(cell: dict[str, Any]) -> dict[str, Any]:
    """Return the cell as nbgrader releases it: protected in the editor, checksum in the metadata."""
    if not (is_grade(cell) or is_solution(cell) or is_locked(cell)):
        return cell
    added = {"checksum": compute_checksum(cell), "cell_type": cell["cell_type"]}
    nbgrader = {**cell["metadata"]["nbgrader"], **added}
    editable = {} if is_solution(cell) else {"editable": False}
    return {**cell, "metadata": {**cell["metadata"], "deletable": False, **editable, "nbgrader": nbgrader}}


def strip_anchors(markdown: str) -> str:
    """Remove `{#anchor}` from headings, which notebooks would show; leave code alone."""
    lines = []
    fence = ""
    for line in markdown.split("\n"):
        match = _FENCE.match(line)
        if match and not fence:
            fence = match.group(1)
        elif match and match.group(1).startswith(fence) and not line.strip().strip(fence[0]):
            fence = ""
        elif not fence:
            line = _ANCHOR.sub(r"\1", line)
        lines.append(line)
    return "\n".join(lines)
