"""Translation drift: English text that was made from an older Korean text.

Knows where the hash of the Korean source is kept: in a page's front matter, in a cell's metadata.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.errors import Problem
from grader.manifest.material import Kind, Material, PageFile
from grader.model.assignment import Cell, CellRole
from grader.text import Language, source_hash

KEY = "source_hash"
MARK = re.compile(rf"""^{KEY}:[ \t]*["']?([^\s"'#]*).*$""", re.MULTILINE)
"""The line of a page's front matter that holds the hash."""


def check_drift(material: Material) -> list[Problem]:
    """Find English pages and cells whose Korean source has changed since, or was never noted."""
    korean = {
        (item.kind.value, item.site_path): item
        for item in material.pages
        if item.language is Language.KO and item.kind is not Kind.ROOT
    }
    problems: list[Problem] = []
    for item in material.pages:
        source = korean.get((item.kind.value, item.site_path))
        if item.language is Language.EN and source is not None:
            problems += _page(item, source, material.texts.get(item.page.path, ""))
    for sheet in material.sheets:
        problems += _cells(sheet.path, sheet.sheet.cells)
    return problems


def _page(english: PageFile, korean: PageFile, text: str) -> Iterator[Problem]:
    # Read as text: YAML would take a hash that happens to hold only digits for a number.
    front = "\n".join(text.split("\n")[: english.page.body_line - 1])
    match = MARK.search(front)
    line = front.count("\n", 0, match.start()) + 1 if match else 1
    wanted = source_hash(korean.page.body)
    yield from _judge(
        english.page.path, line, (match[1] or None) if match else None, wanted, korean.page.path
    )


def _cells(path: str, cells: tuple[Cell, ...]) -> Iterator[Problem]:
    korean: Cell | None = None
    for cell in cells:
        if cell.role is not CellRole.PROSE:
            continue
        if cell.language is Language.EN and korean is not None and korean.id == cell.id:
            where = f"the Korean cell `{cell.id}`"
            yield from _judge(path, cell.line, cell.source_hash, source_hash(korean.source), where)
        korean = cell if cell.language is Language.KO else None


def _judge(path: str, line: int, found: str | None, wanted: str, source: str) -> Iterator[Problem]:
    hint = f"Bring the English up to date, then run `medai translated {path}`."
    if found is None:
        message = f"it is not noted which Korean text this was translated from ({KEY} is missing)"
        yield Problem(path, line, "translation-unmarked", message, hint)
    elif found != wanted:
        message = f"{source} has changed since this was translated ({KEY} is {found}, the text has {wanted})"
        yield Problem(path, line, "translation-stale", message, hint)
