"""How often anything may be tried: every kind of try, refused where it acts, in words of both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from limits import parse
from portal_world import World
from sqlalchemy import func, select
from starlette.testclient import TestClient

from grader.exchange.client import content_digest
from grader.model.people import Access
from grader.portal import rate_limits
from grader.portal.app import create_app
from grader.portal.context import Portal
from grader.portal.rate_limits import Tried
from grader.portal.viewer import session_cookie, session_limits
from grader.store.schema import receipts, refusals
from grader.store.sessions import open_session
from grader.store.tokens import create_token

E3 = "e3-judgements"
FINE = 2


@dataclass(frozen=True)
class Asker:
    """Somebody with an id and an address of their own."""

    name: str
    browser: TestClient
    csrf: str
    token: str

    def post(self, path: str, language: str, **data: str) -> Any:
        return self.browser.post(f"{path}?lang={language}", data={"csrf": self.csrf, **data})

    def call(self, path: str, token: str) -> Any:
        return self.browser.get(path, headers={"Authorization": f"Bearer {token}"})


@dataclass(frozen=True)
class Door:
    """A portal that counts, and who comes to it."""

    world: World
    app: FastAPI

    def meet(self, access: Access | None, second_factor: bool = True) -> Asker:
        """Return somebody new: a stranger, or a person who is signed in."""
        number = len(self.app.state.seen)
        self.app.state.seen.append(number)
        name, portal = f"asker-{number}", self.world.portal
        browser = TestClient(self.app, follow_redirects=False, client=(f"192.0.2.{number}", 50000))
        if access is None:
            found = re.search(r'name="csrf" value="([^"]+)"', browser.get("/sign-in").text)
            assert found
            return Asker(name, browser, found[1], f"{number}.made-up")
        person, now = self.world.enrol(name, access), portal.now()
        with portal.store.write() as db:
            limits = session_limits(portal, access)
            cookie, session = open_session(db, person, now, limits, second_factor)
            token, _ = create_token(db, name, "x", now, timedelta(days=1))
        browser.cookies.set(session_cookie(portal), cookie)
        return Asker(name, browser, session.csrf, token)

    def count(self, table: Any) -> int:
        """Return how many rows a table has."""
        with self.world.portal.store.read() as db:
            return db.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.fixture
def door(portal: Portal) -> Door:
    """A portal that counts tries, with an assignment that is out."""
    strict = replace(portal, settings=replace(portal.settings, rate_limits=True))
    world = World(strict).prepare()
    world.release(E3)
    app = create_app(strict)
    app.state.seen = []
    return Door(world, app)


def put(door: Door, asker: Asker, uuid: str = "") -> Any:
    """Hand in as a program does."""
    content = door.world.notebook(E3)
    headers = {"Authorization": f"Bearer {asker.token}", "Content-Digest": content_digest(content)}
    address = f"/api/v1/submissions/{uuid or uuid4()}?assignment={E3}"
    return asker.browser.put(address, content=content, headers=headers)


def send_form(door: Door, asker: Asker, uuid: str = "", language: str = "ko") -> Any:
    """Hand in as the page's form does."""
    file = {"file": (f"{E3}.ipynb", door.world.notebook(E3))}
    data = {"csrf": asker.csrf, "uuid": uuid or str(uuid4())}
    return asker.browser.post(f"/learn/{E3}/hand-in?lang={language}", data=data, files=file)


def upload(door: Door, asker: Asker, language: str) -> Any:
    return send_form(door, asker, language=language)


def sign_in_as_one(_: Door, asker: Asker, language: str) -> Any:
    """Try again and again for one id, however it is written."""
    written = asker.name.upper() if language == "en" else asker.name
    return asker.post("/sign-in", language, id=written, password="x")


def sign_in_as_many(_: Door, asker: Asker, language: str) -> Any:
    return asker.post("/sign-in", language, id=str(uuid4()), password="x")


def join(_: Door, asker: Asker, language: str) -> Any:
    return asker.browser.get(f"/join/0000-0000-0000-0000?lang={language}")


def show_second_factor(_: Door, asker: Asker, language: str) -> Any:
    """Both pages that take a code count together."""
    path = "/sign-in/enrol" if language == "en" else "/sign-in/second"
    return asker.post(path, language, code="000000")


def ask_for_password(_: Door, asker: Asker, language: str) -> Any:
    """Every page that asks for it counts together."""
    path = "/account/delete" if language == "en" else "/account/password"
    return asker.post(path, language, current="x", password="x")


def export(_: Door, asker: Asker, language: str) -> Any:
    return asker.post("/account/data", language)


def call(_: Door, asker: Asker, language: str) -> Any:
    return asker.call("/api/v1/me", asker.token)


def call_page(_: Door, asker: Asker, language: str) -> Any:
    """A program that asks for pages with a made-up token."""
    return asker.call(f"/account?lang={language}", asker.token)


Try = Callable[[Door, Asker, str], Any]
CASES: dict[Tried, tuple[Access | None, Try]] = {
    Tried.SIGN_IN_AS: (None, sign_in_as_one),
    Tried.SIGN_IN_FROM: (None, sign_in_as_many),
    Tried.JOIN_FROM: (None, join),
    Tried.SECOND_FACTOR_OF: (Access.GRADER, show_second_factor),
    Tried.PASSWORD_OF: (Access.TRAINEE, ask_for_password),
    Tried.EXPORT_OF: (Access.TRAINEE, export),
    Tried.UPLOAD_OF: (Access.TRAINEE, upload),
    Tried.MEGABYTES_OF: (Access.TRAINEE, upload),
    Tried.API_OF: (Access.TRAINEE, call),
    Tried.API_FROM: (None, call_page),
}
"""Who tries, and what."""
UPLOADS = [kind for kind, (_, attempt) in CASES.items() if attempt is upload]


REFUSES_NOBODY = {Tried.SIGN_IN_ON}
"""Once it is used up, the browser's tries count as a stranger's do: see `test_sign_in`."""


def test_every_kind_of_try_is_tried() -> None:
    """A new kind needs its line above."""
    assert set(Tried) == CASES.keys() | REFUSES_NOBODY == rate_limits._FINE.keys()


@pytest.mark.parametrize("kind", CASES, ids=lambda kind: kind.name)
def test_one_try_too_many(door: Door, monkeypatch: pytest.MonkeyPatch, kind: Tried) -> None:
    """429 with the seconds to wait, said in both languages; others go on."""
    monkeypatch.setitem(rate_limits._FINE, kind, parse(f"{FINE} per hour"))
    access, attempt = CASES[kind]
    asker, other = door.meet(access, second_factor=False), door.meet(access, second_factor=False)
    fine = [attempt(door, asker, "ko").status_code for _ in range(FINE)]
    assert 429 not in fine
    for language, words in (("ko", "요청이 너무 많았습니다"), ("en", "too many requests")):
        refused = attempt(door, asker, language)
        assert refused.status_code == 429
        assert 3000 < int(refused.headers["retry-after"]) <= 3600
        assert words in refused.text
        assert "x-content-type-options" in refused.headers
    assert attempt(door, other, "ko").status_code == fine[0]


@pytest.mark.parametrize("send", [put, send_form])
@pytest.mark.parametrize("kind", UPLOADS, ids=lambda kind: kind.name)
def test_an_upload_too_many_loses_nothing(
    door: Door, monkeypatch: pytest.MonkeyPatch, kind: Tried, send: Callable[..., Any]
) -> None:
    """No receipt and no refusal comes of it; sent again when its time has come, it gets its one receipt."""
    asker, uuid = door.meet(Access.TRAINEE), str(uuid4())
    with monkeypatch.context() as patch:
        patch.setitem(rate_limits._FINE, kind, parse(f"{FINE} per hour"))
        assert [send(door, asker).status_code for _ in range(FINE + 1)][-1] == 429
        before = door.count(receipts)
        assert send(door, asker, uuid).status_code == 429
    assert before == FINE
    assert (door.count(receipts), door.count(refusals)) == (before, 0)
    assert send(door, asker, uuid).status_code in {201, 303}
    assert send(door, asker, uuid).status_code in {200, 303}
    assert door.count(receipts) == before + 1
