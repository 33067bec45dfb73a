"""Filled-in releases: what a trainee would hand in.

Knows notebooks; must not know sheets. Demo and tests make submissions with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from grader.authoring.checksum import is_grade, is_solution


def fill_release(
    notebook: Mapping[str, Any], answers: Mapping[str, str], written: Mapping[str, str]
) -> dict[str, Any]:
    """Return a copy of a release whose answer cells hold `answers` and manual cells `written`.

    Both map grade id → source; cells that are not named stay as released. Raises KeyError for an id
    that no such cell has.
    """
    filled: dict[str, Any] = deepcopy(dict(notebook))
    open_cells = [cell for cell in filled["cells"] if is_solution(cell)]
    by_kind = {
        False: {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in open_cells if not is_grade(cell)},
        True: {cell["metadata"]["nbgrader"]["grade_id"]: cell for cell in open_cells if is_grade(cell)},
    }
    for sources, cells in ((answers, by_kind[False]), (written, by_kind[True])):
        for grade_id, source in sources.items():
            cells[grade_id]["source"] = source
    return filled
