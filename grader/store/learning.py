"""What one person has done in each assignment: releases with their deadlines, attempts and results.

Knows rows that belong to this person alone; must not know pages, nor what may be shown of a result.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields

from sqlalchemy import Connection, select

from grader.model.people import Person
from grader.store.deadlines import Deadline, list_deadlines
from grader.store.releases import Release, find_release, list_releases
from grader.store.schema import feedback_files, results
from grader.store.schema import submissions as submission_table
from grader.store.submissions import Submission, list_submissions


@dataclass(frozen=True)
class Result:
    """What grading said about one attempt."""

    submission: str
    status: str
    """A value of `grader.export.RowStatus`."""
    standing: str
    """A value of `grader.export.Standing`, or empty."""
    score: float | None
    max_score: float | None
    penalty: float
    """Points taken off for lateness; not yet taken off `score`."""
    reason: str
    """Why it could not be graded; empty otherwise."""


@dataclass(frozen=True)
class Work:
    """One assignment as it stands for one person."""

    release: Release
    deadline: Deadline
    attempts: tuple[Submission, ...] = ()
    """Newest first."""
    result: Result | None = None
    """Of the newest attempt that was graded."""

    @property
    def newest(self) -> Submission | None:
        """The attempt that counts."""
        return self.attempts[0] if self.attempts else None


def list_works(db: Connection, person: Person) -> dict[str, Work]:
    """Return assignment → work of a person, for all releases; four queries, however many there are."""
    return _works(db, person, list_releases(db), list_submissions(db, person.id))


def find_work(db: Connection, person: Person, assignment: str) -> Work | None:
    """Return one assignment as it stands for a person; None if it was never released."""
    release = find_release(db, assignment)
    if release is None:
        return None
    return _works(db, person, [release], list_submissions(db, person.id, assignment))[assignment]


def list_feedback_blobs(db: Connection, person_id: str, submission: str) -> dict[str, str]:
    """Return path → digest of pages that an instructor's own nbgrader made for a person's submission."""
    files = feedback_files.c
    query = (
        select(files.path, files.digest)
        .join(submission_table, submission_table.c.uuid == files.submission)
        .where(files.submission == submission, submission_table.c.person == person_id)
        .order_by(files.path)
    )
    return {row.path: row.digest for row in db.execute(query)}


def _works(
    db: Connection, person: Person, releases: Sequence[Release], submissions: Sequence[Submission]
) -> dict[str, Work]:
    deadlines = list_deadlines(db, releases, person)
    graded = _results(db, person.id)
    attempts: dict[str, list[Submission]] = defaultdict(list)
    for one in submissions:
        attempts[one.assignment].append(one)
    return {
        release.assignment: Work(
            release,
            deadlines[release.assignment],
            tuple(attempts[release.assignment]),
            next((graded[one.uuid] for one in attempts[release.assignment] if one.uuid in graded), None),
        )
        for release in releases
    }


def _results(db: Connection, person_id: str) -> dict[str, Result]:
    """Return submission → result of a person."""
    columns = [results.c[field.name] for field in fields(Result)]
    query = select(*columns).where(results.c.person == person_id)
    return {row.submission: Result(*row) for row in db.execute(query)}
