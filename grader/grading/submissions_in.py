"""A notebook that was taken, put where grading looks for it, with the time that counts.

Knows where things lie and `timestamp.txt`; must not know inboxes, portals or what a notebook says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from grader.grading.door import read_regular_file
from grader.grading.inbox import TIMESTAMP, parse_timestamp
from grader.grading.layout import CourseDirectory, read_json, replace_folder, write_json
from grader.grading.reasons import Refusal


@dataclass(frozen=True)
class Incoming:
    """A notebook to be graded in the place of what its trainee handed in before."""

    trainee: str
    file: str
    """Name under which it was handed in."""
    content: bytes
    sha256: str
    received_at: datetime
    notes: tuple[str, ...] = ()
    submission: str = ""
    """Id of the hand-in, where there is one."""


def store_submission(course: CourseDirectory, assignment: str, incoming: Incoming) -> None:
    """Put a notebook into `submitted/`; what lay there moves to the attempts. The caller holds the lock."""
    path = course.submitted(incoming.trainee, assignment)
    files = {path.name: incoming.content, TIMESTAMP: write_stamp(incoming.received_at)}
    replace_folder(path.parent, files, course.attempts(assignment, incoming.trainee))
    receipt = {
        "file": incoming.file,
        "received_at": incoming.received_at.isoformat(),
        "sha256": incoming.sha256,
        "notes": list(incoming.notes),
    }
    if incoming.submission:
        receipt["submission"] = incoming.submission
    write_json(course.receipt(assignment, incoming.trainee), receipt)


def stored_submission(course: CourseDirectory, assignment: str, trainee: str) -> str:
    """Return the id of the hand-in that lies in `submitted/`; empty if there is none or it has no id."""
    if not course.submitted(trainee, assignment).is_file():
        return ""
    return str((read_json(course.receipt(assignment, trainee)) or {}).get("submission", ""))


def read_stamp(path: Path) -> datetime | None:
    """Return the time in a `timestamp.txt` of the course directory, in UTC."""
    content = read_regular_file(path, limit=1_000)
    return None if isinstance(content, Refusal) else parse_timestamp(content.decode("utf-8", "replace"), UTC)


def write_stamp(at: datetime) -> bytes:
    """Return a time in UTC as nbgrader reads and compares it."""
    return f"{at:%Y-%m-%d %H:%M:%S.%f} UTC\n".encode()
