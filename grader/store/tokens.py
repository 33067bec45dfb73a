"""API tokens, for JupyterLab and scripts: `<id>.<secret>`, shown once.

Knows the table `tokens`; must not know headers. The secret is 32 random bytes, kept as SHA-256: see
`sessions` for why no slow hash is needed.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, insert, select, update

from grader.model.people import Person
from grader.store.people import person_of
from grader.store.schema import people, tokens
from grader.store.sessions import TOKEN_BYTES, digest_token

TOUCH_EVERY = timedelta(minutes=10)
MAX_PER_PERSON = 20


@dataclass(frozen=True)
class Token:
    """A token as its owner sees it; the secret is gone."""

    id: str
    label: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def create_token(
    db: Connection, person_id: str, label: str, now: datetime, lifetime: timedelta
) -> tuple[str, Token]:
    """Make a token and return its text, which nobody can read again, and what is kept of it."""
    token = Token(
        id=secrets.token_hex(8),
        label=label,
        created_at=now,
        expires_at=now + lifetime,
        last_used_at=None,
        revoked_at=None,
    )
    secret = secrets.token_urlsafe(TOKEN_BYTES)
    db.execute(
        insert(tokens).values(
            id=token.id,
            person=person_id,
            label=label,
            secret_digest=digest_token(secret),
            created_at=now,
            expires_at=token.expires_at,
        )
    )
    return f"{token.id}.{secret}", token


def find_bearer(db: Connection, text: str, now: datetime) -> tuple[Token, Person] | None:
    """Return the token and person of a bearer's text, or None: unknown, over, revoked or deactivated."""
    token_id, _, secret = text.partition(".")
    query = (
        select(tokens, people)
        .join(people, people.c.id == tokens.c.person)
        .where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None))
        .where(tokens.c.expires_at > now, people.c.is_active)
    )
    row = db.execute(query).mappings().one_or_none()
    if row is None or not hmac.compare_digest(row[tokens.c.secret_digest], digest_token(secret)):
        return None
    return _token(row), person_of(row)


def is_use_due(token: Token, now: datetime) -> bool:
    """Whether the last use is old enough to be written again."""
    return token.last_used_at is None or now - token.last_used_at >= TOUCH_EVERY


def note_use(db: Connection, token: Token, now: datetime) -> None:
    """Write down when a token was last used."""
    db.execute(update(tokens).where(tokens.c.id == token.id).values(last_used_at=now))


def list_tokens(db: Connection, person_id: str) -> list[Token]:
    """Return a person's own tokens, latest first; revoked ones too."""
    query = select(tokens).where(tokens.c.person == person_id).order_by(tokens.c.created_at.desc())
    return [_token(row) for row in db.execute(query).mappings()]


def revoke_token(db: Connection, person_id: str, token_id: str, now: datetime) -> bool:
    """End one of a person's own tokens; False if it is none of theirs or ended already."""
    mine = (tokens.c.person == person_id) & (tokens.c.id == token_id)
    change = update(tokens).where(mine, tokens.c.revoked_at.is_(None))
    return db.execute(change.values(revoked_at=now)).rowcount == 1


def revoke_tokens(db: Connection, person_id: str, now: datetime) -> None:
    """End all tokens of a person."""
    change = update(tokens).where(tokens.c.person == person_id, tokens.c.revoked_at.is_(None))
    db.execute(change.values(revoked_at=now))


def _token(row: RowMapping) -> Token:
    return Token(
        id=row[tokens.c.id],
        label=row[tokens.c.label],
        created_at=row[tokens.c.created_at],
        expires_at=row[tokens.c.expires_at],
        last_used_at=row[tokens.c.last_used_at],
        revoked_at=row[tokens.c.revoked_at],
    )
