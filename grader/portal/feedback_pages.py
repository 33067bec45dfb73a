"""The feedback pages of a hand-in that its owner may see, for pages and programs alike.

Knows where pages come from and when they are released; must not know HTTP or what is in a page. Pages that an
instructor's own nbgrader made are there as soon as that instructor releases them; ours once results are
released, and only for the attempt that was graded last.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from grader.grading.layout import CourseDirectory
from grader.portal.context import Portal
from grader.store.blobs import hash_bytes, read_blob
from grader.store.learning import Work, list_feedback_blobs
from grader.store.submissions import Submission


def list_feedback_pages(portal: Portal, db: Connection, work: Work, submission: Submission) -> dict[str, str]:
    """Return name → SHA-256 of the pages."""
    blobs = list_feedback_blobs(db, submission.person, submission.uuid)
    if blobs:
        return blobs
    path = _find_own_page(portal, work, submission)
    return {path.name: hash_bytes(path.read_bytes())} if path else {}


def read_feedback_pages(
    portal: Portal, db: Connection, work: Work, submission: Submission
) -> dict[str, bytes]:
    """Return name → bytes of the pages; raise DamagedBlob when a page is gone."""
    blobs = list_feedback_blobs(db, submission.person, submission.uuid)
    if blobs:
        return {name: read_blob(portal.store.folder, digest) for name, digest in blobs.items()}
    path = _find_own_page(portal, work, submission)
    return {path.name: path.read_bytes()} if path else {}


def _find_own_page(portal: Portal, work: Work, submission: Submission) -> Path | None:
    """Return where grading wrote a page of this hand-in, if its owner may see it."""
    is_graded = work.result is not None and work.result.submission == submission.uuid
    if not is_graded or not work.release.shows_feedback():
        return None
    course = CourseDirectory(portal.settings.course_dir)
    path = course.feedback(submission.person, submission.assignment)
    return path if path.is_file() else None
