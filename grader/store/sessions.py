"""Sessions: who is signed in, since when, and until when.

Knows the table `sessions`; must not know cookies or pages. A token is 32 random bytes and the table keeps
its SHA-256: there is nothing to guess in it, so a slow hash would protect nothing, and would let strangers
burn our processor with made-up tokens. Whoever reads the table still cannot sign in with what it holds.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from grader.model.people import Person
from grader.store.people import person_of
from grader.store.schema import people, sessions

TOKEN_BYTES = 32
TOUCH_EVERY = timedelta(minutes=1)
"""Reading a page writes nothing, unless the last sign of life is older than this."""


@dataclass(frozen=True)
class SessionLimits:
    """How long a session lives, in seconds."""

    idle_s: float
    """Without a request."""
    absolute_s: float
    """Since the sign-in, whatever happens."""

    def expiry(self, created_at: datetime, now: datetime) -> datetime:
        """Return when a session ends that was last used now."""
        return min(now + timedelta(seconds=self.idle_s), created_at + timedelta(seconds=self.absolute_s))


@dataclass(frozen=True)
class Session:
    """A session that holds."""

    digest: str
    """SHA-256 of its token; names it on the account page."""
    person: Person
    csrf: str
    """What every form sends back."""
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    second_factor_at: datetime | None


def open_session(
    db: Connection, person: Person, now: datetime, limits: SessionLimits, second_factor: bool = False
) -> tuple[str, Session]:
    """Open a session and return its token, which nobody can read again, and the session."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    session = Session(
        digest=digest_token(token),
        person=person,
        csrf=secrets.token_urlsafe(TOKEN_BYTES),
        created_at=now,
        last_seen_at=now,
        expires_at=limits.expiry(now, now),
        second_factor_at=now if second_factor else None,
    )
    db.execute(
        insert(sessions).values(
            token_digest=session.digest,
            person=person.id,
            csrf=session.csrf,
            created_at=now,
            last_seen_at=now,
            expires_at=session.expires_at,
            second_factor_at=session.second_factor_at,
        )
    )
    return token, session


def find_session(db: Connection, token: str, now: datetime) -> Session | None:
    """Return the session of a token, or None: unknown, over, or its person may not sign in any more."""
    query = (
        select(sessions, people)
        .join(people, people.c.id == sessions.c.person)
        .where(sessions.c.token_digest == digest_token(token))
        .where(sessions.c.expires_at > now, people.c.is_active)
    )
    row = db.execute(query).mappings().one_or_none()
    if row is None:
        return None
    return Session(
        digest=row[sessions.c.token_digest],
        person=person_of(row),
        csrf=row[sessions.c.csrf],
        created_at=row[sessions.c.created_at],
        last_seen_at=row[sessions.c.last_seen_at],
        expires_at=row[sessions.c.expires_at],
        second_factor_at=row[sessions.c.second_factor_at],
    )


def is_touch_due(session: Session, now: datetime) -> bool:
    """Whether the sign of life is old enough to be written again."""
    return now - session.last_seen_at >= TOUCH_EVERY


def touch_session(db: Connection, session: Session, now: datetime, limits: SessionLimits) -> None:
    """Note a sign of life and put the end off."""
    change = update(sessions).where(sessions.c.token_digest == session.digest)
    db.execute(change.values(last_seen_at=now, expires_at=limits.expiry(session.created_at, now)))


def list_sessions(db: Connection, person_id: str, now: datetime) -> list[tuple[str, datetime, datetime]]:
    """Return digest, beginning and last sign of life of a person's own open sessions, latest first."""
    query = select(sessions.c.token_digest, sessions.c.created_at, sessions.c.last_seen_at).where(
        sessions.c.person == person_id, sessions.c.expires_at > now
    )
    rows = db.execute(query.order_by(sessions.c.last_seen_at.desc()))
    return [(digest, created, seen) for digest, created, seen in rows]


def close_session(db: Connection, person_id: str, digest: str) -> bool:
    """End one of a person's own sessions; False if it is none of theirs."""
    ended = db.execute(
        delete(sessions).where(sessions.c.person == person_id, sessions.c.token_digest == digest)
    )
    return ended.rowcount > 0


def close_sessions(db: Connection, person_id: str, keep: str = "") -> int:
    """End all sessions of a person, but for the one with digest `keep`; return how many."""
    ended = db.execute(
        delete(sessions).where(sessions.c.person == person_id, sessions.c.token_digest != keep)
    )
    return ended.rowcount


def digest_token(token: str) -> str:
    """Return what the tables keep of a random token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
