"""What people get back as files: everybody's folder in one ZIP file, or the ZIP file that Moodle takes.

Knows whose newest hand-in counts and what its owner may see; must not know HTTP. Staff get no page that its
owner does not get. Files are read one by one, so a class's pages need not fit in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from sqlalchemy import Connection

from grader.lms import moodle
from grader.lms.outgoing import Parcel, name_table, write_archive
from grader.lms.who import match_people
from grader.model.people import Person
from grader.portal.attachments import compose
from grader.portal.context import Portal
from grader.portal.elsewhere import Upload, read_roster, read_scores, read_settled, read_worksheet
from grader.portal.feedback_pages import read_feedback_pages
from grader.portal.programme_names import read_names
from grader.portal.progress_table import progress_csv
from grader.portal.release import cohorts_taking
from grader.store.blobs import DamagedBlob
from grader.store.learning import find_work
from grader.store.progress import list_progress
from grader.store.submissions import find_receipt
from grader.text import Language


@dataclass(frozen=True)
class Packed:
    """An open ZIP file without a name."""

    file: IO[bytes]
    number: int
    """Of files in it."""


def pack_folders(portal: Portal, assignment: str, language: Language) -> Packed:
    """Return everybody's feedback, score and receipt in a folder of their own, and a table of all.

    The table is in `language`, what people are told in their own.
    """
    cohorts = [cohort.id for cohort in cohorts_taking(portal.course, assignment)]
    with portal.store.read() as db, compose(portal.settings.data) as file:
        people = list_progress(db, assignment, cohorts, limit=None)
        table = progress_csv(people, read_names(portal.course, language), language, portal.zone)
        number = write_archive(file, _name_files(portal, db, assignment, table))
    return Packed(file, number)


def _name_files(portal: Portal, db: Connection, assignment: str, table: str) -> Iterator[tuple[str, bytes]]:
    yield name_table(assignment), table.encode()
    roster = read_roster(db)
    scores = read_scores(db, assignment, roster, comments=True).settled
    for person in roster:
        score = scores.get(person.id)
        parcel = _read_parcel(portal, db, person, assignment, score.told if score else "")
        for name, content in parcel.files.items():
            yield f"{parcel.trainee}/{assignment}/{name}", content


def _read_parcel(portal: Portal, db: Connection, person: Person, assignment: str, told: str) -> Parcel:
    work = find_work(db, person, assignment)
    if work is None or work.newest is None:
        return Parcel(person.id)
    try:
        pages = read_feedback_pages(portal, db, work, work.newest)
    except DamagedBlob:  # removed when its time was over: nobody else's work is held up by it
        pages = {}
    return Parcel(person.id, pages, told, find_receipt(db, person.id, work.newest.uuid) or "")


def pack_feedback_for_moodle(
    portal: Portal, assignment: str, worksheet: Upload, who: Upload | None
) -> Packed:
    """Return the feedback of those whom a worksheet names for certain. Raises Unreadable."""
    with portal.store.read() as db, compose(portal.settings.data) as file:
        roster = read_roster(db)
        people = {person.id: person for person in roster}
        settled = read_settled(who, roster)
        sheet = read_worksheet(worksheet)
        matches = match_people(sheet.people.values(), roster, settled)

        def read_pages(person_id: str) -> Mapping[str, bytes]:
            return _read_parcel(portal, db, people[person_id], assignment, "").pages

        number = write_archive(file, moodle.name_feedback(sheet, matches, read_pages))
    return Packed(file, number)
