"""nbgrader itself, run on the same source notebook, records the same cells as our release."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory as NbgraderCourse
from traitlets.config import Config

from grader.grading.gradebook import open_gradebook


def recorded(database: Path) -> dict[str, Any]:
    with Gradebook(f"sqlite:///{database}") as book:
        notebook = book.find_notebook("sample", "sample")
        return {
            "graded": {cell.name: (cell.max_score, cell.cell_type) for cell in notebook.grade_cells},
            "solutions": {cell.name for cell in notebook.solution_cells},
            "sources": {cell.name: (cell.cell_type, cell.locked) for cell in notebook.source_cells},
            "locked": {c.name: (c.source, c.checksum) for c in notebook.source_cells if c.locked},
            "kernel": notebook.kernelspec,
        }


@pytest.mark.filterwarnings("default")  # nbgrader's and nbconvert's own
def test_nbgrader_records_the_same_cells(course: Any, tmp_path: Path) -> None:
    """`nbgrader generate_assignment` on our source gives the same cells, points, sources and checksums."""
    shutil.copytree(course.paths.source("sample").parent, tmp_path / "source" / "sample")
    with open_gradebook(tmp_path / "gradebook.db"):
        pass  # nbgrader would call the `alembic` program to make it
    config = Config()
    config.CourseDirectory.root = str(tmp_path)
    api = NbGraderAPI(NbgraderCourse(config=config), config=config)
    done = api.generate_assignment("sample")
    assert done["success"], done.get("error") or done["log"]
    assert recorded(tmp_path / "gradebook.db") == recorded(course.paths.gradebook)
