"""What lies in an inbox: one folder per trainee, read without trusting anything in it.

Knows the inbox's layout `<assignment>/<trainee id>/<notebook, any name>` with an optional
`timestamp.txt`; must not know the course directory. Reads only: the originals stay as they are.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from grader.archives.limits import is_made_by_programs
from grader.errors import UsageError
from grader.grading.door import Opened, parse_notebook, read_regular_file
from grader.grading.layout import normal_id
from grader.grading.reasons import Reason, Refusal

TIMESTAMP = "timestamp.txt"


@dataclass(frozen=True)
class Entry:
    """A file that could be the notebook."""

    name: str
    path: Path
    modified_at: datetime
    is_folder: bool


@dataclass(frozen=True)
class Refused:
    """A file that was turned away, with its bytes if they were read."""

    name: str
    refusal: Refusal
    content: bytes | None
    received_at: datetime


@dataclass(frozen=True)
class Found:
    """What one trainee handed in."""

    trainee: str
    """Id as on the roster, or the folder's name if nobody there has it."""
    known: bool
    opened: Opened | None = None
    name: str = ""
    """File name of `opened`."""
    received_at: datetime | None = None
    refused: Refused | None = None
    """The newest file, if it could not be taken."""
    notes: tuple[str, ...] = field(default=())


def read_inbox(inbox: Path, assignment: str, roster: Iterable[str], zone: tzinfo) -> list[Found]:
    """Return what lies in the inbox for an assignment, by trainee; raise UsageError without an inbox."""
    box = inbox / assignment
    if not box.is_dir():
        names = sorted(path.name for path in inbox.iterdir() if path.is_dir()) if inbox.is_dir() else []
        there = f"it has: {', '.join(names)}" if names else "the inbox is empty or missing"
        hint = f"put work into {inbox.name}/{assignment}/<trainee id>/ ({there})"
        raise UsageError(f"there is no folder {box}", hint)
    ids = {normal_id(trainee).casefold(): trainee for trainee in roster}
    folders: dict[tuple[str, bool], list[Path]] = {}
    found: list[Found] = []
    for path in sorted(box.iterdir()):
        name = readable_name(path.name)
        if is_made_by_programs(path.name):
            continue
        trainee = ids.get(normal_id(name).casefold())
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            folders.setdefault((trainee or name, trainee is not None), []).append(path)
        else:
            found.append(_refuse_entry(path, name, trainee, stat.S_ISLNK(mode)))
    return found + [_read_folders(*key, paths, assignment, zone) for key, paths in folders.items()]


def readable_name(name: str) -> str:
    """Return a file name that UTF-8 can hold; Linux allows others."""
    return os.fsencode(name).decode("utf-8", errors="replace")


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.lstat().st_mtime, UTC)


def _refuse_entry(path: Path, name: str, trainee: str | None, is_link: bool) -> Found:
    """Refuse what is no folder of a trainee."""
    refusal = Refusal(Reason.LINK if is_link else Reason.LOOSE_FILE, f"{name} in place of a trainee's folder")
    content = None if is_link else read_regular_file(path)
    kept = content if isinstance(content, bytes) else None
    at = _modified(path)
    return Found(
        trainee or name, trainee is not None, refused=Refused(name, refusal, kept, at), received_at=at
    )


def _read_folders(trainee: str, known: bool, paths: list[Path], assignment: str, zone: tzinfo) -> Found:
    """Read a trainee's folder; there may be two if their names differ only in how letters are coded."""
    notes: list[str] = []
    entries: list[tuple[datetime, bool, str, Entry]] = []
    for folder in paths:
        stamp = _read_timestamp(folder, zone, notes)
        for entry in _candidates(folder):
            at = stamp or entry.modified_at
            entries.append((at, entry.name == f"{assignment}.ipynb", entry.name, entry))
    # Newest first; a browser's second download has the same time stamp and a longer name.
    entries.sort(key=lambda item: (item[0], item[3].modified_at, item[1], item[2]), reverse=True)
    refused: Refused | None = None
    for at, _, name, entry in entries:
        content = Refusal(Reason.FOLDER) if entry.is_folder else read_regular_file(entry.path)
        opened = content if isinstance(content, Refusal) else parse_notebook(content)
        if isinstance(opened, Opened):
            return Found(trainee, known, opened, name, at, refused, tuple(notes))
        kept = None if isinstance(content, Refusal) else content
        refused = refused or Refused(name, opened, kept, at)
    if refused is None:
        at = max(_modified(folder) for folder in paths)
        refused = Refused("", Refusal(Reason.NO_NOTEBOOK), None, at)
    return Found(trainee, known, refused=refused, received_at=refused.received_at, notes=tuple(notes))


def _candidates(folder: Path) -> list[Entry]:
    """Return what could be the notebook: `.ipynb` of any name, else whatever there is."""
    entries = []
    for path in folder.iterdir():
        if is_made_by_programs(path.name) or path.name == TIMESTAMP:
            continue
        is_folder = stat.S_ISDIR(path.lstat().st_mode)
        entries.append(Entry(readable_name(path.name), path, _modified(path), is_folder))
    notebooks = [entry for entry in entries if entry.name.casefold().endswith(".ipynb")]
    return notebooks or [entry for entry in entries if not entry.is_folder] or entries


def _read_timestamp(folder: Path, zone: tzinfo, notes: list[str]) -> datetime | None:
    """Return the time that `timestamp.txt` gives; a note says why it was not used."""
    path = folder / TIMESTAMP
    if not os.path.lexists(path):
        return None
    content = read_regular_file(path, limit=1_000)
    stamp = (
        None
        if isinstance(content, Refusal)
        else parse_timestamp(content.decode("utf-8-sig", "replace"), zone)
    )
    if stamp is None:
        notes.append(
            f"{TIMESTAMP} is not a time such as 2026-04-24T17:30:00+09:00: the file's own time is used"
        )
    return stamp


def parse_timestamp(text: str, zone: tzinfo) -> datetime | None:
    """Return a time in UTC: ISO 8601 (without offset: in `zone`) or nbgrader's `… UTC`; None if neither."""
    text = text.strip()
    words = text.rsplit(" ", 1)
    try:
        if len(words) == 2 and words[1][:1].isalpha():
            zone, text = ZoneInfo(words[1]), words[0]
        stamp = datetime.fromisoformat(text)
        return (stamp if stamp.tzinfo else stamp.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError, ZoneInfoNotFoundError, OSError):
        return None
