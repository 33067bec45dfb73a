"""Unpacks archives from strangers in memory, without trusting what they say about themselves.

Knows entries and limits; must not know files on disk, notebooks or people, and writes nothing. What an entry
unpacks to is counted while it streams; declared sizes are only compared with it.
"""

from __future__ import annotations

import io
import stat
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from grader.archives.directory import ENCRYPTED, PATCH, UTF8, Entry, read_directory, take
from grader.archives.limits import ArchiveLimits, BadArchive, Fault, is_packed, judge_path

_RATIO_FROM = 2_000_000
_CHUNK = 65_536
_STORED, _DEFLATED = 0, 8


@dataclass(frozen=True)
class Member:
    """One file in an archive."""

    path: str
    """With forward slashes, in NFC. If `fault` is about the name, only for people, and cut off."""
    size_bytes: int
    """As declared; `Archive.read` holds it to that."""
    modified: tuple[int, int, int, int, int, int]
    """Year, month, day, hour, minute, second on the packer's clock; may be no date at all."""
    fault: Fault | None
    """Why this one is not unpacked, known from the directory alone."""
    place: _Place


class _Place(NamedTuple):
    """Where an entry's data lie and what they should be."""

    data: int
    packed_bytes: int
    method: int
    crc: int


class Archive:
    """A checked archive. Its entries are unpacked one at a time, within one budget for all of them."""

    def __init__(self, stream: BinaryIO, limits: ArchiveLimits, members: tuple[Member, ...]) -> None:
        self._stream = stream
        self._limits = limits
        self._left = limits.total_bytes
        self.members = members
        """Files in the order of the directory; folders are left out."""

    def read(self, member: Member) -> bytes:
        """Return a member's bytes; raise BadArchive if it cannot be unpacked as declared."""
        if member.fault:
            raise BadArchive(member.fault, repr(member.path))
        content = bytearray()
        for chunk in _unpack(self._stream, member):
            content += chunk
            self._left -= len(chunk)
            self._check_amount(len(content), member)
        if len(content) != member.size_bytes:
            size = f"{member.path!r}: {member.size_bytes:,} bytes declared, {len(content):,} found"
            raise BadArchive(Fault.DISAGREES, size)
        if zlib.crc32(content) != member.place.crc:
            raise BadArchive(Fault.CORRUPT, f"{member.path!r}: the checksum is wrong")
        if not self._limits.nested and is_packed(bytes(content[:262]), member.path):
            raise BadArchive(Fault.NESTED, repr(member.path))
        return bytes(content)

    def _check_amount(self, unpacked: int, member: Member) -> None:
        if unpacked > min(self._limits.file_bytes, member.size_bytes):
            fault = Fault.TOO_BIG if unpacked > self._limits.file_bytes else Fault.DISAGREES
            raise BadArchive(fault, f"{member.path!r}: more than {unpacked - 1:,} bytes")
        if self._left < 0:
            raise BadArchive(Fault.TOO_BIG, f"more than {self._limits.total_bytes:,} bytes altogether")
        if unpacked > max(_RATIO_FROM, member.place.packed_bytes * self._limits.ratio):
            raise BadArchive(Fault.BOMB, f"{member.path!r}: more than {self._limits.ratio} times its size")


def open_archive(stream: BinaryIO, limits: ArchiveLimits) -> Archive:
    """Check an archive's directory and return it; `stream` must be seekable and stay open.

    Raises BadArchive for what makes the whole archive unusable. A single unusable entry is marked by its
    `fault` instead, so that one person's file does not hold up everyone's.
    """
    members = tuple(_members(read_directory(stream, limits), limits))
    # What is declared is refused at once; what is not true is found while unpacking.
    declared = sum(member.size_bytes for member in members)
    if declared > limits.total_bytes:
        raise BadArchive(Fault.TOO_BIG, f"{declared:,} bytes altogether; the limit is {limits.total_bytes:,}")
    return Archive(stream, limits, members)


def unpack_all(content: bytes, limits: ArchiveLimits) -> dict[str, bytes]:
    """Return every file of an archive by its path; raise BadArchive if any of them is unusable."""
    archive = open_archive(io.BytesIO(content), limits)
    return {member.path: archive.read(member) for member in archive.members}


def _members(entries: list[Entry], limits: ArchiveLimits) -> Iterator[Member]:
    """Give the files, each with what is wrong with it."""
    files: set[str] = set()
    folders: set[str] = set()
    for entry in entries:
        path, fault = _read_name(entry, limits)
        is_folder = path.endswith("/")
        key = path.removesuffix("/").casefold()
        if fault is None:  # then the name is short: one of 65,535 slashes would cost gigabytes here
            above = {key[:at] for at, letter in enumerate(key) if letter == "/"}
            if key in files or above & files or (key in folders and not is_folder):
                fault = Fault.DUPLICATE
            folders |= {key, *above} if is_folder else above
        if is_folder and fault is None and not entry.size_bytes:
            continue
        files.add(key)
        place = _Place(entry.data, entry.packed_bytes, entry.method, entry.crc)
        yield Member(path, entry.size_bytes, entry.modified, fault or _fault_of(entry, limits), place)


def _fault_of(entry: Entry, limits: ArchiveLimits) -> Fault | None:
    """Return what the directory alone tells about an entry's data."""
    if entry.flags & ENCRYPTED:
        return Fault.ENCRYPTED
    if entry.method not in (_STORED, _DEFLATED) or entry.flags & PATCH:
        return Fault.METHOD
    if stat.S_IFMT(entry.mode) not in (0, stat.S_IFREG):
        return Fault.LINK
    if entry.raw_name.endswith(b"/"):
        return Fault.DISAGREES  # a folder with content
    return Fault.TOO_BIG if entry.size_bytes > limits.file_bytes else None


def _read_name(entry: Entry, limits: ArchiveLimits) -> tuple[str, Fault | None]:
    """Return an entry's path in NFC and what is wrong with it."""
    # Without the flag, macOS writes UTF-8 all the same; Korean Windows writes its own code page.
    for encoding in ("utf-8",) if entry.flags & UTF8 else ("utf-8", "cp949"):
        try:
            path = unicodedata.normalize("NFC", entry.raw_name.decode(encoding))
        except UnicodeDecodeError:
            continue
        fault = judge_path(path.removesuffix("/"), limits)
        return (path[: limits.name_characters] if fault else path), fault
    return entry.raw_name.decode("ascii", "replace")[: limits.name_characters], Fault.BAD_NAME


def _unpack(stream: BinaryIO, member: Member) -> Iterator[bytes]:
    """Give a member's bytes in small pieces, so that whoever counts them can stop in time."""
    place = member.place
    inflate = zlib.decompressobj(-15) if place.method == _DEFLATED else None
    for at in range(0, place.packed_bytes, _CHUNK):
        packed = take(stream, place.data + at, min(_CHUNK, place.packed_bytes - at))
        if inflate is None:
            yield packed
            continue
        while packed and not inflate.eof:
            try:
                yield inflate.decompress(packed, _CHUNK)
            except zlib.error as error:
                raise BadArchive(Fault.CORRUPT, f"{member.path!r}: {error}") from None
            packed = inflate.unconsumed_tail
        if packed or inflate.unused_data:
            raise BadArchive(Fault.EXTRA_BYTES, f"{member.path!r}: bytes behind its data")
    if inflate is not None:
        while not inflate.eof:
            rest = inflate.decompress(b"", _CHUNK)
            if not rest:
                raise BadArchive(Fault.TRUNCATED, f"{member.path!r}: its data break off")
            yield rest
