"""Names of files that every system can hold, and writing files so that a crash leaves the old or the new.

Knows file systems' rules; must not know what is in the files.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath

from grader.archives.limits import ArchiveLimits, judge_path


def is_portable_name(name: str) -> bool:
    """Whether this can be the name of one file or folder on every system."""
    return judge_path(name, ArchiveLimits(depth=1)) is None and name.isprintable()


def write_durably(path: Path, content: bytes) -> None:
    """Write a file whole and on disk when this returns; a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.part")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105  (named as it is documented: atomic on Windows too)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Bring a folder's entries to disk where the system can; Windows opens no folders and needs none."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def place_files(folder: Path, files: Mapping[str, bytes], *, replace: bool) -> list[str]:
    """Write files under a folder; return the paths written. Without `replace`, what is there stays."""
    written = []
    for name, content in files.items():
        path = folder.joinpath(*PurePosixPath(name).parts)
        if not replace and path.exists():
            continue
        write_durably(path, content)
        written.append(name)
    return written
