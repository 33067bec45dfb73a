"""What the eight exchange classes have in common: the portal, the course, the folders; failing aloud.

Knows nbgrader's base class and its traits; must not know what is fetched or handed in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any

from dateutil.tz import gettz  # type: ignore[import-untyped]
from nbgrader.exchange.abc import Exchange as NbgraderExchange
from nbgrader.exchange.exchange_factory import ExchangeFactory
from nbgrader.utils import ignore_patterns
from traitlets import Bool, Enum, Float, Integer, Unicode, default

from grader.errors import GraderError
from grader.exchange.access import open_client, read_me, receipts_folder, settings_folder
from grader.exchange.client import PortalClient
from grader.exchange.packing import Ignore
from grader.exchange.portable import is_portable_name, write_durably

UTC_STAMP = "%Y-%m-%d %H:%M:%S.%f UTC"
"""What nbgrader and we both read in `timestamp.txt`, wherever the reader's clock stands."""


class PortalExchange(NbgraderExchange):  # type: ignore[misc]  # nbgrader has no types
    """An exchange whose other side is the portal.

    nbgrader takes only an exception for a failure, so every trouble becomes one: never a logged success.
    """

    portal_url = Unicode(
        help="Address of the portal; by default MEDAI_PORTAL's, or what `medai spool connect` kept."
    ).tag(config=True)
    settings_dir = Unicode(help="Folder of the token, the spool and receipts; by default ~/.medai.").tag(
        config=True
    )
    cache = Unicode(help="Where receipts of own hand-ins are kept.").tag(config=True)
    path_includes_course = Bool(False, help="Whether assignments lie in a folder of their course.").tag(
        config=True
    )
    language = Enum(
        ["", "ko", "en"], "", help="Language of fetched notebooks; by default the account's."
    ).tag(config=True)
    timeout_s = Float(30.0, help="Longest silence of the portal that is waited for, in seconds.").tag(
        config=True
    )
    attempts = Integer(4, min=1, help="How often a request is tried when the network fails.").tag(config=True)

    @default("settings_dir")
    def _default_settings_dir(self) -> str:
        return str(settings_folder())

    @default("cache")
    def _default_cache(self) -> str:
        return str(receipts_folder())

    @cached_property
    def client(self) -> PortalClient:
        """Access to the portal with the token of this machine."""
        return open_client(
            Path(self.settings_dir), self.portal_url, timeout_s=self.timeout_s, attempts=self.attempts
        )

    @cached_property
    def me(self) -> dict[str, Any]:
        """Whose token this is, and for which course."""
        return read_me(self.client, Path(self.settings_dir))

    def start(self) -> Any:
        """Do the work; whatever goes wrong is an ExchangeError that says what to do next."""
        try:
            return super().start()
        except GraderError as error:
            self.fail(str(error))
        except OSError as error:
            name = error.filename or ""
            self.fail(
                f"파일을 읽거나 쓸 수 없습니다. A file cannot be read or written: {name} {error.strerror}"
            )

    @property
    def in_jupyterlab(self) -> bool:
        """Whether nbgrader's JupyterLab extension asks: it makes a factory without an application."""
        return isinstance(self.parent, ExchangeFactory) and self.parent.parent is None

    def settle_course(self) -> str:
        """Return the course; fail if another one than the portal's was asked for."""
        course = str(self.me.get("course", ""))
        if not is_portable_name(course):
            self.fail(
                f"포털의 과정 이름을 쓸 수 없습니다. The portal's course has an unusable name: {course!r}"
            )
        wanted = self.coursedir.course_id
        if wanted and wanted != course:
            self.fail(
                f"이 포털의 과정은 {course!r}입니다({wanted!r} 아님). nbgrader_config.py를 고쳐 주십시오.\n"
                f"This portal holds the course {course!r}, not {wanted!r}: mend nbgrader_config.py."
            )
        self.coursedir.course_id = course
        if not self.authenticator.has_access(self.coursedir.student_id, course):
            self.fail("이 과정에 접근할 수 없습니다. You do not have access to this course.")
        return course

    def settle_person(self) -> str:
        """Return whose work this is about; fail if somebody else's was asked for."""
        person = str(self.me.get("id", ""))
        wanted = self.coursedir.student_id
        if wanted not in {"", "*", person}:
            self.fail(
                f"이 연결 키는 {person!r}의 것이므로 {wanted!r}의 이름으로 제출하거나 받을 수 없습니다.\n"
                f"This token is {person!r}'s: it cannot act for {wanted!r}."
            )
        return person

    def check_assignment_name(self) -> str:
        """Return the assignment; fail if its name cannot be a folder's everywhere."""
        name = str(self.coursedir.assignment_id)
        if not is_portable_name(name):
            self.fail(f"과제 이름이 올바르지 않습니다. Not the name of an assignment: {name!r}")
        return name

    def local_folder(self, assignment: str) -> Path:
        """Return where an assignment lies on this machine."""
        course = [self.coursedir.course_id] if self.path_includes_course else []
        return Path(self.assignment_dir, *course, assignment).absolute()

    @property
    def ignore(self) -> Ignore:
        """What never travels: as the course directory's settings say."""
        made: Ignore = ignore_patterns(
            exclude=self.coursedir.ignore,
            include=self.coursedir.include,
            max_file_size=self.coursedir.max_file_size,
            log=self.log,
        )
        return made

    def say_time(self, at: str) -> str:
        """Return a moment (ISO 8601) as nbgrader shows times: its time zone, its format."""
        zone = gettz(self.timezone)
        if zone is None:
            self.fail(f"Invalid timezone: {self.timezone}")
        return datetime.fromisoformat(at).astimezone(zone).strftime(self.timestamp_format)

    def suggest(self, name: str, known: Iterable[str]) -> str:
        """Return a sentence with the name that was probably meant, or nothing."""
        close = get_close_matches(name, list(known), n=1)
        return f" 혹시 {close[0]!r}입니까? Did you mean {close[0]!r}?" if close else ""

    def released_files(self, assignment: str, *, refresh: bool) -> dict[str, Any]:
        """Return what the portal handed out for an assignment: `{notebooks, files: [[path, sha256]]}`.

        What was learnt the last time serves when the portal cannot be asked; empty if it never was.
        """
        file = Path(self.cache, self.coursedir.course_id, assignment, "release.json")
        if refresh:
            given = self.client.read_assignment(assignment)
            known = {
                "notebooks": given.get("notebooks", []),
                "files": [[one["path"], one["sha256"]] for one in given.get("files", [])],
            }
            write_durably(file, json.dumps(known, ensure_ascii=False).encode())
            return known
        try:
            known = json.loads(file.read_bytes())
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}


def utc_stamp(at: str) -> str:
    """Return a moment (ISO 8601) as `timestamp.txt` holds it."""
    return datetime.fromisoformat(at).astimezone(UTC).strftime(UTC_STAMP)
