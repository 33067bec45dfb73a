"""Recording replies of an institution's own model into a cassette.

Knows which requests are already recorded and that only screened, made-up text may be sent; must not know
environment variables or who may publish what: the one who records states the terms.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from medai_lab.llm.asking import BlockedTextError, Screen
from medai_lab.llm.cassette import Entry, format_cassette, read_cassette
from medai_lab.llm.endpoint import Endpoint
from medai_lab.llm.remote import complete
from medai_lab.llm.reply import Mode, Origin, Reply, SettingsError
from medai_lab.llm.request import Request

Send = Callable[[Request, Endpoint, Mode], Reply]


def record(
    requests: Iterable[Request],
    endpoint: Endpoint,
    path: Path,
    *,
    terms: str,
    today: date,
    screen: Screen,
    send: Send = complete,
) -> tuple[int, int]:
    """Ask for every request that `path` does not hold yet and write the replies there.

    The file is written after each reply, so that a run that stops loses nothing; run it again to go on.
    Nothing is sent unless every request passes `screen`.

    Returns:
        how many were recorded, and how many were there already.

    Raises:
        SettingsError: `terms` is empty.
        BlockedTextError: a request or a reply holds identifiers.
    """
    if not terms.strip():
        raise SettingsError(
            "이 모델의 답을 공개해도 되는 조건(terms)을 적으십시오. · "
            "State the terms under which this model's output may be published."
        )
    wanted = {request.key: request for request in requests}
    for request in wanted.values():
        _check(list(request.texts()), screen)
    entries = read_cassette(path.read_text(encoding="utf-8"), path.name) if path.exists() else []
    known = {entry.request.key for entry in entries}
    missing = [request for key, request in wanted.items() if key not in known]
    for request in missing:
        reply = send(request, endpoint, Mode.LOCAL if endpoint.is_loopback else Mode.API)
        calls = [call.function.arguments for call in reply.tool_calls]
        _check([reply.text, reply.refusal or "", *calls], screen)
        entries.append(_entry(request, reply, terms, today))
        _write(path, format_cassette(entries))
    return len(missing), len(wanted) - len(missing)


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


def _check(texts: list[str], screen: Screen) -> None:
    found = sorted({kind for text in texts for kind in screen(text)})
    if found:
        kinds = ", ".join(found)
        raise BlockedTextError(
            f"식별정보로 보이는 것이 있어 멈췄습니다({kinds}). · "
            f"Stopped: identifiers seem to be there ({kinds})."
        )


def _write(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)  # noqa: PTH105 - a reader sees the old file or the new one
