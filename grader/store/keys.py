"""Keys: the private halves that sign receipts, and the key that encrypts second factors.

Knows key files in the data folder and the table of public halves; must not know receipts or people's pages.
Private keys never enter the database, so a copy of the database alone signs nothing and decrypts nothing.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, insert, select, update

from grader.errors import EnvironmentProblem
from grader.receipts.receipt import KeyList, PublicKey, key_id
from grader.store.chain import find_head, lock_chain
from grader.store.disk import write_durably
from grader.store.engine import Store
from grader.store.schema import people, signing_keys
from grader.store.settings import PORTAL_ID, read_setting

KEPT_SECRETS = 2
"""The newest encrypts; the one before still decrypts what another process wrote during a rotation."""
_NO_KEY = (
    "name the portal's own data folder with --data: its database belongs to that folder; if the keys are "
    "lost, restore the folder `keys`, or, where no other server has this database, `medai portal rotate-keys`"
)


@dataclass(frozen=True)
class KeyRing:
    """The private signing keys of a data folder, each read when it is first needed."""

    folder: Path
    _opened: dict[str, Ed25519PrivateKey] = field(default_factory=dict, repr=False, compare=False)

    def private_key(self, key: str) -> Ed25519PrivateKey:
        """Return a private key. Raises EnvironmentProblem when its file is gone or another key's."""
        if key not in self._opened:
            try:
                private = Ed25519PrivateKey.from_private_bytes(_signing_path(self.folder, key).read_bytes())
            except (OSError, ValueError) as error:
                raise EnvironmentProblem(f"the signing key {key} cannot be read", _NO_KEY) from error
            if key_id(private.public_key()) != key:
                raise EnvironmentProblem(f"the file of the signing key {key} holds another key", _NO_KEY)
            self._opened[key] = private
        return self._opened[key]


def rotate_signing_key(store: Store, now: datetime) -> str:
    """Make a signing key that signs from now on; older ones only verify. Return its id.

    The private half is on disk before any receipt can need it: a crash leaves a file that nothing names.
    """
    private = Ed25519PrivateKey.generate()
    public = private.public_key()
    key = key_id(public)
    write_durably(_signing_path(store.folder, key), private.private_bytes_raw())
    with store.write() as db:
        lock_chain(db)
        head = find_head(db)
        # After the last receipt that an old key signed, however the clock stands.
        at = max(now, head.received_at) if head else now
        db.execute(update(signing_keys).where(signing_keys.c.retired_at.is_(None)).values(retired_at=at))
        _add_row(db, public, at, retired_at=None)
    return key


def find_signing_key(db: Connection) -> str | None:
    """Return the id of the key that signs now."""
    return db.execute(
        select(signing_keys.c.id).where(signing_keys.c.retired_at.is_(None))
    ).scalar_one_or_none()


def list_keys(db: Connection) -> KeyList:
    """Return the public halves of all keys, newest last: what the portal publishes."""
    rows = db.execute(select(signing_keys).order_by(signing_keys.c.created_at, signing_keys.c.id)).mappings()
    keys = tuple(PublicKey(**row) for row in rows)
    return KeyList(portal=read_setting(db, PORTAL_ID) or "", keys=keys)


def open_cipher(folder: Path) -> MultiFernet:
    """Return what encrypts and decrypts second factors; the key is made when there is none.

    Read anew at every call, so that a rotation by another process counts at once.
    """
    keys = _read_secrets(folder) or [_add_secret(folder, [])]
    return MultiFernet([Fernet(key) for key in keys])


def rotate_secret_key(store: Store) -> int:
    """Encrypt all second factors with a new key; return how many.

    The file holds every key until all rows have changed: a crash at any moment leaves each row readable.
    """
    before = _read_secrets(store.folder)
    newest = _add_secret(store.folder, before)
    cipher = open_cipher(store.folder)
    with store.write() as db:
        query = select(people.c.id, people.c.totp_secret).where(people.c.totp_secret.is_not(None))
        rows = db.execute(query).all()
        for person, secret in rows:
            change = update(people).where(people.c.id == person, people.c.totp_secret == secret)
            db.execute(change.values(totp_secret=cipher.rotate(secret)))
    _write_secrets(store.folder, [newest, *before][:KEPT_SECRETS])
    return len(rows)


def add_secrets(folder: Path, content: bytes) -> None:
    """Take keys of second factors from elsewhere, before those that are there already."""
    given = content.split()
    _write_secrets(folder, given + [key for key in _read_secrets(folder) if key not in given])


def forget_unreadable_secrets(db: Connection, folder: Path) -> int:
    """Drop second factors that no key here decrypts, so that their owners enrol again; return how many."""
    cipher, lost = open_cipher(folder), 0
    query = select(people.c.id, people.c.totp_secret).where(people.c.totp_secret.is_not(None))
    for person, secret in db.execute(query).all():
        try:
            cipher.decrypt(secret)
        except InvalidToken:
            db.execute(update(people).where(people.c.id == person).values(totp_secret=None, totp_step=None))
            lost += 1
    return lost


def adopt_keys(store: Store, now: datetime) -> None:
    """Publish the public halves of key files that no row names, as retired.

    After a restore these are keys made since the backup: receipts that they signed still verify.
    """
    with store.write() as db:
        known = {key.id for key in list_keys(db).keys}
        for path in sorted((store.folder / "keys").glob("receipts-*.key")):
            public = Ed25519PrivateKey.from_private_bytes(path.read_bytes()).public_key()
            if key_id(public) not in known:
                _add_row(db, public, now, retired_at=now)


def _add_row(db: Connection, public: Ed25519PublicKey, now: datetime, retired_at: datetime | None) -> None:
    text = base64.b64encode(public.public_bytes_raw()).decode()
    row = {"id": key_id(public), "public_key": text, "created_at": now, "retired_at": retired_at}
    db.execute(insert(signing_keys).values(row))


def _add_secret(folder: Path, before: list[bytes]) -> bytes:
    key = Fernet.generate_key()
    _write_secrets(folder, [key, *before])
    return key


def _write_secrets(folder: Path, keys: list[bytes]) -> None:
    write_durably(_secrets_path(folder), b"\n".join(keys) + b"\n")


def _read_secrets(folder: Path) -> list[bytes]:
    try:
        return _secrets_path(folder).read_bytes().split()
    except FileNotFoundError:
        return []


def _signing_path(folder: Path, key: str) -> Path:
    return folder / "keys" / f"receipts-{key}.key"


def _secrets_path(folder: Path) -> Path:
    return folder / "keys" / "second-factors.key"
