"""Pages of instructors: what was turned away, its bytes, and accepting it after all. Thin."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request, Response

from grader.portal.attachments import UNKNOWN_KIND, attach
from grader.portal.context import Portal, portal_of
from grader.portal.disputes import (
    DisputeAction,
    Evidence,
    RefusalView,
    accept_after_all,
    view_refusals,
)
from grader.portal.door import TurnedAway
from grader.portal.form_fields import MOST, Number
from grader.portal.learn_receipt import write_size
from grader.portal.pages import go_to, render
from grader.portal.programme_names import read_names
from grader.portal.viewer import Teacher, Viewer
from grader.store.audit import about_submission, record
from grader.store.blobs import read_blob
from grader.store.refusals import PAGE, RefusalFilter, find_any_refusal, page_refusals
from grader.store.releases import list_releases
from grader.text import LocalText

router = APIRouter()
HERE = "/mark/refusals"
Before = Annotated[int | None, Query(ge=1, le=MOST)]
Text = Annotated[str, Query(max_length=120)]


@router.get(HERE)
def show_refusals(
    request: Request, viewer: Teacher, assignment: Text = "", text: Text = "", before: Before = None
) -> Response:
    """Show what was turned away, newest first."""
    portal = portal_of(request)
    with portal.store.read() as db:
        found = page_refusals(db, RefusalFilter(assignment or None, text), before, PAGE + 1)
        views = view_refusals(portal.store, db, found[:PAGE])
    more = ""
    if len(found) > PAGE:
        asked = {"assignment": assignment, "text": text, "before": found[PAGE - 1].id}
        more = f"{HERE}?{urlencode(asked)}"
    return _show(request, viewer, views, assignment=assignment, text=text, more=more)


@router.get(f"{HERE}/{{number}}/file")
def send_file(request: Request, viewer: Teacher, number: Number) -> Response:
    """Send what was turned away, byte for byte, and note who asked; or say why it is not there."""
    portal = portal_of(request)
    view = _find(portal, number)
    digest = view.kept.digest
    if digest is None or not view.is_there:
        problem = "dispute_not_kept" if digest is None else "dispute_gone"
        return _show(request, viewer, [view], 404, problem=problem)
    content = read_blob(portal.store.folder, digest)
    _note(portal, viewer, DisputeAction.REFUSAL_OPENED, view)
    return attach(content, view.kept.file_name, UNKNOWN_KIND)


@router.post(f"{HERE}/{{number}}/accept")
def accept(request: Request, viewer: Teacher, number: Number) -> Response:
    """Hand it in for the person, with the time at which it came."""
    portal = portal_of(request)
    view = _find(portal, number)
    kept = view.kept
    if view.is_settled:
        return go_to(_address(view), "done_dispute_accepted")
    if not view.may_accept or view.account is None or kept.digest is None:
        raise HTTPException(404)
    content = read_blob(portal.store.folder, kept.digest)
    person = view.account.person
    evidence = Evidence(person, kept.assignment, kept.uuid, kept.file_name, content, kept.received_at)
    done = accept_after_all(portal, evidence)
    if isinstance(done, TurnedAway):
        return _show(request, viewer, [view], 409, told=done.text)
    if done.is_new:
        _note(portal, viewer, DisputeAction.REFUSAL_ACCEPTED, view)
    return go_to(_address(view), "done_dispute_accepted")


def _find(portal: Portal, number: int) -> RefusalView:
    with portal.store.read() as db:
        kept = find_any_refusal(db, number)
        if kept is None:
            raise HTTPException(404)
        return view_refusals(portal.store, db, [kept])[0]


def _note(portal: Portal, viewer: Viewer, action: DisputeAction, view: RefusalView) -> None:
    with portal.store.write() as db:
        record(
            db, portal.now(), viewer.known.id, action, about_submission(view.kept.uuid), refusal=view.kept.id
        )


def _address(view: RefusalView) -> str:
    return f"{HERE}?{urlencode({'text': view.kept.uuid})}"


def _show(
    request: Request,
    viewer: Viewer,
    views: Sequence[RefusalView],
    status: int = 200,
    *,
    assignment: str = "",
    text: str = "",
    more: str = "",
    problem: str = "",
    told: LocalText | None = None,
) -> Response:
    portal = portal_of(request)
    with portal.store.read() as db:
        released = [release.assignment for release in list_releases(db)]
    return render(
        request,
        viewer,
        "mark_refusals.html",
        status,
        views=views,
        released=released,
        names=read_names(portal.course, viewer.language),
        assignment=assignment,
        text=text,
        more=more,
        problem=problem,
        told=told,
        write_size=write_size,
    )
