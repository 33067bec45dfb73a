"""Writing files so that they are there after a power cut, whole or not at all.

Knows fsync, rename and what a full disk is called; must not know what the files hold.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from grader.errors import EnvironmentProblem

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def naming_disk_trouble() -> Iterator[None]:
    """Turn what the file system refuses into an EnvironmentProblem: nothing was kept."""
    try:
        yield
    except OSError as error:
        cause = "the disk is full" if error.errno in _FULL else error.strerror or type(error).__name__
        raise EnvironmentProblem(
            f"the data folder cannot be written: {cause}",
            "nothing was kept; try again, and tell the operator if it stays",
        ) from error


def write_durably(path: Path, content: bytes) -> None:
    """Write a file that only the portal's user reads; when this returns, it is on disk."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    with naming_disk_trouble():
        make_folder(path.parent)
        try:
            write_new(temporary, content)
            os.replace(temporary, path)  # noqa: PTH105  (tests of power cuts watch `os`)
        except OSError:
            with suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(path.parent)


def write_new(path: Path, content: bytes) -> None:
    """Write a new file that only the portal's user reads; its content is on disk then, its name not yet."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def make_folder(path: Path) -> None:
    """Make a folder and those above it; each one's name is on disk when this returns."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Return when the names in a folder are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
