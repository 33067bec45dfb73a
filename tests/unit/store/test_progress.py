"""Counts for instructors and operators come out the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import insert

from grader.model.people import Access, Person
from grader.store.engine import Store
from grader.store.health import count_queue, count_store, measure_space
from grader.store.people import add_people
from grader.store.progress import (
    ProgressFilter,
    StateCount,
    WorkState,
    count_handed_in,
    count_states,
    count_trainees,
    list_progress,
)
from grader.store.schema import jobs, refusals, results, submissions
from grader.store.statistics_rows import read_scored_work

NOW = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)
SLUG = "e0-first-notebook"
COHORTS = ["essentials-2026"]


def fill(store: Store) -> None:
    """Add two trainees, one of whom handed in twice, an instructor, a job and a refusal."""
    given = {"name": "가상", "site": "jeju", "role": "office", "cohort": COHORTS[0]}
    people = [Person.model_validate({"id": one, **given}) for one in ("가나", "b")]
    people.append(Person.model_validate({"id": "t", **given, "access": Access.INSTRUCTOR}))
    work = {
        "person": "b",
        "assignment": SLUG,
        "file_name": "x",
        "digest": "0" * 64,
        "notebook_digest": "0" * 64,
    }
    work |= {"size_bytes": 1, "late_s": 0.0, "origin": "page", "notes": [], "is_original_kept": True}
    result = {"person": "b", "assignment": SLUG, "standing": "passed", "score": 1.0, "max_score": 2.0}
    result |= {"status": "graded", "needs_person": False, "graded_at": NOW}
    result["messages"] = [["c", "failed", "m"]]
    with store.write() as db:
        add_people(db, people, now=NOW)
        for attempt in (1, 2):
            uuid = str(UUID(int=attempt))
            received_at = NOW + timedelta(minutes=attempt)
            db.execute(
                insert(submissions).values(
                    {**work, "uuid": uuid, "attempt": attempt, "received_at": received_at}
                )
            )
            db.execute(insert(results).values({**result, "submission": uuid, "cells": {"c": [attempt, 2]}}))
        job = {"kind": "grade", "assignment": SLUG, "requested_by": "t", "created_at": NOW}
        took = {"state": "done", "started_at": NOW, "finished_at": NOW + timedelta(seconds=90)}
        db.execute(insert(jobs).values({**job, **took}))
        db.execute(insert(jobs).values({**job, "state": "waiting"}))
        refusal = {"uuid": "u", "person": "b", "assignment": SLUG, "file_name": "x", "size_bytes": 1}
        db.execute(insert(refusals).values({**refusal, "reason": "too-big", "received_at": NOW}))


def test_progress_counts_each_person_once(store: Store) -> None:
    fill(store)
    with store.read() as db:
        counts = count_states(db, SLUG, COHORTS)
        people = list_progress(db, SLUG, COHORTS)
        passed = list_progress(db, SLUG, COHORTS, ProgressFilter(state=WorkState.PASSED, cohort=COHORTS[0]))
        nobody = list_progress(db, SLUG, COHORTS, after=people[-1].folded)
        assert count_handed_in(db) == {(SLUG, "jeju"): 1}
        assert count_trainees(db) == {(COHORTS[0], "jeju"): 2}
        scored = read_scored_work(db, SLUG)
    assert sorted(counts, key=lambda count: count.state) == [
        StateCount("jeju", "office", WorkState.MISSING, 1),
        StateCount("jeju", "office", WorkState.PASSED, 1),
    ]
    assert {one.person_id for one in people} == {"가나", "b"}
    assert [(one.person_id, one.attempts, one.score) for one in passed] == [("b", 2, 1.0)]
    assert nobody == []
    assert [(dict(work.cells), work.failed) for work in scored] == [({"c": [2, 2]}, [("c", "failed", "m")])]


def test_health_counts(store: Store) -> None:
    fill(store)
    with store.read() as db:
        counts, queue, space = count_store(db, NOW), count_queue(db), measure_space(store, db)
    assert (counts.people, counts.receipts, counts.refusals) == (3, 0, {"too-big": 1})
    assert counts.last_receipt_at == NOW + timedelta(minutes=2)
    assert (queue.waiting, queue.done, queue.grading_s, queue.oldest_waiting_at) == (1, 1, 90.0, NOW)
    assert space.database_bytes > 0
    assert 0 < space.free_bytes <= space.disk_bytes
