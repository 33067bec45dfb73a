"""Who may call what: every route of the application, asked by every kind of person.

The table in `tests/portal_routes.py` is the one place that says it. A route that is missing there fails, and
so does one that asks for another permission, or for none. What belongs to one person is not there for others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from fastapi.routing import iter_route_contexts
from portal_routes import ANYONE, EXPECTED, HALF, WAYS_BACK, fill_address
from portal_world import FEEDBACK, World
from starlette.testclient import TestClient

from grader.exchange.client import content_digest
from grader.model.people import GRANTS, Access, Permission, Person
from grader.portal.app import create_app
from grader.portal.context import Portal
from grader.portal.viewer import session_limits
from grader.store.blobs import read_blob
from grader.store.feedback import keep_feedback
from grader.store.people import set_active
from grader.store.refusals import Refused, keep_refusal, list_refusals
from grader.store.sessions import open_session
from grader.store.tokens import create_token

FILLED = {
    "assignment": "e3-judgements",
    "uuid": "00000000-0000-4000-8000-00000000abcd",
    "language": "ko",
    "cell": "e3-q1",
    "number": "999",
    "code": "0000-0000-0000-0000",
    "digest": "0" * 64,
    "token_id": "0" * 16,
    "person_id": "nobody",
    "path": "nothing",
}
"""What stands in addresses; none of it exists."""
E3 = "e3-judgements"
NOT_FOR_STAFF = {"POST /account/delete"}
"""Staff come as far as the page that tells them whom to ask."""


@dataclass(frozen=True)
class Caller:
    """A kind of person and how they come in."""

    name: str
    access: Access | None = None
    second_factor: bool = True
    is_active: bool = True
    by_token: bool = False

    @property
    def is_in(self) -> bool:
        """Whether anybody is signed in."""
        return self.access is not None and self.is_active

    @property
    def is_staff(self) -> bool:
        """Whether this is anybody but a trainee or a stranger."""
        return self.access is not None and self.access.is_staff

    def may(self, who: str) -> bool:
        """What the table says: whether this caller gets through to the route itself."""
        if who == ANYONE:
            return True
        if self.access is None or not self.is_in:
            return False
        if who == HALF:
            return not self.by_token
        if self.by_token and who in {Permission.ACCOUNT, Permission.OPERATE}:
            return False
        # A token was made by somebody whose second factor had been seen, and ends with that.
        is_whole = self.second_factor or self.by_token or not self.is_staff
        return is_whole and Permission(who) in GRANTS[self.access]


CALLERS = [
    Caller("stranger"),
    *(Caller(access, access) for access in Access),
    *(Caller(f"{a} without second factor", a, second_factor=False) for a in Access if a.is_staff),
    Caller("deactivated trainee", Access.TRAINEE, is_active=False),
    Caller("deactivated operator", Access.OPERATOR, is_active=False),
    *(Caller(f"{a} by token", a, second_factor=not a.is_staff, by_token=True) for a in Access),
    Caller("deactivated by token", Access.TRAINEE, is_active=False, by_token=True),
]


def declared(portal: Portal) -> Iterator[tuple[str, list[str]]]:
    """Yield each route as the table writes it, and the access dependencies it names."""
    for route in iter_route_contexts(create_app(portal).routes):
        dependant = getattr(route, "dependant", None)
        if dependant is None:
            assert route.path in {"/portal", ""}, "only style sheets and the public course site are mounted"
            continue
        calls = [each.call for each in dependant.dependencies]
        names = [getattr(call, "permission", getattr(call, "__name__", "")) for call in calls]
        known = {ANYONE, HALF, *Permission}
        yield f"{'|'.join(sorted(route.methods))} {route.path}", [str(n) for n in names if n in known]


def test_every_route_is_in_the_table_and_names_one_permission(portal: Portal) -> None:
    """No route was forgotten, none is gone, none declares two accesses or none."""
    found = dict(declared(portal))
    assert {route: [who] for route, who in {**EXPECTED, **WAYS_BACK}.items()} == found


def test_roles_hold_what_they_need_and_no_more() -> None:
    """An operator sees no work; a grader changes no deadline; staff hand nothing in."""
    assert Permission.MARK not in GRANTS[Access.OPERATOR]
    assert Permission.LEARN not in GRANTS[Access.OPERATOR]
    assert Permission.TEACH not in GRANTS[Access.GRADER]
    for access in Access:
        assert (Permission.LEARN in GRANTS[access]) is (access is Access.TRAINEE)
        assert (Permission.OPERATE in GRANTS[access]) is (access is Access.OPERATOR)


@pytest.fixture
def world(portal: Portal) -> World:
    """The portal, ready to give receipts."""
    return World(portal).prepare()


def enter(world: World, caller: Caller, person: Person | None) -> dict[str, str]:
    """Return headers of a fresh sign-in: a route that was called before may have ended the last one."""
    portal = world.portal
    if person is None:
        return {}
    with portal.store.write() as db:
        set_active(db, [person.id], caller.is_active)
        limits = session_limits(portal, person.access)
        if caller.by_token:
            text, _ = create_token(db, person.id, "x", portal.now(), timedelta(days=1))
            return {"Authorization": f"Bearer {text}"}
        token, session = open_session(db, person, portal.now(), limits, caller.second_factor)
    return {"Cookie": f"medai={token}", "X-CSRF-Token": session.csrf}


def bring_visitors_secret(browser: TestClient, headers: dict[str, str]) -> dict[str, str]:
    """Return headers with which forms of whoever is not signed in are not taken for forged."""
    page = browser.get("/sign-in")
    browser.cookies.clear()
    cookie = page.headers["set-cookie"].partition(";")[0]
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    own = [headers["Cookie"]] if "Cookie" in headers else []
    return {**headers, "Cookie": "; ".join([cookie, *own]), "X-CSRF-Token": found[1]}


@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.name)
def test_whom_each_route_lets_in(world: World, caller: Caller) -> None:
    """Strangers are led to the sign-in, half-signed-in staff to the second step, others are told no."""
    app = create_app(world.portal)
    person = world.enrol("caller", caller.access) if caller.access else None
    world.enrol("other operator", Access.OPERATOR)
    browser = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
    headers = enter(world, caller, person)
    if not caller.is_in and not caller.by_token:
        headers = bring_visitors_secret(browser, headers)
    wrong = []
    for route, who in EXPECTED.items():
        method, _, path = route.partition(" ")
        method = method.split("|")[1] if "|" in method else method
        browser.cookies.clear()
        answer = browser.request(method, fill_address(route, FILLED), headers=headers)
        got, right = outcome(answer), wanted(caller, who, path)
        if right == "in" and route in NOT_FOR_STAFF and caller.is_staff:
            right = "no"
        if who in {ANYONE, HALF} and got == "second step":
            got = "in"  # these pages lead half-signed-in staff on
        if got != right:
            wrong.append(f"{route}: {got} ({answer.status_code}), not {right}")
        if caller.is_in and caller.may(who) and method != "GET":
            headers = enter(world, caller, person)
    assert wrong == []


def outcome(answer) -> str:
    """Return what an answer means for whoever asked."""
    if answer.status_code >= 500:
        return "fault"
    target = answer.headers.get("location", "")
    if answer.status_code == 401 or (answer.status_code == 303 and re.match(r"/sign-in($|\?next=)", target)):
        return "sign in"
    if answer.status_code == 303 and target.startswith("/sign-in/second"):
        return "second step"
    return "no" if answer.status_code == 403 else "in"


def wanted(caller: Caller, who: str, path: str) -> str:
    """Return what the caller should get from a route with this permission."""
    if caller.may(who):
        return "in"
    if not caller.is_in or (who == HALF and caller.by_token):
        return "sign in"
    if caller.is_staff and not caller.second_factor and not caller.by_token:
        return "sign in" if path.startswith("/api/") else "second step"
    return "no"


SHARED = {"assignment", "language"}
"""Names in addresses that are everybody's."""
OWNED = [
    route
    for route, who in EXPECTED.items()
    if who in {Permission.LEARN, Permission.ACCOUNT} and set(re.findall(r"\{(\w+)", route)) - SHARED
]
"""Routes whose address names something that belongs to one person."""


def test_what_belongs_to_another_is_not_there(world: World) -> None:
    """With the right id in hand: 404 to everybody but the owner, for whom it is there."""
    portal = world.portal
    world.release(E3)
    owner, other = world.enrol("owner"), world.enrol("other")
    done = world.hand_in(owner, E3)
    world.hand_in(other, E3)
    world.grade(done)
    uuid = done.submission.uuid
    keep_feedback(portal.store, uuid, {f"{E3}.html": FEEDBACK.encode()}, by="teacher", now=portal.now())
    with portal.store.write() as db:
        limits = session_limits(portal, owner.access)
        _, session = open_session(db, owner, portal.now(), limits, second_factor=False)
        _, token = create_token(db, owner.id, "x", portal.now(), timedelta(days=1))
    keep_refusal(
        portal.store, Refused(FILLED["uuid"], owner.id, E3, "x", 1, "no-notebook", "", b"x"), portal.now()
    )
    with portal.store.read() as db:
        (refusal,) = list_refusals(db, owner.id)
    names = {"assignment": E3, "uuid": uuid, "digest": session.digest, "token_id": token.id}
    names["number"] = str(refusal.id)
    content = read_blob(portal.store.folder, done.submission.digest)
    browser = TestClient(create_app(portal), follow_redirects=False)
    caller = Caller("trainee", Access.TRAINEE)

    def ask(person: Person, route: str) -> int:
        method, address = route.partition(" ")[0], fill_address(route, names)
        headers = {**enter(world, caller, person), "Content-Digest": content_digest(content)}
        if method != "PUT":
            return browser.request(method, address, headers=headers).status_code
        return browser.put(f"{address}?assignment={E3}", content=content, headers=headers).status_code

    assert len(OWNED) >= 12
    for route in OWNED:
        # The same work under the same number: for somebody else the number is taken, which tells nothing.
        assert ask(other, route) == (409 if route.startswith("PUT") else 404), route
        assert ask(owner, route) in {200, 303, 400}, route  # 400: a form with nothing in it
