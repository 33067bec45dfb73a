"""A store at work, for tests: its keys, people, the release `a1`, and work to hand in.

In the folder of tests that pytest puts on the path, so that child processes can import it too.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, func, select

from grader.model.people import Access, Person
from grader.receipts.findings import Finding
from grader.receipts.receipt import KeyList, SignedReceipt
from grader.receipts.verify import verify_chain
from grader.store.blobs import is_intact
from grader.store.chain import read_chain
from grader.store.engine import Store
from grader.store.hand_in import HandedIn, HandIn, hand_in
from grader.store.jobs import JobState
from grader.store.keys import KeyRing, list_keys
from grader.store.people import add_people
from grader.store.prepare import prepare_store
from grader.store.releases import ReleaseRules, change_rules, find_release, release_assignment
from grader.store.schema import jobs

NOON = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)
"""12:00 in Seoul; when tests begin."""
HANA = Person(id="김하나", name="김하나", site="seoul", role="technician", cohort="first")
DURI = Person(id="lee-2", name="이두리", site="busan", role="clinician")
TEACHER = Person(id="teacher", name="강사", site="seoul", role="it", access=Access.INSTRUCTOR)
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Office:
    """A store that is ready for work."""

    store: Store
    keys: KeyRing

    def hand_in(self, given: HandIn, now: datetime = NOON) -> HandedIn:
        """Hand work in."""
        return hand_in(self.store, self.keys, given, now)

    def change_rules(self, **changes: object) -> None:
        """Change rules of the release."""
        with self.store.write() as db:
            release = find_release(db, "a1")
            assert release is not None
            change_rules(db, "a1", replace(release.rules, **changes))

    def key_list(self) -> KeyList:
        """Return the published keys."""
        with self.store.read() as db:
            return list_keys(db)

    def check_chain(self) -> tuple[list[SignedReceipt], list[Finding]]:
        """Verify the whole chain; every file that a receipt names must be there, too."""
        with self.store.read() as db:
            receipts, findings = verify_chain(read_chain(db), list_keys(db))
        for signed in receipts:
            for file in signed.receipt.files:
                assert is_intact(self.store.folder, file.sha256), signed.receipt
        return receipts, findings


def open_office(store: Store) -> Office:
    """Prepare a store and put people and a release in it."""
    keys = prepare_store(store, NOON)
    rules = ReleaseRules(opens_at=NOON, due_at=NOON + WEEK)
    with store.write() as db:
        add_people(db, (HANA, DURI, TEACHER), NOON)
        release_assignment(db, "a1", 1, rules, {"a1": ["q1"]}, by="teacher", now=NOON)
    return Office(store, keys)


def count_waiting(db: Connection) -> int:
    """Return how many jobs wait to be graded."""
    query = select(func.count()).select_from(jobs).where(jobs.c.state == JobState.WAITING)
    return int(db.execute(query).scalar_one())


def make_hand_in(number: int = 1, content: bytes = b"{}", **changes: object) -> HandIn:
    """Return acceptable work of 김하나; `number` tells hand-ins apart."""
    given = HandIn(
        uuid=str(UUID(int=number)),
        person=HANA.id,
        assignment="a1",
        course="medai",
        file_name="과제.ipynb",
        digest=hashlib.sha256(content).hexdigest(),
        size_bytes=len(content),
        original=content,
        files=(("a1.ipynb", content),),
    )
    return replace(given, **changes)
