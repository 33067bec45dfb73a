"""Refreshing the mark that says from which Korean text an English text was translated.

Knows where the mark stands in pages and sheets, and which Korean file belongs to an English one.
Whoever runs this has read both texts: the number check still compares them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from grader.authoring.sheet import parse_sheet
from grader.errors import GraderError, InvalidContent
from grader.manifest.markdown import split_front_matter
from grader.manifest.rules.drift import KEY, MARK
from grader.model.assignment import Cell, CellRole
from grader.text import Language, source_hash

_BREAK = re.compile(r"^\+\+\+[ \t]*(\{.*\})[ \t]*$")
_SHEETS = ("sheet.md", "practice.md")


def mark_translated(english_page: str, korean_body: str) -> str:
    """Return the English page with the hash of `korean_body` (which has no front matter) in its front."""
    mark = f"{KEY}: {source_hash(korean_body)}"
    front, body = split_front_matter(english_page)
    front = MARK.sub(mark, front, count=1) if MARK.search(front) else f"{mark}\n{front}"
    return f"---\n{front}---\n{body}"


def mark_sheet_translated(text: str, path: str, cells: Collection[str] | None = None) -> str:
    """Return the sheet with the hashes of its English cells refreshed, all of them or those in `cells`.

    Only the cells' `+++` lines change. Raises InvalidContent when the sheet cannot be read.
    """
    sheet, problems = parse_sheet(text, path)
    if problems:
        raise InvalidContent(problems)
    lines = text.split("\n")
    korean: Cell | None = None
    for cell in sheet.cells:
        if cell.role is not CellRole.PROSE:
            continue
        if cell.language is Language.KO:
            korean = cell
        elif korean is not None and (cells is None or cell.id in cells):
            number = _break_above(lines, cell.line - 1)
            lines[number] = _with_hash(lines[number], source_hash(korean.source))
    return "\n".join(lines)


def refresh_file(path: Path) -> bool:
    """Refresh the marks of an English page or a sheet on disk; return whether anything changed."""
    text = _read(path)
    if path.name in _SHEETS:
        refreshed = mark_sheet_translated(text, path.name)
    else:
        refreshed = mark_translated(text, split_front_matter(_read(korean_counterpart(path)))[1])
    if refreshed == text:
        return False
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(refreshed.encode())
    temporary.replace(path)
    return True


def korean_counterpart(path: Path) -> Path:
    """Return the Korean file of an English page: `x.ko.md` for `x.en.md`, `docs/ko/…` for `docs/en/…`."""
    parts = path.resolve().parts
    trees = [at for at in range(1, len(parts) - 1) if parts[at - 1 : at + 1] == ("docs", "en")]
    if path.name.endswith(".en.md"):
        korean = path.with_name(path.name.removesuffix(".en.md") + ".ko.md")
    elif path.suffix == ".md" and trees:
        korean = Path(*parts[: trees[-1]], "ko", *parts[trees[-1] + 1 :])
    else:
        raise GraderError(
            f"{path} is not an English page or a sheet",
            "Name a file such as lesson.en.md, instructor.en.md, docs/en/….md, sheet.md or practice.md.",
        )
    if not korean.is_file():
        raise GraderError(f"{path} has no Korean page: {korean} is missing", "Write the Korean page first.")
    return korean


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode().removeprefix("\ufeff").replace("\r\n", "\n")
    except OSError as error:
        raise GraderError(f"{path} cannot be read: {error.strerror}", "Check the file name.") from error
    except UnicodeDecodeError as error:
        raise GraderError(f"{path} is not UTF-8", "Save it with the encoding UTF-8.") from error


def _break_above(lines: list[str], number: int) -> int:
    """Return the index of the `+++` line that opens the cell whose text starts at index `number`."""
    while not _BREAK.match(lines[number]):
        number -= 1
    return number


def _with_hash(line: str, value: str) -> str:
    """Put the hash behind `lang`, where Jupytext's normal form has it."""
    metadata: dict[str, Any] = json.loads(line.removeprefix("+++"))
    fields: dict[str, Any] = {}
    for key, item in metadata["medai"].items():
        if key != KEY:
            fields[key] = item
        if key == "lang":
            fields[KEY] = value
    return f"+++ {json.dumps({**metadata, 'medai': fields})}"
