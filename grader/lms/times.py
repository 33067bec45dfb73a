"""Times as platforms write them for people, in Korean and English. Knows text only."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = re.compile(
    r"(?P<before>오전|오후|am|pm)?\s*"
    r"(?P<hour>\d{1,2})(?::|시\s*)(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    r"분?\s*(?P<after>오전|오후|am|pm)?",
    re.IGNORECASE,
)
_NUMBERS_FIRST = re.compile(r"(?P<year>\d{4})\s*[년./-]\s*(?P<month>\d{1,2})\s*[월./-]\s*(?P<day>\d{1,2})")
_NAMED_MONTH = re.compile(r"(?P<day>\d{1,2})\s+(?P<month>[a-z]{3,9})\.?\s+(?P<year>\d{4})", re.IGNORECASE)
_AMERICAN = re.compile(r"(?P<month>[a-z]{3,9})\.?\s+(?P<day>\d{1,2}),?\s+(?P<year>\d{4})", re.IGNORECASE)


def parse_local_time(text: str, zone: tzinfo) -> datetime | None:
    """Return a time such as “2026년 11월 21일 토요일, 오후 5:30” or “Sat, 21 November 2026, 5:30 PM” in UTC.

    None if it is none of the forms known here: a wrong time would be worse than no time.
    """
    if len(text) > 200:
        return None
    date = _NUMBERS_FIRST.search(text) or _NAMED_MONTH.search(text) or _AMERICAN.search(text)
    clock = _CLOCK.search(text, date.end()) if date else None
    if date is None or clock is None:
        return None
    month = date["month"].casefold()
    number = int(month) if month.isdecimal() else _month_number(month)
    hour = _hour_of_day(int(clock["hour"]), (clock["before"] or clock["after"] or "").casefold())
    try:
        local = datetime(
            int(date["year"]),
            number,
            int(date["day"]),
            hour,
            int(clock["minute"]),
            int(clock["second"] or 0),
            tzinfo=zone,
        )
        return local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _month_number(name: str) -> int:
    return _MONTHS.index(name[:3]) + 1 if name[:3] in _MONTHS else 0


def _hour_of_day(hour: int, half: str) -> int:
    if half in ("오후", "pm"):
        return hour % 12 + 12 if hour <= 12 else hour
    return hour % 12 if half and hour <= 12 else hour
