"""The rule-based program that stands in for a model, with faults on demand.

Knows how prompt, answer, faults and tool calls come together; is no language model and never says it is.
What was planted goes to the caller beside the reply, never inside it: only graders look there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from medai_lab.llm.chance import Chance
from medai_lab.llm.drafting import Draft, draft, read_value
from medai_lab.llm.faults import Fault, Planted, plant
from medai_lab.llm.prompt import Prompt
from medai_lab.llm.reply import Function, Mode, Reply, RequestError, ToolCall
from medai_lab.llm.request import Request, normalise
from medai_lab.llm.schema import UnansweredError, fill

_CHARACTERS_PER_TOKEN = 2
"""Rough, for `max_tokens` only: there is no tokenizer here."""

_LIMIT_CHARACTERS = 12_000
"""Rules read a text many times; a longer one would keep the server busy."""


@dataclass(frozen=True)
class Script:
    """How the program answers. Equal script and request give an equal answer, on every computer."""

    seed: int = 0
    fault_rate: float = 0.0
    faults: tuple[Fault, ...] = tuple(Fault)

    def __post_init__(self) -> None:
        if not 0 <= self.fault_rate <= 1:
            raise ValueError(f"fault_rate {self.fault_rate}: 0 to 1")


@dataclass(frozen=True)
class Scripted:
    """A reply, and what graders know about it."""

    reply: Reply
    planted: Planted | None
    clean_text: str = field(repr=False)


Ask = Callable[..., Reply]


def respond(request: Request, script: Script | None = None) -> Scripted:
    """Answer by rules; with probability `fault_rate`, one of `faults` that can occur is planted."""
    if sum(len(str(message["content"])) for message in request.messages) > _LIMIT_CHARACTERS:
        raise RequestError(
            f"요청이 너무 깁니다({_LIMIT_CHARACTERS}자까지). · "
            f"The request is too long ({_LIMIT_CHARACTERS} characters at most)."
        )
    script = script or Script()
    prompt = Prompt(request)
    called = _call_tool(prompt)
    if called is not None:
        return Scripted(called, None, "")
    answer = _tool_answer(prompt)
    if answer is not None:
        return Scripted(_reply(request, answer), None, answer)
    clean = draft(prompt, Chance(script.seed, request.key, "wording"))
    text, planted = _with_fault(clean, prompt, script)
    return Scripted(replace(_reply(request, text), refusal=clean.refusal), planted, clean.text)


def make_examiner(script: Script) -> tuple[Ask, Callable[[], tuple[Scripted, ...]]]:
    """Return an `ask` for a learner's code and, for graders, a function that tells all that was answered."""
    told: list[Scripted] = []

    def ask(messages: Any, **params: Any) -> Reply:
        answered = respond(normalise(messages, params), script)
        told.append(answered)
        return answered.reply

    return ask, lambda: tuple(told)


def _with_fault(clean: Draft, prompt: Prompt, script: Script) -> tuple[str, Planted | None]:
    chance = Chance(script.seed, prompt.request.key, "fault")
    if chance.share() >= script.fault_rate:
        return clean.text, None
    for fault in chance.order(script.faults):
        planted = plant(fault, clean, prompt, chance)
        if planted is not None:
            changed, label = planted
            return (changed if isinstance(changed, str) else changed.text), label
    return clean.text, None


def _reply(request: Request, text: str) -> Reply:
    limit = request.params.get("max_tokens")
    cut = isinstance(limit, int) and len(text) > limit * _CHARACTERS_PER_TOKEN
    shown = text[: limit * _CHARACTERS_PER_TOKEN] if cut and isinstance(limit, int) else text
    return Reply(text=shown, mode=Mode.SCRIPTED, key=request.key, finish_reason="length" if cut else "stop")


def _tool_answer(prompt: Prompt) -> str | None:
    last = prompt.request.messages[-1]
    if last["role"] != "tool":
        return None
    said = str(last["content"])
    if prompt.injection is not None and prompt.injection in said:
        said = "…"
    return f"도구가 돌려준 값입니다: {said}" if prompt.tongue == "ko" else f"The tool returned: {said}"


def _call_tool(prompt: Prompt) -> Reply | None:
    params, last = prompt.request.params, prompt.request.messages[-1]
    choice = params.get("tool_choice", "auto")
    tools = [t["function"] for t in params.get("tools", ()) if isinstance(t, Mapping) and "function" in t]
    if not tools or choice == "none" or last["role"] == "tool":
        return None
    text = str(last["content"])
    if isinstance(choice, Mapping):
        named = choice.get("function", {}).get("name")
        tools = [tool for tool in tools if tool.get("name") == named]
    scored = [(_likeness(tool, text), -n, tool) for n, tool in enumerate(tools)]
    if not scored:
        return None
    score, _, tool = max(scored, key=lambda row: row[:2])
    if choice == "auto" and score == 0:
        return None
    try:
        arguments = fill(tool.get("parameters") or {}, lambda name, inner: read_value(text, name, inner))
    except UnansweredError as missing:
        asked = (
            f"{missing.field} 값을 알려 주십시오. 짐작해서 넣지 않습니다."
            if prompt.tongue == "ko"
            else f"Please tell me {missing.field}; I do not guess it."
        )
        return _reply(prompt.request, asked)
    call = ToolCall(
        f"call_{prompt.request.key[:24]}",
        Function(str(tool["name"]), json.dumps(arguments, ensure_ascii=False)),
    )
    return replace(_reply(prompt.request, ""), tool_calls=(call,), finish_reason="tool_calls")


def _likeness(tool: Mapping[str, Any], text: str) -> int:
    about = f"{tool.get('name', '')} {tool.get('description', '')}".replace("_", " ").casefold()
    words = re.findall(r"[가-힣]{2,}|[a-z]{3,}", text.casefold())
    pieces = {w[:4] if w.isascii() else w[:2] for w in words}  # Korean endings change, beginnings do not
    return sum(1 for piece in pieces if piece in about)
