"""The language switch, the address bar and a bookmark at an address that only takes forms lead to a page."""

from __future__ import annotations

import dataclasses
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from portal_routes import EXPECTED, WAYS_BACK, fill_address
from portal_world import World
from starlette.testclient import TestClient

from grader.model.people import Access
from grader.portal.app import create_app
from grader.portal.context import Portal
from grader.portal.entry import passwords_of
from grader.store.people import set_password_hash
from grader.wire import Workspace

E3 = "e3-judgements"
UUID = "00000000-0000-4000-8000-00000000abcd"
NAMES = {
    "assignment": E3, "uuid": UUID, "cell": "e3-q1", "number": "999", "digest": "0" * 64, "id": "1",
    "token_id": "0" * 16, "person_id": "김 하나", "code": "0",
}  # fmt: skip


@pytest.fixture
def site(portal: Portal, tmp_path: Path) -> TestClient:
    """A stranger's browser at a portal with a course site, which answers for every path that is left."""
    (tmp_path / "build" / "site").mkdir(parents=True)
    served = dataclasses.replace(portal, workspace=Workspace(tmp_path))
    assert served.workspace.site.is_dir()
    return TestClient(create_app(served), follow_redirects=False)


def test_an_address_of_a_form_leads_to_a_page_above(site: TestClient) -> None:
    """In one step, whoever asks; the course site behind the portal does not answer that there is nothing."""
    found = {}
    for route in WAYS_BACK:
        answer = site.get(fill_address(route, NAMES))
        assert answer.status_code == 303, route
        steps = len(answer.headers["location"].strip("/").split("/"))
        found[route] = "GET /" + "/".join(route.partition(" /")[2].split("/")[:steps])
    assert {route: page for route, page in found.items() if page not in EXPECTED} == {
        "GET /sign-out": "GET /sign-out"  # there is no page above: the course site's first one
    }


@pytest.mark.parametrize(
    ("address", "form", "page"),
    [
        ("/account/password", {"current": "wrong"}, "/account"),
        (f"/teach/assignments/{E3}/rules", {"due_at": "never"}, f"/teach/assignments/{E3}"),
    ],
)
def test_the_language_of_a_refused_form(
    portal: Portal, sign_in: Any, address: str, form: dict[str, str], page: str
) -> None:
    """The switch leads to the page that the form stands on, in the other language."""
    World(portal).prepare().release(E3)
    teacher = sign_in(Access.INSTRUCTOR)
    refused = teacher.post(address, form)
    assert refused.status_code == 400
    (switch,) = re.findall(r'href="(/language[^"]*)"', refused.text)
    teacher.browser.follow_redirects = True
    answer = teacher.get(unescape(switch))
    assert (answer.status_code, answer.url.path) == (200, page)
    assert '<html lang="en">' in answer.text


def test_the_switch_keeps_what_was_chosen(sign_in: Any) -> None:
    """Filters stay; what was just done is not said again."""
    page = sign_in(Access.INSTRUCTOR).get("/teach/progress?site=jeju&lang=ko&done=saved").text
    assert "next=/teach/progress%3Fsite%3Djeju" in page.replace("%2F", "/")
    assert "done%3D" not in page


def test_what_is_shown_once_has_no_switch(portal: Portal, sign_in: Any) -> None:
    """Another language would be another page, and the key would be lost."""
    me = sign_in()
    with portal.store.write() as db:
        set_password_hash(db, me.person.id, passwords_of(portal).hash("correct horse"), portal.now())
    page = me.post("/account/tokens", {"label": "집", "password": "correct horse"})
    assert page.status_code == 200
    assert "/language?" not in page.text
