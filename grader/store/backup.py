"""Backing up a portal that is at work: everything in one file that either database can be restored from.

Knows tables as rows, blobs, key files, and other files of the data folder as bytes; must not know what they
mean. Rows are read in one transaction, blobs after it: blobs never change, so all that rows name is there.

The file is a zip: `tables/<name>.jsonl`, `blobs/<sha256>`, `keys/<name>` or, under a passphrase,
`keys.sealed`, `files/<path>`, and last `manifest.json` with the SHA-256 of everything before it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from sqlalchemy import Connection, Table, select

from grader.errors import EnvironmentProblem, UsageError
from grader.store.blobs import blob_path, list_blobs
from grader.store.disk import naming_disk_trouble, sync_folder
from grader.store.engine import Store
from grader.store.migrate import find_version
from grader.store.schema import metadata
from grader.store.settings import BACKED_UP_AT, PORTAL_ID, read_setting, write_setting

FORMAT = 1
MANIFEST = "manifest.json"
SEALED = "keys.sealed"
SALT_BYTES = 16
SET_ASIDE = ".before-"
"""In the name of what a restore put aside."""
OWN = ("portal.db", "blobs", "keys")
"""What of the data folder has its own part of a backup."""
_CHUNK = 1 << 20
_DATABASES = frozenset({"course/gradebook.db"})
"""Written to while it is read. No other file is opened as a database: people hand in what they like."""


@dataclass(frozen=True)
class BackupReport:
    """What a backup holds."""

    path: Path
    rows: int
    blobs: int
    files: int
    with_keys: bool


class BackupWriter:
    """A zip that notes the SHA-256 of everything put in it."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.digests: dict[str, str] = {}

    def add(self, name: str, chunks: Iterable[bytes], is_packed: bool = True) -> None:
        """Add an entry; `is_packed` where packing is worth while."""
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED if is_packed else zipfile.ZIP_STORED
        info.external_attr = 0o600 << 16
        seen = hashlib.sha256()
        with self._archive.open(info, "w", force_zip64=True) as entry:
            for chunk in chunks:
                seen.update(chunk)
                entry.write(chunk)
        self.digests[name] = seen.hexdigest()


def backup_store(
    store: Store, target: Path, now: datetime, *, with_keys: bool = True, passphrase: str | None = None
) -> BackupReport:
    """Write a backup to a new file that only its owner reads; it is whole and on disk when this returns.

    Without keys, a restored portal signs with a new key and staff enrol their second factor again. Raises
    UsageError when `target` is there already, EnvironmentProblem when the disk is full.
    """
    if target.exists():
        raise UsageError(f"{target} is there already", "name a new file")
    partial = target.with_name(f".{target.name}.part")
    with naming_disk_trouble():
        try:
            with (
                os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file,
                zipfile.ZipFile(file, "w", allowZip64=True) as archive,
            ):
                report = _write(store, BackupWriter(archive), target, now, with_keys, passphrase)
                archive.close()
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, target)  # noqa: PTH105
            sync_folder(target.parent)
        except OSError:
            with suppress(OSError):
                partial.unlink()
            raise
    with store.write() as db:
        write_setting(db, BACKED_UP_AT, now.isoformat())
    return report


def derive_key(passphrase: str, salt: bytes) -> Fernet:
    """Return what seals keys under a passphrase."""
    derived = Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def _write(
    store: Store, writer: BackupWriter, target: Path, now: datetime, with_keys: bool, passphrase: str | None
) -> BackupReport:
    rows = {}
    with store.read() as db:
        version, portal = find_version(db), read_setting(db, PORTAL_ID)
        for table in metadata.sorted_tables:
            counter = _Counter(_dump_rows(db, table))
            writer.add(f"tables/{table.name}.jsonl", counter)
            rows[table.name] = counter.count
    blobs = sum(
        _add_file(writer, f"blobs/{digest}", blob_path(store.folder, digest), is_packed=False)
        for digest in list_blobs(store.folder)
    )
    if with_keys:
        _add_keys(writer, store.folder / "keys", passphrase)
    files = sum(_add_other(writer, store.folder, path) for path in _other_files(store.folder))
    manifest = {
        "format": FORMAT,
        "version": version,
        "portal": portal,
        "created_at": now.isoformat(),
        "rows": rows,
        "digests": dict(writer.digests),
    }
    writer.add(MANIFEST, [json.dumps(manifest, indent=1).encode()])
    return BackupReport(target, sum(rows.values()), blobs, files, with_keys)


class _Counter:
    """Counts what passes."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self.count = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.count += 1
            yield chunk


def _dump_rows(db: Connection, table: Table) -> Iterator[bytes]:
    """Yield each row as a line of JSON; bytes become base64, moments ISO 8601."""
    query = select(table).execution_options(stream_results=True, yield_per=1000)
    for row in db.execute(query).mappings():
        yield json.dumps(dict(row), default=_plain, ensure_ascii=False).encode() + b"\n"


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    raise TypeError(f"a row holds a {type(value).__name__}")


def _add_keys(writer: BackupWriter, folder: Path, passphrase: str | None) -> None:
    keys = {path.name: path.read_bytes() for path in sorted(folder.glob("[!.]*.key"))}
    if passphrase is None:
        for name, content in keys.items():
            writer.add(f"keys/{name}", [content])
        return
    salt = os.urandom(SALT_BYTES)
    plain = json.dumps({name: base64.b64encode(content).decode() for name, content in keys.items()})
    writer.add(SEALED, [salt, derive_key(passphrase, salt).encrypt(plain.encode())])


def _other_files(folder: Path) -> Iterator[Path]:
    """Yield what else lies in the data folder, the nbgrader course directory. No links, no half files."""
    for path in sorted(folder.rglob("*")):
        top = path.relative_to(folder).parts[0]
        is_ours = top in OWN or top.startswith(("portal.db-", ".")) or SET_ASIDE in top
        if not is_ours and path.is_file() and not path.is_symlink() and not _is_passing(path):
            yield path


def _is_passing(path: Path) -> bool:
    return path.name.endswith((".part", ".lock", "-wal", "-shm", "-journal"))


def _add_other(writer: BackupWriter, folder: Path, path: Path) -> bool:
    """Add what is neither row, blob nor key; of a database a copy that no writer disturbs."""
    place = path.relative_to(folder).as_posix()
    if place not in _DATABASES:
        return _add_file(writer, f"files/{place}", path)
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "copy"
        try:
            with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
                source.backup(target)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise EnvironmentProblem(f"{place} cannot be read: {error}", "try again") from error
            copy = path  # damaged: all else is worth a backup, and this is kept as it is
        return _add_file(writer, f"files/{place}", copy)


def _add_file(writer: BackupWriter, name: str, path: Path, is_packed: bool = True) -> bool:
    """Add a file's bytes; False when it is gone: work goes on here."""
    try:
        with path.open("rb") as file:
            writer.add(name, iter(lambda: file.read(_CHUNK), b""), is_packed)
    except FileNotFoundError:
        return False
    return True
