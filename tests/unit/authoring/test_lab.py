"""The `medai_lab` package that notebooks get."""

from __future__ import annotations

import json
from datetime import date

import pytest

from grader.authoring.lab import lab_files
from grader.model.course import Fact


def fact(name: str, **values: object) -> Fact:
    return Fact.model_validate(
        {
            "id": name,
            "kind": "cutoff",
            "statement": {"ko": "기준", "en": "cut-off"},
            "values": values,
            "sources": [{"title": "표", "read": "2026-11-01"}],
            "status": "primary",
            "review_by": "2027-11-01",
        }
    )


def test_the_package_comes_with_the_facts() -> None:
    """Files keep their bytes; facts are their values by id, also when there are none."""
    package = {
        "__init__.py": b"x = 1",
        "data/font.ttf": b"\x00\xff",
        "__pycache__/a.pyc": b"",
        "a/__pycache__/b": b"",
    }
    facts = {"b": fact("b"), "a": fact("a", 남=13, female=[12.0, 15.5], since=date(2026, 1, 2))}
    files = lab_files(package, facts)
    assert sorted(files) == ["medai_lab/__init__.py", "medai_lab/data/font.ttf", "medai_lab/facts.json"]
    assert files["medai_lab/data/font.ttf"] == b"\x00\xff"
    assert json.loads(files["medai_lab/facts.json"]) == {
        "a": {"남": 13, "female": [12.0, 15.5], "since": "2026-01-02"},
        "b": {},
    }


def test_equal_facts_give_equal_bytes() -> None:
    """The order in which facts were read does not matter, so nothing is rebuilt for nothing."""
    first, second = fact("a", x=1), fact("b", y=2)
    assert lab_files({}, {"a": first, "b": second}) == lab_files({}, {"b": second, "a": first})


def test_a_value_that_json_cannot_hold_is_an_error() -> None:
    """YAML can hold more than notebooks can read."""
    with pytest.raises(TypeError, match="set"):
        lab_files({}, {"a": fact("a", x={1, 2})})
