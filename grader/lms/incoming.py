"""Work that arrives from elsewhere, whatever platform it comes from.

Knows people's matches, files' bytes and archives; must not know a platform's names for things.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from grader.archives.fault_names import FAULT_NAMES
from grader.archives.limits import ArchiveLimits, BadArchive, is_made_by_programs
from grader.archives.unpack import Archive, Member, unpack_all
from grader.lms.who import Match
from grader.text import LocalText

CLASS_LIMITS = ArchiveLimits(
    entries=50_000, total_bytes=20_000_000_000, depth=20, name_characters=400, nested=True
)
"""For a download of everyone's work; each person's own archive has the usual limits."""


@dataclass(frozen=True)
class Incoming:
    """One file that someone handed in elsewhere."""

    match: Match
    path: str
    """Inside what that person handed in, with forward slashes."""
    content: bytes | BadArchive
    """The bytes, or why they could not be unpacked."""
    handed_in_at: datetime | None = None
    """As the platform says, in UTC."""
    changed_at: datetime | None = None
    """Of the file, in UTC: it was handed in after that. For platforms that tell no time."""
    notes: tuple[LocalText, ...] = ()
    is_stamp: bool = False
    """A `timestamp.txt` of whoever made the folder. One that a trainee handed in says nothing."""

    @property
    def file_name(self) -> str:
        """The path's last part."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Download:
    """What a platform gave us: everyone it knows, and their files."""

    matches: Mapping[str, Match]
    """Who is who, by the platform's own key."""
    files: Iterator[Incoming]
    """One person's after another's. To be gone through once, while the download is open: only one file is in
    memory at a time."""


def read_member(archive: Archive, member: Member) -> bytes | BadArchive:
    """Return a member's bytes, or why there are none: one person's broken file stops nobody else's."""
    try:
        return archive.read(member)
    except BadArchive as error:
        return error


def member_time(member: Member, zone: tzinfo) -> datetime | None:
    """Return when an archive's file was last changed; archives keep local time without a zone."""
    try:
        return datetime(*member.modified, tzinfo=zone)
    except ValueError:
        return None


def unfold(one: Incoming, limits: ArchiveLimits | None = None) -> Iterator[Incoming]:
    """Give the files of someone's own ZIP file; one that cannot be unpacked, and any other file, as it is."""
    if one.is_stamp or isinstance(one.content, BadArchive) or not one.path.casefold().endswith(".zip"):
        yield one
        return
    try:
        found = unpack_all(one.content, limits or ArchiveLimits())
    except BadArchive as error:
        name = FAULT_NAMES[error.fault]
        note = LocalText(
            ko=f"{one.file_name}: 압축을 풀지 않았습니다 ({name.ko})",
            en=f"{one.file_name}: it was not unpacked ({name.en})",
        )
        yield replace(one, notes=(*one.notes, note))
        return
    for path, content in found.items():
        if not is_made_by_programs(path):
            yield replace(one, path=path, content=content)
