"""`nbgrader fetch_assignment`: the released files of an assignment, into the trainee's folder.

Knows the release's archive and the local folder; must not know hand-ins.
"""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from nbgrader.exchange.abc import ExchangeFetchAssignment as NbgraderFetchAssignment

from grader.exchange.packing import unzip_files
from grader.exchange.portable import place_files
from grader.exchange.portal_exchange import PortalExchange
from grader.exchange.troubles import Refused
from grader.exchange.untold import ToldByTheList


class ExchangeFetchAssignment(ToldByTheList, PortalExchange, NbgraderFetchAssignment):  # type: ignore[misc]
    """Fetches an assignment in the language of the account."""

    def init_src(self) -> None:
        """Ask the portal for the release."""
        self.settle_course()
        assignment = self.check_assignment_name()
        language = self.language or self.me.get("language", "ko")
        try:
            files = unzip_files(self.client.fetch_release(assignment, language))
        except Refused as refusal:
            known = (one["id"] for one in self.client.list_assignments()) if refusal.status == 404 else ()
            self.fail(f"{refusal}{self.suggest(assignment, known)}")
        self.released_files(assignment, refresh=True)  # submitting offline needs it
        self.files = {path: content for path, content in files.items() if not self._is_ignored(path)}

    def init_dest(self) -> None:
        """Choose the folder; what lies there already is kept unless missing files are wanted."""
        self.dest_path = self.local_folder(self.coursedir.assignment_id)
        if self.dest_path.is_dir() and not self.replace_missing_files:
            self.fail(
                f"이미 받은 과제입니다. 빠진 파일만 받으려면 --replace 옵션을 쓰십시오: {self.dest_path}\n"
                f"You already have a copy of the assignment in this directory: {self.dest_path}\n"
                "With --replace, missing files alone come back."
            )

    def copy_files(self) -> None:
        """Put the files in place: a new folder appears whole or not at all."""
        if self.dest_path.is_dir():
            for name in place_files(self.dest_path, self.files, replace=False):
                self.log.warning("Replacing missing file '%s'", name)
        else:
            fresh = self.dest_path.with_name(f".{self.dest_path.name}.{secrets.token_hex(4)}.part")
            try:
                place_files(fresh, self.files, replace=True)
                fresh.mkdir(parents=True, exist_ok=True)
                os.replace(fresh, self.dest_path)  # noqa: PTH105
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
        self.log.info("Fetched as: %s %s", self.coursedir.course_id, self.coursedir.assignment_id)

    def _is_ignored(self, path: str) -> bool:
        """Whether a part of the path is one that never travels."""
        return any(self.ignore(str(Path(self.assignment_dir)), [part]) for part in path.split("/"))
