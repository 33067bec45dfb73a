"""The portal's API from the other side: one request, its retries and its errors.

Knows HTTP by the standard library alone, so that it runs wherever Python does; must not know nbgrader, the
spool or where files lie.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import random
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from grader.exchange.troubles import BrokenAnswer, NotSetUp, Refused, Unreachable, say

MAX_ANSWER_BYTES = 200_000_000
MAX_PAUSE_S = 10.0
RETRIED = frozenset({429, 502, 503, 504})
"""Every request of ours may be repeated: reads, and writes that name what they write."""


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follow no redirect: the access token would go along, to wherever it leads."""

    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        return None


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    """Names in lower case."""


@dataclass(frozen=True)
class PortalClient:
    """Someone's access to one portal."""

    address: str
    """Scheme, host and port, e.g. `https://learn.example.kr`."""
    token: str = field(repr=False)
    """`<id>.<secret>`, as the account page shows it once."""
    timeout_s: float = 30.0
    """Longest silence that is waited for."""
    attempts: int = 4
    pause: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise NotSetUp(
                say(
                    f"포털 주소가 올바르지 않습니다: {self.address!r}",
                    f"The portal's address is not usable: {self.address!r}",
                ),
                say(
                    "MEDAI_PORTAL 환경 변수나 nbgrader_config.py에 https://로 시작하는 주소를 적어 주십시오.",
                    "Give an address that begins with https:// in MEDAI_PORTAL or nbgrader_config.py.",
                ),
            )
        if not self.token or not self.token.isascii() or not self.token.isprintable() or " " in self.token:
            raise NotSetUp(
                say(
                    "연결 키(토큰)가 없거나 올바르지 않습니다.", "The access token is missing or not usable."
                ),
                say(
                    "포털의 [내 계정]에서 연결 키를 만들어 MEDAI_TOKEN 환경 변수나 키 파일에 넣어 주십시오.",
                    "Make one under [My account] on the portal; put it in MEDAI_TOKEN or the token file.",
                ),
            )

    @property
    def token_id(self) -> str:
        """The public half of the token: tells accounts apart without a secret."""
        return self.token.split(".", 1)[0]

    @property
    def origin(self) -> str:
        """The portal's address, as the spool compares it."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}".lower()

    @cached_property
    def _opener(self) -> urllib.request.OpenerDirector:
        tls = urllib.request.HTTPSHandler(context=ssl.create_default_context())
        return urllib.request.build_opener(_StayHere, tls)

    def read_me(self) -> dict[str, Any]:
        """Return `{id, name, language, access, course}`: whose token this is, and for which course."""
        return self._read_object("/me")

    def list_assignments(self) -> list[dict[str, Any]]:
        """Return what is released, each with deadlines and state."""
        items = self._read_object("/assignments").get("items")
        if not isinstance(items, list):
            raise BrokenAnswer("no list of assignments")
        return items

    def read_assignment(self, assignment: str) -> dict[str, Any]:
        """Return one assignment with the names and digests of its released files."""
        return self._read_object(f"/assignments/{quote(assignment, safe='')}")

    def fetch_release(self, assignment: str, language: str) -> bytes:
        """Return the released files as a zip."""
        return self._fetch(f"/assignments/{quote(assignment, safe='')}/release", {"language": language})

    def fetch_feedback(self, assignment: str) -> bytes:
        """Return all released feedback on own work as a zip of `attempt-<n>/<notebook>.html`."""
        return self._fetch(f"/assignments/{quote(assignment, safe='')}/feedback", {})

    def list_submissions(self, assignment: str = "") -> list[dict[str, Any]]:
        """Return own hand-ins, newest first."""
        asked = {"assignment": assignment} if assignment else {}
        return list(self._read_pages("/submissions", asked))

    def hand_in(
        self, uuid: str, assignment: str, file_name: str, content: bytes, client_at: datetime
    ) -> dict[str, Any]:
        """Send a hand-in and return its receipt; the same UUID and bytes give the same receipt again.

        Raises BrokenAnswer if the answer does not speak of this UUID and these bytes.
        """
        headers = {
            "Content-Type": "application/octet-stream",
            "X-File-Name": f"UTF-8''{quote(file_name, safe='')}",
            "X-Client-Time": client_at.isoformat(),
            "X-Medai-Origin": "exchange",
        }
        path = f"/submissions/{quote(uuid, safe='')}"
        given = self._object(self._send("PUT", path, {"assignment": assignment}, content, headers))
        digest = hashlib.sha256(content).hexdigest()
        try:
            receipt = json.loads(given["receipt"])["receipt"]
            about = receipt["submission"], receipt["upload"]["sha256"]
        except (KeyError, TypeError, ValueError):
            raise BrokenAnswer("no receipt") from None
        if about != (uuid, digest):
            raise BrokenAnswer("the receipt is about something else")
        return given

    def release_assignment(self, assignment: str, files: bytes, *, replace: bool) -> dict[str, Any]:
        """Release files (a zip) under an assignment's name; for instructors."""
        path = f"/assignments/{quote(assignment, safe='')}/release"
        asked = {"replace": "true"} if replace else {}
        return self._object(self._send("PUT", path, asked, files, {"Content-Type": "application/zip"}))

    def withdraw_assignment(self, assignment: str) -> None:
        """Take a release back; hand-ins and receipts stay."""
        self._send("DELETE", f"/assignments/{quote(assignment, safe='')}/release", {})

    def list_staff_submissions(self, assignment: str, which: str = "latest") -> list[dict[str, Any]]:
        """Return everybody's hand-ins, newest first: the `latest` of each person, or `all`."""
        path = f"/assignments/{quote(assignment, safe='')}/submissions"
        return list(self._read_pages(path, {"which": which}))

    def fetch_submission(self, uuid: str) -> bytes:
        """Return the files of anybody's hand-in as a zip; for graders."""
        return self._fetch(f"/staff/submissions/{quote(uuid, safe='')}/files", {})

    def release_feedback(self, uuid: str, pages: bytes) -> dict[str, Any]:
        """Hand feedback pages (a zip of .html) to the person who handed this in; for graders."""
        path = f"/staff/submissions/{quote(uuid, safe='')}/feedback"
        return self._object(self._send("PUT", path, {}, pages, {"Content-Type": "application/zip"}))

    def _read_object(self, path: str) -> dict[str, Any]:
        return self._object(self._send("GET", path, {}))

    def _read_pages(self, path: str, asked: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        after = ""
        while True:
            page = self._object(self._send("GET", path, {**asked, **({"after": after} if after else {})}))
            items, following = page.get("items"), page.get("next")
            if not isinstance(items, list) or (following and following == after):
                raise BrokenAnswer(f"no list at {path}")
            yield from items
            if not following:
                return
            after = str(following)

    def _fetch(self, path: str, asked: Mapping[str, str]) -> bytes:
        """Return a file; its bytes must be those that the portal digested."""
        answer = self._send("GET", path, asked)
        promised = answer.headers.get("content-digest")
        if promised is not None and promised != content_digest(answer.body):
            raise BrokenAnswer(f"{path} arrived damaged")
        return answer.body

    @staticmethod
    def _object(answer: Answer) -> dict[str, Any]:
        try:
            value = json.loads(answer.body)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise BrokenAnswer("not the JSON that this address gives")
        return value

    def _send(
        self,
        method: str,
        path: str,
        asked: Mapping[str, str],
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request, again when the network or a busy server was the trouble."""
        trouble: Unreachable | None = None
        wait_s = 0.0
        for attempt in range(self.attempts):
            if attempt:
                self.pause(min(MAX_PAUSE_S, max(wait_s, 2.0**attempt / 2 * random.uniform(0.5, 1.0))))  # noqa: S311
            try:
                answer = self._try_once(method, path, asked, content, headers or {})
            except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
                trouble, wait_s = Unreachable(self.origin, _reason_of(error)), 0.0
                continue
            if answer.status in RETRIED:
                trouble = Unreachable(self.origin, f"HTTP {answer.status}")
                wait_s = _seconds(answer.headers.get("retry-after", ""))
                continue
            if not 200 <= answer.status < 300:
                raise _refusal(answer)
            return answer
        assert trouble is not None, "attempts is at least 1"  # noqa: S101
        raise trouble

    def _try_once(
        self,
        method: str,
        path: str,
        asked: Mapping[str, str],
        content: bytes | None,
        headers: Mapping[str, str],
    ) -> Answer:
        query = f"?{urlencode(asked)}" if asked else ""
        # The address was checked to be http or https.
        request = urllib.request.Request(  # noqa: S310
            f"{self.address.rstrip('/')}/api/v1{path}{query}", data=content, method=method
        )
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Accept", "application/json, application/zip")
        request.add_header("User-Agent", "medai-exchange")
        for name, value in headers.items():
            request.add_header(name, value)
        if content is not None:
            request.add_header("Content-Digest", content_digest(content))
        try:
            with self._opener.open(request, timeout=self.timeout_s) as reply:
                return _read_answer(reply)
        except urllib.error.HTTPError as error:
            with error:
                return _read_answer(error)


def content_digest(content: bytes) -> str:
    """Return the value of `Content-Digest` (RFC 9530) for a body."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


def _read_answer(reply: Any) -> Answer:
    body = reply.read(MAX_ANSWER_BYTES + 1)
    if len(body) > MAX_ANSWER_BYTES:
        raise BrokenAnswer(f"more than {MAX_ANSWER_BYTES:,} bytes")
    headers = {name.lower(): value for name, value in reply.headers.items()}
    # `read` with a limit does not notice that a connection ended early.
    if "content-length" in headers and len(body) != int(headers["content-length"]):
        raise http.client.IncompleteRead(body)
    return Answer(reply.status, body, headers)


def _reason_of(error: Exception) -> str:
    cause = getattr(error, "reason", None) or error
    return str(getattr(cause, "strerror", None) or cause or type(cause).__name__)[:200]


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdecimal() else 0.0


def _refusal(answer: Answer) -> Refused:
    """Return what the portal says, or what its status means when something else answered."""
    try:
        given = json.loads(answer.body)
        text, hint = say(**given["message"]), say(**given["hint"])
        code = str(given["code"])
    except (ValueError, KeyError, TypeError):
        code = f"http-{answer.status}"
        text = say(f"포털이 요청을 거절했습니다({code}).", f"The portal refused the request ({code}).")
        hint = say(
            "주소와 연결 키를 확인해 주십시오. 회사 프록시가 대신 답했을 수도 있습니다.",
            "Check the address and the token; a proxy on the way may have answered instead.",
        )
    return Refused(answer.status, code, text, hint)
