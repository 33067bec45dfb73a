"""What disputes ask the store: refusals found by owner or number, what became of them, whose a receipt is."""

from __future__ import annotations

import io
import os
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from office import DURI, HANA, NOON, Office, make_hand_in

from grader.receipts.receipt import read_code
from grader.store.arrivals import Arrival, explain_leftovers, keep_arrival
from grader.store.backup import backup_store
from grader.store.blobs import hash_bytes, incoming_folder, read_blob
from grader.store.chain import Standing, find_named_receipt, recognise_receipt
from grader.store.hand_in import HandInRefused
from grader.store.refusals import (
    RefusalFilter,
    Refused,
    find_any_refusal,
    find_handed_in_numbers,
    find_handed_in_since,
    find_refusal,
    keep_refusal,
    list_refusals,
    page_refusals,
)
from grader.store.restore import restore_backup
from grader.store.submissions import Origin

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def refuse(office: Office, number: int, person: str = HANA.id, content: bytes = b"{}", at=NOON) -> None:
    """Turn work away."""
    uuid = str(UUID(int=number << 96))
    keep_refusal(office.store, Refused(uuid, person, "a1", "x.ipynb", 2, "closed", "", content), at)


def test_refusals_are_found_by_what_people_are_told(office: Office) -> None:
    """By the beginning of their number, by a person's id as typed, by assignment; owners by id only."""
    for number in range(1, 6):
        refuse(office, number, DURI.id if number == 3 else HANA.id, b"%d" % number)
    with office.store.read() as db:
        every = [one.id for one in page_refusals(db)]
        first = page_refusals(db, limit=3)
        rest = page_refusals(db, before=first[-1].id)
        assert [one.id for one in (*first, *rest)] == every == sorted(every, reverse=True)
        (third,) = page_refusals(db, RefusalFilter(text=" 00000003"))
        assert (third.person, page_refusals(db, RefusalFilter(text=third.uuid.upper()))) == (DURI.id, [third])
        assert page_refusals(db, RefusalFilter(text="LEE-2")) == [third]
        assert len(page_refusals(db, RefusalFilter("a1", HANA.id))) == 4
        for nothing in (RefusalFilter("a2"), RefusalFilter(text="%"), RefusalFilter(text="_0000003")):
            assert page_refusals(db, nothing) == []
        assert find_any_refusal(db, third.id) == find_refusal(db, DURI.id, third.id) == third
        assert find_refusal(db, HANA.id, third.id) is None
        assert [one.id for one in list_refusals(db, HANA.id, "a1", limit=2)] == every[:2]


def test_the_same_bytes_handed_in_since(office: Office) -> None:
    """Then or later, by the same person for the same assignment; work that came before is no answer."""
    office.hand_in(make_hand_in(1, b"early"))
    for number, content in ((2, b"early"), (3, b"again"), (4, b"accepted"), (5, b"never")):
        refuse(office, number, content=content, at=NOON + MINUTE)
    refuse(office, 6, DURI.id, b"again", NOON)
    again = office.hand_in(make_hand_in(10, b"again"), NOON + DAY).submission
    given = make_hand_in(11, b"accepted", client_at=NOON + MINUTE, origin=Origin.ACCEPTED)
    accepted = office.hand_in(given, NOON + DAY).submission
    assert accepted.handed_in_at == NOON + MINUTE
    with office.store.read() as db:
        found = page_refusals(db)
        names = {one.id: one.uuid[:8] for one in found}
        since = {names[id]: one for id, one in find_handed_in_since(db, found).items()}
    assert since == {"00000003": again, "00000004": accepted}


def test_of_the_same_bytes_handed_in_since_the_least_late_counts(office: Office) -> None:
    """Later and late does not settle what came in time; accepted with the first time, it does."""
    refuse(office, 2, content=b"again")
    late = office.hand_in(make_hand_in(10, b"again"), NOON + 8 * DAY).submission
    with office.store.read() as db:
        (kept,) = found = page_refusals(db)
        assert find_handed_in_since(db, found) == {kept.id: late}
        assert find_handed_in_numbers(db, found) == set()
    assert not late.settles(NOON)
    assert late.settles(NOON, DAY.total_seconds())
    assert not late.settles(NOON + 9 * DAY, DAY.total_seconds())
    given = make_hand_in(11, b"again", client_at=NOON, origin=Origin.ACCEPTED)
    accepted = office.hand_in(given, NOON + 8 * DAY).submission
    office.hand_in(make_hand_in(12, b"again"), NOON + 9 * DAY)
    with office.store.read() as db:
        assert find_handed_in_since(db, found) == {kept.id: accepted}
    assert accepted.settles(NOON)


def test_accepted_work_is_judged_by_the_time_at_which_it_came(office: Office) -> None:
    """No rule about time or attempts stops it; a due date that was passed counts."""
    office.change_rules(closes_at=NOON + 8 * DAY, max_attempts=1)
    office.hand_in(make_hand_in(1, b"first"))
    given = make_hand_in(2, b"second", client_at=NOON + 7 * DAY + MINUTE, origin=Origin.ACCEPTED)
    done = office.hand_in(given, NOON + 30 * DAY)
    assert (done.submission.attempt, done.signed.receipt.late_s) == (2, 60)
    assert done.signed.receipt.received_at == NOON + 30 * DAY


@pytest.mark.parametrize("name", ["과제.zip", "과제.ipynb"])
def test_refused_work_without_outputs_is_kept_in_the_form_in_which_it_came(office: Office, name: str) -> None:
    """Of an archive nothing is lost, and what is kept can be handed in later."""
    office.change_rules(closes_at=NOON + 8 * DAY)
    files = (("a1.ipynb", b"bare"), ("data/x.csv", b"1,2"))[: 2 if name.endswith("zip") else 1]
    given = make_hand_in(1, b"raw", original=None, files=files, file_name=name)
    with pytest.raises(HandInRefused):
        office.hand_in(given, NOON + 9 * DAY)
    with office.store.read() as db:
        (kept,) = list_refusals(db, HANA.id)
    assert kept.digest is not None
    content = read_blob(office.store.folder, kept.digest)
    if name.endswith("zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert {one: archive.read(one) for one in archive.namelist()} == dict(files)
    else:
        assert content == b"bare"


@pytest.mark.parametrize("files", [(b"notebook", b"data"), (b"data", b"notebook")])
def test_of_work_without_outputs_that_a_crash_cut_off_the_notebook_is_kept(
    office: Office, files: tuple[bytes, ...]
) -> None:
    """The bytes as they came are nowhere; of the others, the first is what counts."""
    folder = office.store.folder
    arrival = Arrival(str(UUID(int=1)), HANA.id, "a1", "x.zip", "ab" * 32, 9, NOON)
    keep_arrival(folder, arrival, files)
    for path in incoming_folder(folder).iterdir():
        os.utime(path, times=(NOON.timestamp(), NOON.timestamp()))
    assert explain_leftovers(office.store, NOON + DAY) == 1
    with office.store.read() as db:
        (kept,) = list_refusals(db, HANA.id)
    assert kept.digest == hash_bytes(files[0])


def test_a_receipt_is_found_by_what_can_be_typed(office: Office) -> None:
    """By its code however it is read out, by its number and by its hand-in's."""
    first, second = (office.hand_in(make_hand_in(n, b"%d" % n)).signed for n in (1, 2))
    spoken = second.code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    with office.store.read() as db:
        for typed in (second.code, spoken, "2", " 2 ", second.receipt.submission.upper()):
            assert find_named_receipt(db, typed) == second.text, typed
        assert find_named_receipt(db, first.code) == first.text
        for nothing in ("3", "9" * 30, "²", "", "%", "0000-0000-0000-0000", "U" * 16, first.code[:-1]):
            assert find_named_receipt(db, nothing) is None, nothing
    assert read_code(first.code) == first.hash[:20]
    assert read_code("가" * 16) is None


def test_a_lost_receipt_whose_work_was_taken_again(office: Office, tmp_path: Path) -> None:
    """Known, lost, renewed; other work under its number is not its work."""
    known = office.hand_in(make_hand_in(1, b"before")).signed
    backup_store(office.store, tmp_path / "b.zip", NOON)
    work = [make_hand_in(n, b"%d" % n) for n in (2, 3, 4)]
    texts = [office.hand_in(given).signed.text for given in work]
    restore_backup(tmp_path / "b.zip", office.store, NOON + DAY, force=True)
    keys = office.key_list()
    office.hand_in(work[0], NOON + DAY)
    office.hand_in(replace(make_hand_in(9, b"other"), uuid=work[1].uuid), NOON + DAY)
    with office.store.read() as db:
        assert recognise_receipt(db, known.text, keys) is Standing.KNOWN
        told = [recognise_receipt(db, text, keys) for text in texts]
        assert told == [Standing.RENEWED, Standing.LOST, Standing.LOST]
