"""What the gradebook says, copied for pages: results and written answers. The gradebook is the truth.

Knows the tables `results` and `answers` and which hand-in counts; must not know gradebooks or pages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from grader.model.people import Person
from grader.store.people import person_of
from grader.store.schema import answers, people, results, submissions

LOTS = 10_000
_CHUNK = 200


@dataclass(frozen=True)
class Newest:
    """Somebody's newest hand-in of an assignment: the one that is graded."""

    uuid: str
    person: Person
    pseudonym: str
    file_name: str
    notebook_digest: str
    received_at: datetime
    counts_from: datetime
    """When the same notebook came first: handing in the same again makes nobody late."""


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
    messages: Sequence[str]
    reason: str
    graded_at: datetime
    answers: Sequence[AnswerCopy] = ()


def list_newest(db: Connection, assignment: str, person_ids: Collection[str] | None = None) -> list[Newest]:
    """Return everybody's newest hand-in, in the order in which they came."""
    later = submissions.alias("later")
    newest = (
        select(func.max(later.c.attempt))
        .where(later.c.person == submissions.c.person, later.c.assignment == assignment)
        .scalar_subquery()
    )
    same = submissions.alias("same")
    counts_from = (
        select(func.min(same.c.received_at))
        .where(same.c.person == submissions.c.person, same.c.assignment == assignment)
        .where(same.c.notebook_digest == submissions.c.notebook_digest)
        .scalar_subquery()
        .label("counts_from")
    )
    query = (
        select(submissions, people, counts_from)
        .join(people, people.c.id == submissions.c.person)
        .where(submissions.c.assignment == assignment, submissions.c.attempt == newest)
        .where(people.c.deleted_at.is_(None))
        .order_by(submissions.c.received_at, submissions.c.uuid)
    )
    if person_ids is not None:
        query = query.where(submissions.c.person.in_(list(person_ids)))
    return [
        Newest(
            row[submissions.c.uuid],
            person_of(row),
            row[people.c.pseudonym],
            row[submissions.c.file_name],
            row[submissions.c.notebook_digest],
            row[submissions.c.received_at],
            row["counts_from"],
        )
        for row in db.execute(query).mappings()
    ]


def list_copied_cells(db: Connection, assignment: str) -> dict[str, tuple[dict[str, float], bool]]:
    """Return submission → score of each cell and whether a person must look, as copied last."""
    query = select(results.c.submission, results.c.cells, results.c.needs_person)
    rows = db.execute(query.where(results.c.assignment == assignment))
    return {uuid: ({cell: pair[0] for cell, pair in cells.items()}, waits) for uuid, cells, waits in rows}


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
