"""The `medai_lab` package that notebooks get."""

from __future__ import annotations

import json
from datetime import date

import pytest

from grader.authoring.lab import data_files, for_notebook, lab_files
from grader.model.course import Fact
from grader.text import Language


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


SOURCES = json.dumps(
    {
        "screening": {"file": "cohort.json"},
        "nhanes": {"file": "us.csv", "codebook": "us_codes.csv", "reader": "read_nhanes"},
        "chest": {"file": "chest.npz", "reader": "read_chest_images"},
    }
).encode()
LAB = {
    "medai_lab/__init__.py": b"read_nhanes read_chest_images",
    "medai_lab/data/sources.json": SOURCES,
    "medai_lab/data/cohort.json": b"c",
    "medai_lab/data/us.csv": b"1",
    "medai_lab/data/us_codes.csv": b"2",
    "medai_lab/data/chest.npz": b"3",
}


def test_data_sets_are_known_by_their_reader() -> None:
    """What the package itself needs is no data set; a codebook goes with its data."""
    assert data_files(SOURCES) == {
        "read_nhanes": ("us.csv", "us_codes.csv"),
        "read_chest_images": ("chest.npz",),
    }


@pytest.mark.parametrize(
    ("code", "left_out"),
    [
        (b"make_cohort(10)", {"us.csv", "us_codes.csv", "chest.npz"}),
        (b"from medai_lab import read_nhanes\\n", {"chest.npz"}),
        (b"my_read_nhanes(1)", {"us.csv", "us_codes.csv", "chest.npz"}),
        (b"read_nhanes(); read_chest_images()", set()),
    ],
)
def test_a_notebook_gets_the_data_it_reads_and_no_other(code: bytes, left_out: set[str]) -> None:
    """Downloads stay small without anybody keeping a list; the language travels along."""
    files = for_notebook(LAB, code, Language.EN)
    assert set(LAB) - set(files) == {f"medai_lab/data/{name}" for name in left_out}
    assert files["medai_lab/language.txt"] == b"en\n"


def test_a_package_without_data_sets() -> None:
    """Nothing to leave out is no error."""
    assert for_notebook({"medai_lab/a.py": b""}, b"", Language.KO) == {
        "medai_lab/a.py": b"",
        "medai_lab/language.txt": b"ko\n",
    }
