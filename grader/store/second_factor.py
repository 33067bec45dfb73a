"""The second factor of staff: a time-based code of an app, and recovery codes for the day the phone is lost.

Knows TOTP (RFC 6238), the columns that keep it and the table `recovery_codes`; must not know pages. The
secret is encrypted with a key that lies outside the database. A code counts once: its 30-second step is
written before anybody is let in, and an older or equal step never counts again.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import pyotp
from sqlalchemy import Connection, delete, insert, or_, select, update

from grader.store.schema import people, recovery_codes

STEP_S = 30
DRIFT_STEPS = 1
"""Clocks of phones may be off by this many steps, either way."""
DIGITS = 6


class Cipher(Protocol):
    """Encrypts with a key that is not in the database."""

    def encrypt(self, data: bytes) -> bytes:
        """Return data that only `decrypt` can read."""

    def decrypt(self, data: bytes) -> bytes:
        """Return what was encrypted."""


def begin_enrolment(db: Connection, cipher: Cipher, person_id: str) -> str | None:
    """Return the secret that an app shall learn, the same until it is confirmed; None once that happened.

    Whoever only has the password can therefore never replace a second factor that is there.
    """
    query = select(people.c.totp_secret, people.c.totp_step).where(people.c.id == person_id)
    row = db.execute(query).one()
    if row.totp_step is not None:
        return None
    if row.totp_secret is not None:
        return cipher.decrypt(row.totp_secret).decode()
    secret = pyotp.random_base32()
    encrypted = cipher.encrypt(secret.encode())
    db.execute(update(people).where(people.c.id == person_id).values(totp_secret=encrypted))
    return secret


def accept_code(db: Connection, cipher: Cipher, person_id: str, code: str, now: datetime) -> bool:
    """Whether a code is right and was not used before; the first right one confirms the enrolment."""
    query = select(people.c.totp_secret).where(people.c.id == person_id)
    encrypted = db.execute(query).scalar_one()
    if encrypted is None:
        return False
    step = _matching_step(cipher.decrypt(encrypted).decode(), code, now)
    if step is None:
        return False
    fresh = or_(people.c.totp_step.is_(None), people.c.totp_step < step)
    # Compared and written in one statement: of two requests with one code, one gets in.
    taken = db.execute(update(people).where(people.c.id == person_id, fresh).values(totp_step=step))
    return taken.rowcount == 1


def provisioning_uri(secret: str, person_id: str, issuer: str) -> str:
    """Return what the QR code of an enrolment holds."""
    return pyotp.TOTP(secret).provisioning_uri(name=person_id, issuer_name=issuer)


def reset_second_factor(db: Connection, person_id: str) -> None:
    """Forget app and recovery codes; the person enrols anew at the next sign-in."""
    db.execute(update(people).where(people.c.id == person_id).values(totp_secret=None, totp_step=None))
    db.execute(delete(recovery_codes).where(recovery_codes.c.person == person_id))


def replace_recovery_codes(db: Connection, person_id: str, hashes: Sequence[str]) -> None:
    """Keep these hashes of recovery codes; older ones no longer count."""
    db.execute(delete(recovery_codes).where(recovery_codes.c.person == person_id))
    db.execute(insert(recovery_codes), [{"person": person_id, "code_hash": digest} for digest in hashes])


def list_recovery_hashes(db: Connection, person_id: str) -> list[tuple[int, str]]:
    """Return number and hash of a person's unused recovery codes."""
    unused = recovery_codes.c.used_at.is_(None)
    query = select(recovery_codes.c.id, recovery_codes.c.code_hash).where(
        recovery_codes.c.person == person_id, unused
    )
    return [(number, digest) for number, digest in db.execute(query.order_by(recovery_codes.c.id))]


def use_recovery_code(db: Connection, person_id: str, number: int, now: datetime) -> bool:
    """Use a person's own recovery code up; False if somebody was faster."""
    mine = (recovery_codes.c.person == person_id) & (recovery_codes.c.id == number)
    change = update(recovery_codes).where(mine, recovery_codes.c.used_at.is_(None))
    return db.execute(change.values(used_at=now)).rowcount == 1


def _matching_step(secret: str, code: str, now: datetime) -> int | None:
    """Return the step whose code this is; all are compared, so the time taken tells nothing."""
    digits = "".join(letter for letter in code if not letter.isspace())[: DIGITS + 1]
    current = int(now.timestamp()) // STEP_S
    totp = pyotp.TOTP(secret)
    found = None
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), digits.encode()):
            found = step
    return found
