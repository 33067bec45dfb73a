"""Taking an upload: counted, timed and digested while it streams in.

Knows request bodies and their headers; must not know what the bytes are for.
"""

# ruff: noqa: E501  (a text is read as one line; wrapped ones hide missing spaces)

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import re
from typing import Annotated, Any
from urllib.parse import unquote_to_bytes

from fastapi import Depends, Header, Request

from grader.portal.api.errors import ApiError, by_status
from grader.portal.context import portal_of
from grader.portal.words.common import say

_SHA256 = re.compile(r"(?:^|,)\s*sha-256\s*=\s*:([A-Za-z0-9+/=]{44}):\s*(?:,|$)")
_SEND_AGAIN = say(
    "같은 UUID로 다시 보내면 됩니다. 제출은 아직 되지 않았습니다.",
    "Send it again with the same UUID. Nothing was handed in yet.",
)


UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file's bytes as they are: no form, no JSON.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""How the description shows a body that `take_upload` reads."""


async def take_upload(
    request: Request,
    content_digest: Annotated[
        str,
        Header(
            description="Required: `sha-256=:<base64 of the body's SHA-256>:` (RFC 9530).", max_length=500
        ),
    ] = "",
) -> bytes:
    """Return the body of a request whose `Content-Digest` (RFC 9530) it fits; for `Depends`.

    The whole body has `upload_timeout_s` seconds, however lively it drips in. Raises ApiError.
    """
    settings = portal_of(request).settings
    promised = _promised_digest(content_digest)
    body = bytearray()
    digest = hashlib.sha256()
    try:
        async with asyncio.timeout(settings.upload_timeout_s):
            async for chunk in request.stream():
                body += chunk
                digest.update(chunk)
                if len(body) > settings.max_upload_bytes:
                    raise by_status(413, {"Connection": "close"})
    except TimeoutError:
        raise _too_slow(settings.upload_timeout_s, len(body)) from None
    if digest.digest() != promised:
        raise ApiError(
            400,
            "digest-wrong",
            say(
                f"받은 {len(body):,}바이트가 Content-Digest와 다릅니다. 전송 중에 손상되었습니다.",
                f"The {len(body):,} bytes that arrived do not fit Content-Digest: damaged on the way.",
            ),
            _SEND_AGAIN,
        )
    return bytes(body)


Upload = Annotated[bytes, Depends(take_upload)]


def read_file_name(value: str | None, content: bytes, otherwise: str) -> str:
    """Return the name in `X-File-Name`: `UTF-8''<percent-encoded>` (RFC 8187), or plain ASCII.

    Without one, `otherwise` with the ending that the first bytes call for.
    """
    if not value:
        return otherwise + (".zip" if content.startswith(b"PK") else ".ipynb")
    if value.upper().startswith("UTF-8''"):
        return unquote_to_bytes(value[7:]).decode("utf-8", "replace")
    return value


def _promised_digest(given: str) -> bytes:
    found = _SHA256.search(given)
    try:
        digest = base64.b64decode(found[1], validate=True) if found else b""
    except binascii.Error:
        digest = b""
    if len(digest) != 32:
        raise ApiError(
            400,
            "digest-missing",
            say("Content-Digest 머리글에 SHA-256이 없습니다.", "The header Content-Digest has no SHA-256."),
            say(
                "본문의 SHA-256을 `Content-Digest: sha-256=:<base64>:`로 보내 주십시오(RFC 9530).",
                "Send the body's SHA-256 as `Content-Digest: sha-256=:<base64>:` (RFC 9530).",
            ),
        )
    return digest


def _too_slow(limit_s: float, size: int) -> ApiError:
    return ApiError(
        408,
        "too-slow",
        say(
            f"{limit_s:g}초 안에 파일이 다 도착하지 않아 연결을 끊었습니다({size:,}바이트 도착). 제출되지 않았습니다.",
            f"The file did not arrive within {limit_s:g} s ({size:,} bytes came), so the connection was ended. Nothing was handed in.",
        ),
        say(
            "출력을 지워 파일을 줄이거나 더 빠른 네트워크에서 같은 UUID로 다시 보내 주십시오.",
            "Make the file smaller by clearing outputs, or use a faster network; send it with the same UUID.",
        ),
        {"Connection": "close"},
    )
