"""An assignment's folder as one hand-in, and archives from the portal as files.

Knows folders and zip archives; must not know the portal. The same folder gives the same bytes, so that
submitting it twice is noticed.
"""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.archives.limits import ArchiveLimits, BadArchive
from grader.archives.unpack import unpack_all
from grader.exchange.troubles import BrokenAnswer, PortalTrouble, say

_DAWN = (1980, 1, 1, 0, 0, 0)
"""The oldest time that a zip archive can hold: entries carry no clock."""
_LIMITS = ArchiveLimits(entries=2_000, total_bytes=500_000_000, file_bytes=200_000_000, nested=True)
"""A release holds a course's data and packages; what one person hands in is held to less by the portal."""
Ignore = Callable[[str, list[str]], Collection[str]]
"""As `shutil.copytree` takes it: a folder and its names give the names to leave out."""


@dataclass(frozen=True)
class Packed:
    """What is sent."""

    file_name: str
    content: bytes


def read_folder(folder: Path, ignore: Ignore, max_bytes: int | None = None) -> dict[str, bytes]:
    """Return the files of a folder by relative path with forward slashes; links are not followed.

    Raises PortalTrouble when they have more than `max_bytes` together.
    """
    files: dict[str, bytes] = {}
    total = 0
    for here, folders, names in os.walk(folder):
        left_out = set(ignore(here, [*folders, *names]))
        folders[:] = sorted(f for f in folders if f not in left_out and not Path(here, f).is_symlink())
        for name in sorted(set(names) - left_out):
            path = Path(here, name)
            if path.is_symlink() or not path.is_file():
                continue
            total += path.stat().st_size
            if max_bytes is not None and total > max_bytes:
                raise too_big(folder, max_bytes)
            files[path.relative_to(folder).as_posix()] = path.read_bytes()
    return files


def digest_files(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return path → SHA-256."""
    return {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}


def pack_hand_in(files: Mapping[str, bytes], handed_out: Collection[tuple[str, str]]) -> Packed:
    """Return what to send of an assignment's folder: what its owner made or changed.

    `handed_out` are path and SHA-256 of released files; the portal has those. Notebooks always go along. A
    notebook alone goes as it is, more as a zip.
    """
    digests = digest_files(files)
    own = {
        path: content
        for path, content in files.items()
        if path.endswith(".ipynb") or (path, digests[path]) not in handed_out
    }
    if len(own) == 1:
        [(path, content)] = own.items()
        return Packed(path.rsplit("/", 1)[-1], content)
    return Packed("hand-in.zip", zip_files(own))


def zip_files(files: Mapping[str, bytes]) -> bytes:
    """Return an archive of `files` by path, independent of clock and order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _DAWN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3  # else Windows would write other bytes
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def unzip_files(content: bytes) -> dict[str, bytes]:
    """Return the files of an archive from the portal; raise BrokenAnswer if one has no place everywhere."""
    try:
        return unpack_all(content, _LIMITS)
    except BadArchive as error:
        raise BrokenAnswer(error.message) from error


def too_big(folder: Path, limit: int) -> PortalTrouble:
    """Return the trouble of a folder whose files are more than may be sent."""
    return PortalTrouble(
        say(
            f"과제 폴더({folder})의 파일이 모두 {limit:,}바이트를 넘습니다. 제출되지 않았습니다.",
            f"The files in {folder} are more than {limit:,} bytes together. Nothing was handed in.",
        ),
        say(
            "큰 데이터나 출력 파일을 폴더 밖으로 옮기고 노트북의 출력을 지운 뒤 다시 제출해 주십시오.",
            "Move large data or output files out of the folder, clear the notebook's outputs, submit again.",
        ),
    )
