"""Canvas's downloads: everyone's submissions as a ZIP file, and the gradebook CSV.

Knows how Canvas names things; must not know how work is graded. An assignment's column is found by the number
in its title, “Title (12345)”: a title without its number would become a new assignment on import.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
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
from grader.lms.returning import ReturnItem, ReturnStatus, Score, parse_number, scale
from grader.lms.who import Doubt, Match, Stranger, fold, match_people
from grader.model.work import Trainee
from grader.text import LocalText

_TITLE = re.compile(r"(?P<title>.*) \((?P<number>\d+)\)", re.DOTALL)
_NUMBERS = re.compile(r"(?=_(?P<user>\d+)_(?P<attachment>\d+)_(?P<file>.+))", re.DOTALL)
_TEXT = re.compile(r"(?P<name>.*)_(?P<user>\d+)_(?P<file>text\.html)", re.DOTALL)
_ANONYMOUS = re.compile(r"anon_(?P<user>[0-9A-Za-z]+?)(?P<late>_LATE)?(?:_\d+)?_\d+_(?P<file>.+)", re.DOTALL)
_LATE = "_LATE"
LATE_NOTE = LocalText(ko="Canvas에서 늦음으로 표시했습니다", en="Canvas marked it as late")
_HINT = "in Canvas choose Grades → Export, and use that file as it is"


@dataclass(frozen=True)
class Gradebook:
    """A gradebook as it was exported."""

    text: CsvText
    people: Mapping[str, Stranger]
    """By Canvas user id."""
    lines: Mapping[str, int]
    """Canvas user id → row."""
    points_line: int | None
    """Row of “Points Possible”."""


def read_gradebook(content: bytes, file_name: str) -> Gradebook:
    """Read a gradebook; raise UsageError if it is not one."""
    text = CsvText(content, file_name)
    header = text.rows[0] if text.rows else []
    if header[:2] != ["Student", "ID"]:
        raise UsageError(f"{file_name} is no Canvas gradebook: it does not begin with Student,ID", _HINT)
    other = [at for at, name in enumerate(header) if at > 1 and name.startswith(("SIS ", "Integration ID"))]
    people: dict[str, Stranger] = {}
    lines: dict[str, int] = {}
    points_line = None
    for line, row in enumerate(text.rows[1:], start=1):
        if not any(row):
            continue
        if len(row) != len(header):
            raise UsageError(f"{file_name}: row {line + 1} has another number of columns", _HINT)
        if row[0].strip().casefold() == "points possible":
            points_line = line
        elif row[1].strip().isdecimal():
            key = row[1].strip()
            if key in lines:
                raise UsageError(f"{file_name}: user {key} stands twice", _HINT)
            ids = tuple(row[at].strip() for at in other if row[at].strip())
            email = next((one for one in ids if "@" in one), "")
            people[key], lines[key] = Stranger(key, row[0].strip(), email, ids), line
    return Gradebook(text, people, lines, points_line)


@dataclass(frozen=True)
class _Named:
    """What an entry's name tells."""

    name: str
    user: str
    late: bool
    file: str


def _read_name(path: str, people: Mapping[str, Stranger]) -> _Named | None:
    """Take a name apart: `<sortable name>[_LATE]_<user>_<attachment>_<file>`.

    Names of people and files may hold numbers between underscores as well: a user of the gradebook decides,
    and if several could be meant the one of that name; else the first place that fits. Nobody can be taken
    for somebody else by putting a number into their own name.
    """
    path = path.rsplit("/", 1)[-1]  # Canvas makes no folders; whoever packs again does
    anonymous = _ANONYMOUS.fullmatch(path)
    if anonymous:
        user = f"anon_{anonymous['user']}"
        return _Named("", user, bool(anonymous["late"]), anonymous["file"])
    places = list(_NUMBERS.finditer(path))
    users = [one for one in places if one["user"] in people]
    if len(users) > 1:
        before = {one: path[: one.start()].removesuffix(_LATE) for one in users}
        users = [one for one in users if _squeeze(people[one["user"]].name) == _squeeze(before[one])]
        if len(users) != 1:
            return _Named(path, path, late=False, file=path)
    chosen = next(iter(users or places), None)
    found = chosen or _TEXT.fullmatch(path)
    if found is None:
        return None
    name = path[: chosen.start()] if chosen else found["name"]
    return _Named(name.removesuffix(_LATE), found["user"], name.endswith(_LATE), found["file"])


def _squeeze(name: str) -> str:
    """Return a name as Canvas writes it into an entry's."""
    return re.sub(r"[\W_]", "", fold(name))


def open_submissions(
    stream: BinaryIO,
    gradebook: Gradebook | None,
    roster: Sequence[Trainee],
    settled: Mapping[str, str],
    zone: tzinfo,
) -> Download:
    """Open “Download Submissions”. Canvas tells no time there, only that something was late."""
    archive = open_archive(stream, CLASS_LIMITS)
    people = dict(gradebook.people) if gradebook else {}
    known = dict(people)
    entries = [
        (member, found)
        for member in archive.members
        if not is_made_by_programs(member.path)
        and (found := _read_name(member.path, known))
        and not is_made_by_programs(found.file)
    ]
    if not entries:
        hint = "in Canvas choose “Download Submissions” and name that ZIP file"
        raise UsageError("no submission was found in the download", hint)
    for _, entry in entries:
        people.setdefault(entry.user, Stranger(entry.user, entry.name))
    entries.sort(key=lambda pair: pair[1].user)
    matches = match_people(people.values(), roster, settled)

    def files() -> Iterator[Incoming]:
        for member, entry in entries:
            notes = (LATE_NOTE,) if entry.late else ()
            content = read_member(archive, member)
            changed_at = member_time(member, zone)
            yield from unfold(Incoming(matches[entry.user], entry.file, content, None, changed_at, notes))

    return Download(matches, files())


def find_column(gradebook: Gradebook, titles: Collection[str]) -> int:
    """Return an assignment's column by its number or one of its titles; raise UsageError if not just one."""
    header = gradebook.text.rows[0]
    columns = {at: found for at, name in enumerate(header) if (found := _TITLE.fullmatch(name.strip()))}
    wanted = {_plain(title) for title in titles}
    fitting = [
        at
        for at, found in columns.items()
        if wanted & {_plain(found["title"]), found["number"], _plain(found[0])}
    ]
    if len(fitting) != 1:
        known = "; ".join(found[0] for found in columns.values()) or "none"
        found_text = "several columns fit" if fitting else "no column fits"
        raise UsageError(f"{found_text} {', '.join(sorted(titles))}", f"name one with --column: {known}")
    return fitting[0]


def _plain(title: str) -> str:
    return " ".join(title.casefold().split())


def fill_gradebook(
    gradebook: Gradebook, column: int, matches: Mapping[str, Match], scores: Mapping[str, Score]
) -> tuple[bytes, list[ReturnItem]]:
    """Return the gradebook with grades in one column, and what became of each line.

    Scores are scaled to “Points Possible”. A gradebook has no place for comments.
    """
    rows = gradebook.text.rows
    points = parse_number(rows[gradebook.points_line][column]) if gradebook.points_line is not None else None
    if not points:
        raise UsageError(f"the gradebook says no points possible for {rows[0][column]!r}", _HINT)
    items = [
        _fill_line(gradebook, line, column, matches[key], scores, points)
        for key, line in gradebook.lines.items()
    ]
    return gradebook.text.write(), items


def _fill_line(
    gradebook: Gradebook, line: int, column: int, match: Match, scores: Mapping[str, Score], points: float
) -> ReturnItem:
    if isinstance(match.who, Doubt):
        return ReturnItem(match, ReturnStatus.DOUBT)
    score = scores.get(match.who)
    if score is None:
        return ReturnItem(match, ReturnStatus.NO_GRADE)
    before = gradebook.text.rows[line][column].strip()
    grade = scale(score, points)
    if parse_number(before) == float(grade):
        return ReturnItem(match, ReturnStatus.UNCHANGED, grade)
    gradebook.text.replace(line, column, grade)
    return ReturnItem(match, ReturnStatus.WRITTEN, f"{before} → {grade}" if before else grade)
