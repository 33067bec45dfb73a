"""Bringing the tables to the version that this code works with.

Knows Alembic and where the migrations lie; must not know what the tables mean.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from grader.errors import EnvironmentProblem
from grader.store.engine import Store

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x6D656461  # "meda": PostgreSQL's advisory lock of whoever migrates


def migrate(store: Store) -> str:
    """Create the tables, or bring them to the newest version, in one transaction; return that version.

    Safe to call at every start, by several processes at once. Raises EnvironmentProblem when the database
    was made by a newer program.
    """
    with store.write() as db:
        if not store.is_sqlite:
            db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        current, newest = find_version(db), newest_version()
        if current != newest:
            config = alembic_config(db)
            if current is not None and not knows_version(current):
                raise EnvironmentProblem(
                    f"the database has version {current}, which this program does not know",
                    "it was made by a newer version: install that one, or restore a backup of this one",
                )
            command.upgrade(config, "head")
    return newest


def find_version(db: Connection) -> str | None:
    """Return the version of the tables; None for an empty database."""
    version: str | None = MigrationContext.configure(db).get_current_revision()
    return version


@cache
def newest_version() -> str:
    """Return the version that this code works with."""
    head = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    if head is None:
        raise EnvironmentProblem("the program's migrations are missing", "install it again")
    return head


def alembic_config(db: Connection) -> Config:
    """Return what Alembic needs to work on an open connection."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = db
    return config


def knows_version(version: str) -> bool:
    """Whether tables of this version can be made and brought to the newest."""
    return version in {script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
