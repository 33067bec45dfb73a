"""What strangers, trainees and clocks must not be able to do, found by attacking the portal."""

from __future__ import annotations

import asyncio
import io
import threading
import zipfile
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from event_loop import run_apart  # beside this file's folder
from portal_world import World  # beside this file's folder
from starlette.testclient import TestClient

from grader.exchange.client import content_digest
from grader.model.people import Access, Person
from grader.portal.app import create_app
from grader.portal.context import Portal
from grader.portal.entry import HALF_SIGNED_IN, enter_by_invitation, find_invited, invite_people
from grader.portal.hand_in import take_hand_in
from grader.portal.passwords import Passwords
from grader.portal.roster_import import find_faults
from grader.portal.viewer import session_cookie
from grader.store.backup import _dump_rows
from grader.store.hand_in import HandedIn
from grader.store.personal_data import TO_FORGET, delete_person
from grader.store.schema import metadata
from grader.store.sessions import open_session
from grader.store.settings import write_setting
from grader.store.tokens import create_token, find_bearer

E3 = "e3-judgements"
ENDS = ["0001-01-01T00:00:00+09:00", "9999-12-31T23:59:59-09:00"]
"""Moments that have no UTC."""


@pytest.fixture
def world(portal: Portal) -> World:
    """An open portal with one assignment of the course out."""
    made = World(portal).prepare()
    made.release(E3)
    return made


def test_a_crowd_at_the_door_holds_nobody_else_up(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of made-up codes: slow hashes are waited for without taking the server's threads."""
    may_go_on = threading.Event()

    def match(self: Passwords, kept: str | None, secret: str) -> bool:
        may_go_on.wait(60)
        return False

    monkeypatch.setattr(Passwords, "matches", match)

    async def crowd() -> tuple[int, set[int]]:
        transport = httpx.ASGITransport(create_app(portal))
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as browser:
            joins = [asyncio.create_task(browser.get("/join/7K2M-AAAA-BBBB-CCCC")) for _ in range(80)]
            await asyncio.sleep(0)
            try:
                page = await asyncio.wait_for(browser.get("/sign-in"), timeout=20)
            finally:
                may_go_on.set()
            return page.status_code, {answer.status_code for answer in await asyncio.gather(*joins)}

    assert run_apart(crowd) == (200, {400})


def test_half_a_session_is_not_put_off(portal: Portal, world: World, portal_clock) -> None:
    """Who only has the password has ten minutes, however busily they ask for pages."""
    teacher = world.enrol("t-1", Access.INSTRUCTOR)
    with portal.store.write() as db:
        token, _ = open_session(db, teacher, portal.now(), HALF_SIGNED_IN)
    cookies = {session_cookie(portal): token}
    browser = TestClient(create_app(portal), follow_redirects=False, cookies=cookies)
    portal_clock.forward(minutes=9)
    assert browser.get("/sign-in/second").headers["location"] == "/sign-in/enrol"
    portal_clock.forward(minutes=2)
    assert browser.get("/sign-in/second").headers["location"].startswith("/sign-in?")


def test_a_new_invitation_ends_tokens_too(portal: Portal, world: World) -> None:
    """Whoever took an account over cannot keep a way in."""
    person = world.enrol("kim")
    with portal.store.write() as db:
        token, _ = create_token(db, person.id, "x", portal.now(), timedelta(days=100))
    found = find_invited(portal, invite_people(portal, [person], "operator-1")[person.id])
    assert found is not None
    assert enter_by_invitation(portal, *found, "correct horse 배터리", None) is not None
    with portal.store.read() as db:
        assert find_bearer(db, token, portal.now()) is None


@pytest.mark.parametrize("told", ENDS)
def test_a_clients_clock_may_say_anything(world: World, sign_in, told: str) -> None:
    """On the page and in the API; nothing depends on it, so it is left out."""
    me, content = sign_in(), world.notebook(E3)
    form, files = {"uuid": str(uuid4()), "client_at": told}, {"file": ("a.ipynb", content)}
    assert me.post(f"/learn/{E3}/hand-in", form, files=files).status_code == 303
    headers = {"x-csrf-token": me.csrf, "content-digest": content_digest(content), "x-client-time": told}
    address = f"/api/v1/submissions/{uuid4()}?assignment={E3}"
    answer = me.browser.put(address, content=content, headers=headers)
    assert (answer.status_code, answer.json()["client_at"]) == (201, None)


@pytest.mark.parametrize("field", ["due_at", "opens_at"])
@pytest.mark.parametrize("typed", ["9999-12-31T23:59", "0001-01-01T00:00"])
def test_dates_at_the_ends_of_the_calendar_are_not_taken(
    world: World, sign_in, field: str, typed: str
) -> None:
    """A grace period after them does not exist: nobody could hand in any more."""
    form = {"opens_at": "2026-04-01T00:00", "grace_min": "60", field: typed}
    teacher = sign_in(Access.INSTRUCTOR)
    assert teacher.post(f"/teach/assignments/{E3}/rules", form).status_code == 400
    more = {"scope": "site", "site": "jeju", "new_due_at": typed}
    assert teacher.post(f"/teach/assignments/{E3}/extensions", more).status_code == 400


@pytest.mark.parametrize("told", ENDS)
def test_places_that_no_page_ended_at(world: World, sign_in, told: str) -> None:
    """A bad request in the API, the beginning of the list on a page; never a fault."""
    teacher, place = sign_in(Access.INSTRUCTOR), {"after": f"{told}~{uuid4()}"}
    api = teacher.get(f"/api/v1/assignments/{E3}/submissions", params=place)
    assert api.status_code == 400
    assert teacher.get("/mark", params={"assignment": E3, **place}).status_code == 200


def test_numbers_that_no_row_has_are_refused(sign_in) -> None:
    """They are more than a database can compare with."""
    teacher, number = sign_in(Access.INSTRUCTOR), "9" * 30
    assert teacher.get(f"/teach/announcements?before={number}").status_code == 400
    assert teacher.post(f"/teach/announcements/{number}/withdraw").status_code == 400
    assert teacher.post(f"/teach/assignments/{E3}/extensions/{number}/remove").status_code == 400


def hand_in_named_folder(world: World) -> HandedIn:
    """Hand in as people do: a folder under their own name, with files under it too."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("남궁별_대구 003/남궁별 과제.ipynb", world.notebook(E3))
        archive.writestr("남궁별_대구 003/남궁별.메모", b"x")
    person = world.enrol("대구 003", name="남궁별")
    done = take_hand_in(world.portal, person, E3, str(uuid4()), "남궁별.zip", packed.getvalue())
    assert isinstance(done, HandedIn)
    return done


def test_receipts_hold_nobodys_name(world: World) -> None:
    """They are never removed, so not even the folder in a ZIP file may tell whose it is."""
    signed = hand_in_named_folder(world).signed
    assert [file.path for file in signed.receipt.files] == ["file-1.ipynb", "file-2"]
    assert "남궁별" not in signed.text


def test_after_a_deletion_no_row_names_the_person(world: World) -> None:
    """Names in file names, paths and notes go with the account."""
    person, portal = hand_in_named_folder(world).submission.person, world.portal
    with portal.store.write() as db:
        delete_person(db, person, portal.now())
        write_setting(db, TO_FORGET, [])
    with portal.store.read() as db:
        rows = [row.decode() for table in metadata.sorted_tables for row in _dump_rows(db, table)]
    assert not [row for row in rows if "남궁별" in row or "대구 003" in row]


def test_an_id_fits_every_database_however_it_is_compared(world: World) -> None:
    """One letter may stand for eighteen; SQLite would take what PostgreSQL refuses."""
    person = Person.model_validate({"id": "\ufdfa" * 7, "name": "x", "site": "jeju", "role": "clinician"})
    [fault] = find_faults(person, world.portal.course.programme)
    assert fault.code == "roster-id"
    assert "whole words" in fault.message.en
