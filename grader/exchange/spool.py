"""The spool: hand-ins kept on this machine until the portal gave a receipt for them.

Knows its own files; must not know HTTP or nbgrader. One entry is one file, put in place in one step, so a
crash at any moment leaves it there whole or not at all, and two processes need no lock: sending the same
entry twice gives the same receipt. An entry's name carries its UUID; `.handin` waits, `.refused` was refused
by the portal for good and stays for its owner to read.
"""

from __future__ import annotations

import hashlib
import json
import uuid as uuids
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from grader.exchange.portable import sync_folder, write_durably
from grader.exchange.troubles import SpoolTrouble

WAITING = ".handin"
REFUSED = ".refused"
DAMAGED = ".damaged"
MAX_HEADER_BYTES = 20_000


@dataclass(frozen=True)
class Entry:
    """A hand-in that waits, without its bytes."""

    uuid: str
    portal: str
    """Origin of the portal that it is for."""
    person: str
    """Whose it is, as far as this machine knew; empty when it never reached the portal."""
    token_id: str
    """Public half of the token it was made with."""
    course: str
    assignment: str
    file_name: str
    client_at: datetime
    sha256: str
    size_bytes: int
    reason: str = ""
    """Why the portal refused it; empty while it waits."""


def make_entry(
    content: bytes,
    *,
    portal: str,
    person: str,
    token_id: str,
    course: str,
    assignment: str,
    file_name: str,
    client_at: datetime,
) -> Entry:
    """Return the entry of a new hand-in, with a UUID of its own."""
    return Entry(
        uuid=str(uuids.uuid4()),
        portal=portal,
        person=person,
        token_id=token_id,
        course=course,
        assignment=assignment,
        file_name=file_name,
        client_at=client_at.astimezone(UTC),
        sha256=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
    )


@dataclass(frozen=True)
class Spool:
    """A folder of entries."""

    folder: Path

    def keep(self, entry: Entry, content: bytes) -> None:
        """Keep an entry; it is on disk when this returns. Raises SpoolTrouble if it is not."""
        with self._naming_trouble():
            write_durably(self._path(entry.uuid, WAITING), _dump(entry, content))

    def list_waiting(self) -> list[Entry]:
        """Return what waits, oldest first. A damaged entry is set aside, never sent and never deleted."""
        return self._list(WAITING)

    def list_refused(self) -> list[Entry]:
        """Return what the portal refused for good, oldest first, with reasons."""
        return self._list(REFUSED)

    def count_damaged(self) -> int:
        """Return how many entries could not be read and were set aside."""
        return sum(1 for _ in self.folder.glob(f"*{DAMAGED}"))

    def read_content(self, entry: Entry) -> bytes | None:
        """Return a waiting entry's bytes, or None if another process has sent it meanwhile."""
        with self._naming_trouble():
            try:
                data = self._path(entry.uuid, WAITING).read_bytes()
            except FileNotFoundError:
                return None
        return data.split(b"\n", 1)[1]

    def drop(self, entry: Entry) -> None:
        """Forget an entry: its receipt is there."""
        with self._naming_trouble():
            self._path(entry.uuid, WAITING).unlink(missing_ok=True)
            sync_folder(self.folder)

    def set_refused(self, entry: Entry, content: bytes, reason: str) -> None:
        """Stop sending an entry that the portal refused for good; its bytes and the reason stay."""
        with self._naming_trouble():
            write_durably(self._path(entry.uuid, REFUSED), _dump(replace(entry, reason=reason), content))
        self.drop(entry)

    def _path(self, uuid: str, ending: str) -> Path:
        return self.folder / f"{uuid}{ending}"

    def _list(self, ending: str) -> list[Entry]:
        with self._naming_trouble():
            found = [self._read(path) for path in sorted(self.folder.glob(f"*{ending}"))]
        return sorted((e for e in found if e is not None), key=lambda e: (e.client_at, e.uuid))

    def _read(self, path: Path) -> Entry | None:
        try:
            entry = _load(path.read_bytes())
        except FileNotFoundError:  # another process sent it between listing and reading
            return None
        except (ValueError, TypeError, KeyError):
            entry = None
        if entry is None or path.name.split(".", 1)[0] != entry.uuid:
            with suppress(FileNotFoundError):
                path.replace(path.with_name(f"{path.name}{DAMAGED}"))
            return None
        return entry

    @contextmanager
    def _naming_trouble(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise SpoolTrouble(str(self.folder), error.strerror or type(error).__name__) from error


def _dump(entry: Entry, content: bytes) -> bytes:
    header: dict[str, Any] = {**asdict(entry), "client_at": entry.client_at.isoformat()}
    return json.dumps(header, ensure_ascii=False).encode() + b"\n" + content


def _load(data: bytes) -> Entry:
    """Return the entry that a file holds; raise ValueError, TypeError or KeyError if it is not whole."""
    header, line_end, content = data.partition(b"\n")
    if not line_end or len(header) > MAX_HEADER_BYTES:
        raise ValueError("no header")
    value = json.loads(header)
    entry = Entry(**{**value, "client_at": datetime.fromisoformat(value["client_at"])})
    if hashlib.sha256(content).hexdigest() != entry.sha256 or entry.client_at.tzinfo is None:
        raise ValueError("the bytes are not those that were kept")
    if str(uuids.UUID(entry.uuid)) != entry.uuid:
        raise ValueError("no UUID")
    return entry
