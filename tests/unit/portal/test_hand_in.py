"""Handing in, over HTTP and by its function: what is kept, how much at once, what hostile files get."""

from __future__ import annotations

import asyncio
import io
import stat
import threading
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

import httpx
import pytest
from event_loop import run_apart  # beside this file's folder
from portal_world import World  # beside this file's folder

from grader.exchange.client import content_digest
from grader.model.people import Access
from grader.portal import hand_in as hand_in_module
from grader.portal.api import staff
from grader.portal.api.errors import ApiFault
from grader.portal.app import create_app
from grader.portal.context import Portal
from grader.portal.door import TurnedAway
from grader.portal.hand_in import READ_AT_ONCE, take_hand_in
from grader.portal.rate_limits import TooMany
from grader.store.blobs import list_blobs, read_blob, remove_blob
from grader.store.hand_in import HandInConflict
from grader.store.refusals import KeptRefusal, list_refusals
from grader.text import LocalText

E3 = "e3-judgements"
SECRET = b"900101-1234567"


@pytest.fixture
def world(portal: Portal) -> World:
    """An open portal with one assignment of the course out."""
    made = World(portal).prepare()
    made.release(E3)
    return made


def refusals_of(portal: Portal, person: str) -> list[KeptRefusal]:
    """Return what somebody was refused."""
    with portal.store.read() as db:
        return list_refusals(db, person)


def put_headers(csrf: str, content: bytes, name: str = "hw.ipynb") -> dict[str, str]:
    """Return what a program sends beside a file."""
    return {"x-csrf-token": csrf, "content-digest": content_digest(content), "x-file-name": name}


@pytest.mark.parametrize("is_known", [True, False])
def test_bytes_with_outputs_are_not_kept_where_they_must_not_be(portal: Portal, is_known: bool) -> None:
    """Whatever is wrong with work: its number stands for other work, or it is no notebook at all."""
    world = World(portal).prepare()
    world.release(E3, strip_outputs=True)
    kim = world.enrol("kim")
    number = world.hand_in(kim, E3).submission.uuid if is_known else str(uuid4())
    if is_known:
        with pytest.raises(HandInConflict):
            take_hand_in(portal, kim, E3, number, "a.ipynb", world.notebook(E3, SECRET.decode()))
    else:
        assert isinstance(take_hand_in(portal, kim, E3, number, "a.ipynb", b'{"' + SECRET), TurnedAway)
    [refused] = refusals_of(portal, "kim")
    assert refused.digest is None
    assert refused.size_bytes > 0
    kept = [read_blob(portal.store.folder, digest) for digest in list_blobs(portal.store.folder)]
    assert len(kept) == is_known
    assert not any(SECRET in content for content in kept)


def test_where_outputs_may_be_kept_a_conflict_keeps_its_bytes(world: World) -> None:
    """Nothing that somebody handed in is lost."""
    kim = world.enrol("kim")
    number, other = world.hand_in(kim, E3).submission.uuid, world.notebook(E3, "other")
    with pytest.raises(HandInConflict):
        take_hand_in(world.portal, kim, E3, number, "a.ipynb", other)
    [refused] = refusals_of(world.portal, "kim")
    assert read_blob(world.portal.store.folder, refused.digest or "") == other


def test_few_hand_ins_are_read_at_once(world: World, sign_in, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large notebooks take much memory; those who wait take no thread, so pages go on."""
    gone_in, may_go_on, lock = threading.Semaphore(0), threading.Event(), threading.Lock()
    inside: list[int] = [0]
    most: list[int] = [0]

    def look(*_: object, **__: object) -> TurnedAway:
        with lock:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        gone_in.release()
        may_go_on.wait(60)
        with lock:
            inside[0] -= 1
        return TurnedAway("empty", LocalText(ko="빈 파일", en="empty"))

    monkeypatch.setattr(hand_in_module, "check_hand_in", look)
    me = sign_in()
    content, form = b"{}", {"csrf": me.csrf}
    headers = put_headers(me.csrf, content)

    async def crowd() -> tuple[int, set[int]]:
        transport = httpx.ASGITransport(create_app(world.portal))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://testserver", cookies=dict(me.browser.cookies), timeout=60
        ) as browser:
            api = [
                browser.put(
                    f"/api/v1/submissions/{uuid4()}?assignment={E3}", content=content, headers=headers
                )
                for _ in range(25)
            ]
            pages = [
                browser.post(
                    f"/learn/{E3}/hand-in",
                    data={**form, "uuid": str(uuid4())},
                    files={"file": ("a.ipynb", content)},
                )
                for _ in range(25)
            ]
            sent = [asyncio.create_task(one) for one in (*api, *pages)]
            try:
                for _ in range(READ_AT_ONCE):
                    assert await asyncio.to_thread(gone_in.acquire, timeout=30)
                page = await asyncio.wait_for(browser.get("/learn"), timeout=20)
            finally:
                may_go_on.set()
            return page.status_code, {answer.status_code for answer in await asyncio.gather(*sent)}

    assert run_apart(crowd) == (200, {422})
    assert most == [READ_AT_ONCE]


def test_uploads_are_counted_by_their_weight_too(portal: Portal) -> None:
    """Fifteen of the largest in ten minutes, and nobody else is held up by it."""
    strict = replace(portal, settings=replace(portal.settings, rate_limits=True))
    world = World(strict).prepare()
    world.release(E3, strip_outputs=True)  # so that nothing of it is kept
    kim, lee = world.enrol("kim"), world.enrol("lee")
    large = bytes(19_900_000)
    for _ in range(15):
        take_hand_in(strict, kim, E3, str(uuid4()), "a.txt", large)
    with pytest.raises(TooMany):
        take_hand_in(strict, kim, E3, str(uuid4()), "a.txt", b"small")
    assert isinstance(take_hand_in(strict, lee, E3, str(uuid4()), "a.txt", large), TurnedAway)


def _link(notebook: bytes) -> bytes:
    link = zipfile.ZipInfo("data.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return _pack({"hw.ipynb": notebook, link: b"/etc/passwd"})


def _pack(files: dict[str | zipfile.ZipInfo, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_link, "archive-link"),
        (lambda notebook: _pack({f"{n}": b"" for n in range(10_000)}), "archive-too-many"),
        (lambda notebook: b"%PDF-1.7\n" + _pack({"hw.ipynb": notebook}), "archive-extra-bytes"),
    ],
)
def test_hostile_archives_are_refused_in_words_and_kept(
    world: World, sign_in, make: Callable[[bytes], bytes], reason: str
) -> None:
    """By program and by page, in both languages; the bytes stay for dispute, exactly as they came."""
    me, content, folder = sign_in(), make(world.notebook(E3)), world.portal.store.folder
    address = f"/api/v1/submissions/{uuid4()}?assignment={E3}"
    answer = me.browser.put(address, content=content, headers=put_headers(me.csrf, content, "hw.zip"))
    fault = ApiFault.model_validate(answer.json())
    assert (answer.status_code, fault.code) == (422, reason)
    told = set()
    for language in ("ko", "en"):
        files = {"file": ("hw.zip", content)}
        page = me.post(f"/learn/{E3}/hand-in?lang={language}", {"uuid": str(uuid4())}, files=files)
        assert page.status_code == 422
        told |= {words for words in (fault.message.ko, fault.message.en) if words in page.text}
    assert told == {fault.message.ko, fault.message.en}
    refused = refusals_of(world.portal, me.person.id)
    assert [one.reason for one in refused] == [reason] * 3
    assert all(read_blob(folder, one.digest or "") == content for one in refused)


def test_files_that_are_gone_are_told_in_words(world: World, sign_in) -> None:
    """Removed after their time: to trainees, staff and programs, without the name of a blob."""
    me, grader = sign_in(), sign_in(Access.GRADER)
    done = world.hand_in(me.person, E3).submission
    for digest in list_blobs(world.portal.store.folder):
        remove_blob(world.portal.store.folder, digest)
    for page in (
        me.get(f"/learn/{E3}/submissions/{done.uuid}/file"),
        grader.get(f"/mark/submissions/{done.uuid}/file"),
    ):
        assert page.status_code == 404
        assert "보존 기간이 지나 지워졌거나" in page.text
        assert done.digest not in page.text
    answer = me.get(f"/api/v1/submissions/{done.uuid}/files")
    assert (answer.status_code, answer.json()["code"]) == (404, "files-gone")


def test_a_zip_of_feedback_is_unpacked_beside_the_server(
    world: World, sign_in, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unpacking takes a while; in the loop it would hold up everybody's connections."""
    real, places = staff.read_feedback_pages, []

    def unpack(content: bytes) -> dict[str, bytes]:
        with suppress(RuntimeError):
            asyncio.get_running_loop()
            places.append("loop")
        places.append("done")
        return real(content)

    monkeypatch.setattr(staff, "read_feedback_pages", unpack)
    teacher = sign_in(Access.INSTRUCTOR)
    done = world.hand_in(world.enrol("kim"), E3).submission
    content = _pack({"hw.html": b"<!doctype html><title>x</title>"})
    address = f"/api/v1/staff/submissions/{done.uuid}/feedback"
    answer = teacher.browser.put(address, content=content, headers=put_headers(teacher.csrf, content))
    assert answer.status_code == 200, answer.text
    assert places == ["done"]
