"""The glossary's CSV text becomes terms with their lines.

Knows the columns of `glossary.csv`; must not know files or what the terms are used for.
"""

from __future__ import annotations

import csv
import io

from grader.errors import Problem
from grader.manifest.material import GlossaryRow
from grader.model.course import Term

HEADER = ("ko", "en", "avoid_ko", "avoid_en", "note_ko", "note_en")


def parse_glossary(text: str, path: str) -> tuple[list[GlossaryRow], list[Problem]]:
    """Return the rows that can be used, and everything wrong with the others."""
    if not text.strip():
        return [], [
            Problem(path, 0, "empty-file", "the file is empty", f"Start it with `{','.join(HEADER)}`.")
        ]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[GlossaryRow] = []
    problems: list[Problem] = []
    line = 1
    try:
        for fields in reader:
            if line == 1:
                problems += _check_header(fields, path)
            elif any(field.strip() for field in fields):
                row, found = _read_row(fields, path, line)
                rows += [row] if row else []
                problems += found
            line = reader.line_num + 1  # of the next row: a quoted field may span lines
    except csv.Error as error:
        hint = 'Close every quote; write a quote inside a quoted field twice ("").'
        problems.append(Problem(path, line, "csv-row", f"this row cannot be read: {error}", hint))
    return ([] if any(problem.code == "csv-header" for problem in problems) else rows), problems


def _check_header(fields: list[str], path: str) -> list[Problem]:
    if tuple(fields) == HEADER:
        return []
    message = f"the header is `{','.join(fields)}`"
    return [Problem(path, 1, "csv-header", message, f"Make it exactly `{','.join(HEADER)}`.")]


def _read_row(fields: list[str], path: str, line: int) -> tuple[GlossaryRow | None, list[Problem]]:
    if len(fields) != len(HEADER):
        message = f"this row has {len(fields)} fields, the header has {len(HEADER)}"
        hint = "Give every row all fields (they may be empty); a text with a comma goes in double quotes."
        return None, [Problem(path, line, "csv-row", message, hint)]
    ko, en, avoid_ko, avoid_en, note_ko, note_en = (field.strip() for field in fields)
    empty = [name for name, value in (("Korean", ko), ("English", en)) if not value]
    if empty:
        message = f"this term has no {' and no '.join(empty)} word"
        return None, [Problem(path, line, "missing-language", message, "Fill in both `ko` and `en`.")]
    term = Term(
        ko=ko, en=en, avoid_ko=_words(avoid_ko), avoid_en=_words(avoid_en), note_ko=note_ko, note_en=note_en
    )
    return GlossaryRow(line, term), []


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split("|") if word.strip())
