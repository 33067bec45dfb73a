"""Facts reach notebooks as plain numbers, and trouble is told in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from medai_lab import FactsMissingError, UnknownFactError, fact, facts


@pytest.fixture
def sheet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a fact file with two facts that the package reads."""
    path = tmp_path / "facts.json"
    path.write_text(
        json.dumps({"bmi-table": {"low": 18.5, "bands": [25, 30]}, "a-law": {}}), encoding="utf-8"
    )
    monkeypatch.setattr(facts, "FACTS_FILE", path)
    return path


def test_values_of_a_fact(sheet: Path) -> None:
    """A fact gives exactly the values that the fact sheet holds."""
    assert fact("bmi-table") == {"low": 18.5, "bands": [25, 30]}
    assert fact("a-law") == {}


def test_changing_an_answer_changes_nothing(sheet: Path) -> None:
    """What a notebook does to the values never reaches the next cell that asks."""
    fact("bmi-table")["bands"].append(99)
    assert fact("bmi-table")["bands"] == [25, 30]


def test_unknown_id_names_the_nearest(sheet: Path) -> None:
    """A mistyped id gets the similar ids, in Korean and English."""
    with pytest.raises(UnknownFactError) as caught:
        fact("bmi-tabel")
    message = str(caught.value)
    assert "bmi-table" in message
    assert "사실이 없습니다" in message
    assert "There is no fact 'bmi-tabel'" in message


def test_nothing_similar_shows_some_ids(sheet: Path) -> None:
    """Even an id unlike every other shows what ids look like."""
    with pytest.raises(UnknownFactError, match="a-law, bmi-table"):
        fact("zzzz")


@pytest.mark.parametrize("content", [None, "{", "[1, 2]"])
def test_missing_or_broken_file(sheet: Path, content: str | None) -> None:
    """Without a readable fact file the message says, in both languages, whom to ask."""
    if content is None:
        sheet.unlink()
    else:
        sheet.write_text(content, encoding="utf-8")
    with pytest.raises(FactsMissingError, match=r"알려 주십시오.* · .*Tell the course team"):
        fact("bmi-table")
