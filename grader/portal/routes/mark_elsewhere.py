"""Pages of instructors: work from Moodle, Canvas or folders comes in, and scores go back. Thin.

Nothing that is uploaded to be looked at is kept: to have it taken, the same files are chosen again, and a
fingerprint in the form proves that they are the same.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, HTTPException, Query, Request, Response, UploadFile

from grader.errors import EnvironmentProblem
from grader.lms.incoming import Download
from grader.lms.returning import ReturnItem, ReturnStatus
from grader.lms.who import DOUBTS
from grader.model.people import Person
from grader.portal.attachments import attach
from grader.portal.bring_in import Brought, BroughtIn, bring_in
from grader.portal.context import Portal, portal_of
from grader.portal.elsewhere import (
    Platform,
    Unreadable,
    Upload,
    fill_table,
    fingerprint,
    is_in_doubt,
    look_through,
    open_download,
    read_roster,
    read_scores,
    read_settled,
)
from grader.portal.pages import render
from grader.portal.programme_names import read_names
from grader.portal.viewer import Teacher, Viewer
from grader.store.audit import record
from grader.store.releases import Release, find_release, list_releases

router = APIRouter()
Chosen = Annotated[str, Query(max_length=120)]
File_ = Annotated[UploadFile | None, File()]


@dataclass(frozen=True)
class Given:
    """What both forms say."""

    assignment: str
    platform: Platform
    table: Upload | None
    who: Upload | None
    seen: str
    """Fingerprint of the files that were looked at."""
    takes: bool
    """Whether the person wants it done, not only shown."""


def read_given(
    assignment: Annotated[str, Form(max_length=120)],
    platform: Annotated[Platform, Form()],
    table: File_ = None,
    who: File_ = None,
    seen: Annotated[str, Form(max_length=64)] = "",
    step: Annotated[str, Form(max_length=10)] = "",
) -> Given:
    """Return what a form says, for `Depends`."""
    return Given(assignment, platform, _upload(table), _upload(who), seen, step == "take")


Told = Annotated[Given, Depends(read_given)]


def _upload(file: UploadFile | None) -> Upload | None:
    """Return an uploaded file; browsers send an empty one where none was chosen."""
    if file is None or not file.filename:
        return None
    return Upload(PurePath(file.filename).name, file.file)


@router.get("/mark/elsewhere")
def show_bring_in(request: Request, viewer: Teacher, assignment: Chosen = "") -> Response:
    """Ask for a download."""
    return _show(request, viewer, "mark_elsewhere.html", assignment=assignment)


@router.post("/mark/elsewhere")
def bring_in_work(request: Request, viewer: Teacher, given: Told, download: File_ = None) -> Response:
    """Show what a download holds and whose it is; once that was seen, hand it in for its people."""
    portal, page = portal_of(request), "mark_elsewhere.html"
    _release(portal, given.assignment)
    packed = _upload(download)
    chosen: dict[str, Any] = {"assignment": given.assignment, "platform": given.platform}
    if packed is None:
        return _show(request, viewer, page, 400, problem="elsewhere_no_download", **chosen)
    now_seen = fingerprint(given.platform, given.assignment, packed, given.table)
    with portal.store.read() as db:
        roster = read_roster(db)
    try:
        settled = read_settled(given.who, roster)
        opened = open_download(
            given.platform, packed, given.table, given.assignment, roster, settled, portal.zone
        )
    except Unreadable as fault:
        return _show(request, viewer, page, 400, fault=fault, **chosen)
    people = {person.id: person for person in roster}
    if given.takes and given.seen == now_seen:
        return _take(request, viewer, given, opened, people)
    preview = look_through(opened)
    notice = "elsewhere_other_files" if given.takes else ""
    return _show(
        request,
        viewer,
        page,
        notice=notice,
        preview=preview,
        people=people,
        who=_as_link(preview.who),
        seen=now_seen,
        **chosen,
    )


def _take(
    request: Request, viewer: Viewer, given: Given, opened: Download, people: Mapping[str, Person]
) -> Response:
    """Hand everything in and show what became of it, also if the server had to stop on the way."""
    portal = portal_of(request)
    brought: list[BroughtIn] = []
    is_whole = False
    with suppress(EnvironmentProblem):
        for one in bring_in(portal, opened, given.assignment, people, given.platform.origin):
            brought.append(one)
        is_whole = True
    counts = Counter(one.outcome for one in brought)
    with suppress(EnvironmentProblem):  # the receipts tell it as well
        _note(portal, viewer, given, "work-brought-in", {one.value: counts[one] for one in Brought})
    return _show(
        request,
        viewer,
        "mark_elsewhere_taken.html",
        200 if is_whole else 503,
        assignment=given.assignment,
        brought=brought,
        counts=counts,
        outcomes=list(Brought),
        people=people,
        is_whole=is_whole,
    )


@router.get("/mark/elsewhere/return")
def show_return(request: Request, viewer: Teacher, assignment: Chosen = "") -> Response:
    """Ask for the platform's own file."""
    return _show(request, viewer, "mark_elsewhere_return.html", assignment=assignment)


@router.post("/mark/elsewhere/return")
def return_scores(
    request: Request,
    viewer: Teacher,
    given: Told,
    column: Annotated[str, Form(max_length=300)] = "",
    comments: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    """Show which scores go into a platform's file; once that was seen, send the file with them in it."""
    portal, page = portal_of(request), "mark_elsewhere_return.html"
    release = _release(portal, given.assignment)
    chosen: dict[str, Any] = {
        "assignment": given.assignment,
        "platform": given.platform,
        "column": column,
        "comments": bool(comments),
    }
    if given.table is None or given.platform is Platform.FOLDERS:
        return _show(request, viewer, page, 400, problem="elsewhere_no_table", **chosen)
    if not release.shows_feedback():
        return _show(request, viewer, page, 400, problem="elsewhere_not_shown_yet", **chosen)
    now_seen = fingerprint(given.platform, given.assignment, given.table)
    with portal.store.read() as db:
        roster = read_roster(db)
        scores = read_scores(db, given.assignment, roster, bool(comments))
    try:
        settled = read_settled(given.who, roster)
        titles = [column] if column.strip() else _titles(portal, given.assignment)
        filled = fill_table(given.platform, given.table, titles, roster, settled, scores.settled)
    except Unreadable as fault:
        return _show(request, viewer, page, 400, fault=fault, **chosen)
    counts = Counter(_word(item) for item in filled.items)
    if given.takes and given.seen == now_seen:
        _note(portal, viewer, given, "scores-returned", {"written": counts[ReturnStatus.WRITTEN.value]})
        return attach(filled.content, "{0.stem}-graded{0.suffix}".format(PurePath(given.table.name)))
    chosen |= {"people": {person.id: person for person in roster}, "states": scores.states}
    chosen |= {"counts": counts, "who": _as_link(filled.who), "seen": now_seen}
    return _show(
        request,
        viewer,
        page,
        notice="elsewhere_other_files" if given.takes else "",
        lines=[(_word(item), item) for item in sorted(filled.items, key=_urgency)],
        doubtful=[item.match for item in filled.items if is_in_doubt(item.match)],
        **chosen,
    )


def _urgency(item: ReturnItem) -> int:
    """Return the place of a line: what a person has to look at comes first."""
    return _ORDER.index(item.status)


_ORDER: Sequence[ReturnStatus] = (
    ReturnStatus.DOUBT,
    ReturnStatus.LOCKED,
    ReturnStatus.MAYBE_LOCKED,
    ReturnStatus.NO_GRADE,
    ReturnStatus.WRITTEN,
    ReturnStatus.UNCHANGED,
)


def _word(item: ReturnItem) -> str:
    """Return the name of what became of a line: whom a person left out is no doubt any more."""
    is_left_out = item.status is ReturnStatus.DOUBT and not is_in_doubt(item.match)
    return "left-out" if is_left_out else item.status.value


def _note(portal: Portal, viewer: Viewer, given: Given, action: str, numbers: Mapping[str, int]) -> None:
    about, platform = f"assignment:{given.assignment}", given.platform.value
    with portal.store.write() as db:
        record(db, portal.now(), viewer.known.id, action, about, platform=platform, **numbers)


def _release(portal: Portal, assignment: str) -> Release:
    with portal.store.read() as db:
        release = find_release(db, assignment)
    if release is None:
        raise HTTPException(404)
    return release


def _titles(portal: Portal, assignment: str) -> list[str]:
    """Return the names under which another platform may know an assignment."""
    content = portal.course.assignments.get(assignment)
    return [assignment, *((content.assignment.title.ko, content.assignment.title.en) if content else ())]


def _as_link(content: bytes) -> str:
    """Return a file as an address of its own, to be saved from a page that keeps nothing."""
    return f"data:text/csv;base64,{base64.b64encode(content).decode()}" if content else ""


_EMPTY: Mapping[str, Any] = {
    "assignment": "",
    "platform": "",
    "column": "",
    "comments": True,
    "problem": "",
    "notice": "",
    "fault": None,
    "preview": None,
    "lines": None,
    "who": "",
    "seen": "",
}


def _show(request: Request, viewer: Viewer, template: str, status: int = 200, **values: Any) -> Response:
    portal = portal_of(request)
    with portal.store.read() as db:
        released = [release.assignment for release in list_releases(db)]
    names = read_names(portal.course, viewer.language)
    shared = {
        "released": released,
        "platforms": list(Platform),
        "names": names,
        "reasons": DOUBTS,
        "megabytes": portal.settings.max_download_bytes // 1_000_000,
    }
    return render(request, viewer, template, status, **{**_EMPTY, **shared, **values})
