"""What a sandboxed kernel is shown of the directory that its notebook lies in: copies of data files.

Knows directories of this machine. Must not follow links, and must not show notebooks (tests and other
people's answers stand in them), databases (the gradebook is one), settings, or anything hidden.
"""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path, PurePosixPath

from grader.errors import GraderError

NOT_DATA = (".ipynb", ".db", ".db-wal", ".db-shm", ".db-journal", ".sqlite", ".sqlite3")
NOT_SHOWN = ("nbgrader_config.py", "__pycache__")
COURSE_MARKS = ("gradebook.db", "nbgrader_config.py", "submitted", "autograded")
"""A directory that holds one of these is a course, not an assignment: nothing in it is shown."""
DATABASE = b"SQLite format 3\0"
MOST_FILES = 1000
MOST_DEPTH = 8


def read_folder(folder: Path, largest_bytes: int) -> list[tuple[str, str]]:
    """Return (relative path, base64 content) of the data files in and below `folder`.

    Raises GraderError when they are more than `largest_bytes` or MOST_FILES.
    """
    if any((folder / mark).exists() for mark in COURSE_MARKS):
        return []
    found: list[tuple[str, str]] = []
    left = largest_bytes
    for top, folders, names, fd in os.fwalk(folder):
        inner = PurePosixPath(Path(top).relative_to(folder).as_posix())
        folders[:] = sorted(name for name in folders if _may_show(name) and len(inner.parts) < MOST_DEPTH)
        for name in sorted(filter(_may_show, names)):
            content = _read(fd, name, left)
            if content is None:
                continue
            left -= len(content)
            found.append((str(inner / name), base64.b64encode(content).decode()))
            if left < 0 or len(found) > MOST_FILES:
                raise GraderError(
                    f"{folder} holds more than {largest_bytes} bytes or {MOST_FILES} files; "
                    "a sandboxed kernel gets copies of them",
                    "put the notebook and its data into a directory of their own",
                )
    return found


def _may_show(name: str) -> bool:
    return not name.startswith(".") and not name.lower().endswith(NOT_DATA) and name not in NOT_SHOWN


def _read(folder_fd: int, name: str, most_bytes: int) -> bytes | None:
    """Return the content of an ordinary file, at most one byte more than `most_bytes`; None for all else."""
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder_fd)
    except OSError:
        return None
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return None
        content = file.read(most_bytes + 1)
    return None if content.startswith(DATABASE) else content
