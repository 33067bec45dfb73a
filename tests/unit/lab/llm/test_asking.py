"""`ask` does what LLM_MODE says, never anything else, and lets no identifier out."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from medai_lab.llm.asking import ask
from medai_lab.llm.cassette import Cassette, Entry, ReplayMissError, format_cassette, read_cassette
from medai_lab.llm.endpoint import Endpoint
from medai_lab.llm.recording import RequestsError, read_requests, record
from medai_lab.llm.remote import RemoteError, complete
from medai_lab.llm.reply import Mode, Origin, SettingsError
from medai_lab.llm.request import normalise
from medai_lab.llm.screen import BlockedTextError

ASKED = [{"role": "user", "content": "결과 안내문을 다듬어 주십시오."}]
TODAY = date(2026, 11, 22)


def api(fake: Any) -> dict[str, str]:
    return {"LLM_MODE": "api", "LLM_BASE_URL": fake.base_url, "LLM_MODEL": "m", "LLM_API_KEY": "k-secret"}


def test_replay_is_the_default_and_reads_the_named_file(tmp_path: Path) -> None:
    """No setting means replay; an unknown request raises."""
    path = tmp_path / "a.jsonl"
    path.write_text(
        format_cassette([Entry(normalise(ASKED), "글", Origin.AUTHORS, "2026-11-22", "CC BY 4.0")]),
        encoding="utf-8",
    )
    settings = {"LLM_CASSETTE": str(path)}
    reply = ask(ASKED, environment=settings)
    assert (reply.choices[0].message.content, reply.mode) == ("글", Mode.REPLAY)
    with pytest.raises(ReplayMissError):
        ask(ASKED, environment=settings, temperature=1)


def test_scripted_takes_its_faults_from_the_environment() -> None:
    """Seed, rate and faults are settings, not code."""
    prompt = [{"role": "user", "content": 'Write a result letter.\n"""\n- Hemoglobin: 10.1 g/dL (low)\n"""'}]
    clean = ask(prompt, environment={"LLM_MODE": "scripted"})
    wrong = ask(prompt, environment={"LLM_MODE": "scripted", "LLM_FAULT_RATE": "1", "LLM_FAULTS": "F1"})
    assert "10.1" in clean.text
    assert "10.1" not in wrong.text


@pytest.mark.parametrize(
    "settings",
    [
        {"LLM_MODE": "live"},
        {"LLM_MODE": "scripted", "LLM_FAULT_RATE": "often"},
        {"LLM_MODE": "scripted", "LLM_FAULTS": "F12"},
        {"LLM_CASSETTE": "/nowhere/at/all.jsonl"},
        {"LLM_MODE": "local", "LLM_BASE_URL": "https://example.com/v1"},
        {"LLM_MODE": "api", "CI": "1"},
        {"LLM_MODE": "api"},
    ],
)
def test_wrong_settings_say_what_to_do(settings: dict[str, str]) -> None:
    """In both languages."""
    with pytest.raises(SettingsError, match=" · "):
        ask(ASKED, environment=settings)


def test_streaming_is_for_the_server() -> None:
    """`ask` answers in one piece."""
    with pytest.raises(SettingsError):
        ask(ASKED, stream=True, environment={})


def test_local_asks_the_server_on_this_computer(fake_model: Any) -> None:
    """The reply names the model that the server names."""
    reply = ask(ASKED, temperature=0, environment={"LLM_MODE": "local", "LLM_BASE_URL": fake_model.base_url})
    assert (reply.text, reply.mode, reply.model) == ("가짜 서버의 답", Mode.LOCAL, "fake-1")
    assert fake_model.seen[0]["temperature"] == 0
    assert fake_model.auth == [None]


@pytest.mark.parametrize(
    ("named", "shown"),
    [("/home/me/models/a.gguf", "a.gguf"), ("C:\\me\\a.gguf", "a.gguf"), ("org/name:3b", "org/name:3b")],
)
def test_a_models_path_is_not_shown(fake_model: Any, named: str, shown: str) -> None:
    """llama.cpp names its model by the file; folders stay out of replies and cassettes."""
    fake_model.model = named
    settings = {"LLM_MODE": "local", "LLM_BASE_URL": fake_model.base_url}
    assert ask(ASKED, environment=settings).model == shown


def test_api_sends_only_what_the_screen_accepts(fake_model: Any) -> None:
    """Identifiers anywhere in the request keep it here, whoever forgot to ask for a look."""
    assert ask(ASKED, environment=api(fake_model)).mode is Mode.API
    assert fake_model.auth == ["Bearer k-secret"]
    leaking = [{"role": "system", "content": "010-0000-0000"}, *ASKED]
    tool = {"type": "function", "function": {"name": "f", "description": "010-0000-0000"}}
    for more in (None, lambda _: []):
        with pytest.raises(BlockedTextError, match=r"전화번호.*phone") as caught:
            ask(leaking, environment=api(fake_model), screen=more)
        assert "010" not in str(caught.value)
        with pytest.raises(BlockedTextError):
            ask(ASKED, tools=[tool], environment=api(fake_model), screen=more)
    assert len(fake_model.seen) == 1


def test_api_takes_a_second_look_if_given(fake_model: Any) -> None:
    """A learner's own redactor can only hold back more."""
    with pytest.raises(BlockedTextError, match="별명"):
        ask(ASKED, environment=api(fake_model), screen=lambda text: ["별명"] if "안내문" in text else [])
    assert fake_model.seen == []


@pytest.mark.parametrize("status", [302, 401, 500])
def test_refusals_and_redirects_are_errors_without_the_key(fake_model: Any, status: int) -> None:
    """A redirect is not followed, and no message shows the key."""
    fake_model.status = status
    with pytest.raises(RemoteError) as caught:
        ask(ASKED, environment=api(fake_model))
    assert "k-secret" not in str(caught.value)
    assert "k-secret" not in repr(Endpoint("u", "m", "k-secret"))


def test_plain_http_elsewhere_is_refused() -> None:
    """Text and key never travel unencrypted."""
    with pytest.raises(SettingsError, match="https"):
        complete(normalise(ASKED), Endpoint("http://example.com/v1", "m"), Mode.API)


def test_recording_can_stop_and_go_on(fake_model: Any, tmp_path: Path) -> None:
    """Only missing replies are asked for; what is stored replays, with model, date and terms."""
    path, endpoint = tmp_path / "own.jsonl", Endpoint(fake_model.base_url, "m")
    first, second = normalise(ASKED), normalise(ASKED, {"temperature": 0})
    assert record([first], endpoint, path, terms="Apache-2.0", today=TODAY) == (1, 0)
    assert record([first, second, second], endpoint, path, terms="Apache-2.0", today=TODAY) == (1, 1)
    entries = read_cassette(path.read_text(encoding="utf-8"))
    assert [(e.model, e.origin, e.date) for e in entries] == [("fake-1", Origin.RECORDED, "2026-11-22")] * 2
    assert Cassette(entries).answer(second).text == "가짜 서버의 답"
    assert [p.name for p in tmp_path.iterdir()] == ["own.jsonl"]


def test_requests_to_record_are_read_all_or_none() -> None:
    """A JSON object a line; every bad line is named."""
    line = '{"messages": [{"role": "user", "content": "a"}], "temperature": 0}'
    (request,) = read_requests(f"\n{line}\n")
    assert request == normalise([{"role": "user", "content": "a"}], {"temperature": 0})
    with pytest.raises(RequestsError, match=r"r:1: (.|\n)*r:3: (.|\n)*r:4: "):
        read_requests(f'[1]\n{line}\n{{"messages": 3}}\n{{', "r")
    with pytest.raises(RequestsError):
        read_requests("\n")


def test_recording_is_screened_both_ways(fake_model: Any, tmp_path: Path) -> None:
    """Nothing is sent when any request leaks; a reply that leaks is not stored; terms are required."""
    path, endpoint = tmp_path / "own.jsonl", Endpoint(fake_model.base_url, "m")
    leaking = normalise([{"role": "user", "content": "010-0000-0000"}])
    with pytest.raises(BlockedTextError):
        record([normalise(ASKED), leaking], endpoint, path, terms="t", today=TODAY)
    assert fake_model.seen == []
    with pytest.raises(SettingsError):
        record([normalise(ASKED)], endpoint, path, terms=" ", today=TODAY)
    fake_model.text = "전화 010-0000-0000"
    with pytest.raises(BlockedTextError):
        record([normalise(ASKED)], endpoint, path, terms="t", today=TODAY)
    assert not path.exists()
