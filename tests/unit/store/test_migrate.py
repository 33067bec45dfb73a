"""Tests of `grader.store.migrate`: the migrations make what the schema says, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from postgres_server import PostgresServer
from sqlalchemy import inspect, text

from grader.errors import EnvironmentProblem
from grader.store.engine import Store, open_store
from grader.store.migrate import find_version, migrate, newest_version
from grader.store.schema import metadata


def test_migrations_make_what_the_schema_says(store: Store) -> None:
    """A fresh database, migrated, differs in nothing from `schema.metadata`."""
    with store.read() as db:
        # Alembic takes SQLite's '' for a difference from ''; the script is the same for both databases.
        options = {"compare_type": True, "compare_server_default": not store.is_sqlite}
        context = MigrationContext.configure(db, opts=options)
        assert compare_metadata(context, metadata) == []
        assert find_version(db) == newest_version()


def test_migrating_again_changes_nothing(store: Store) -> None:
    """A portal migrates at every start."""
    assert migrate(store) == migrate(store) == newest_version()


def test_a_newer_database_is_not_touched(store: Store) -> None:
    """A program must not work on tables that it does not know."""
    with store.write() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(EnvironmentProblem, match=r"9999.*\n.*newer version"):
        migrate(store)


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_two_start_at_once(database: str, tmp_path: Path, postgres: PostgresServer) -> None:
    """Several processes of one portal find an empty database: one makes the tables, the others wait."""
    url = postgres.url(postgres.make_database()) if database == "postgres" else None
    stores = [open_store(tmp_path, url) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(migrate, stores)) == {newest_version()}
    assert set(inspect(stores[0].engine).get_table_names()) == {*metadata.tables, "alembic_version"}
    for store in stores:
        store.close()
