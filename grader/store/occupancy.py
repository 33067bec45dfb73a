"""Who holds a data folder: one server at a time, and nobody else while it goes back to a backup.

Knows a lock file; must not know what is done in the folder. The lock ends with the process, however it ends.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from grader.errors import EnvironmentProblem

LOCK_NAME = "portal.lock"


@contextmanager
def occupy_folder(folder: Path) -> Iterator[None]:
    """Hold the data folder alone; raise EnvironmentProblem if a portal serves from it already."""
    with (folder / LOCK_NAME).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise EnvironmentProblem(
                f"a portal is running with the data in {folder}",
                "stop that one first, or name another --data",
            ) from error
        yield
