"""An OpenAI-compatible endpoint on this computer for modes replay and scripted.

Knows HTTP, streaming and the wire format of chat completions, embeddings and models; must not know how
answers are made, and listens on the loopback address only. It logs no text.
"""

from __future__ import annotations

import base64
import json
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from medai_lab.llm.cassette import Cassette
from medai_lab.llm.embedding import DIMENSIONS, embed
from medai_lab.llm.endpoint import LOOPBACK
from medai_lab.llm.reply import LlmError, Mode, Reply, RequestError
from medai_lab.llm.request import Request, normalise
from medai_lab.llm.scripted import Script, Scripted, respond

MODELS = ("medai-replay", "medai-scripted", "medai-embedding")
_BODY_LIMIT_BYTES = 1_000_000
_TEXTS_LIMIT = 2048
_TEXT_CHARACTERS_LIMIT = 20_000
_PIECE_CHARACTERS = 8
_SOCKET_TIMEOUT_S = 30


class WireError(LlmError):
    """A request that HTTP itself gets wrong."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class PracticeServer(ThreadingHTTPServer):
    """Serves stored and scripted answers at `base_url` until `shutdown()`; use it as a context manager."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(
        self,
        cassette: Cassette,
        script: Script | None = None,
        *,
        mode: Mode = Mode.REPLAY,
        port: int = 0,
        tell: Callable[[Scripted], None] | None = None,
    ) -> None:
        """`mode` answers for model names that are none of ours; `tell` gets what graders may know."""
        if mode not in {Mode.REPLAY, Mode.SCRIPTED}:
            raise ValueError(f"{mode}: the practice server has only replay and scripted")
        self.cassette, self.script, self.mode, self.tell = cassette, script or Script(), mode, tell
        super().__init__(("127.0.0.1", port), _Exchange)

    @property
    def base_url(self) -> str:
        """The address to give to a client."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def answer(self, request: Request, model: str) -> Reply:
        """Return the answer; the model's name chooses the mode, as with any endpoint."""
        named = {"medai-replay": Mode.REPLAY, "medai-scripted": Mode.SCRIPTED}
        if named.get(model, self.mode) is Mode.REPLAY:
            return self.cassette.answer(request)
        answered = respond(request, self.script)
        if self.tell is not None:
            self.tell(answered)
        return answered.reply


class _Exchange(BaseHTTPRequestHandler):
    """One connection."""

    server: PracticeServer
    protocol_version = "HTTP/1.1"
    server_version = "medai-practice"
    sys_version = ""
    timeout = _SOCKET_TIMEOUT_S

    def do_GET(self) -> None:
        """Answer /v1/models and /health."""
        self._run(self._get)

    def do_POST(self) -> None:
        """Answer /v1/chat/completions and /v1/embeddings."""
        self._run(self._post)

    def log_message(self, *_: Any) -> None:
        """Log nothing: requests may hold what people typed."""

    def _run(self, work: Callable[[str], None]) -> None:
        try:
            self._check_origin()
            work(urlsplit(self.path).path.rstrip("/"))
        except LlmError as error:
            self._fail(error.status, error.code, str(error))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        except Exception as error:  # one bad request must not end the server
            self._fail(500, "internal", f"{type(error).__name__}")

    def _check_origin(self) -> None:
        """Refuse pages from elsewhere that reach us through a trainee's browser (DNS rebinding included)."""
        origin = self.headers.get("Origin")
        names = [urlsplit(f"//{self.headers.get('Host', '')}").hostname]
        if origin is not None:
            names.append(urlsplit(origin).hostname)
        if any(name not in LOOPBACK for name in names):
            self.close_connection = True
            raise WireError(
                403,
                "forbidden_origin",
                "이 서버는 이 컴퓨터에서만 쓸 수 있습니다. · Only for use on this computer.",
            )

    def _get(self, path: str) -> None:
        if path == "/v1/models":
            self._send(200, {"object": "list", "data": [_model(name) for name in MODELS]})
        elif path.startswith("/v1/models/") and path.removeprefix("/v1/models/") in MODELS:
            self._send(200, _model(path.removeprefix("/v1/models/")))
        elif path in {"", "/health"}:
            self._send(200, {"status": "ok", "mode": str(self.server.mode)})
        else:
            raise _not_found(path)

    def _post(self, path: str) -> None:
        if path == "/v1/chat/completions":
            self._chat(self._body())
        elif path == "/v1/embeddings":
            self._send(200, embeddings(self._body()))
        else:
            self.close_connection = True  # the body has not been read
            raise _not_found(path)

    def _body(self) -> dict[str, Any]:
        length = self.headers.get("Content-Length", "")
        if not length.isdigit():
            self.close_connection = True
            raise WireError(411, "length_required", "Content-Length가 없습니다. · Content-Length is missing.")
        if int(length) > _BODY_LIMIT_BYTES:
            self.close_connection = True
            raise WireError(413, "too_large", "요청이 너무 깁니다. · The request is too long.")
        try:
            body = json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise RequestError("요청이 JSON 객체가 아닙니다. · The request is not a JSON object.")
        return body

    def _chat(self, body: dict[str, Any]) -> None:
        request = normalise(body.get("messages", ()), body)
        if body.get("n", 1) not in {1, None}:
            raise RequestError("답은 하나씩만 줍니다(n=1). · Only one answer a request (n=1).")
        reply = self.server.answer(request, str(body.get("model", "")))
        if not body.get("stream"):
            self._send(200, reply.to_openai(created_s=int(time.time())), reply.mode)
            return
        options = body.get("stream_options")
        with_usage = isinstance(options, Mapping) and bool(options.get("include_usage"))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Medai-Mode", str(reply.mode))
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        for chunk in stream(reply, int(time.time()), with_usage=with_usage):
            self.wfile.write(f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode())
            self.wfile.flush()
        self.wfile.write(b"data: [DONE]\n\n")

    def _send(self, status: int, body: Mapping[str, Any], mode: Mode | None = None) -> None:
        content = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        if mode is not None:
            self.send_header("X-Medai-Mode", str(mode))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def _fail(self, status: int, code: str, message: str) -> None:
        kind = "server_error" if status >= 500 else "invalid_request_error"
        try:
            self._send(status, {"error": {"message": message, "type": kind, "param": None, "code": code}})
        except OSError:
            self.close_connection = True


def _not_found(path: str) -> WireError:
    return WireError(404, "not_found", f"{path} 주소는 없습니다. · There is no {path} here.")


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "medai-course (not a model)"}


def stream(reply: Reply, created_s: int, *, with_usage: bool = False) -> Iterator[dict[str, Any]]:
    """Yield the chunks of a streamed chat completion."""
    whole = reply.to_openai(created_s=created_s)
    shared = {name: whole[name] for name in ("id", "created", "model", "system_fingerprint", "medai")}

    def chunk(delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return {**shared, "object": "chat.completion.chunk", "choices": [choice]}

    yield chunk({"role": "assistant", "content": "" if reply.text else None})
    for start in range(0, len(reply.text), _PIECE_CHARACTERS):
        yield chunk({"content": reply.text[start : start + _PIECE_CHARACTERS]})
    if reply.refusal:
        yield chunk({"refusal": reply.refusal})
    for place, call in enumerate(reply.tool_calls):
        yield chunk({"tool_calls": [{"index": place, **call.to_openai()}]})
    yield chunk({}, reply.finish_reason)
    if with_usage:
        yield {**shared, "object": "chat.completion.chunk", "choices": [], "usage": whole["usage"]}


def embeddings(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer to an embeddings request, as lists or in base64 as the `openai` client asks for."""
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    dimensions = body.get("dimensions")
    dimensions = DIMENSIONS if dimensions is None else dimensions
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
        raise RequestError(
            "input에는 글이나 글의 목록을 넣어야 합니다. · input must be text or a list of texts."
        )
    if len(texts) > _TEXTS_LIMIT or any(len(text) > _TEXT_CHARACTERS_LIMIT for text in texts):
        raise RequestError("input에 든 글이 너무 많거나 깁니다. · input is too much or too long.")
    if isinstance(dimensions, bool) or not isinstance(dimensions, int) or not 1 <= dimensions <= 4096:
        raise RequestError("dimensions에는 1부터 4096까지 쓸 수 있습니다. · dimensions must be 1 to 4096.")
    packed = body.get("encoding_format") == "base64"
    rows = []
    for place, text in enumerate(texts):
        vector: list[float] | str = embed(text, dimensions)
        if packed:
            vector = base64.b64encode(struct.pack(f"<{dimensions}f", *vector)).decode()
        rows.append({"object": "embedding", "index": place, "embedding": vector})
    usage = {"prompt_tokens": 0, "total_tokens": 0}
    return {"object": "list", "model": "medai-embedding", "data": rows, "usage": usage}
