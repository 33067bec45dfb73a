"""Feedback pages that an instructor's own nbgrader made for a hand-in.

Knows the table `feedback_files` and blobs; must not know what is in a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete, insert

from grader.store.audit import about_submission, record
from grader.store.blobs import put_blob
from grader.store.engine import Store
from grader.store.schema import feedback_files
from grader.store.submissions import find_any_submission


class FeedbackAction(StrEnum):
    """What the audit calls it."""

    PAGES_RELEASED = "feedback-pages-released"


def keep_feedback(
    store: Store, submission: str, pages: Mapping[str, bytes], *, by: str, now: datetime
) -> bool:
    """Put pages in the place of a hand-in's earlier ones; False if there is no such hand-in."""
    with store.read() as db:
        if find_any_submission(db, submission) is None:
            return False
    kept = {path: put_blob(store.folder, content) for path, content in pages.items()}
    rows = [
        {"submission": submission, "path": path, "digest": blob.digest, "created_at": now}
        for path, blob in kept.items()
    ]
    with store.write() as db:
        db.execute(delete(feedback_files).where(feedback_files.c.submission == submission))
        db.execute(insert(feedback_files), rows)
        record(db, now, by, FeedbackAction.PAGES_RELEASED, about_submission(submission), pages=len(rows))
    return True
