"""Stored replies of the course: honest about who wrote them, no identifiers, found by `ask`."""

from __future__ import annotations

import pytest
from medai_lab.llm.asking import REPLIES, ask
from medai_lab.llm.cassette import Entry, read_cassette
from medai_lab.llm.reply import Mode, Origin
from medai_lab.llm.screen import find_identifiers

FILES = sorted(REPLIES.glob("*.jsonl"))
ENTRIES = [entry for path in FILES for entry in read_cassette(path.read_text(encoding="utf-8"), path.name)]


def test_there_are_some_in_both_languages() -> None:
    """`course.jsonl` is there; no request is answered twice."""
    assert "course.jsonl" in [path.name for path in FILES]
    assert len({entry.request.key for entry in ENTRIES}) == len(ENTRIES)
    korean = [any("가" <= letter <= "힣" for letter in entry.content) for entry in ENTRIES]
    assert True in korean
    assert False in korean


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.request.key[:8] for entry in ENTRIES])
def test_every_reply_tells_truly_who_wrote_it(entry: Entry) -> None:
    """All of them are by the authors, so none names a model; no identifier is in question or answer."""
    assert entry.origin is Origin.AUTHORS
    assert entry.model is None
    assert "CC BY 4.0" in entry.terms
    assert [text for text in (*entry.request.texts(), entry.content) if find_identifiers(text)] == []


@pytest.mark.parametrize("entry", ENTRIES, ids=[entry.request.key[:8] for entry in ENTRIES])
def test_ask_finds_every_reply(entry: Entry) -> None:
    """With nothing set in the environment, the stored request gets the stored reply and its notice."""
    reply = ask(entry.request.messages, environment={}, **entry.request.params)
    assert (reply.text, reply.mode, reply.model) == (entry.content, Mode.REPLAY, None)
    assert "언어모델의 답이 아닙니다" in str(reply)
    assert "not by a language model" in str(reply)
