"""Handing in: bytes to disk, then one transaction for attempt, rows and receipt. Nothing else gives receipts.

Knows releases, deadlines, the chain of receipts and blobs; must not know notebooks, pages or HTTP. Whether
the files are acceptable was decided before; whether the person may hand in now is decided here, in the same
transaction that records it.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Any

from sqlalchemy import Connection, insert

from grader.errors import EnvironmentProblem, GraderError
from grader.receipts.receipt import (
    FIRST,
    Receipt,
    ReceiptFile,
    SignedReceipt,
    Upload,
    read_receipt,
    sign_receipt,
)
from grader.store.arrivals import Arrival, keep_arrival, settle_arrival
from grader.store.blobs import StoredBlob, has_blob
from grader.store.chain import Head, append_receipt, find_head, lock_chain
from grader.store.deadlines import Deadline, effective_deadline
from grader.store.engine import Store
from grader.store.keys import KeyRing, find_signing_key
from grader.store.people import Account, find_account
from grader.store.refusals import Refused, keep_refusal
from grader.store.releases import Release, find_release
from grader.store.schema import submission_files, submissions
from grader.store.settings import PORTAL_ID, find_restore_time, read_setting
from grader.store.submissions import (
    Origin,
    Submission,
    find_any_receipt,
    find_any_submission,
    find_newest_submission,
)

_ENDING = re.compile(r"[A-Za-z0-9]{1,8}")


@dataclass(frozen=True)
class HandIn:
    """Acceptable work that asks for a receipt."""

    uuid: str
    """Made by the client, or by the page with the form: the same one again is the same hand-in."""
    person: str
    assignment: str
    course: str
    file_name: str
    digest: str
    """SHA-256 of the bytes as they arrived."""
    size_bytes: int
    original: bytes | None
    """The bytes as they arrived; None where they must not be kept."""
    files: tuple[tuple[str, bytes], ...]
    """Path and content of what counts; the notebook first."""
    client_at: datetime | None = None
    """What the client's clock said. Of work that staff hand in for somebody: when that person did."""
    origin: Origin = Origin.PAGE
    notes: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True)
class HandedIn:
    """Work that is handed in: on disk, with its receipt."""

    submission: Submission
    signed: SignedReceipt
    is_new: bool
    """False: the same hand-in had come before, and this is its receipt."""


class NotAccepted(StrEnum):
    """Why acceptable work is not accepted now."""

    NOT_RELEASED = "not-released"
    NOT_OPEN = "not-open"
    CLOSED = "closed"
    NO_ATTEMPT_LEFT = "no-attempt-left"
    TOO_SOON = "too-soon"


class HandInRefused(GraderError):
    """The person may not hand this in now; nothing was recorded."""

    def __init__(self, reason: NotAccepted, message: str, hint: str, until: datetime | None = None) -> None:
        super().__init__(message, hint)
        self.reason = reason
        self.until = until
        """When it opens, or closed, or the next attempt may come."""


class HandInConflict(GraderError):
    """The UUID stands for another hand-in already."""

    reason = "conflict"

    def __init__(self) -> None:
        super().__init__("this hand-in's number stands for other work", "begin a new hand-in")


def hand_in(store: Store, keys: KeyRing, given: HandIn, now: datetime) -> HandedIn:
    """Keep work and give its receipt; when this returns, bytes, rows and receipt are on disk.

    The same hand-in again gives the same receipt. Raises HandInRefused and HandInConflict, whose bytes and
    reason are kept; and EnvironmentProblem when disk, database or key fail: trying again is safe then.
    """
    arrival = Arrival(
        given.uuid, given.person, given.assignment, given.file_name, given.digest, given.size_bytes, now
    )
    contents = [content for _, content in given.files]
    originals = [] if given.original is None else [given.original]
    with store.read() as db:
        is_known = find_any_submission(db, given.uuid) is not None
    # What is known already need not be written again. Whether it is the same is judged under the lock.
    blobs = () if is_known else keep_arrival(store.folder, arrival, [*originals, *contents])
    try:
        with store.write() as db:
            terms = _find_terms(db, given)
            lock_chain(db)
            done = _find_before(db, given)
            if done is None:
                if not all(has_blob(store.folder, blob.digest) for blob in blobs):
                    raise EnvironmentProblem("the bytes are gone from the data folder", "hand in again")
                if terms is None:
                    raise _refuse(NotAccepted.NOT_RELEASED)
                done = _record(db, keys, given, terms, blobs[len(originals) :], now)
    except (HandInRefused, HandInConflict) as refusal:
        _keep_refused(store, given, refusal, now)
        settle_arrival(store.folder, arrival)
        raise
    settle_arrival(store.folder, arrival)
    return done


@dataclass(frozen=True)
class _Terms:
    """What a hand-in is judged by: none of it changes with other hand-ins, so it is read before the lock."""

    account: Account
    release: Release
    deadline: Deadline
    portal: str
    restored_at: datetime | None


def _find_terms(db: Connection, given: HandIn) -> _Terms | None:
    """Return the terms, or None when there is no such person or release."""
    account, release = find_account(db, given.person), find_release(db, given.assignment)
    if account is None or release is None:
        return None
    deadline = effective_deadline(db, release, account.person)
    return _Terms(account, release, deadline, read_setting(db, PORTAL_ID), find_restore_time(db))


def _find_before(db: Connection, given: HandIn) -> HandedIn | None:
    """Return the same hand-in if it is recorded. Raises HandInConflict when the UUID stands for another."""
    before = find_any_submission(db, given.uuid)
    if before is None:
        return None
    if (before.person, before.assignment, before.digest) != (given.person, given.assignment, given.digest):
        raise HandInConflict
    return HandedIn(before, read_receipt(find_any_receipt(db, given.uuid) or ""), is_new=False)


def _record(
    db: Connection, keys: KeyRing, given: HandIn, terms: _Terms, blobs: Sequence[StoredBlob], now: datetime
) -> HandedIn:
    """Judge by the rules, number the attempt, write rows and receipt. Under the lock of the chain."""
    release, deadline = terms.release, terms.deadline
    head = find_head(db)
    # Receipts never go back in time. Lateness counts by the clock: when that was set back, it is in the
    # trainee's favour.
    received_at = max(now, head.received_at) if head else now
    before = find_newest_submission(db, given.person, given.assignment)
    if not given.origin.is_collected:
        _judge(release, deadline, before, received_at, now)
    late_s = deadline.count_late_s((given.origin.is_collected and given.client_at) or now)
    submission = Submission(
        uuid=given.uuid,
        person=given.person,
        assignment=given.assignment,
        attempt=before.attempt + 1 if before else 1,
        file_name=given.file_name,
        digest=given.digest,
        is_original_kept=given.original is not None,
        notebook_digest=blobs[0].digest,
        size_bytes=given.size_bytes,
        received_at=received_at,
        client_at=given.client_at,
        due_at=deadline.due_at,
        late_s=late_s,
        origin=given.origin,
        notes=given.notes,
    )
    paths = [path for path, _ in given.files]
    names = _name_for_ever(paths, {given.assignment, *release.grade_ids})
    files = tuple(
        ReceiptFile(path=name, sha256=blob.digest, size_bytes=blob.size_bytes)
        for name, blob in zip(names, blobs, strict=True)
    )
    facts = {
        "course": given.course,
        "revision": release.revision,
        "pseudonym": terms.account.pseudonym,
        "files": files,
        "clock_at": now,
        "portal": terms.portal,
        "restored_at": terms.restored_at,
    }
    signed = _sign(db, keys, facts, submission, head)
    _write_rows(db, submission, paths, signed)
    return HandedIn(submission, signed, is_new=True)


def _name_for_ever(paths: Sequence[str], notebooks: Collection[str]) -> list[str]:
    """Return what a receipt calls files: people name folders after themselves, and receipts never go.

    Only the names of the release's own `notebooks` stay; of others, the ending.
    """
    names: list[str] = []
    for number, path in enumerate(paths, start=1):
        name = path.rsplit("/", 1)[-1]
        stem, _, ending = name.rpartition(".")
        if stem not in notebooks or ending != "ipynb" or name in names:
            name = f"file-{number}" + (f".{ending}" if _ENDING.fullmatch(ending) else "")
        names.append(name)
    return names


def _judge(
    release: Release, deadline: Deadline, before: Submission | None, received_at: datetime, now: datetime
) -> None:
    """Raise HandInRefused unless the person may hand in at this moment."""
    rules = release.rules
    if release.withdrawn_at is not None:
        raise _refuse(NotAccepted.NOT_RELEASED)
    if rules.opens_at > received_at:
        raise _refuse(NotAccepted.NOT_OPEN, rules.opens_at)
    if deadline.is_closed(now):
        raise _refuse(NotAccepted.CLOSED, deadline.closes_at)
    if before is None:
        return
    if rules.max_attempts is not None and before.attempt >= rules.max_attempts:
        raise _refuse(NotAccepted.NO_ATTEMPT_LEFT)
    again_at = before.received_at + timedelta(seconds=rules.cool_down_s)
    if received_at < again_at:
        raise _refuse(NotAccepted.TOO_SOON, again_at)


def _sign(
    db: Connection, keys: KeyRing, facts: dict[str, Any], submission: Submission, head: Head | None
) -> SignedReceipt:
    """Return the receipt for a submission: the next one of the chain."""
    key = find_signing_key(db) or ""
    receipt = Receipt(
        number=head.number + 1 if head else 1,
        assignment=submission.assignment,
        attempt=submission.attempt,
        submission=submission.uuid,
        upload=Upload(sha256=submission.digest, size_bytes=submission.size_bytes),
        received_at=submission.received_at,
        client_at=submission.client_at,
        due_at=submission.due_at,
        late_s=ceil(submission.late_s),
        previous=head.hash if head else FIRST,
        key=key,
        **facts,
    )
    return sign_receipt(receipt, keys.private_key(key))


def _write_rows(db: Connection, submission: Submission, paths: Sequence[str], signed: SignedReceipt) -> None:
    db.execute(insert(submissions), {**vars(submission), "notes": list(submission.notes)})
    files = [
        {
            "submission": submission.uuid,
            "path": path,
            "digest": file.sha256,
            "size_bytes": file.size_bytes,
        }
        for path, file in zip(paths, signed.receipt.files, strict=True)
    ]
    db.execute(insert(submission_files), files)
    append_receipt(db, signed)


def _keep_refused(
    store: Store, given: HandIn, refusal: HandInRefused | HandInConflict, now: datetime
) -> None:
    refused = Refused(
        given.uuid,
        given.person,
        given.assignment,
        given.file_name,
        given.size_bytes,
        refusal.reason,
        "",
        _choose_bytes(given),
    )
    keep_refusal(store, refused, now)


def _choose_bytes(given: HandIn) -> bytes:
    """Return the bytes as they came; where those must not be kept, what counts of them in the same form."""
    if given.original is not None:
        return given.original
    if not given.file_name.casefold().endswith(".zip"):
        return given.files[0][1]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, content in given.files:
            archive.writestr(zipfile.ZipInfo(path), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _refuse(reason: NotAccepted, until: datetime | None = None) -> HandInRefused:
    message, hint = _WORDS[reason]
    return HandInRefused(reason, message, hint, until)


_WORDS = {
    NotAccepted.NOT_RELEASED: ("this assignment is not out", "choose one from the list"),
    NotAccepted.NOT_OPEN: ("this assignment is not open yet", "hand in when it has opened"),
    NotAccepted.CLOSED: ("this assignment is closed", "ask the instructor for an extension"),
    NotAccepted.NO_ATTEMPT_LEFT: ("all attempts are used up", "ask the instructor"),
    NotAccepted.TOO_SOON: ("the next attempt comes too soon", "wait and hand in again"),
}
