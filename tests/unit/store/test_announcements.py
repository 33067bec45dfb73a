"""Announcements: who is told what, in which order, and how long."""

from __future__ import annotations

from datetime import UTC, datetime

from grader.store.announcements import (
    SHOWN,
    add_announcement,
    list_announcements,
    list_announcements_for,
    withdraw_announcement,
)
from grader.store.engine import Store
from grader.text import LocalText

NOW = datetime(2026, 5, 18, tzinfo=UTC)


def _text(name: str) -> LocalText:
    return LocalText(ko=f"공지 {name}", en=f"note {name}")


def test_people_are_told_what_is_for_all_their_site_and_their_cohort(store: Store) -> None:
    """Both must fit; somebody without cohort hears what is for all cohorts."""
    scopes = [("", ""), ("jeju", ""), ("busan", ""), ("", "a"), ("", "b"), ("jeju", "a"), ("jeju", "b")]
    with store.write() as db:
        for site, cohort in scopes:
            add_announcement(
                db, _text(f"{site}/{cohort}"), _text("x"), by="i", now=NOW, site=site, cohort=cohort
            )
        mine = [one.title.en for one in list_announcements_for(db, "jeju", "a", limit=9)]
        plain = [one.title.en for one in list_announcements_for(db, "busan", None)]
    assert mine == ["note jeju/a", "note /a", "note jeju/", "note /"]
    assert plain == ["note busan/", "note /"]


def test_withdrawn_ones_are_for_staff_only(store: Store) -> None:
    """Withdrawing twice does nothing the second time."""
    with store.write() as db:
        number = add_announcement(db, _text("a"), _text("b"), by="i", now=NOW)
        assert withdraw_announcement(db, number, now=NOW)
        assert not withdraw_announcement(db, number, now=NOW)
        assert list_announcements_for(db, "jeju", None) == []
        (kept,) = list_announcements(db)
    assert (kept.withdrawn_at, kept.body, kept.created_by) == (NOW, _text("b"), "i")


def test_lists_are_short_and_paged(store: Store) -> None:
    """Trainees see the newest few; staff page back through all."""
    with store.write() as db:
        numbers = [add_announcement(db, _text("a"), _text("b"), by="i", now=NOW) for _ in range(SHOWN + 2)]
        assert [one.id for one in list_announcements_for(db, "jeju", None)] == numbers[: -SHOWN - 1 : -1]
        assert [one.id for one in list_announcements(db, before=numbers[2])] == [numbers[1], numbers[0]]
