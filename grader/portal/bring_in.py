"""Work that staff bring from another platform, handed in for the people it belongs to.

Knows downloads and the one way to hand in; must not know any platform's formats or HTTP. What a platform says
about the time counts, because there it was handed in. The same download can be brought in twice: equal bytes
of one person are one submission. Its number is drawn by chance: one that could be worked out from the person
would tell graders whose work they mark.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import groupby
from uuid import uuid4

from grader.archives.limits import ArchiveLimits, BadArchive, Fault
from grader.grading.inbox import parse_timestamp
from grader.lms.incoming import Download, Incoming
from grader.lms.who import DOUBTS, Doubt, DoubtKind, Match
from grader.model.people import Person
from grader.portal.context import Portal
from grader.portal.door import TurnedAway
from grader.portal.hand_in import take_hand_in
from grader.portal.words.door import FAULTS
from grader.portal.words.elsewhere import OLDER
from grader.site.downloads import zip_files
from grader.store.submissions import Origin, list_submissions
from grader.text import LocalText

_ONE_AT_A_TIME = threading.Lock()
"""Held from looking whether work is known until it is: a form that is sent twice brings it in once."""


class Brought(StrEnum):
    """What became of one person's work."""

    HANDED_IN = "handed-in"
    KNOWN = "known"
    """The same bytes had been brought in before."""
    OLDER = "older"
    """The person has handed in newer work, which would no longer be the one that counts."""
    TURNED_AWAY = "turned-away"
    NOT_UNPACKED = "not-unpacked"
    DOUBT = "doubt"
    LEFT_OUT = "left-out"


@dataclass(frozen=True)
class BroughtIn:
    """One line of the report."""

    match: Match
    outcome: Brought
    files: tuple[str, ...]
    receipt_number: int | None = None
    text: LocalText | None = None
    """Why it was not handed in."""
    notes: tuple[LocalText, ...] = ()


def bring_in(
    portal: Portal, download: Download, assignment: str, people: Mapping[str, Person], origin: Origin
) -> Iterator[BroughtIn]:
    """Hand in everyone's work of a download, one person after the other; give what became of it.

    `people` are those whom the download was matched with, by id. One person's trouble stops nobody else;
    raises EnvironmentProblem when nothing can be kept just now, and everything before that is handed in.
    """
    for _, group in groupby(download.files, key=lambda one: one.match.stranger.key):
        incoming = _gather(group)
        match = incoming[0].match
        paths = tuple(one.path for one in incoming)
        notes = tuple(dict.fromkeys(note for one in incoming for note in one.notes))
        if isinstance(match.who, Doubt):
            left_out = match.who.kind is DoubtKind.LEFT_OUT
            outcome = Brought.LEFT_OUT if left_out else Brought.DOUBT
            yield BroughtIn(match, outcome, paths, text=DOUBTS[match.who.kind], notes=notes)
            continue
        broken = next((one.content for one in incoming if isinstance(one.content, BadArchive)), None)
        if broken is not None:
            yield BroughtIn(match, Brought.NOT_UNPACKED, paths, text=FAULTS[broken.fault], notes=notes)
            continue
        yield _hand_in(portal, people[match.who], assignment, incoming, origin, notes)


def _gather(files: Iterable[Incoming]) -> list[Incoming]:
    """Return one person's files. What is more than anybody may hand in is not held in memory."""
    gathered = []
    size = 0
    for one in files:
        size += len(one.content) if isinstance(one.content, bytes) else 0
        is_too_much = size > ArchiveLimits().total_bytes
        gathered.append(replace(one, content=BadArchive(Fault.TOO_BIG, one.path)) if is_too_much else one)
    return gathered


def _hand_in(
    portal: Portal,
    person: Person,
    assignment: str,
    incoming: list[Incoming],
    origin: Origin,
    notes: tuple[LocalText, ...],
) -> BroughtIn:
    name, content = _pack(incoming)
    paths = tuple(one.path for one in incoming)
    match = incoming[0].match
    at = _handed_in_at(portal, incoming)
    digest = hashlib.sha256(content).hexdigest()
    with _ONE_AT_A_TIME:
        with portal.store.read() as db:
            work = list_submissions(db, person.id, assignment)
        known = next((one.uuid for one in work if (one.origin, one.digest) == (origin, digest)), None)
        if known is None and at is not None and work and at < work[0].handed_in_at:
            return BroughtIn(match, Brought.OLDER, paths, text=OLDER, notes=notes)
        number = known or str(uuid4())
        answer = take_hand_in(portal, person, assignment, number, name, content, client_at=at, origin=origin)
    if isinstance(answer, TurnedAway):
        return BroughtIn(match, Brought.TURNED_AWAY, paths, text=answer.text, notes=notes)
    outcome = Brought.HANDED_IN if answer.is_new else Brought.KNOWN
    return BroughtIn(match, outcome, paths, answer.signed.receipt.number, notes=notes)


def _pack(incoming: list[Incoming]) -> tuple[str, bytes]:
    """Return one person's files as the door takes them: a single one as it is, several as a ZIP file.

    Equal files give equal bytes.
    """
    files = _lay_out(incoming)
    if len(files) == 1:
        ((path, content),) = files.items()
        return path.rsplit("/", 1)[-1], content
    return "files.zip", zip_files(files)


def _lay_out(incoming: Iterable[Incoming]) -> dict[str, bytes]:
    """Return files by path: equal ones once, another file of a name that is taken in a folder of its own.

    Some hand in a notebook and a ZIP file with the same notebook, to be sure.
    """
    files: dict[str, bytes] = {}
    taken: dict[str, bytes] = {}
    for one in incoming:
        if not isinstance(one.content, bytes) or one.is_stamp:
            continue
        path, number = one.path, 1
        while taken.get(path.casefold(), one.content) != one.content:
            number += 1
            path = f"{number}/{one.path}"
        if path.casefold() not in taken:
            files[path] = taken[path.casefold()] = one.content
    return files


def _handed_in_at(portal: Portal, incoming: list[Incoming]) -> datetime | None:
    """Return when the newest file was handed in, as far as anybody says; never a time to come."""
    stamps = [one.content for one in incoming if one.is_stamp and isinstance(one.content, bytes)]
    told = [parse_timestamp(stamp.decode("utf-8-sig", "replace")[:1000], portal.zone) for stamp in stamps]
    platform = [one.handed_in_at for one in incoming]
    changed = [one.changed_at for one in incoming]
    for times in (told, platform, changed):
        known = [time.astimezone(UTC) for time in times if time is not None]
        if known:
            return min(max(known), portal.now())
    return None
