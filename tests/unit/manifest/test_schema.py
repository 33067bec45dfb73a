"""JSON Schemas are valid, describe their keys and accept the files that the models accept."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from grader.manifest.schema import SCHEMAS, build_schema, write_schemas

ROOT = Path(__file__).parents[3]


def plain(value: Any) -> Any:
    """Return a YAML value as JSON has it: editors read dates as text."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime) else value


def files_for(name: str) -> list[Path]:
    """Return the real files that the schema `name` is for."""
    patterns = {
        "course": "course/course.yml",
        "facts": "course/facts.yml",
        "assignment": "assignments/*/assignment.yml",
        "wrong-answer": "assignments/*/wrong/*.yml",
    }
    return sorted(ROOT.glob(patterns.get(name, f"course/modules/*/{name}.yml")))


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_is_valid_and_accepts_the_real_files(name: str) -> None:
    """What passes the check passes in the editor."""
    schema = build_schema(name)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    paths = files_for(name)
    assert paths
    for path in paths:
        errors = [error.message for error in validator.iter_errors(plain(yaml.safe_load(path.read_text())))]
        assert errors == [], path


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("course", {"id": "Not An Id"}),
        ("module", {"minuts": {}}),
        ("quiz", {"questions": []}),
        ("facts", {"facts": [{"id": "a"}]}),
        ("spreadsheet", {"title": {"ko": "a"}}),
        ("assignment", {"revision": 0}),
        ("wrong-answer", {"caught_by": []}),
    ],
)
def test_schema_rejects_faults(name: str, fault: dict[str, Any]) -> None:
    """Unknown keys, missing languages and wrong values show up while typing."""
    whole = plain(yaml.safe_load(files_for(name)[0].read_text()))
    assert not Draft202012Validator(build_schema(name)).is_valid({**whole, **fault})


def test_fields_are_described() -> None:
    """Hovering over a key tells what it is for, in nested models too."""
    schema = build_schema("module")
    assert (
        schema["properties"]["question"]["description"] == "The question from work that the module answers."
    )
    facts = build_schema("facts")["$defs"]
    assert facts["Source"]["properties"]["read"]["description"] == "The day we read it."
    assert facts["Fact"]["description"]


def test_write_schemas(tmp_path: Path) -> None:
    """Every schema is written as readable JSON; the paths written come back."""
    written = write_schemas(tmp_path / "schema")
    assert [path.name for path in written] == [f"{name}.schema.json" for name in SCHEMAS]
    for path in written:
        assert json.loads(path.read_text())["$schema"].endswith("2020-12/schema")
