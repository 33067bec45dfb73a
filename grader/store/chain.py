"""The chain of receipts: its head, its tail, and whether a receipt is one of ours.

Knows the table `receipts`; must not know how a hand-in is judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select, text

from grader.receipts.receipt import KeyList, SignedReceipt
from grader.receipts.verify import verify_receipt
from grader.store.schema import receipts, submissions

_LOCK = 0x72636569  # "rcei": PostgreSQL's advisory lock of whoever adds to the chain
_PAGE = 500


@dataclass(frozen=True)
class Head:
    """The last receipt of the chain."""

    number: int
    hash: str
    received_at: datetime


class Standing(StrEnum):
    """What a receipt that somebody shows is to this portal."""

    KNOWN = "known"
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
    return Standing.LOST if row is None else Standing.KNOWN
