"""Assignments and feedback that an instructor's own nbgrader made, brought to the portal as archives.

Knows nbgrader's notebooks and archives' limits; must not know HTTP. The course's own assignments are released
on the portal's page instead, where their gradebook is.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from grader.archives.limits import ArchiveLimits, BadArchive
from grader.archives.unpack import unpack_all
from grader.errors import GraderError
from grader.grading.door import parse_notebook
from grader.grading.reasons import Refusal, explain
from grader.portal.context import Portal
from grader.portal.release import TeachAction
from grader.portal.words.common import say
from grader.portal.words.door import FAULTS
from grader.store.audit import about_assignment, record
from grader.store.blobs import put_blob
from grader.store.releases import (
    Release,
    ReleaseRules,
    find_release,
    release_assignment,
    withdraw_release,
)
from grader.text import LocalText

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MAX_NAME = 60


class NotUsable(GraderError):
    """What was uploaded cannot become a release or feedback."""

    def __init__(self, code: str, text: LocalText, status: int = 422) -> None:
        super().__init__(text.en)
        self.code = code
        self.text = text
        self.status = status


def release_files(
    portal: Portal, assignment: str, content: bytes, *, by: str, may_replace: bool
) -> tuple[Release, dict[str, bytes]]:
    """Release the files in an archive and return the release with them; rules that were set are kept.

    Raises NotUsable.
    """
    _check_name(portal, assignment)
    files = _unpack(content)
    grade_ids = _read_grade_ids(files)
    now = portal.now()
    with portal.store.read() as db:
        _check_free(find_release(db, assignment), may_replace)
    blob = put_blob(portal.store.folder, content)
    with portal.store.write() as db:
        before = find_release(db, assignment)
        _check_free(before, may_replace)
        made = release_assignment(
            db,
            assignment,
            before.revision + 1 if before else 1,
            replace(before.rules, grade_on_hand_in=False) if before else ReleaseRules(opens_at=now),
            grade_ids,
            by=by,
            now=now,
            files_digest=blob.digest,
        )
        record(db, now, by, TeachAction.RELEASED, about_assignment(assignment), revision=made.revision)
    return made, files


def withdraw(portal: Portal, assignment: str, *, by: str) -> bool:
    """Take a release back; False if nothing is out under this name."""
    now = portal.now()
    with portal.store.write() as db:
        release = find_release(db, assignment)
        if release is None or release.withdrawn_at is not None:
            return False
        withdraw_release(db, assignment, now)
        record(db, now, by, TeachAction.WITHDRAWN, about_assignment(assignment))
    return True


def read_feedback_pages(content: bytes) -> dict[str, bytes]:
    """Return name → page of an archive of feedback; raise NotUsable."""
    pages = _unpack(content)
    if not pages or any("/" in name or not name.endswith(".html") for name in pages):
        raise NotUsable(
            "not-feedback",
            say(
                "ZIP 파일에는 피드백 화면(.html)만 있어야 합니다.",
                "The zip may hold feedback pages (.html) and nothing else.",
            ),
        )
    return pages


def _check_name(portal: Portal, assignment: str) -> None:
    if len(assignment) > MAX_NAME or not _SLUG.fullmatch(assignment):
        raise NotUsable(
            "bad-name",
            say(
                "과제 이름은 영문 소문자, 숫자, 붙임표(-)로 60자까지입니다.",
                "Name assignments with lower-case letters, digits and hyphens, up to 60.",
            ),
        )
    if assignment in portal.course.assignments:
        raise NotUsable(
            "course-assignment",
            say(
                "이 과정에 이미 있는 과제입니다. 포털의 [강의 운영] 화면에서 배포해 주십시오.",
                "This assignment is the course's own: release it on the portal under [Teaching].",
            ),
            409,
        )


def _check_free(before: Release | None, may_replace: bool) -> None:
    if before is None or before.withdrawn_at is not None or may_replace:
        return
    raise NotUsable(
        "already-released",
        say(
            "이미 배포된 과제입니다. 바꾸려면 replace=true로 보내 주십시오.",
            "It is released already; send replace=true to replace it.",
        ),
        409,
    )


def _unpack(content: bytes) -> dict[str, bytes]:
    try:
        return unpack_all(content, ArchiveLimits())
    except BadArchive as error:
        raise NotUsable(f"archive-{error.fault}", FAULTS[error.fault]) from None


def _read_grade_ids(files: dict[str, bytes]) -> dict[str, list[str]]:
    """Return notebook name → ids of its graded cells, for the one notebook that a hand-in holds."""
    notebooks = [path for path in files if path.endswith(".ipynb") and "/" not in path]
    if len(notebooks) != 1:
        raise NotUsable(
            "one-notebook",
            say(
                f"과제 하나에는 노트북이 하나여야 합니다(지금 {len(notebooks)}개).",
                f"An assignment has one notebook at the top; this has {len(notebooks)}.",
            ),
        )
    opened = parse_notebook(files[notebooks[0]])
    if isinstance(opened, Refusal):
        raise NotUsable(opened.reason, explain(opened.reason)[1])
    ids = [grade_id for cell in opened.notebook["cells"] if (grade_id := _grade_id(cell))]
    return {notebooks[0].removesuffix(".ipynb"): ids}


def _grade_id(cell: dict[str, Any]) -> str:
    """Return the id of a cell that a learner answers or that is graded; an empty text for others."""
    label = cell["metadata"].get("nbgrader", {})
    counts = label.get("grade") or label.get("solution") or label.get("task")
    grade_id = label.get("grade_id")
    return grade_id if counts and isinstance(grade_id, str) else ""
