"""Regrade requests: asked through the submission's owner, one open at a time, answered once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, insert

from grader.model.people import Person
from grader.store.engine import Store
from grader.store.people import add_people
from grader.store.regrade_requests import (
    MAX_TEXT,
    RequestState,
    answer_regrade_request,
    ask_for_regrade,
    find_regrade_request,
    list_own_requests,
    list_regrade_requests,
)
from grader.store.schema import submissions

NOW = datetime(2026, 5, 18, tzinfo=UTC)


@pytest.fixture
def filled(store: Store) -> Store:
    """Two people with one submission each."""
    with store.write() as db:
        for name in ("kim", "lee"):
            person = Person(id=name, name="가상", site="jeju", role="clinician")
            add_people(db, [person], NOW)
            _add_submission(db, name)
    return store


def _add_submission(db: Connection, person: str) -> None:
    row = {
        "uuid": person,
        "person": person,
        "assignment": "e3",
        "attempt": 1,
        "file_name": "a.ipynb",
        "digest": "0" * 64,
        "is_original_kept": True,
        "notebook_digest": "0" * 64,
        "size_bytes": 1,
        "received_at": NOW,
        "late_s": 0.0,
        "origin": "page",
        "notes": [],
    }
    db.execute(insert(submissions).values(row))


def test_asking_twice_is_asking_once(filled: Store) -> None:
    """Until it is answered; then another one may be asked."""
    with filled.write() as db:
        first = ask_for_regrade(db, "kim", "kim", "2번", now=NOW)
        assert first is not None
        assert ask_for_regrade(db, "kim", "kim", "3번", now=NOW) == first
        assert answer_regrade_request(db, first.id, RequestState.DECLINED, "그대로", by="g", now=NOW)
        second = ask_for_regrade(db, "kim", "kim", "x" * (MAX_TEXT + 1), now=NOW)
        assert second is not None
        assert len(second.text) == MAX_TEXT
        newest, oldest = list_own_requests(db, "kim", "kim")
    assert newest == second
    assert (oldest.text, oldest.state, oldest.answer, oldest.answered_by, oldest.answered_at) == (
        "2번",
        RequestState.DECLINED,
        "그대로",
        "g",
        NOW,
    )


def test_nobody_asks_about_other_peoples_work(filled: Store) -> None:
    """Nor about work that is not there, nor reads what others asked."""
    with filled.write() as db:
        assert ask_for_regrade(db, "kim", "lee", "?", now=NOW) is None
        assert ask_for_regrade(db, "kim", "nothing", "?", now=NOW) is None
        ask_for_regrade(db, "lee", "lee", "!", now=NOW)
        assert list_own_requests(db, "kim", "lee") == []


def test_a_request_is_answered_once(filled: Store) -> None:
    """The second grader learns that somebody was quicker."""
    with filled.write() as db:
        asked = ask_for_regrade(db, "kim", "kim", "2번", now=NOW)
        assert asked is not None
        assert answer_regrade_request(db, asked.id, RequestState.GRANTED, "예", by="g", now=NOW)
        later = NOW + timedelta(hours=1)
        assert not answer_regrade_request(db, asked.id, RequestState.DECLINED, "아니요", by="h", now=later)
        assert not answer_regrade_request(db, asked.id + 9, RequestState.DECLINED, "", by="h", now=later)
        kept = find_regrade_request(db, asked.id)
        assert kept is not None
        assert (kept.state, kept.answered_by) == (RequestState.GRANTED, "g")
        assert find_regrade_request(db, asked.id + 9) is None


def test_staff_page_through_requests_oldest_first(filled: Store) -> None:
    """Filtered by assignment and state, without skipping any."""
    with filled.write() as db:
        first = ask_for_regrade(db, "kim", "kim", "a", now=NOW)
        second = ask_for_regrade(db, "lee", "lee", "b", now=NOW)
        assert first is not None
        assert second is not None
        assert list_regrade_requests(db, limit=1) == [first]
        assert list_regrade_requests(db, after=first.id) == [second]
        assert list_regrade_requests(db, assignment="e4") == []
        answer_regrade_request(db, first.id, RequestState.GRANTED, "", by="g", now=NOW)
        assert list_regrade_requests(db, assignment="e3", state=RequestState.OPEN) == [second]
