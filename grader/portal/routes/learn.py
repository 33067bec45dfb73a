"""Pages of trainees: what there is to learn, an assignment, and handing in.

Thin: reads through the trainee, shows, redirects. What became of a hand-in is in `learn_submissions`.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, HTTPException, Request, Response, UploadFile

from grader.portal.attachments import UNKNOWN_KIND, attach
from grader.portal.context import portal_of
from grader.portal.disputes import view_refusals
from grader.portal.door import TurnedAway
from grader.portal.form_fields import Number
from grader.portal.hand_in import take_hand_in
from grader.portal.handout import pack_handout, read_notebook
from grader.portal.learn_pages import reader_of, show_assignment, show_learning
from grader.portal.learn_view import build_assignment, build_learning, title_of
from grader.portal.pages import go_to, render
from grader.portal.routes import learn_submissions
from grader.portal.security import TAKE_HAND_IN
from grader.portal.viewer import Learner, Viewer
from grader.store.announcements import list_announcements_for
from grader.store.blobs import read_blob
from grader.store.hand_in import HandInConflict
from grader.store.learning import Work, find_work, list_works
from grader.store.refusals import find_refusal, list_refusals
from grader.store.submissions import Origin
from grader.text import Language

router = APIRouter(prefix="/learn", include_in_schema=False)
router.include_router(learn_submissions.router)
_REFUSED_SHOWN = 10
"""The newest; a person's own data hold all of them."""


@router.get("")
def show_my_learning(request: Request, viewer: Learner) -> Response:
    """Show the modules of my track, what is next and what was announced."""
    portal, me = portal_of(request), viewer.known
    with portal.store.read() as db:
        works = list_works(db, me)
        announcements = list_announcements_for(db, me.site, me.cohort)
    view = build_learning(portal.course, me, works, announcements, reader_of(request, viewer))
    return show_learning(request, viewer, view)


@router.get("/{assignment}")
def show_my_assignment(request: Request, viewer: Learner, assignment: str) -> Response:
    """Show an assignment: what it asks, until when, what I handed in."""
    return _show(request, viewer, assignment)


@router.get("/{assignment}/handout/{language}/package")
def get_package(request: Request, viewer: Learner, assignment: str, language: Language) -> Response:
    """Give the assignment with everything it needs, as a zip file."""
    portal = portal_of(request)
    release = _find_open_work(request, viewer, assignment).release
    return attach(pack_handout(portal, release, language), f"{assignment}.{language}.zip")


@router.get("/{assignment}/handout/{language}/notebook")
def get_notebook(request: Request, viewer: Learner, assignment: str, language: Language) -> Response:
    """Give the assignment's notebook alone."""
    content = read_notebook(
        portal_of(request), _find_open_work(request, viewer, assignment).release, language
    )
    if content is None:
        raise HTTPException(404)
    return attach(content, f"{assignment}.ipynb")


@router.get("/{assignment}/refused/{number}/file")
def get_refused_file(request: Request, viewer: Learner, assignment: str, number: Number) -> Response:
    """Give back what was turned away, as it came or as it is kept."""
    portal = portal_of(request)
    with portal.store.read() as db:
        kept = find_refusal(db, viewer.known.id, number)
    if kept is None or kept.assignment != assignment or kept.digest is None:
        raise HTTPException(404)
    return attach(read_blob(portal.store.folder, kept.digest), kept.file_name, UNKNOWN_KIND)


@router.post("/{assignment}/hand-in", dependencies=[TAKE_HAND_IN])
def hand_in_file(
    request: Request,
    viewer: Learner,
    assignment: str,
    uuid: Annotated[UUID, Form()],
    file: Annotated[UploadFile | None, File()] = None,
    client_at: Annotated[str, Form()] = "",
) -> Response:
    """Take a file and lead to its receipt, or to the reason why there is none."""
    portal, me = portal_of(request), viewer.known
    if file is None or not file.filename:
        return _show(request, viewer, assignment, problem="learn_no_file")
    _find_work(request, viewer, assignment)
    try:
        done = take_hand_in(
            portal,
            me,
            assignment,
            str(uuid),
            file.filename,
            file.file.read(),
            client_at=_read_moment(client_at),
            origin=Origin.PAGE,
        )
    except HandInConflict:
        return _show(request, viewer, assignment, problem="learn_stale")
    if isinstance(done, TurnedAway):
        return _show_refusal(request, viewer, assignment, str(uuid), done)
    return go_to(f"/learn/{assignment}/submissions/{uuid}")


def _show_refusal(
    request: Request, viewer: Viewer, assignment: str, uuid: str, refusal: TurnedAway
) -> Response:
    """Say why nothing was handed in. Sending the form again changes nothing: its number stays the same."""
    return render(
        request,
        viewer,
        "learn_refusal.html",
        422,
        title=title_of(portal_of(request).course, assignment, viewer.language),
        message=refusal.text[viewer.language],
        uuid=uuid,
        base=f"/learn/{assignment}",
    )


def _show(request: Request, viewer: Viewer, assignment: str, problem: str = "") -> Response:
    portal = portal_of(request)
    work = _find_work(request, viewer, assignment)
    with portal.store.read() as db:
        kept = list_refusals(db, viewer.known.id, assignment, limit=_REFUSED_SHOWN)
        refused = view_refusals(portal.store, db, kept)
    view = build_assignment(portal.course, assignment, work, reader_of(request, viewer))
    status = 400 if problem else 200
    return show_assignment(request, viewer, assignment, view, refused=refused, problem=problem, status=status)


def _find_work(request: Request, viewer: Viewer, assignment: str) -> Work:
    """Return an assignment that was released; one that was not is not there."""
    with portal_of(request).store.read() as db:
        work = find_work(db, viewer.known, assignment)
    if work is None:
        raise HTTPException(404)
    return work


def _find_open_work(request: Request, viewer: Viewer, assignment: str) -> Work:
    """Return an assignment that may be fetched now."""
    work = _find_work(request, viewer, assignment)
    if not work.release.is_out(portal_of(request).now()):
        raise HTTPException(404)
    return work


def _read_moment(text: str) -> datetime | None:
    """Return what the browser's clock said; nothing depends on it, so a strange one is left out."""
    with suppress(ValueError):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else None
    return None
