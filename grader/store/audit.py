"""The audit: who did what to whom, and when; kept as rows, never as a log.

Knows the table `audit`; must not know pages. Details hold ids, counts and names of choices: never what
somebody typed, which may be a password in the wrong field, and never work or health data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, insert, or_, select

from grader.store.schema import audit

SYSTEM = "system"
"""The actor when no person asked: the command line on the server, or the portal itself."""
STRANGER = "stranger"
"""The actor before anybody is known."""
RESERVED_IDS = frozenset({SYSTEM, STRANGER})
PAGE = 100


class Action(StrEnum):
    """What can happen to people and their accounts; other rooms of the store name their own."""

    SIGNED_IN = "signed-in"
    SIGN_IN_FAILED = "sign-in-failed"
    ACCOUNT_LOCKED = "account-locked"
    SECOND_FACTOR_PASSED = "second-factor-passed"
    SECOND_FACTOR_FAILED = "second-factor-failed"
    SECOND_FACTOR_ENROLLED = "second-factor-enrolled"
    SECOND_FACTOR_RESET = "second-factor-reset"
    RECOVERY_CODE_USED = "recovery-code-used"
    RECOVERY_CODES_RENEWED = "recovery-codes-renewed"
    SIGNED_OUT = "signed-out"
    SESSIONS_CLOSED = "sessions-closed"
    JOINED = "joined"
    JOIN_FAILED = "join-failed"
    INVITED = "invited"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105  (an action's name)
    TOKEN_CREATED = "token-created"  # noqa: S105
    TOKEN_REVOKED = "token-revoked"  # noqa: S105
    PEOPLE_IMPORTED = "people-imported"
    PERSON_ADDED = "person-added"
    PERSON_CHANGED = "person-changed"
    PERSON_DEACTIVATED = "person-deactivated"
    PERSON_REACTIVATED = "person-reactivated"
    DATA_EXPORTED = "data-exported"
    PERSON_DELETED = "person-deleted"


@dataclass(frozen=True)
class AuditLine:
    """One line of the audit."""

    id: int
    at: datetime
    actor: str
    action: str
    object: str
    detail: Mapping[str, Any]


def record(db: Connection, now: datetime, actor: str, action: str, about: str = "", **detail: object) -> None:
    """Write one line, in the transaction of what it tells. `about` is e.g. `person:hq-001`."""
    db.execute(insert(audit).values(at=now, actor=actor, action=action, object=about, detail=detail))


def about_person(person_id: str) -> str:
    """Return how lines name a person they are about."""
    return f"person:{person_id}"


def about_assignment(assignment: str) -> str:
    """Return how lines name an assignment they are about."""
    return f"assignment:{assignment}"


def about_submission(uuid: str) -> str:
    """Return how lines name a hand-in they are about, also one that was turned away."""
    return f"submission:{uuid}"


def list_audit(
    db: Connection, action: str = "", person_id: str = "", before: int | None = None, limit: int = PAGE
) -> list[AuditLine]:
    """Return up to `limit` lines, latest first, older than line `before`; for operators."""
    query = select(audit)
    if action:
        query = query.where(audit.c.action == action)
    if person_id:
        query = _about(query, person_id)
    if before is not None:
        query = query.where(audit.c.id < before)
    return [_line(row) for row in db.execute(query.order_by(audit.c.id.desc()).limit(limit)).mappings()]


def list_actions(db: Connection) -> list[str]:
    """Return every action that some line tells of, for the filter."""
    return list(db.execute(select(audit.c.action).distinct().order_by(audit.c.action)).scalars())


def list_own_audit(db: Connection, person_id: str) -> list[AuditLine]:
    """Return every line by or about one person, oldest first; for their own data."""
    query = _about(select(audit), person_id).order_by(audit.c.id)
    return [_line(row) for row in db.execute(query).mappings()]


def _about(query: Select[Any], person_id: str) -> Select[Any]:
    return query.where(or_(audit.c.actor == person_id, audit.c.object == about_person(person_id)))


def _line(row: RowMapping) -> AuditLine:
    return AuditLine(**{name: row[name] for name in ("id", "at", "actor", "action", "object", "detail")})
