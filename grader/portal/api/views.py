"""From what the store and the course say to what the API gives.

Knows both sides' values; must not know requests or SQL.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Response
from sqlalchemy import Connection

from grader.model.content import Course
from grader.portal.api.errors import not_found
from grader.portal.api.shapes import (
    AssignmentShape,
    FeedbackShape,
    HandedInShape,
    LateStepShape,
    SubmissionShape,
    WorkState,
)
from grader.portal.context import Portal
from grader.portal.door import Note
from grader.portal.feedback_pages import list_feedback_pages
from grader.portal.words.door import NoteKind
from grader.receipts.receipt import read_receipt
from grader.store.blobs import read_blob
from grader.store.learning import Work
from grader.store.submissions import Submission, SubmittedFile
from grader.text import LocalText


def view_assignment(course: Course, work: Work, now: datetime) -> AssignmentShape:
    """Return an assignment as it stands for the person whose work this is."""
    release, rules, deadline = work.release, work.release.rules, work.deadline
    if rules.opens_at > now:
        state = WorkState.NOT_OPEN
    else:
        state = WorkState.CLOSED if deadline.is_closed(now) else WorkState.OPEN
    return AssignmentShape(
        id=release.assignment,
        title=title_of(course, release.assignment),
        revision=release.revision,
        state=state,
        released_at=release.released_at,
        opens_at=rules.opens_at,
        due_at=deadline.due_at,
        grace_s=deadline.grace_s,
        closes_at=deadline.closes_at,
        late_rule=[LateStepShape(after_s=step.after_s, percent=step.percent) for step in rules.late_rule],
        max_attempts=rules.max_attempts,
        attempts=len(work.attempts),
    )


def title_of(course: Course, assignment: str) -> LocalText:
    """Return an assignment's title; one that is not of the course has its name for one."""
    content = course.assignments.get(assignment)
    return content.assignment.title if content else LocalText(ko=assignment, en=assignment)


def view_submission(submission: Submission, feedback: Sequence[FeedbackShape] = ()) -> SubmissionShape:
    """Return a hand-in with the feedback pages that may be fetched."""
    return SubmissionShape(**submission_fields(submission), feedback=list(feedback))


def view_receipt(submission: Submission, receipt: str) -> HandedInShape:
    """Return a hand-in with its receipt."""
    code = read_receipt(receipt).code
    return HandedInShape(**submission_fields(submission), code=code, receipt=receipt)


def submission_fields(submission: Submission) -> dict[str, Any]:
    """Return what all views of a hand-in share."""
    return {
        "uuid": UUID(submission.uuid),
        "assignment": submission.assignment,
        "attempt": submission.attempt,
        "file_name": submission.file_name,
        "digest": submission.digest,
        "size_bytes": submission.size_bytes,
        "received_at": submission.received_at,
        "client_at": submission.client_at,
        "due_at": submission.due_at,
        "late_s": submission.late_s,
        "origin": submission.origin.value,
        "notes": [Note(NoteKind(one["kind"]), one.get("about", "")).text for one in submission.notes],
    }


def list_feedback(portal: Portal, db: Connection, work: Work, submission: Submission) -> list[FeedbackShape]:
    """Return the feedback pages that a hand-in's owner may see."""
    pages = list_feedback_pages(portal, db, work, submission)
    return [FeedbackShape(name=name, sha256=one) for name, one in pages.items()]


def read_files(portal: Portal, files: Sequence[SubmittedFile]) -> dict[str, bytes]:
    """Return the files of a hand-in by path; raise ApiError if it has none, DamagedBlob if one is gone."""
    if not files:
        raise not_found()
    return {file.path: read_blob(portal.store.folder, file.digest) for file in files}


def digest(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def give_archive(content: bytes, name: str) -> Response:
    """Return a zip file as a download whose arrival can be checked."""
    check = base64.b64encode(hashlib.sha256(content).digest()).decode()
    headers = {
        "Content-Digest": f"sha-256=:{check}:",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    return Response(content, media_type="application/zip", headers=headers)
