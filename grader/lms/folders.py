"""Plain folders of handed-in work, or a ZIP file of them, in the shapes that people make.

Knows paths; must not know any platform. Understood are `<id>/<file>`, `<assignment>/<id>/<file>`,
`<id>/<assignment>/<file>` (nbgrader's own), `<id>_<assignment>.ipynb`, `<assignment>_<id>.ipynb` and
`<id>.ipynb`, each also inside one more folder. Links are never followed.
"""

from __future__ import annotations

import io
import os
import stat
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import BinaryIO

from grader.archives.limits import BadArchive, Fault, is_made_by_programs
from grader.archives.unpack import open_archive
from grader.errors import UsageError
from grader.lms.inbox import TIMESTAMP
from grader.lms.incoming import (
    CLASS_LIMITS,
    Download,
    Incoming,
    member_time,
    read_member,
    unfold,
)
from grader.lms.who import DoubtKind, Stranger, fold, match_people
from grader.model.work import Trainee

_MAX_DEPTH = 6
_MAX_FILES = 50_000
_READ_BYTES = 20_000_000

Read = Callable[[], bytes | BadArchive]


Pieces = Mapping[str, tuple[Read, datetime | None]]
"""Path → how to read the file, and when it was last changed."""


def open_folders(
    source: Path, assignment: str, roster: Sequence[Trainee], settled: Mapping[str, str], zone: tzinfo
) -> Download:
    """Open a folder or a ZIP file of folders; `zone` is where the ZIP file was packed.

    Raises UsageError if nothing is there, BadArchive for a ZIP file that cannot be trusted.
    """
    if source.is_file():
        return open_packed_folders(io.BytesIO(source.read_bytes()), assignment, roster, settled, zone)
    return _open(_list_folder(source), str(source), assignment, roster, settled)


def open_packed_folders(
    stream: BinaryIO, assignment: str, roster: Sequence[Trainee], settled: Mapping[str, str], zone: tzinfo
) -> Download:
    """Open a ZIP file of folders as `open_folders` does; the stream stays open while files are read."""
    return _open(_list_archive(stream, zone), "the ZIP file", assignment, roster, settled)


def _open(
    pieces: Pieces, place: str, assignment: str, roster: Sequence[Trainee], settled: Mapping[str, str]
) -> Download:
    pieces = {path: piece for path, piece in pieces.items() if not is_made_by_programs(path)}
    if not pieces:
        raise UsageError(f"there are no files in {place}", "name a folder with one folder for each trainee")
    owners = _find_owners(pieces, assignment, roster)
    keys = dict.fromkeys(key for key, _ in owners.values())
    matches = match_people([Stranger(key, key, ids=(key,)) for key in keys], roster, settled)

    def files() -> Iterator[Incoming]:
        for path in sorted(pieces, key=lambda one: owners[one]):
            read, changed_at = pieces[path]
            key, rest = owners[path]
            is_stamp = rest == TIMESTAMP
            yield from unfold(Incoming(matches[key], rest, read(), None, changed_at, is_stamp=is_stamp))

    return Download(matches, files())


def _list_archive(stream: BinaryIO, zone: tzinfo) -> Pieces:
    archive = open_archive(stream, CLASS_LIMITS)
    return {
        member.path: (partial(read_member, archive, member), member_time(member, zone))
        for member in archive.members
    }


def _list_folder(source: Path) -> Pieces:
    """Return files below a folder by path; links are listed, so that they are told, but never followed."""
    found: dict[str, tuple[Read, datetime | None]] = {}
    for folder, names, files in os.walk(source, followlinks=False):
        here = Path(folder)
        links = [name for name in names if (here / name).is_symlink()]
        if len(here.relative_to(source).parts) >= _MAX_DEPTH:
            names.clear()
        names.sort()
        for name in sorted([*files, *links]):
            path = here / name
            shown = os.fsencode(path.relative_to(source).as_posix()).decode("utf-8", "replace")
            changed_at = datetime.fromtimestamp(path.lstat().st_mtime, UTC)
            key = unicodedata.normalize("NFC", shown)
            while key in found:  # two names that differ in nothing but the spelling of their letters
                key = f"{key.removesuffix(name)}2-{name}"
            found[key] = (partial(_read_regular, path), changed_at)
        if len(found) > _MAX_FILES:
            raise UsageError(f"there are more than {_MAX_FILES:,} files in {source}", "name the right folder")
    return found


def _read_regular(path: Path) -> bytes | BadArchive:
    """Return a regular file's bytes; no links, pipes or devices."""
    before = path.lstat()
    if not stat.S_ISREG(before.st_mode):
        return BadArchive(Fault.LINK, repr(path.name))
    with path.open("rb") as file:
        opened = os.fstat(file.fileno())
        if (opened.st_dev, opened.st_ino) != (before.st_dev, before.st_ino):
            return BadArchive(Fault.LINK, repr(path.name))
        content = file.read(_READ_BYTES + 1)
    return BadArchive(Fault.TOO_BIG, repr(path.name)) if len(content) > _READ_BYTES else content


def _find_owners(
    paths: Iterable[str], assignment: str, roster: Sequence[Trainee]
) -> dict[str, tuple[str, str]]:
    """Return for each path whose it is and its place in what that person handed in."""
    parts = {path: path.split("/") for path in paths}
    first = {one[0] for one in parts.values()}
    wrapper = next(iter(first)) if len(first) == 1 and all(len(one) > 1 for one in parts.values()) else None
    if wrapper is not None and fold(wrapper) != fold(assignment) and not _is_somebody(wrapper, roster):
        parts = {path: one[1:] for path, one in parts.items()}
    return {path: _owner(one, assignment) for path, one in parts.items()}


def _is_somebody(name: str, roster: Sequence[Trainee]) -> bool:
    """Return whether a folder is called after a person, or one of several: then it is not one around all."""
    match = match_people([Stranger(name, name, ids=(name,))], roster, {})[name]
    return isinstance(match.who, str) or match.who.kind is not DoubtKind.NOBODY


def _owner(parts: list[str], assignment: str) -> tuple[str, str]:
    if len(parts) > 1 and fold(parts[0]) == fold(assignment):
        parts = parts[1:]
    if len(parts) == 1:
        stem = parts[0].rsplit(".", 1)[0]
        return stem.removesuffix(f"_{assignment}").removeprefix(f"{assignment}_"), parts[0]
    key, *rest = parts
    inner = rest[1:] if len(rest) > 1 and fold(rest[0]) == fold(assignment) else rest
    return key, "/".join(inner)
