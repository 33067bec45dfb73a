"""What an archive may hold, and what is wrong with one that holds something else.

Knows limits, names and first bytes; must not know the ZIP format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from grader.errors import GraderError

_DEVICE = re.compile(r"(?:con|prn|aux|nul|clock\$|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\..*)?", re.I)
_PACKED = (
    *(b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07"),
    *(b"ALZ\x01", b"EGGA", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"MSCF"),
)
_DOCUMENTS = (".docx", ".xlsx", ".pptx", ".hwpx", ".odt", ".ods", ".odp", ".npz")
"""ZIP inside, but nobody unpacks them as archives: the course hands some out beside its notebooks."""
_MADE_BY_PROGRAMS = {".ds_store", "thumbs.db", "desktop.ini", "__macosx", ".ipynb_checkpoints", "__pycache__"}


class Fault(StrEnum):
    """What is wrong with an archive or one of its entries."""

    NOT_ZIP = "not-zip"
    TRUNCATED = "truncated"
    EXTRA_BYTES = "extra-bytes"
    """Something stands before, between or behind the entries, or entries overlap."""
    DISAGREES = "disagrees"
    """The two descriptions of an entry, or the description and its bytes, differ."""
    CORRUPT = "corrupt"
    TOO_MANY = "too-many"
    TOO_BIG = "too-big"
    BOMB = "bomb"
    """Unpacks to many times its size."""
    ENCRYPTED = "encrypted"
    METHOD = "method"
    """Compressed in a way that only some programs can read."""
    NESTED = "nested"
    OUTSIDE = "outside"
    """The name leads out of the folder that the archive is unpacked to."""
    BAD_NAME = "bad-name"
    TOO_DEEP = "too-deep"
    LINK = "link"
    DUPLICATE = "duplicate"


class BadArchive(GraderError):
    """An archive, or one of its entries, that is not unpacked; carries the fault and its evidence."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(f"the archive is refused ({fault}): {detail}", "make a new ZIP file of the folder")
        self.fault = fault
        self.detail = detail
        """Evidence in English: a name, a size, a count."""


@dataclass(frozen=True)
class ArchiveLimits:
    """How much an archive may hold; the defaults are for one person's work."""

    entries: int = 200
    total_bytes: int = 60_000_000
    """Of everything unpacked."""
    file_bytes: int = 20_000_000
    ratio: int = 100
    """Unpacked bytes for each packed one. Counts from 2 MB of a file: short texts shrink a lot."""
    depth: int = 8
    """Parts of a path, the file's name among them."""
    name_characters: int = 200
    """Of a whole path."""
    nested: bool = False
    """Whether entries may be archives. They are not unpacked in either case."""


def is_packed(head: bytes, name: str = "") -> bool:
    """Return whether a file is an archive, by its first 262 bytes; office documents do not count."""
    if name.casefold().endswith(_DOCUMENTS):
        return False
    return head.startswith(_PACKED) or head[257:262] == b"ustar"


def is_made_by_programs(path: str) -> bool:
    """Return whether systems and editors made the file on their own: nobody hands such a thing in."""
    return any(part in _MADE_BY_PROGRAMS or part.startswith("._") for part in path.casefold().split("/"))


def judge_path(path: str, limits: ArchiveLimits) -> Fault | None:
    """Return why a relative path could not be a file on every system, or None if it can."""
    parts = re.split(r"[/\\]", path)
    if ".." in parts or not parts[0] or re.match(r"[A-Za-z]:", path):
        return Fault.OUTSIDE
    if len(path) > limits.name_characters or not path.isprintable() or re.search(r'[\\:*?"<>|]', path):
        return Fault.BAD_NAME
    if any(not part or part.endswith((".", " ")) or _DEVICE.fullmatch(part) for part in parts):
        return Fault.BAD_NAME
    return Fault.TOO_DEEP if len(parts) > limits.depth else None
