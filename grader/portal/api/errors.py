"""How the API says no: a status, a code for programs, and words in both languages for the people behind them.

Knows errors and their words; must not know what a route does.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from grader.errors import EnvironmentProblem, GraderError
from grader.grading.layout import CourseBusy
from grader.portal.context import portal_of
from grader.portal.security import Forgery, security_headers
from grader.portal.viewer import SignInNeeded
from grader.portal.words.common import say
from grader.store.blobs import DamagedBlob
from grader.text import LocalText

log = logging.getLogger("medai.portal")
PREFIX = "/api/"
ErrorPage = Callable[[Request, Exception], Awaitable[Response]]


class ApiFault(BaseModel):
    """What every error looks like."""

    code: str = Field(description="Stable name of the error, for programs.", examples=["digest-wrong"])
    message: LocalText = Field(description="What happened.")
    hint: LocalText = Field(description="What to do next.")


class ApiError(Exception):
    """An answer other than the one that was asked for."""

    def __init__(
        self,
        status: int,
        code: str,
        message: LocalText,
        hint: LocalText,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.fault = ApiFault(code=code, message=message, hint=hint)
        self.headers = dict(headers or {})


_TRY_AGAIN = say("잠시 뒤에 다시 시도해 주십시오.", "Try again in a moment.")
_READ_THE_DESCRIPTION = say(
    "/api/v1/openapi.json의 설명을 보고 요청을 고쳐 주십시오.",
    "Mend the request; /api/v1/openapi.json describes it.",
)
_BY_STATUS: dict[int, tuple[str, LocalText, LocalText]] = {
    400: (
        "bad-request",
        say("요청이 올바르지 않습니다.", "The request is not right."),
        _READ_THE_DESCRIPTION,
    ),
    401: (
        "sign-in-needed",
        say(
            "로그인하지 않았거나 연결 키(토큰)가 유효하지 않습니다.",
            "Nobody is signed in, or the token is not valid.",
        ),
        say(
            "[내 계정]에서 연결 키를 새로 만들어 `medai spool connect`로 다시 연결해 주십시오. "
            "다른 프로그램은 `Authorization: Bearer` 머리글로 보내면 됩니다.",
            "Make a new key under [My account] and connect again with `medai spool connect`; "
            "other programs send it as `Authorization: Bearer`.",
        ),
    ),
    403: (
        "not-granted",
        say("이 역할로는 할 수 없습니다.", "This role may not do that."),
        say("필요하면 운영자에게 권한을 요청해 주십시오.", "If you need it, ask the operator."),
    ),
    404: (
        "not-found",
        say("찾을 수 없습니다.", "There is no such thing."),
        say("이름이나 주소를 확인해 주십시오.", "Check the name or address."),
    ),
    405: (
        "method-not-allowed",
        say("이 주소에는 쓸 수 없는 요청 방식입니다.", "This address does not take this method."),
        _READ_THE_DESCRIPTION,
    ),
    413: (
        "too-big",
        say(
            "보낸 파일이 너무 큽니다. 아무것도 저장하지 않았습니다.", "The file is too big. Nothing was kept."
        ),
        say(
            "노트북의 출력을 지우고 큰 데이터 파일을 빼고 다시 보내 주십시오.",
            "Clear the notebook's outputs, leave large data files out, and send it again.",
        ),
    ),
    429: (
        "too-many-requests",
        say("짧은 시간에 요청이 너무 많았습니다.", "There were too many requests in a short time."),
        say("Retry-After 머리글의 초만큼 기다려 주십시오.", "Wait as many seconds as Retry-After says."),
    ),
    500: (
        "our-fault",
        say("서버에서 문제가 생겼습니다.", "Something went wrong on the server."),
        say("운영자에게 알려 주십시오.", "Please tell the operator."),
    ),
    503: (
        "unavailable",
        say(
            "서버가 지금 저장할 수 없습니다. 아무것도 바뀌지 않았습니다.",
            "The server cannot save just now. Nothing was changed.",
        ),
        _TRY_AGAIN,
    ),
}
_GONE = say(
    "파일이 보존 기간이 지나 지워졌거나 손상되었습니다.",
    "The files were removed after their time, or are damaged.",
)
_ASK_FOR_FILES = say(
    "접수증은 그대로 유효합니다. 필요하면 운영자에게 문의해 주십시오.",
    "The receipt stays valid. Ask the operator if you need them.",
)
_BUSY = say(
    "채점이 진행되고 있어 처리하지 못했습니다. 아무것도 바뀌지 않았습니다.",
    "Grading is under way, so this could not be done. Nothing was changed.",
)
_FORGERY = say(
    "쿠키로 로그인한 요청에는 X-CSRF-Token 머리글이 필요합니다.",
    "A request that signs in by cookie needs the header X-CSRF-Token.",
)


def not_found() -> ApiError:
    """Return the error for what is not there, or is somebody else's: the answer does not tell which."""
    return by_status(404)


def by_status(status: int, headers: Mapping[str, str] | None = None) -> ApiError:
    """Return the error that says what a status means in general."""
    known = status if status in _BY_STATUS else 400 if status < 500 else 500
    return ApiError(status, *_BY_STATUS[known], headers)


def answer_by_audience(page: ErrorPage) -> ErrorPage:
    """Return a handler that tells programs in JSON what `page` tells people."""

    async def answer(request: Request, error: Exception) -> Response:
        if not request.url.path.startswith(PREFIX):
            return await page(request, error)
        told = describe_error(request, error)
        headers = {**security_headers(portal_of(request)), **told.headers}
        return JSONResponse(told.fault.model_dump(), told.status, headers)

    return answer


def describe_error(request: Request, error: Exception) -> ApiError:
    """Return what to tell of an error; our own faults are logged under the number that is told."""
    if isinstance(error, ApiError):
        return error
    if isinstance(error, SignInNeeded):
        return by_status(401, {"WWW-Authenticate": 'Bearer realm="medai"'})
    if isinstance(error, Forgery):
        return ApiError(403, "forgery", _FORGERY, _READ_THE_DESCRIPTION)
    if isinstance(error, HTTPException):
        return by_status(error.status_code, error.headers)
    if isinstance(error, RequestValidationError):
        return _bad_request(error)
    return _describe_trouble(request, error)


def _describe_trouble(request: Request, error: Exception) -> ApiError:
    """Return what to tell of an error that is not the web's."""
    if isinstance(error, EnvironmentProblem):
        log.error("environment: %s", error)
        return by_status(503, {"Retry-After": "30"})
    if isinstance(error, DamagedBlob):
        log.error("files: %s", error)
        return ApiError(404, "files-gone", _GONE, _ASK_FOR_FILES)
    if isinstance(error, CourseBusy):
        return ApiError(503, "busy", _BUSY, _TRY_AGAIN, {"Retry-After": "30"})
    if isinstance(error, GraderError):
        # Our messages are in English; what they say is about what was sent.
        text = say(
            f"요청을 처리할 수 없습니다: {error.message}", f"The request cannot be done: {error.message}"
        )
        return ApiError(400, "refused", text, say(error.hint or "–", error.hint or "–"))
    number = secrets.token_hex(4)
    log.error("fault %s at %s %s", number, request.method, request.scope.get("route"), exc_info=error)
    code, message, _ = _BY_STATUS[500]
    tell = say(f"운영자에게 이 번호를 알려 주십시오: {number}", f"Tell the operator this number: {number}")
    return ApiError(500, code, message, tell)


def _bad_request(error: RequestValidationError) -> ApiError:
    """Name the parts of the request that are wrong, never their values: they may be personal."""
    places = sorted(
        {".".join(str(part) for part in one["loc"][1:]) or str(one["loc"][0]) for one in error.errors()}
    )
    where = ", ".join(places)[:200].encode("ascii", "replace").decode()
    return ApiError(
        400,
        "bad-request",
        say(
            f"요청의 이 부분이 올바르지 않습니다: {where}", f"This part of the request is not right: {where}"
        ),
        _READ_THE_DESCRIPTION,
    )
