"""Handed-in work as rows: found by its owner, or by staff.

Knows the tables `submissions` and `submission_files`; must not know how a hand-in is judged, nor what files
hold. What a trainee's page asks for goes through the trainee's id; functions for staff say so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, exists, select

from grader.store.schema import people, receipts, results, submission_files, submissions

PAGE = 50


class Origin(StrEnum):
    """The way by which work came."""

    PAGE = "page"
    API = "api"
    EXCHANGE = "exchange"
    MOODLE = "moodle"
    CANVAS = "canvas"
    FOLDER = "folder"
    ACCEPTED = "accepted"
    """Staff accepted it after all: it had been turned away here, or its receipt was lost with a restore."""

    @property
    def is_collected(self) -> bool:
        """Whether staff handed it in for the person, who had done so before: elsewhere, or here in vain."""
        return self in {Origin.MOODLE, Origin.CANVAS, Origin.FOLDER, Origin.ACCEPTED}


@dataclass(frozen=True)
class Submission:
    """Work that was handed in and has a receipt."""

    uuid: str
    person: str
    assignment: str
    attempt: int
    file_name: str
    """As the person called it."""
    digest: str
    """Of the bytes as they arrived; the name of their blob if `is_original_kept`."""
    is_original_kept: bool
    notebook_digest: str
    size_bytes: int
    received_at: datetime
    client_at: datetime | None
    due_at: datetime | None
    """As it counted for this person at that moment."""
    late_s: float
    origin: Origin
    notes: tuple[Mapping[str, str], ...]
    """What the person was told at the door."""

    @property
    def handed_in_at(self) -> datetime:
        """When the person handed it in, wherever that was."""
        return (self.origin.is_collected and self.client_at) or self.received_at

    def settles(self, came_at: datetime, late_s: float = 0) -> bool:
        """Whether it does for the same bytes that came at a moment, so late, what they would have done."""
        return self.handed_in_at == came_at or (self.handed_in_at > came_at and self.late_s <= late_s)


@dataclass(frozen=True)
class SubmittedFile:
    """A file of a submission."""

    path: str
    digest: str
    size_bytes: int


@dataclass(frozen=True)
class SubmissionFilter:
    """Which submissions a list for staff shows; None means any. Those of deleted people are never listed."""

    assignment: str | None = None
    site: str | None = None
    job: str | None = None
    cohort: str | None = None
    is_late: bool | None = None
    only_newest: bool = True
    """Of each person and assignment."""


def find_submission(db: Connection, person_id: str, uuid: str) -> Submission | None:
    """Return a person's own submission."""
    return _first(db, select(submissions).where(_mine(person_id), submissions.c.uuid == uuid))


def list_submissions(db: Connection, person_id: str, assignment: str | None = None) -> list[Submission]:
    """Return a person's submissions, newest first: all attempts."""
    query = select(submissions).where(_mine(person_id))
    if assignment is not None:
        query = query.where(submissions.c.assignment == assignment)
    rows = db.execute(
        query.order_by(submissions.c.received_at.desc(), submissions.c.attempt.desc())
    ).mappings()
    return [_submission_of(row) for row in rows]


def find_newest_submission(db: Connection, person_id: str, assignment: str) -> Submission | None:
    """Return a person's newest attempt at an assignment."""
    query = select(submissions).where(_mine(person_id), submissions.c.assignment == assignment)
    return _first(db, query.order_by(submissions.c.attempt.desc()).limit(1))


def list_files(db: Connection, person_id: str, uuid: str) -> list[SubmittedFile]:
    """Return the files of a person's own submission, by path; none when it is not theirs."""
    query = select(submission_files).join(submissions).where(_mine(person_id), submissions.c.uuid == uuid)
    return _files(db, query)


def find_receipt(db: Connection, person_id: str, uuid: str) -> str | None:
    """Return the receipt of a person's own submission, byte for byte as it was given out."""
    query = select(receipts.c.text).join(submissions).where(_mine(person_id), submissions.c.uuid == uuid)
    return db.execute(query).scalar_one_or_none()


def find_any_submission(db: Connection, uuid: str) -> Submission | None:
    """Return anybody's submission; for staff."""
    return _first(db, select(submissions).where(submissions.c.uuid == uuid))


def find_any_receipt(db: Connection, uuid: str) -> str | None:
    """Return anybody's receipt; for staff."""
    return db.execute(select(receipts.c.text).where(receipts.c.submission == uuid)).scalar_one_or_none()


def list_any_files(db: Connection, uuid: str) -> list[SubmittedFile]:
    """Return the files of anybody's submission, by path; for staff."""
    return _files(db, select(submission_files).where(submission_files.c.submission == uuid))


def list_work_of(
    db: Connection, person_ids: Collection[str], assignments: Collection[str], digests: Collection[str]
) -> list[Submission]:
    """Return the submissions of these bytes by these people for these assignments; for staff."""
    query = select(submissions).where(
        submissions.c.assignment.in_(assignments),
        submissions.c.person.in_(person_ids),
        submissions.c.digest.in_(digests),
    )
    rows = db.execute(query.order_by(submissions.c.assignment, submissions.c.attempt)).mappings()
    return [_submission_of(row) for row in rows]


def page_submissions(
    db: Connection, wanted: SubmissionFilter, after: tuple[datetime, str] | None = None, limit: int = PAGE
) -> list[Submission]:
    """Return anybody's submissions, newest first; for staff.

    `after` is moment and uuid of the last one of the page before.
    """
    query = select(submissions).join(people, people.c.id == submissions.c.person).where(*_conditions(wanted))
    if after is not None:
        moment, uuid = after
        is_same = submissions.c.received_at == moment
        query = query.where((submissions.c.received_at < moment) | (is_same & (submissions.c.uuid < uuid)))
    query = query.order_by(submissions.c.received_at.desc(), submissions.c.uuid.desc()).limit(limit)
    return [_submission_of(row) for row in db.execute(query).mappings()]


def is_result() -> ColumnElement[bool]:
    """Return the condition that a result is a submission's.

    The assignment follows from the number; naming it lets PostgreSQL read the results of that one only.
    """
    return (results.c.submission == submissions.c.uuid) & (results.c.assignment == submissions.c.assignment)


def is_newest() -> ColumnElement[bool]:
    """Return the condition that a submission is its person's newest of its assignment."""
    later = submissions.alias("later")
    return ~exists().where(
        later.c.person == submissions.c.person,
        later.c.assignment == submissions.c.assignment,
        later.c.attempt > submissions.c.attempt,
    )


def _mine(person_id: str) -> ColumnElement[bool]:
    return submissions.c.person == person_id


def _conditions(wanted: SubmissionFilter) -> Sequence[ColumnElement[bool]]:
    asked = (
        (submissions.c.assignment, wanted.assignment),
        (people.c.site, wanted.site),
        (people.c.job, wanted.job),
        (people.c.cohort, wanted.cohort),
    )
    conditions = [column == value for column, value in asked if value is not None]
    conditions.append(people.c.deleted_at.is_(None))
    if wanted.is_late is not None:
        conditions.append((submissions.c.late_s > 0) == wanted.is_late)
    if wanted.only_newest:
        conditions.append(is_newest())
    return conditions


def _files(db: Connection, query: Select[tuple[object, ...]]) -> list[SubmittedFile]:
    rows = db.execute(query.order_by(submission_files.c.path)).mappings()
    return [SubmittedFile(row["path"], row["digest"], row["size_bytes"]) for row in rows]


def _first(db: Connection, query: Select[tuple[object, ...]]) -> Submission | None:
    row = db.execute(query).mappings().first()
    return None if row is None else _submission_of(row)


def _submission_of(row: RowMapping) -> Submission:
    return Submission(**{**row, "origin": Origin(row["origin"]), "notes": tuple(row["notes"])})
