"""The portal's door: what someone hands in is taken as files, or turned away with a reason.

Knows bytes, archives, notebooks and a release's grade ids; must not know people, deadlines, the store or the
web. Decides only: the caller keeps what is taken, and what is turned away as well.

What is handed in has two digests. `digest` is of the bytes as they arrived: the client knows it, and a second
try with the same bytes is recognised by it. `notebook_digest` is of the notebook that is graded. With
`strip_outputs` the two differ and the bytes that arrived must not be kept, because outputs may hold patient
data: then `original` is None, and `files` are all there is.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import nbformat

from grader.archives.limits import ArchiveLimits, BadArchive, is_made_by_programs, is_packed
from grader.archives.unpack import unpack_all
from grader.grading.door import MAX_BYTES, clean_notebook, parse_json, parse_notebook
from grader.grading.reasons import Reason, Refusal, explain
from grader.portal.words.door import FAULTS, NOTES, REASONS, DoorReason, NoteKind
from grader.text import LocalText

_NOTEBOOK_ENDINGS = (".ipynb", ".ipynb.txt", ".ipynb.json", ".json")
"""Browsers and Windows hang an ending of their own on a file whose kind they do not know."""
_WEB_PAGES = (".html", ".htm", ".xhtml", ".mhtml")
"""What notebooks are exported as, with all they printed."""
_OTHER_KINDS = (b"%PDF", b"<", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\xd0\xcf\x11\xe0", b"{\\rtf")
"""What PDF, web pages, pictures and older Office and Hangul documents begin with."""
_SHOWN = 12
MAX_NAME = 200


@dataclass(frozen=True)
class DoorLimits:
    """How much may be handed in at once."""

    max_bytes: int = MAX_BYTES
    archive: ArchiveLimits = field(default_factory=ArchiveLimits)


@dataclass(frozen=True)
class Note:
    """Something the trainee should know about work that was taken."""

    kind: NoteKind
    about: str = ""
    """Cells or files, for people."""

    @property
    def text(self) -> LocalText:
        """What the trainee reads."""
        return _fill(NOTES[self.kind], self.about)

    def as_dict(self) -> dict[str, str]:
        """Return the shape that is stored; `Note(NoteKind(kind), about)` reads it."""
        return {"kind": self.kind.value, "about": self.about}


@dataclass(frozen=True)
class HandedFile:
    """One file as it is kept."""

    path: str
    """Relative, with forward slashes, usable on every system."""
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 in lower-case hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Accepted:
    """Work that can be graded."""

    file_name: str
    """As handed in, cleaned for people to read."""
    digest: str
    """SHA-256 of the bytes as they arrived."""
    original: bytes | None
    """These bytes, to be kept; None if they must not be, because outputs were removed."""
    notebook: HandedFile
    """What is graded; one of `files`."""
    files: tuple[HandedFile, ...]
    """Everything that was handed in, as it is kept: the notebook first."""
    notes: tuple[Note, ...] = ()


Recognise = Callable[[list[dict[str, Any]]], bool]
"""Says whether a notebook's cells, none of which bears a known label, are certainly of the assignment."""


@dataclass(frozen=True)
class TurnedAway:
    """Work that is not taken. Whoever calls the door keeps its bytes for disputes."""

    reason: str
    """Id of a `Reason`, `DoorReason` or `archive-` and `Fault`."""
    text: LocalText
    """What happened and what to do next, for the trainee."""
    detail: str = ""
    """Evidence for staff, in English."""


def check_hand_in(
    content: bytes,
    file_name: str,
    grade_ids: Collection[str],
    assignment: str,
    limits: DoorLimits | None = None,
    strip_outputs: bool = False,
    notebooks: Collection[str] = (),
    recognise: Recognise = lambda cells: False,
) -> Accepted | TurnedAway:
    """Look at one uploaded file: a notebook, or a ZIP file with one notebook and files beside it.

    `grade_ids` are the release's; with none of them every readable notebook passes. Cells that are missing,
    unknown or copied give notes: grading puts them right or shows them to a person. `notebooks` are the
    release's by name: if it has several, as nbgrader allows, a ZIP file may bring all of them. Where a
    program lost every label and cell id, `recognise` is asked.
    """
    expected = _Expected(assignment, tuple(grade_ids), frozenset(notebooks), recognise)
    limits = limits or DoorLimits()
    name = clean_name(file_name)
    if len(content) > limits.max_bytes:
        return _refuse(Reason.TOO_BIG, f"{len(content):,} bytes; the limit is {limits.max_bytes:,}")
    turned_away = _judge_kind(content, name)
    if turned_away:
        return turned_away
    if name.casefold().endswith(".zip"):
        taken = _open_zip(content, limits.archive, expected)
    else:
        taken = _open_single(content, name, expected)
    if isinstance(taken, TurnedAway):
        return taken
    digest = hashlib.sha256(content).hexdigest()
    original = None if strip_outputs else content
    kept = _remove_outputs(taken) if strip_outputs else taken
    return Accepted(name, digest, original, kept.files[0], kept.files, kept.notes)


def clean_name(file_name: str) -> str:
    """Return a file's own name as people can read it, without the folders that some browsers send."""
    own = re.split(r"[/\\]", file_name)[-1]
    shown = _printable(own).strip()
    if len(shown) > MAX_NAME:
        shown = shown[: MAX_NAME - 20] + "…" + shown[-18:]
    return shown or "notebook.ipynb"


def _printable(text: str) -> str:
    """Return text that can stand anywhere: no lone surrogates and nothing invisible."""
    whole = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in whole)


@dataclass(frozen=True)
class _Expected:
    """What the release says."""

    assignment: str
    grade_ids: tuple[str, ...]
    notebooks: frozenset[str]
    recognise: Recognise


@dataclass(frozen=True)
class _Read:
    """A notebook that may be this assignment's."""

    file: HandedFile
    labels: Counter[str]
    is_valid: bool


@dataclass(frozen=True)
class _Taken:
    """Readable work before anything is removed from it: the notebook first."""

    files: tuple[HandedFile, ...]
    notes: tuple[Note, ...]


def _judge_kind(content: bytes, name: str) -> TurnedAway | None:
    """Turn away what is neither notebook nor ZIP file, or only pretends to be one."""
    folded = name.casefold()
    is_zip = content.startswith((b"PK\x03\x04", b"PK\x05\x06"))
    if is_packed(content[:262]) and not is_zip:
        return _turn_away(DoorReason.OTHER_PACKER, f"it begins with {content[:6]!r}")
    if not folded.endswith((".zip", *_NOTEBOOK_ENDINGS)):
        return _turn_away(DoorReason.OTHER_KIND, repr(name))
    if not content.strip():
        return _refuse(Reason.EMPTY, f"{len(content)} bytes")
    if (
        is_zip or content[:1000].lstrip(b" \t\r\n\xef\xbb\xbf").startswith(_OTHER_KINDS)
    ) and not folded.endswith(".zip"):
        return _turn_away(DoorReason.NAME_DISAGREES, f"{name!r} begins with {content[:8]!r}")
    if folded.endswith(".zip") and content.lstrip()[:1] == b"{":
        return _turn_away(DoorReason.NAME_DISAGREES, f"{name!r} holds JSON")
    return None


def _open_single(content: bytes, name: str, expected: _Expected) -> _Taken | TurnedAway:
    # Only one file, so its name matters to nobody: a safe one spares everyone after us a second check.
    read = _read_notebook(HandedFile(f"{expected.assignment}.ipynb", content), expected)
    if isinstance(read, TurnedAway):
        return read
    renamed = () if name.casefold().endswith(".ipynb") else (Note(NoteKind.FILE_RENAMED, name),)
    return _Taken((read.file,), (*renamed, *_compare([read], expected)))


def _open_zip(content: bytes, limits: ArchiveLimits, expected: _Expected) -> _Taken | TurnedAway:
    try:
        found = unpack_all(content, limits)
    except BadArchive as error:
        return TurnedAway(f"archive-{error.fault}", FAULTS[error.fault], error.detail)
    junk = [path for path in found if is_made_by_programs(path)]
    files = [HandedFile(path, data) for path, data in found.items() if path not in junk]
    notebooks = [file for file in files if file.path.casefold().endswith(".ipynb")]
    if not notebooks:
        return _refuse(Reason.NO_NOTEBOOK, f"{len(files)} files in the archive, none ends in .ipynb")
    chosen = _choose(notebooks, expected)
    if isinstance(chosen, TurnedAway):
        return chosen
    graded = [read.file for read in chosen]
    others = [file.path for file in notebooks if file not in graded]
    told = [Note(NoteKind.FOUND_IN_ZIP, _list(file.path for file in graded))]
    told += [Note(NoteKind.OTHER_NOTEBOOKS, _list(others))] if others else []
    told += [Note(NoteKind.FILES_LEFT_OUT, _list(junk))] if junk else []
    rest = (file for file in files if file not in graded)
    return _Taken((*graded, *rest), (*told, *_compare(chosen, expected)))


def _choose(notebooks: list[HandedFile], expected: _Expected) -> list[_Read] | TurnedAway:
    """Return the notebook of this assignment, or each of them if its release has several."""
    looked_at = [_read_notebook(file, expected) for file in notebooks]
    fitting = [one for one in looked_at if isinstance(one, _Read)]
    if not fitting:
        first = next(one for one in looked_at if isinstance(one, TurnedAway))
        return replace(first, detail=f"{notebooks[0].path!r}: {first.detail}")
    names = [one.file.path.rsplit("/", 1)[-1].rsplit(".", 1)[0] for one in fitting]
    if len(fitting) > 1 and not (expected.notebooks >= set(names) and len(set(names)) == len(names)):
        return _turn_away(DoorReason.SEVERAL_NOTEBOOKS, _list(one.file.path for one in fitting))
    return fitting


def _read_notebook(file: HandedFile, expected: _Expected) -> _Read | TurnedAway:
    """Return a notebook that can be read and may be of this assignment."""
    value: Any = parse_json(file.content)  # only once: a large notebook takes much memory
    opened = value if isinstance(value, Refusal) else clean_notebook(value, file.content)
    if isinstance(opened, Refusal):
        return _refuse(opened.reason, opened.detail)
    named = opened.notebook["metadata"].get("medai", {}).get("assignment")
    if named is not None and named != expected.assignment:
        return _turn_away(DoorReason.OTHER_ASSIGNMENT, about=clean_name(named)[:60])
    labels = Counter(filter(None, map(_label, opened.notebook["cells"])))
    # Where a program lost the labels, releases can still be told by their cell ids.
    ids = {cell["id"] for cell in opened.notebook["cells"]} | labels.keys()
    is_strange = expected.grade_ids and named is None and ids.isdisjoint(expected.grade_ids)
    if is_strange and (labels or not expected.recognise(opened.notebook["cells"])):
        return _turn_away(DoorReason.NO_KNOWN_CELLS, f"labels: {_list(labels) or 'none'}")
    return _Read(file, labels, _is_strictly_valid(value))


def _compare(notebooks: list[_Read], expected: _Expected) -> list[Note]:
    """Return what differs from the release and what else is to be said about notebooks."""
    known = expected.grade_ids
    labels = {label for one in notebooks for label in one.labels}
    copied = (label for one in notebooks for label, count in one.labels.items() if count > 1)
    told: list[Note] = []
    if known and labels.isdisjoint(known):
        told.append(Note(NoteKind.LABELS_LOST))
    elif known:
        cells = {
            NoteKind.CELLS_MISSING: [one for one in known if one not in labels],
            NoteKind.CELLS_UNKNOWN: sorted(labels.difference(known)),
            NoteKind.CELLS_TWICE: [one for one in copied if one in known],
        }
        told += [Note(kind, _list(names)) for kind, names in cells.items() if names]
    return told if all(one.is_valid for one in notebooks) else [*told, Note(NoteKind.NOT_STRICTLY_VALID)]


def _label(cell: dict[str, Any]) -> str | None:
    label = cell["metadata"].get("nbgrader", {}).get("grade_id")
    return label if isinstance(label, str) and label else None


def _is_strictly_valid(value: dict[str, Any]) -> bool:
    """Return whether a notebook keeps to the format's schema; what does not is graded all the same."""
    minor = value.get("nbformat_minor")
    if value["nbformat"] != 4 or type(minor) is not int or minor not in range(6):
        return False
    # What cells printed is made anew by grading, and checking 20 MB of it would take many seconds.
    cells = [
        {**cell, "outputs": []} if isinstance(cell.get("outputs"), list) else cell for cell in value["cells"]
    ]
    bare = {**value, "cells": cells}
    faults = nbformat.validator.iter_validate(bare, version=4, version_minor=minor)  # type: ignore[no-untyped-call]
    return not any(faults)


def _remove_outputs(taken: _Taken) -> _Taken:
    """Return the work without what running its notebooks left behind."""
    kept: list[HandedFile] = []
    left_out: list[str] = []
    for file in taken.files:
        if not _holds_outputs(file):
            kept.append(file)
            continue
        opened = parse_notebook(file.content)
        if isinstance(opened, Refusal):  # one beside the notebook that is graded: nobody can clean it
            left_out.append(file.path)
        else:
            kept.append(HandedFile(file.path, _write_bare(opened.notebook)))
    notes = [Note(NoteKind.UNREADABLE_LEFT_OUT, _list(left_out))] if left_out else []
    return _Taken(tuple(kept), (*taken.notes, *notes, Note(NoteKind.OUTPUTS_REMOVED)))


def _holds_outputs(file: HandedFile) -> bool:
    """Whether a file is a notebook, by its name or by what it says, or a web page made of one."""
    name = file.path.casefold()
    if name.endswith(".json"):  # data may be JSON too
        return ".ipynb" in name or b'"nbformat"' in file.content
    return name.endswith((*_NOTEBOOK_ENDINGS, *_WEB_PAGES))


def _write_bare(notebook: dict[str, Any]) -> bytes:
    """Return what grading reads of a notebook, nothing else: widgets and editors keep values elsewhere."""
    cells = []
    for number, cell in enumerate(notebook["cells"], start=1):
        bare = {**cell, "id": cell["id"] or f"cell-{number}"}
        cells.append(bare | {"outputs": [], "execution_count": None} if cell["cell_type"] == "code" else bare)
    text = json.dumps({**notebook, "cells": cells}, ensure_ascii=False, indent=1, sort_keys=True)
    return f"{text}\n".encode("utf-8", "replace")


def _list(names: Iterable[str]) -> str:
    """Return names for people; of many, the first ones."""
    shown = [_printable(name) for name in names]
    more = f" … (+{len(shown) - _SHOWN})" if len(shown) > _SHOWN else ""
    return ", ".join(name[:60] for name in shown[:_SHOWN]) + more


def _fill(text: LocalText, about: str) -> LocalText:
    return LocalText(ko=text.ko.replace("{about}", about), en=text.en.replace("{about}", about))


def _refuse(reason: Reason, detail: str) -> TurnedAway:
    return TurnedAway(reason.value, explain(reason)[0], detail)


def _turn_away(reason: DoorReason, detail: str = "", about: str = "") -> TurnedAway:
    return TurnedAway(reason.value, _fill(REASONS[reason], about), detail or about)
