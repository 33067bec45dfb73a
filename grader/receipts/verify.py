"""Checking receipts: one, a chain of them, or a receipt with the files it names.

Knows signatures, keys and links; must not know files or the store: callers bring texts and digests.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from grader.receipts.findings import Finding, Trouble
from grader.receipts.receipt import (
    FIRST,
    InvalidReceipt,
    KeyList,
    PublicKey,
    Receipt,
    SignedReceipt,
    key_id,
    message_of,
    read_receipt,
)

LONGEST_QUEUE = timedelta(minutes=5)
"""Work that waits for its turn gets a receipt with a time no earlier than that of the one before it, which
may have arrived later. A clock that differs by more was set back."""


def verify_receipt(text: str, keys: KeyList) -> tuple[SignedReceipt | None, list[Finding]]:
    """Check one receipt; return it, None where unreadable, and all that is wrong with it."""
    try:
        signed = read_receipt(text)
    except InvalidReceipt:
        return None, [Finding(Trouble.UNREADABLE, "1")]
    return signed, [Finding(trouble, str(signed.receipt.number)) for trouble in _judge(signed, keys)]


def verify_chain(texts: Iterable[str], keys: KeyList) -> tuple[list[SignedReceipt], list[Finding]]:
    """Check every receipt of a chain, in the order it was given out; return them with all that is wrong.

    The chain starts at number 1. Whether receipts were dropped from its end cannot be seen from itself: a
    trainee's own receipt shows it.
    """
    receipts: list[SignedReceipt] = []
    findings: list[Finding] = []
    for line, text in enumerate(texts, start=1):
        signed, wrong = verify_receipt(text, keys)
        if signed is None:
            findings.append(Finding(Trouble.UNREADABLE, str(line)))
        else:
            receipts.append(signed)
            findings += wrong
    return receipts, findings + list(_find_breaks(receipts))


def matches_files(receipt: Receipt, given: Mapping[str, str]) -> list[Finding]:
    """Compare files, path → SHA-256, with those of a receipt; names only serve to say what happened."""
    known = {file.sha256 for file in receipt.files} | {receipt.upload.sha256}
    names = {_last_part(file.path) for file in receipt.files}
    wrong = [path for path, digest in given.items() if digest not in known]
    altered = {_last_part(path) for path in wrong} & names
    findings = [
        Finding(Trouble.FILE_ALTERED if _last_part(path) in altered else Trouble.FILE_FOREIGN, path)
        for path in wrong
    ]
    if receipt.upload.sha256 in given.values():
        return findings  # that is all of it
    return findings + [
        Finding(Trouble.FILE_NOT_COMPARED, file.path)
        for file in receipt.files
        if file.sha256 not in given.values() and _last_part(file.path) not in altered
    ]


def _last_part(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _judge(signed: SignedReceipt, keys: KeyList) -> Iterator[Trouble]:
    receipt = signed.receipt
    if receipt.portal != keys.portal:
        yield Trouble.OTHER_PORTAL
    key = next((key for key in keys.keys if key.id == receipt.key), None)
    public = _open_key(key) if key else None
    if key is None or public is None:
        yield Trouble.UNKNOWN_KEY
        return
    try:
        public.verify(signed.signature, message_of(receipt))
    except InvalidSignature:
        yield Trouble.FORGED
        return
    if key.retired_at is not None and receipt.received_at > key.retired_at:
        yield Trouble.RETIRED_KEY
    if receipt.received_at - receipt.clock_at > LONGEST_QUEUE:
        yield Trouble.CLOCK_SET_BACK


def _open_key(key: PublicKey) -> Ed25519PublicKey | None:
    """Return the key; None when it is none, or not the one that its id names."""
    try:
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.public_key, validate=True))
    except ValueError:
        return None
    return public if key_id(public) == key.id else None


def _find_breaks(receipts: Sequence[SignedReceipt]) -> Iterator[Finding]:
    """Tell where a chain is not one: by order first, then link by link in the order of numbers."""
    by_number: dict[int, SignedReceipt] = {}
    highest = 0
    for signed in receipts:
        number = signed.receipt.number
        if number in by_number:
            yield Finding(Trouble.REPEATED, str(number))
        elif number < highest:
            yield Finding(Trouble.REORDERED, str(number))
        by_number.setdefault(number, signed)
        highest = max(highest, number)
    numbers = sorted(by_number)
    for before, number in pairwise([0, *numbers]):
        if number > before + 1:
            gap = str(before + 1) if number == before + 2 else f"{before + 1}-{number - 1}"
            yield Finding(Trouble.DROPPED, gap)
        else:
            yield from _compare(by_number.get(before), by_number[number])


def _compare(before: SignedReceipt | None, after: SignedReceipt) -> Iterator[Finding]:
    """Compare two neighbours of a chain; None stands before the first."""
    place = str(after.receipt.number)
    if after.receipt.previous != (before.hash if before else FIRST):
        yield Finding(Trouble.BROKEN_LINK, place)
    if before and after.receipt.received_at < before.receipt.received_at:
        yield Finding(Trouble.TIME_BACKWARDS, place)
    if after.receipt.restored_at != (before.receipt.restored_at if before else None):
        yield Finding(Trouble.RESTORED, place)
