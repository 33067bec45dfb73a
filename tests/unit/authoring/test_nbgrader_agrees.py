"""The real `nbgrader generate_assignment` on our source makes the release that we make."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from grader.authoring.build import build_release, build_source, list_source_cells
from grader.authoring.marks import CODE_STUB
from grader.model.assignment import CellRole
from grader.model.content import AssignmentContent
from grader.text import Language

STARTED = {"limit"}
"""Answers with a starter, which nbgrader does not know: there it shows its stub."""


@pytest.fixture(scope="module")
def generated(sample: AssignmentContent, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course directory in which nbgrader has generated the sample."""
    course = tmp_path_factory.mktemp("course")
    source = course / "source" / "sample" / "sample.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text(json.dumps(build_source(sample.sheet, sample.assignment)), encoding="utf-8")
    placeholder = next(cell.source for cell in sample.sheet.cells if cell.role is CellRole.MANUAL)
    (course / "nbgrader_config.py").write_text(
        f"c = get_config()\n"
        f"c.CourseDirectory.root = {str(course)!r}\n"
        f"c.ClearSolutions.code_stub = {{'python': {CODE_STUB!r}}}\n"
        f"c.ClearSolutions.text_stub = {placeholder!r}\n",
        encoding="utf-8",
    )
    scripts = Path(sys.executable).parent
    done = subprocess.run(
        [str(scripts / "nbgrader"), "generate_assignment", "sample"],
        cwd=course,
        env=os.environ | {"PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}", "HOME": str(course)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return course


def test_the_release_is_the_one_that_nbgrader_makes(generated: Path, sample: AssignmentContent) -> None:
    """Sources, metadata, points and checksums agree, in cells nbgrader keeps and in others."""
    theirs = json.loads((generated / "release/sample/sample.ipynb").read_text("utf-8"))
    theirs = {cell["id"]: cell for cell in theirs["cells"]}
    compared = 0
    for language in Language:
        for cell in build_release(sample.sheet, sample.assignment, language)["cells"]:
            if cell["id"] in STARTED:
                continue
            other = dict(theirs[cell["id"]])
            other["source"] = "".join(other["source"])
            assert cell == other
            compared += 1
    assert compared == 2 * 8


def test_with_a_starter_only_text_and_checksum_differ(generated: Path, sample: AssignmentContent) -> None:
    """A starter is the one thing that our release has and nbgrader's has not."""
    theirs = json.loads((generated / "release/sample/sample.ipynb").read_text("utf-8"))
    ours = build_release(sample.sheet, sample.assignment, Language.KO)
    for name in STARTED:
        (other,) = [cell for cell in theirs["cells"] if cell["id"] == name]
        (cell,) = [cell for cell in ours["cells"] if cell["id"] == name]
        metadata, other_metadata = cell["metadata"]["nbgrader"], other["metadata"]["nbgrader"]
        assert metadata.pop("checksum") != other_metadata.pop("checksum")
        assert cell["metadata"] == other["metadata"]
        assert "".join(other["source"]) == CODE_STUB


def test_the_gradebook_holds_the_cells_that_we_list(generated: Path, sample: AssignmentContent) -> None:
    """`list_source_cells` is what nbgrader saved: type, text, lock and checksum, graded ones with points."""
    with sqlite3.connect(generated / "gradebook.db") as database:
        rows = database.execute(
            "select name, cell_type, source, locked, checksum from source_cell"
        ).fetchall()
        points = dict(
            database.execute(
                "select base_cell.name, grade_cells.max_score from grade_cells"
                " join base_cell on base_cell.id = grade_cells.id"
            ).fetchall()
        )
    database.close()
    saved = {row[0]: row[1:] for row in rows}
    listed = list_source_cells(sample.sheet, sample.assignment)
    assert set(saved) == {cell.name for cell in listed}
    for cell in listed:
        if cell.name not in STARTED:
            assert saved[cell.name] == (cell.cell_type, cell.source, int(cell.locked), cell.checksum)
    assert points == {cell.name: cell.points for cell in listed if cell.grade}
