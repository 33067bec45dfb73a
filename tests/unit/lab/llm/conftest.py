"""A fake OpenAI-compatible server on loopback, and prompts that several tests use."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

LAB_PARENT = str(Path(__file__).parents[4] / "course")
if LAB_PARENT not in sys.path:
    sys.path.insert(0, LAB_PARENT)


class FakeModel(ThreadingHTTPServer):
    """Answers every chat completion with `text`, or with `status` and nothing useful."""

    def __init__(self) -> None:
        self.text, self.status, self.seen = "가짜 서버의 답", 200, list[dict[str, Any]]()
        self.model = "fake-1"
        self.auth: list[str | None] = []
        super().__init__(("127.0.0.1", 0), _FakeExchange)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _FakeExchange(BaseHTTPRequestHandler):
    server: FakeModel

    def do_POST(self) -> None:
        self.server.seen.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.server.auth.append(self.headers.get("Authorization"))
        message = {"role": "assistant", "content": self.server.text}
        body = {
            "model": self.server.model,
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        }
        content = json.dumps(body if self.server.status == 200 else {"error": self.headers["Authorization"]})
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.end_headers()
        self.wfile.write(content.encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def fake_model() -> Iterator[FakeModel]:
    with FakeModel() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
