"""`nbgrader list`: what is released, what was handed in, and what still waits on this machine.

Knows the shape that nbgrader's extension reads; must not know how work is sent. The portal's word counts:
only what has a receipt is listed as submitted.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

from nbgrader.exchange.abc import ExchangeError
from nbgrader.exchange.abc import ExchangeList as NbgraderList

from grader.exchange.fetch_feedback import FOLDER
from grader.exchange.portal_exchange import PortalExchange
from grader.exchange.sending import belongs_to
from grader.exchange.spool import Entry, Spool
from grader.exchange.untold import take_failures

PENDING = "대기 중, 아직 제출되지 않음 · waiting, NOT handed in yet"


class ListFailed(Exception):
    """A list that JupyterLab shall show the reason of: it has words of its own for ExchangeError."""


class ExchangeList(PortalExchange, NbgraderList):  # type: ignore[misc]
    """Lists, or removes."""

    def start(self) -> list[dict[str, Any]]:
        """Return the list; in JupyterLab also say what failed before it."""
        failures = take_failures() if self.in_jupyterlab else []
        if failures:
            raise ListFailed("\n\n".join(failures))
        try:
            listed: list[dict[str, Any]] = super().start()
        except ExchangeError as error:
            if self.in_jupyterlab:
                raise ListFailed(str(error)) from error
            raise
        return listed

    def init_src(self) -> None:
        """See which course and person the list is about."""
        wanted = self.coursedir.course_id
        self.is_other_course = bool(wanted) and wanted != self.me.get("course")
        if not self.is_other_course:
            self.settle_course()
        if not self.inbound:
            self.person = self.settle_person()

    def init_dest(self) -> None:
        """Nothing to choose."""

    def copy_files(self) -> None:
        """Nothing to copy."""

    def list_files(self) -> list[dict[str, Any]]:
        """Return the list in nbgrader's shape, and log it for people."""
        found = self._find()
        self.log.info("Submitted assignments:" if self.inbound or self.cached else "Released assignments:")
        for assignment in found:
            for line in self._describe(assignment):
                self.log.info(line)
        return found

    def remove_files(self) -> list[dict[str, Any]]:
        """Withdraw releases (instructors), or forget receipts kept on this machine.

        What was handed in stays with the portal: its receipts must go on proving it.
        """
        if self.inbound:
            self.fail(
                "제출물은 접수증과 함께 보관되므로 지울 수 없습니다.\n"
                "Hand-ins cannot be removed: their receipts prove them."
            )
        found = self._find()
        for assignment in found:
            if self.cached:
                shutil.rmtree(Path(self.cache, assignment["course_id"], assignment["assignment_id"]), True)
            else:
                self.client.withdraw_assignment(assignment["assignment_id"])
            assignment["status"] = "removed"
            self.log.info("Removed: %s %s", assignment["course_id"], assignment["assignment_id"])
        return found

    def _find(self) -> list[dict[str, Any]]:
        if self.is_other_course:
            return []  # as an exchange folder without that course
        if self.inbound:
            return self._find_inbound()
        return self._find_submitted() if self.cached else self._find_released()

    def _find_released(self) -> list[dict[str, Any]]:
        waiting = self._waiting()
        return [
            self._released(one["id"], [w for w in waiting if w.assignment == one["id"]])
            for one in self.client.list_assignments()
            if self._is_wanted(one["id"])
        ]

    def _released(self, assignment: str, waiting: list[Entry]) -> dict[str, Any]:
        folder = self.local_folder(assignment)
        fetched = folder.is_dir()
        notebooks = [
            # The extension knows no word for work that waits, so the notebook's own line says it.
            {"notebook_id": f"{path.stem} ({PENDING})" if waiting else path.stem, "path": str(path)}
            for path in (sorted(folder.glob("*.ipynb")) if fetched else ())
        ]
        return {
            "course_id": self.coursedir.course_id,
            "assignment_id": assignment,
            "status": "fetched" if fetched else "released",
            "path": str(folder) if fetched else f"{self.client.address}/learn/{assignment}",
            "notebooks": notebooks,
            "pending": [self.say_time(one.client_at.isoformat()) for one in waiting],
        }

    def _find_submitted(self) -> list[dict[str, Any]]:
        by_assignment: dict[str, list[dict[str, Any]]] = {}
        for one in self.client.list_submissions(self.coursedir.assignment_id):
            by_assignment.setdefault(one["assignment"], []).append(self._submitted(one, self.person))
        return [self._group(name, self.person, rows) for name, rows in sorted(by_assignment.items())]

    def _find_inbound(self) -> list[dict[str, Any]]:
        only = self.coursedir.assignment_id
        names = [only] if only else [one["id"] for one in self.client.list_assignments()]
        wanted = self.coursedir.student_id
        by_person: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for name in names:
            for one in self.client.list_staff_submissions(name, "all"):
                if wanted in {"", "*", one["person"]}:
                    row = self._submitted(one, one["person"])
                    by_person.setdefault((one["person"], name), []).append(row)
        return [self._group(name, person, rows) for (person, name), rows in sorted(by_person.items())]

    def _group(self, assignment: str, person: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "course_id": self.coursedir.course_id,
            "student_id": person,
            "assignment_id": assignment,
            "status": "submitted",
            "submissions": sorted(rows, key=lambda row: row["attempt"]),
        }

    def _submitted(self, given: dict[str, Any], person: str) -> dict[str, Any]:
        """Return a hand-in in nbgrader's shape: which feedback there is, here and on the portal."""
        assignment, attempt = given["assignment"], int(given["attempt"])
        folder = self.local_folder(assignment) / FOLDER / f"attempt-{attempt}"
        pages = [self._notebook(one, folder) for one in given.get("feedback", ())]
        if not pages:
            pages = [self._notebook({"name": f"{assignment}.html", "sha256": None}, folder)]
        has_local = all(page["has_local_feedback"] for page in pages)
        return {
            "course_id": self.coursedir.course_id,
            "student_id": person,
            "assignment_id": assignment,
            "uuid": given["uuid"],
            "attempt": attempt,
            "timestamp": self.say_time(given["received_at"]),
            "status": "submitted",
            "path": str(Path(self.cache, self.coursedir.course_id, assignment, given["uuid"])),
            "notebooks": pages,
            "has_local_feedback": has_local,
            "has_exchange_feedback": all(page["has_exchange_feedback"] for page in pages),
            "feedback_updated": any(page["feedback_updated"] for page in pages),
            "local_feedback_path": str(folder) if has_local else None,
        }

    @staticmethod
    def _notebook(page: dict[str, Any], folder: Path) -> dict[str, Any]:
        local = folder / page["name"]
        digest = hashlib.sha256(local.read_bytes()).hexdigest() if local.is_file() else None
        return {
            "notebook_id": Path(page["name"]).stem,
            "path": "",
            "has_local_feedback": digest is not None,
            "has_exchange_feedback": page["sha256"] is not None,
            "local_feedback_path": str(local) if digest is not None else None,
            "feedback_updated": digest is not None and page["sha256"] not in {None, digest},
        }

    def _waiting(self) -> list[Entry]:
        spool = Spool(Path(self.settings_dir) / "spool")
        return [one for one in spool.list_waiting() if belongs_to(one, self.client, self.person)]

    def _is_wanted(self, assignment: str) -> bool:
        return self.coursedir.assignment_id in {"", assignment}

    def _describe(self, info: dict[str, Any]) -> list[str]:
        """Return the lines that `nbgrader list` shows."""
        if "submissions" in info:
            return [
                f"{one['course_id']} {one['student_id']} {one['assignment_id']} {one['timestamp']} "
                f"({_feedback_state(one)})"
                for one in info["submissions"]
            ]
        line = f"{info['course_id']} {info['assignment_id']}"
        if info["status"] == "fetched":
            line += " (already downloaded)"
        return [line + "".join(f" ({PENDING}: {at})" for at in info["pending"])]


def _feedback_state(one: dict[str, Any]) -> str:
    if one["has_local_feedback"] and not one["feedback_updated"]:
        return "feedback already fetched"
    return "feedback ready to be fetched" if one["has_exchange_feedback"] else "no feedback available"
