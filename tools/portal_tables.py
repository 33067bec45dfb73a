"""portal_tables.py RECORD: write the table of docs/*/reference/portal.md from what the benchmarks measured.

RECORD is the file that `benchmarks/portal_hand_ins.py` (once more with `--form`) and
`benchmarks/portal_pages.py` (once more with `--postgres`) kept with `--record`. Knows the record's shape and
the words of both languages; must not measure anything. What was not measured shows as a dash, never as an
older number.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from page_tables import Row, fill_tables, find_old_pages, report_old, write_pages

from grader.text import Language

PAGE = "reference/portal.md"
DATABASES = ("sqlite", "postgresql")
NONE = "–"
_HEAD = {
    Language.KO: ("잰 것", "SQLite", "PostgreSQL"),
    Language.EN: ("Measured", "SQLite", "PostgreSQL"),
}
_TIMES = ("그때 접수증까지 p50, p99", "Time to the receipt meanwhile, p50 and p99")
_HAND_INS = (
    (
        "hand-ins",
        "steady",
        "per_s",
        "200명이 쉬지 않고 제출: 초당 받은 제출",
        "200 people hand in without a pause: receipts per second",
    ),
    ("hand-ins", "steady", "times", *_TIMES),
    (
        "hand-ins",
        "rush",
        "receipts",
        "60초에 몰린 제출 2,000건 가운데 접수증을 받은 것",
        "Of 2,000 hand-ins within 60 seconds, those with a receipt",
    ),
    ("hand-ins", "rush", "times", *_TIMES),
    (
        "hand-ins-by-form",
        "rush",
        "receipts",
        "같은 2,000건을 화면의 제출 양식으로 보냈을 때 접수증을 받은 것",
        "Of the same 2,000 sent by the page's form, those with a receipt",
    ),
    ("hand-ins-by-form", "rush", "times", *_TIMES),
)
_FAULTS = ("접수증이나 파일이 어긋난 것", "Receipts or files that are wrong")
_ROLES = {
    "trainee": ("교육생", "Trainees'"),
    "instructor": ("강사", "Instructors'"),
    "grader": ("채점자", "Graders'"),
    "operator": ("운영자", "Operators'"),
}
_PAGES = (
    ("typical", "{} 화면, 보통: p50, p95", "{} pages, typical: p50 and p95"),
    ("slowest", "{} 화면, 가장 느림: p50, p95", "{} pages, slowest: p50 and p95"),
)


def fill_page(text: str, language: Language, record: Mapping[str, Any]) -> str:
    """Return the page with its table written anew."""
    return fill_tables(text, lambda name: make_rows(record, language) if name == "portal" else None)


def make_rows(record: Mapping[str, Any], language: Language) -> Iterable[Row]:
    """Return the head and the rows of the table."""
    return [_HEAD[language], *_hand_in_rows(record, language), *_page_rows(record, language)]


def _hand_in_rows(record: Mapping[str, Any], language: Language) -> Iterator[Row]:
    at = list(Language).index(language)
    for way, phase, figure, *words in _HAND_INS:
        found = [record.get(way, {}).get(database) for database in DATABASES]
        yield words[at], *(_write_figure(one[phase], figure, language) if one else NONE for one in found)
    yield _FAULTS[at], *(_count_faults(record, database) for database in DATABASES)


def _count_faults(record: Mapping[str, Any], database: str) -> str:
    ways = [record.get(way, {}).get(database) for way in ("hand-ins", "hand-ins-by-form")]
    found = [one["faults"] for one in ways if one]
    return f"{sum(found):,}" if found else NONE


def _write_figure(sent: Mapping[str, float], figure: str, language: Language) -> str:
    if figure == "times":
        return f"{_seconds(sent['p50_ms'], language)}, {_seconds(sent['p99_ms'], language)}"
    return f"{sent[figure]:,.0f}"


def _seconds(ms: float, language: Language) -> str:
    if ms < 1000:
        return f"{ms:.0f} ms"
    return f"{ms / 1000:.1f}초" if language is Language.KO else f"{ms / 1000:.1f} s"


def _page_rows(record: Mapping[str, Any], language: Language) -> Iterator[Row]:
    at = list(Language).index(language)
    for role, names in _ROLES.items():
        for which, *words in _PAGES:
            cells = (_write_page(record.get("pages", {}).get(one, []), role, which) for one in DATABASES)
            yield words[at].format(names[at]), *cells


def _write_page(pages: Iterable[Mapping[str, Any]], role: str, which: str) -> str:
    """Return p50 and p95 of a role's slowest page, with its address, or of the one in the middle."""
    own = sorted((page for page in pages if page["role"] == role), key=lambda page: float(page["p95_ms"]))
    if not own:
        return NONE
    chosen = own[-1] if which == "slowest" else own[len(own) // 2]
    times = f"{chosen['p50_ms']:.0f}, {chosen['p95_ms']:.0f} ms"
    return f"{times} (`{chosen['address'].split('?')[0]}`)" if which == "slowest" else times


def main() -> int:
    """Write the table, or compare it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("record", type=Path)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a number differs")
    options = parser.parse_args()
    record = json.loads(options.record.read_text(encoding="utf-8"))

    def fill(text: str, language: Language) -> str:
        return fill_page(text, language, record)

    if options.check:
        return report_old(find_old_pages(PAGE, fill))
    write_pages(PAGE, fill)
    return 0


if __name__ == "__main__":
    sys.exit(main())
