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

from grader.errors import InvalidContent, UsageError
from grader.grading.layout import normal_id, why_unusable, write_whole
from grader.grading.roster_words import RosterFault, RosterTrouble, explain_fault, explain_value
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
    faults: tuple[RosterFault, ...]


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
    trainees, faults = parse_roster(content)
    if faults:
        raise InvalidContent([fault.as_problem(path.name) for fault in faults])
    return trainees


def write_roster(path: Path, trainees: Iterable[Trainee]) -> None:
    """Write the roster with a BOM, so that spreadsheets show Korean names."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for trainee in trainees:
        writer.writerow([str(getattr(trainee, column)) for column in COLUMNS])
    write_whole(path, text.getvalue().encode("utf-8-sig"))


def parse_roster(content: bytes) -> tuple[tuple[Trainee, ...], tuple[RosterFault, ...]]:
    """Return the trainees, without staff who stand on a portal's roster too, and every fault."""
    roster = parse_people(content)
    fields = set(Trainee.model_fields)
    trainees = tuple(
        Trainee.model_validate(person.model_dump(include=fields))
        for person in roster.people
        if person.access is Access.TRAINEE
    )
    return trainees, roster.faults


def parse_people(content: bytes) -> Roster:
    """Return everybody on a roster and every fault."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _failed(explain_fault(_guess_encoding(content)))
    reader = csv.DictReader(io.StringIO(text, newline=""))
    people: dict[int, Person] = {}
    faults: list[RosterFault] = []
    try:
        header = [(name or "").strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = header
        wrong = _check_header(header)
        if wrong:
            return _failed(*wrong)
        seen: dict[str, int] = {}
        for row in reader:
            if any((value or "").strip() for key, value in row.items() if key is not None):
                _read_row(row, reader.line_num, people, seen, faults)
    except csv.Error:
        faults.append(explain_fault(RosterTrouble.CSV, reader.line_num))
    if not people and not faults:
        faults.append(explain_fault(RosterTrouble.EMPTY))
    columns = frozenset(reader.fieldnames or ())
    return Roster(tuple(people.values()), tuple(people), columns, tuple(faults))


def _failed(*faults: RosterFault) -> Roster:
    return Roster((), (), frozenset(), faults)


def _guess_encoding(content: bytes) -> RosterTrouble:
    """Return what a file that is not UTF-8 seems to be."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return RosterTrouble.UTF16
    try:
        content.decode("cp949")
    except UnicodeDecodeError:
        return RosterTrouble.ENCODING
    return RosterTrouble.CP949


def _check_header(header: list[str]) -> list[RosterFault]:
    missing = [name for name in REQUIRED if name not in header]
    unknown = [name for name in header if name not in PORTAL_COLUMNS]
    faults = [explain_fault(RosterTrouble.COLUMN_MISSING, 1, name=name) for name in missing]
    faults += [explain_fault(RosterTrouble.COLUMN_UNKNOWN, 1, name=name) for name in unknown]
    if len(set(header)) < len(header):
        faults.append(explain_fault(RosterTrouble.COLUMN_TWICE, 1))
    return faults


def _read_row(
    row: dict[str, str],
    line: int,
    people: dict[int, Person],
    seen: dict[str, int],
    faults: list[RosterFault],
) -> None:
    """Add the row's person under their line, or what is wrong with it."""
    if row.get(None):  # type: ignore[call-overload]  # DictReader's key for surplus values
        faults.append(explain_fault(RosterTrouble.SURPLUS, line))
        return
    values = {key: (value or "").strip() for key, value in row.items()}
    values["id"] = normal_id(values["id"])
    why = why_unusable(values["id"])
    if why is not None:
        faults.append(explain_fault(RosterTrouble.ID, line, "id", id=values["id"], why=why))
        return
    # Folder names of Windows and macOS do not tell upper from lower case.
    key = fold_id(values["id"])
    if key in seen:
        faults.append(explain_fault(RosterTrouble.DUPLICATE, line, "id", id=values["id"], first=seen[key]))
        return
    seen[key] = line
    try:
        people[line] = Person.model_validate(_with_defaults(values))
    except ValidationError as error:
        faults += [explain_value(str(each["loc"][0]), each["input"], line) for each in error.errors()]


def _with_defaults(values: dict[str, str]) -> dict[str, str | None]:
    """Return a row's values with what an empty cell means."""
    return {
        **values,
        "language": values.get("language") or "ko",
        "cohort": values.get("cohort") or None,
        "access": (values.get("access") or Access.TRAINEE).lower(),
    }
