"""Restoring a portal from a backup, into either database.

Knows the backup's format, tables as rows, blobs, keys and files; must not know what they mean. Nothing is
written before the whole backup was found to be what its manifest says. Rows come last and in one
transaction: a crash before leaves the old portal, or an empty one, and the restore is simply run again.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from alembic import command
from cryptography.fernet import InvalidToken
from sqlalchemy import (
    Connection,
    DateTime,
    LargeBinary,
    MetaData,
    Table,
    delete,
    insert,
    inspect,
    select,
    text,
    update,
)

from grader.errors import GraderError, UsageError
from grader.store.backup import FORMAT, MANIFEST, OWN, SALT_BYTES, SEALED, SET_ASIDE, derive_key
from grader.store.blobs import list_blobs, put_blob
from grader.store.disk import naming_disk_trouble, write_durably
from grader.store.engine import Store
from grader.store.keys import add_secrets, adopt_keys, forget_unreadable_secrets, rotate_signing_key
from grader.store.migrate import alembic_config, knows_version
from grader.store.schema import invitations, metadata, people, recovery_codes, sessions, tokens
from grader.store.settings import RESTORED_AT, write_setting

_NAME = re.compile(
    r"tables/[a-z_]+\.jsonl|blobs/[0-9a-f]{64}|keys/[a-z0-9-]+\.key|keys\.sealed|files/(?!portal\.db).+"
)
_BATCH = 500
_CHUNK = 1 << 20
_SECRETS = "second-factors.key"


class BadBackup(GraderError):
    """A backup is damaged or not one of ours; nothing was restored."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the backup cannot be used: {what}", "nothing was changed; use another backup")


@dataclass(frozen=True)
class RestoreReport:
    """What was restored."""

    created_at: datetime
    """Of the backup. Receipts given out later are unknown to the portal now, but still verify."""
    rows: int
    blobs: int
    files: int
    with_keys: bool
    second_factors_lost: int
    """So many people enrol their second factor again: its key was not in the backup."""


def restore_backup(
    source: Path, store: Store, now: datetime, *, force: bool = False, passphrase: str | None = None
) -> RestoreReport:
    """Bring a portal back to a backup. No portal may be running on `store`.

    With `force` over one that is not empty: its rows are replaced, other files put aside. Everybody signs in
    again, tokens, open invitations and recovery codes end, and receipts are signed with a new key. Raises
    BadBackup, UsageError and EnvironmentProblem.
    """
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError) as error:
        raise BadBackup(str(error)) from error
    with archive:
        manifest = _verify(archive)
        sealed = _open_sealed(archive, passphrase)
        if not force and not _is_empty(store):
            raise UsageError("there is a portal in this data folder", "choose an empty one, or use --force")
        with naming_disk_trouble():
            return _restore(archive, manifest, sealed, store, now)


def _restore(
    archive: zipfile.ZipFile,
    manifest: Mapping[str, Any],
    sealed: dict[str, bytes],
    store: Store,
    now: datetime,
) -> RestoreReport:
    names = list(manifest["digests"])
    keys = {name[5:]: archive.read(name) for name in names if name.startswith("keys/")} | sealed
    blobs = [name for name in names if name.startswith("blobs/")]
    files = [name[6:] for name in names if name.startswith("files/")]
    for name in blobs:
        put_blob(store.folder, archive.read(name))
    for name, content in keys.items():
        if name == _SECRETS:
            add_secrets(store.folder, content)
        else:
            write_durably(store.folder / "keys" / name, content)
    _write_files(archive, files, store.folder, now)
    with store.write() as db:
        rows = _write_rows(db, archive, manifest)
        write_setting(db, RESTORED_AT, now.isoformat())
        _end_entries(db, now)
        lost = forget_unreadable_secrets(db, store.folder)
    adopt_keys(store, now)
    rotate_signing_key(store, now)
    created_at = datetime.fromisoformat(manifest["created_at"])
    return RestoreReport(created_at, rows, len(blobs), len(files), bool(keys), lost)


def _end_entries(db: Connection, now: datetime) -> None:
    """End whatever lets somebody in: the backup does not know what was used up or ended since it was made.

    Who has a second factor keeps the app and makes new recovery codes; who was invited is invited again.
    """
    db.execute(delete(sessions))
    db.execute(delete(invitations).where(invitations.c.used_at.is_(None)))
    db.execute(update(tokens).where(tokens.c.revoked_at.is_(None)).values(revoked_at=now))
    db.execute(delete(recovery_codes))


def _verify(archive: zipfile.ZipFile) -> Mapping[str, Any]:
    """Return the manifest once every entry was found to be what it says."""
    try:
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
        digests: dict[str, str] = manifest["digests"]
        is_known = manifest["format"] == FORMAT and knows_version(manifest["version"])
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise BadBackup("its manifest is missing or damaged") from error
    if not is_known:
        raise BadBackup("it was made by a newer version of this program")
    there = [name for name in archive.namelist() if name != MANIFEST]
    if sorted(there) != sorted(digests):
        raise BadBackup("its entries are not those of its manifest")
    for name, digest in digests.items():
        if not _NAME.fullmatch(name) or not _stays_inside(name):
            raise BadBackup(f"an entry has a name that no backup has: {name!r}")
        if _hash_entry(archive, name) != digest or (name.startswith("blobs/") and name[6:] != digest):
            raise BadBackup(f"{name} is damaged")
    return manifest


def _stays_inside(name: str) -> bool:
    """Whether a path means what it says, part by part, and of `files/` nothing that has its own place."""
    parts = name.split("/")
    is_plain = not {"", ".", ".."} & set(parts) and "\0" not in name
    return is_plain and (parts[0] != "files" or parts[1] not in OWN)


def _hash_entry(archive: zipfile.ZipFile, name: str) -> str:
    seen = hashlib.sha256()
    try:
        with archive.open(name) as entry:
            while chunk := entry.read(_CHUNK):
                seen.update(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BadBackup(f"{name} is damaged") from error
    return seen.hexdigest()


def _open_sealed(archive: zipfile.ZipFile, passphrase: str | None) -> dict[str, bytes]:
    """Return the keys that were kept under a passphrase."""
    if SEALED not in archive.namelist():
        return {}
    if passphrase is None:
        raise UsageError(
            "the keys in this backup are under a passphrase",
            "name the file that holds it with --passphrase-file",
        )
    content = archive.read(SEALED)
    try:
        plain = derive_key(passphrase, content[:SALT_BYTES]).decrypt(content[SALT_BYTES:])
    except InvalidToken as error:
        raise UsageError("this is not the passphrase of the backup", "try again") from error
    keys = {name: base64.b64decode(key) for name, key in json.loads(plain).items()}
    for name in keys:
        if not _NAME.fullmatch(f"keys/{name}"):
            raise BadBackup(f"a key has a name that no key has: {name!r}")
    return keys


def _is_empty(store: Store) -> bool:
    """Whether nothing would be lost: no blob, and nobody in the database."""
    if next(list_blobs(store.folder), None) is not None:
        return False
    with store.read() as db:
        return not inspect(db).has_table(people.name) or db.execute(select(people.c.id)).first() is None


def _write_files(archive: zipfile.ZipFile, paths: list[str], folder: Path, now: datetime) -> None:
    """Write other files; what stood in their place is put aside under another name."""
    for top in {path.split("/")[0] for path in paths}:
        place = folder / top
        if place.exists():
            place.rename(place.with_name(f"{top}{SET_ASIDE}{now:%Y%m%dT%H%M%S}"))
    for path in paths:
        write_durably(folder / path, archive.read(f"files/{path}"))


def _write_rows(db: Connection, archive: zipfile.ZipFile, manifest: Mapping[str, Any]) -> int:
    """Make the tables as they were then, fill them, and bring them to the newest version."""
    metadata.drop_all(db)
    db.execute(text("DROP TABLE IF EXISTS alembic_version"))
    config = alembic_config(db)
    command.upgrade(config, manifest["version"])
    then = MetaData()
    then.reflect(db)
    count = 0
    for table in then.sorted_tables:
        name = f"tables/{table.name}.jsonl"
        if name not in manifest["digests"]:
            continue
        lines = _read_rows(archive, name, table)
        while rows := list(islice(lines, _BATCH)):
            db.execute(insert(table), rows)
            count += len(rows)
        _continue_numbers(db, table)
    if count != sum(manifest["rows"].values()):
        raise BadBackup("it has rows of tables that its version does not have")
    command.upgrade(config, "head")
    return count


def _read_rows(archive: zipfile.ZipFile, name: str, table: Table) -> Iterator[dict[str, Any]]:
    with archive.open(name) as lines:
        for line in lines:
            row = json.loads(line)
            yield {key: _decode(value, table.c[key].type) for key, value in row.items()}


def _decode(value: Any, kind: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    return value


def _continue_numbers(db: Connection, table: Table) -> None:
    """Let PostgreSQL count on after the rows that brought their own number."""
    if db.dialect.name == "sqlite" or "id" not in table.c or table.c.id.autoincrement is False:
        return
    sequence = db.execute(text("SELECT pg_get_serial_sequence(:name, 'id')"), {"name": table.name}).scalar()
    if sequence is not None:
        query = f"SELECT setval(:sequence, (SELECT max(id) FROM {table.name}))"  # noqa: S608  (our own name)
        db.execute(text(query), {"sequence": sequence})
