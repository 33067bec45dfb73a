"""Scores of single items as the formulas of `grader.statistics` take them; no person is named.

Knows results and sites; must not know formulas or pages.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from grader.store.grading_copy import FailedTest
from grader.store.schema import people, results, submissions


@dataclass(frozen=True)
class ScoredWork:
    """What one nameless person got in each graded cell."""

    site: str
    cells: Mapping[str, Sequence[float]]
    """Grade id → points and maximum."""
    failed: Collection[FailedTest]


def fingerprint_scored_work(db: Connection, assignment: str) -> tuple[tuple[object, ...], ...]:
    """Return what changes whenever `read_scored_work` would say something else.

    By site: how many results, the moment of the newest, and the sum of scores. A result that is copied again
    has a new moment; who leaves, or moves to another site, changes the counts. Reading all scores takes
    twenty times as long, as each is a JSON text to be taken apart.
    """
    query = (
        select(people.c.site, func.count(), func.max(results.c.graded_at), func.sum(results.c.score))
        .join_from(results, people, people.c.id == results.c.person)
        .where(results.c.assignment == assignment)
        .group_by(people.c.site)
        .order_by(people.c.site)
    )
    return tuple(tuple(row) for row in db.execute(query))


def read_scored_work(db: Connection, assignment: str) -> list[ScoredWork]:
    """Return everybody's newest graded work in one assignment."""
    query = (
        select(results.c.person, people.c.site, results.c.cells, results.c.messages)
        .join_from(results, submissions, submissions.c.uuid == results.c.submission)
        .join(people, people.c.id == results.c.person)
        .where(results.c.assignment == assignment)
        .where(results.c.score.is_not(None), results.c.status != "quarantined")
        .order_by(submissions.c.attempt)
    )
    newest = {row[0]: row[1:] for row in db.execute(query)}  # later attempts take the place of earlier ones
    return [
        ScoredWork(site, cells, [FailedTest(*test) for test in failed])
        for site, cells, failed in newest.values()
    ]
