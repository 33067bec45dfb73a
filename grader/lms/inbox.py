"""Writes what came from elsewhere into an inbox, the shape that collecting reads.

Knows folder and file names; must not know grading. Everything arrives there, also what belongs to nobody or
could not be unpacked: collecting keeps that aside with a reason.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from grader.archives.fault_names import FAULT_NAMES
from grader.archives.limits import BadArchive
from grader.lms.incoming import Incoming
from grader.lms.who import Doubt, DoubtKind
from grader.text import Language

TIMESTAMP = "timestamp.txt"
_UNUSABLE = re.compile(r'[/\\:*?"<>|\[\]\x00-\x1f\x7f]')


@dataclass(frozen=True)
class Delivered:
    """What became of one file."""

    incoming: Incoming
    folder: str
    """In the inbox; empty for what a person said to leave out."""

    def fields(self, language: Language) -> list[str]:
        """Return what staff want to know: whose it is there and here and why, the file, what is odd."""
        match = self.incoming.match
        content = self.incoming.content
        who = "?" if isinstance(match.who, Doubt) else f"{match.who} ({match.evidence})"
        fault = [f"✗ {FAULT_NAMES[content.fault][language]}"] if isinstance(content, BadArchive) else []
        notes = [note[language] for note in self.incoming.notes]
        return [match.stranger.key, match.stranger.name, who, self.incoming.path, *fault, *notes]


def write_inbox(inbox: Path, assignment: str, files: Iterable[Incoming]) -> list[Delivered]:
    """Write every file to `inbox/<assignment>/<trainee id>/`; give what was written where.

    Without a time from the platform a file keeps the time of its last change: it was handed in after that.
    """
    delivered: list[Delivered] = []
    for one in files:
        who = one.match.who
        if isinstance(who, Doubt) and who.kind is DoubtKind.LEFT_OUT:
            delivered.append(Delivered(one, ""))
            continue
        folder = inbox / assignment / (_unknown_folder(one) if isinstance(who, Doubt) else who)
        folder.mkdir(parents=True, exist_ok=True)
        if isinstance(one.content, bytes):
            _write(folder, one, one.content)
        delivered.append(Delivered(one, folder.name))
    return delivered


def _write(folder: Path, one: Incoming, content: bytes) -> None:
    name = _safe_name(one.file_name)
    if one.is_stamp:
        (folder / TIMESTAMP).write_bytes(content)
        return
    path = _free_path(folder, f"own-{name}" if name.casefold() == TIMESTAMP else name)
    path.write_bytes(content)
    if one.changed_at is not None:
        os.utime(path, (one.changed_at.timestamp(), one.changed_at.timestamp()))
    if one.handed_in_at is not None:
        (folder / TIMESTAMP).write_text(one.handed_in_at.isoformat() + "\n", encoding="utf-8")


def _safe_name(name: str) -> str:
    """Return a usable file name that keeps its ending."""
    safe = _UNUSABLE.sub("_", "".join(letter if letter.isprintable() else "_" for letter in name)).lstrip(".")
    stem, dot, ending = safe.rpartition(".")
    return f"{(stem or safe)[:50]}{dot}{ending[:10]}" if dot else safe[:60] or "file"


def _free_path(folder: Path, name: str) -> Path:
    """Return a path that nothing has yet: two folders of one person may hold files of the same name."""
    path = folder / name
    number = 2
    while path.exists():
        path = folder / f"{number}-{name}"
        number += 1
    return path


def _unknown_folder(one: Incoming) -> str:
    """Return a name for somebody's folder that can be no id on a roster."""
    stranger = one.match.stranger
    digest = hashlib.sha256(stranger.key.encode("utf-8", "replace")).hexdigest()[:8]
    return f"who-{_safe_name(stranger.name or stranger.key)[:40]}-{digest}"
