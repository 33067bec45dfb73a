"""From the inbox into the course directory: newest work in, unusable work to quarantine, nothing lost.

Knows the inbox's findings and where things lie; must not know assignments' contents or grades. A dry
run takes the same decisions and writes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.grading.door import read_regular_file
from grader.grading.inbox import TIMESTAMP, Found, Refused, read_inbox
from grader.grading.layout import (
    CourseDirectory,
    only_writer,
    read_json,
    replace_folder,
    set_aside,
    why_unusable,
    write_json,
    write_whole,
)
from grader.grading.reasons import Reason, Refusal, explain, refusal_as_dict
from grader.grading.submissions_in import Incoming, read_stamp, store_submission, write_stamp
from grader.model.work import Trainee
from grader.ports import OnDone


class CollectStatus(StrEnum):
    """What became of a trainee's work."""

    COLLECTED = "collected"
    UNCHANGED = "unchanged"
    OLDER = "older"
    """What had been collected before is newer and was kept."""
    QUARANTINED = "quarantined"
    MISSING = "missing"


@dataclass(frozen=True)
class CollectItem:
    """One line of the report."""

    trainee: str
    status: CollectStatus
    file: str = ""
    received_at: datetime | None = None
    refusal: Refusal | None = None
    """Why the newest file is in quarantine; with `collected`, an older file was taken instead."""
    notes: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        return {
            "trainee": self.trainee,
            "status": self.status.value,
            "file": self.file,
            "received_at": self.received_at.isoformat() if self.received_at else None,
            **refusal_as_dict(self.refusal),
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class CollectReport:
    """What `collect` did, or would do."""

    assignment: str
    items: tuple[CollectItem, ...]
    dry_run: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        items = [item.as_dict() for item in self.items]
        return {"assignment": self.assignment, "dry_run": self.dry_run, "items": items}


def collect(
    inbox: Path,
    course_dir: Path,
    assignment: str,
    roster: Sequence[Trainee],
    *,
    zone: tzinfo,
    dry_run: bool = False,
    on_done: OnDone | None = None,
) -> CollectReport:
    """Take handed-in work from `inbox/<assignment>/<trainee id>/` into the course directory.

    `zone` is the time zone of time stamps without offset. Raises UsageError without an inbox.
    """
    course = CourseDirectory(course_dir)
    ids = [trainee.id for trainee in roster]
    with nullcontext() if dry_run else only_writer(course):
        found = read_inbox(inbox, assignment, ids, zone)
        order = {trainee: number for number, trainee in enumerate(ids)}
        found.sort(key=lambda one: (order.get(one.trainee, len(order)), one.trainee))
        items = []
        for one in found:
            item = _take(course, assignment, one, dry_run)
            items.append(item)
            if on_done:
                on_done(item.trainee, item.status)
    there = {item.trainee for item in items}
    items += [CollectItem(trainee, CollectStatus.MISSING) for trainee in ids if trainee not in there]
    return CollectReport(assignment, tuple(items), dry_run)


def _take(course: CourseDirectory, assignment: str, found: Found, dry_run: bool) -> CollectItem:
    """Decide about one trainee's work and, unless this is a dry run, do it."""
    if not found.known:
        return _quarantine_unknown(course, assignment, found, dry_run)
    refusal = found.refused.refusal if found.refused else None
    if found.refused and not dry_run:
        quarantine(course, assignment, found.trainee, found.refused)
    if found.opened is None:
        notes = found.notes
        if course.submitted(found.trainee, assignment).is_file():
            notes = (*notes, "the work collected before is kept")
        name = found.refused.name if found.refused else ""
        return CollectItem(found.trainee, CollectStatus.QUARANTINED, name, found.received_at, refusal, notes)
    status = _compare(course, assignment, found)
    if not dry_run:
        _store(course, assignment, found, status)
    return CollectItem(found.trainee, status, found.name, found.received_at, refusal, found.notes)


def _compare(course: CourseDirectory, assignment: str, found: Found) -> CollectStatus:
    path = course.submitted(found.trainee, assignment)
    current = read_regular_file(path)
    if isinstance(current, Refusal) or found.opened is None or found.received_at is None:
        return CollectStatus.COLLECTED
    if hashlib.sha256(current).hexdigest() == found.opened.sha256:
        return CollectStatus.UNCHANGED
    stamp = read_stamp(path.with_name(TIMESTAMP))
    return CollectStatus.OLDER if stamp and found.received_at < stamp else CollectStatus.COLLECTED


def _store(course: CourseDirectory, assignment: str, found: Found, status: CollectStatus) -> None:
    if found.opened is None or found.received_at is None:
        return
    path = course.submitted(found.trainee, assignment)
    stamp_path = path.with_name(TIMESTAMP)
    if status is CollectStatus.COLLECTED:
        opened = found.opened
        incoming = Incoming(
            found.trainee, found.name, opened.content, opened.sha256, found.received_at, found.notes
        )
        store_submission(course, assignment, incoming)
    elif status is CollectStatus.UNCHANGED:
        # The same work handed in twice counts from its first time.
        stamp = read_stamp(stamp_path)
        if stamp is None or found.received_at < stamp:
            write_whole(stamp_path, write_stamp(found.received_at))
    if found.refused is None and status is CollectStatus.COLLECTED:
        release_from_quarantine(course, assignment, found.trainee)


def _quarantine_unknown(course: CourseDirectory, assignment: str, found: Found, dry_run: bool) -> CollectItem:
    """Keep work that belongs to nobody on the roster."""
    refused = found.refused
    if found.opened is not None and found.received_at is not None:
        refusal = Refusal(Reason.UNKNOWN_TRAINEE, f"folder {found.trainee!r}")
        refused = Refused(found.name, refusal, found.opened.content, found.received_at)
    if refused is None:
        raise UsageError(f"nothing is known about {found.trainee!r}", "collect again")
    if refused.refusal.reason not in (Reason.UNKNOWN_TRAINEE, Reason.LOOSE_FILE, Reason.LINK):
        detail = (
            f"folder {found.trainee!r}; its file: {refused.refusal.reason} {refused.refusal.detail}".strip()
        )
        refused = replace(refused, refusal=Refusal(Reason.UNKNOWN_TRAINEE, detail))
    if not dry_run:
        quarantine(course, assignment, found.trainee, refused)
    return CollectItem(
        found.trainee,
        CollectStatus.QUARANTINED,
        refused.name,
        found.received_at,
        refused.refusal,
        found.notes,
    )


def quarantine(
    course: CourseDirectory, assignment: str, trainee: str, refused: Refused, stage: str = "collect"
) -> None:
    """Put a refused file and the reason aside; what lay there moves to the attempts."""
    folder_name = trainee if not why_unusable(trainee) else hashlib.sha256(trainee.encode()).hexdigest()[:16]
    folder = course.quarantine(assignment, folder_name)
    record = refused.refusal.as_dict() | {
        "stage": stage,
        "folder": trainee,
        "file": refused.name,
        "received_at": refused.received_at.isoformat(),
        "sha256": hashlib.sha256(refused.content).hexdigest() if refused.content is not None else None,
    }
    if read_json(folder / "reason.json") == record:
        return
    files = {} if refused.content is None else {_safe_name(refused.name): refused.content}
    replace_folder(folder, files, course.attempts(assignment, folder_name))
    write_whole(folder / "reason.txt", _tell_reason(trainee, refused).encode())
    write_json(folder / "reason.json", record)  # last: it says that all is here


def _tell_reason(trainee: str, refused: Refused) -> str:
    """Return why a file lies in quarantine, for people: the grader's side, then what the trainee reads."""
    to_trainee, to_grader = explain(refused.refusal.reason)
    detail = f" ({refused.refusal.detail})" if refused.refusal.detail else ""
    return (
        f"{trainee}: {refused.name}\n\n"
        f"{to_grader.ko}{detail}\n교육생에게는 이렇게 알립니다: {to_trainee.ko}\n\n"
        f"{to_grader.en}{detail}\nThe trainee reads: {to_trainee.en}\n"
    )


def release_from_quarantine(course: CourseDirectory, assignment: str, trainee: str) -> None:
    """Move what lies in quarantine to the attempts: good work has arrived."""
    set_aside(course.quarantine(assignment, trainee), course.attempts(assignment, trainee))


def _safe_name(name: str) -> str:
    """Return a name that cannot be taken for our own files."""
    ours = name.casefold() in ("reason.json", "reason.txt")
    return "handed-in.ipynb" if why_unusable(name) or ours else name
