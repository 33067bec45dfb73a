"""Stored replies: one JSON object a line, found by the key of the request.

Knows the file format and its rules of honest provenance; must not know how replies are recorded, nor fall
back on anything when a request is not there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from medai_lab.llm.reply import Function, LlmError, Mode, Origin, Reply, ToolCall
from medai_lab.llm.request import Request, request_of

_NEAR = 0.6
_SHOWN_CHARACTERS = 80


class ReplayMissError(LlmError):
    """No reply is stored for this request."""

    status = 404
    code = "replay_miss"


class CassetteError(LlmError):
    """A file of stored replies breaks the format; `problems` names every line."""

    status = 500
    code = "cassette"

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "답을 모아 둔 파일에 잘못이 있습니다. · The file of stored replies has problems:\n"
            + "\n".join(self.problems)
        )


@dataclass(frozen=True)
class Entry:
    """One stored reply. `model` is None exactly when no model gave it."""

    request: Request
    content: str
    origin: Origin
    date: str
    terms: str
    model: str | None = None
    refusal: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: str = "stop"

    def reply(self) -> Reply:
        """Return the reply that a notebook sees."""
        return Reply(
            text=self.content,
            mode=Mode.REPLAY,
            key=self.request.key,
            model=self.model,
            origin=self.origin,
            date=self.date,
            terms=self.terms,
            refusal=self.refusal,
            tool_calls=self.tool_calls,
            finish_reason=self.finish_reason,
        )


class Cassette:
    """Stored replies by key."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries = {entry.request.key: entry for entry in entries}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def answer(self, request: Request) -> Reply:
        """Return the stored reply.

        Raises:
            ReplayMissError: there is none. Nothing else is asked in its place.
        """
        entry = self._entries.get(request.key)
        if entry is None:
            raise ReplayMissError(self._advice(request))
        return entry.reply()

    def _advice(self, request: Request) -> str:
        near = self._nearest(request)
        hint_ko = f" 가장 비슷한 요청은 이렇게 시작합니다: “{near}”." if near else ""
        hint_en = f" The most similar request begins: “{near}”." if near else ""
        return (
            f"이 요청에는 모아 둔 답이 없습니다(key {request.key[:12]}). "
            "예제의 글과 설정을 그대로 쓰십시오. 직접 쓴 요청이라면 LLM_MODE=scripted로 "
            f"(서버에 물을 때에는 model을 medai-scripted로) 바꾸어 다시 실행하십시오.{hint_ko} · "
            f"No reply is stored for this request (key {request.key[:12]}). "
            f"Use the example's text and settings "
            f"unchanged or, for a request of your own, set LLM_MODE=scripted (model medai-scripted when you "
            f"ask a server) and run again.{hint_en}"
        )

    def _nearest(self, request: Request) -> str:
        asked = _last_user_text(request)
        best, nearest = _NEAR, ""
        for entry in self._entries.values():
            text = _last_user_text(entry.request)
            likeness = SequenceMatcher(None, asked[:2000], text[:2000], autojunk=False).quick_ratio()
            if likeness > best:
                best, nearest = likeness, text
        return nearest.replace("\n", " ")[:_SHOWN_CHARACTERS]


def _last_user_text(request: Request) -> str:
    users = [str(m["content"]) for m in request.messages if m["role"] == "user"]
    return users[-1] if users else ""


def read_cassette(text: str, path: str = "cassette") -> list[Entry]:
    """Return the entries of a file's `text`.

    Raises:
        CassetteError: with all problems, each with its line.
    """
    entries: list[Entry] = []
    problems: list[str] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            entry = _read_line(line)
        except (ValueError, KeyError, TypeError, LlmError) as error:
            problems.append(f"{path}:{number}: {type(error).__name__}: {error}")
            continue
        first = seen.setdefault(entry.request.key, number)
        if first != number:
            problems.append(f"{path}:{number}: same request as line {first}")
        entries.append(entry)
    if problems:
        raise CassetteError(problems)
    return entries


def format_cassette(entries: Iterable[Entry]) -> str:
    """Return the file's text, one line an entry, in the order given."""
    return "".join(json.dumps(_to_json(entry), ensure_ascii=False) + "\n" for entry in entries)


def _to_json(entry: Entry) -> dict[str, Any]:
    reply: dict[str, Any] = {"content": entry.content, "finish_reason": entry.finish_reason}
    if entry.refusal is not None:
        reply["refusal"] = entry.refusal
    if entry.tool_calls:
        reply["tool_calls"] = [call.to_openai() for call in entry.tool_calls]
    return {
        "key": entry.request.key,
        "origin": str(entry.origin),
        "model": entry.model,
        "date": entry.date,
        "terms": entry.terms,
        "request": entry.request.to_json(),
        "reply": reply,
    }


def _read_line(line: str) -> Entry:
    stored = json.loads(line)
    if not isinstance(stored, dict):
        raise ValueError("a line must be a JSON object")
    origin, model = Origin(stored["origin"]), stored["model"]
    if origin is Origin.AUTHORS and model is not None:
        raise ValueError("text by the authors must not name a model")
    if origin is Origin.RECORDED and not (isinstance(model, str) and model.strip()):
        raise ValueError("a recorded reply must name its model")
    if not isinstance(stored["terms"], str) or not stored["terms"].strip():
        raise ValueError("terms are missing: under which terms may this text be published?")
    date.fromisoformat(stored["date"])
    request = request_of(stored["request"])
    if stored["key"] != request.key:
        raise ValueError(f"key is not that of the request, {request.key}")
    reply: Mapping[str, Any] = stored["reply"]
    return Entry(
        request=request,
        content=str(reply["content"]),
        origin=origin,
        date=stored["date"],
        terms=stored["terms"],
        model=model,
        refusal=reply.get("refusal"),
        tool_calls=tuple(read_tool_call(call) for call in reply.get("tool_calls", ())),
        finish_reason=str(reply.get("finish_reason", "stop")),
    )


def read_tool_call(call: Mapping[str, Any]) -> ToolCall:
    """Return a tool call from the wire format."""
    function = call["function"]
    return ToolCall(str(call["id"]), Function(str(function["name"]), str(function["arguments"])))
