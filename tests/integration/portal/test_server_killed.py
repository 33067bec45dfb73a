"""The whole server killed while a class hands in: what was answered is there, what was not can be sent again.

A real `medai serve`, real connections, SIGKILL at moments that nobody chose; then a new start, and again.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from click.testing import CliRunner
from office import Office  # in the folder of all tests
from portal_world import World
from test_serve import ROOT, serving  # beside this file

from grader.cli.portal import portal_command
from grader.exchange.client import content_digest
from grader.manifest.read import load_course
from grader.portal.context import Portal
from grader.portal.settings import PortalSettings
from grader.store.engine import Store, open_store
from grader.store.keys import KeyRing
from grader.store.submissions import find_any_receipt
from grader.store.tokens import create_token
from grader.wire import Workspace

E3 = "e3-judgements"
CLIENTS = 12
KILLED_AFTER = (2, 30)
"""Answers in each round that the server lives to give; a dozen more are on their way then."""


@dataclass
class Client:
    """Somebody who hands in again and again; a program, or a browser with the page's form."""

    session: str
    csrf: str
    token: str | None

    def send(self, address: str, uuid: str, content: bytes, http: httpx.Client) -> str | None:
        """Hand in. Return the receipt, or nothing where only a page with it was promised."""
        if self.token:
            headers = {"Authorization": f"Bearer {self.token}", "Content-Digest": content_digest(content)}
            url = f"{address}/api/v1/submissions/{uuid}?assignment={E3}"
            answer = http.put(url, content=content, headers=headers)
            assert answer.status_code in {200, 201}, answer.text
            return str(answer.json()["receipt"])
        form = {"csrf": self.csrf, "uuid": uuid}
        files = {"file": ("hw.ipynb", content)}
        cookies = {"Cookie": f"medai={self.session}"}
        answer = http.post(f"{address}/learn/{E3}/hand-in", data=form, files=files, headers=cookies)
        assert answer.status_code == 303, answer.text
        assert answer.headers["location"].endswith(uuid)
        return None


@dataclass
class Class:
    """What was sent, and what was answered."""

    clients: list[Client]
    notebook: bytes
    sent: dict[str, tuple[Client, bytes]] = field(default_factory=dict)
    answered: dict[str, str | None] = field(default_factory=dict)

    def hand_in(self, address: str, enough: threading.Event, most: int) -> None:
        """Let everybody hand in until the server is gone; say when `most` were answered."""
        end = len(self.answered) + most

        def go_on(client: Client) -> None:
            with httpx.Client(timeout=60) as http:
                while True:
                    uuid = str(uuid4())
                    content = self.notebook.replace(b'"mark": ""', f'"mark": "{uuid}"'.encode())
                    self.sent[uuid] = (client, content)
                    try:
                        self.answered[uuid] = client.send(address, uuid, content, http)
                    except httpx.TransportError:
                        return
                    finally:
                        if len(self.answered) >= end:
                            enough.set()

        with ThreadPoolExecutor(len(self.clients)) as pool:
            list(pool.map(go_on, self.clients))

    def send_again(self, address: str) -> None:
        """Send what got no answer, and something that got one."""
        with httpx.Client(timeout=60) as http:
            for uuid, (client, content) in self.sent.items():
                if uuid not in self.answered:
                    self.answered[uuid] = client.send(address, uuid, content, http)
            uuid, (client, content) = next(iter(self.sent.items()))
            assert client.send(address, uuid, content, http) == self.answered[uuid]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store that the server will open too."""
    opened = open_store(tmp_path / "data")
    yield opened
    opened.close()


@pytest.fixture
def handing_in(store: Store) -> Class:
    """A class in front of an assignment that nobody grades meanwhile; half of it are programs."""
    settings = PortalSettings(data=store.folder)
    world = World(Portal(settings, Workspace(ROOT), load_course(ROOT), store)).prepare()
    world.release(E3, grade_on_hand_in=False)
    clients = []
    for number in range(CLIENTS):
        person, now = world.enrol(f"k{number}"), world.portal.now()
        session = world.open_session(person)
        with store.write() as db:
            token, _ = create_token(db, person.id, "lab", now, timedelta(days=1))
        clients.append(Client(session, world.find_csrf(session), token if number % 2 else None))
    return Class(clients, world.notebook(E3))


def test_a_class_hands_in_while_the_server_is_killed(store: Store, handing_in: Class) -> None:
    """Every answer was true; everything else, sent again, gives exactly one receipt."""
    at = ("--data", str(store.folder))
    for most in KILLED_AFTER:
        before = len(handing_in.sent), len(handing_in.answered)
        with serving(*at) as (address, server):
            enough = threading.Event()
            with ThreadPoolExecutor(1) as pool:
                going = pool.submit(handing_in.hand_in, address, enough, most)
                assert enough.wait(60)
                server.kill()
                going.result(60)
        sent, answered = len(handing_in.sent) - before[0], len(handing_in.answered) - before[1]
        assert answered >= most
        assert sent - answered >= CLIENTS // 2, "the server died in the middle of it"
    told = dict(handing_in.answered)
    with serving(*at) as (address, _):
        handing_in.send_again(address)
    receipts, findings = Office(store, KeyRing(store.folder)).check_chain()
    assert findings == []
    assert len({one.receipt.upload.sha256 for one in receipts}) == len(receipts)
    assert sorted(one.receipt.submission for one in receipts) == sorted(handing_in.sent)
    with store.read() as db:
        for uuid, text in told.items():
            assert find_any_receipt(db, uuid) == text or text is None
    checked = CliRunner().invoke(portal_command, ["check", "--json", *at], standalone_mode=False)
    assert json.loads(checked.stdout)["sound"] is True, checked.stdout
