"""Refused work and receipts have doors: found, opened, accepted after all, honoured after a restore."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from marking_world import run_here
from portal_world import World

from grader.archives.limits import Fault
from grader.grading.reasons import Reason
from grader.model.people import Access
from grader.portal.context import Portal
from grader.portal.disputes import DisputeAction
from grader.portal.grading_steps import Desk
from grader.portal.refusal_reasons import explain_refusal
from grader.portal.words.audit import ACTIONS
from grader.portal.words.disputes import NEWER, UNKNOWN, WORDS
from grader.portal.words.door import REASONS, DoorReason
from grader.portal.worker_shift import Shift
from grader.store.arrivals import Arrival, keep_arrival
from grader.store.audit import list_audit
from grader.store.blobs import hash_bytes, incoming_folder, remove_blob
from grader.store.hand_in import NotAccepted
from grader.store.jobs import has_work
from grader.store.personal_data import delete_person
from grader.store.refusals import KeptRefusal, Refused, keep_refusal, list_refusals
from grader.store.submissions import Origin, find_newest_submission, list_submissions

E3 = "e3-judgements"
HERE = "/mark/refusals"
SHOWN = re.compile(r'action="/mark/refusals/(\d+)/accept"')


@pytest.fixture
def world(portal: Portal) -> World:
    """The portal, ready to give receipts."""
    return World(portal).prepare()


@pytest.fixture
def me(world: World, sign_in: Callable[..., Any]) -> Any:
    """A trainee's browser."""
    return sign_in(id="kim", name="김가상")


@pytest.fixture
def teacher(world: World, sign_in: Callable[..., Any]) -> Any:
    """An instructor's browser."""
    return sign_in(Access.INSTRUCTOR, id="teacher")


def _send(me: Any, content: bytes, name: str = "답안.ipynb", number: str = "") -> str:
    """Send a file by the form; return its number."""
    number = number or str(uuid4())
    answer = me.post(f"/learn/{E3}/hand-in", {"uuid": number}, files={"file": (name, content)})
    assert answer.status_code in {303, 400, 422}
    return number


def _refused(world: World, person: str = "kim") -> list[KeptRefusal]:
    with world.portal.store.read() as db:
        return list_refusals(db, person)


def _audited(world: World, action: str) -> list[str]:
    with world.portal.store.read() as db:
        return [f"{line.actor} {line.object}" for line in list_audit(db, action)]


@pytest.fixture
def closed(world: World, me: Any, portal_clock: Any) -> KeptRefusal:
    """Work that came five minutes after the end."""
    now = world.portal.now()
    world.release(
        E3, due_at=now + timedelta(minutes=5), closes_at=now + timedelta(minutes=15), grade_on_hand_in=True
    )
    portal_clock.forward(minutes=20)
    _send(me, world.notebook(E3, "late"))
    (kept,) = _refused(world)
    portal_clock.forward(minutes=5)
    return kept


def test_every_reason_is_explained() -> None:
    """In words of its own and without blanks, in both languages; one of another version is not hidden."""
    reasons = [
        *Reason,
        *DoorReason,
        *NotAccepted,
        "conflict",
        "interrupted",
        *(f"archive-{one}" for one in Fault),
    ]
    for reason in reasons:
        text = explain_refusal(reason, "e9")
        assert text != UNKNOWN, reason
        assert "{" not in text.ko + text.en, reason
    other = explain_refusal(DoorReason.OTHER_ASSIGNMENT, "e9-other")
    assert "e9-other" in other.ko
    assert other.en.startswith(REASONS[DoorReason.OTHER_ASSIGNMENT].en[:20])
    assert explain_refusal("of-tomorrow") == UNKNOWN
    assert set(DisputeAction) <= set(ACTIONS)


def test_an_instructor_finds_refused_work_and_why(
    world: World, me: Any, teacher: Any, closed: KeptRefusal
) -> None:
    """By assignment, number and person; linked from where instructors work; no page for graders."""
    _send(me, b"%PDF-1.7", "<i>x.pdf")
    page = teacher.get(f"{HERE}?assignment={E3}").text
    for telling in (
        "김가상",
        closed.uuid,
        closed.digest,
        "제출이 마감된 뒤에",
        "ZIP 파일만",
        "&lt;i&gt;x.pdf",
    ):
        assert telling in page
    assert SHOWN.findall(page) == [str(closed.id)]  # a PDF file stays refused
    found = teacher.get(f"{HERE}?text={closed.uuid[:8]}&lang=en").text
    assert "after the assignment had closed" in found
    assert ".pdf" not in found
    assert closed.uuid in teacher.get(f"{HERE}?text=KIM").text
    for nothing in ("text=lee", "assignment=e0-first-notebook", "before=1"):
        assert closed.uuid not in teacher.get(f"{HERE}?{nothing}").text
    assert f"{HERE}?assignment={E3}" in teacher.get(f"/teach/assignments/{E3}").text
    assert f'href="{HERE}"' in teacher.get("/mark").text


def test_pages_of_refusals(
    world: World, me: Any, teacher: Any, closed: KeptRefusal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next page begins where this one ended and keeps what was asked for."""
    monkeypatch.setattr("grader.portal.routes.mark_refusals.PAGE", 2)
    numbers = [_send(me, b"{" * n) for n in (1, 2)]
    first = teacher.get(f"{HERE}?text=kim").text
    (more,) = re.findall(r'href="(/mark/refusals\?[^"]*before[^"]*)"', first)
    second = teacher.get(unescape(more)).text
    assert "text=kim" in more
    assert [number in first for number in (*numbers, closed.uuid)] == [True, True, False]
    assert [number in second for number in (*numbers, closed.uuid)] == [False, False, True]


def test_the_bytes_come_back_and_it_is_audited(
    world: World, me: Any, teacher: Any, closed: KeptRefusal
) -> None:
    """To staff as a file that no program opens; to its owner as well, and to nobody else."""
    answer = teacher.get(f"{HERE}/{closed.id}/file")
    assert answer.content == world.notebook(E3, "late")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment")
    assert _audited(world, "refusal-opened") == [f"teacher submission:{closed.uuid}"]
    mine = f"/learn/{E3}/refused/{closed.id}/file"
    assert mine in me.get(f"/learn/{E3}").text
    assert me.get(mine).content == answer.content
    assert me.get(mine.replace(E3, "e0-first-notebook")).status_code == 404
    assert me.get(f"/learn/{E3}/refused/{closed.id + 1}/file").status_code == 404


def test_another_trainee_sees_nothing_of_it(
    world: World, closed: KeptRefusal, sign_in: Callable[..., Any]
) -> None:
    """Neither row nor bytes."""
    lee = sign_in(id="lee", name="이가상")
    assert closed.uuid not in lee.get(f"/learn/{E3}").text
    assert lee.get(f"/learn/{E3}/refused/{closed.id}/file").status_code == 404


def test_bytes_that_are_not_there_are_said_not_to_be(world: World, me: Any, teacher: Any) -> None:
    """Never kept, gone after their time, or of somebody who was deleted."""
    world.release(E3, strip_outputs=True)
    _send(me, b"{")
    world.release(E3)
    _send(me, b"{ ")
    gone, never = _refused(world)
    remove_blob(world.portal.store.folder, gone.digest or "")
    for kept, word in ((never, "dispute_not_kept"), (gone, "dispute_gone")):
        answer = teacher.get(f"{HERE}/{kept.id}/file")
        assert answer.status_code == 404
        assert WORDS[word].ko in answer.text
        assert WORDS[word].ko in me.get(f"/learn/{E3}").text
        assert me.get(f"/learn/{E3}/refused/{kept.id}/file").status_code == 404
    _send(me, b"{  ")
    newest = _refused(world)[0]
    with world.portal.store.write() as db:
        delete_person(db, "kim", world.portal.now())
    page = teacher.get(f"{HERE}/{newest.id}/file")
    assert page.status_code == 404
    assert WORDS["dispute_gone_person"].ko in page.text
    assert _audited(world, "refusal-opened") == []


def test_accepting_after_all_gives_a_receipt_by_the_time_it_came(
    world: World, me: Any, teacher: Any, closed: KeptRefusal
) -> None:
    """Once, however often it is pressed; the trainee finds the receipt and reads how it came about."""
    accept = f"{HERE}/{closed.id}/accept"
    for _ in range(2):
        answer = teacher.post(accept)
        assert answer.status_code == 303
        assert "받아들였습니다" in teacher.get(answer.headers["location"]).text
    with world.portal.store.read() as db:
        (done,) = list_submissions(db, "kim")
        assert has_work(db)
    assert (done.uuid, done.origin, done.client_at) == (closed.uuid, Origin.ACCEPTED, closed.received_at)
    assert done.late_s == timedelta(minutes=15).total_seconds()
    assert done.received_at == world.portal.now()
    assert _audited(world, "refusal-accepted") == [f"teacher submission:{closed.uuid}"]
    assert SHOWN.findall(teacher.get(HERE).text) == []
    mine = me.get(f"/learn/{E3}").text
    assert f"/learn/{E3}/submissions/{closed.uuid}" in mine
    assert "같은 파일이 1번째 제출로 들어와 있습니다" in mine
    receipt = me.get(f"/learn/{E3}/submissions/{closed.uuid}").text
    assert "강사가 나중에 받아들인 제출입니다" in receipt
    assert "2026년 4월 20일(월) 18:20" in receipt


def test_no_attempt_left_and_too_soon_can_be_accepted_and_broken_files_cannot(
    world: World, me: Any, teacher: Any, portal_clock: Any
) -> None:
    """Whoever forges the button for a broken file finds nothing there."""
    world.release(E3, max_attempts=2, cool_down_s=60)
    for mark in "12":
        _send(me, world.notebook(E3, mark))
        portal_clock.forward(seconds=30)
    portal_clock.forward(minutes=2)
    for mark in "345":
        _send(me, world.notebook(E3, mark))
        portal_clock.forward(minutes=2)
    _send(me, b"{")
    broken, spent, _, soon = _refused(world)
    assert [broken.reason, spent.reason, soon.reason] == ["not-json", "no-attempt-left", "too-soon"]
    assert teacher.post(f"{HERE}/{broken.id}/accept").status_code == 404
    assert teacher.post(f"{HERE}/{spent.id}/accept").status_code == 303
    with world.portal.store.read() as db:
        newest = find_newest_submission(db, "kim", E3)
    assert newest is not None
    assert (newest.uuid, newest.attempt) == (spent.uuid, 3)
    # What came before it would replace it.
    answer = teacher.post(f"{HERE}/{soon.id}/accept")
    assert answer.status_code == 409
    assert NEWER.ko in answer.text
    assert len(_refused(world)) == 4


@pytest.mark.parametrize("is_same_number", [True, False])
def test_sending_the_same_again_does_not_cost_the_time_at_which_it_came_first(
    world: World, sign_in: Callable[..., Any], portal_clock: Any, is_same_number: bool
) -> None:
    """Cut off in time, sent again four hours late as clients do: accepted once, with the first time."""
    now, content, number = world.portal.now(), world.notebook(E3, "cut"), str(uuid4())
    world.release(E3, due_at=now + timedelta(hours=1))
    cut = Refused(number, "kim", E3, "답안.ipynb", len(content), "interrupted", "", content)
    world.enrol("kim")
    keep_refusal(world.portal.store, cut, now)
    portal_clock.forward(hours=5)
    me, teacher = sign_in(id="kim"), sign_in(Access.INSTRUCTOR, id="teacher")
    _send(me, content, number=number if is_same_number else "")
    (kept,) = _refused(world)
    page = teacher.get(HERE).text
    assert WORDS["dispute_since_late"].ko.format(n=1) in page
    assert SHOWN.findall(page) == [str(kept.id)]
    for _ in range(2):
        assert teacher.post(f"{HERE}/{kept.id}/accept").status_code == 303
    with world.portal.store.read() as db:
        assert [(one.attempt, one.late_s) for one in list_submissions(db, "kim")] == [(2, 0), (1, 4 * 3600)]
    assert len(_audited(world, "refusal-accepted")) == 1
    page = teacher.get(HERE).text
    assert WORDS["dispute_since"].ko.format(n=2) in page
    assert SHOWN.findall(page) == []


def test_the_same_sent_again_in_time_settles_it(world: World, me: Any, teacher: Any) -> None:
    """Nothing is left to accept; whoever presses the button of an old page makes no attempt."""
    world.release(E3, cool_down_s=60, max_attempts=1)
    _send(me, world.notebook(E3, "1"))
    _send(me, world.notebook(E3, "2"))
    world.release(E3)
    _send(me, world.notebook(E3, "2"))
    (kept,) = _refused(world)
    assert SHOWN.findall(teacher.get(HERE).text) == []
    assert teacher.post(f"{HERE}/{kept.id}/accept").status_code == 303
    with world.portal.store.read() as db:
        assert len(list_submissions(db, "kim")) == 2


def test_the_list_does_not_say_whose_a_hand_in_is(world: World, me: Any, teacher: Any) -> None:
    """Where a number stands for work that is marked blind, the name is told where it is audited."""
    world.release(E3)
    number = _send(me, b"%PDF-1.7", "김가상.pdf")
    assert "김가상" in teacher.get(f"{HERE}?text={number}").text
    _send(me, world.notebook(E3), number=number)
    page = teacher.get(f"{HERE}?text={number}").text
    assert number in page
    assert not re.search("김가상|kim", page)
    assert _audited(world, "work-unblinded") == []
    (who,) = re.findall(r'action="(/mark/submissions/[^"]+)"', page)
    assert "김가상" in teacher.post(who).text
    assert _audited(world, "work-unblinded") == [f"teacher submission:{number}"]


def test_another_persons_number_hides_nobody(
    world: World, me: Any, teacher: Any, sign_in: Callable[..., Any]
) -> None:
    """Who sent a file under the number of somebody else's work is not who did that work."""
    world.release(E3)
    number = _send(me, world.notebook(E3))
    _send(sign_in(id="lee", name="이가상"), b"%PDF-1.7", "x.pdf", number)
    page = teacher.get(f"{HERE}?text={number}").text
    assert "이가상" in page
    assert "/who" not in page


def test_a_number_that_stands_for_other_work_does_not_stop_it(
    world: World, me: Any, teacher: Any, closed: KeptRefusal
) -> None:
    """The same form was sent twice with different files; both can be accepted, each once."""
    _send(me, world.notebook(E3, "second"), number=closed.uuid)
    second = _refused(world)[0]
    for kept in (closed, second, second):
        assert teacher.post(f"{HERE}/{kept.id}/accept").status_code == 303
    with world.portal.store.read() as db:
        attempts = list_submissions(db, "kim")
    assert [one.digest for one in attempts] == [second.digest, closed.digest]


def test_what_the_door_turns_away_stays_out(world: World, me: Any, teacher: Any, closed: KeptRefusal) -> None:
    """It passes the same door as everything; why it does not is told, and nothing is recorded."""
    object.__setattr__(world.portal.settings, "max_upload_bytes", 10)
    answer = teacher.post(f"{HERE}/{closed.id}/accept")
    assert answer.status_code == 409
    assert "너무 큽니다" in answer.text
    with world.portal.store.read() as db:
        assert list_submissions(db, "kim") == []


def test_a_crash_is_told_to_the_trainee_and_can_be_mended(
    world: World, sign_in: Callable[..., Any], portal_clock: Any
) -> None:
    """What a stopped server left is found by the worker and stands in the history; staff may accept it."""
    world.enrol("kim")
    world.release(E3)
    content, number = world.notebook(E3, "cut"), str(uuid4())
    store, now = world.portal.store, world.portal.now()
    arrival = Arrival(number, "kim", E3, "답안.ipynb", hash_bytes(content), len(content), now)
    keep_arrival(store.folder, arrival, [content])
    for path in incoming_folder(store.folder).iterdir():
        os.utime(path, times=(now.timestamp(), now.timestamp()))
    portal_clock.forward(hours=2)
    Shift(Desk(world.portal, run_here)).step()
    me, teacher = sign_in(id="kim"), sign_in(Access.INSTRUCTOR, id="teacher")
    page = me.get(f"/learn/{E3}").text
    assert number in page
    assert "도중에 서버가 멈추어" in page
    (kept,) = _refused(world)
    assert teacher.post(f"{HERE}/{kept.id}/accept").status_code == 303
    with store.read() as db:
        assert [one.uuid for one in list_submissions(db, "kim")] == [number]
