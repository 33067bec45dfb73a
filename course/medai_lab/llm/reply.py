"""What an answer is, in the shape of the `openai` client's chat completions, and where it came from.

Knows the four modes and how each is named to people; must not know how an answer is made, files or networks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal


class Mode(StrEnum):
    """Where answers come from; `LLM_MODE` chooses."""

    REPLAY = "replay"
    SCRIPTED = "scripted"
    LOCAL = "local"
    API = "api"


class Origin(StrEnum):
    """Who wrote a stored answer."""

    RECORDED = "recorded"
    AUTHORS = "written-by-authors"


class LlmError(RuntimeError):
    """An answer cannot be given; the message says what to do, in both languages."""

    status = 400
    code = "invalid_request"


class RequestError(LlmError):
    """The request is not one that a chat model understands."""


class SettingsError(LlmError):
    """The environment asks for something that is not there."""

    code = "settings"


@dataclass(frozen=True)
class Function:
    """The function that a tool call names; `arguments` is JSON text, as the `openai` client has it."""

    name: str
    arguments: str


@dataclass(frozen=True)
class ToolCall:
    """One call that the answer asks for."""

    id: str
    function: Function
    type: Literal["function"] = "function"

    def to_openai(self) -> dict[str, Any]:
        """Return the call as the wire format has it."""
        function = {"name": self.function.name, "arguments": self.function.arguments}
        return {"id": self.id, "type": self.type, "function": function}


@dataclass(frozen=True)
class ReplyMessage:
    """The answer's message."""

    content: str | None
    refusal: str | None = None
    tool_calls: tuple[ToolCall, ...] | None = None
    role: Literal["assistant"] = "assistant"


@dataclass(frozen=True)
class Choice:
    """One of the answers; here there is always exactly one."""

    message: ReplyMessage
    finish_reason: str
    index: int = 0


@dataclass(frozen=True)
class Reply:
    """One answer, which always says where it came from.

    `text` is what was answered ("" for a refusal or a tool call). `model` is the model that answered, or None
    when none did. `reply.choices[0].message.content` works as with the `openai` client.
    """

    text: str
    mode: Mode
    key: str
    model: str | None = None
    origin: Origin | None = None
    date: str | None = None
    terms: str | None = None
    refusal: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: str = "stop"

    @property
    def choices(self) -> tuple[Choice, ...]:
        """The answer in the `openai` client's shape."""
        content = None if (self.tool_calls or self.refusal) and not self.text else self.text
        message = ReplyMessage(content, self.refusal, self.tool_calls or None)
        return (Choice(message, self.finish_reason),)

    @property
    def notice(self) -> str:
        """Where the answer came from, for people, in both languages."""
        if self.mode is Mode.SCRIPTED:
            return (
                "scripted · 정해 둔 규칙대로 답하는 프로그램의 글이며, 언어모델의 답이 아닙니다. · "
                "Text by a rule-based program, not by a language model."
            )
        if self.mode is Mode.REPLAY and self.origin is Origin.AUTHORS:
            return (
                "replay · 과정을 만든 사람들이 흔한 답을 보여 주려고 쓴 글이며, 언어모델의 답이 아닙니다. · "
                "Written by the course's authors to show a typical answer, not by a language model."
            )
        if self.mode is Mode.REPLAY:
            return (
                f"replay · {self.date}에 {self.model} 모델에서 받아 둔 답입니다(이용 조건: {self.terms}). · "
                f"Recorded from {self.model} on {self.date} (terms: {self.terms})."
            )
        place = (
            ("이 컴퓨터의", "on this computer")
            if self.mode is Mode.LOCAL
            else ("기관의", "at the organisation")
        )
        return (
            f"{self.mode} · {place[0]} {self.model} 모델이 방금 답했으며, "
            f"다시 물으면 답이 다를 수 있습니다. · "
            f"Just answered by {self.model} {place[1]}; asked again it may answer differently."
        )

    @property
    def model_name(self) -> str:
        """What stands in the wire format's `model`: never a model's name when no model answered."""
        if self.model is not None:
            return self.model
        return "medai-scripted (not a model)" if self.mode is Mode.SCRIPTED else "medai-authors (not a model)"

    def __str__(self) -> str:
        shown = self.text or self.refusal or ", ".join(call.function.name for call in self.tool_calls)
        return f"{shown}\n\n[{self.notice}]"

    def to_openai(self, *, created_s: int = 0, usage: Mapping[str, int] | None = None) -> dict[str, Any]:
        """Return the answer as a chat completion, with our own `medai` field beside the standard ones."""
        message = self.choices[0].message
        body: dict[str, Any] = {"role": "assistant", "content": message.content, "refusal": self.refusal}
        if self.tool_calls:
            body["tool_calls"] = [call.to_openai() for call in self.tool_calls]
        choice = {"index": 0, "message": body, "finish_reason": self.finish_reason, "logprobs": None}
        return {
            "id": f"chatcmpl-medai-{self.key[:24]}",
            "object": "chat.completion",
            "created": created_s,
            "model": self.model_name,
            "system_fingerprint": f"medai-{self.mode}",
            "choices": [choice],
            "usage": dict(usage or {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}),
            "medai": self.provenance(),
        }

    def provenance(self) -> dict[str, str | None]:
        """Return mode, origin and notice as plain values."""
        origin = None if self.origin is None else str(self.origin)
        return {
            "mode": str(self.mode),
            "origin": origin,
            "model": self.model,
            "date": self.date,
            "terms": self.terms,
            "notice": self.notice,
        }
