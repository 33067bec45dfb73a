"""One normal form of a request, and its key.

Knows which differences between two requests cannot matter to the answer (line ends, Unicode form, streaming,
who asks) and removes them; must not know answers, modes or files.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from medai_lab.llm.reply import RequestError

PRACTICE_MODEL = "medai-practice"
_OUR_NAMES = frozenset({PRACTICE_MODEL, "medai-replay", "medai-scripted", ""})
ROLES = frozenset({"system", "developer", "user", "assistant", "tool"})
KEPT_PARAMS = frozenset(
    {
        "frequency_penalty",
        "max_tokens",
        "presence_penalty",
        "response_format",
        "seed",
        "stop",
        "temperature",
        "tool_choice",
        "tools",
        "top_p",
    }
)
"""What may change an answer. Everything else (stream, user, timeout, metadata …) is left out of the key."""

_MESSAGE_FIELDS = ("name", "tool_call_id", "tool_calls")


@dataclass(frozen=True)
class Request:
    """A request in normal form. `messages` and `params` are JSON values; treat them as read-only."""

    model: str
    messages: tuple[Mapping[str, Any], ...]
    params: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the request as JSON values."""
        return {
            "model": self.model,
            "messages": [dict(message) for message in self.messages],
            "params": dict(self.params),
        }

    @property
    def key(self) -> str:
        """SHA-256 of the normal form, as 64 hex digits."""
        text = json.dumps(self.to_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def texts(self) -> Iterator[str]:
        """Yield every piece of text that would leave the computer, keys of schemas included."""
        yield from _strings(self.to_json())


def normalise(messages: Sequence[Mapping[str, Any]], params: Mapping[str, Any] | None = None) -> Request:
    """Return the normal form of a request.

    Raises:
        RequestError: there are no messages, or one is not a chat message with text.
    """
    given = {name: value for name, value in (params or {}).items() if value is not None}
    if isinstance(messages, str | bytes) or not isinstance(messages, Sequence) or not messages:
        raise RequestError(
            "messages는 메시지가 하나 이상 든 목록이어야 합니다. · "
            'messages must be a list of at least one, such as [{"role": "user", "content": "…"}].'
        )
    if "max_completion_tokens" in given:
        given.setdefault("max_tokens", given["max_completion_tokens"])
    model = given.get("model", PRACTICE_MODEL)
    if not isinstance(model, str):
        raise RequestError("model은 문자열이어야 합니다. · model must be text.")
    kept = {name: _plain(value) for name, value in given.items() if name in KEPT_PARAMS}
    wrong = next((name for name, fits in _SHAPES.items() if name in kept and not fits(kept[name])), None)
    if wrong is not None:
        raise RequestError(f"{wrong} 값의 형식이 맞지 않습니다. · {wrong} has the wrong shape.")
    return Request(
        model=PRACTICE_MODEL if model in _OUR_NAMES else model,
        messages=tuple(_message(message, place) for place, message in enumerate(messages, 1)),
        params=kept,
    )


def request_of(stored: Mapping[str, Any]) -> Request:
    """Return the request that `Request.to_json` wrote."""
    return normalise(stored["messages"], {"model": stored.get("model", ""), **stored.get("params", {})})


def _message(message: Mapping[str, Any], place: int) -> dict[str, Any]:
    if not isinstance(message, Mapping) or message.get("role") not in ROLES:
        roles = ", ".join(sorted(ROLES))
        raise RequestError(
            f"{place}번째 메시지의 role이 없거나 잘못되었습니다({roles} 중 하나). · "
            f"Message {place} needs a role, one of {roles}."
        )
    normal: dict[str, Any] = {"role": message["role"], "content": _content(message.get("content"), place)}
    if message["role"] == "developer":  # the newer name of the same thing
        normal["role"] = "system"
    for name in _MESSAGE_FIELDS:
        if message.get(name):
            normal[name] = _plain(message[name])
    return normal


def _content(content: Any, place: int) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return clean_text(content)
    if isinstance(content, Sequence) and not isinstance(content, bytes):
        texts = [part.get("text") for part in content if isinstance(part, Mapping)]
        if len(texts) == len(content) and all(isinstance(text, str) for text in texts):
            return clean_text("\n".join(str(text) for text in texts))
    raise RequestError(
        f"{place}번째 메시지에 글이 아닌 내용이 있습니다. 글만 보낼 수 있습니다. · "
        f"Message {place} has content that is not text."
    )


def clean_text(text: str) -> str:
    """Return `text` in Unicode NFC with plain line ends and no white space at line ends or around it."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, bool) or value is None or isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_plain(item) for item in value]
    raise RequestError(
        f"JSON으로 적을 수 없는 값이 있습니다: {type(value).__name__} · "
        f"The request holds a value that JSON cannot write: {type(value).__name__}"
    )


def _is_schema(value: Any) -> bool:
    """Whether what we read of a JSON schema has the shape that we read it by."""
    if not isinstance(value, Mapping):
        return False
    properties = value.get("properties", {})
    lists = (value.get(name, []) for name in ("enum", "required", "anyOf", "oneOf"))
    if not isinstance(properties, Mapping) or not all(isinstance(item, list) for item in lists):
        return False
    inner = (*properties.values(), *value.get("anyOf", ()), *value.get("oneOf", ()))
    return isinstance(value.get("type", ""), str | list) and all(_is_schema(item) for item in inner)


def _is_tool(value: Any) -> bool:
    function = value.get("function") if isinstance(value, Mapping) else None
    return (
        _names_function(value)
        and isinstance(function, Mapping)
        and _is_schema(function.get("parameters", {}))
    )


def _names_function(value: Any) -> bool:
    function = value.get("function") if isinstance(value, Mapping) else None
    return isinstance(function, Mapping) and isinstance(function.get("name"), str)


def _is_format(value: Any) -> bool:
    if not isinstance(value, Mapping) or not isinstance(value.get("type"), str):
        return False
    inner = value.get("json_schema", {})
    return isinstance(inner, Mapping) and _is_schema(inner.get("schema", {}))


_SHAPES: Mapping[str, Callable[[Any], bool]] = {
    "tools": lambda value: isinstance(value, list) and all(_is_tool(tool) for tool in value),
    "tool_choice": lambda value: isinstance(value, str) or _names_function(value),
    "response_format": _is_format,
    "max_tokens": lambda value: isinstance(value, int) and not isinstance(value, bool) and value > 0,
}
"""What the rule-based program reads beyond messages; models of others check the rest."""


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield str(name)
            yield from _strings(item)
    elif isinstance(value, Sequence):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
