"""Times that platforms write for people."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from grader.lms.times import parse_local_time

SEOUL = ZoneInfo("Asia/Seoul")


@pytest.mark.parametrize(
    "text",
    [
        "2026년 11월 21일 토요일, 오후 5:30",
        "2026년 11월 21일 토요일, 05:30 오후",
        "2026년 11월 21일 오후 5시 30분",
        "2026년 11월 21일 토요일, 5:30 PM",
        "Saturday, 21 November 2026, 5:30 PM",
        "Sat, 21 Nov 2026, 17:30",
        "November 21, 2026, 5:30 pm",
        "2026-11-21 17:30",
        "2026. 11. 21 17:30:00",
    ],
)
def test_known_forms_are_read(text: str) -> None:
    """Korean and English, with either half of the day in words or not."""
    at = parse_local_time(text, SEOUL)
    assert at is not None
    assert at.isoformat() == "2026-11-21T08:30:00+00:00"


@pytest.mark.parametrize(
    ("text", "hour"), [("2026-11-21 오전 12:05", 15), ("2026-11-21 12:05 PM", 3), ("2026-11-21 00:05", 15)]
)
def test_noon_and_midnight(text: str, hour: int) -> None:
    """Twelve in the morning is midnight."""
    at = parse_local_time(text, SEOUL)
    assert at is not None
    assert at.hour == hour


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "21/11/26 5:30",
        "2026년 13월 1일 5:30",
        "Samstag, 21. Foo 2026, 17:30",
        "2026-11-21",
        "9" * 300,
    ],
)
def test_anything_else_is_no_time(text: str) -> None:
    """A wrong time would be worse than none."""
    assert parse_local_time(text, SEOUL) is None
