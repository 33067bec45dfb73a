"""Pages of instructors: work from Moodle, Canvas or folders comes in. Thin; `mark_return` is the way back.

Nothing that is uploaded to be looked at is kept: to have it taken, the same files are chosen again, and a
fingerprint in the form proves that they are the same.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile

from grader.errors import EnvironmentProblem
from grader.lms.incoming import Download
from grader.lms.who import DOUBTS
from grader.model.people import Person
from grader.portal.bring_in import Brought, BroughtIn, bring_in
from grader.portal.context import Portal, portal_of
from grader.portal.elsewhere import (
    Platform,
    Unreadable,
    Upload,
    fingerprint,
    look_through,
    open_download,
    read_roster,
    read_settled,
)
from grader.portal.pages import render
from grader.portal.programme_names import read_names
from grader.portal.routes.lookups import find_released
from grader.portal.viewer import Teacher, Viewer
from grader.store.audit import about_assignment, record
from grader.store.releases import list_releases

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
    return show_form(request, viewer, "mark_elsewhere.html", assignment=assignment)


@router.post("/mark/elsewhere")
def bring_in_work(request: Request, viewer: Teacher, given: Told, download: File_ = None) -> Response:
    """Show what a download holds and whose it is; once that was seen, hand it in for its people."""
    portal, page = portal_of(request), "mark_elsewhere.html"
    find_released(portal, given.assignment)
    packed = _upload(download)
    chosen: dict[str, Any] = {"assignment": given.assignment, "platform": given.platform}
    if packed is None:
        return show_form(request, viewer, page, 400, problem="elsewhere_no_download", **chosen)
    now_seen = fingerprint(given.platform, given.assignment, packed, given.table)
    with portal.store.read() as db:
        roster = read_roster(db)
    try:
        settled = read_settled(given.who, roster)
        opened = open_download(
            given.platform, packed, given.table, given.assignment, roster, settled, portal.zone
        )
    except Unreadable as fault:
        return show_form(request, viewer, page, 400, fault=fault, **chosen)
    people = {person.id: person for person in roster}
    if given.takes and given.seen == now_seen:
        return _take(request, viewer, given, opened, people)
    preview = look_through(opened)
    notice = "elsewhere_other_files" if given.takes else ""
    return show_form(
        request,
        viewer,
        page,
        notice=notice,
        preview=preview,
        people=people,
        who=as_link(preview.who),
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
        numbers = {one.value: counts[one] for one in Brought}
        note_files(portal, viewer, given.assignment, given.platform, "work-brought-in", numbers)
    return show_form(
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


def note_files(
    portal: Portal,
    viewer: Viewer,
    assignment: str,
    platform: Platform,
    action: str,
    numbers: Mapping[str, int],
) -> None:
    """Write down who brought in or took away how much."""
    about, who = about_assignment(assignment), viewer.known.id
    with portal.store.write() as db:
        record(db, portal.now(), who, action, about, platform=platform.value, **numbers)


def as_link(content: bytes) -> str:
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


def show_form(request: Request, viewer: Viewer, template: str, status: int = 200, **values: Any) -> Response:
    """Show a page with one of the forms; what is not given is empty."""
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
