"""Blobs: bytes kept under the name of their SHA-256, below `blobs/` in the data folder.

Knows folders, hashes and durable writing; must not know what the bytes are or who sent them. A blob that is
there is whole: it is written beside its place, brought to disk, and only then given its name.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from grader.errors import GraderError
from grader.store.disk import make_folder, naming_disk_trouble, sync_folder, write_new

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class StoredBlob:
    """Bytes that are on disk."""

    digest: str
    """SHA-256, lower-case hexadecimal."""
    size_bytes: int


class DamagedBlob(GraderError):
    """Stored bytes are gone or no longer what their name says."""

    def __init__(self, digest: str, what: str) -> None:
        super().__init__(
            f"blob {digest} is {what}", "restore it from a backup, then run `medai portal check`"
        )
        self.digest = digest


def put_blobs(folder: Path, contents: Sequence[bytes]) -> tuple[StoredBlob, ...]:
    """Keep each of `contents`; when this returns, bytes and names are on disk.

    What is there already is written again: that costs little and heals a damaged blob.
    """
    blobs = tuple(StoredBlob(hash_bytes(content), len(content)) for content in contents)
    waiting: dict[Path, Path] = {}
    with naming_disk_trouble():
        make_folder(incoming_folder(folder))
        try:
            for blob, content in zip(blobs, contents, strict=True):
                place = blob_path(folder, blob.digest)
                if place not in waiting:
                    waiting[place] = incoming_folder(folder) / f"{secrets.token_hex(16)}.part"
                    write_new(waiting[place], content)
            for parent in {place.parent for place in waiting}:
                make_folder(parent)
            for place, temporary in waiting.items():
                os.replace(temporary, place)  # noqa: PTH105  (tests of power cuts watch `os`)
            for parent in {place.parent for place in waiting} | {folder / "blobs"}:
                sync_folder(parent)  # `blobs` too: another process may have made a folder in it just now
        except OSError:
            for temporary in waiting.values():
                with suppress(OSError):
                    temporary.unlink()
            raise
    return blobs


def put_blob(folder: Path, content: bytes) -> StoredBlob:
    """Keep bytes; keeping the same twice is keeping them once."""
    return put_blobs(folder, [content])[0]


def read_blob(folder: Path, digest: str) -> bytes:
    """Return a blob's bytes. Raises DamagedBlob unless they are what their name says."""
    try:
        content = blob_path(folder, digest).read_bytes()
    except FileNotFoundError as error:
        raise DamagedBlob(digest, "missing") from error
    if hash_bytes(content) != digest:
        raise DamagedBlob(digest, "damaged")
    return content


def has_blob(folder: Path, digest: str) -> bool:
    """Whether a blob is there; a blob that is there was whole when it was written."""
    return blob_path(folder, digest).is_file()


def is_intact(folder: Path, digest: str) -> bool:
    """Whether a blob is there and its bytes are what its name says; reads it piece by piece."""
    try:
        with blob_path(folder, digest).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except OSError:
        return False


def remove_blob(folder: Path, digest: str) -> None:
    """Remove a blob, if it is there."""
    blob_path(folder, digest).unlink(missing_ok=True)


def list_blobs(folder: Path) -> Iterator[str]:
    """Yield the digests of all blobs."""
    for path in sorted((folder / "blobs").glob("[0-9a-f][0-9a-f]/*")):
        if _DIGEST.fullmatch(path.name):
            yield path.name


def hash_bytes(content: bytes) -> str:
    """Return the SHA-256 that names bytes."""
    return hashlib.sha256(content).hexdigest()


def blob_path(folder: Path, digest: str) -> Path:
    """Return where a blob lies in the data folder `folder`."""
    if not _DIGEST.fullmatch(digest):
        raise ValueError("a blob is named by 64 hexadecimal digits")
    return folder / "blobs" / digest[:2] / digest


def incoming_folder(folder: Path) -> Path:
    """Return where bytes lie while they arrive: on the same file system as the blobs."""
    return folder / "blobs" / "incoming"
