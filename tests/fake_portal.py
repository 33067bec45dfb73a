"""A portal that answers as a test tells it to, on a real socket: what the client does is what happens."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

from grader.exchange.client import content_digest

DROP = "drop"
"""Instead of an answer: the connection ends."""
CUT = "cut"
"""Half an answer, then the connection ends."""


@dataclass
class Asked:
    """A request that arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class FakePortal:
    """Answers `script` in order, then what `answer` says; hand-ins get receipts by UUID like the real one."""

    url: str = ""
    script: list[object] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    receipts: dict[str, dict] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    answer: Callable[[Asked], tuple[int, dict[str, str], bytes]] | None = None

    def respond(self, asked: Asked) -> object:
        with self.lock:
            self.asked.append(asked)
            if self.script:
                return self.script.pop(0)
            if self.answer is not None:
                return self.answer(asked)
            return self.hand_in(asked) if asked.method == "PUT" else as_json({})

    def hand_in(self, asked: Asked) -> tuple[int, dict[str, str], bytes]:
        uuid = asked.path.split("/")[-1].split("?")[0]
        assert asked.headers["content-digest"] == content_digest(asked.body)
        digest = hash_of(asked.body)
        known = self.receipts.get(uuid)
        if known is not None and json.loads(known["receipt"])["receipt"]["upload"]["sha256"] != digest:
            return fault(409, "conflict")
        made = self.receipts.setdefault(
            uuid,
            {
                "uuid": uuid,
                "attempt": len(self.receipts) + 1,
                "received_at": "2026-04-20T09:00:00+00:00",
                "code": "AAAA-BBBB-CCCC-DDDD",
                "notes": [],
                "receipt": json.dumps({"receipt": {"submission": uuid, "upload": {"sha256": digest}}}),
            },
        )
        return as_json(made, 200 if known else 201)

    @property
    def bodies(self) -> list[bytes]:
        return [one.body for one in self.asked]


def hash_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def as_json(value: object, status: int = 200) -> tuple[int, dict[str, str], bytes]:
    return status, {"Content-Type": "application/json"}, json.dumps(value).encode()


def fault(status: int, code: str) -> tuple[int, dict[str, str], bytes]:
    words = {"ko": f"거절: {code}", "en": f"refused: {code}"}
    return as_json({"code": code, "message": words, "hint": {"ko": "다시", "en": "again"}}, status)


class Respond(BaseHTTPRequestHandler):
    portal: FakePortal
    protocol_version = "HTTP/1.1"

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        said = self.portal.respond(Asked(self.command, self.path, headers, body))
        if said in (DROP, CUT):
            if said == CUT:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
                self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        status, more, content = said  # type: ignore[misc]
        self.send_response(status)
        for name, value in more.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_DELETE = _do  # noqa: N815  (http.server looks for these names)

    def log_message(self, *_: object) -> None:
        """Tests read what arrived, not a log."""


@contextmanager
def run_fake_portal() -> Iterator[FakePortal]:
    """Give a running fake portal."""
    portal = FakePortal()
    respond = type("RespondFor", (Respond,), {"portal": portal})
    with ThreadingHTTPServer(("127.0.0.1", 0), respond) as server:
        portal.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield portal
        server.shutdown()
        thread.join()
