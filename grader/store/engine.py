"""Opening the store: SQLite in the data folder, or PostgreSQL by URL; and transactions that keep their word.

Knows databases and their settings; must not know tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from grader.errors import EnvironmentProblem, UsageError

BUSY_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class Store:
    """An open store: a database and the folder that holds blobs and keys."""

    engine: Engine
    folder: Path
    _turn: Lock = field(default_factory=Lock, repr=False, compare=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is the embedded one."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the database; what it changed is undone."""
        with _naming_trouble(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            yield connection
            connection.rollback()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection whose changes are all kept, on disk, or all undone.

        SQLite takes its write lock at the start, so nothing that was read inside can be out of date. Threads
        of this process queue for it here: SQLite itself would let them poll, and some of them starve.
        """
        turn: AbstractContextManager[Any] = self._turn if self.is_sqlite else nullcontext()
        with turn, _naming_trouble(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_store(folder: Path, url: str | None = None) -> Store:
    """Open the store in `folder`; without `url` its database is `portal.db` there.

    The tables must be there already: see `migrate`. Raises EnvironmentProblem if the folder cannot be used.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise EnvironmentProblem(
            f"the data folder {folder} cannot be made: {error.strerror}", "choose another with --data"
        ) from error
    return Store(make_engine(url or f"sqlite:///{(folder / 'portal.db').resolve()}"), folder)


def make_engine(url: str) -> Engine:
    """Return an engine with the settings that the store relies on."""
    if not url.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
        raise UsageError(
            "this database is none that a portal can use",  # the URL may hold a password: it is not shown
            "write --database-url like postgresql://name@server/database, or leave it out for SQLite",
        )
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    if not url.startswith("sqlite"):
        engine = create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=20, pool_recycle=1800)
        event.listen(engine, "connect", _set_up_postgres)
        return engine
    patience = {"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}
    engine = create_engine(url, connect_args=patience, pool_size=20, max_overflow=30)
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_postgres(connection: Any, _record: Any) -> None:
    # A commit is on disk before anyone gets a receipt, whatever the server does for others.
    connection.execute("SET synchronous_commit TO on")
    connection.commit()


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")  # a commit is on disk before anyone gets a receipt
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


@contextmanager
def _naming_trouble() -> Iterator[None]:
    """Turn a database that is away, full or locked into an EnvironmentProblem.

    The hint promises nothing about what was saved: a connection can break while the answer to a commit is on
    its way.
    """
    try:
        yield
    except PoolTimeout as error:
        raise EnvironmentProblem("too many are at work just now", "try again in a minute") from error
    except DBAPIError as error:
        if isinstance(error, OperationalError) or error.connection_invalidated:
            reason = str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__
            raise EnvironmentProblem(
                f"the database cannot be used just now: {reason}",
                "try again, and tell the operator if it stays",
            ) from error
        raise
