"""The spool: what is kept stays kept, whatever ends the program, and is handed in once."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PureWindowsPath

import pytest
from fake_portal import FakePortal, fault

from grader.exchange import portable, sending
from grader.exchange.client import PortalClient
from grader.exchange.sending import find_receipt, send_waiting
from grader.exchange.spool import Entry, Spool, make_entry
from grader.exchange.troubles import Refused, SpoolTrouble, Unreachable

AT = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "가상 spool")


@pytest.fixture
def receipts(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def entry_for(client: PortalClient, content: bytes = b"{}\n\x00", minutes: int = 0, **other: str) -> Entry:
    given = {"person": "t-1", "course": "c", "assignment": "e1-x", "file_name": "답안.ipynb", **other}
    at = AT + timedelta(minutes=minutes)
    return make_entry(content, portal=client.origin, token_id=client.token_id, client_at=at, **given)


def kept(spool: Spool, client: PortalClient, content: bytes = b"{}\n\x00", **how: object) -> Entry:
    entry = entry_for(client, content, **how)
    spool.keep(entry, content)
    return entry


def in_child(work: Callable[[], None]) -> int:
    """Run in a child process; return how it ended."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1]


def test_kept_and_read_again(spool, portal_client) -> None:
    content = b"\x00bytes\nwith lines\n"
    entry = kept(spool, portal_client, content)
    [found] = spool.list_waiting()
    assert found == entry
    assert spool.read_content(found) == content
    spool.drop(found)
    assert spool.list_waiting() == []
    assert list(spool.folder.iterdir()) == []


def test_oldest_first(spool, portal_client) -> None:
    for minutes in (5, 1, 3):
        kept(spool, portal_client, minutes=minutes)
    assert [entry.client_at.minute for entry in spool.list_waiting()] == [1, 3, 5]


def test_no_spool_yet(spool) -> None:
    assert spool.list_waiting() == []
    assert spool.list_refused() == []


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data[:20],
        lambda data: b"",
        lambda data: data.replace(b'"e1-x"', b'"e2-y", "more": 1'),
        lambda data: data.replace(b"+00:00", b""),
        lambda data: data + b"x",
        lambda data: b"[]\n",
        lambda data: b"{" * 50_000 + b"\n",
    ],
)
def test_a_damaged_entry_is_set_aside_never_sent_never_deleted(
    spool, portal_client, fake_portal, receipts, damage
) -> None:
    bad, good = kept(spool, portal_client), kept(spool, portal_client, b"good")
    path = spool.folder / f"{bad.uuid}.handin"
    path.write_bytes(damage(path.read_bytes()))
    assert [sent.entry for sent in send_waiting(spool, portal_client, "t-1", receipts)] == [good]
    assert spool.count_damaged() == 1
    assert list(fake_portal.receipts) == [good.uuid]


def test_an_entry_under_another_name_is_not_believed(spool, portal_client) -> None:
    entry = kept(spool, portal_client)
    other = f"{'1' * 8}{entry.uuid[8:]}.handin"
    (spool.folder / f"{entry.uuid}.handin").rename(spool.folder / other)
    assert spool.list_waiting() == []
    assert spool.count_damaged() == 1


@pytest.mark.parametrize("where", ["fsync", "replace", "open"])
def test_a_full_disk_promises_nothing(spool, portal_client, monkeypatch, where) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    entry = entry_for(portal_client)
    with monkeypatch.context() as patch:
        patch.setattr(*((Path, "open") if where == "open" else (portable.os, where)), fail)
        with pytest.raises(SpoolTrouble, match="No space left") as caught:
            spool.keep(entry, b"{}\n\x00")
    assert "제출되지 않았습니다" in str(caught.value)
    assert spool.list_waiting() == []
    assert list(spool.folder.iterdir()) == []


@pytest.mark.parametrize("step", range(1, 9))
def test_killed_while_keeping(spool, portal_client, monkeypatch, step) -> None:
    """After a SIGKILL before any write to disk the entry is there whole, or not at all."""
    entry = entry_for(portal_client)

    def work() -> None:
        die_at(monkeypatch, step)
        spool.keep(entry, b"{}\n\x00")

    ended = in_child(work)
    waiting = spool.list_waiting()
    assert waiting in ([], [entry])
    assert spool.count_damaged() == 0
    if ended == 0:  # no step with this number: it was kept
        assert waiting == [entry]
        assert step > 3, "keeping takes at least a sync, a rename and a sync"
    else:
        assert ended == signal.SIGKILL


def die_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Kill this process at the `step`-th call that changes the disk."""
    left = [step]

    def counted(real):
        def call(*args: object, **named: object) -> object:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **named)

        return call

    for name in ("fsync", "replace", "unlink"):
        monkeypatch.setattr(portable.os, name, counted(getattr(os, name)))


@pytest.mark.parametrize("step", range(1, 15))
def test_killed_while_sending(spool, portal_client, fake_portal, receipts, monkeypatch, step) -> None:
    """Whichever step was the last, the next run ends with one hand-in, its receipt and an empty spool."""
    entry = kept(spool, portal_client)

    def work() -> None:
        die_at(monkeypatch, step)
        send_waiting(spool, portal_client, "t-1", receipts)

    in_child(work)
    if find_receipt(receipts, entry) is None:
        assert spool.list_waiting() == [entry], "no receipt, so it waits"
    send_waiting(spool, portal_client, "t-1", receipts)
    assert spool.list_waiting() == []
    assert list(fake_portal.receipts) == [entry.uuid]
    found = find_receipt(receipts, entry)
    assert found is not None
    assert found["receipt"] == fake_portal.receipts[entry.uuid]["receipt"]


def test_killed_before_the_answer_arrives(spool, portal_client, fake_portal, receipts) -> None:
    entry = kept(spool, portal_client)

    def take_and_hang_up(asked):
        fake_portal.hand_in(asked)
        return "drop"

    fake_portal.answer = take_and_hang_up
    [sent] = send_waiting(spool, portal_client, "t-1", receipts)
    assert isinstance(sent.trouble, Unreachable)
    assert spool.list_waiting() == [entry]
    assert find_receipt(receipts, entry) is None
    fake_portal.answer = None
    [sent] = send_waiting(spool, portal_client, "t-1", receipts)
    assert sent.receipt is not None
    assert sent.receipt["attempt"] == 1


def send_all(folder: Path, url: str, receipts: Path) -> None:
    client = PortalClient(url, "token1.secret", timeout_s=10)
    send_waiting(Spool(folder), client, "t-1", receipts)


def test_two_processes_at_once(spool, portal_client, fake_portal: FakePortal, receipts) -> None:
    entries = [kept(spool, portal_client, b"%d" % number, minutes=number) for number in range(6)]
    start = multiprocessing.get_context("fork").Process
    both = [start(target=send_all, args=(spool.folder, fake_portal.url, receipts)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join()
        assert process.exitcode == 0
    assert spool.list_waiting() == []
    assert sorted(fake_portal.receipts) == sorted(entry.uuid for entry in entries)
    assert all(find_receipt(receipts, entry) for entry in entries)
    assert not [path for path in receipts.rglob("*") if path.name.endswith(".part")]


def test_another_persons_work_is_not_sent(spool, portal_client, fake_portal, receipts) -> None:
    """On a shared computer nobody hands in for somebody else."""
    kept(spool, portal_client, person="t-2")
    kept(spool, replace(portal_client, token="token2.secret"), person="")
    kept(spool, replace(portal_client, address="https://other.example.kr"))
    mine = [kept(spool, portal_client), kept(spool, portal_client, person="", minutes=1)]
    sent = send_waiting(spool, portal_client, "t-1", receipts)
    assert [one.entry for one in sent] == mine
    assert len(spool.list_waiting()) == 3
    assert sorted(fake_portal.receipts) == sorted(entry.uuid for entry in mine)


def test_a_new_token_of_the_same_person_sends_on(spool, portal_client, receipts) -> None:
    kept(spool, portal_client)
    fresh = replace(portal_client, token="token2.secret")
    assert [one.receipt is not None for one in send_waiting(spool, fresh, "t-1", receipts)] == [True]


def test_a_final_refusal_leaves_the_queue_and_stays_to_be_read(
    spool, portal_client, fake_portal, receipts
) -> None:
    bad, good = kept(spool, portal_client), kept(spool, portal_client, b"good", minutes=1)
    fake_portal.script = [fault(422, "closed")]
    first, second = send_waiting(spool, portal_client, "t-1", receipts)
    assert isinstance(first.trouble, Refused)
    assert second.receipt is not None
    assert spool.list_waiting() == []
    [refused] = spool.list_refused()
    assert refused.uuid == bad.uuid
    assert "거절: closed" in refused.reason
    assert (spool.folder / f"{bad.uuid}.refused").read_bytes().endswith(b"\n{}\n\x00"), "its bytes stay"
    assert list(fake_portal.receipts) == [good.uuid]


@pytest.mark.parametrize("script", [[fault(401, "x")], [fault(403, "x")], ["drop"] * 3, [(500, {}, b"")]])
def test_other_trouble_keeps_everything_waiting(spool, portal_client, fake_portal, receipts, script) -> None:
    entries = [kept(spool, portal_client, minutes=number) for number in range(2)]
    fake_portal.script = list(script)
    [sent] = send_waiting(spool, portal_client, "t-1", receipts)
    assert sent.receipt is None
    assert spool.list_waiting() == entries
    assert not receipts.exists()
    assert fake_portal.script == [], "the second was not tried"


def test_a_receipt_that_cannot_be_kept_leaves_the_entry(
    spool, portal_client, fake_portal, receipts, monkeypatch
) -> None:
    entry = kept(spool, portal_client)

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(sending, "write_durably", fail)
        with pytest.raises(OSError, match="No space"):
            send_waiting(spool, portal_client, "t-1", receipts)
    assert spool.list_waiting() == [entry]
    assert send_waiting(spool, portal_client, "t-1", receipts)[0].receipt is not None
    assert len(fake_portal.receipts) == 1


def test_every_name_is_one_that_windows_takes(spool, portal_client, fake_portal, receipts) -> None:
    kept(spool, portal_client)
    fake_portal.script = [fault(422, "closed")]
    send_waiting(spool, portal_client, "t-1", receipts)
    kept(spool, portal_client, b"good")
    send_waiting(spool, portal_client, "t-1", receipts)
    kept(spool, portal_client, b"waits")
    paths = [path for folder in (spool.folder, receipts) for path in folder.rglob("*")]
    assert len(paths) == 8
    for path in paths:
        assert portable.is_portable_name(path.name), path.name
        assert not PureWindowsPath(path.name).is_reserved()
