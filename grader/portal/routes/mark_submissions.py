"""Pages of graders: one hand-in, why it was not graded, what was repaired, and on request whose it is."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Request, Response

from grader.grading.layout import CourseDirectory
from grader.portal.context import Portal, portal_of
from grader.portal.form_fields import clean_lines
from grader.portal.hand_in_view import read_hand_in
from grader.portal.mark_view import compare_clocks, hide_score
from grader.portal.pages import go_to, render
from grader.portal.programme_names import read_names
from grader.portal.routes.lookups import find_second_due
from grader.portal.viewer import Grader, Viewer
from grader.store.audit import about_submission, record
from grader.store.blobs import read_blob
from grader.store.jobs import enqueue_grading, queue_position
from grader.store.mark_notes import MAX_TEXT, add_note, list_notes
from grader.store.mark_queue import find_queue_line, list_answers_of, list_second_due
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
    return _show(request, viewer, uuid)


def _show(
    request: Request, viewer: Viewer, uuid: str, typed: str = "", problem: str = "", status: int = 200
) -> Response:
    portal = portal_of(request)
    submission = submission_of(portal, uuid)
    with portal.store.read() as db:
        line = find_queue_line(db, uuid)
        notes = list_notes(db, uuid)
        position = queue_position(db, submission.assignment, submission.person)
        answers = list_answers_of(db, uuid)
        due = list_second_due(db, find_second_due(db, viewer, submission.assignment), [uuid])
    return render(
        request,
        viewer,
        "mark_submission.html",
        status,
        names=read_names(portal.course, viewer.language),
        submission=submission,
        line=hide_score(line) if line and due else line,
        notes=notes,
        position=position,
        answers=answers,
        blind={cell for _, cell in due},
        clock=compare_clocks(submission, viewer.language),
        view=read_hand_in(CourseDirectory(portal.settings.course_dir), submission),
        typed=typed,
        problem=problem,
    )


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
    is_packed = submission.is_original_kept and submission.file_name.casefold().endswith(".zip")
    ending = ".zip" if is_packed else ".ipynb"
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
        record(db, now, viewer.known.id, "grading-started", about_submission(uuid))
    return go_to(f"/mark/submissions/{uuid}", "done_mark_queued")


@router.post("/mark/submissions/{uuid}/notes")
def keep_note(request: Request, viewer: Grader, uuid: str, text: Annotated[str, Form()] = "") -> Response:
    """Keep a note for other graders."""
    portal, note = portal_of(request), clean_lines(text)
    if len(note) > MAX_TEXT:
        return _show(request, viewer, uuid, note, "mark_problem_long", 400)
    submission_of(portal, uuid)
    with portal.store.write() as db:
        add_note(db, uuid, note, by=viewer.known.id, now=portal.now())
    return go_to(f"/mark/submissions/{uuid}", "saved")


@router.post("/mark/submissions/{uuid}/who")
def show_who(request: Request, viewer: Grader, uuid: str) -> Response:
    """Say whose work it is, and note that somebody asked."""
    portal = portal_of(request)
    submission, now = submission_of(portal, uuid), portal.now()
    with portal.store.write() as db:
        person = find_person(db, submission.person)
        record(db, now, viewer.known.id, "work-unblinded", about_submission(uuid))
    if person is None:
        raise HTTPException(404)
    names = read_names(portal.course, viewer.language)
    return render(request, viewer, "mark_who.html", person=person, submission=submission, names=names)
