"""Notebooks to grading jobs: which cells run, and which of them count.

Knows nbformat-4 dictionaries and nbgrader's metadata; must not know sheets, files or how jobs run.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from grader.authoring.checksum import is_grade, is_solution
from grader.authoring.isolation import Isolation
from grader.authoring.notebook import RAISES_TAG
from grader.model.work import CodeCell, GradingJob, Limits
from grader.text import Language


def job_from_notebook(
    notebook: Mapping[str, Any],
    assignment_id: str,
    revision: int,
    files: Mapping[str, bytes],
    limits: Limits | None = None,
    language: Language = Language.KO,
    grader_version: str = "",
    hash_seed: int = 0,
    isolation: Isolation | None = None,
    own_files: Mapping[str, bytes] | None = None,
) -> GradingJob:
    """Return the job that runs the notebook's code cells in order.

    The notebook must be sane: nbformat 4, text sources. A cell's id is its grade id if it has one,
    else its notebook id; an id that stands twice gets a number, since ids of a job are unique. Code
    cells that a person grades run, but do not count as graded. `isolation` is that of the assignment's own
    notebook; without it every test runs in the checker, which then knows nothing of the author's names.
    `files` are the author's, `own_files` the learner's.
    """
    isolation = isolation or Isolation()
    cells: list[CodeCell] = []
    taken: set[str] = set()
    for number, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code":
            name = _unique(_name(cell, number), taken)
            cells.append(_code_cell(cell, name, isolated=name not in isolation.shared))
    return GradingJob(
        assignment=assignment_id,
        revision=revision,
        cells=tuple(cells),
        author_cells=isolation.author_cells if any(cell.graded for cell in cells) else (),
        files=_pack(files),
        own_files=_pack(own_files or {}),
        limits=limits or Limits(),
        hash_seed=hash_seed,
        language=language,
        grader_version=grader_version,
    )


def _pack(files: Mapping[str, bytes]) -> tuple[tuple[str, str], ...]:
    return tuple((path, b64encode(files[path]).decode()) for path in sorted(files))


def _name(cell: Mapping[str, Any], number: int) -> str:
    nbgrader = cell.get("metadata", {}).get("nbgrader", {})
    return str(nbgrader.get("grade_id") or cell.get("id") or f"cell-{number}")


def _unique(name: str, taken: set[str]) -> str:
    candidate, count = name, 1
    while candidate in taken:
        count += 1
        candidate = f"{name}-{count}"
    taken.add(candidate)
    return candidate


def _code_cell(cell: Mapping[str, Any], name: str, isolated: bool) -> CodeCell:
    source = cell["source"]
    source = "".join(source) if isinstance(source, list) else source
    graded = is_grade(cell) and not is_solution(cell)
    metadata = cell.get("metadata", {})
    return CodeCell(
        id=name,
        source=_at_margin(source),
        graded=graded,
        points=float(metadata["nbgrader"].get("points", 0)) if graded else 0,
        raises=RAISES_TAG in metadata.get("tags", ()),
        isolated=isolated or not graded,
    )


def _at_margin(source: str) -> str:
    """Undo the indentation of a cell pasted as an indented block, as IPython does before it runs one.

    Done here so that every reader of a job, not only IPython, sees code that Python can parse.
    """
    lines = source.split("\n")
    while lines and not lines[0].strip():
        lines.pop(0)
    if not lines:
        return ""
    indent = lines[0][: len(lines[0]) - len(lines[0].lstrip(" \t"))]
    return "\n".join(line.removeprefix(indent) for line in lines)
