"""The chain of receipts: its head, its tail, and whether a receipt is one of ours.

Knows the table `receipts` and which work is on record; must not know how a hand-in is judged.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, insert, select, text

from grader.receipts.receipt import KeyList, Receipt, SignedReceipt, read_code
from grader.receipts.verify import verify_receipt
from grader.store.schema import receipts, submissions
from grader.store.submissions import find_any_submission

_LOCK = 0x72636569  # "rcei": PostgreSQL's advisory lock of whoever adds to the chain
_PAGE = 500
_DIGITS = 10
"""No chain grows to a number this long, and columns of numbers cannot hold every one that is longer."""


@dataclass(frozen=True)
class Head:
    """The last receipt of the chain."""

    number: int
    hash: str
    received_at: datetime


class Standing(StrEnum):
    """What a receipt that somebody shows is to this portal."""

    KNOWN = "known"
    RENEWED = "renewed"
    """Lost, but the same work was handed in again since, counts as no later, and has a receipt here."""
    LOST = "lost"
    """Signed by us but not in the chain: given out after the backup that the portal went back to."""
    NOT_OURS = "not-ours"
    """Forged, altered, or from another portal."""


def lock_chain(db: Connection) -> None:
    """Make others who add to the chain wait until this transaction ends. SQLite does so for all who write."""
    if db.dialect.name != "sqlite":
        db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def find_head(db: Connection) -> Head | None:
    """Return the last receipt; None when there is none yet."""
    query = select(receipts.c.number, receipts.c.hash, submissions.c.received_at)
    query = query.join(submissions, submissions.c.uuid == receipts.c.submission)
    row = db.execute(query.order_by(receipts.c.number.desc()).limit(1)).first()
    return None if row is None else Head(*row)


def append_receipt(db: Connection, signed: SignedReceipt) -> None:
    """Add a receipt to the chain, under `lock_chain`."""
    receipt = signed.receipt
    row = {"number": receipt.number, "submission": receipt.submission}
    db.execute(insert(receipts), {**row, "text": signed.text, "hash": signed.hash})


def read_chain(db: Connection) -> Iterator[str]:
    """Yield the text of every receipt, first to last, without holding all of them."""
    last = 0
    while True:
        query = select(receipts.c.number, receipts.c.text).where(receipts.c.number > last)
        page = db.execute(query.order_by(receipts.c.number).limit(_PAGE)).all()
        if not page:
            return
        yield from (row.text for row in page)
        last = page[-1].number


def recognise_receipt(db: Connection, receipt: str, keys: KeyList) -> Standing:
    """Say what a receipt that somebody shows us is."""
    signed, findings = verify_receipt(receipt, keys)
    if signed is None or any(not finding.trouble.is_remark for finding in findings):
        return Standing.NOT_OURS
    row = db.execute(select(receipts.c.hash).where(receipts.c.hash == signed.hash)).first()
    if row is not None:
        return Standing.KNOWN
    lost = signed.receipt
    kept = {lost.upload.sha256, *(file.sha256 for file in lost.files)}
    numbers = [lost.submission, *(derive_number(lost.submission, digest) for digest in sorted(kept))]
    again = [found for found in (find_any_submission(db, number) for number in numbers) if found is not None]
    came_at = find_judged_moment(lost)
    is_settled = any(one.digest in kept and one.settles(came_at, lost.late_s) for one in again)
    return Standing.RENEWED if is_settled else Standing.LOST


def derive_number(number: str, digest: str) -> str:
    """Return the number for bytes whose own number stands for another hand-in: always the same other."""
    return str(uuid.uuid5(uuid.UUID(number), digest))


def find_judged_moment(receipt: Receipt) -> datetime:
    """Return a moment that is as late as a receipt says its work was.

    The earlier of its own two: where the clock had been set back, lateness was counted by the clock. Work
    that staff collected came later than it counted as; what the client's clock said proves nothing.
    """
    came_at = min(receipt.received_at, receipt.clock_at)
    if receipt.due_at is None:
        return came_at
    return min(came_at, receipt.due_at + timedelta(seconds=receipt.late_s))


def find_named_receipt(db: Connection, typed: str) -> str | None:
    """Return the receipt that somebody names by its code, its hand-in's UUID or its number; for staff."""
    name = typed.strip()
    begins = read_code(name)
    if begins is not None:
        condition = receipts.c.hash.startswith(begins)
    elif name.isascii() and name.isdecimal() and len(name) < _DIGITS:
        condition = receipts.c.number == int(name)
    else:
        condition = receipts.c.submission == name.lower()
    return db.execute(select(receipts.c.text).where(condition)).scalar_one_or_none()
