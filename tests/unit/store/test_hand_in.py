"""Tests of `grader.store.hand_in`: one receipt each, rules, lateness and the chain; on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from office import DURI, NOON, WEEK, Office, make_hand_in
from sqlalchemy import func, select

from grader.errors import EnvironmentProblem
from grader.store.blobs import blob_path, incoming_folder, list_blobs, read_blob, remove_blob
from grader.store.hand_in import HandInConflict, HandInRefused, NotAccepted
from grader.store.keys import rotate_signing_key
from grader.store.refusals import list_refusals
from grader.store.releases import Extension, Scope, grant_extension, withdraw_release
from grader.store.schema import submissions
from grader.store.submissions import (
    Origin,
    find_newest_submission,
    find_receipt,
    find_submission,
    list_files,
    list_submissions,
)

MINUTE = timedelta(minutes=1)


def test_a_receipt_says_what_was_kept(office: Office) -> None:
    """Receipt, rows and bytes agree, and the receipt is found through its owner only."""
    given = make_hand_in(content=b"my work", client_at=NOON - MINUTE, notes=("found-in-zip",))
    done = office.hand_in(given)
    receipt = done.signed.receipt
    assert done.is_new
    assert (receipt.number, receipt.attempt, receipt.revision, receipt.late_s) == (1, 1, 1, 0)
    assert (receipt.received_at, receipt.clock_at, receipt.client_at) == (NOON, NOON, NOON - MINUTE)
    assert receipt.due_at == NOON + WEEK
    assert [(file.path, file.sha256) for file in receipt.files] == [("a1.ipynb", given.digest)]
    assert "김하나" not in done.signed.text
    assert "과제" not in done.signed.text
    with office.store.read() as db:
        assert find_receipt(db, given.person, given.uuid) == done.signed.text
        assert find_submission(db, given.person, given.uuid) == done.submission
        assert [file.path for file in list_files(db, given.person, given.uuid)] == ["a1.ipynb"]
        assert find_receipt(db, DURI.id, given.uuid) is None
        assert find_submission(db, DURI.id, given.uuid) is None
        assert list_files(db, DURI.id, given.uuid) == []
    assert read_blob(office.store.folder, given.digest) == b"my work"
    assert office.check_chain()[1] == []
    assert list(incoming_folder(office.store.folder).iterdir()) == []


def test_the_same_again_gives_the_same_receipt(office: Office) -> None:
    """A retry, a day later and by another attempt's number, changes nothing."""
    given = make_hand_in()
    first = office.hand_in(given)
    again = office.hand_in(given, NOON + timedelta(days=1))
    assert again == type(first)(first.submission, first.signed, is_new=False)
    assert len(office.check_chain()[0]) == 1


@pytest.mark.parametrize(
    "other",
    [{"content": b"other"}, {"person": DURI.id}, {"assignment": "a2"}],
    ids=["bytes", "person", "assignment"],
)
def test_a_number_stands_for_one_hand_in(office: Office, other: dict[str, object]) -> None:
    """The same UUID for anything else is refused; its bytes are kept and the first receipt stands."""
    first = office.hand_in(make_hand_in())
    given = make_hand_in(**other)
    with pytest.raises(HandInConflict):
        office.hand_in(given)
    with office.store.read() as db:
        assert [kept.reason for kept in list_refusals(db, given.person)] == ["conflict"]
    assert read_blob(office.store.folder, given.digest) == given.original
    assert [signed.hash for signed in office.check_chain()[0]] == [first.signed.hash]


def test_at_once_the_same_is_one_and_others_have_no_gaps(office: Office) -> None:
    """Twelve threads: four send the same work, the others send work of two people."""
    same = [make_hand_in(1)] * 4
    others = [make_hand_in(n, b"%d" % n, person=DURI.id if n % 2 else "김하나") for n in range(2, 10)]
    with ThreadPoolExecutor(12) as threads:
        done = list(threads.map(office.hand_in, same + others))
    assert len({handed.signed.hash for handed in done[:4]}) == 1
    assert sum(handed.is_new for handed in done) == 9
    receipts, findings = office.check_chain()
    assert findings == []
    assert [signed.receipt.number for signed in receipts] == list(range(1, 10))
    with office.store.read() as db:
        for person, count in (("김하나", 5), (DURI.id, 4)):
            attempts = [one.attempt for one in list_submissions(db, person, "a1")]
            assert attempts == list(range(count, 0, -1))
            newest = find_newest_submission(db, person, "a1")
            assert newest is not None
            assert newest.attempt == count


def test_lateness_counts_from_the_due_date_after_grace(office: Office) -> None:
    """Within the grace period nothing is late; after it all of it is."""
    office.change_rules(grace_s=600)
    due = NOON + WEEK
    in_grace = office.hand_in(make_hand_in(1, b"1"), due + timedelta(minutes=10))
    late = office.hand_in(make_hand_in(2, b"2"), due + timedelta(minutes=10, milliseconds=1))
    assert (in_grace.submission.late_s, in_grace.signed.receipt.late_s) == (0, 0)
    assert (late.submission.late_s, late.signed.receipt.late_s) == (600.001, 601)


def test_rules_turn_away_and_keep_the_bytes(office: Office) -> None:
    """Each rule has its reason and its moment; the refused bytes stay for dispute, once each."""
    office.change_rules(opens_at=NOON + MINUTE, closes_at=NOON + 2 * WEEK, max_attempts=2, cool_down_s=600)
    expected = []

    def refuse(number: int, at: timedelta, reason: NotAccepted, until: timedelta | None) -> None:
        given = make_hand_in(number, b"%d" % number)
        for _ in range(2):
            with pytest.raises(HandInRefused) as refused:
                office.hand_in(given, NOON + at)
            assert refused.value.reason is reason
            assert refused.value.until == (None if until is None else NOON + until)
        expected.append((reason, given.digest))

    refuse(1, timedelta(), NotAccepted.NOT_OPEN, MINUTE)
    office.hand_in(make_hand_in(2), NOON + MINUTE)
    refuse(3, 10 * MINUTE, NotAccepted.TOO_SOON, 11 * MINUTE)
    office.hand_in(make_hand_in(4), NOON + 11 * MINUTE)
    refuse(5, 30 * MINUTE, NotAccepted.NO_ATTEMPT_LEFT, None)
    refuse(6, 2 * WEEK + MINUTE, NotAccepted.CLOSED, 2 * WEEK)
    with office.store.write() as db:
        withdraw_release(db, "a1", NOON)
    refuse(7, 40 * MINUTE, NotAccepted.NOT_RELEASED, None)
    with office.store.read() as db:
        kept = list_refusals(db, "김하나")
    assert [(one.reason, one.digest) for one in reversed(kept)] == expected
    assert all(one.digest and read_blob(office.store.folder, one.digest) for one in kept)
    assert len(office.check_chain()[0]) == 2
    assert list(incoming_folder(office.store.folder).iterdir()) == []


def test_an_unknown_assignment_is_not_released(office: Office) -> None:
    """There is nothing to hand in to."""
    with pytest.raises(HandInRefused) as refused:
        office.hand_in(make_hand_in(assignment="a9"))
    assert refused.value.reason is NotAccepted.NOT_RELEASED


def test_an_extension_counts_at_the_door(office: Office) -> None:
    """Who has more time is not late and not shut out; the receipt names the date that counted."""
    office.change_rules(closes_at=NOON + WEEK)
    longer = NOON + 2 * WEEK
    with office.store.write() as db:
        grant_extension(db, Extension("a1", Scope.SITE, "seoul", longer, None, "", NOON, "teacher"))
    done = office.hand_in(make_hand_in(1), longer)
    assert (done.submission.late_s, done.signed.receipt.due_at) == (0, longer)
    with pytest.raises(HandInRefused):
        office.hand_in(make_hand_in(2, person=DURI.id), longer)


def test_work_collected_elsewhere_is_never_turned_away(office: Office) -> None:
    """It was handed in where it came from: rules of time do not apply, lateness counts by the time there."""
    office.change_rules(closes_at=NOON + WEEK, max_attempts=1)
    at = NOON + 3 * WEEK
    for number, elsewhere_at in ((1, NOON), (2, NOON + WEEK + MINUTE)):
        given = make_hand_in(number, b"%d" % number, origin=Origin.MOODLE, client_at=elsewhere_at)
        done = office.hand_in(given, at)
        assert (done.submission.attempt, done.submission.received_at) == (number, at)
        assert done.submission.late_s == (60 if number == 2 else 0)


def test_stripped_work_keeps_no_original(office: Office) -> None:
    """What must not be kept is nowhere on disk; the receipt still proves what was sent."""
    given = make_hand_in(content=b"with a patient's name", original=None, files=(("a1.ipynb", b"stripped"),))
    done = office.hand_in(given)
    assert done.signed.receipt.upload.sha256 == given.digest
    assert not done.submission.is_original_kept
    assert list(list_blobs(office.store.folder)) == [done.submission.notebook_digest]
    assert office.hand_in(given).signed == done.signed


def test_a_clock_set_back_never_shows_in_receipts(office: Office) -> None:
    """The chain's time stands still; lateness counts by the clock, so nobody pays for its mistake."""
    due = NOON + WEEK
    office.hand_in(make_hand_in(1, b"1"), due + timedelta(days=300))
    done = office.hand_in(make_hand_in(2, b"2"), NOON + MINUTE)
    assert done.signed.receipt.received_at == due + timedelta(days=300)
    assert done.signed.receipt.clock_at == NOON + MINUTE
    assert done.submission.late_s == 0
    _, findings = office.check_chain()
    assert [finding.trouble.value for finding in findings] == ["clock-set-back"]
    assert all(finding.trouble.is_remark for finding in findings)
    rotate_signing_key(office.store, NOON + 2 * MINUTE)
    office.hand_in(make_hand_in(3, b"3"), NOON + 3 * MINUTE)
    assert all(finding.trouble.is_remark for finding in office.check_chain()[1])


def test_no_receipt_without_bytes(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes that vanish between disk and transaction give no receipt."""
    given = make_hand_in(content=b"vanishing")
    real = office.store.write

    def vanish():
        remove_blob(office.store.folder, given.digest)
        return real()

    monkeypatch.setattr(type(office.store), "write", lambda _store: vanish())
    with pytest.raises(EnvironmentProblem, match="bytes are gone"):
        office.hand_in(given)
    monkeypatch.undo()
    assert office.check_chain() == ([], [])
    assert office.hand_in(given).is_new


def test_a_lost_key_stops_hand_ins_and_nothing_else(office: Office) -> None:
    """Without the private key there is no receipt, so there is no submission; with a new key there is."""
    keys = type(office.keys)(office.keys.folder)
    for path in (office.store.folder / "keys").glob("receipts-*"):
        path.unlink()
    lost = Office(office.store, keys)
    with pytest.raises(EnvironmentProblem, match="signing key"):
        lost.hand_in(make_hand_in())
    with office.store.read() as db:
        assert db.execute(select(func.count()).select_from(submissions)).scalar_one() == 0
    rotate_signing_key(office.store, NOON)
    assert lost.hand_in(make_hand_in()).is_new
    assert lost.check_chain()[1] == []


def test_ids_cannot_leave_the_folder(tmp_path: Path) -> None:
    """A digest is 64 hexadecimal digits, nothing else."""
    for name in ("../../etc/passwd", "", "A" * 64, "0" * 63, "0" * 64 + "\n"):
        with pytest.raises(ValueError, match="64"):
            blob_path(tmp_path, name)
