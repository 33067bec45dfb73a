"""The directory of a ZIP archive: found, read and compared with the entries that it describes.

Knows the ZIP format; must not unpack anything. Every byte of an archive belongs to exactly one entry, so that
nothing can hide before, between or behind them and no two entries can share data.
"""

from __future__ import annotations

import io
import struct
from typing import BinaryIO, NamedTuple

from grader.archives.limits import ArchiveLimits, BadArchive, Fault

_DIRECTORY_BYTES = 1_000
"""Most that one entry may take in the directory, on average: name, comment and extra fields."""
_COMMENT_BYTES = 256
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
ENCRYPTED, _HAS_DESCRIPTOR, PATCH, UTF8 = 1 | 1 << 6 | 1 << 13, 1 << 3, 1 << 5, 1 << 11
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF


class Entry(NamedTuple):
    """One record of the central directory."""

    flags: int
    method: int
    modified: tuple[int, int, int, int, int, int]
    crc: int
    packed_bytes: int
    size_bytes: int
    mode: int
    offset: int
    """Of its header in front of the data."""
    data: int
    """Of the data; 0 until the header was read."""
    raw_name: bytes


def read_directory(stream: BinaryIO, limits: ArchiveLimits) -> list[Entry]:
    """Return the entries in the directory's order; raise BadArchive if any two bytes contradict each other.

    An archive with too many entries is refused before its directory is read.
    """
    start, size, count = _find_directory(stream, limits)
    return _find_data(stream, _read_entries(stream, start, size, count), start)


def take(stream: BinaryIO, offset: int, size: int) -> bytes:
    """Read exactly `size` bytes."""
    stream.seek(offset)
    content = stream.read(size)
    if len(content) != size:
        raise BadArchive(Fault.TRUNCATED, f"{size} bytes wanted at {offset}, {len(content)} there")
    return content


def _find_directory(stream: BinaryIO, limits: ArchiveLimits) -> tuple[int, int, int]:
    """Return start, size and number of entries of the directory."""
    end = _find_end(stream, stream.seek(0, io.SEEK_END))
    _, disk, first_disk, here, count, size, start, _ = _END.unpack(take(stream, end, _END.size))
    said = (disk, first_disk, here, count, size, start)
    if end >= _LOCATOR.size:
        said, end = _read_wide_end(stream, end, said)
    disk, first_disk, here, count, size, start = said
    if disk or first_disk or here != count:
        raise BadArchive(Fault.METHOD, "one part of an archive in several parts")
    if count > limits.entries:
        raise BadArchive(Fault.TOO_MANY, f"{count:,} entries; the limit is {limits.entries:,}")
    if size > count * _DIRECTORY_BYTES:
        raise BadArchive(Fault.DISAGREES, f"a directory of {size:,} bytes for {count:,} entries")
    if start + size != end:
        raise BadArchive(Fault.EXTRA_BYTES, f"a directory up to {start + size:,}, its end at {end:,}")
    return start, size, count


_Ends = tuple[int, int, int, int, int, int]


def _read_wide_end(stream: BinaryIO, end: int, said: _Ends) -> tuple[_Ends, int]:
    """Return what the ZIP64 end says and where it stands; what the plain end says, if there is none."""
    locator = take(stream, end - _LOCATOR.size, _LOCATOR.size)
    if locator[:4] != b"PK\6\7":
        return said, end
    _, disk, place, disks = _LOCATOR.unpack(locator)
    if place + _END64.size != end - _LOCATOR.size:
        raise BadArchive(Fault.EXTRA_BYTES, "the ZIP64 end is not where it is said to be")
    magic, _, _, _, *rest = _END64.unpack(take(stream, place, _END64.size))
    wide = (rest[0], rest[1], rest[2], rest[3], rest[4], rest[5])
    full = (_FULL16,) * 4 + (_FULL32,) * 2
    agree = all(a in (b, most) for a, b, most in zip(said, wide, full, strict=True))
    if magic != b"PK\6\6" or disk or disks > 1 or not agree:
        raise BadArchive(Fault.DISAGREES, "the two ends of the archive differ")
    return wide, place


def _find_end(stream: BinaryIO, length: int) -> int:
    """Return where the end record starts: its comment, if any, must reach the last byte."""
    head = take(stream, 0, min(4, length))
    if not head.startswith(b"PK"):
        if length > _END.size and take(stream, length - _END.size, 4) == b"PK\5\6":
            raise BadArchive(Fault.EXTRA_BYTES, "something stands before the archive")
        raise BadArchive(Fault.NOT_ZIP, f"it begins with {head!r}")
    behind = min(length, _END.size + _FULL16)
    tail = take(stream, length - behind, behind)
    place = tail.rfind(b"PK\5\6")
    while place >= 0 and len(tail) - place < _END.size:
        place = tail.rfind(b"PK\5\6", 0, place)
    if place < 0:
        raise BadArchive(Fault.TRUNCATED, "the end is missing")
    comment = len(tail) - place - _END.size
    announced = _END.unpack_from(tail, place)[-1]
    if announced > comment:
        raise BadArchive(Fault.TRUNCATED, f"{announced - comment} bytes are missing at the end")
    if announced < comment or comment > _COMMENT_BYTES:
        raise BadArchive(Fault.EXTRA_BYTES, f"{comment} bytes behind the archive")
    return length - behind + place


def _read_entries(stream: BinaryIO, start: int, size: int, count: int) -> list[Entry]:
    """Return the records of the central directory, which must fill it exactly."""
    directory = take(stream, start, size)
    entries: list[Entry] = []
    at = 0
    while at < size and len(entries) < count:
        if size - at < _CENTRAL.size or directory[at : at + 4] != b"PK\1\2":
            raise BadArchive(Fault.CORRUPT, f"entry {len(entries) + 1} of the directory")
        (
            _,
            _,
            _,
            flags,
            method,
            time,
            date,
            crc,
            packed,
            whole,
            name,
            extra,
            comment,
            disk,
            _,
            mode,
            offset,
        ) = _CENTRAL.unpack_from(directory, at)
        at += _CENTRAL.size
        fields = directory[at + name : at + name + extra]
        whole, packed, offset = _widen(fields, whole, packed, offset)
        raw_name = directory[at : at + name]
        at += name + extra + comment
        if at > size or disk not in (0, _FULL16):
            raise BadArchive(Fault.CORRUPT, f"entry {len(entries) + 1} of the directory")
        entries.append(
            Entry(flags, method, _moment(date, time), crc, packed, whole, mode >> 16, offset, 0, raw_name)
        )
    if at != size or len(entries) != count:
        raise BadArchive(Fault.DISAGREES, f"{count:,} entries announced, the directory says otherwise")
    return entries


def _widen(fields: bytes, *values: int) -> list[int]:
    """Return 32-bit values, taking from the ZIP64 field what does not fit in them."""
    wide = list(values)
    at = 0
    while len(fields) - at >= 4:
        kind, length = struct.unpack_from("<HH", fields, at)
        if kind == 1:
            field = fields[at + 4 : at + 4 + length]
            numbers = iter(struct.unpack_from(f"<{min(len(field) // 8, 3)}Q", field))
            wide = [next(numbers, value) if value == _FULL32 else value for value in wide]
            break
        at += 4 + length
    return wide


def _moment(date: int, time: int) -> tuple[int, int, int, int, int, int]:
    day = (1980 + (date >> 9), date >> 5 & 15, date & 31)
    return (*day, time >> 11, time >> 5 & 63, (time & 31) * 2)


def _find_data(stream: BinaryIO, entries: list[Entry], end: int) -> list[Entry]:
    """Return the entries with the places of their data; they must fill the archive up to `end`."""
    places: dict[int, int] = {}
    at = 0
    for entry in sorted(entries, key=lambda one: one.offset):
        if entry.offset != at:
            raise BadArchive(Fault.EXTRA_BYTES, f"entry at {entry.offset:,}, expected at {at:,}")
        places[at] = data = at + _check_local(stream, entry)
        at = data + entry.packed_bytes
        if at > end:
            raise BadArchive(Fault.EXTRA_BYTES, "an entry reaches into the directory")
        if entry.flags & _HAS_DESCRIPTOR:
            at += _descriptor_bytes(stream, at, entry)
    if at != end:
        raise BadArchive(Fault.EXTRA_BYTES, f"{end - at:,} bytes before the directory belong to no entry")
    return [entry._replace(data=places[entry.offset]) for entry in entries]


def _check_local(stream: BinaryIO, entry: Entry) -> int:
    """Return the length of an entry's local header, which must say what the directory says."""
    head = take(stream, entry.offset, _LOCAL.size)
    magic, _, flags, method, _, _, crc, packed, whole, name, extra = _LOCAL.unpack(head)
    rest = take(stream, entry.offset + _LOCAL.size, name + extra)
    whole, packed = _widen(rest[name:], whole, packed)
    said = (crc, packed, whole)
    meant = (entry.crc, entry.packed_bytes, entry.size_bytes)
    later = bool(flags & _HAS_DESCRIPTOR)  # then they follow the data, and may be left out here
    fits = all(a == b or (later and a in (0, _FULL32)) for a, b in zip(said, meant, strict=True))
    telling = ENCRYPTED | UTF8 | _HAS_DESCRIPTOR
    same = magic == b"PK\3\4" and method == entry.method and rest[:name] == entry.raw_name
    if not (fits and same and flags & telling == entry.flags & telling):
        detail = f"the entry at {entry.offset:,} and its line in the directory differ"
        raise BadArchive(Fault.DISAGREES, detail)
    length: int = _LOCAL.size + name + extra
    return length


def _descriptor_bytes(stream: BinaryIO, at: int, entry: Entry) -> int:
    """Return the length of what follows an entry's data: checksum and sizes, in one of four shapes."""
    stream.seek(at)
    found = stream.read(24)
    if found.startswith((b"PK\3\4", b"PK\1\2")):
        return 0  # announced and left out: some programs do so for folders
    sizes = (entry.crc, entry.packed_bytes, entry.size_bytes)
    # The wide shape first: the narrow one of an empty file is its beginning.
    for shape in ("<LQQ", "<LLL"):
        if max(sizes) > _FULL32 and shape == "<LLL":
            break
        plain = struct.pack(shape, *sizes)
        for meant in (b"PK\7\x08" + plain, plain):
            if found.startswith(meant):
                return len(meant)
    raise BadArchive(Fault.DISAGREES, f"what follows the entry at {entry.offset:,} contradicts the directory")
