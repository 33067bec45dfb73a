"""Make the learner-facing package importable as in a notebook; a stand-in for an institution's model."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

LAB_PARENT = str(Path(__file__).parents[3] / "course")
if LAB_PARENT not in sys.path:
    sys.path.insert(0, LAB_PARENT)


class OwnModel(ThreadingHTTPServer):
    """Answers with what it was asked; fails from the request on that `fail_at` numbers."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.fail_at: int | None = None
        super().__init__(("127.0.0.1", 0), _Exchange)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Exchange(BaseHTTPRequestHandler):
    server: OwnModel

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(body)
        broken = self.server.fail_at is not None and len(self.server.asked) >= self.server.fail_at
        message = {"role": "assistant", "content": f"답: {body['messages'][-1]['content']}"}
        answer = {"model": "own-1", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}
        self.send_response(500 if broken else 200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def own_model() -> Iterator[OwnModel]:
    with OwnModel() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()
