"""Practice notebooks: a lesson's code with the prose of one language.

Knows sheets of prose and code; must not know assignments, files or how notebooks are run.
"""

from __future__ import annotations

from typing import Any

from grader.authoring.notebook import make_cell, make_notebook, strip_anchors
from grader.model.assignment import CellRole, Sheet
from grader.text import Language


def practice_notebook(sheet: Sheet, language: Language) -> dict[str, Any]:
    """Return the notebook without outputs; its cells carry the sheet's ids (see `notebook_id`)."""
    cells = [
        make_cell(cell, strip_anchors(cell.source) if cell.role is CellRole.PROSE else cell.source)
        for cell in sheet.cells
        if cell.language in (None, language)
    ]
    return make_notebook(cells, {"language": language.value})
