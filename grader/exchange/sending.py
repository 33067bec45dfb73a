"""Sending what waits: spool → portal → receipt on this machine → out of the spool, in this order.

Knows spool, client and the folder of receipts; must not know nbgrader. Whatever step is the last one
before a crash, the next run ends in the same state.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.exchange.client import PortalClient
from grader.exchange.portable import write_durably
from grader.exchange.spool import Entry, Spool
from grader.exchange.troubles import PortalTrouble, Refused

RECEIPT = "receipt.json"
"""The signed text byte for byte: what `medai receipt verify` reads."""
ANSWER = "answer.json"
"""What the portal said beside it."""


@dataclass(frozen=True)
class Sent:
    """What became of an entry."""

    entry: Entry
    receipt: dict[str, Any] | None = None
    """The portal's answer, when it was handed in."""
    trouble: PortalTrouble | None = None
    """Why not, otherwise. A final refusal left the spool; all else waits on."""


def belongs_to(entry: Entry, client: PortalClient, person: str) -> bool:
    """Whether an entry may be sent with this access: same portal, same person.

    On a shared machine one trainee's work must never be handed in as another's.
    """
    if entry.portal != client.origin:
        return False
    return entry.person == person if entry.person else entry.token_id == client.token_id


def send_waiting(spool: Spool, client: PortalClient, person: str, receipts: Path) -> list[Sent]:
    """Send all entries of this person, oldest first, and return what became of each.

    Stops at the first trouble that is not about the entry itself: the rest would only meet it as well.
    """
    done: list[Sent] = []
    for entry in spool.list_waiting():
        if not belongs_to(entry, client, person):
            continue
        sent = _send(spool, client, entry, receipts)
        if sent is None:
            continue
        done.append(sent)
        if sent.trouble is not None and not _is_final(sent.trouble):
            break
    return done


def find_receipt(receipts: Path, entry: Entry) -> dict[str, Any] | None:
    """Return the receipt of an entry that was handed in from this machine, or None."""
    try:
        folder = _folder(receipts, entry)
        value = {
            **json.loads((folder / ANSWER).read_bytes()),
            "receipt": (folder / RECEIPT).read_text("utf-8"),
        }
    except (OSError, ValueError, TypeError):
        return None
    return value


def _send(spool: Spool, client: PortalClient, entry: Entry, receipts: Path) -> Sent | None:
    content = spool.read_content(entry)
    if content is None:
        return None
    try:
        receipt = client.hand_in(entry.uuid, entry.assignment, entry.file_name, content, entry.client_at)
    except PortalTrouble as trouble:
        if _is_final(trouble):
            spool.set_refused(entry, content, str(trouble))
        return Sent(entry, trouble=trouble)
    _keep_receipt(receipts, entry, content, receipt)
    spool.drop(entry)
    return Sent(entry, receipt=receipt)


def _is_final(trouble: PortalTrouble) -> bool:
    return isinstance(trouble, Refused) and trouble.is_final


def _keep_receipt(receipts: Path, entry: Entry, content: bytes, receipt: dict[str, Any]) -> None:
    """Keep what was handed in and, last, its receipt: a folder without receipt says nothing."""
    folder = _folder(receipts, entry)
    write_durably(folder / entry.file_name, content)
    rest = {name: value for name, value in receipt.items() if name != "receipt"}
    write_durably(folder / ANSWER, json.dumps(rest, ensure_ascii=False, indent=1).encode())
    write_durably(folder / RECEIPT, receipt["receipt"].encode())


def _folder(receipts: Path, entry: Entry) -> Path:
    return receipts / entry.course / entry.assignment / entry.uuid
