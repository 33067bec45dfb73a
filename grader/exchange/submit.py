"""`nbgrader submit`: the assignment's folder to the portal, by way of the spool.

Knows the order that loses nothing: keep, send, receipt, forget. Must not know HTTP.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.exchange.abc import ExchangeSubmit as NbgraderSubmit

from grader.exchange.packing import Packed, pack_hand_in, read_folder, too_big
from grader.exchange.portal_exchange import PortalExchange
from grader.exchange.sending import Sent, belongs_to, find_receipt, send_waiting
from grader.exchange.spool import Entry, Spool, make_entry
from grader.exchange.troubles import NotHandedInYet, PortalTrouble, Refused, Unreachable, say

MAX_BYTES = 20_000_000
"""What a portal takes at least."""


class ExchangeSubmit(PortalExchange, NbgraderSubmit):  # type: ignore[misc]
    """Hands an assignment in; returns only with a receipt."""

    def init_src(self) -> None:
        """Find the folder."""
        self.settle_course()
        # A path such as `./ps1/` is taken for its last part, as nbgrader does.
        self.coursedir.assignment_id = Path(self.coursedir.assignment_id).name
        assignment = self.check_assignment_name()
        self.src_path = self.local_folder(assignment)
        if not self.src_path.is_dir():
            there = [one.name for one in self.src_path.parent.glob("*") if one.is_dir()]
            hint = self.suggest(assignment, there)
            self.fail(f"과제 폴더가 없습니다. Assignment not found at: {self.src_path}{hint}")

    def init_dest(self) -> None:
        """See whose work this is and where it waits for its receipt."""
        self.person = self.settle_person()
        self.spool = Spool(Path(self.settings_dir) / "spool")

    def copy_files(self) -> None:
        """Hand in. Raises if there is no receipt at the end."""
        assignment = self.coursedir.assignment_id
        entry = self._keep(assignment, self._pack(assignment))
        sent = send_waiting(self.spool, self.client, self.person, Path(self.cache))
        for one in sent:
            if one.entry.uuid != entry.uuid:
                self._tell_earlier(one)
        outcome = next((one for one in sent if one.entry.uuid == entry.uuid), None)
        receipt = outcome.receipt if outcome else find_receipt(Path(self.cache), entry)
        if receipt is None:
            self._raise_trouble(entry, sent)
        else:
            self._tell_receipt(entry, receipt)

    def _pack(self, assignment: str) -> Packed:
        """Return what is sent; warn of or refuse missing notebooks, leave further ones out."""
        files = read_folder(self.src_path, self.ignore, 1000 * self.coursedir.max_dir_size)
        released = self._ask_release(assignment)
        expected = set(released.get("notebooks", ()))
        notebooks = {path for path in files if path.endswith(".ipynb")}
        missing, further = sorted(expected - notebooks), sorted(notebooks - expected)
        if missing and self.strict:
            self.fail(
                f"제출하지 않았습니다. 노트북이 없습니다: {', '.join(missing)}\n"
                f"Assignment {assignment} not submitted. There are missing notebooks: {', '.join(missing)}"
            )
        if missing:
            self.log.warning("빠진 노트북이 있습니다. Possible missing notebooks: %s", ", ".join(missing))
        if further and expected & notebooks:
            self.log.warning(
                "과제의 노트북이 아니어서 보내지 않습니다. Not part of the assignment, not sent: %s",
                ", ".join(further),
            )
            files = {path: content for path, content in files.items() if path not in further}
        if not notebooks:
            self.fail(f"폴더에 노트북(.ipynb)이 없습니다. There is no notebook in {self.src_path}")
        packed = pack_hand_in(files, {(path, digest) for path, digest in released.get("files", ())})
        most = int(self.me.get("max_upload_bytes", MAX_BYTES))
        if len(packed.content) > most:
            raise too_big(self.src_path, most)
        return packed

    def _ask_release(self, assignment: str) -> dict[str, Any]:
        """Return what was handed out; offline, or when the release is gone, as it was known last."""
        try:
            return self.released_files(assignment, refresh=True)
        except (Unreachable, Refused):
            return self.released_files(assignment, refresh=False)

    def _keep(self, assignment: str, packed: Packed) -> Entry:
        """Return the entry that waits: the one already there when nothing changed since, else a new one."""
        entry = make_entry(
            packed.content,
            portal=self.client.origin,
            person=self.person,
            token_id=self.client.token_id,
            course=self.coursedir.course_id,
            assignment=assignment,
            file_name=packed.file_name,
            client_at=datetime.now(UTC),
        )
        same = [
            one
            for one in self.spool.list_waiting()
            if one.assignment == assignment and belongs_to(one, self.client, self.person)
        ][-1:]
        if same and same[0].sha256 == entry.sha256:
            return same[0]
        self.spool.keep(entry, packed.content)
        return entry

    def _raise_trouble(self, entry: Entry, sent: list[Sent]) -> None:
        """Raise what kept this entry from being handed in."""
        own = next((one.trouble for one in sent if one.entry.uuid == entry.uuid), None)
        if isinstance(own, Refused) and own.is_final:
            raise own
        cause = own or next((one.trouble for one in reversed(sent) if one.trouble is not None), None)
        if cause is None:
            cause = PortalTrouble(
                say("다른 프로그램이 함께 보내고 있습니다.", "Another program is sending as well."),
                say("잠시 뒤 다시 제출해 주십시오.", "Submit again in a moment."),
            )
        raise NotHandedInYet(entry.assignment, str(self.spool.folder), cause)

    def _tell_receipt(self, entry: Entry, receipt: dict[str, Any]) -> None:
        at = self.say_time(receipt["received_at"])
        for note in receipt.get("notes", ()):
            self.log.warning("%s %s", note.get("ko", ""), note.get("en", ""))
        self.log.info("Submitted as: %s %s %s", self.coursedir.course_id, entry.assignment, at)
        self.log.info("접수증 · receipt: %s", receipt.get("code", ""))

    def _tell_earlier(self, sent: Sent) -> None:
        if sent.receipt is not None:
            at = self.say_time(sent.receipt["received_at"])
            self.log.info("보관된 제출물을 보냈습니다. Sent what waited: %s %s", sent.entry.assignment, at)
        else:
            self.log.error("보관된 제출물: What waited: %s\n%s", sent.entry.assignment, sent.trouble)
