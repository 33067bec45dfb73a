"""CSV of which single cells are replaced while every other byte stays as it is.

Knows delimiters, quotes and line ends; must not know what columns mean. Other platforms match their own files
by header and by untouched cells, so a file that a CSV library wrote again would not be theirs any more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from grader.errors import UsageError

BOM = b"\xef\xbb\xbf"
MAX_BYTES = 50_000_000


@dataclass(frozen=True)
class _Cell:
    """One field: what it means and where its characters, quotes included, stand in the text."""

    value: str
    start: int
    end: int


class CsvText:
    """A CSV file's text with changes to single cells."""

    def __init__(self, content: bytes, file_name: str) -> None:
        """Read the file; raise UsageError if it is not UTF-8 or not CSV."""
        if len(content) > MAX_BYTES:
            raise UsageError(f"{file_name} has more than {MAX_BYTES:,} bytes", "name the platform's CSV file")
        self._has_bom = content.startswith(BOM)
        try:
            self._text = content.removeprefix(BOM).decode()
        except UnicodeDecodeError:
            hint = "download it again and do not save it in a spreadsheet, which changes its encoding"
            raise UsageError(f"{file_name} is not UTF-8", hint) from None
        self.delimiter = _find_delimiter(self._text)
        self._cells = _split(self._text, self.delimiter, file_name)
        self._changes: dict[tuple[int, int], str] = {}

    @cached_property
    def rows(self) -> list[list[str]]:
        """Values as they were read, row by row, changes or not; empty lines are rows of one empty value."""
        return [[cell.value for cell in row] for row in self._cells]

    def replace(self, row: int, column: int, value: str) -> bool:
        """Change one cell; False if it already says this. Both numbers count from 0."""
        if self._cells[row][column].value == value:
            return False
        self._changes[row, column] = value
        return True

    def write(self) -> bytes:
        """Return the file: without changes, the very bytes that were read."""
        parts: list[str] = []
        at = 0
        for (row, column), value in sorted(self._changes.items()):
            cell = self._cells[row][column]
            parts += [self._text[at : cell.start], self._quote(value, self._text[cell.start : cell.end])]
            at = cell.end
        text = "".join([*parts, self._text[at:]])
        return (BOM if self._has_bom else b"") + text.encode()

    def _quote(self, value: str, before: str) -> str:
        needs = before.startswith('"') or re.search(rf'[{re.escape(self.delimiter)}"\r\n]|^\s|\s$', value)
        return '"' + value.replace('"', '""') + '"' if needs else value


def _find_delimiter(text: str) -> str:
    """Return what separates the names in the first line."""
    bare = re.sub(r'"[^"]*"', "", text[:100_000]).split("\n", 1)[0]
    return max(",;\t", key=bare.count)


def _split(text: str, delimiter: str, file_name: str) -> list[list[_Cell]]:
    """Return the cells row by row. Quotes inside a bare value stand for themselves."""
    pattern = re.compile(
        rf'(?:"(?P<quoted>(?:[^"]|"")*+)"|(?P<bare>(?!")[^{re.escape(delimiter)}\r\n]*+))'
        rf"(?P<end>{re.escape(delimiter)}|\r\n|\r|\n|\Z)"
    )
    rows: list[list[_Cell]] = []
    row: list[_Cell] = []
    at = 0
    while at < len(text) or row:
        match = pattern.match(text, at)
        if match is None:
            line = text.count("\n", 0, at) + 1
            raise UsageError(f"{file_name} is no proper CSV: line {line}", "download it again")
        quoted = match["quoted"]
        value = match["bare"] if quoted is None else quoted.replace('""', '"')
        row.append(_Cell(value, at, match.start("end")))
        at = match.end()
        if match["end"] != delimiter:
            rows.append(row)
            row = []
            if match["end"] == "":
                break
    return rows
