"""What graders see of a hand-in beside the gradebook: what was put right, or why it is held back.

Knows what lies in the course directory; must not know requests, the store or pages. Marking is blind: names
of files and folders, which may be people's, are left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grader.errors import UsageError
from grader.grading.door import parse_notebook, read_regular_file
from grader.grading.fault_place import show_fault
from grader.grading.grade_report import item_from_record
from grader.grading.layout import CourseDirectory, read_json
from grader.grading.reasons import Reason, Refusal, explain
from grader.grading.record import read_record
from grader.grading.release import load_blueprint
from grader.grading.repair_diff import diff_release, shorten_diff
from grader.grading.submissions_in import stored_submission
from grader.store.submissions import Submission
from grader.text import LocalText

MAX_DIFF_CHARACTERS = 50_000


@dataclass(frozen=True)
class HeldView:
    """Why a hand-in is held back."""

    reason: LocalText
    """In the grader's words."""
    detail: str
    diff: str
    """Between what was released and what was handed in."""
    fault: str
    """The lines around the place where the file is broken."""


@dataclass(frozen=True)
class HandInView:
    """What grading left of a hand-in."""

    held: HeldView | None = None
    repairs: tuple[LocalText, ...] = ()
    tells: tuple[LocalText, ...] = ()
    diff: str = ""
    """Before and after it was put right."""


def read_hand_in(course: CourseDirectory, submission: Submission) -> HandInView:
    """Return what grading left of a hand-in; nothing if another one of the same person lies there by now."""
    name, person = submission.assignment, submission.person
    if stored_submission(course, name, person) != submission.uuid:
        return HandInView()
    reason = read_json(course.quarantine(name, person) / "reason.json")
    held = _read_held(course, submission, reason) if reason else None
    graded = read_record(course.record(name, person))
    if graded is None or graded.submission_sha256 != submission.notebook_digest:
        return HandInView(held)
    item = item_from_record("", "", graded)  # type: ignore[arg-type]
    path = course.diff(name, person)
    shows_diff = bool(graded.repairs) and path.is_file()
    return HandInView(
        held=held,
        repairs=tuple(repair.text for repair in item.repairs),
        tells=item.tells,
        diff=_without_name(path.read_text("utf-8", "replace")) if shows_diff else "",
    )


def _read_held(course: CourseDirectory, submission: Submission, reason: Mapping[str, Any]) -> HeldView | None:
    """Return why a hand-in is held back, with what a person needs to decide."""
    name, person = submission.assignment, submission.person
    if reason.get("reason") not in set(Reason):
        return None
    # What `collect` refused lies elsewhere: what is in its place here is earlier work.
    content = read_regular_file(course.submitted(person, name)) if reason.get("stage") == "grade" else b""
    diff, fault = _look_into(course, name, content) if isinstance(content, bytes) else ("", "")
    return HeldView(
        reason=explain(Reason(reason["reason"]))[1],
        detail=_without_id(str(reason.get("detail", "")), person),
        diff=shorten_diff(diff, MAX_DIFF_CHARACTERS),
        fault=fault,
    )


def _look_into(course: CourseDirectory, assignment: str, content: bytes) -> tuple[str, str]:
    """Return how a notebook differs from what was released, or where the file is broken."""
    opened = parse_notebook(content)
    if isinstance(opened, Refusal):
        return "", show_fault(content)
    try:
        return diff_release(opened.notebook["cells"], load_blueprint(course, assignment)), ""
    except UsageError:  # what was released is gone
        return "", ""


def _without_name(diff: str) -> str:
    """Return a diff without the name under which the file was handed in: it may be a person's."""
    first, _, rest = diff.partition("\n")
    return f"--- handed in\n{rest}" if first.startswith("--- ") else diff


def _without_id(detail: str, person: str) -> str:
    """Return evidence without the person's id, which stands in the path of whatever failed."""
    return re.sub(rf"(?<![\w-]){re.escape(person)}(?![\w-])", "…", detail)
