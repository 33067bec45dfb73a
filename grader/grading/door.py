"""The door: one handed-in file becomes a plain notebook dictionary or a refusal with a reason.

Knows bytes, the notebook format and its limits; must not know assignments or people. Opens nothing
but regular files, never follows links, and lets nothing through that later steps could choke on.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.grading.reasons import Reason, Refusal

MAX_BYTES = 20_000_000
MAX_CELLS = 2_000
MAX_CELL_CHARACTERS = 500_000
MAX_ATTACHMENT_CHARACTERS = 3_000_000
MAX_DEPTH = 60
_CELL_TYPES = ("markdown", "code", "raw")
_SURROGATE = re.compile("[\ud800-\udfff]")
MAX_PARTS = 3_000_000
# Possessive, and an open string counts as one too: linear time and little memory on hostile input.
_PARTS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[{]|[\]}]', re.DOTALL)


@dataclass(frozen=True)
class Opened:
    """A readable notebook."""

    notebook: dict[str, Any]
    """nbformat 4: `cells` of `cell_type`, `id`, `source` (text), `metadata`, `attachments` if any, and
    `outputs` that nobody has cleaned yet; of the notebook's metadata only `medai.assignment`, the assignment
    it was released for."""
    content: bytes
    sha256: str
    upgraded: bool = False
    """The file was in an older notebook format."""


def open_notebook(path: Path) -> Opened | Refusal:
    """Read a handed-in file."""
    content = read_regular_file(path)
    return content if isinstance(content, Refusal) else parse_notebook(content)


def read_regular_file(path: Path, limit: int = MAX_BYTES) -> bytes | Refusal:
    """Return the bytes of a regular file of limited size; never follow a link or wait for a pipe."""
    try:
        mode = path.lstat().st_mode
        refusal = _why_not_regular(mode)
        if refusal:
            return refusal
        # Between lstat and open the file may have become something else: both flags and fstat guard.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        return Refusal(Reason.UNREADABLE, error.strerror or "")
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        refusal = _why_not_regular(status.st_mode)
        if refusal:
            return refusal
        if status.st_size > limit:
            return Refusal(Reason.TOO_BIG, f"{status.st_size:,} bytes; the limit is {limit:,}")
        try:
            content = file.read(limit + 1)
        except OSError as error:
            return Refusal(Reason.UNREADABLE, error.strerror or "")
    return Refusal(Reason.TOO_BIG, f"more than {limit:,} bytes") if len(content) > limit else content


def _why_not_regular(mode: int) -> Refusal | None:
    if stat.S_ISLNK(mode):
        return Refusal(Reason.LINK)
    if stat.S_ISDIR(mode):
        return Refusal(Reason.FOLDER)
    if not stat.S_ISREG(mode):
        return Refusal(Reason.NOT_A_FILE)
    return None


def parse_notebook(content: bytes) -> Opened | Refusal:
    """Return the notebook that the bytes hold."""
    value = parse_json(content)
    return value if isinstance(value, Refusal) else clean_notebook(value, content)


def clean_notebook(value: Any, content: bytes) -> Opened | Refusal:
    """Return the notebook that is in `value`, the JSON of `content`. The value stays as it is."""
    if not isinstance(value, dict):
        return Refusal(Reason.NOT_A_NOTEBOOK, f"the file holds a {type(value).__name__}, not an object")
    upgraded = _upgrade(value)
    if isinstance(upgraded, Refusal):
        return upgraded
    cells = _clean_cells(upgraded["cells"])
    if isinstance(cells, Refusal):
        return cells
    notebook = {"cells": cells, "metadata": _clean_metadata(value), "nbformat": 4, "nbformat_minor": 5}
    digest = hashlib.sha256(content).hexdigest()
    return Opened(notebook, content, digest, upgraded=upgraded is not value)


def parse_json(content: bytes) -> Any | Refusal:
    """Return the JSON value that the bytes hold, unless Python could choke on it."""
    if not content.strip(b" \t\r\n\x00"):
        return Refusal(Reason.EMPTY, f"{len(content)} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Refusal(Reason.NOT_UTF8, f"byte {error.start}")
    if not _is_sanely_nested(text):
        return Refusal(Reason.TOO_DEEP, f"deeper than {MAX_DEPTH} levels or more than {MAX_PARTS:,} parts")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        return Refusal(Reason.NOT_JSON, f"line {error.lineno}: {error.msg}")
    except (ValueError, RecursionError) as error:  # e.g. a number with too many digits
        return Refusal(Reason.NOT_JSON, str(error).splitlines()[0][:200])


def _is_sanely_nested(text: str) -> bool:
    """Return whether Python's recursive parser can take the text without harm."""
    depth = 0
    for count, match in enumerate(_PARTS.finditer(text)):
        first = match.group()[0]
        if first in "[{":
            depth += 1
        elif first in "]}":
            depth -= 1
        if depth > MAX_DEPTH or count > MAX_PARTS:
            return False
    return True


def _upgrade(value: dict[str, Any]) -> dict[str, Any] | Refusal:
    """Return a version-4 notebook: the same object, or a converted one."""
    version = value.get("nbformat")
    if isinstance(version, bool) or not isinstance(version, int):
        return Refusal(Reason.NOT_A_NOTEBOOK, "there is no `nbformat` number")
    if version > 4:
        return Refusal(Reason.TOO_NEW, f"nbformat {version}")
    if version == 4:
        if isinstance(value.get("cells"), list):
            return value
        return Refusal(Reason.NOT_A_NOTEBOOK, "there is no list of `cells`")
    cells = [
        _from_version_3(cell)
        for sheet in _list(value.get("worksheets"))
        if isinstance(sheet, dict)
        for cell in _list(sheet.get("cells"))
        if isinstance(cell, dict)
    ]
    if version != 3 or not cells:
        return Refusal(Reason.NOT_A_NOTEBOOK, f"nbformat {version} without readable worksheets")
    return {"cells": cells, "nbformat": 4}


def _clean_metadata(value: dict[str, Any]) -> dict[str, Any]:
    metadata = value.get("metadata")
    medai = metadata.get("medai") if isinstance(metadata, dict) else None
    assignment = medai.get("assignment") if isinstance(medai, dict) else None
    return {"medai": {"assignment": assignment}} if isinstance(assignment, str) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _from_version_3(cell: dict[str, Any]) -> dict[str, Any]:
    """Return a version-3 cell as version 4 spells it; headings were cells of their own then."""
    kind = cell.get("cell_type")
    source = cell.get("input" if kind == "code" else "source", "")
    if kind == "heading":
        level = cell.get("level", 1)
        marks = "#" * (level if isinstance(level, int) and 1 <= level <= 6 else 1)
        source = f"{marks} {_joined(source) or ''}"
    kind = "markdown" if kind in ("heading", "html") else kind
    return {"cell_type": kind, "source": source, "metadata": cell.get("metadata", {})}


def _clean_cells(cells: list[Any]) -> list[dict[str, Any]] | Refusal:
    if len(cells) > MAX_CELLS:
        return Refusal(Reason.TOO_MANY_CELLS, f"{len(cells):,} cells; the limit is {MAX_CELLS:,}")
    clean = []
    for number, cell in enumerate(cells, start=1):
        made = _clean_cell(cell)
        if made is None:
            return Refusal(Reason.NOT_A_NOTEBOOK, f"cell {number} is not a notebook cell")
        if len(made["source"]) > MAX_CELL_CHARACTERS:
            length = f"{len(made['source']):,} characters; the limit is {MAX_CELL_CHARACTERS:,}"
            return Refusal(Reason.TOO_MANY_CELLS, f"cell {number} has {length}")
        clean.append(made)
    return clean


def _clean_cell(cell: Any) -> dict[str, Any] | None:
    """Return what grading needs of a cell."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in _CELL_TYPES:
        return None
    source = _joined(cell.get("source", ""))
    if source is None:
        return None
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    made: dict[str, Any] = {
        "cell_type": cell["cell_type"],
        "id": cell["id"] if isinstance(cell.get("id"), str) else "",
        "source": source,
        "metadata": {"nbgrader": nbgrader} if isinstance(nbgrader, dict) else {},
    }
    attachments = _clean_attachments(cell.get("attachments")) if made["cell_type"] == "markdown" else {}
    outputs = cell.get("outputs") if made["cell_type"] == "code" else None
    made |= {"outputs": outputs} if isinstance(outputs, list) and outputs else {}
    return made | ({"attachments": attachments} if attachments else {})


def _joined(source: Any) -> str | None:
    """Return a source as one text that UTF-8 can hold, or None if it is no source."""
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        return None
    return _SURROGATE.sub("\ufffd", source.replace("\r\n", "\n").replace("\r", "\n"))


def _clean_attachments(value: Any) -> dict[str, dict[str, str]]:
    """Return pasted pictures of a written answer, within limits."""
    kept: dict[str, dict[str, str]] = {}
    budget = MAX_ATTACHMENT_CHARACTERS
    for name, kinds in value.items() if isinstance(value, dict) else ():
        for kind in ("image/png", "image/jpeg"):
            picture = _joined(kinds.get(kind)) if isinstance(kinds, Mapping) else None
            if picture and len(picture) <= budget and re.fullmatch(r"[A-Za-z0-9+/=\s]+", picture):
                kept[_SURROGATE.sub("\ufffd", name)] = {kind: picture}
                budget -= len(picture)
    return kept
