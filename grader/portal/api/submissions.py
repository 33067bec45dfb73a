"""Own hand-ins: sending them, their receipts, their files.

Knows HTTP and whom to ask; must not know how work is judged or kept.
"""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime
from starlette.concurrency import run_in_threadpool

from grader.portal.api.errors import ApiError, by_status, not_found
from grader.portal.api.shapes import PREFIX, HandedInShape, SubmissionPage, SubmissionShape, archive, errors
from grader.portal.api.uploads import UPLOAD, Upload, read_file_name
from grader.portal.api.views import give_archive, list_feedback, read_files, view_receipt, view_submission
from grader.portal.context import portal_of
from grader.portal.door import TurnedAway
from grader.portal.hand_in import take_hand_in
from grader.portal.viewer import Learner
from grader.portal.words.common import say
from grader.portal.words.hand_in import CONFLICT
from grader.site.downloads import zip_files
from grader.store.hand_in import HandedIn, HandInConflict, NotAccepted
from grader.store.learning import find_work, list_works
from grader.store.submissions import (
    Origin,
    Submission,
    find_receipt,
    find_submission,
    list_files,
    list_submissions,
)

router = APIRouter(prefix=f"{PREFIX}/submissions", tags=["submissions"])
PAGE = 100
_KEPT = say(
    "이유를 읽고 고친 뒤 새 UUID로 다시 제출해 주십시오.",
    "Read the reason, mend it, and hand in again with a new UUID.",
)


@router.put(
    "/{uuid}",
    operation_id="handIn",
    status_code=201,
    responses={
        200: {"model": HandedInShape, "description": "It had been handed in already: the same receipt."},
        201: {"description": "Handed in. Only this, or 200, means so."},
        **errors(401, 403, 404, 408, 409, 413, 422),
    },
    openapi_extra=UPLOAD,
)
async def hand_in(
    request: Request,
    response: Response,
    viewer: Learner,
    uuid: UUID,
    assignment: Annotated[str, Query(description="Id of the assignment.", max_length=60)],
    content: Upload,
    x_file_name: Annotated[
        str | None, Header(description="`UTF-8''<percent-encoded>` (RFC 8187), or plain ASCII.")
    ] = None,
    x_client_time: Annotated[
        AwareDatetime | None, Header(description="The client's clock, with offset: evidence for an appeal.")
    ] = None,
    x_medai_origin: Annotated[
        Origin | None, Header(description="`exchange` from nbgrader; otherwise left out.")
    ] = None,
) -> HandedInShape:
    """Hand in a notebook, or a zip of one notebook and files. The body is the file itself.

    `uuid` is made by the client and names this hand-in: sending the same again, for instance after a lost
    answer, gives the same receipt and never a second attempt.
    """
    portal = portal_of(request)
    name = read_file_name(x_file_name, content, assignment)
    origin = Origin.EXCHANGE if x_medai_origin is Origin.EXCHANGE else Origin.API
    try:
        async with portal.rates.taking:
            taken = await run_in_threadpool(
                take_hand_in,
                portal,
                viewer.known,
                assignment,
                str(uuid),
                name,
                content,
                client_at=x_client_time,
                origin=origin,
            )
    except HandInConflict:
        raise ApiError(409, "conflict", CONFLICT, _KEPT) from None
    if isinstance(taken, TurnedAway):
        status = 404 if taken.reason == NotAccepted.NOT_RELEASED else 422
        raise ApiError(status, taken.reason, taken.text, _KEPT)
    response.status_code = 201 if taken.is_new else 200
    return _view(taken)


@router.get("", operation_id="listOwnSubmissions", responses=errors(401, 403))
def list_own(
    request: Request,
    viewer: Learner,
    assignment: Annotated[str | None, Query(description="Only of this one.", max_length=60)] = None,
    after: Annotated[UUID | None, Query(description="`next` of the page before.")] = None,
) -> SubmissionPage:
    """Own hand-ins, newest first, with the feedback that can be fetched."""
    portal, me = portal_of(request), viewer.known
    with portal.store.read() as db:
        found = list_submissions(db, me.id, assignment)
        start = _place_after(found, after)
        page = found[start : start + PAGE]
        works = list_works(db, me)
        items = [view_submission(one, list_feedback(portal, db, works[one.assignment], one)) for one in page]
    more = len(found) > start + PAGE
    return SubmissionPage(items=items, next=page[-1].uuid if more else None)


@router.get("/{uuid}", operation_id="readOwnSubmission", responses=errors(401, 403, 404))
def read_own(request: Request, viewer: Learner, uuid: UUID) -> SubmissionShape:
    """One own hand-in."""
    portal, me = portal_of(request), viewer.known
    with portal.store.read() as db:
        found = find_submission(db, me.id, str(uuid))
        if found is None:
            raise not_found()
        work = find_work(db, me, found.assignment)
        return view_submission(found, list_feedback(portal, db, work, found) if work else ())


@router.get(
    "/{uuid}/receipt",
    operation_id="readReceipt",
    response_class=JSONResponse,
    responses={
        200: {
            "description": "The signed receipt.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        **errors(401, 403, 404),
    },
)
def read_receipt(request: Request, viewer: Learner, uuid: UUID) -> Response:
    """The receipt of an own hand-in, byte for byte as it was signed; `medai receipt verify` reads it."""
    with portal_of(request).store.read() as db:
        text = find_receipt(db, viewer.known.id, str(uuid))
    if text is None:
        raise not_found()
    headers = {"Content-Disposition": f'attachment; filename="receipt-{uuid}.json"'}
    return Response(text, media_type="application/json", headers=headers)


@router.get(
    "/{uuid}/files",
    operation_id="fetchOwnFiles",
    response_class=Response,
    responses={200: archive("The files as they are kept."), **errors(401, 403, 404)},
)
def fetch_own_files(request: Request, viewer: Learner, uuid: UUID) -> Response:
    """The files of an own hand-in as a zip."""
    portal, me = portal_of(request), viewer.known
    with portal.store.read() as db:
        files = list_files(db, me.id, str(uuid))
    return give_archive(zip_files(read_files(portal, files)), f"{uuid}.zip")


def _view(taken: HandedIn) -> HandedInShape:
    return view_receipt(taken.submission, taken.signed.text)


def _place_after(found: list[Submission], after: UUID | None) -> int:
    """Return where the page after a submission begins; raise ApiError if it is none of these."""
    if after is None:
        return 0
    places = [place for place, one in enumerate(found, start=1) if one.uuid == str(after)]
    if not places:
        raise by_status(400)
    return places[0]
