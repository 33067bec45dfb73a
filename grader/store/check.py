"""Checking the store against itself: bytes, rows and signed receipts must tell the same story.

Knows blobs, rows that name them, and the chain; must not know pages, nor how any of it is mended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import ceil
from typing import Any

from sqlalchemy import Connection, select, union

from grader.receipts.findings import Finding
from grader.receipts.receipt import SignedReceipt
from grader.receipts.verify import verify_chain
from grader.store.blobs import has_blob, is_intact, list_blobs
from grader.store.chain import read_chain
from grader.store.engine import Store
from grader.store.keys import list_keys
from grader.store.schema import (
    feedback_files,
    people,
    receipts,
    refusals,
    releases,
    submission_files,
    submissions,
)
from grader.text import LocalText


class StoreTrouble(StrEnum):
    """What can be wrong between bytes and rows."""

    MISSING = "missing"
    DAMAGED = "damaged"
    UNCLAIMED = "unclaimed"
    """No row names these bytes: they came without getting a receipt. A remark: retention removes them."""
    NO_RECEIPT = "no-receipt"
    ALTERED = "altered"

    @property
    def is_remark(self) -> bool:
        """Whether it calls for nothing but to be known."""
        return self is StoreTrouble.UNCLAIMED


_WORDS = {
    StoreTrouble.MISSING: LocalText(
        ko="파일이 데이터 폴더에 없습니다: {about}. 백업으로 되돌리십시오.",
        en="Bytes {about} are not in the data folder. Restore them from a backup.",
    ),
    StoreTrouble.DAMAGED: LocalText(
        ko="파일이 손상되었습니다: {about}. 백업으로 되돌리십시오.",
        en="Bytes {about} are damaged. Restore them from a backup.",
    ),
    StoreTrouble.UNCLAIMED: LocalText(
        ko="접수증 없이 남은 파일입니다: {about}. 보존 기간이 지나면 지워집니다.",
        en="Bytes {about} came without getting a receipt. Retention removes them.",
    ),
    StoreTrouble.NO_RECEIPT: LocalText(
        ko="제출 {about}에 접수증이 없습니다. 누군가 데이터베이스를 고쳤습니다.",
        en="Submission {about} has no receipt. Somebody changed the database.",
    ),
    StoreTrouble.ALTERED: LocalText(
        ko="제출 {about}의 기록이 서명된 접수증과 다릅니다. 누군가 데이터베이스를 고쳤습니다.",
        en="Submission {about} differs from its signed receipt. Somebody changed the database.",
    ),
}


@dataclass(frozen=True)
class StoreProblem:
    """One thing that is wrong."""

    trouble: StoreTrouble
    about: str
    """A digest or a submission's UUID."""

    @property
    def message(self) -> LocalText:
        """What it means and what to do."""
        words = _WORDS[self.trouble]
        return LocalText(ko=words.ko.format(about=self.about), en=words.en.format(about=self.about))


@dataclass(frozen=True)
class StoreReport:
    """What a check found."""

    receipts: int
    blobs: int
    problems: tuple[StoreProblem | Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether there is nothing but remarks."""
        return all(problem.trouble.is_remark for problem in self.problems)


def check_store(store: Store, is_deep: bool = True) -> StoreReport:
    """Check receipts, rows and bytes; `is_deep` also reads every byte. Changes nothing."""
    with store.read() as db:
        signed, findings = verify_chain(read_chain(db), list_keys(db))
        altered = list(_compare_rows(db, signed))
        named = find_named_digests(db)
    there = set(list_blobs(store.folder))
    problems = [StoreProblem(StoreTrouble.MISSING, digest) for digest in sorted(named - there)]
    problems += [StoreProblem(StoreTrouble.UNCLAIMED, digest) for digest in sorted(there - named)]
    if is_deep:
        problems += [
            StoreProblem(StoreTrouble.DAMAGED, digest)
            for digest in sorted(there)
            if has_blob(store.folder, digest) and not is_intact(store.folder, digest)
        ]
    return StoreReport(len(signed), len(there), (*findings, *altered, *problems))


def find_named_digests(db: Connection, refused_after: datetime | None = None) -> set[str]:
    """Return the digests of all bytes that some row needs; of refusals, only those after a moment.

    A deleted person's work is not needed any more.
    """
    not_deleted = people.c.deleted_at.is_(None)
    own = select(submissions.c.uuid).join(people, people.c.id == submissions.c.person).where(not_deleted)
    mine = submissions.c.uuid.in_(own)
    of_people = select(people.c.id).where(not_deleted)
    refused = refusals.c.digest.is_not(None) & refusals.c.person.in_(of_people)
    if refused_after is not None:
        refused &= refusals.c.received_at >= refused_after
    query = union(
        select(submissions.c.digest).where(mine, submissions.c.is_original_kept),
        select(submissions.c.notebook_digest).where(mine),
        select(submission_files.c.digest).where(submission_files.c.submission.in_(own)),
        select(feedback_files.c.digest).where(feedback_files.c.submission.in_(own)),
        select(refusals.c.digest).where(refused),
        select(releases.c.files_digest).where(releases.c.files_digest.is_not(None)),
    )
    return set(db.execute(query).scalars())


def _compare_rows(db: Connection, signed: list[SignedReceipt]) -> Iterator[StoreProblem]:
    """Compare rows with what was signed; receipts that have no row are a matter of the chain.

    Of a deleted person's work the files are gone; all else stays under the pseudonym.
    """
    stated = {one.receipt.submission: _state_facts(one) for one in signed}
    files = _list_files(db)
    one = submissions.c
    query = (
        select(
            one.uuid, people.c.deleted_at, receipts.c.number, receipts.c.hash, people.c.pseudonym,
            one.assignment, one.attempt, one.digest, one.size_bytes, one.notebook_digest, one.received_at,
            one.client_at, one.due_at, one.late_s,
        )
        .join(people, people.c.id == one.person)
        .outerjoin(receipts, receipts.c.submission == one.uuid)
    )  # fmt: skip
    for uuid, deleted_at, number, *facts, late_s in db.execute(query.order_by(one.received_at, one.uuid)):
        there = (number, *facts, ceil(late_s))
        said, said_files = stated.get(uuid, ((), []))
        if number is None:
            yield StoreProblem(StoreTrouble.NO_RECEIPT, uuid)
        elif there != said or (deleted_at is None and sorted(files[uuid]) != said_files):
            yield StoreProblem(StoreTrouble.ALTERED, uuid)


def _state_facts(signed: SignedReceipt) -> tuple[tuple[Any, ...], list[tuple[str, int]]]:
    """Return what a receipt states, in the order in which the rows are asked, and its files without names."""
    receipt = signed.receipt
    facts = (
        receipt.number, signed.hash, receipt.pseudonym, receipt.assignment, receipt.attempt,
        receipt.upload.sha256, receipt.upload.size_bytes, receipt.files[0].sha256, receipt.received_at,
        receipt.client_at, receipt.due_at, receipt.late_s,
    )  # fmt: skip
    return facts, sorted((file.sha256, file.size_bytes) for file in receipt.files)


def _list_files(db: Connection) -> dict[str, list[tuple[str, int]]]:
    """Return digest and size of every kept file by submission."""
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    columns = submission_files.c
    for uuid, digest, size in db.execute(select(columns.submission, columns.digest, columns.size_bytes)):
        found[uuid].append((digest, size))
    return found
