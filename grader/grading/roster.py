"""The roster: who takes the course, as a CSV file that a spreadsheet can write.

Knows the file's columns; must not know sites or roles of the programme. Ids become folder names, so
ids that some file system cannot hold are refused here, all at once and with their lines. The same file
serves `medai grade`, which needs trainees, and the portal, which needs everybody who signs in.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from grader.errors import InvalidContent, Problem, UsageError
from grader.grading.layout import normal_id, why_unusable, write_whole
from grader.model.people import Access, Person, fold_id
from grader.model.work import Trainee

COLUMNS = ("id", "name", "site", "role", "language", "email")
REQUIRED = COLUMNS[:4]
PORTAL_COLUMNS = (*COLUMNS, "cohort", "access")


@dataclass(frozen=True)
class Roster:
    """What a roster file says."""

    people: tuple[Person, ...]
    lines: tuple[int, ...]
    """Where each person stands, from 1."""
    columns: frozenset[str]
    """Which columns the file has: what it does not speak of stays as it is."""
    problems: tuple[Problem, ...]


def read_roster(path: Path) -> tuple[Trainee, ...]:
    """Read the roster; raise InvalidContent with every problem, or UsageError without a file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(
            f"there is no roster at {path}", f"write a CSV file with the columns {','.join(COLUMNS)}"
        ) from None
    except OSError as error:
        raise UsageError(f"the roster {path} cannot be read: {error.strerror}", "check the path") from None
    trainees, problems = parse_roster(content, path.name)
    if problems:
        raise InvalidContent(problems)
    return trainees


def write_roster(path: Path, trainees: Iterable[Trainee]) -> None:
    """Write the roster with a BOM, so that spreadsheets show Korean names."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for trainee in trainees:
        writer.writerow([str(getattr(trainee, column)) for column in COLUMNS])
    write_whole(path, text.getvalue().encode("utf-8-sig"))


def parse_roster(content: bytes, path: str) -> tuple[tuple[Trainee, ...], list[Problem]]:
    """Return the trainees, without staff who stand on a portal's roster too, and every problem."""
    roster = parse_people(content, path)
    fields = set(Trainee.model_fields)
    trainees = tuple(
        Trainee.model_validate(person.model_dump(include=fields))
        for person in roster.people
        if person.access is Access.TRAINEE
    )
    return trainees, list(roster.problems)


def parse_people(content: bytes, path: str) -> Roster:
    """Return everybody on a roster and every problem."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _failed(Problem(path, 0, "roster-encoding", *_explain_encoding(content)))
    reader = csv.DictReader(io.StringIO(text, newline=""))
    people: dict[int, Person] = {}
    problems: list[Problem] = []
    try:
        header = [(name or "").strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = header
        faults = _check_header(header, path)
        if faults:
            return _failed(*faults)
        seen: dict[str, int] = {}
        for row in reader:
            if any((value or "").strip() for key, value in row.items() if key is not None):
                _read_row(row, reader.line_num, path, people, seen, problems)
    except csv.Error as error:
        problems.append(
            Problem(path, reader.line_num, "roster-csv", str(error), "check the quotes in this line")
        )
    if not people and not problems:
        problems.append(
            Problem(path, 0, "roster-empty", "the roster names nobody", "add one line per trainee")
        )
    columns = frozenset(reader.fieldnames or ())
    return Roster(tuple(people.values()), tuple(people), columns, tuple(problems))


def _failed(*problems: Problem) -> Roster:
    return Roster((), (), frozenset(), problems)


def _explain_encoding(content: bytes) -> tuple[str, str]:
    """Return what is wrong with a file that is not UTF-8, and what to do."""
    hint = "save it as “CSV UTF-8”; plain “CSV” is in another encoding"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "the roster is UTF-16, which spreadsheets call “Unicode text”", hint
    try:
        content.decode("cp949")
    except UnicodeDecodeError:
        return "the roster is not UTF-8", hint
    return "the roster is CP949, as a Korean spreadsheet's plain “CSV” is", hint


def _check_header(header: list[str], path: str) -> list[Problem]:
    hint = f"the first line must be {','.join(COLUMNS)}"
    problems = [
        Problem(path, 1, "roster-header", f"column {name!r} is missing", hint)
        for name in REQUIRED
        if name not in header
    ]
    problems += [
        Problem(path, 1, "roster-header", f"unknown column {name!r}", hint)
        for name in header
        if name not in PORTAL_COLUMNS
    ]
    if len(set(header)) < len(header):
        problems.append(Problem(path, 1, "roster-header", "a column stands twice", hint))
    return problems


def _read_row(
    row: dict[str, str],
    line: int,
    path: str,
    people: dict[int, Person],
    seen: dict[str, int],
    problems: list[Problem],
) -> None:
    """Add the row's person under their line, or what is wrong with it."""
    if row.get(None):  # type: ignore[call-overload]  # DictReader's key for surplus values
        hint = "put values with commas in quotes"
        problems.append(Problem(path, line, "roster-row", "the line has more values than columns", hint))
        return
    values = {key: (value or "").strip() for key, value in row.items()}
    values["id"] = normal_id(values["id"])
    why = why_unusable(values["id"])
    if why:
        hint = "ids become folder names: letters of any script, digits, spaces, - and _ are fine"
        problems.append(Problem(path, line, "roster-id", f"id {values['id']!r} cannot be used: {why}", hint))
        return
    # Folder names of Windows and macOS do not tell upper from lower case.
    key = fold_id(values["id"])
    if key in seen:
        hint = "everybody needs an id of their own (upper and lower case count as equal)"
        message = f"id {values['id']!r} already stands in line {seen[key]}"
        problems.append(Problem(path, line, "roster-duplicate", message, hint))
        return
    seen[key] = line
    try:
        people[line] = Person.model_validate(_with_defaults(values))
    except ValidationError as error:
        for fault in error.errors():
            column = ".".join(str(part) for part in fault["loc"])
            problems.append(
                Problem(path, line, "roster-value", f"{column}: {fault['msg']}", f"correct column {column!r}")
            )


def _with_defaults(values: dict[str, str]) -> dict[str, str | None]:
    """Return a row's values with what an empty cell means."""
    return {
        **values,
        "language": values.get("language") or "ko",
        "cohort": values.get("cohort") or None,
        "access": (values.get("access") or Access.TRAINEE).lower(),
    }
