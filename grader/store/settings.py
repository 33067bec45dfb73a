"""Few facts that a portal knows about itself: its id, when it went back to a backup.

Knows the table `settings`; must not know what is done with a value.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, text

from grader.store.schema import settings

PORTAL_ID = "portal-id"
"""Random; tells the receipts of two portals apart."""
ADDRESS = "address"
"""Where people reached the portal when it last started."""
BACKED_UP_AT = "backed-up-at"
"""ISO 8601; when the last backup was made."""
RESTORED_AT = "restored-at"
"""ISO 8601; when the last restore from a backup happened."""


def read_setting(db: Connection, name: str) -> Any:
    """Return a value, None when it was never set."""
    return db.execute(select(settings.c.value).where(settings.c.name == name)).scalar_one_or_none()


def lock_settings(db: Connection) -> None:
    """Let nobody else write settings until this transaction ends, so that what is read next stays true.

    Who also needs `lock_chain` takes that first. SQLite lets one transaction write at a time anyway.
    """
    if db.dialect.name != "sqlite":
        db.execute(text("LOCK TABLE settings IN SHARE ROW EXCLUSIVE MODE"))


def write_setting(db: Connection, name: str, value: Any) -> None:
    """Set a value: anything that JSON can hold."""
    lock_settings(db)
    db.execute(delete(settings).where(settings.c.name == name))
    db.execute(insert(settings).values(name=name, value=value))


def find_restore_time(db: Connection) -> datetime | None:
    """Return when the portal last went back to a backup."""
    value = read_setting(db, RESTORED_AT)
    return None if value is None else datetime.fromisoformat(value)
