"""What instructors with nbgrader of their own do: release, collect, hand feedback back.

Knows HTTP, archives and whom to ask; must not know how work is graded. Everything here names people, so it
is for instructors alone: graders mark blind, on the portal's pages.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from grader.portal.api.errors import ApiError, by_status, not_found
from grader.portal.api.shapes import (
    PREFIX,
    FeedbackReleased,
    FeedbackShape,
    ReleasedFile,
    ReleasedShape,
    StaffSubmissionPage,
    StaffSubmissionShape,
    WhichAttempts,
    archive,
    errors,
)
from grader.portal.api.uploads import UPLOAD, Upload
from grader.portal.api.views import digest, give_archive, read_files, submission_fields
from grader.portal.context import portal_of
from grader.portal.foreign_release import NotUsable, read_feedback_pages, release_files, withdraw
from grader.portal.form_fields import read_place, write_place
from grader.portal.viewer import Teacher
from grader.portal.words.common import say
from grader.site.downloads import zip_files
from grader.store.feedback import keep_feedback
from grader.store.releases import find_release
from grader.store.submissions import (
    SubmissionFilter,
    find_any_submission,
    list_any_files,
    page_submissions,
)

router = APIRouter(prefix=PREFIX, tags=["staff"])
PAGE = 100
_MEND = say("고친 뒤 다시 올려 주십시오.", "Mend it and upload it again.")


@router.put(
    "/assignments/{assignment}/release",
    operation_id="releaseAssignment",
    responses=errors(401, 403, 408, 409, 413, 422),
    openapi_extra=UPLOAD,
)
async def release_assignment(
    request: Request,
    viewer: Teacher,
    assignment: str,
    content: Upload,
    replace: Annotated[bool, Query(description="Whether a release that is there may be replaced.")] = False,
) -> ReleasedShape:
    """Release a zip of nbgrader's release folder under a name that is not one of the course's own."""
    portal, by = portal_of(request), viewer.known.id
    try:
        made, files = await run_in_threadpool(
            release_files, portal, assignment, content, by=by, may_replace=replace
        )
    except NotUsable as fault:
        raise ApiError(fault.status, fault.code, fault.text, _MEND) from None
    listed = [ReleasedFile(path=path, sha256=digest(one), size_bytes=len(one)) for path, one in files.items()]
    return ReleasedShape(
        assignment=assignment, revision=made.revision, files=listed, grade_ids=dict(made.grade_ids)
    )


@router.delete(
    "/assignments/{assignment}/release",
    operation_id="withdrawRelease",
    status_code=204,
    responses=errors(401, 403, 404),
)
def withdraw_release(request: Request, viewer: Teacher, assignment: str) -> Response:
    """Take a release back: nobody fetches it or hands it in. Hand-ins and receipts stay."""
    if not withdraw(portal_of(request), assignment, by=viewer.known.id):
        raise not_found()
    return Response(status_code=204)


@router.get(
    "/assignments/{assignment}/submissions",
    operation_id="listSubmissions",
    responses=errors(401, 403, 404),
)
def list_submissions(
    request: Request,
    viewer: Teacher,
    assignment: str,
    which: Annotated[WhichAttempts, Query(description="Of each person.")] = WhichAttempts.LATEST,
    after: Annotated[str, Query(description="`next` of the page before.", max_length=100)] = "",
) -> StaffSubmissionPage:
    """Everybody's hand-ins, newest first."""
    wanted = SubmissionFilter(assignment=assignment, only_newest=which is WhichAttempts.LATEST)
    with portal_of(request).store.read() as db:
        if find_release(db, assignment) is None:
            raise not_found()
        found = page_submissions(db, wanted, _read_place(after), PAGE + 1)
    page = found[:PAGE]
    following = write_place(page[-1].received_at, page[-1].uuid) if len(found) > PAGE else None
    items = [StaffSubmissionShape(person=one.person, **submission_fields(one)) for one in page]
    return StaffSubmissionPage(items=items, next=following)


@router.get(
    "/staff/submissions/{uuid}/files",
    operation_id="fetchFiles",
    response_class=Response,
    responses={200: archive("The files, the notebook under its released name."), **errors(401, 403, 404)},
)
def fetch_files(request: Request, viewer: Teacher, uuid: UUID) -> Response:
    """The files of anybody's hand-in as a zip, as nbgrader's `submitted/` folder wants them."""
    portal = portal_of(request)
    with portal.store.read() as db:
        found = find_any_submission(db, str(uuid))
        files = list_any_files(db, str(uuid))
        release = find_release(db, found.assignment) if found else None
    if found is None or release is None or not files:  # of deleted people no file is named any more
        raise not_found()
    contents = read_files(portal, files)
    # People rename notebooks; nbgrader finds them by name only.
    [name] = list(release.grade_ids)[:1] or [found.assignment]
    own = next(file.path for file in files if file.digest == found.notebook_digest)
    contents[f"{name}.ipynb"] = contents.pop(own)
    return give_archive(zip_files(contents), f"{uuid}.zip")


@router.put(
    "/staff/submissions/{uuid}/feedback",
    operation_id="releaseFeedback",
    responses=errors(401, 403, 404, 408, 413, 422),
    openapi_extra=UPLOAD,
)
async def release_feedback(
    request: Request, viewer: Teacher, uuid: UUID, content: Upload
) -> FeedbackReleased:
    """Hand a zip of feedback pages (.html) to the person whose hand-in this is; they see it at once."""
    portal, by = portal_of(request), viewer.known.id
    try:
        pages = await run_in_threadpool(read_feedback_pages, content)
    except NotUsable as fault:
        raise ApiError(fault.status, fault.code, fault.text, _MEND) from None
    kept = await run_in_threadpool(keep_feedback, portal.store, str(uuid), pages, by=by, now=portal.now())
    if not kept:
        raise not_found()
    shown = [FeedbackShape(name=name, sha256=digest(page)) for name, page in pages.items()]
    return FeedbackReleased(uuid=uuid, pages=shown)


def _read_place(text: str) -> tuple[datetime, str] | None:
    """Return where a page begins; raise ApiError if no page ended there."""
    place = read_place(text)
    if text and place is None:
        raise by_status(400)
    return place
