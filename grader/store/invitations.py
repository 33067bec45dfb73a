"""Invitations: one-time codes that let a person choose a password, on paper or by any messenger.

Knows the table `invitations` and how a code is built; must not know pages or how a secret is hashed: the
caller brings the hash. A code is 16 letters in groups of four, `7K2M-…`: the first group finds the row, the
other twelve letters are 60 random bits. Its letters are Crockford's, in which O is read as 0, and I and L as
1, so nothing that looks alike on paper is told apart.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from grader.store.schema import invitations, people

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUP = 4
_GROUPS = 4
_READ_AS = str.maketrans("OIL", "011")
MAX_FAILURES = 10
"""Wrong secrets for one id before the invitation is void; a new one can be given out."""


@dataclass(frozen=True)
class Invitation:
    """An invitation that can still be taken up."""

    id: str
    person_id: str
    secret_hash: str
    expires_at: datetime


@dataclass(frozen=True)
class NewInvitation:
    """What an invitation consists of before it is stored; `secret` is only known here."""

    id: str
    secret: str

    @property
    def code(self) -> str:
        """As printed and typed, in groups."""
        letters = self.id + self.secret
        return "-".join(letters[start : start + _GROUP] for start in range(0, len(letters), _GROUP))


def draw_invitation() -> NewInvitation:
    """Return a random code."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(_GROUP * _GROUPS))
    return NewInvitation(letters[:_GROUP], letters[_GROUP:])


def read_code(typed: str) -> NewInvitation | None:
    """Return what somebody typed or scanned, or None if it cannot be a code."""
    plain = unicodedata.normalize("NFKC", typed[:200]).upper().translate(_READ_AS)
    letters = re.sub(r"[\s\-_.–—]", "", plain)
    if len(letters) != _GROUP * _GROUPS or set(letters) - set(ALPHABET):
        return None
    return NewInvitation(letters[:_GROUP], letters[_GROUP:])


def taken_ids(db: Connection, ids: Sequence[str]) -> set[str]:
    """Return which of these ids are in use, so that the caller draws others."""
    found: set[str] = set()
    for start in range(0, len(ids), 500):
        query = select(invitations.c.id).where(invitations.c.id.in_(ids[start : start + 500]))
        found.update(db.execute(query).scalars())
    return found


def add_invitation(db: Connection, given: Invitation, now: datetime, created_by: str) -> None:
    """Keep an invitation; those the person had before are void from now on."""
    db.execute(
        delete(invitations).where(invitations.c.person == given.person_id, invitations.c.used_at.is_(None))
    )
    db.execute(
        insert(invitations).values(
            id=given.id,
            person=given.person_id,
            secret_hash=given.secret_hash,
            created_at=now,
            created_by=created_by,
            expires_at=given.expires_at,
        )
    )


def find_invitation(db: Connection, invitation_id: str, now: datetime) -> Invitation | None:
    """Return an invitation that can still be taken up, or None. Its secret is yet to be compared."""
    query = (
        select(invitations)
        .join(people, people.c.id == invitations.c.person)
        .where(invitations.c.id == invitation_id, invitations.c.used_at.is_(None))
        .where(invitations.c.expires_at > now, invitations.c.failures < MAX_FAILURES)
        .where(people.c.is_active)
    )
    row = db.execute(query).one_or_none()
    return Invitation(row.id, row.person, row.secret_hash, row.expires_at) if row else None


def count_wrong_secret(db: Connection, invitation_id: str) -> None:
    """Note that somebody knew the id and not the secret."""
    change = update(invitations).where(invitations.c.id == invitation_id)
    db.execute(change.values(failures=invitations.c.failures + 1))


def use_invitation(db: Connection, invitation_id: str, now: datetime) -> bool:
    """Take an invitation up; False if somebody was faster."""
    change = update(invitations).where(invitations.c.id == invitation_id, invitations.c.used_at.is_(None))
    return db.execute(change.values(used_at=now)).rowcount == 1


def find_open_until(db: Connection, person_ids: Sequence[str], now: datetime) -> dict[str, datetime]:
    """Return until when the open invitations of these people hold."""
    query = select(invitations.c.person, invitations.c.expires_at).where(
        invitations.c.person.in_(person_ids), invitations.c.used_at.is_(None), invitations.c.expires_at > now
    )
    return {row.person: row.expires_at for row in db.execute(query)}
