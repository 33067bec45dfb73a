"""Kept counts and statistics: made once, made again as soon as what they were made from changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, update

from grader.model.people import Access, Person
from grader.portal.kept import Kept
from grader.portal.routes.teach_overview import count_people
from grader.store.people import add_people, change_person
from grader.store.schema import receipts, results, submissions
from grader.store.statistics_rows import fingerprint_scored_work

SLUG = "e0-first-notebook"
HANA = Person.model_validate(
    {"id": "hana", "name": "김하나", "site": "jeju", "role": "office", "cohort": "essentials-2026"}
)


@pytest.fixture
def hand_in(portal) -> Callable[[int], str]:
    """Put an attempt with a receipt straight into the tables, with a result; returns the attempt's id."""
    with portal.store.write() as db:
        add_people(db, [HANA], portal.now())

    def put(attempt: int) -> str:
        uuid, digest, now = str(UUID(int=attempt)), f"{attempt:064x}", portal.now()
        whose = {"person": HANA.id, "assignment": SLUG}
        row = {
            "uuid": uuid, "attempt": attempt, "file_name": "e0.ipynb", "digest": digest, "size_bytes": 1,
            "is_original_kept": True, "notebook_digest": digest, "received_at": now, "late_s": 0.0,
            "origin": "page", "notes": [], **whose,
        }  # fmt: skip
        result = {
            "submission": uuid, "status": "graded", "standing": "passed", "score": 24.0, "max_score": 30.0,
            "needs_person": False, "cells": {}, "messages": [], "graded_at": now, **whose,
        }  # fmt: skip
        with portal.store.write() as db:
            db.execute(insert(submissions), row)
            db.execute(insert(receipts), {"number": attempt, "submission": uuid, "text": "", "hash": digest})
            db.execute(insert(results), result)
        return uuid

    return put


def test_a_value_is_made_once_for_each_fingerprint() -> None:
    """The newest fingerprint counts; names do not touch each other; nothing else is kept."""
    kept, made = Kept(), []

    def ask(name: str, fingerprint: int) -> int:
        return kept.get(name, fingerprint, lambda: made.append((name, fingerprint)) or len(made))

    assert [ask("a", 1), ask("a", 1), ask("b", 1), ask("a", 2), ask("a", 1)] == [1, 1, 2, 3, 4]
    assert made == [("a", 1), ("b", 1), ("a", 2), ("a", 1)]


def test_counts_follow_hand_ins_and_people(portal, hand_in) -> None:
    """A hand-in and a move to another site show at the very next look."""

    def count() -> dict[tuple[str, str], int]:
        with portal.store.read() as db:
            return count_people(portal, db)[0]

    assert count() == {}
    hand_in(1)
    assert count() == {(SLUG, "jeju"): 1}
    with portal.store.write() as db:
        change_person(db, HANA.model_copy(update={"site": "busan"}))
    assert count() == {(SLUG, "busan"): 1}


def test_statistics_follow_results_and_people(portal, hand_in) -> None:
    """Every way in which results change gives another fingerprint; looking again gives the same."""
    seen = []

    def look() -> None:
        with portal.store.read() as db:
            found = fingerprint_scored_work(db, SLUG)
            assert fingerprint_scored_work(db, SLUG) == found
            assert fingerprint_scored_work(db, "another") == ()
        seen.append(found)

    look()
    uuid = hand_in(1)
    look()
    for change in ({"score": 25.0}, {"graded_at": portal.now() + timedelta(seconds=1)}):
        with portal.store.write() as db:
            db.execute(update(results).where(results.c.submission == uuid).values(**change))
        look()
    with portal.store.write() as db:
        change_person(db, HANA.model_copy(update={"site": "busan"}))
    look()
    hand_in(2)
    look()
    assert len(set(seen)) == len(seen) == 6


def test_the_statistics_page_is_computed_once(portal, sign_in, hand_in, monkeypatch) -> None:
    """Looking again reads no scores; a regraded hand-in does."""
    from grader.portal.routes import teach_progress

    reads: list[str] = []
    read = teach_progress.read_scored_work
    monkeypatch.setattr(
        teach_progress, "read_scored_work", lambda db, slug: reads.append(slug) or read(db, slug)
    )
    uuid, teacher = hand_in(1), sign_in(Access.INSTRUCTOR)
    pages = [teacher.get(f"/teach/statistics/{SLUG}").status_code for _ in range(3)]
    assert (pages, reads) == ([200] * 3, [SLUG])
    with portal.store.write() as db:
        later = portal.now() + timedelta(hours=1)
        db.execute(update(results).where(results.c.submission == uuid).values(graded_at=later))
    teacher.get(f"/teach/statistics/{SLUG}")
    assert reads == [SLUG] * 2
