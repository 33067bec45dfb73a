"""A chat completion from an OpenAI-compatible server, over the standard library.

Knows HTTP and the wire format; must not know which text may be sent (the caller has decided) and never shows
the key.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from medai_lab.llm.cassette import read_tool_call
from medai_lab.llm.endpoint import Endpoint
from medai_lab.llm.reply import LlmError, Mode, Reply, SettingsError
from medai_lab.llm.request import Request

_ANSWER_LIMIT_BYTES = 4_000_000


class RemoteError(LlmError):
    """The server could not be reached, or answered something else than a chat completion."""

    status = 502
    code = "remote"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Redirects are refused: they would carry text and key to a place nobody approved."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def complete(request: Request, endpoint: Endpoint, mode: Mode) -> Reply:
    """Send the request and return the answer.

    Raises:
        SettingsError: the address is neither https nor on this computer.
        RemoteError: no answer, or not a chat completion.
    """
    parts = urlsplit(endpoint.base_url)
    if not (parts.scheme == "https" or (parts.scheme == "http" and endpoint.is_loopback)):
        raise SettingsError(
            "LLM_BASE_URL은 https 주소이거나 이 컴퓨터의 주소여야 합니다. · "
            "LLM_BASE_URL must be https or on this computer."
        )
    body = {**request.params, "model": endpoint.model, "messages": list(request.messages)}
    answer = _post(f"{endpoint.base_url.rstrip('/')}/chat/completions", body, endpoint)
    try:
        choice = answer["choices"][0]
        message = choice["message"]
        return Reply(
            text=message.get("content") or "",
            mode=mode,
            key=request.key,
            model=_without_folders(str(answer.get("model") or endpoint.model)),
            refusal=message.get("refusal"),
            tool_calls=tuple(read_tool_call(call) for call in message.get("tool_calls") or ()),
            finish_reason=str(choice.get("finish_reason") or "stop"),
        )
    except (KeyError, IndexError, TypeError, AttributeError):
        raise RemoteError(
            "서버의 답이 chat completion 형식이 아닙니다. 주소가 /v1로 끝나는지 확인하십시오. · "
            "The server's answer is not a chat completion. Check that the address ends in /v1."
        ) from None


def _without_folders(model: str) -> str:
    """Return a model's name; llama.cpp gives the file's whole path, which may name the person who runs it."""
    is_path = model.startswith(("/", "~")) or "\\" in model
    return model.replace("\\", "/").rsplit("/", 1)[-1] if is_path else model


def _post(url: str, body: dict[str, Any], endpoint: Endpoint) -> Any:
    headers = {"Content-Type": "application/json"}
    if endpoint.key:
        headers["Authorization"] = f"Bearer {endpoint.key}"
    sent = urllib.request.Request(  # noqa: S310 - the scheme has been checked
        url, json.dumps(body, ensure_ascii=False).encode(), headers, method="POST"
    )
    openers: list[urllib.request.BaseHandler] = [_NoRedirect()]
    if endpoint.is_loopback:
        openers.append(urllib.request.ProxyHandler({}))  # a proxy must not see what stays here
    try:
        with urllib.request.build_opener(*openers).open(sent, timeout=endpoint.timeout_s) as answer:
            return json.loads(answer.read(_ANSWER_LIMIT_BYTES))
    except urllib.error.HTTPError as error:
        with error:
            said = error.read(500).decode("utf-8", "replace")
        if endpoint.key:
            said = said.replace(endpoint.key, "***")
        raise RemoteError(
            f"서버가 요청을 거절했습니다(HTTP {error.code}). · The server refused (HTTP {error.code}): {said}"
        ) from None
    except (OSError, ValueError) as error:
        raise RemoteError(
            f"서버에 연결하지 못했거나 답을 읽지 못했습니다({error}). 서버가 켜져 있는지, "
            f"LLM_BASE_URL이 맞는지 확인하십시오. · No readable answer ({error}). "
            f"Check that the server runs and that LLM_BASE_URL is right."
        ) from None
