"""Dates and durations as people say them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from grader.site import words
from grader.text import Language


@pytest.mark.parametrize(
    ("minutes", "ko", "en"),
    [(0, "0분", "0 min"), (45, "45분", "45 min"), (60, "1시간", "1 h"), (95, "1시간 35분", "1 h 35 min")],
)
def test_duration(minutes: int, ko: str, en: str) -> None:
    """Whole hours have no minutes; nothing is 0 hours long."""
    assert (words.duration(minutes, Language.KO), words.duration(minutes, Language.EN)) == (ko, en)


def test_day_has_its_weekday() -> None:
    """24 April 2026 is a Friday, in both languages and in any locale of the machine."""
    day = date(2026, 4, 24)
    assert words.day(day, Language.KO) == "2026년 4월 24일(금)"
    assert words.day(day, Language.EN) == "Fri 24 April 2026"


def test_moments_are_told_in_the_programme_timezone() -> None:
    """A time given in another zone is shown as the clock on the wall in Seoul, next day included."""
    due = datetime.fromisoformat("2026-12-31T16:30:00+00:00")
    assert words.moment(due, "Asia/Seoul", Language.KO) == "2027년 1월 1일(금) 01:30"
    assert words.moment(due, "Asia/Seoul", Language.EN) == "Fri 1 January 2027, 01:30"
