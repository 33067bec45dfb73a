"""Work from another platform is handed in for its people, with the platform's times, and only once."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from portal_world import World

from grader.lms.folders import open_folders
from grader.lms.moodle import open_submissions, read_worksheet
from grader.model.people import Person
from grader.portal.bring_in import Brought, BroughtIn, bring_in
from grader.portal.context import Portal
from grader.portal.hand_in import take_hand_in
from grader.portal.rate_limits import Tried
from grader.site.downloads import zip_files
from grader.store.submissions import Origin, list_submissions

SLUG = "e1-screening-journey"
SHEET = (
    "\ufeffIdentifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade)\r\n"
    'Participant 1,가나,,Sent,,50.00,Yes,"2026년 4월 19일 일요일, 오후 5:30",-\r\n'
    'Participant 2,다라,,Sent,,50.00,Yes,"2026년 4월 19일 일요일, 오후 5:31",-\r\n'
    'Participant 3,마바,,Sent,,50.00,Yes,"2026년 4월 19일 일요일, 오후 5:32",-\r\n'
    'Participant 4,모름,,Sent,,50.00,Yes,"2026년 4월 19일 일요일, 오후 5:33",-\r\n'
)


@pytest.fixture
def people(portal: Portal) -> dict[str, Person]:
    """Three people and a released assignment that has been due since yesterday."""
    world = World(portal).prepare()
    world.release(SLUG, due_at=portal.now())
    names = {"k1": "가나", "k2": "다라", "k3": "마바"}
    return {one: world.enrol(one, name=name) for one, name in names.items()}


def bring_moodle(portal: Portal, people: Mapping[str, Person], files: Mapping[str, bytes]) -> list[BroughtIn]:
    """Bring a Moodle download in."""
    sheet = read_worksheet(SHEET.encode(), "grades.csv")
    download = open_submissions(io.BytesIO(zip_files(files)), sheet, tuple(people.values()), {}, portal.zone)
    return list(bring_in(portal, download, SLUG, people, Origin.MOODLE))


def test_older_work_does_not_replace_newer(portal: Portal, people: dict[str, Person]) -> None:
    """Who handed in on the portal after Moodle is graded by that; what is known already changes nothing."""
    world = World(portal)
    place = "_assignsubmission_file/"
    first = world.notebook(SLUG)
    assert bring_moodle(portal, people, {f"가나_1{place}hw.ipynb": first})[0].outcome is Brought.HANDED_IN
    world.hand_in(people["k2"], SLUG, "# newer")
    brought = bring_moodle(portal, people, {f"가나_1{place}hw.ipynb": first, f"다라_2{place}hw.ipynb": first})
    assert [one.outcome for one in brought] == [Brought.KNOWN, Brought.OLDER]
    assert brought[1].text is not None
    with portal.store.read() as db:
        assert [one.origin for one in list_submissions(db, "k2", SLUG)] == [Origin.PAGE]


def test_everyones_work_gets_a_receipt_and_the_platforms_time(
    portal: Portal, people: dict[str, Person]
) -> None:
    """Staff bring in later what was handed in before the deadline: nobody is late, doubts are shown."""
    notebook = World(portal).notebook(SLUG)
    portal.now.forward(days=2)  # type: ignore[attr-defined]
    place = "_assignsubmission_file/"
    files = {
        f"가나_1{place}hw.ipynb": notebook,
        f"다라_2{place}d/hw.ipynb": notebook,
        f"다라_2{place}d/data.csv": b"1,2",
        f"마바_3{place}hw.ipynb": b"%PDF",
        f"모름_4{place}hw.ipynb": notebook,
    }
    brought = bring_moodle(portal, people, files)
    assert [one.outcome for one in brought] == [
        *(Brought.HANDED_IN, Brought.HANDED_IN, Brought.TURNED_AWAY, Brought.DOUBT),
    ]
    assert [one.receipt_number for one in brought] == [1, 2, None, None]
    assert brought[2].text is not None
    with portal.store.read() as db:
        handed_in = {one: list_submissions(db, one, SLUG) for one in people}
    assert [len(work) for work in handed_in.values()] == [1, 1, 0]
    first = handed_in["k1"][0]
    assert (first.late_s, first.origin) == (0.0, Origin.MOODLE)
    assert first.client_at is not None
    assert first.client_at.isoformat() == "2026-04-19T08:30:00+00:00"
    again = bring_moodle(portal, people, files)
    assert [one.outcome for one in again[:2]] == [Brought.KNOWN, Brought.KNOWN]
    assert [one.receipt_number for one in again[:2]] == [1, 2]


def test_numbers_tell_nobody_whose_work_it_is(portal: Portal, people: dict[str, Person]) -> None:
    """Graders see them; one that could be worked out from ids would undo blind marking."""
    place, notebook = "_assignsubmission_file/", World(portal).notebook(SLUG)
    bring_moodle(portal, people, {f"가나_1{place}hw.ipynb": notebook})
    with portal.store.read() as db:
        [done] = list_submissions(db, "k1", SLUG)
    assert UUID(done.uuid).version == 4


def test_a_person_who_sends_often_stops_nobody(portal: Portal, people: dict[str, Person]) -> None:
    """What staff bring in is not counted against those whom it belongs to."""
    strict = replace(portal, settings=replace(portal.settings, rate_limits=True))
    for _ in range(60):
        strict.rates.count(Tried.UPLOAD_OF, "k1")
    place, notebook = "_assignsubmission_file/", World(portal).notebook(SLUG)
    files = {f"{name}{place}hw.ipynb": notebook for name in ("가나_1", "다라_2")}
    assert [one.outcome for one in bring_moodle(strict, people, files)] == [Brought.HANDED_IN] * 2


def test_a_form_sent_twice_brings_work_in_once(
    portal: Portal, people: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two requests at the same time: whoever is second finds the work known."""
    both = threading.Barrier(2)

    def meet(*given: object, **rest: object) -> object:
        with suppress(threading.BrokenBarrierError):
            both.wait(0.2)
        return take_hand_in(*given, **rest)

    monkeypatch.setattr("grader.portal.bring_in.take_hand_in", meet)
    files = {"가나_1_assignsubmission_file/hw.ipynb": World(portal).notebook(SLUG)}
    with ThreadPoolExecutor(2) as pool:
        sent = [pool.submit(bring_moodle, portal, people, files) for _ in range(2)]
        outcomes = {one.outcome for done in sent for one in done.result()}
    assert outcomes == {Brought.HANDED_IN, Brought.KNOWN}


def test_one_broken_file_stops_nobody_else(portal: Portal, people: dict[str, Person]) -> None:
    """A file that cannot be unpacked is told with its reason."""
    notebook = World(portal).notebook(SLUG)
    place = "_assignsubmission_file/"
    brought = bring_moodle(
        portal, people, {f"가나_1{place}con.ipynb": notebook, f"다라_2{place}hw.ipynb": notebook}
    )
    assert [one.outcome for one in brought] == [Brought.NOT_UNPACKED, Brought.HANDED_IN]


def test_one_persons_heap_of_files_is_not_held_in_memory(portal: Portal, people: dict[str, Person]) -> None:
    """More than anybody may hand in is told, and others go on."""
    place = "_assignsubmission_file/"
    heap = {f"가나_1{place}{n}.bin": os.urandom(16_000_000) for n in range(4)}
    brought = bring_moodle(portal, people, {**heap, f"다라_2{place}hw.ipynb": World(portal).notebook(SLUG)})
    assert [one.outcome for one in brought] == [Brought.NOT_UNPACKED, Brought.HANDED_IN]
    assert len(brought[0].files) == 4


def test_folders_bring_their_stamps(portal: Portal, people: dict[str, Person], tmp_path: Path) -> None:
    """A timestamp.txt beside the work counts; a time to come does not."""
    notebook = World(portal).notebook(SLUG)
    for person, stamp in (("k1", "2026-04-18 10:00"), ("k2", "2036-04-18 10:00")):
        folder = tmp_path / "drive" / person
        folder.mkdir(parents=True)
        (folder / "hw.ipynb").write_bytes(notebook)
        (folder / "timestamp.txt").write_text(stamp)
    download = open_folders(tmp_path / "drive", SLUG, tuple(people.values()), {}, portal.zone)
    assert [one.outcome for one in bring_in(portal, download, SLUG, people, Origin.FOLDER)] == [
        Brought.HANDED_IN
    ] * 2
    with portal.store.read() as db:
        times = [list_submissions(db, one, SLUG)[0].client_at for one in ("k1", "k2")]
    assert times[0] is not None
    assert times[0].isoformat() == "2026-04-18T01:00:00+00:00"
    assert times[1] == portal.now()
