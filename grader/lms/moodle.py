"""Moodle's downloads: everyone's submissions as a ZIP file, and the grading worksheet.

Knows how Moodle 3 to 4 name things; must not know how work is graded. The number in a folder's name belongs
to this one assignment and joins the ZIP file to the worksheet, nothing else. Headers are in the teacher's
language, so columns are found by what stands in them.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import BinaryIO

from grader.archives.limits import is_made_by_programs
from grader.archives.unpack import open_archive
from grader.errors import UsageError
from grader.lms.csvtext import CsvText
from grader.lms.incoming import (
    CLASS_LIMITS,
    Download,
    Incoming,
    member_time,
    read_member,
    unfold,
)
from grader.lms.returning import ReturnItem, ReturnStatus, Score, is_ours, parse_number, scale
from grader.lms.times import parse_local_time
from grader.lms.who import Doubt, Match, Stranger, match_people
from grader.model.work import Trainee

_ENTRY = re.compile(
    r"(?P<name>.*?)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)_?(?P<rest>.*)", re.DOTALL
)
_NUMBER = re.compile(r"\D*(\d+)")
_YES = {"yes", "예", "네", "ja", "oui", "sí", "si", "はい", "是", "1"}
_NO = {"no", "아니오", "아니요", "아님", "nein", "non", "いいえ", "否", "0"}
_HINT = "in Moodle choose “Download grading worksheet” and use that file as it is"


@dataclass(frozen=True)
class _Columns:
    """Where things stand in a worksheet, from 0."""

    email: int | None
    grade: int
    maximum: int
    changeable: int | None
    submitted: int | None
    feedback: int | None


@dataclass(frozen=True)
class Worksheet:
    """A grading worksheet as it was downloaded."""

    text: CsvText
    columns: _Columns
    people: Mapping[str, Stranger] = field(default_factory=dict)
    """By participant number."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """Participant number → row."""


def read_worksheet(content: bytes, file_name: str) -> Worksheet:
    """Read a worksheet; raise UsageError if it is not one, or not as Moodle wrote it."""
    text = CsvText(content, file_name)
    rows = [(number, row) for number, row in enumerate(text.rows) if number and any(row)]
    width = len(text.rows[0]) if text.rows else 0
    if text.delimiter != "," or width < 4 or any(len(row) != width for _, row in rows):
        raise UsageError(f"{file_name} is no grading worksheet as Moodle writes it", _HINT)
    numbers = [_NUMBER.fullmatch(row[0].strip()) for _, row in rows]
    if not rows or not all(numbers):
        raise UsageError(f"{file_name} does not begin with a column of participant numbers", _HINT)
    columns = _find_columns([row for _, row in rows], width, file_name)
    people: dict[str, Stranger] = {}
    lines: dict[str, int] = {}
    for (line, row), number in zip(rows, numbers, strict=True):
        key = number[1] if number else ""
        if key in lines:
            raise UsageError(f"{file_name}: participant {key} stands twice", _HINT)
        lines[key] = line
        email = row[columns.email].strip() if columns.email is not None else ""
        people[key] = Stranger(
            key, row[1].strip(), email, tuple(filter(None, map(str.strip, row[2 : columns.grade])))
        )
    return Worksheet(text, columns, people, lines)


def _find_columns(rows: list[list[str]], width: int, file_name: str) -> _Columns:
    """Find columns by content: a number that all share, beside it grades, then yes or no, then a time."""
    by_column = [[row[at].strip() for row in rows] for at in range(width)]
    found = [at for at in range(width - 1, 1, -1) if _is_maximum(by_column, at)]
    # A person's comment may be a number as well; only the maximum has the answer beside it.
    maximum = next((at for at in found if _is_answer(by_column, at + 1)), next(iter(found), None))
    if maximum is None:
        hint = "grade the assignment in points, not with a scale; then " + _HINT
        raise UsageError(f"{file_name}: no column of maximum grades was found", hint)
    after = maximum + 1
    has_answer = _is_answer(by_column, after)
    submitted = after + 1 if has_answer and after + 1 < width else None
    emails = (
        at for at in range(1, maximum) if any(by_column[at]) and _all(by_column[at], r"|[^@\s]+@[^@\s]+")
    )
    last = width - 1
    is_feedback = last > maximum + 2 and not any(
        value == "-" or _looks_like_time(value) for value in by_column[last]
    )
    return _Columns(
        email=next(emails, None),
        grade=maximum - 1,
        maximum=maximum,
        changeable=after if has_answer else None,
        submitted=submitted,
        feedback=last if is_feedback else None,
    )


def _is_maximum(by_column: list[list[str]], at: int) -> bool:
    values = {parse_number(value) for value in by_column[at]}
    grades = by_column[at - 1]
    shared = values.pop() if len(values) == 1 else None
    return bool(shared and shared > 0) and all(
        value in ("", "-") or parse_number(value) is not None for value in grades
    )


def _is_answer(by_column: list[list[str]], at: int) -> bool:
    """Return whether a column answers yes or no, in whatever language."""
    return at < len(by_column) and all(re.fullmatch(r"(?!-$)(?!.*\d{2}).+", value) for value in by_column[at])


def _all(values: list[str], pattern: str) -> bool:
    return all(re.fullmatch(pattern, value) for value in values)


def _looks_like_time(value: str) -> bool:
    return parse_local_time(value, UTC) is not None


def open_submissions(
    stream: BinaryIO,
    worksheet: Worksheet | None,
    roster: Sequence[Trainee],
    settled: Mapping[str, str],
    zone: tzinfo,
) -> Download:
    """Open “Download all submissions”, packed in folders or not; `zone` is the teacher's.

    Without the worksheet there are only names to go by, and no times.
    """
    archive = open_archive(stream, CLASS_LIMITS)
    entries = [
        (member, found)
        for member in archive.members
        if not is_made_by_programs(member.path) and (found := _ENTRY.fullmatch(member.path))
    ]
    if not entries:
        hint = "in Moodle choose “Download all submissions” and name that ZIP file"
        raise UsageError("no submission was found in the download", hint)
    people = dict(worksheet.people) if worksheet else {}
    for _, entry in entries:
        # Whoever unpacks and packs again puts a folder around everything.
        name = entry["name"].rsplit("/", 1)[-1]
        people.setdefault(entry["number"], Stranger(entry["number"], name))
    entries.sort(key=lambda pair: int(pair[1]["number"]))
    matches = match_people(people.values(), roster, settled)

    def files() -> Iterator[Incoming]:
        for member, entry in entries:
            at = _submitted_at(worksheet, entry["number"], zone)
            path = entry["rest"].lstrip("/") or "file"
            content = read_member(archive, member)
            yield from unfold(
                Incoming(matches[entry["number"]], path, content, at, member_time(member, zone))
            )

    return Download(matches, files())


def _submitted_at(worksheet: Worksheet | None, key: str, zone: tzinfo) -> datetime | None:
    if worksheet is None or worksheet.columns.submitted is None or key not in worksheet.lines:
        return None
    return parse_local_time(worksheet.text.rows[worksheet.lines[key]][worksheet.columns.submitted], zone)


def fill_worksheet(
    worksheet: Worksheet, matches: Mapping[str, Match], scores: Mapping[str, Score]
) -> tuple[bytes, list[ReturnItem]]:
    """Return the worksheet with grades and comments, and what became of each line.

    Scores are scaled to the line's maximum grade. Lines whose grade cannot be changed are left alone, and so
    is a comment that a person wrote in Moodle.
    """
    rows = worksheet.text.rows
    items = [
        _fill_line(worksheet, rows[line], line, matches[key], scores) for key, line in worksheet.lines.items()
    ]
    return worksheet.text.write(), items


def _fill_line(
    worksheet: Worksheet, row: list[str], line: int, match: Match, scores: Mapping[str, Score]
) -> ReturnItem:
    columns = worksheet.columns
    if isinstance(match.who, Doubt):
        return ReturnItem(match, ReturnStatus.DOUBT)
    score = scores.get(match.who)
    if score is None:
        return ReturnItem(match, ReturnStatus.NO_GRADE)
    answer = row[columns.changeable].strip().casefold() if columns.changeable is not None else "yes"
    if answer not in _YES:
        return ReturnItem(match, ReturnStatus.LOCKED if answer in _NO else ReturnStatus.MAYBE_LOCKED, answer)
    grade = scale(score, parse_number(row[columns.maximum]) or 0.0)
    changed = False
    if parse_number(row[columns.grade]) != float(grade):
        changed = worksheet.text.replace(line, columns.grade, grade)
    if columns.feedback is not None and score.comment and is_ours(row[columns.feedback]):
        changed |= worksheet.text.replace(line, columns.feedback, html.escape(score.comment, quote=False))
    status = ReturnStatus.WRITTEN if changed else ReturnStatus.UNCHANGED
    before = row[columns.grade].strip()
    return ReturnItem(match, status, f"{before} → {grade}" if before and changed else grade)


def name_feedback(
    worksheet: Worksheet, matches: Mapping[str, Match], read_pages: Callable[[str], Mapping[str, bytes]]
) -> Iterator[tuple[str, bytes]]:
    """Give the files of “Upload multiple feedback files in a zip”; `read_pages` gives a trainee's, by name.

    Moodle takes a name apart at its underscores and goes by the number alone. It reads folders as well, but
    versions before 4.1 name those otherwise; this form is the same for all.
    """
    for key, stranger in worksheet.people.items():
        who = matches[key].who
        if isinstance(who, Doubt):
            continue
        name = re.sub(r'[_\\/:*?"<>|\s]+', " ", stranger.name).strip(" .") or "-"
        for file_name, page in read_pages(who).items():
            yield f"{name}_{key}_assignsubmission_file_{file_name.replace('/', '-')}", page
