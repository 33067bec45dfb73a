"""`medai model` as a person uses it: serve to any client, record one's own model, replay it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from medai_lab.llm.asking import ask
from medai_lab.llm.cassette import read_cassette

ROOT = Path(__file__).parents[3]
MEDAI = str(Path(sys.executable).with_name("medai"))
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("LLM_") and name != "CI"}
LETTER: list[Any] = [
    {
        "role": "user",
        "content": "다음 사실만으로 결과 안내문을 써 주십시오.\n- 공복혈당: 131 mg/dL (질환의심)",
    }
]


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `medai model` and return what it printed."""
    command, env = [MEDAI, "model", *arguments], {**CLEAN, **settings}
    return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)


@pytest.fixture
def served() -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The running command, faults on, and the address that it printed."""
    env = {**CLEAN, "LLM_FAULT_RATE": "1", "LLM_FAULTS": "F1"}
    with subprocess.Popen(
        [MEDAI, "model", "serve", "--port", "0"],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
        process.kill()


def test_any_client_can_use_what_is_served(served: tuple[subprocess.Popen[str], str]) -> None:
    """The address is printed alone on stdout; faults come from the environment; Ctrl-C ends well."""
    process, address = served
    with openai.OpenAI(base_url=address, api_key="none", max_retries=0, timeout=20) as client:
        reply = client.chat.completions.create(model="medai-scripted", messages=LETTER)
        assert "공복혈당" in str(reply.choices[0].message.content)
        assert "131" not in str(reply.choices[0].message.content)
        with pytest.raises(openai.NotFoundError, match="medai-scripted"):
            client.chat.completions.create(model="medai-replay", messages=LETTER)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "")
    assert "replay" in err
    assert "Traceback" not in err


def test_a_port_in_use_is_three() -> None:
    """The message names the port and the way out; a number that is no port is wrong usage."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = run("serve", "--port", str(port))
    assert (done.returncode, done.stdout) == (3, "")
    assert str(port) in done.stderr
    assert "--port" in done.stderr
    assert run("serve", "--port", "99999").returncode == 2


@pytest.mark.parametrize("settings", [{"LLM_FAULTS": "F12"}, {"LLM_CASSETTE": "/nowhere.jsonl"}])
def test_wrong_settings_are_three(settings: dict[str, str]) -> None:
    """In both languages, without a trace of Python."""
    done = run("serve", "--port", "0", **settings)
    assert done.returncode == 3
    assert " · " in done.stderr
    assert "Traceback" not in done.stderr


def write_requests(path: Path, *texts: str) -> Path:
    """Write a file of requests."""
    lines = [{"messages": [{"role": "user", "content": text}], "temperature": 0} for text in texts]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def test_record_stop_go_on_and_replay(own_model: Any, tmp_path: Path) -> None:
    """A run that breaks off keeps what it has; the next asks only for the rest; `ask` replays it."""
    requests, cassette = write_requests(tmp_path / "r.jsonl", "하나", "둘", "셋"), tmp_path / "own.jsonl"
    command = ("record", str(requests), str(cassette), "--terms", "Apache-2.0")
    own_model.fail_at = 3
    broken = run(*command, LLM_BASE_URL=own_model.base_url)
    assert broken.returncode == 3
    assert "HTTP 500" in broken.stderr
    assert len(read_cassette(cassette.read_text(encoding="utf-8"))) == 2
    own_model.fail_at = None
    done = run(*command, "--date", "2026-11-22", LLM_BASE_URL=own_model.base_url)
    assert (done.returncode, done.stdout) == (0, f"{cassette}: 1 recorded, 2 there already\n")
    assert len(own_model.seen) == 4
    entries = read_cassette(cassette.read_text(encoding="utf-8"))
    assert {(entry.model, entry.terms) for entry in entries} == {("fake-1", "Apache-2.0")}
    assert entries[-1].date == "2026-11-22"
    reply = ask(
        [{"role": "user", "content": "셋"}], temperature=0, environment={"LLM_CASSETTE": str(cassette)}
    )
    assert reply.text == "답: 셋"
    assert "fake-1" in reply.notice


@pytest.mark.parametrize(
    ("text", "arguments", "settings", "said"),
    [
        ("010-0000-0000로 연락", ("--terms", "t"), {}, "phone"),
        ("하나", ("--terms", " "), {}, "terms"),
        ("하나", ("--terms", "t"), {"LLM_BASE_URL": "https://example.com/v1"}, "LLM_API_KEY"),
        ("하나", ("--terms", "t"), {"LLM_BASE_URL": "http://["}, "LLM_API_KEY"),
        (
            "하나",
            ("--terms", "t"),
            {"LLM_BASE_URL": "https://e.com/v1", "LLM_MODEL": "m", "LLM_API_KEY": "k", "CI": "1"},
            "CI",
        ),
    ],
)
def test_what_must_not_be_recorded_is_not(
    own_model: Any, tmp_path: Path, text: str, arguments: tuple[str, ...], settings: dict[str, str], said: str
) -> None:
    """Identifiers, no terms, half an endpoint, tests: nothing is asked and nothing written."""
    requests, cassette = write_requests(tmp_path / "r.jsonl", "둘", text), tmp_path / "own.jsonl"
    done = run(
        "record", str(requests), str(cassette), *arguments, **{"LLM_BASE_URL": own_model.base_url, **settings}
    )
    assert done.returncode == 3
    assert said in done.stderr
    assert own_model.seen == []
    assert not cassette.exists()


def test_the_practice_server_is_not_recorded(
    served: tuple[subprocess.Popen[str], str], tmp_path: Path
) -> None:
    """Its answers would be passed off as a model's."""
    requests = write_requests(tmp_path / "r.jsonl", "하나")
    done = run(
        "record",
        str(requests),
        str(tmp_path / "own.jsonl"),
        "--terms",
        "t",
        LLM_BASE_URL=served[1],
        LLM_MODEL="medai-scripted",
    )
    assert done.returncode == 3
    assert "no model" in done.stderr
