"""The audit log of regrades: who changed which scores, when and why. Lines are added and never changed.

Knows the log's lines; must not know how scores came about. A regrade is noted twice: before it writes
anything, with all it is going to change, and when it has ended; a crash in between stays visible.
"""

from __future__ import annotations

import json
import os
import pwd
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from grader.grading.layout import CourseDirectory, append_line
from grader.grading.regrade_report import RegradeReport, Turn


def note_plan(course: CourseDirectory, report: RegradeReport, reason: str, allow_lower: bool) -> str:
    """Note what is about to change; return the id of the entry."""
    entry = uuid4().hex[:12]
    changed = [
        item for item in report.items if item.turn not in (Turn.UNCHANGED, Turn.NOT_GRADED) or item.cells
    ]
    value = {
        "event": "planned",
        "from_version": report.from_version,
        "to_version": report.to_version,
        "reason": reason,
        "allow_lower": allow_lower,
        "summary": report.summary.en,
        "trainees": {item.trainee: item.as_dict() for item in changed},
    }
    _append(course, report.assignment, entry, value)
    return entry


def note_end(
    course: CourseDirectory, assignment: str, entry: str, graded: int, differing: dict[str, float | None]
) -> None:
    """Note that a regrade has ended; `differing` are results that are not as planned."""
    _append(course, assignment, entry, {"event": "done", "graded": graded, "differing": differing})


def _append(course: CourseDirectory, assignment: str, entry: str, value: dict[str, Any]) -> None:
    head = {
        "id": entry,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "who": _who(),
        "assignment": assignment,
    }
    append_line(course.regrades(assignment), json.dumps({**head, **value}, ensure_ascii=False))


def _who() -> str:
    """Return the name of the user whose process this is; an environment variable could say anything."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


@dataclass(frozen=True)
class LogEntry:
    """One regrade as the log has it."""

    planned: dict[str, Any]
    done: dict[str, Any] | None
    """None: it never ended; the next `medai regrade` or `medai grade` takes up the rest."""

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        return {**self.planned, "done": self.done}


def read_log(course: CourseDirectory, assignment: str) -> tuple[LogEntry, ...]:
    """Return all regrades of an assignment, oldest first; lines torn by a crash are passed over."""
    try:
        lines = course.regrades(assignment).read_text("utf-8").splitlines()
    except OSError:
        return ()
    planned: dict[str, dict[str, Any]] = {}
    done: dict[str, dict[str, Any]] = {}
    for line in lines:
        try:
            value = json.loads(line)
            (planned if value["event"] == "planned" else done)[value["id"]] = value
        except (ValueError, KeyError, TypeError):
            continue
    return tuple(LogEntry(value, done.get(entry)) for entry, value in planned.items())
