"""The reference answers of assignments, as functions that can be called.

Knows sheets and the facts that their cells ask for; must not know what the functions are for.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grader.authoring.lab import lab_files
from grader.authoring.sheet import parse_sheet
from grader.manifest.read import load_course
from grader.model.assignment import CellRole

ROOT = Path(__file__).resolve().parents[1]
ASSIGNMENTS = ROOT / "assignments"

if str(ROOT / "course") not in sys.path:
    sys.path.insert(0, str(ROOT / "course"))


def load_answers(assignment: str, *cells: str, folder: Path = ASSIGNMENTS) -> dict[str, Any]:
    """Return what the fixed cells and the named answer cells of a sheet define."""
    path = folder / assignment / "sheet.md"
    sheet, _ = parse_sheet(path.read_text(encoding="utf-8"), path.name)
    absent = set(cells) - {cell.id for cell in sheet.cells}
    if absent:
        raise LookupError(f"{assignment} has no cell {', '.join(sorted(absent))}")
    names: dict[str, Any] = {}
    with _facts(), contextlib.redirect_stdout(io.StringIO()):
        for cell in sheet.cells:
            if cell.role is CellRole.FIXED or cell.id in cells:
                exec(compile(cell.source, cell.id, "exec"), names)  # noqa: S102 — our own reference answers
    return names


@contextlib.contextmanager
def _facts() -> Iterator[None]:
    """Let `medai_lab.fact` answer here as it does in a notebook."""
    from medai_lab import facts

    before = facts.FACTS_FILE
    with tempfile.TemporaryDirectory() as folder:
        content = lab_files({}, load_course(ROOT).facts)["medai_lab/facts.json"]
        facts.FACTS_FILE = Path(folder) / "facts.json"
        facts.FACTS_FILE.write_bytes(content)
        try:
            yield
        finally:
            facts.FACTS_FILE = before


def read_values(fact: str) -> dict[str, Any]:
    """Return the values of a fact."""
    content = lab_files({}, load_course(ROOT).facts)["medai_lab/facts.json"]
    return json.loads(content)[fact]
