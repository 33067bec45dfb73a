"""Uploads on their way in: each has a note that says whose they are before its bytes get their name.

Knows notes and blobs, and what a crash leaves of them; must not know what the bytes hold. A note goes when
the hand-in or its refusal is recorded. One that stays is what a crash left: `explain_leftovers` turns it into
a refusal, so that there are no bytes without an explanation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, insert, select

from grader.store.blobs import StoredBlob, has_blob, hash_bytes, incoming_folder, put_blobs
from grader.store.disk import naming_disk_trouble, write_durably
from grader.store.engine import Store
from grader.store.schema import people, refusals, submissions

INTERRUPTED = "interrupted"
"""Reason of a refusal: the portal stopped between the last byte and the receipt."""
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PATIENCE = timedelta(hours=1)
"""No upload takes longer: older leftovers belong to nobody who still waits."""


@dataclass(frozen=True)
class Arrival:
    """Who sends what, and since when."""

    uuid: str
    person: str
    assignment: str
    file_name: str
    digest: str
    """Of the bytes as they arrived; they may be kept in another form, or as several files."""
    size_bytes: int
    started_at: datetime


def keep_arrival(folder: Path, arrival: Arrival, contents: Sequence[bytes]) -> tuple[StoredBlob, ...]:
    """Note whose bytes these are, then keep them; note and bytes are on disk when this returns."""
    note = asdict(arrival) | {
        "started_at": arrival.started_at.isoformat(),
        "kept": list(dict.fromkeys(hash_bytes(content) for content in contents)),  # what counts comes first
    }
    write_durably(_note_path(folder, arrival), json.dumps(note, ensure_ascii=False).encode())
    return put_blobs(folder, contents)


def settle_arrival(folder: Path, arrival: Arrival) -> None:
    """Remove the note of an upload that is recorded now. If that fails, it is looked at again later."""
    with suppress(OSError):
        _note_path(folder, arrival).unlink()


def explain_leftovers(store: Store, now: datetime) -> int:
    """Record as refused what a crash left unrecorded, remove half uploads; return how many were recorded."""
    explained = 0
    with naming_disk_trouble():
        for path in sorted(incoming_folder(store.folder).glob("*")):
            try:
                age_s = now.timestamp() - path.stat().st_mtime
            except FileNotFoundError:
                continue  # recorded meanwhile: people hand in while this runs
            if age_s < PATIENCE.total_seconds():
                continue
            if path.suffix == ".json":
                with store.write() as db:
                    explained += _explain(store.folder, db, path)
            path.unlink(missing_ok=True)
    return explained


def _explain(folder: Path, db: Connection, path: Path) -> bool:
    """Record one note as a refusal unless its bytes are recorded already or never came; whether it was."""
    note = json.loads(path.read_bytes())
    uuid, digest = note["uuid"], note["digest"]
    kept = [name for name in note.pop("kept") if has_blob(folder, name)]
    recorded = (
        select(submissions.c.uuid).where(submissions.c.uuid == uuid, submissions.c.digest == digest),
        select(refusals.c.id).where(refusals.c.uuid == uuid, refusals.c.digest.in_([digest, *kept])),
    )
    is_known = select(people.c.id).where(people.c.id == note["person"])
    if not kept or any(db.execute(query).first() for query in recorded):
        return False
    if db.execute(is_known).first() is None:
        return False
    if digest not in kept:
        note["digest"] = kept[0]
    received_at = datetime.fromisoformat(note.pop("started_at"))
    db.execute(insert(refusals).values(**note, reason=INTERRUPTED, received_at=received_at))
    return True


def _note_path(folder: Path, arrival: Arrival) -> Path:
    if not _UUID.fullmatch(arrival.uuid):
        raise ValueError("a hand-in is named by a UUID")
    return incoming_folder(folder) / f"{arrival.uuid}.{arrival.digest[:16]}.json"
