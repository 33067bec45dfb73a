"""nbgrader's cell checksum, without nbgrader.

Knows the nbgrader metadata of one cell; must not import nbgrader. The formula is that of
`nbgrader.utils.compute_checksum` 0.9.6; a test compares the two.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any


def is_grade(cell: Mapping[str, Any]) -> bool:
    """Return whether nbgrader gives points to the cell."""
    return bool(_nbgrader(cell).get("grade", False))


def is_solution(cell: Mapping[str, Any]) -> bool:
    """Return whether the learner writes in the cell."""
    return bool(_nbgrader(cell).get("solution", False))


def is_locked(cell: Mapping[str, Any]) -> bool:
    """Return whether nbgrader restores the cell before grading."""
    if is_solution(cell):
        return False
    return is_grade(cell) or bool(_nbgrader(cell).get("locked", False))


def _nbgrader(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    value: Mapping[str, Any] = cell.get("metadata", {}).get("nbgrader", {})
    return value


def compute_checksum(cell: Mapping[str, Any]) -> str:
    """Return the MD5 that nbgrader stores for a cell of a version-4 notebook with nbgrader metadata."""
    metadata = _nbgrader(cell)
    source = cell["source"]
    digest = hashlib.md5(usedforsecurity=False)
    digest.update(("".join(source) if isinstance(source, list) else source).encode())
    digest.update(str(cell["cell_type"]).encode())
    for flag in (is_grade(cell), is_solution(cell), is_locked(cell)):
        digest.update(str(flag).encode())
    digest.update(str(metadata["grade_id"]).encode())
    if is_grade(cell):
        digest.update(str(float(metadata["points"])).encode())
    return digest.hexdigest()
