"""Requests that cannot get different answers have one key; all others differ."""

from __future__ import annotations

import unicodedata

import pytest
from medai_lab.llm.reply import RequestError
from medai_lab.llm.request import normalise, request_of

ASKED = [{"role": "user", "content": "공복혈당을 설명해 주십시오.\n두 문장으로."}]
KEY = normalise(ASKED).key


@pytest.mark.parametrize(
    ("messages", "params"),
    [
        ([{"role": "user", "content": "  공복혈당을 설명해 주십시오. \r\n두 문장으로.\n"}], {}),
        ([{"role": "user", "content": unicodedata.normalize("NFD", ASKED[0]["content"])}], {}),
        ([{"role": "user", "content": [{"type": "text", "text": ASKED[0]["content"]}]}], {}),
        (ASKED, {"stream": True, "user": "x", "timeout": 3, "temperature": None, "model": "medai-scripted"}),
    ],
)
def test_what_cannot_matter_keeps_the_key(
    messages: list[dict[str, object]], params: dict[str, object]
) -> None:
    """White space, Unicode form, content parts, streaming and the caller's name change nothing."""
    assert normalise(messages, params).key == KEY


@pytest.mark.parametrize(
    "params",
    [{"temperature": 0}, {"model": "other"}, {"seed": 1}, {"response_format": {"type": "json_object"}}],
)
def test_what_may_matter_changes_the_key(params: dict[str, object]) -> None:
    """Another model or another setting is another request."""
    assert normalise(ASKED, params).key != KEY


def test_whole_numbers_and_old_names_are_one() -> None:
    """0 and 0.0 are the same temperature; max_completion_tokens is the new name of max_tokens."""
    assert normalise(ASKED, {"temperature": 0}).key == normalise(ASKED, {"temperature": 0.0}).key
    assert normalise(ASKED, {"max_tokens": 9}).key == normalise(ASKED, {"max_completion_tokens": 9}).key


def test_the_key_is_fixed() -> None:
    """Stored replies would be lost if the normal form changed."""
    assert KEY == "327e3c078dab60f568b04328cb0fed23495ab2e5fae6f60f91ed66b2e2e1adf5"


def test_a_stored_request_is_read_again() -> None:
    """Normal form is a fixed point."""
    request = normalise(ASKED, {"temperature": 0.5, "model": "m"})
    assert request_of(request.to_json()) == request


@pytest.mark.parametrize(
    "messages",
    [
        [],
        "hello",
        [{"content": "no role"}],
        [{"role": "robot", "content": "x"}],
        [{"role": "user", "content": [{"type": "image_url"}]}],
        [{"role": "user", "content": 3}],
    ],
)
def test_bad_messages_say_what_to_do(messages: object) -> None:
    """A wrong shape is refused in both languages."""
    with pytest.raises(RequestError, match=" · "):
        normalise(messages)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "params",
    [
        {"tools": [1]},
        {"tools": [{"function": {}}]},
        {"tools": [{"function": {"name": "f", "parameters": 3}}]},
        {"tool_choice": {"function": 3}},
        {"max_tokens": -1},
        {"response_format": {"type": "json_schema", "json_schema": {"schema": {"properties": {"a": 3}}}}},
    ],
)
def test_bad_parameters_are_refused(params: dict[str, object]) -> None:
    """A wrong shape ends in a message, not in a crash."""
    with pytest.raises(RequestError, match=" · "):
        normalise(ASKED, params)
