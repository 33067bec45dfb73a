"""Pages of one hand-in: receipt, files, progress, feedback, regrade request.

Thin: everything is asked for in the viewer's own name, so what is somebody else's is not there.
"""

from __future__ import annotations

import re
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import escape

from grader.portal.attachments import attach
from grader.portal.context import portal_of
from grader.portal.feedback_pages import list_feedback_pages, read_feedback_pages
from grader.portal.form_fields import clean_lines
from grader.portal.learn_pages import reader_of
from grader.portal.learn_receipt import (
    Handed,
    build_submission,
    quote_name,
    receipt_name,
)
from grader.portal.learn_rules import word, write_moment
from grader.portal.learn_shape import SubmissionView
from grader.portal.learn_view import title_of
from grader.portal.pages import go_to, render
from grader.portal.viewer import Learner, Viewer
from grader.site.downloads import zip_files
from grader.site.serve import FEEDBACK_POLICY
from grader.store.blobs import read_blob
from grader.store.jobs import queue_position
from grader.store.learning import find_work
from grader.store.regrade_requests import MAX_TEXT, ask_for_regrade, list_own_requests
from grader.store.submissions import Submission, find_receipt, find_submission, list_files

router = APIRouter(include_in_schema=False)
_BODY = re.compile(rb"<body[^>]*>", re.IGNORECASE)


@router.get("/{assignment}/submissions/{uuid}")
def show_submission(request: Request, viewer: Learner, assignment: str, uuid: UUID) -> Response:
    """Show a receipt and what became of the hand-in."""
    return _show(request, viewer, _find_handed(request, viewer, assignment, uuid))


@router.get("/{assignment}/submissions/{uuid}/progress")
def show_progress(request: Request, viewer: Learner, assignment: str, uuid: UUID) -> Response:
    """Give the part of the page that changes while work is graded; for the page's script."""
    handed = _find_handed(request, viewer, assignment, uuid)
    view = _view(request, viewer, handed)
    links = _addresses(handed.attempt)
    page = render(request, viewer, "learn_progress.html", 200, view=view, **links)
    page.headers["x-waiting"] = "yes" if view.is_waiting else "no"
    return page


@router.get("/{assignment}/submissions/{uuid}/receipt")
def get_receipt(request: Request, viewer: Learner, assignment: str, uuid: UUID) -> Response:
    """Give the receipt to keep, byte for byte as it was signed."""
    handed = _find_handed(request, viewer, assignment, uuid)
    if handed.receipt is None:
        raise HTTPException(404)
    return attach(handed.receipt, receipt_name(assignment, handed.attempt.attempt))


@router.get("/{assignment}/submissions/{uuid}/file")
def get_own_file(request: Request, viewer: Learner, assignment: str, uuid: UUID) -> Response:
    """Give back what was handed in: as it came, or as it is kept where outputs were removed."""
    store = portal_of(request).store
    attempt = _find_handed(request, viewer, assignment, uuid).attempt
    if attempt.is_original_kept:
        return attach(read_blob(store.folder, attempt.digest), attempt.file_name)
    with store.read() as db:
        files = list_files(db, viewer.known.id, str(uuid))
    if len(files) == 1:
        return attach(read_blob(store.folder, files[0].digest), attempt.file_name)
    contents = {file.path: read_blob(store.folder, file.digest) for file in files}
    return attach(zip_files(contents), f"{assignment}-{attempt.attempt}.zip")


@router.get("/{assignment}/feedback/{uuid}")
def show_feedback(request: Request, viewer: Learner, assignment: str, uuid: UUID) -> Response:
    """Show the feedback page; what learners' code printed in it can neither run nor load anything."""
    portal = portal_of(request)
    handed = _find_handed(request, viewer, assignment, uuid)
    with portal.store.read() as db:
        pages = read_feedback_pages(portal, db, handed.work, handed.attempt)
    page = next((content for name, content in pages.items() if name.endswith(".html")), None)
    if page is None:
        raise HTTPException(404)
    way_back = '<nav><p><a href="{}">{}</a></p></nav>'.format(
        escape(_address(handed.attempt)), escape(word("learn_feedback_back", viewer.language))
    )
    body = _BODY.search(page)
    at = body.end() if body else 0
    answer = HTMLResponse(page[:at] + way_back.encode() + page[at:])
    answer.headers["content-security-policy"] = FEEDBACK_POLICY
    return answer


@router.post("/{assignment}/submissions/{uuid}/regrade")
def ask_again(
    request: Request, viewer: Learner, assignment: str, uuid: UUID, text: Annotated[str, Form()] = ""
) -> Response:
    """Ask a person to look at the grade again; one open request at a time."""
    portal = portal_of(request)
    handed = _find_handed(request, viewer, assignment, uuid)
    wanted = clean_lines(text)[:MAX_TEXT]
    if not wanted:
        return _show(request, viewer, handed, problem="learn_regrade_empty")
    asked = handed.find_open_request()
    if asked is None and _view(request, viewer, handed).may_ask:
        with portal.store.write() as db:
            asked = ask_for_regrade(db, viewer.known.id, str(uuid), wanted, now=portal.now())
    if asked is None or asked.text != wanted:  # what was not kept is never said to be sent
        handed = _find_handed(request, viewer, assignment, uuid)
        return _show(request, viewer, handed, problem="learn_regrade_not_sent", typed=wanted)
    return go_to(_address(handed.attempt), "done_regrade")


def _find_handed(request: Request, viewer: Viewer, assignment: str, uuid: UUID) -> Handed:
    """Return one's own hand-in; somebody else's is not there."""
    portal, me = portal_of(request), viewer.known
    with portal.store.read() as db:
        attempt = find_submission(db, me.id, str(uuid))
        work = find_work(db, me, assignment)
        if attempt is None or attempt.assignment != assignment or work is None:
            raise HTTPException(404)
        return Handed(
            work=work,
            attempt=attempt,
            receipt=find_receipt(db, me.id, attempt.uuid),
            before=queue_position(db, assignment, me.id),
            has_feedback=bool(list_feedback_pages(portal, db, work, attempt)),
            requests=list_own_requests(db, me.id, attempt.uuid),
        )


def _view(request: Request, viewer: Viewer, handed: Handed) -> SubmissionView:
    title = title_of(portal_of(request).course, handed.attempt.assignment, viewer.language)
    return build_submission(title, handed, reader_of(request, viewer))


def _show(request: Request, viewer: Viewer, handed: Handed, problem: str = "", typed: str = "") -> Response:
    reader = reader_of(request, viewer)
    return render(
        request,
        viewer,
        "learn_submission.html",
        400 if problem else 200,
        view=_view(request, viewer, handed),
        **_addresses(handed.attempt),
        problem=problem,
        typed=typed,
        file_name_quoted=quote_name(handed.attempt.file_name),
        write_when=lambda at: write_moment(at, reader),
    )


def _address(attempt: Submission) -> str:
    return f"/learn/{attempt.assignment}/submissions/{attempt.uuid}"


def _addresses(attempt: Submission) -> dict[str, str]:
    """Return what the templates link to."""
    base = f"/learn/{attempt.assignment}"
    return {"base": base, "here": _address(attempt), "feedback": f"{base}/feedback/{attempt.uuid}"}
