"""The roster: who takes the course, as a CSV file that a spreadsheet can write.

Knows the file's columns; must not know sites or roles of the programme. Ids become folder names, so
ids that some file system cannot hold are refused here, all at once and with their lines.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from grader.errors import InvalidContent, Problem, UsageError
from grader.grading.layout import normal_id, why_unusable, write_whole
from grader.model.work import Trainee

COLUMNS = ("id", "name", "site", "role", "language", "email")
REQUIRED = COLUMNS[:4]


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
    """Return the trainees and every problem."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        hint = "save it as “CSV UTF-8”; plain “CSV” is in another encoding"
        return (), [Problem(path, 0, "roster-encoding", "the roster is not UTF-8", hint)]
    reader = csv.DictReader(io.StringIO(text, newline=""))
    header = [(name or "").strip().lower() for name in reader.fieldnames or ()]
    reader.fieldnames = header
    problems = _check_header(header, path)
    if problems:
        return (), problems
    trainees: list[Trainee] = []
    seen: dict[str, int] = {}
    try:
        for row in reader:
            if any((value or "").strip() for key, value in row.items() if key is not None):
                _read_row(row, reader.line_num, path, trainees, seen, problems)
    except csv.Error as error:
        problems.append(
            Problem(path, reader.line_num, "roster-csv", str(error), "check the quotes in this line")
        )
    if not trainees and not problems:
        problems.append(
            Problem(path, 0, "roster-empty", "the roster names nobody", "add one line per trainee")
        )
    return tuple(trainees), problems


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
        if name not in COLUMNS
    ]
    if len(set(header)) < len(header):
        problems.append(Problem(path, 1, "roster-header", "a column stands twice", hint))
    return problems


def _read_row(
    row: dict[str, str],
    line: int,
    path: str,
    trainees: list[Trainee],
    seen: dict[str, int],
    problems: list[Problem],
) -> None:
    """Add the row's trainee, or what is wrong with it."""
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
    key = values["id"].casefold()
    if key in seen:
        hint = "every trainee needs an id of their own (upper and lower case count as equal)"
        message = f"id {values['id']!r} already stands in line {seen[key]}"
        problems.append(Problem(path, line, "roster-duplicate", message, hint))
        return
    seen[key] = line
    try:
        trainees.append(Trainee.model_validate({**values, "language": values.get("language") or "ko"}))
    except ValidationError as error:
        for fault in error.errors():
            column = ".".join(str(part) for part in fault["loc"])
            problems.append(
                Problem(path, line, "roster-value", f"{column}: {fault['msg']}", f"correct column {column!r}")
            )
