"""Pages of graders: one hand-in, why it was not graded, what was repaired, and on request whose it is."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Request, Response

from grader.grading.grade_report import item_from_record
from grader.grading.layout import CourseDirectory, read_json
from grader.grading.reasons import Reason, explain
from grader.grading.record import read_record
from grader.grading.submissions_in import stored_submission
from grader.portal.context import Portal, portal_of
from grader.portal.mark_view import HandInView
from grader.portal.pages import go_to, render
from grader.portal.programme_names import read_names
from grader.portal.viewer import Grader
from grader.store.audit import record
from grader.store.blobs import read_blob
from grader.store.jobs import enqueue_grading, queue_position
from grader.store.mark_notes import MAX_TEXT, add_note, list_notes
from grader.store.mark_queue import find_queue_line, list_answers_of
from grader.store.people import find_account, find_person
from grader.store.submissions import Submission, find_any_submission

router = APIRouter()


def submission_of(portal: Portal, uuid: str) -> Submission:
    """Return a hand-in of this course; 404 if there is none."""
    with portal.store.read() as db:
        found = find_any_submission(db, uuid)
    if found is None or found.assignment not in portal.course.assignments:
        raise HTTPException(404)
    return found


@router.get("/mark/submissions/{uuid}")
def show_submission(request: Request, viewer: Grader, uuid: str) -> Response:
    """Show what is known of one hand-in, nameless."""
    portal = portal_of(request)
    submission = submission_of(portal, uuid)
    with portal.store.read() as db:
        line = find_queue_line(db, uuid)
        notes = list_notes(db, uuid)
        position = queue_position(db, submission.assignment, submission.person)
        answers = list_answers_of(db, uuid)
    return render(
        request,
        viewer,
        "mark_submission.html",
        names=read_names(portal.course, viewer.language),
        submission=submission,
        line=line,
        notes=notes,
        position=position,
        answers=answers,
        view=_read_view(portal, submission),
    )


def _read_view(portal: Portal, submission: Submission) -> HandInView:
    """Return what grading left beside the gradebook, if this is the hand-in that lies there."""
    course, name, person = (
        CourseDirectory(portal.settings.course_dir),
        submission.assignment,
        submission.person,
    )
    if stored_submission(course, name, person) != submission.uuid:
        return HandInView()
    reason = read_json(course.quarantine(name, person) / "reason.json")
    graded = read_record(course.record(name, person))
    if graded is not None and graded.submission_sha256 != submission.notebook_digest:
        graded = None
    item = item_from_record("", "", graded) if graded else None  # type: ignore[arg-type]
    path = course.diff(name, person)
    known = reason is not None and reason.get("reason") in set(Reason)
    return HandInView(
        reason=explain(Reason(reason["reason"]))[1] if reason and known else None,
        detail=str(reason.get("detail", "")) if reason else "",
        repairs=tuple(repair.text for repair in item.repairs) if item else (),
        tells=item.tells if item else (),
        diff=_without_name(path.read_text("utf-8", "replace"))
        if graded and graded.repairs and path.is_file()
        else "",
    )


def _without_name(diff: str) -> str:
    """Return a diff without the name under which the file was handed in: it may be a person's."""
    first, _, rest = diff.partition("\n")
    return f"--- handed in\n{rest}" if first.startswith("--- ") else diff


@router.get("/mark/submissions/{uuid}/file")
def send_file(request: Request, viewer: Grader, uuid: str) -> Response:
    """Send what was handed in, byte for byte, to be saved: never to be shown."""
    portal = portal_of(request)
    submission = submission_of(portal, uuid)
    with portal.store.read() as db:
        account = find_account(db, submission.person)
    if account is None:
        raise HTTPException(404)
    digest = submission.digest if submission.is_original_kept else submission.notebook_digest
    # Not the name it came with: many write their own into it.
    ending = ".zip" if submission.is_original_kept and submission.file_name.endswith(".zip") else ".ipynb"
    name = f"{submission.assignment}-{account.pseudonym[:8]}{ending}"
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    content = read_blob(portal.store.folder, digest)
    return Response(content, media_type="application/octet-stream", headers=headers)


@router.post("/mark/submissions/{uuid}/again")
def grade_again(request: Request, viewer: Grader, uuid: str) -> Response:
    """Put one hand-in's person into the queue again."""
    portal = portal_of(request)
    submission, now = submission_of(portal, uuid), portal.now()
    with portal.store.write() as db:
        enqueue_grading(db, submission.assignment, submission.person, requested_by=viewer.known.id, now=now)
        record(db, now, viewer.known.id, "grading-started", f"submission:{uuid}")
    return go_to(f"/mark/submissions/{uuid}", "done_mark_queued")


@router.post("/mark/submissions/{uuid}/notes")
def keep_note(
    request: Request, viewer: Grader, uuid: str, text: Annotated[str, Form(max_length=MAX_TEXT)] = ""
) -> Response:
    """Keep a note for other graders."""
    portal = portal_of(request)
    submission_of(portal, uuid)
    with portal.store.write() as db:
        add_note(db, uuid, text, by=viewer.known.id, now=portal.now())
    return go_to(f"/mark/submissions/{uuid}", "saved")


@router.post("/mark/submissions/{uuid}/who")
def show_who(request: Request, viewer: Grader, uuid: str) -> Response:
    """Say whose work it is, and note that somebody asked."""
    portal = portal_of(request)
    submission, now = submission_of(portal, uuid), portal.now()
    with portal.store.write() as db:
        person = find_person(db, submission.person)
        record(db, now, viewer.known.id, "work-unblinded", f"submission:{uuid}")
    if person is None:
        raise HTTPException(404)
    names = read_names(portal.course, viewer.language)
    return render(request, viewer, "mark_who.html", person=person, submission=submission, names=names)
