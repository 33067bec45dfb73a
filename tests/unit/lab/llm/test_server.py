"""The practice server: errors in OpenAI's shape, loopback only, and embeddings that mean spelling."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator

import pytest
from medai_lab.llm.cassette import Cassette
from medai_lab.llm.embedding import embed
from medai_lab.llm.reply import Mode
from medai_lab.llm.server import PracticeServer


@pytest.fixture
def server() -> Iterator[PracticeServer]:
    with PracticeServer(Cassette()) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def call(
    server: PracticeServer, method: str, path: str, body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, object]]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


CHAT = "/v1/chat/completions"
ASKED = json.dumps({"model": "medai-replay", "messages": [{"role": "user", "content": "x"}]}).encode()


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/v1/nothing", None, 404),
        ("GET", "/v1/models/gpt", None, 404),
        ("POST", "/v1/nothing", b"{}", 404),
        ("POST", CHAT, b"{", 400),
        ("POST", CHAT, b"[]", 400),
        ("POST", CHAT, b"{}", 400),
        ("POST", CHAT, b"[" * 100_000, 400),
        ("POST", CHAT, b'{"messages": [{"role": "user", "content": "x"}], "n": 2}', 400),
        ("POST", CHAT, ASKED, 404),
        ("POST", CHAT, b" " * 1_000_001, 413),
        ("POST", "/v1/embeddings", b'{"input": [1, 2]}', 400),
        ("POST", "/v1/embeddings", b'{"input": "x", "dimensions": 0}', 400),
    ],
)
def test_errors_have_openais_shape(
    server: PracticeServer, method: str, path: str, body: bytes | None, status: int
) -> None:
    """Every refusal is JSON with message, type, param and code, in both languages."""
    try:
        got, answer = call(server, method, path, body)
    except (BrokenPipeError, ConnectionResetError):
        assert status == 413  # refused before all of it was sent
        return
    assert got == status
    error = answer["error"]
    assert isinstance(error, dict)
    assert set(error) == {"message", "type", "param", "code"}
    assert " · " in error["message"]


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}])
def test_pages_from_elsewhere_are_refused(server: PracticeServer, headers: dict[str, str]) -> None:
    """A page in the browser, or a name that points here, gets nothing."""
    assert call(server, "GET", "/v1/models", **headers)[0] == 403


def test_it_listens_on_loopback_and_tells_its_mode(server: PracticeServer) -> None:
    """Only 127.0.0.1; a mode that would go live is not served."""
    assert server.server_address[0] == "127.0.0.1"
    assert call(server, "GET", "/health") == (200, {"status": "ok", "mode": "replay"})
    with pytest.raises(ValueError):
        PracticeServer(Cassette(), mode=Mode.API)


def test_vectors_show_shared_spelling() -> None:
    """Length 1; spacing and particles matter little, other words much."""

    def likeness(one: str, other: str) -> float:
        return sum(a * b for a, b in zip(embed(one), embed(other), strict=True))

    assert likeness("공복혈당", "공복혈당") == pytest.approx(1)
    assert (
        likeness("공복혈당은 얼마", "공복 혈당 얼마") > likeness("공복혈당은 얼마", "채변통 가져오기") + 0.2
    )
    assert embed("…", 8) == [0.0] * 8
