"""Upkeep of a portal, as pages, commands and the worker share it: what is done, and what the audit calls it.

Knows the store's words; must not know forms, pages or the command line.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from grader.grading.layout import CourseDirectory
from grader.portal.forgetting import forget_people
from grader.store.audit import record
from grader.store.engine import Store
from grader.store.retention import Removed, RetentionPolicy, apply_retention
from grader.store.settings import read_setting, write_setting

UPKEEP_EVERY = timedelta(days=1)
_KEPT_UP = "kept-up-at"
_FAILED = "upkeep-failed-at"


class UpkeepAction(StrEnum):
    """What the audit calls the things that operators do."""

    SIGNING_KEY_ROTATED = "signing-key-rotated"
    SECRET_KEY_ROTATED = "secret-key-rotated"  # noqa: S105  (an action's name)
    RETENTION_APPLIED = "retention-applied"
    BACKED_UP = "backed-up"
    RESTORED = "restored"


def keep_up(store: Store, policy: RetentionPolicy, now: datetime, *, by: str) -> Removed:
    """Forget deleted people, explain what a crash left, remove what is over; all of it audited.

    Raises CourseBusy while somebody is grading; nothing was removed then.
    """
    forget_people(store, CourseDirectory(store.folder / "course"))
    removed = apply_retention(store, policy, now)
    with store.write() as db:
        record(db, now, by, UpkeepAction.RETENTION_APPLIED, "", **asdict(removed))
        write_setting(db, _KEPT_UP, now.isoformat())
        write_setting(db, _FAILED, None)
    return removed


def is_upkeep_due(db: Connection, now: datetime) -> bool:
    """Whether the last upkeep that succeeded is a day ago."""
    last = find_upkeep_time(db)
    return last is None or now - last >= UPKEEP_EVERY


def find_upkeep_time(db: Connection) -> datetime | None:
    """Return when upkeep last succeeded; None if it never did."""
    value = read_setting(db, _KEPT_UP)
    return None if value is None else datetime.fromisoformat(value)


def has_upkeep_failed(db: Connection) -> bool:
    """Whether upkeep failed since it last succeeded."""
    return read_setting(db, _FAILED) is not None


def note_upkeep_failed(db: Connection, now: datetime) -> None:
    """Note for operators that upkeep failed."""
    write_setting(db, _FAILED, now.isoformat())
