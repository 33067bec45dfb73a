"""What the builder makes of the sample assignment, byte for byte. Run this file to write it anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from grader.authoring.build import build_release, build_source
from grader.authoring.sheet import parse_sheet
from grader.model.assignment import Assignment
from grader.text import Language

GOLDEN = Path(__file__).parents[2] / "golden" / "authoring"
NAMES = ("source.ipynb", "release.ko.ipynb", "release.en.ipynb")


def build(name: str) -> dict[str, Any]:
    sheet, _ = parse_sheet((GOLDEN / "sample/sheet.md").read_text("utf-8"), "sheet.md")
    assignment = Assignment.model_validate(
        yaml.safe_load((GOLDEN / "sample/assignment.yml").read_text("utf-8"))
    )
    if name == "source.ipynb":
        return build_source(sheet, assignment)
    return build_release(sheet, assignment, Language(name.split(".")[1]))


def as_text(notebook: dict[str, Any]) -> str:
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


@pytest.mark.parametrize("name", NAMES)
def test_notebooks_are_as_recorded(name: str) -> None:
    """The built notebooks change only when somebody means them to."""
    assert as_text(build(name)) == (GOLDEN / name).read_text("utf-8")


if __name__ == "__main__":
    for golden in NAMES:
        (GOLDEN / golden).write_text(as_text(build(golden)), encoding="utf-8")
