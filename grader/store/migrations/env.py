"""Alembic runs this file for every migration. Knows the connection of `migrate` alone."""

from __future__ import annotations

from alembic import context

from grader.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite too: our transactions begin before the first statement
    # What tools/migration.py asks for when it writes the next script.
    **context.config.attributes.get("writing", {}),
)
with context.begin_transaction():
    context.run_migrations()
