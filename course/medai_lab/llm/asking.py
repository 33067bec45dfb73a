"""`ask()`: one way to ask, whatever answers.

Knows the environment variables LLM_MODE (replay, scripted, local, api), LLM_CASSETTE, LLM_SEED,
LLM_FAULT_RATE, LLM_FAULTS, LLM_BASE_URL, LLM_MODEL and LLM_API_KEY; must not know how any mode makes its
answers, and never changes from one mode to another by itself.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medai_lab.llm.cassette import Cassette, read_cassette
from medai_lab.llm.endpoint import Endpoint
from medai_lab.llm.faults import read_faults
from medai_lab.llm.reply import Mode, Reply, SettingsError
from medai_lab.llm.request import normalise
from medai_lab.llm.scripted import Script, respond

if TYPE_CHECKING:
    from medai_lab.llm.screen import Screen

REPLIES = Path(__file__).parent.parent / "data" / "replies"
"""The course's own stored replies, `*.jsonl`."""


def ask(
    messages: Sequence[Mapping[str, Any]],
    *,
    screen: Screen | None = None,
    environment: Mapping[str, str] | None = None,
    **params: Any,
) -> Reply:
    """Ask, with the parameters of the `openai` client's `chat.completions.create`.

    언어모델, 또는 언어모델을 대신하는 연습용 프로그램에 묻습니다. 누가 답했는지는 `reply.notice`에 있습니다.
    api 방식에서는 식별자로 보이는 것이 있는 글을 보내지 않습니다.
    In mode api, text that seems to hold identifiers is not sent. `screen` looks for more of them; the
    built-in look stays.

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
    endpoint = read_endpoint(settings, mode)
    if mode is Mode.API:
        from medai_lab.llm.screen import require_clean  # its many patterns take long to compile

        require_clean(request.texts(), screen)
    try:
        from medai_lab.llm.remote import complete  # only now: a browser's Python has no such thing
    except ImportError:
        raise SettingsError(
            "이곳의 Python에서는 다른 프로그램에 물을 수 없습니다. LLM_MODE=replay나 scripted를 쓰십시오. · "
            "This Python cannot ask other programs. Use LLM_MODE=replay or scripted."
        ) from None
    return complete(request, endpoint, mode)


def read_mode(settings: Mapping[str, str]) -> Mode:
    """Return the mode that LLM_MODE names; replay when it is not set."""
    name = settings.get("LLM_MODE", "").strip().lower() or "replay"
    try:
        return Mode(name)
    except ValueError:
        modes = ", ".join(Mode)
        raise SettingsError(
            f"LLM_MODE={name}: 그런 방식은 없습니다. {modes} 가운데 하나를 쓰십시오. · "
            f"LLM_MODE={name} is not one of {modes}."
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


def read_endpoint(settings: Mapping[str, str], mode: Mode) -> Endpoint:
    """Return where mode local or api asks, from the environment."""
    return _local(settings) if mode is Mode.LOCAL else _approved(settings)


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


def _approved(settings: Mapping[str, str]) -> Endpoint:
    """Return the organisation's endpoint, if everything about it is said and nobody is testing."""
    if settings.get("CI"):
        raise SettingsError(
            "자동 검사(CI)에서는 api 방식을 쓸 수 없습니다. LLM_MODE=replay나 scripted를 쓰십시오. · "
            "Mode api is off in CI. Use LLM_MODE=replay or scripted."
        )
    missing = [name for name in ("LLM_BASE_URL", "LLM_MODEL", "LLM_API_KEY") if not settings.get(name)]
    if missing:
        names = ", ".join(missing)
        raise SettingsError(
            f"api 방식에는 {names} 값이 필요합니다. 기관의 담당자에게 문의하십시오. · "
            f"Mode api needs {names}. Ask whoever runs the endpoint in your organisation."
        )
    return Endpoint(settings["LLM_BASE_URL"], settings["LLM_MODEL"], settings["LLM_API_KEY"])
