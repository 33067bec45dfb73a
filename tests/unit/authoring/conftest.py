"""The sample assignment of the goldens, as text and as content."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from grader.authoring.sheet import FRONT_MATTER, parse_sheet
from grader.model.assignment import Assignment, Sheet, WrongAnswer
from grader.model.content import AssignmentContent

SAMPLE = Path(__file__).parents[2] / "golden" / "authoring" / "sample"


@pytest.fixture(scope="session")
def sample_text() -> str:
    """The sample's sheet."""
    return (SAMPLE / "sheet.md").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def sample(sample_text: str) -> AssignmentContent:
    """The sample assignment."""
    sheet, problems = parse_sheet(sample_text, "sheet.md")
    assert problems == []
    return AssignmentContent(
        assignment=Assignment.model_validate(yaml.safe_load((SAMPLE / "assignment.yml").read_text("utf-8"))),
        path="assignments/sample",
        sheet=sheet,
        wrong={
            path.stem: WrongAnswer.model_validate(yaml.safe_load(path.read_text("utf-8")))
            for path in sorted(SAMPLE.glob("wrong/*.yml"))
        },
        data={path.name: path.read_bytes() for path in sorted(SAMPLE.glob("data/*"))},
    )


@pytest.fixture
def changed(sample: AssignmentContent, sample_text: str) -> Callable[..., AssignmentContent]:
    """Return a function that makes the sample with (old, new) replacements in its sheet."""

    def change(*replacements: tuple[str, str]) -> AssignmentContent:
        text = sample_text
        for old, new in replacements:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in the sample"
            text = text.replace(old, new)
        sheet, problems = parse_sheet(text, "sheet.md")
        assert problems == []
        return replace(sample, sheet=sheet)

    return change


@pytest.fixture(scope="session")
def with_front() -> Callable[[str], str]:
    """Return a function that puts a sheet's front matter above a text."""
    head = "---\n" + yaml.safe_dump(dict(FRONT_MATTER), sort_keys=False) + "---\n"
    return lambda body: head + body


@pytest.fixture
def one_cell() -> Callable[..., Sheet]:
    """Return a function that makes a sheet of one code cell."""

    def make(source: str, role: str = "test", **fields: object) -> Sheet:
        cell = {"id": "only", "role": role, "source": source, "line": 10, **fields}
        return Sheet.model_validate({"cells": [cell]})

    return make
