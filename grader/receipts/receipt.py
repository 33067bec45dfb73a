"""A receipt: signed proof that work arrived, naming the receipt before it.

Knows its fields, its one way of being written, and Ed25519. Must not know the store, files or the clock.

A receipt's *message* is a fixed first line and the body as canonical JSON: sorted keys, no spaces, UTF-8,
Unicode NFC, no fractions. The message is what is signed and hashed, so a receipt that an editor saved again
with other spaces, line ends or Unicode form is still the same receipt.
"""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from dataclasses import dataclass
from datetime import UTC
from typing import Annotated, Any, Literal, NoReturn

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from grader.model.noun import Noun, Slug

DOMAIN = b"medai receipt v1\n"
"""Opens every message: a signature of ours over anything else can never pass for a receipt."""
FIRST = "0" * 64
"""What the first receipt of a chain names as the hash of the one before."""
MAX_CHARS = 5_000_000
KEYS_NAME = "receipt-keys.json"
"""What the list of a portal's keys is called beside a receipt."""
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OIL", "011", "- ")

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Moment = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]


class ReceiptFile(Noun):
    """A file that counts, as it was kept. Its own name may hold a person's, and is kept elsewhere."""

    path: str = Field(min_length=1, max_length=255)
    sha256: Sha256
    size_bytes: int = Field(ge=0)


class Upload(Noun):
    """What was sent, byte for byte: a notebook or an archive. Its name is left out: many hold a person's."""

    sha256: Sha256
    size_bytes: int = Field(ge=0)


class Receipt(Noun):
    """What the portal states about one hand-in. Moments are in UTC, to the microsecond."""

    version: Literal[1] = 1
    portal: str = Field(min_length=1, max_length=60)
    number: int = Field(ge=1)
    """Place in the chain."""
    course: str = Field(max_length=120)
    assignment: Slug
    revision: int
    pseudonym: str = Field(min_length=1, max_length=20)
    attempt: int = Field(ge=1)
    submission: str = Field(pattern=r"^[0-9a-f-]{36}$")
    upload: Upload
    files: tuple[ReceiptFile, ...] = Field(min_length=1)
    received_at: Moment
    """Never earlier than that of the receipt before."""
    clock_at: Moment
    """What the server's clock said when the work had arrived; lateness is counted by it. A little before
    `received_at` when work had to wait for its turn, far before it when the clock was set back."""
    client_at: Moment | None = None
    """What the trainee's clock said: evidence for an appeal, nothing more."""
    due_at: Moment | None = None
    late_s: int = Field(ge=0)
    """Whole seconds, rounded up; 0 within the grace period."""
    restored_at: Moment | None = None
    """When the portal last went back to a backup: receipts given out shortly before may be unknown to it."""
    previous: Sha256
    key: str = Field(pattern=r"^[0-9a-f]{16}$")


class PublicKey(Noun):
    """The public half of a signing key."""

    id: str = Field(pattern=r"^[0-9a-f]{16}$")
    public_key: str
    """The 32 bytes in base64."""
    created_at: Moment
    retired_at: Moment | None = None
    """Since then it signs no more; what it signed before stays valid."""


class KeyList(Noun):
    """The keys of one portal, as it publishes them."""

    portal: str
    keys: tuple[PublicKey, ...]

    def to_json(self) -> str:
        """Return the text that `medai receipt verify` and the API read and write."""
        return self.model_dump_json(indent=2) + "\n"


@dataclass(frozen=True)
class SignedReceipt:
    """A receipt with its signature; `hash` is its name in the chain."""

    receipt: Receipt
    signature: bytes
    hash: str

    @property
    def text(self) -> str:
        """One line of canonical JSON: what is stored, sent and saved."""
        body = _plain(self.receipt)
        return _canonical({"receipt": body, "signature": base64.b64encode(self.signature).decode()})

    @property
    def code(self) -> str:
        """A short form to read out: four groups of four, no letter that looks like another."""
        number = int(self.hash[:20], 16)
        letters = "".join(_CROCKFORD[number >> shift & 31] for shift in range(75, -1, -5))
        return "-".join(letters[i : i + 4] for i in range(0, 16, 4))


def read_code(typed: str) -> str | None:
    """Return how the hash of the receipt with a code begins, as 20 hexadecimal digits; None if it is no code.

    Codes are read out and typed: case and hyphens do not matter, nor letters that look like a digit, nor the
    wide letters of a Korean keyboard.
    """
    letters = unicodedata.normalize("NFKC", typed[:200]).upper().translate(_MISREAD)
    if len(letters) != 16 or not set(letters) <= set(_CROCKFORD):
        return None
    number = 0
    for letter in letters:
        number = number << 5 | _CROCKFORD.index(letter)
    return f"{number:020x}"


class InvalidReceipt(ValueError):
    """A text is no receipt."""


def key_id(public: Ed25519PublicKey) -> str:
    """Return the id of a key: the start of the SHA-256 of its public half."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def sign_receipt(receipt: Receipt, private: Ed25519PrivateKey) -> SignedReceipt:
    """Sign a receipt; its `key` must be the id of `private`."""
    if receipt.key != key_id(private.public_key()):
        raise ValueError("the receipt names another key")
    message = message_of(receipt)
    return SignedReceipt(receipt, private.sign(message), hashlib.sha256(message).hexdigest())


def read_receipt(text: str) -> SignedReceipt:
    """Read a receipt without checking its signature. Raises InvalidReceipt."""
    try:
        if len(text) > MAX_CHARS:
            raise ValueError("too long")
        document = json.loads(
            text.removeprefix("\ufeff"),
            object_pairs_hook=_without_repeats,
            parse_float=_refuse,
            parse_constant=_refuse,
        )
        body, signature = document["receipt"], document["signature"]
        if len(document) != 2:
            raise ValueError("more than a receipt and its signature")
        message = _message(body)
        receipt = Receipt.model_validate_json(message.removeprefix(DOMAIN))
        if message_of(receipt) != message:
            raise ValueError("a value is not written as receipts write it")
        return SignedReceipt(
            receipt, base64.b64decode(signature, validate=True), hashlib.sha256(message).hexdigest()
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InvalidReceipt(str(error)) from error


def message_of(receipt: Receipt) -> bytes:
    """Return the bytes that are signed and hashed."""
    return _message(_plain(receipt))


def _plain(receipt: Receipt) -> dict[str, Any]:
    return receipt.model_dump(mode="json")


def _canonical(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return unicodedata.normalize("NFC", text)


def _message(body: Any) -> bytes:
    return DOMAIN + _canonical(body).encode()


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice: readers disagree about which one counts."""
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a name stands twice")
    return names


def _refuse(_text: str) -> NoReturn:
    raise ValueError("fractions have no one way of being written")
