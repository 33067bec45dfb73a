"""Stored replies are found by their request, and tell truly who wrote them."""

from __future__ import annotations

import json

import pytest
from medai_lab.llm.cassette import (
    Cassette,
    CassetteError,
    Entry,
    ReplayMissError,
    format_cassette,
    read_cassette,
)
from medai_lab.llm.reply import Mode, Origin
from medai_lab.llm.request import normalise

ASKED = normalise([{"role": "user", "content": "혈색소가 무엇입니까?"}])
WRITTEN = Entry(ASKED, "산소를 나릅니다.", Origin.AUTHORS, "2026-11-22", "CC BY 4.0")
RECORDED = Entry(
    normalise([{"role": "user", "content": "b"}]),
    "B",
    Origin.RECORDED,
    "2026-11-22",
    "Apache-2.0",
    model="m-1",
)


def test_entries_survive_the_file() -> None:
    """Writing and reading give the same entries; one line each."""
    text = format_cassette([WRITTEN, RECORDED])
    assert text.count("\n") == 2
    assert read_cassette(text) == [WRITTEN, RECORDED]


def test_replies_name_their_origin() -> None:
    """Authors' text is never attributed to a model, in notice or wire format."""
    cassette = Cassette([WRITTEN, RECORDED])
    written, recorded = cassette.answer(WRITTEN.request), cassette.answer(RECORDED.request)
    assert (written.mode, written.model, written.origin) == (Mode.REPLAY, None, Origin.AUTHORS)
    assert "언어모델의 답이 아닙니다" in written.notice
    assert "not a model" in written.to_openai()["model"]
    assert recorded.to_openai()["model"] == "m-1"
    assert "m-1" in recorded.notice
    assert recorded.notice in str(recorded)


def test_a_miss_says_what_to_do() -> None:
    """Nothing goes live: the error advises in both languages and names the nearest request."""
    near = normalise([{"role": "user", "content": "혈색소가 무엇입니까??"}])
    with pytest.raises(ReplayMissError) as caught:
        Cassette([WRITTEN]).answer(near)
    assert str(caught.value).count("LLM_MODE=scripted") == 2
    assert "혈색소가 무엇입니까?" in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"model": "gpt"},
        {"origin": "model"},
        {"origin": "recorded"},
        {"terms": " "},
        {"date": "22.11.2026"},
        {"key": "0" * 64},
        {"request": {"messages": []}},
        {"reply": {}},
    ],
)
def test_untrue_lines_are_refused(change: dict[str, object]) -> None:
    """Every way to lie about provenance, or to lose the request, is a problem with its line."""
    line = json.loads(format_cassette([WRITTEN])) | change
    with pytest.raises(CassetteError) as caught:
        read_cassette("\n" + json.dumps(line), "x.jsonl")
    assert caught.value.problems[0].startswith("x.jsonl:2: ")


def test_all_problems_are_told() -> None:
    """Broken lines and doubled requests are reported together."""
    with pytest.raises(CassetteError) as caught:
        read_cassette("{\n[]\n" + format_cassette([WRITTEN, WRITTEN]))
    assert len(caught.value.problems) == 3
