"""Disputes: refused work that staff accept after all, and receipts that a restore has lost.

Knows the way to hand in and what proves that work came before; must not know HTTP or pages. Whatever was
accepted so has a receipt like any other; its lateness is judged by the time at which it came first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from grader.model.people import Person
from grader.portal.context import Portal
from grader.portal.door import TurnedAway
from grader.portal.hand_in import take_hand_in
from grader.portal.refusal_reasons import explain_refusal
from grader.portal.words.disputes import NEWER
from grader.receipts.receipt import Receipt
from grader.receipts.verify import matches_files
from grader.store.arrivals import INTERRUPTED
from grader.store.blobs import has_blob
from grader.store.chain import derive_number
from grader.store.engine import Store
from grader.store.hand_in import HandedIn, NotAccepted
from grader.store.people import Account, find_accounts
from grader.store.refusals import KeptRefusal, find_handed_in_numbers, find_handed_in_since
from grader.store.submissions import Origin, Submission, find_any_submission, find_newest_submission
from grader.text import LocalText

_ACCEPTABLE = frozenset({*NotAccepted, INTERRUPTED})
"""Reasons that concern time and attempts, not the file."""


class DisputeAction(StrEnum):
    """What the audit calls the things that staff do."""

    REFUSAL_OPENED = "refusal-opened"
    REFUSAL_ACCEPTED = "refusal-accepted"
    RECEIPT_HONOURED = "receipt-honoured"


@dataclass(frozen=True)
class RefusalView:
    """A refusal as staff see it."""

    kept: KeptRefusal
    account: Account | None
    """None: the account was deleted."""
    reason: LocalText
    is_there: bool
    """Whether its bytes can be had: those of deleted people cannot."""
    since: Submission | None
    """The same file, if it was handed in then or later."""
    is_blind: bool
    """Whether its number stands for the person's work: whose that is, is told only where it is audited."""

    @property
    def is_settled(self) -> bool:
        """Whether the same file is handed in and counts as no later than this one would."""
        return self.since is not None and self.since.settles(self.kept.received_at)

    @property
    def may_accept(self) -> bool:
        """Whether staff can still hand it in for the person."""
        is_timely = self.kept.reason in _ACCEPTABLE and not self.is_settled
        return is_timely and self.is_there and self.account is not None


@dataclass(frozen=True)
class Evidence:
    """Work that is proved to have come at a moment without being on record."""

    person: Person
    assignment: str
    number: str
    """Of the hand-in that failed or was lost, a UUID."""
    file_name: str
    content: bytes
    came_at: datetime


def view_refusals(store: Store, db: Connection, found: Sequence[KeptRefusal]) -> list[RefusalView]:
    """Return refusals with what became of them."""
    since = find_handed_in_since(db, found)
    handed_in = find_handed_in_numbers(db, found)
    there = find_accounts(db, {one.person for one in found}).values()
    accounts = {account.person.id: account for account in there if account.deleted_at is None}
    return [
        RefusalView(
            kept=one,
            account=account,
            reason=explain_refusal(one.reason, one.detail),
            is_there=one.digest is not None and account is not None and has_blob(store.folder, one.digest),
            since=since.get(one.id),
            is_blind=one.id in handed_in,
        )
        for one in found
        for account in [accounts.get(one.person)]
    ]


def proves_file(receipt: Receipt, content: bytes) -> bool:
    """Whether a file is all that a receipt was given for."""
    return not matches_files(receipt, {"": hashlib.sha256(content).hexdigest()})


def accept_after_all(portal: Portal, evidence: Evidence) -> HandedIn | TurnedAway:
    """Hand in for a person what came before; accepting the same twice is accepting it once.

    Turned away if the person has handed in other work since, or if the file does not pass the door. Raises
    EnvironmentProblem when nothing can be kept just now.
    """
    digest = hashlib.sha256(evidence.content).hexdigest()
    with portal.store.read() as db:
        number = _choose_number(db, evidence, digest)
        newest = find_newest_submission(db, evidence.person.id, evidence.assignment)
        is_known = find_any_submission(db, number) is not None
    is_newer = newest is not None and newest.handed_in_at > evidence.came_at and newest.digest != digest
    if is_newer and not is_known:
        return TurnedAway("newer", NEWER)
    return take_hand_in(
        portal,
        evidence.person,
        evidence.assignment,
        number,
        evidence.file_name,
        evidence.content,
        client_at=evidence.came_at,
        origin=Origin.ACCEPTED,
    )


def _choose_number(db: Connection, evidence: Evidence, digest: str) -> str:
    """Return the number under which it came, or, where that stands for other or later work, another."""
    before = find_any_submission(db, evidence.number)
    work = (evidence.person.id, evidence.assignment, digest)
    if before is None:
        return evidence.number
    is_same = (before.person, before.assignment, before.digest) == work
    if is_same and before.settles(evidence.came_at):
        return evidence.number
    return derive_number(evidence.number, digest)
