"""`ask()`: one way to ask, whatever answers.

Knows the environment variables LLM_MODE (replay, scripted, local, api), LLM_CASSETTE, LLM_SEED,
LLM_FAULT_RATE, LLM_FAULTS, LLM_BASE_URL, LLM_MODEL and LLM_API_KEY; must not know how any mode makes its
answers, and never changes from one mode to another by itself.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from medai_lab.llm.cassette import Cassette, read_cassette
from medai_lab.llm.endpoint import Endpoint
from medai_lab.llm.faults import read_faults
from medai_lab.llm.reply import LlmError, Mode, Reply, SettingsError
from medai_lab.llm.request import Request, normalise
from medai_lab.llm.scripted import Script, respond

REPLIES = Path(__file__).parent.parent / "data" / "replies"
"""The course's own stored replies, `*.jsonl`."""

Screen = Callable[[str], Sequence[str]]
"""Returns the kinds of identifiers found in a text; empty means that the text may leave."""


class BlockedTextError(LlmError):
    """Text was not sent because the redactor found identifiers in it."""

    status = 403
    code = "blocked_text"


def ask(
    messages: Sequence[Mapping[str, Any]],
    *,
    screen: Screen | None = None,
    environment: Mapping[str, str] | None = None,
    **params: Any,
) -> Reply:
    """Ask, with the parameters of the `openai` client's `chat.completions.create`.

    언어모델, 또는 언어모델을 대신하는 연습용 프로그램에 묻습니다. 누가 답했는지는 `reply.notice`에 있습니다.
    `screen` is needed in mode api: text in which it finds an identifier is not sent.

    Raises:
        LlmError: with what to do next, in both languages.
    """
    settings = os.environ if environment is None else environment
    if params.get("stream"):
        raise SettingsError(
            "ask()는 답을 한 번에 줍니다. 나누어 받으려면 `medai model serve`에 "
            "openai 클라이언트로 물으십시오. · "
            "ask() answers in one piece. To stream, use the openai client with `medai model serve`."
        )
    request = normalise(messages, params)
    mode = read_mode(settings)
    if mode is Mode.REPLAY:
        return load_cassette(settings).answer(request)
    if mode is Mode.SCRIPTED:
        return respond(request, read_script(settings)).reply
    endpoint = _local(settings) if mode is Mode.LOCAL else _approve(request, settings, screen)
    from medai_lab.llm.remote import complete  # not needed, and not there, in a browser

    return complete(request, endpoint, mode)


def read_mode(settings: Mapping[str, str]) -> Mode:
    """Return the mode that LLM_MODE names; replay when it is not set."""
    name = settings.get("LLM_MODE", "").strip().lower() or "replay"
    try:
        return Mode(name)
    except ValueError:
        modes = ", ".join(Mode)
        raise SettingsError(
            f"LLM_MODE={name}라는 방식은 없습니다({modes} 중 하나). · LLM_MODE={name} is not one of {modes}."
        ) from None


def read_script(settings: Mapping[str, str]) -> Script:
    """Return seed, fault rate and faults from the environment; no faults unless it says so."""
    try:
        return Script(
            seed=int(settings.get("LLM_SEED") or 0),
            fault_rate=float(settings.get("LLM_FAULT_RATE") or 0),
            faults=read_faults(settings.get("LLM_FAULTS", "")),
        )
    except ValueError as error:
        raise SettingsError(
            f"LLM_SEED, LLM_FAULT_RATE, LLM_FAULTS 가운데 잘못된 값이 있습니다({error}). · "
            f"LLM_SEED, LLM_FAULT_RATE or LLM_FAULTS is wrong ({error})."
        ) from None


def load_cassette(settings: Mapping[str, str]) -> Cassette:
    """Return the course's stored replies and those of the files in LLM_CASSETTE, which win."""
    more = [Path(name) for name in settings.get("LLM_CASSETTE", "").split(os.pathsep) if name]
    for path in more:
        if not path.is_file():
            raise SettingsError(
                f"LLM_CASSETTE에 적힌 파일이 없습니다: {path} · "
                f"A file named in LLM_CASSETTE is missing: {path}"
            )
    paths = (*sorted(REPLIES.glob("*.jsonl")), *more)
    return Cassette(
        entry for path in paths for entry in read_cassette(path.read_text(encoding="utf-8"), path.name)
    )


def _local(settings: Mapping[str, str]) -> Endpoint:
    base_url = settings.get("LLM_BASE_URL") or "http://127.0.0.1:8080/v1"
    endpoint = Endpoint(base_url, settings.get("LLM_MODEL") or "local")
    if not endpoint.is_loopback:
        raise SettingsError(
            "LLM_MODE=local은 이 컴퓨터의 서버에만 묻습니다. "
            "다른 컴퓨터의 서버에는 LLM_MODE=api를 쓰십시오. · "
            "LLM_MODE=local asks only servers on this computer. For any other use LLM_MODE=api."
        )
    return endpoint


def _approve(request: Request, settings: Mapping[str, str], screen: Screen | None) -> Endpoint:
    """Return the organisation's endpoint, after everything that must hold before text leaves."""
    if settings.get("CI"):
        raise SettingsError("자동 검사에서는 api 방식을 쓰지 않습니다. · Mode api is off in CI.")
    missing = [name for name in ("LLM_BASE_URL", "LLM_MODEL", "LLM_API_KEY") if not settings.get(name)]
    if missing:
        names = ", ".join(missing)
        raise SettingsError(
            f"api 방식에는 {names} 값이 필요합니다. 기관의 담당자에게 물으십시오. · "
            f"Mode api needs {names}. Ask whoever runs the endpoint in your organisation."
        )
    if screen is None:
        raise SettingsError(
            "api 방식에는 식별정보 검사가 필요합니다: ask(..., screen=...). · "
            "Mode api needs a check for identifiers: ask(..., screen=...)."
        )
    found = sorted({kind for text in request.texts() for kind in screen(text)})
    if found:
        kinds = ", ".join(found)
        raise BlockedTextError(
            f"식별정보로 보이는 것이 있어 보내지 않았습니다({kinds}). 가상의 글만 보낼 수 있습니다. · "
            f"Not sent: it seems to hold identifiers ({kinds}). Only made-up text may be sent."
        )
    return Endpoint(settings["LLM_BASE_URL"], settings["LLM_MODEL"], settings["LLM_API_KEY"])
