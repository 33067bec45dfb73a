"""Recording replies of an institution's own model into a cassette.

Knows which requests are already recorded and that only screened, made-up text may be sent; must not know
environment variables or who may publish what: the one who records states the terms.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from medai_lab.llm.cassette import Entry, format_cassette, read_cassette
from medai_lab.llm.endpoint import Endpoint
from medai_lab.llm.remote import complete
from medai_lab.llm.reply import LlmError, Mode, Origin, Reply, SettingsError
from medai_lab.llm.request import Request, normalise
from medai_lab.llm.screen import Screen, require_clean


class RequestsError(LlmError):
    """A file of requests cannot be read; the message names every line."""


Send = Callable[[Request, Endpoint, Mode], Reply]


def record(
    requests: Iterable[Request],
    endpoint: Endpoint,
    path: Path,
    *,
    terms: str,
    today: date,
    screen: Screen | None = None,
    send: Send = complete,
) -> tuple[int, int]:
    """Ask for every request that `path` does not hold yet and write the replies there.

    The file is written after each reply, so that a run that stops loses nothing; run it again to go on.
    Nothing is sent unless every request passes the look for identifiers (and `screen`, if given).

    Returns:
        how many were recorded, and how many were there already.

    Raises:
        SettingsError: `terms` is empty.
        BlockedTextError: a request or a reply holds identifiers.
    """
    if not terms.strip():
        raise SettingsError(
            "이 모델의 답을 어떤 조건으로 공개할 수 있는지(terms) 적으십시오. · "
            "State the terms under which this model's output may be published."
        )
    wanted = {request.key: request for request in requests}
    require_clean((text for request in wanted.values() for text in request.texts()), screen)
    entries = read_cassette(path.read_text(encoding="utf-8"), path.name) if path.exists() else []
    known = {entry.request.key for entry in entries}
    missing = [request for key, request in wanted.items() if key not in known]
    for request in missing:
        reply = send(request, endpoint, Mode.LOCAL if endpoint.is_loopback else Mode.API)
        if "not a model" in str(reply.model):
            raise SettingsError(
                "연습용 서버는 모델이 아니므로 그 답은 기록하지 않습니다. "
                "LLM_BASE_URL에 모델 서버의 주소를 적으십시오. · "
                "The practice server is no model and is not recorded. Set LLM_BASE_URL to a model's server."
            )
        calls = [call.function.arguments for call in reply.tool_calls]
        require_clean([reply.text, reply.refusal or "", *calls], screen)
        entries.append(_entry(request, reply, terms, today))
        _write(path, format_cassette(entries))
    return len(missing), len(wanted) - len(missing)


def read_requests(text: str, path: str = "requests") -> list[Request]:
    """Return the requests of a file: a JSON object a line, with `messages` and what else `ask` takes.

    Raises:
        RequestsError: with all problems, each with its line.
    """
    requests, problems = [], []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
            requests.append(normalise(given["messages"], given))
        except (ValueError, KeyError, TypeError, RecursionError, LlmError) as error:
            problems.append(f"{path}:{number}: {type(error).__name__}: {error}")
    if problems or not requests:
        raise RequestsError(
            "요청을 적은 파일에 잘못이 있거나 요청이 없습니다. 한 줄에 하나씩 "
            '{"messages": [...]} 형식으로 적으십시오. · The file of requests has problems or holds none. '
            'Write one {"messages": [...]} a line.\n' + "\n".join(problems)
        )
    return requests


def _entry(request: Request, reply: Reply, terms: str, today: date) -> Entry:
    return Entry(
        request=request,
        content=reply.text,
        origin=Origin.RECORDED,
        date=today.isoformat(),
        terms=terms,
        model=reply.model,
        refusal=reply.refusal,
        tool_calls=reply.tool_calls,
        finish_reason=reply.finish_reason,
    )


def _write(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)  # noqa: PTH105 - a reader sees the old file or the new one
