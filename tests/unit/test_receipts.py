"""Tests of `grader.receipts` and `medai receipt verify`: what is genuine, and what is not."""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from grader.cli.receipt import receipt_command
from grader.errors import UsageError
from grader.receipts.findings import WORDS, Trouble
from grader.receipts.receipt import (
    DOMAIN,
    FIRST,
    InvalidReceipt,
    KeyList,
    PublicKey,
    Receipt,
    ReceiptFile,
    SignedReceipt,
    Upload,
    key_id,
    read_receipt,
    sign_receipt,
)
from grader.receipts.verify import matches_files, verify_chain, verify_receipt

AT = datetime(2026, 5, 4, 3, 0, 0, 5, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
WORK = b"the work"


def public(private: Ed25519PrivateKey, retired_at: datetime | None = None) -> PublicKey:
    """Return a key as a portal publishes it."""
    half = private.public_key()
    text = base64.b64encode(half.public_bytes_raw()).decode()
    return PublicKey(id=key_id(half), public_key=text, created_at=AT, retired_at=retired_at)


KEYS = KeyList(portal="p1", keys=(public(KEY),))


def make(
    number: int = 1,
    previous: str = FIRST,
    key: Ed25519PrivateKey = KEY,
    path: str = "한글.ipynb",
    **changes: object,
) -> SignedReceipt:
    """Return a genuine receipt."""
    digest = hashlib.sha256(WORK).hexdigest()
    fields: dict[str, object] = {
        "portal": "p1",
        "number": number,
        "course": "medai",
        "assignment": "a1",
        "revision": 2,
        "pseudonym": "f00d",
        "attempt": number,
        "submission": f"00000000-0000-4000-8000-{number:012}",
        "upload": Upload(sha256="ab" * 32, size_bytes=99),
        "files": (ReceiptFile(path=path, sha256=digest, size_bytes=len(WORK)),),
        "received_at": AT + timedelta(seconds=number),
        "clock_at": AT + timedelta(seconds=number),
        "late_s": 0,
        "previous": previous,
        "key": key_id(key.public_key()),
    }
    return sign_receipt(Receipt(**(fields | changes)), key)


def make_chain(count: int) -> list[SignedReceipt]:
    """Return a chain of genuine receipts."""
    chain: list[SignedReceipt] = []
    for number in range(1, count + 1):
        chain.append(make(number, chain[-1].hash if chain else FIRST))
    return chain


def troubles(texts: list[str], keys: KeyList = KEYS) -> list[tuple[str, str]]:
    """Return what a check of a chain finds."""
    return [(finding.trouble.value, finding.place) for finding in verify_chain(texts, keys)[1]]


def test_what_is_signed_is_written_down() -> None:
    """The message, hash and code of one receipt, made without our code: other programs can check receipts."""
    signed = make()
    body = json.loads(signed.text)["receipt"]
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    message = b"medai receipt v1\n" + canonical.encode()
    KEY.public_key().verify(base64.b64decode(json.loads(signed.text)["signature"]), message)
    assert signed.hash == hashlib.sha256(message).hexdigest()
    assert body["received_at"] == "2026-05-04T03:00:01.000005Z"
    number = int(signed.hash[:20], 16)
    digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    letters = ""
    for _ in range(16):
        number, rest = divmod(number, 32)
        letters = digits[rest] + letters
    assert signed.code == "-".join(letters[i : i + 4] for i in (0, 4, 8, 12))
    assert verify_receipt(signed.text, KEYS) == (signed, [])


@pytest.mark.parametrize(
    "change",
    [
        lambda text: json.dumps(json.loads(text), indent=4),
        lambda text: json.dumps(json.loads(text), ensure_ascii=True),
        lambda text: "\ufeff" + text + "\r\n",
        lambda text: unicodedata.normalize("NFD", text),
        lambda text: json.dumps(dict(reversed(json.loads(text).items()))),
    ],
    ids=["indented", "escaped", "marked", "decomposed", "turned round"],
)
def test_a_saved_again_receipt_is_the_same(change) -> None:
    """Editors and file systems change how a text is written, not what it says."""
    signed = make()
    read, findings = verify_receipt(change(signed.text), KEYS)
    assert findings == []
    assert read is not None
    assert (read.hash, read.text) == (signed.hash, signed.text)


def change_field(**changes: object) -> str:
    document = json.loads(make().text)
    document["receipt"] |= changes
    return json.dumps(document)


@pytest.mark.parametrize("name", sorted(Receipt.model_fields))
def test_every_field_is_signed(name: str) -> None:
    """Whatever is altered, it shows."""
    other = make(
        2, "cd" * 32, key=OTHER_KEY, path="b", portal="p2", course="c", assignment="a2", revision=3,
        pseudonym="beef", upload=Upload(sha256="ef" * 32, size_bytes=1), client_at=AT, due_at=AT, late_s=9,
        restored_at=AT,
    )  # fmt: skip
    body = json.loads(other.text)["receipt"]
    if name == "version":
        body["version"] = 2
    both = KeyList(portal="p1", keys=(public(KEY), public(OTHER_KEY)))
    _, findings = verify_receipt(change_field(**{name: body[name]}), both)
    expected = {"portal": [Trouble.OTHER_PORTAL, Trouble.FORGED], "version": [Trouble.UNREADABLE]}
    assert [finding.trouble for finding in findings] == expected.get(name, [Trouble.FORGED])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"receipt": {}, "signature": ""}',
        "[" * 100_000,
        '{"receipt": ' + "9" * 10_000 + "}",
        "x" * 6_000_000,
        change_field(late_s=0.0),
        change_field(late_s="0"),
        change_field(late_s=True),
        change_field(late_s=float("nan")),
        change_field(extra=1),
        change_field(received_at="2026-05-04T12:00:01.000005+09:00"),
        change_field(assignment="../a1"),
        change_field(files=[]),
        make().text.replace('"number":1', '"number":1,"number":1'),
        make().text[:-1] + ',"more":1}',
        make().text.replace('"signature":"', '"signature":"!'),
        make().text.replace("한글", "\\ud800"),
    ],
    ids=range(20),
)
def test_what_is_no_receipt_is_said_to_be_none(text: str) -> None:
    """No error and no guess, however the text is made."""
    assert verify_receipt(text, KEYS) == (None, verify_receipt("", KEYS)[1])
    with pytest.raises(InvalidReceipt):
        read_receipt(text)


def test_a_signature_of_something_else_is_no_receipt() -> None:
    """Neither a bare body nor another domain signed by the same key passes."""
    text = make().text
    body = json.loads(text)["receipt"]
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    for message in (canonical, DOMAIN.replace(b"v1", b"v2") + canonical, hashlib.sha256(canonical).digest()):
        signature = base64.b64encode(KEY.sign(message)).decode()
        forged = json.dumps({"receipt": body, "signature": signature})
        assert [finding.trouble for finding in verify_receipt(forged, KEYS)[1]] == [Trouble.FORGED]


def test_keys() -> None:
    """Unknown, retired, exchanged and broken keys are told apart."""
    signed = make()

    def found(*keys: PublicKey) -> list[Trouble]:
        return [
            finding.trouble for finding in verify_receipt(signed.text, KeyList(portal="p1", keys=keys))[1]
        ]

    assert found() == [Trouble.UNKNOWN_KEY]
    assert found(public(OTHER_KEY)) == [Trouble.UNKNOWN_KEY]
    exchanged = public(OTHER_KEY).model_copy(update={"id": public(KEY).id})
    assert found(exchanged) == [Trouble.UNKNOWN_KEY]
    assert found(public(KEY).model_copy(update={"public_key": "?"})) == [Trouble.UNKNOWN_KEY]
    assert found(public(KEY, retired_at=signed.receipt.received_at)) == []
    assert found(public(KEY, retired_at=AT)) == [Trouble.RETIRED_KEY]
    with pytest.raises(ValueError, match="another key"):
        sign_receipt(signed.receipt, OTHER_KEY)


def test_a_whole_chain_is_sound() -> None:
    """Also across a rotation of keys."""
    chain = make_chain(3)
    chain.append(make(4, chain[-1].hash, key=OTHER_KEY))
    keys = KeyList(portal="p1", keys=(public(KEY, chain[2].receipt.received_at), public(OTHER_KEY)))
    assert troubles([one.text for one in chain], keys) == []
    assert troubles([]) == []


def test_every_break_of_a_chain_is_found() -> None:
    """Dropped, reordered, repeated, altered, exchanged; all at once, too."""
    texts = [one.text for one in make_chain(6)]
    forked = make(4, "cd" * 32).text
    altered = texts[3].replace('"revision":2', '"revision":3')
    assert troubles(texts[:2] + texts[3:]) == [("dropped", "3")]
    assert troubles(texts[2:]) == [("dropped", "1-2")]
    assert troubles([texts[0], texts[2], texts[1], *texts[3:]]) == [("reordered", "2")]
    assert troubles([*texts, texts[1]]) == [("repeated", "2")]
    assert troubles([*texts[:3], forked, *texts[4:]]) == [("broken-link", "4"), ("broken-link", "5")]
    assert troubles([*texts[:3], altered, *texts[4:]]) == [("forged", "4"), ("broken-link", "5")]
    assert troubles([*texts[:3], "?", *texts[4:]]) == [("unreadable", "4"), ("dropped", "4")]
    assert troubles([texts[5], altered, texts[1]]) == [
        ("forged", "4"), ("reordered", "4"), ("reordered", "2"),
        ("dropped", "1"), ("dropped", "3"), ("dropped", "5"),
    ]  # fmt: skip


def test_time_in_a_chain() -> None:
    """Backwards is wrong; a restore and a clock set back are only remarked on."""
    first = make(1)
    back = make(2, first.hash, received_at=AT, clock_at=AT)
    assert troubles([first.text, back.text]) == [("time-backwards", "2")]
    waited = make(2, first.hash, clock_at=AT)
    assert troubles([first.text, waited.text]) == []
    held = make(2, first.hash, clock_at=AT - timedelta(hours=1))
    assert troubles([first.text, held.text]) == [("clock-set-back", "2")]
    restored = make(2, first.hash, restored_at=AT)
    after = make(3, restored.hash, restored_at=AT)
    assert troubles([first.text, restored.text, after.text]) == [("restored", "2")]


def test_files_are_compared_by_content() -> None:
    """Names help to say what happened; only bytes count."""
    receipt = make(path="work/한글.ipynb").receipt
    right, wrong = hashlib.sha256(WORK).hexdigest(), "99" * 32

    def found(**given: str) -> list[tuple[str, str]]:
        return [(one.trouble.value, one.place) for one in matches_files(receipt, given)]

    assert found(anything=right) == []
    assert found(upload="ab" * 32) == []
    assert found(**{"/home/x/한글.ipynb": wrong}) == [("file-altered", "/home/x/한글.ipynb")]
    assert found(other=wrong) == [("file-foreign", "other"), ("file-not-compared", "work/한글.ipynb")]
    assert found(other=wrong, upload="ab" * 32) == [("file-foreign", "other")]


def test_every_finding_has_words() -> None:
    """In both languages, with the place in it."""
    assert set(WORDS) == set(Trouble)
    for words in WORDS.values():
        assert "{place}" in words.ko
        assert "{place}" in words.en


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A trainee's folder: receipt, keys, the file that was handed in, and the portal's whole list."""
    chain = make_chain(3)
    (tmp_path / "receipt.json").write_text(chain[1].text, encoding="utf-8")
    (tmp_path / "receipt-keys.json").write_text(KEYS.to_json(), encoding="utf-8")
    (tmp_path / "한글.ipynb").write_bytes(WORK)
    (tmp_path / "all.jsonl").write_text("\n".join(one.text for one in chain) + "\n", encoding="utf-8")
    return tmp_path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(receipt_command, ["verify", *map(str, arguments)])


def test_command_says_genuine(desk: Path) -> None:
    """Exit code 0, with the code to read out, in the language asked for."""
    done = run(desk / "receipt.json", desk / "한글.ipynb", "--chain", desk / "all.jsonl")
    code = read_receipt((desk / "receipt.json").read_text("utf-8")).code
    assert (done.exit_code, done.exception) == (0, None)
    assert code in done.output
    assert "진짜 접수증입니다" in done.output
    assert "3건" in done.output
    done = run(desk / "receipt.json", "--language", "en", "--key", desk / "receipt-keys.json")
    assert "This receipt is genuine" in done.output


def test_command_says_what_is_wrong(desk: Path) -> None:
    """Exit code 1 and every finding, for people and for programs."""
    (desk / "한글.ipynb").write_bytes(b"changed")
    lines = (desk / "all.jsonl").read_text("utf-8").splitlines()
    (desk / "all.jsonl").write_text("\n".join(lines[::2]), encoding="utf-8")
    arguments = (desk / "receipt.json", desk / "한글.ipynb", "--chain", desk / "all.jsonl")
    done = run(*arguments)
    assert done.exit_code == 1
    assert "진짜" not in done.output
    assert "제출한 파일과 내용이 다릅니다" in done.output
    found = json.loads(run(*arguments, "--json").output)
    assert not found["genuine"]
    assert [one["trouble"] for one in found["findings"]] == ["file-altered", "dropped", "not-in-chain"]


def test_command_refuses_what_cannot_work(desk: Path) -> None:
    """No receipt file, no keys, keys that are none: wrong usage, with what to do."""
    assert run(desk / "missing.json").exit_code == 2
    for content in (None, b"{}"):
        (desk / "receipt-keys.json").unlink(missing_ok=True)
        if content is not None:
            (desk / "receipt-keys.json").write_bytes(content)
        done = run(desk / "receipt.json")
        assert isinstance(done.exception, UsageError)
        assert "/api/v1/keys" in done.exception.hint
