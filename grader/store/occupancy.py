"""Who holds a data folder and its database: one server at a time, and nobody else during a restore.

Knows a lock file and a lock of PostgreSQL; must not know what is done meanwhile. Both end with the process,
however it ends.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from grader.errors import EnvironmentProblem
from grader.store.engine import Store

LOCK_NAME = "portal.lock"
_LOCK = 0x6F636375  # "occu": PostgreSQL's advisory lock of whoever serves, or restores


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


@contextmanager
def occupy_database(store: Store) -> Iterator[None]:
    """Hold the database alone; raise EnvironmentProblem if a portal serves from it already.

    This stops a portal with a copy of the data folder, whose signing key is right. One connection holds the
    lock: when PostgreSQL restarts, or behind a pooler that shares connections between transactions, the lock
    is gone and a second portal could begin. SQLite's database lies in the folder: see `occupy_folder`.
    """
    if store.is_sqlite:
        yield
        return
    with store.engine.connect() as held:
        is_ours = held.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK}).scalar_one()
        held.commit()
        if not is_ours:
            raise EnvironmentProblem(
                "another portal is running with this database",
                "stop that one first, or name another database",
            )
        try:
            yield
        finally:
            held.invalidate()  # the lock ends with the connection, which must not go back to the others
