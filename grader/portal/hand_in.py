"""Taking work: through the door, into the store, out with a receipt; the same for pages and programs.

Knows the order of things and whom to ask; must not know HTTP, forms or how a receipt is signed.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection

from grader.errors import EnvironmentProblem, UsageError
from grader.grading.layout import CourseDirectory
from grader.grading.matching import match_cells
from grader.grading.release import load_blueprint
from grader.model.people import Person
from grader.portal.context import Portal
from grader.portal.door import Accepted, DoorLimits, TurnedAway, check_hand_in, clean_name
from grader.portal.pages import write_time
from grader.portal.rate_limits import Tried
from grader.portal.words.hand_in import NOT_ACCEPTED
from grader.receipts.receipt import read_receipt
from grader.store.hand_in import (
    HandedIn,
    HandIn,
    HandInConflict,
    HandInRefused,
    NotAccepted,
    hand_in,
)
from grader.store.jobs import enqueue_grading
from grader.store.refusals import Refused, keep_refusal
from grader.store.releases import Release, find_release
from grader.store.submissions import Origin, find_receipt, find_submission
from grader.text import Language, LocalText

READ_AT_ONCE = 3
_READING = threading.BoundedSemaphore(READ_AT_ONCE)
"""Reading the largest notebook takes a quarter of a gigabyte: a crowd must not do it all at once."""
log = logging.getLogger("medai.portal")
_YEARS = range(1970, 2200)
"""What a clock may say: at the ends of the calendar a moment does not exist in every time zone."""


def take_hand_in(
    portal: Portal,
    person: Person,
    assignment: str,
    uuid: str,
    file_name: str,
    content: bytes,
    *,
    client_at: datetime | None = None,
    origin: Origin = Origin.PAGE,
) -> HandedIn | TurnedAway:
    """Take one file from a person. Only `HandedIn` means that it is handed in: it holds the receipt.

    What is turned away is kept with the reason. The same UUID and bytes again give the same receipt. Raises
    HandInConflict when the UUID stands for other work, TooMany when somebody sends too often or too much,
    and EnvironmentProblem when nothing can be kept just now: trying again is safe then.
    """
    if not origin.is_collected:  # what staff collected is not sent by the person
        _count(portal, person, len(content))
    digest = hashlib.sha256(content).hexdigest()
    refused = Refused(uuid, person.id, assignment, clean_name(file_name), len(content), "")
    try:
        with portal.store.read() as db:
            release = find_release(db, assignment)
            # Where outputs must not be kept, neither may bytes that nobody took the outputs from.
            if release is None or not release.rules.strip_outputs:
                refused = replace(refused, content=content)
            before = _find_before(db, person, assignment, uuid, digest)
    except HandInConflict as conflict:
        keep_refusal(portal.store, replace(refused, reason=conflict.reason), portal.now())
        raise
    if before is not None:
        return before
    if release is None:
        turned_away = TurnedAway(NotAccepted.NOT_RELEASED, NOT_ACCEPTED[NotAccepted.NOT_RELEASED])
        if assignment in portal.course.assignments:  # else the address is wrong, and nobody will ask for it
            keep_refusal(portal.store, replace(refused, reason=turned_away.reason), portal.now())
        return turned_away
    looked_at = _look_at(portal, release, file_name, content)
    if isinstance(looked_at, TurnedAway):
        refused = replace(refused, reason=looked_at.reason, detail=looked_at.detail[:2000])
        keep_refusal(portal.store, refused, portal.now())
        return looked_at
    told = client_at.astimezone(UTC) if client_at is not None and client_at.year in _YEARS else None
    given = _describe(portal, person, assignment, uuid, len(content), looked_at, told, origin)
    try:
        handed_in = hand_in(portal.store, portal.keys, given, portal.now())
    except HandInRefused as refusal:
        return TurnedAway(refusal.reason, _explain(portal, refusal), refusal.message)
    if handed_in.is_new and release.rules.grade_on_hand_in and assignment in portal.course.assignments:
        _ask_for_grading(portal, person, assignment)
    return handed_in


def _count(portal: Portal, person: Person, size_bytes: int) -> None:
    """Count one upload and what it weighs, or raise TooMany."""
    portal.rates.count(Tried.UPLOAD_OF, person.id)
    portal.rates.count(Tried.MEGABYTES_OF, person.id, cost=1 + size_bytes // 1_000_000)


def _look_at(portal: Portal, release: Release, file_name: str, content: bytes) -> Accepted | TurnedAway:
    with _READING:
        return check_hand_in(
            content,
            file_name,
            [grade_id for ids in release.grade_ids.values() for grade_id in ids],
            release.assignment,
            DoorLimits(max_bytes=portal.settings.max_upload_bytes),
            strip_outputs=release.rules.strip_outputs,
            notebooks=tuple(release.grade_ids),
            recognise=partial(_recognise, portal, release.assignment),
        )


def _recognise(portal: Portal, assignment: str, cells: list[dict[str, Any]]) -> bool:
    """Say whether cells without any label are certainly the assignment's, as grading would find out."""
    try:
        blueprint = load_blueprint(CourseDirectory(portal.settings.course_dir), assignment)
    except UsageError:  # released through nbgrader's exchange: what it asks is not known here
        return False
    return bool(match_cells(cells, blueprint).certain)


def _find_before(db: Connection, person: Person, assignment: str, uuid: str, digest: str) -> HandedIn | None:
    """Return the same hand-in if it came before: a repetition need not pass the door again."""
    submission = find_submission(db, person.id, uuid)
    if submission is None:
        return None
    if (submission.assignment, submission.digest) != (assignment, digest):
        raise HandInConflict
    return HandedIn(submission, read_receipt(find_receipt(db, person.id, uuid) or ""), is_new=False)


def _describe(
    portal: Portal,
    person: Person,
    assignment: str,
    uuid: str,
    size_bytes: int,
    accepted: Accepted,
    client_at: datetime | None,
    origin: Origin,
) -> HandIn:
    return HandIn(
        uuid=uuid,
        person=person.id,
        assignment=assignment,
        course=portal.course.programme.id,
        file_name=accepted.file_name,
        digest=accepted.digest,
        size_bytes=size_bytes,
        original=accepted.original,
        files=tuple((file.path, file.content) for file in accepted.files),
        client_at=client_at,
        origin=origin,
        notes=tuple(note.as_dict() for note in accepted.notes),
    )


def _explain(portal: Portal, refusal: HandInRefused) -> LocalText:
    text = NOT_ACCEPTED[refusal.reason]
    when = {
        language: write_time(refusal.until, portal.zone, language) if refusal.until else "–"
        for language in Language
    }
    return LocalText(ko=text.ko.format(until=when[Language.KO]), en=text.en.format(until=when[Language.EN]))


def _ask_for_grading(portal: Portal, person: Person, assignment: str) -> None:
    """Put the work into the grading queue. It is handed in already, so failing here must not hide that.

    What fails here is found by the worker, which looks for it every few minutes.
    """
    try:
        with portal.store.write() as db:
            enqueue_grading(db, assignment, person.id, requested_by=person.id, now=portal.now())
    except EnvironmentProblem as trouble:
        log.error("a hand-in was not queued for grading: %s", trouble)
