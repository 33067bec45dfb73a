"""What the gradebook says, copied for pages: results and written answers. The gradebook is the truth.

Knows the tables `results` and `answers` and which hand-in counts; must not know gradebooks or pages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from grader.model.people import Person
from grader.store.deadlines import Lateness
from grader.store.people import person_of
from grader.store.schema import answers, people, results, submissions
from grader.store.submissions import Origin, is_newest

LOTS = 10_000
_CHUNK = 200


@dataclass(frozen=True)
class CountedTime:
    """When a notebook was handed in, as far as being late is concerned, and how late that was."""

    at: datetime
    """By the clock that its receipt went by: elsewhere, for work that staff brought from there."""
    lateness: Lateness
    """As its receipt says."""


@dataclass(frozen=True)
class Newest:
    """Somebody's newest hand-in of an assignment: the one that is graded."""

    uuid: str
    person: Person
    pseudonym: str
    file_name: str
    notebook_digest: str
    received_at: datetime
    times: tuple[CountedTime, ...]
    """Of every time that this same notebook came: handing in the same again makes nobody late."""

    @property
    def counts_from(self) -> datetime:
        """When the same notebook came first."""
        return min(time.at for time in self.times)


@dataclass(frozen=True)
class Copied:
    """What was copied last of a submission, as far as the gradebook may differ by now."""

    scores: Mapping[str, float]
    """Of each cell; none of what is held back."""
    penalty: float
    needs_person: bool


class FailedTest(NamedTuple):
    """A test that did not pass, of work that was graded."""

    cell: str
    """Grade id."""
    verdict: str
    """A value of `grader.model.work.Verdict`."""
    message: str
    """Id of the assignment's message that it told, or empty."""


@dataclass(frozen=True)
class AnswerCopy:
    """A written answer as the gradebook has it."""

    cell: str
    is_open: bool
    is_blank: bool
    manual_score: float | None
    maximum: float
    comment: str


@dataclass(frozen=True)
class ResultCopy:
    """A submission's result as the gradebook has it."""

    submission: str
    person: str
    pseudonym: str
    assignment: str
    status: str
    standing: str
    score: float | None
    """Before the penalty."""
    max_score: float | None
    penalty: float
    """Points taken off for being late."""
    needs_person: bool
    cells: Mapping[str, tuple[float, float]]
    """Grade id → points and maximum."""
    messages: Sequence[FailedTest]
    reason: str
    graded_at: datetime
    answers: Sequence[AnswerCopy] = ()


def list_newest(db: Connection, assignment: str, person_ids: Collection[str] | None = None) -> list[Newest]:
    """Return everybody's newest hand-in, in the order in which they came."""
    query = (
        select(submissions, people)
        .join(people, people.c.id == submissions.c.person)
        .where(submissions.c.assignment == assignment, is_newest())
        .where(people.c.deleted_at.is_(None))
        .order_by(submissions.c.received_at, submissions.c.uuid)
    )
    every = select(submissions).where(submissions.c.assignment == assignment)
    if person_ids is not None:
        query = query.where(submissions.c.person.in_(list(person_ids)))
        every = every.where(submissions.c.person.in_(list(person_ids)))
    times: dict[tuple[str, str], list[CountedTime]] = {}
    for row in db.execute(every).mappings():
        times.setdefault((row["person"], row["notebook_digest"]), []).append(_counted_time(row))
    return [
        Newest(
            row[submissions.c.uuid],
            person_of(row),
            row[people.c.pseudonym],
            row[submissions.c.file_name],
            row[submissions.c.notebook_digest],
            row[submissions.c.received_at],
            tuple(times[row[submissions.c.person], row[submissions.c.notebook_digest]]),
        )
        for row in db.execute(query).mappings()
    ]


def _counted_time(row: RowMapping) -> CountedTime:
    lateness = Lateness(row["due_at"], row["late_s"])
    if lateness.due_at is not None and lateness.late_s:
        # After the clock was set back, a receipt's own moment is not the one that its lateness goes by.
        return CountedTime(lateness.due_at + timedelta(seconds=lateness.late_s), lateness)
    elsewhere = row["client_at"] if Origin(row["origin"]).is_collected else None
    return CountedTime(elsewhere or row["received_at"], lateness)


def list_copied(db: Connection, assignment: str) -> dict[str, Copied]:
    """Return submission → what was copied last."""
    query = select(results.c.submission, results.c.cells, results.c.penalty, results.c.needs_person)
    rows = db.execute(query.where(results.c.assignment == assignment))
    return {
        uuid: Copied({cell: pair[0] for cell, pair in cells.items()}, penalty, waits)
        for uuid, cells, penalty, waits in rows
    }


def list_graded_assignments(db: Connection) -> list[str]:
    """Return the assignments of which there is any result."""
    return list(db.execute(select(results.c.assignment).distinct()).scalars())


def save_results(db: Connection, copies: Sequence[ResultCopy]) -> None:
    """Put copies in the place of what was copied of the same submissions before."""
    for start in range(0, len(copies), _CHUNK):
        chunk = copies[start : start + _CHUNK]
        mine = [copy.submission for copy in chunk]
        for assignment in {copy.assignment for copy in chunk}:
            # The gradebook has one answer of each person: that of the newest graded work.
            whose = [copy.person for copy in chunk if copy.assignment == assignment]
            here = answers.c.assignment == assignment
            db.execute(delete(answers).where(here, answers.c.person.in_(whose)))
        db.execute(delete(results).where(results.c.submission.in_(mine)))
        db.execute(insert(results), [_result_row(copy) for copy in chunk])
        rows = [_answer_row(copy, answer) for copy in chunk for answer in copy.answers]
        if rows:
            db.execute(insert(answers), rows)


def note_marked(db: Connection, submission: str, cell: str, score: float, comment: str) -> None:
    """Show a mark at once, before the gradebook has it and is copied again."""
    mine = (answers.c.submission == submission) & (answers.c.cell == cell)
    shown = {"is_open": False, "manual_score": score, "comment": comment}
    db.execute(update(answers).where(mine).values(**shown))


def _result_row(copy: ResultCopy) -> dict[str, object]:
    left_out = {"answers", "pseudonym"}
    row = {name: value for name, value in vars(copy).items() if name not in left_out}
    cells = {name: list(pair) for name, pair in copy.cells.items()}
    return row | {"cells": cells, "messages": list(copy.messages)}


def _answer_row(copy: ResultCopy, answer: AnswerCopy) -> dict[str, object]:
    """Return the row of an answer with its place in line and its lot.

    Both hang on the pseudonym, which the portal made: a trainee can choose neither, nor can a grader.
    """
    key = f"{copy.pseudonym}/{copy.assignment}/{answer.cell}"
    lot = int(hashlib.sha256(f"lot/{key}".encode()).hexdigest(), 16) % LOTS
    place = hashlib.sha256(f"place/{key}".encode()).hexdigest()
    about = {"submission": copy.submission, "person": copy.person, "assignment": copy.assignment}
    return {**about, **vars(answer), "place": place, "lot": lot}
