"""Files of another platform that staff upload: opened, looked through and matched; scores that go back.

Knows the platforms' files, the portal's people and their results; must not know HTTP or pages. Keeps nothing:
whoever looked brings the same files again to have them taken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum
from itertools import groupby
from typing import BinaryIO

from sqlalchemy import Connection

from grader.archives.limits import BadArchive
from grader.errors import GraderError
from grader.lms import canvas, folders, moodle
from grader.lms.incoming import Download
from grader.lms.returning import ReturnItem, Score, write_comment
from grader.lms.who import Doubt, DoubtKind, Match, match_people, read_who, write_who
from grader.model.people import Access, Person
from grader.portal.words.door import FAULTS
from grader.store.people import PeopleFilter, list_people
from grader.store.progress import WorkState, list_progress
from grader.store.submissions import Origin
from grader.text import LocalText

_SETTLED = {WorkState.PASSED: True, WorkState.NOT_PASSED: False}


class Platform(StrEnum):
    """Where work comes from."""

    MOODLE = "moodle"
    CANVAS = "canvas"
    FOLDERS = "folders"

    @property
    def origin(self) -> Origin:
        """How receipts name it."""
        return Origin.FOLDER if self is Platform.FOLDERS else Origin(self.value)


class Piece(StrEnum):
    """What somebody uploads."""

    DOWNLOAD = "download"
    WORKSHEET = "worksheet"
    GRADEBOOK = "gradebook"
    WHO = "who"
    COLUMN = "column"
    """No file, but the column of a gradebook."""


@dataclass(frozen=True)
class Upload:
    """One uploaded file."""

    name: str
    stream: BinaryIO


class Unreadable(Exception):
    """Something uploaded that cannot be used: which piece, and why."""

    def __init__(self, piece: Piece, error: GraderError) -> None:
        super().__init__(str(error))
        self.piece = piece
        self.detail = str(error)
        """In English, for who knows the platform's files."""


@contextmanager
def _reading(piece: Piece) -> Iterator[None]:
    try:
        yield
    except GraderError as error:
        raise Unreadable(piece, error) from error


def read_roster(db: Connection) -> tuple[Person, ...]:
    """Return the people whose work is brought in: trainees whose accounts are open."""
    wanted = PeopleFilter(access=Access.TRAINEE, is_active=True)
    return tuple(account.person for account in list_people(db, wanted, limit=None))


def fingerprint(platform: Platform, assignment: str, *uploads: Upload | None) -> str:
    """Return what tells these very files, for this platform and assignment, from all others."""
    told = [platform, assignment, *(_digest(upload.stream) if upload else "-" for upload in uploads)]
    return hashlib.sha256(" ".join(told).encode()).hexdigest()


def _digest(stream: BinaryIO) -> str:
    """Return the SHA-256 of a file that need not fit in memory, and go back to its beginning."""
    digest = hashlib.sha256()
    stream.seek(0)
    while chunk := stream.read(1_000_000):
        digest.update(chunk)
    stream.seek(0)
    return digest.hexdigest()


def read_settled(who: Upload | None, roster: Sequence[Person]) -> Mapping[str, str]:
    """Return what a person said about who is who; raise Unreadable."""
    with _reading(Piece.WHO):
        return read_who(who.stream.read(), who.name, roster) if who else {}


def read_worksheet(table: Upload) -> moodle.Worksheet:
    """Read Moodle's worksheet; raise Unreadable."""
    with _reading(Piece.WORKSHEET):
        return moodle.read_worksheet(table.stream.read(), table.name)


def open_download(
    platform: Platform,
    download: Upload,
    table: Upload | None,
    assignment: str,
    roster: Sequence[Person],
    settled: Mapping[str, str],
    zone: tzinfo,
) -> Download:
    """Open a platform's download; `table` is its worksheet or gradebook. Raises Unreadable."""
    if platform is Platform.MOODLE:
        sheet = read_worksheet(table) if table else None
        with _reading(Piece.DOWNLOAD):
            return moodle.open_submissions(download.stream, sheet, roster, settled, zone)
    if platform is Platform.CANVAS:
        with _reading(Piece.GRADEBOOK):
            book = canvas.read_gradebook(table.stream.read(), table.name) if table else None
        with _reading(Piece.DOWNLOAD):
            return canvas.open_submissions(download.stream, book, roster, settled, zone)
    with _reading(Piece.DOWNLOAD):
        return folders.open_packed_folders(download.stream, assignment, roster, settled, zone)


@dataclass(frozen=True)
class Found:
    """One person's work in a download."""

    match: Match
    paths: tuple[str, ...]
    fault: LocalText | None
    """Why it cannot be unpacked."""
    notes: tuple[LocalText, ...]


@dataclass(frozen=True)
class Preview:
    """What a download holds, before anything is taken."""

    found: tuple[Found, ...]
    without_work: int
    """People whom the platform knows and who handed nothing in."""

    @property
    def doubtful(self) -> tuple[Found, ...]:
        """Work of which a person must say whose it is."""
        return tuple(one for one in self.found if is_in_doubt(one.match))

    @property
    def left_out(self) -> int:
        """How many a person said to leave out."""
        return len(self.found) - len(self.certain) - len(self.doubtful)

    @property
    def certain(self) -> tuple[Found, ...]:
        """Work of which it is known whose it is."""
        return tuple(one for one in self.found if isinstance(one.match.who, str))

    @property
    def who(self) -> bytes:
        """The list in which a person says who is who; empty if nobody is in doubt."""
        return write_who(one.match for one in self.found) if self.doubtful else b""


def look_through(download: Download) -> Preview:
    """Unpack everything once, a file at a time, and tell what is there."""
    found = []
    for key, files in groupby(download.files, key=lambda one: one.match.stranger.key):
        paths: list[str] = []
        notes: dict[LocalText, None] = {}
        fault = None
        for one in files:
            paths.append(one.path)
            notes |= dict.fromkeys(one.notes)
            if isinstance(one.content, BadArchive) and fault is None:
                fault = FAULTS[one.content.fault]
        found.append(Found(download.matches[key], tuple(paths), fault, tuple(notes)))
    return Preview(tuple(found), len(download.matches) - len(found))


@dataclass(frozen=True)
class Scores:
    """What can go back of an assignment, by person."""

    settled: Mapping[str, Score]
    """After the penalty for being late."""
    states: Mapping[str, WorkState]
    """Of everybody who handed in: says why there is no score."""


def read_scores(db: Connection, assignment: str, roster: Sequence[Person], comments: bool) -> Scores:
    """Return the scores that no person has yet to decide about; each person's newest hand-in counts."""
    languages = {person.id: person.language for person in roster}
    settled: dict[str, Score] = {}
    states: dict[str, WorkState] = {}
    for one in list_progress(db, assignment, cohorts=(), limit=None):
        states[one.person_id] = one.state
        if one.state not in _SETTLED or one.total is None or not one.max_score:
            continue
        told = write_comment(one.total, one.max_score, _SETTLED[one.state], languages[one.person_id])
        settled[one.person_id] = Score(one.total, one.max_score, told if comments else "")
    return Scores(settled, states)


@dataclass(frozen=True)
class Filled:
    """A platform's file with scores in it."""

    content: bytes
    items: Sequence[ReturnItem]
    who: bytes
    """The list in which a person says who is who; empty if nobody is in doubt."""


def fill_table(
    platform: Platform,
    table: Upload,
    columns: Collection[str],
    roster: Sequence[Person],
    settled: Mapping[str, str],
    scores: Mapping[str, Score],
) -> Filled:
    """Write scores into Moodle's worksheet or Canvas's gradebook; raise Unreadable.

    `columns` are the titles or the number under which Canvas may know the assignment.
    """
    if platform is Platform.MOODLE:
        sheet = read_worksheet(table)
        matches = match_people(sheet.people.values(), roster, settled)
        content, items = moodle.fill_worksheet(sheet, matches, scores)
    else:
        with _reading(Piece.GRADEBOOK):
            book = canvas.read_gradebook(table.stream.read(), table.name)
        with _reading(Piece.COLUMN):
            at = canvas.find_column(book, columns)
            matches = match_people(book.people.values(), roster, settled)
            content, items = canvas.fill_gradebook(book, at, matches, scores)
    is_doubtful = any(map(is_in_doubt, matches.values()))
    return Filled(content, items, write_who(matches.values()) if is_doubtful else b"")


def is_in_doubt(match: Match) -> bool:
    """Whether a person has yet to say who this is."""
    return isinstance(match.who, Doubt) and match.who.kind is not DoubtKind.LEFT_OUT
