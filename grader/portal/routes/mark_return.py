"""Pages of instructors: scores and feedback go back to Moodle, Canvas or everybody's folder. Thin.

Nothing that is uploaded is kept: see `mark_elsewhere`, whose forms these pages share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from grader.lms.returning import ReturnItem, ReturnStatus
from grader.portal.attachments import attach, attach_file
from grader.portal.context import Portal, portal_of
from grader.portal.elsewhere import (
    Platform,
    Unreadable,
    fill_table,
    fingerprint,
    is_in_doubt,
    read_roster,
    read_scores,
    read_settled,
)
from grader.portal.giving_back import Packed, pack_feedback_for_moodle, pack_folders
from grader.portal.routes.lookups import find_released
from grader.portal.routes.mark_elsewhere import Chosen, Told, as_link, note_files, show_form
from grader.portal.viewer import Teacher, Viewer

router = APIRouter()
PAGE = "mark_elsewhere_return.html"


@router.get("/mark/elsewhere/return")
def show_return(request: Request, viewer: Teacher, assignment: Chosen = "") -> Response:
    """Ask for the platform's own file."""
    return show_form(request, viewer, PAGE, assignment=assignment)


@router.post("/mark/elsewhere/return")
def return_scores(
    request: Request,
    viewer: Teacher,
    given: Told,
    column: Annotated[str, Form(max_length=300)] = "",
    comments: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    """Show which scores go into a platform's file; once that was seen, send the file with them in it."""
    portal = portal_of(request)
    release = find_released(portal, given.assignment)
    chosen: dict[str, Any] = {
        "assignment": given.assignment,
        "platform": given.platform,
        "column": column,
        "comments": bool(comments),
    }
    if given.table is None or given.platform is Platform.FOLDERS:
        return show_form(request, viewer, PAGE, 400, problem="elsewhere_no_table", **chosen)
    if not release.shows_feedback():
        return show_form(request, viewer, PAGE, 400, problem="elsewhere_not_shown_yet", **chosen)
    now_seen = fingerprint(given.platform, given.assignment, given.table)
    with portal.store.read() as db:
        roster = read_roster(db)
        scores = read_scores(db, given.assignment, roster, bool(comments))
    try:
        settled = read_settled(given.who, roster)
        titles = [column] if column.strip() else _titles(portal, given.assignment)
        filled = fill_table(given.platform, given.table, titles, roster, settled, scores.settled)
    except Unreadable as fault:
        return show_form(request, viewer, PAGE, 400, fault=fault, **chosen)
    counts = Counter(_word(item) for item in filled.items)
    if given.takes and given.seen == now_seen:
        written = {"written": counts[ReturnStatus.WRITTEN.value]}
        note_files(portal, viewer, given.assignment, given.platform, "scores-returned", written)
        return attach(filled.content, "{0.stem}-graded{0.suffix}".format(PurePath(given.table.name)))
    chosen |= {"people": {person.id: person for person in roster}, "states": scores.states}
    chosen |= {"counts": counts, "who": as_link(filled.who), "seen": now_seen}
    return show_form(
        request,
        viewer,
        PAGE,
        notice="elsewhere_other_files" if given.takes else "",
        lines=[(_word(item), item) for item in sorted(filled.items, key=_urgency)],
        doubtful=[item.match for item in filled.items if is_in_doubt(item.match)],
        **chosen,
    )


@router.post("/mark/elsewhere/return/feedback")
def return_feedback(request: Request, viewer: Teacher, given: Told) -> Response:
    """Send the feedback of those whom Moodle's worksheet names, as the ZIP file that Moodle takes."""
    portal = portal_of(request)
    release = find_released(portal, given.assignment)
    chosen: dict[str, Any] = {"assignment": given.assignment, "platform": given.platform}
    if given.table is None or given.platform is not Platform.MOODLE:
        return show_form(request, viewer, PAGE, 400, problem="elsewhere_no_worksheet", **chosen)
    if not release.shows_feedback():
        return show_form(request, viewer, PAGE, 400, problem="elsewhere_not_shown_yet", **chosen)
    try:
        packed = pack_feedback_for_moodle(portal, given.assignment, given.table, given.who)
    except Unreadable as fault:
        return show_form(request, viewer, PAGE, 400, fault=fault, **chosen)
    if not packed.number:
        packed.file.close()
        return show_form(request, viewer, PAGE, 400, problem="elsewhere_no_pages", **chosen)
    return _send(portal, viewer, given.assignment, given.platform, packed, "feedback")


@router.post("/mark/elsewhere/return/folders")
def return_folders(
    request: Request, viewer: Teacher, assignment: Annotated[str, Form(max_length=120)]
) -> Response:
    """Send everybody's feedback, score and receipt in folders of their own, and a table of all."""
    portal = portal_of(request)
    if not find_released(portal, assignment).shows_feedback():
        return show_form(request, viewer, PAGE, 400, problem="elsewhere_not_shown_yet", assignment=assignment)
    packed = pack_folders(portal, assignment, viewer.language)
    return _send(portal, viewer, assignment, Platform.FOLDERS, packed, "folders")


def _send(
    portal: Portal, viewer: Viewer, assignment: str, platform: Platform, packed: Packed, what: str
) -> Response:
    """Write down who takes how many files, then send them; a file that is not sent is closed."""
    with ExitStack() as closing:
        closing.callback(packed.file.close)
        note_files(portal, viewer, assignment, platform, "scores-returned", {"files": packed.number})
        closing.pop_all()
    return attach_file(packed.file, f"{assignment}-{what}.zip")


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


def _titles(portal: Portal, assignment: str) -> list[str]:
    """Return the names under which another platform may know an assignment."""
    content = portal.course.assignments.get(assignment)
    return [assignment, *((content.assignment.title.ko, content.assignment.title.en) if content else ())]
