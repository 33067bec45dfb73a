"""Retention: what is removed because its time is over.

Knows tables and blobs; must not know who asks. Receipts stay for ever: each names the one before it. They
hold a pseudonym, which stands for nobody once the person is deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select

from grader.store.arrivals import explain_leftovers
from grader.store.blobs import blob_path, list_blobs, remove_blob
from grader.store.chain import lock_chain
from grader.store.check import find_named_digests
from grader.store.engine import Store
from grader.store.schema import audit, invitations, refusals, sessions, tokens

UNCLAIMED_FOR = timedelta(days=1)
"""Bytes that no row names are left alone so long: a hand-in may be on its way."""


@dataclass(frozen=True)
class RetentionPolicy:
    """How long what is not needed any more is kept, in days."""

    refusals_days: int = 90
    invitations_days: int = 30
    """After they were used or have expired; tokens likewise, after they were revoked or have expired."""
    audit_days: int | None = None
    """None: for ever."""


@dataclass(frozen=True)
class Removed:
    """What was removed, or would be."""

    refusals: int
    sessions: int
    invitations: int
    tokens: int
    audit: int
    blobs: int
    blob_bytes: int


def apply_retention(
    store: Store, policy: RetentionPolicy, now: datetime, is_dry_run: bool = False
) -> Removed:
    """Remove what is over; with `is_dry_run` only count it. A crash leaves bytes for the next time."""
    if not is_dry_run:
        explain_leftovers(store, now)  # or bytes could go before anybody heard what became of them
    conditions = _conditions(policy, now)
    with store.read() as db:
        counts = {table.name: _count(db, table, is_over) for table, is_over in conditions.items()}
        named = find_named_digests(db, refused_after=now - timedelta(days=policy.refusals_days))
    old = _find_old(store, named, now)
    if not is_dry_run:
        with store.write() as db:
            for table, is_over in conditions.items():
                db.execute(delete(table).where(is_over))
        old = _remove_blobs(store, old, now)
    return Removed(**counts, blobs=len(old), blob_bytes=sum(old.values()))


def _conditions(policy: RetentionPolicy, now: datetime) -> dict[Table, ColumnElement[bool]]:
    old = now - timedelta(days=policy.invitations_days)
    conditions = {
        refusals: refusals.c.received_at < now - timedelta(days=policy.refusals_days),
        sessions: sessions.c.expires_at < now,
        invitations: (invitations.c.expires_at < old) | (invitations.c.used_at < old),
        tokens: (tokens.c.expires_at < old) | (tokens.c.revoked_at < old),
        audit: audit.c.id < 0,
    }
    if policy.audit_days is not None:
        conditions[audit] = audit.c.at < now - timedelta(days=policy.audit_days)
    return conditions


def _count(db: Connection, table: Table, is_over: ColumnElement[bool]) -> int:
    return db.execute(select(func.count()).select_from(table).where(is_over)).scalar_one()


def _find_old(store: Store, named: set[str], now: datetime) -> dict[str, int]:
    """Return digest → size of blobs that no row names and that did not come just now."""
    found = {}
    for digest in list_blobs(store.folder):
        if digest not in named and _is_old(store, digest, now):
            found[digest] = blob_path(store.folder, digest).stat().st_size
    return found


def _remove_blobs(store: Store, old: dict[str, int], now: datetime) -> dict[str, int]:
    """Remove blobs under the lock of those who hand in; return those that were still old.

    Who hands the same bytes in again has made them new, or finds under the lock that they are gone.
    """
    removed = {}
    with store.write() as db:
        lock_chain(db)
        for digest, size in old.items():
            if _is_old(store, digest, now):
                remove_blob(store.folder, digest)
                removed[digest] = size
    return removed


def _is_old(store: Store, digest: str, now: datetime) -> bool:
    try:
        written_at = blob_path(store.folder, digest).stat().st_mtime
    except FileNotFoundError:
        return False
    return written_at < (now - UNCLAIMED_FOR).timestamp()
