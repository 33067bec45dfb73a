"""A PostgreSQL of the tests' own: in a temporary folder, reached through a socket in it, gone afterwards.

Durability is off: what survives a crash of the database is PostgreSQL's own business.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg

DURABLE = ("listen_addresses=", "max_connections=120")
SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", *DURABLE)
START_S = 60


@dataclass
class PostgresServer:
    """A running server whose databases are made and dropped at will."""

    folder: Path
    settings: Sequence[str] = SETTINGS
    numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str) -> str:
        """Return the address of a database, as an operator would write it."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def make_database(self, template: str = "template0") -> str:
        """Make a database with what `template` holds; return its name."""
        name = f"test_{next(self.numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database and end whatever is connected to it."""
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = " ".join(
            f"-c {setting}" for setting in (*self.settings, f"unix_socket_directories={self.folder}")
        )
        log = str(self.folder / "log")
        self._control("start", "-w", "-t", str(START_S), "-l", log, "-o", options)

    def stop(self) -> None:
        """Stop the server at once."""
        self._control("stop", "-m", "immediate", "-w")

    def _control(self, *arguments: str) -> None:
        run_as_postgres([program("pg_ctl"), "-D", str(self.folder / "data"), "-s", *arguments])

    def _run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def run_postgres(settings: Sequence[str] = SETTINGS) -> Iterator[PostgresServer]:
    """Give a running server; afterwards nothing of it is left. With `DURABLE` it is as safe as it ships."""
    # A socket's path holds at most 107 bytes, so not below pytest's own folder.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        run_as_postgres(
            [program("initdb"), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        )  # fmt: skip
        server = PostgresServer(folder, settings)
        server.start()
        try:
            yield server
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def program(name: str) -> str:
    """Return where Debian keeps a program of PostgreSQL's server: not on PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    path = str(found[-1]) if found else shutil.which(name)
    assert path, f"{name} is missing: run `make setup-browser`, or ask for Debian's package postgresql"
    return path


def run_as_postgres(command: list[str]) -> None:
    """Run a program of PostgreSQL's, which refuses to run as root."""
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr + done.stdout
