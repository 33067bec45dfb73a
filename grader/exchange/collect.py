"""`nbgrader collect`: hand-ins from the portal into an instructor's own course directory.

Knows nbgrader's `submitted/` folder; must not know grading. What one person handed in never stops the
others; at the end everything that could not be collected is one exception.
"""

from __future__ import annotations

import os
import secrets
import shutil
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from nbgrader.exchange.abc import ExchangeCollect as NbgraderCollect

from grader.exchange.packing import unzip_files
from grader.exchange.portable import is_portable_name, place_files
from grader.exchange.portal_exchange import PortalExchange, utc_stamp
from grader.exchange.troubles import PortalTrouble, Unreachable

SUBMISSION = "medai_submission.txt"
"""Names the hand-in; nbgrader carries it on to the feedback folder, where it tells whose attempt that is."""


class ExchangeCollect(PortalExchange, NbgraderCollect):  # type: ignore[misc]
    """Collects the latest hand-in of everybody; with `before_duedate` the latest in time, if there is one."""

    def init_src(self) -> None:
        """Ask the portal who handed in."""
        self.settle_course()
        assignment = self.check_assignment_name()
        wanted = self.coursedir.student_id
        found = self.client.list_staff_submissions(assignment, "all" if self.before_duedate else "latest")
        chosen: dict[str, dict[str, Any]] = {}
        for one in found:  # newest first, so the first one in time is the last one in time
            best = chosen.setdefault(one["person"], one)
            if best["late_s"] > 0 and one["late_s"] <= 0:
                chosen[one["person"]] = one
        self.src_records = [one for one in chosen.values() if fnmatchcase(str(one["person"]), wanted or "*")]

    def init_dest(self) -> None:
        """Nothing to choose: every trainee has a folder."""

    def copy_files(self) -> None:
        """Collect."""
        assignment = self.coursedir.assignment_id
        if not self.src_records:
            self.log.warning("제출물이 없습니다. No submissions of %r to collect", assignment)
        self.log.info("Processing %d submissions of %r", len(self.src_records), assignment)
        troubles = []
        for record in self.src_records:
            try:
                self._collect(record, assignment)
            except Unreachable:
                raise
            except PortalTrouble as trouble:
                troubles.append(f"{record['person']}: {trouble.message}")
        if troubles:
            self.fail(
                "다음 제출물을 수거하지 못했습니다. These could not be collected:\n" + "\n".join(troubles)
            )

    def _collect(self, record: dict[str, Any], assignment: str) -> None:
        person = str(record["person"])
        if not is_portable_name(person):
            self.fail(f"폴더 이름으로 쓸 수 없는 아이디입니다. This id cannot be a folder's name: {person!r}")
        folder = Path(self.coursedir.format_path(self.coursedir.submitted_directory, person, assignment))
        if folder.is_dir() and not self._is_wanted(folder, record):
            self.log.info("Submission already exists, use --update to update: %s %s", person, assignment)
            return
        files = unzip_files(self.client.fetch_submission(record["uuid"]))
        files["timestamp.txt"] = utc_stamp(record["received_at"]).encode()
        files[SUBMISSION] = record["uuid"].encode()
        _replace_folder(folder, files)
        self.log.info("Collecting submission: %s %s", person, assignment)

    def _is_wanted(self, folder: Path, record: dict[str, Any]) -> bool:
        """Whether a hand-in takes the place of the one collected before."""
        existing: datetime | None = self.coursedir.get_existing_timestamp(str(folder))  # naive, in UTC
        there = datetime.fromisoformat(record["received_at"]).replace(tzinfo=None)
        if self.before_duedate:
            return existing != there
        return bool(self.update) and (existing is None or there > existing)


def _replace_folder(folder: Path, files: dict[str, bytes]) -> None:
    """Put a new folder in the place of an old one; a crash leaves one of them whole."""
    mark = secrets.token_hex(4)
    fresh, old = (
        folder.with_name(f".{folder.name}.{mark}.new"),
        folder.with_name(f".{folder.name}.{mark}.old"),
    )
    try:
        place_files(fresh, files, replace=True)
        if folder.is_dir():
            os.replace(folder, old)  # noqa: PTH105
        os.replace(fresh, folder)  # noqa: PTH105
    except BaseException:
        if old.is_dir() and not folder.is_dir():
            os.replace(old, folder)  # noqa: PTH105
        raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
