"""Receipts that somebody brings, before and after a restore: what they are, and what lost ones give."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from portal_world import World
from sqlalchemy import delete

from grader.cli.portal import portal_command
from grader.cli.receipt import receipt_command
from grader.model.people import Access
from grader.portal.context import Portal
from grader.portal.door import TurnedAway
from grader.portal.hand_in import take_hand_in
from grader.portal.words.disputes import NEWER, WORDS
from grader.store.audit import list_audit
from grader.store.backup import backup_store
from grader.store.chain import Standing
from grader.store.keys import list_keys
from grader.store.personal_data import delete_person
from grader.store.restore import restore_backup
from grader.store.schema import receipts, submission_files, submissions
from grader.store.submissions import Origin, list_submissions

E3 = "e3-judgements"


@pytest.fixture
def world(portal: Portal) -> World:
    """The portal, ready to give receipts."""
    return World(portal).prepare()


@pytest.fixture
def restored(world: World, tmp_path: Path, portal_clock: Any) -> dict[str, str]:
    """Receipts of before and after the backup to which the portal went back; the work has closed since."""
    portal, me = world.portal, world.enrol("kim")
    now = portal.now()
    world.release(E3, due_at=now + timedelta(hours=5), closes_at=now + timedelta(days=1))
    texts = {"known": world.hand_in(me, E3, "known").signed.text}
    backup_store(portal.store, tmp_path / "night.zip", now)
    portal_clock.forward(hours=1)
    texts["lost"] = world.hand_in(me, E3, "lost").signed.text
    texts["forged"] = texts["lost"].replace('"attempt":2', '"attempt":1')
    portal_clock.forward(days=2)
    restore_backup(tmp_path / "night.zip", portal.store, portal.now(), force=True)
    return texts


def _check(teacher: Any, receipt: str, work: bytes | None = None, step: str = "look") -> Any:
    files = {"receipt": ("receipt.json", receipt.encode())}
    if work is not None:
        files["work"] = ("내 과제.ipynb", work)
    return teacher.post("/mark/receipt", {"step": step}, files=files)


def test_a_receipt_that_somebody_brings(
    world: World, restored: dict[str, str], sign_in: Callable[..., Any]
) -> None:
    """Known, lost or not ours; found by its code; nobody's name is shown."""
    teacher = sign_in(Access.INSTRUCTOR, id="teacher")
    for name, telling in (
        ("known", "기록에 있습니다"),
        ("lost", "기록에 없습니다"),
        ("forged", "접수증이 아니거나"),
    ):
        page = _check(teacher, restored[name])
        assert page.status_code == 200
        assert telling in page.text
        assert not re.search("김가상|kim", page.text)
    assert "접수증이 아니거나" in _check(teacher, "\ufeff{}\0").text
    assert teacher.post("/mark/receipt").status_code == 400
    known = json.loads(restored["known"])["receipt"]
    code = re.search(r'class="code">([0-9A-Z-]{19})<', _check(teacher, restored["known"]).text)
    assert code is not None
    for typed in (code[1], code[1].lower(), known["submission"], str(known["number"])):
        found = teacher.get(f"/mark/receipt?typed={typed}")
        assert f"/mark/submissions/{known['submission']}" in found.text
    assert teacher.get("/mark/receipt?typed=0000-0000-0000-0000").status_code == 404


def test_a_lost_receipt_is_honoured(
    world: World, restored: dict[str, str], sign_in: Callable[..., Any]
) -> None:
    """The very file and the receipt give a new receipt by the old time, once; another file gives none."""
    teacher, me = sign_in(Access.INSTRUCTOR, id="teacher"), sign_in(id="kim")
    for step, work in (("take", world.notebook(E3, "other")), ("look", world.notebook(E3, "lost"))):
        _check(teacher, restored["lost"], work, step)
        with world.portal.store.read() as db:
            assert len(list_submissions(db, "kim")) == 1
    done = _check(teacher, restored["lost"], world.notebook(E3, "lost"), "take")
    assert "새 접수증은 2번입니다" in done.text
    with world.portal.store.read() as db:
        newest = list_submissions(db, "kim")[0]
        (line,) = list_audit(db, "receipt-honoured")
    lost = json.loads(restored["lost"])["receipt"]
    assert (newest.uuid, newest.attempt, newest.late_s) == (lost["submission"], 2, 0)
    assert newest.handed_in_at == world.portal.now() - timedelta(days=2)
    assert (line.actor, line.object) == ("teacher", f"submission:{newest.uuid}")
    again = _check(teacher, restored["lost"], world.notebook(E3, "lost"), "take")
    assert "같은 제출물을 다시 받아" in again.text
    assert "강사가 나중에 받아들인" in me.get(f"/learn/{E3}/submissions/{newest.uuid}").text


def _forget(world: World) -> None:
    """Go back to before any work, as a restore does."""
    with world.portal.store.write() as db:
        for table in (receipts, submission_files, submissions):
            db.execute(delete(table))


def _list_late(world: World) -> list[float]:
    with world.portal.store.read() as db:
        return [one.late_s for one in list_submissions(db, "kim")]


@pytest.mark.parametrize("is_same_number", [True, False])
def test_sending_lost_work_again_does_not_cost_its_time(
    world: World, sign_in: Callable[..., Any], portal_clock: Any, is_same_number: bool
) -> None:
    """Four hours late by the second receipt: the first one is honoured all the same, once."""
    me = world.enrol("kim")
    world.release(E3, due_at=world.portal.now() + timedelta(hours=1))
    lost, work = world.hand_in(me, E3, "one"), world.notebook(E3, "one")
    _forget(world)
    portal_clock.forward(hours=5)
    teacher = sign_in(Access.INSTRUCTOR, id="teacher")
    number = lost.submission.uuid if is_same_number else str(uuid4())
    take_hand_in(world.portal, me, E3, number, "a.ipynb", work)
    assert _list_late(world) == [4 * 3600]
    for telling in ("새 접수증은 2번입니다", "같은 제출물을 다시 받아"):
        assert telling in _check(teacher, lost.signed.text, work, "take").text
    assert _list_late(world) == [0, 4 * 3600]
    with world.portal.store.read() as db:
        assert len(list_audit(db, "receipt-honoured")) == 1


def test_an_honoured_receipt_that_gives_nothing_new_is_audited_once(
    world: World, sign_in: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two press at once: both find it lost, one takes it."""
    teacher = sign_in(Access.INSTRUCTOR, id="teacher")
    world.release(E3)
    lost = world.hand_in(world.enrol("kim"), E3, "one")
    _forget(world)
    monkeypatch.setattr("grader.portal.routes.mark_receipts.recognise_receipt", lambda *_: Standing.LOST)
    for _ in range(2):
        assert _check(teacher, lost.signed.text, world.notebook(E3, "one"), "take").status_code == 200
    assert len(_list_late(world)) == 1
    with world.portal.store.read() as db:
        assert len(list_audit(db, "receipt-honoured")) == 1


@pytest.mark.parametrize(("after_s", "late_s"), [(0, 0), (60, 0), (60.5, 61), (900, 900)])
def test_collected_work_is_honoured_as_late_as_its_receipt_says(
    world: World, sign_in: Callable[..., Any], portal_clock: Any, after_s: float, late_s: int
) -> None:
    """It was collected hours later, and judged by when the person had handed it in elsewhere."""
    me = world.enrol("kim")
    due_at = world.portal.now() + timedelta(hours=1)
    world.release(E3, due_at=due_at, grace_s=60)
    portal_clock.forward(hours=5)
    teacher = sign_in(Access.INSTRUCTOR, id="teacher")
    given, work = due_at + timedelta(seconds=after_s), world.notebook(E3, "one")
    lost = take_hand_in(
        world.portal, me, E3, str(uuid4()), "a.ipynb", work, client_at=given, origin=Origin.MOODLE
    )
    assert not isinstance(lost, TurnedAway)
    assert lost.signed.receipt.late_s == late_s
    _forget(world)
    assert "새 접수증은 1번입니다" in _check(teacher, lost.signed.text, work, "take").text
    assert _list_late(world) == [late_s]


def test_what_a_client_says_about_its_clock_makes_nothing_punctual(
    world: World, sign_in: Callable[..., Any], portal_clock: Any
) -> None:
    """Programs write it themselves: late by its receipt is late when that is honoured."""
    me = world.enrol("kim")
    now, work = world.portal.now(), world.notebook(E3, "one")
    world.release(E3, due_at=now + timedelta(hours=1))
    portal_clock.forward(hours=5)
    lost = take_hand_in(world.portal, me, E3, str(uuid4()), "a.ipynb", work, client_at=now, origin=Origin.API)
    assert not isinstance(lost, TurnedAway)
    _forget(world)
    portal_clock.forward(days=1)
    teacher = sign_in(Access.INSTRUCTOR, id="teacher")
    _check(teacher, lost.signed.text, work, "take")
    assert _list_late(world) == [4 * 3600]


def test_a_lost_receipt_of_nobody_or_of_older_work(
    world: World, restored: dict[str, str], sign_in: Callable[..., Any], portal_clock: Any
) -> None:
    """Newer work is not replaced; a pseudonym that nobody has any more gives nothing."""
    teacher = sign_in(Access.INSTRUCTOR, id="teacher")
    world.release(E3)
    me = sign_in(id="kim")
    world.hand_in(me.person, E3, "newer")
    answer = _check(teacher, restored["lost"], world.notebook(E3, "lost"), "take")
    assert answer.status_code == 409
    assert NEWER.ko in answer.text
    with world.portal.store.write() as db:
        delete_person(db, "kim", world.portal.now())
    answer = _check(teacher, restored["lost"], world.notebook(E3, "lost"), "take")
    assert answer.status_code == 400
    assert WORDS["dispute_no_person"].ko in answer.text


def test_receipts_by_command(world: World, restored: dict[str, str], tmp_path: Path) -> None:
    """The chain as `medai receipt verify --chain` reads it, and what single receipts are to this portal."""

    def run(command: Any, *arguments: str) -> Any:
        return CliRunner().invoke(command, arguments, standalone_mode=False)

    data = ("--data", str(world.portal.settings.data))
    chain, keys = tmp_path / "chain.jsonl", tmp_path / "receipt-keys.json"
    assert run(portal_command, "receipts", "--output", str(chain), *data).exit_code == 0
    assert chain.read_text("utf-8") == restored["known"] + "\n"
    assert run(portal_command, "receipts", "--output", "-", *data).stdout == chain.read_text("utf-8")
    with world.portal.store.read() as db:
        keys.write_text(list_keys(db).to_json(), "utf-8")
    paths = {name: tmp_path / f"{name}.json" for name in restored}
    for name, text in restored.items():
        paths[name].write_text(text, "utf-8")
    verify = ("verify", str(paths["known"]), "--chain", str(chain))
    assert run(receipt_command, *verify).exit_code == 0
    fine = run(portal_command, "receipt", str(paths["known"]), *data)
    assert (fine.return_value, "기록에 있습니다" in fine.stdout) == (0, True)
    told = run(portal_command, "receipt", *map(str, paths.values()), "--json", *data)
    assert told.return_value == 1
    assert [one["standing"] for one in json.loads(told.stdout)] == ["known", "lost", "not-ours"]
    english = run(portal_command, "receipt", str(paths["lost"]), "--language", "en", *data)
    assert (english.return_value, "given out before a restore" in english.stdout) == (1, True)
