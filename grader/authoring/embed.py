"""Records that only hidden tests may see, written into the test cell that asks for them.

A line `#| embed: NAME = <file>` between the hidden-test marks becomes `NAME = [...]`, one Python literal of
the JSON lines in that file, on the same line. So the records stand in the test itself: stock nbgrader needs
no other file, and no release has them. Knows text; must not read files.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from grader.authoring.marks import Mark, find_regions
from grader.errors import Problem
from grader.model.assignment import Cell, Sheet

_DIRECTIVE = re.compile(r"^#\|\s*embed:\s*(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<file>\S+)\s*$")
_LOOKS_LIKE_ONE = re.compile(r"^\s*#\|\s*embed\b")


def embed_records(sheet: Sheet, files: Mapping[str, str], path: str) -> tuple[Sheet, list[Problem]]:
    """Return the sheet with every embed line replaced, and the lines that cannot be.

    `files` holds the texts of JSON-lines files by name. Line numbers stay as they are.
    """
    problems: list[Problem] = []
    cells = tuple(_embed(cell, files, path, problems) for cell in sheet.cells)
    return sheet.model_copy(update={"cells": cells}), problems


def _embed(cell: Cell, files: Mapping[str, str], path: str, problems: list[Problem]) -> Cell:
    lines = cell.source.split("\n")
    wanted = [number for number, line in enumerate(lines) if _LOOKS_LIKE_ONE.match(line)]
    if not wanted:
        return cell
    regions, _ = find_regions(cell.source, Mark.HIDDEN_TESTS)
    for number in wanted:
        try:
            if not any(region.begin < number < region.end for region in regions):
                raise ValueError("it does not stand between hidden-test marks")
            lines[number] = _literal(lines[number], files)
        except ValueError as reason:
            problems.append(
                Problem(
                    path,
                    cell.line + number,
                    "bad-embed",
                    f"`{cell.id}`: {reason}",
                    f"Write `#| embed: NAME = <file>` in a hidden test; files: {', '.join(sorted(files))}.",
                )
            )
    return cell.model_copy(update={"source": "\n".join(lines)})


def _literal(line: str, files: Mapping[str, str]) -> str:
    """Return the assignment that takes the line's place; raise ValueError if there is none."""
    match = _DIRECTIVE.match(line)
    if match is None:
        raise ValueError("it is not an embed line")
    if match["file"] not in files:
        raise ValueError(f"it names `{match['file']}`, which is not there")
    try:
        records = [json.loads(row) for row in files[match["file"]].split("\n") if row.strip()]
    except ValueError:
        raise ValueError(f"it names `{match['file']}`, which is not JSON lines") from None
    return f"{match['name']} = {records!r}"
