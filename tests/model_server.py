"""A stand-in for an institution's model: an OpenAI-compatible server on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class FakeModel(ThreadingHTTPServer):
    """Answers every chat completion with `text`, or with what it was asked when `text` is None.

    Answers with `status` and nothing useful when that is not 200; from the request on that `fail_at` numbers,
    with 500.
    """

    def __init__(self, text: str | None) -> None:
        self.text, self.status, self.model = text, 200, "fake-1"
        self.fail_at: int | None = None
        self.seen: list[dict[str, Any]] = []
        self.auth: list[str | None] = []
        super().__init__(("127.0.0.1", 0), _Exchange)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def answer(self, asked: dict[str, Any], key: str | None) -> tuple[int, dict[str, Any]]:
        """Note a request; return the status and the body of the answer."""
        self.seen.append(asked)
        self.auth.append(key)
        status = 500 if self.fail_at is not None and len(self.seen) >= self.fail_at else self.status
        if status != 200:
            return status, {"error": key}
        text = f"답: {asked['messages'][-1]['content']}" if self.text is None else self.text
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
        return 200, {"model": self.model, "choices": [choice]}


class _Exchange(BaseHTTPRequestHandler):
    server: FakeModel

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, body = self.server.answer(asked, self.headers.get("Authorization"))
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def run_model(text: str | None = None) -> Iterator[FakeModel]:
    """Yield a running server."""
    with FakeModel(text) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
