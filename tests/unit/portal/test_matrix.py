"""Who may call what: every route of the application, asked by every kind of person.

The table below is the one place that says it. A route that is missing here fails, and so does one that asks
for another permission, or for none. What belongs to one trainee is not there for another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from fastapi.routing import iter_route_contexts
from portal_world import World
from starlette.testclient import TestClient

from grader.model.people import GRANTS, Access, Permission, Person
from grader.portal.app import create_app
from grader.portal.context import Portal
from grader.portal.viewer import session_limits
from grader.store.people import set_active
from grader.store.sessions import open_session
from grader.store.tokens import create_token

ANYONE = "anyone"
HALF = "half_signed_in"
TABLE: dict[str, str] = {
    ANYONE: """
        GET /sign-in
        POST /sign-in
        POST /sign-out
        GET /join
        POST /join
        GET /join/{code}
        POST /join/{code}
        GET /language
        GET /healthz
        GET /readyz
        GET /metrics
        GET /api/v1/course
        GET /api/v1/keys
        GET /api/v1/openapi.json
        DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|TRACE /api/v1/{path:path}
    """,
    HALF: """
        GET /sign-in/second
        POST /sign-in/second
        GET /sign-in/enrol
        POST /sign-in/enrol
    """,
    Permission.READ: """
        GET /api/v1/me
        GET /api/v1/assignments
        GET /api/v1/assignments/{assignment}
        GET /api/v1/assignments/{assignment}/release
    """,
    Permission.ACCOUNT: """
        GET /account
        POST /account/language
        POST /account/password
        POST /account/recovery-codes
        POST /account/second-factor
        POST /account/sessions/close
        POST /account/sessions/{digest}/close
        POST /account/tokens
        POST /account/tokens/{token_id}/revoke
        POST /account/data
        GET /account/delete
        POST /account/delete
    """,
    Permission.LEARN: """
        GET /learn
        GET /learn/{assignment}
        GET /learn/{assignment}/handout/{language}/package
        GET /learn/{assignment}/handout/{language}/notebook
        POST /learn/{assignment}/hand-in
        GET /learn/{assignment}/hand-in
        GET /learn/{assignment}/submissions/{uuid}
        GET /learn/{assignment}/submissions/{uuid}/progress
        GET /learn/{assignment}/submissions/{uuid}/receipt
        GET /learn/{assignment}/submissions/{uuid}/file
        GET /learn/{assignment}/feedback/{uuid}
        POST /learn/{assignment}/submissions/{uuid}/regrade
        GET /api/v1/assignments/{assignment}/feedback
        PUT /api/v1/submissions/{uuid}
        GET /api/v1/submissions
        GET /api/v1/submissions/{uuid}
        GET /api/v1/submissions/{uuid}/receipt
        GET /api/v1/submissions/{uuid}/files
    """,
    Permission.TEACH: """
        GET /teach
        GET /teach/assignments/{assignment}
        POST /teach/assignments/{assignment}/release
        POST /teach/assignments/{assignment}/rules
        POST /teach/assignments/{assignment}/withdraw
        POST /teach/assignments/{assignment}/extensions
        POST /teach/assignments/{assignment}/extensions/{number}/remove
        GET /teach/progress
        GET /teach/progress/{assignment}
        GET /teach/progress/{assignment}/progress.csv
        GET /teach/statistics/{assignment}
        GET /teach/announcements
        POST /teach/announcements
        POST /teach/announcements/{number}/withdraw
        GET /teach/preview
        GET /teach/preview/{assignment}
        GET /teach/preview/{assignment}/handout/{language}/package
        GET /teach/preview/{assignment}/handout/{language}/notebook
        PUT /api/v1/assignments/{assignment}/release
        DELETE /api/v1/assignments/{assignment}/release
        GET /api/v1/assignments/{assignment}/submissions
        GET /api/v1/staff/submissions/{uuid}/files
        PUT /api/v1/staff/submissions/{uuid}/feedback
        GET /mark/elsewhere
        POST /mark/elsewhere
        GET /mark/elsewhere/return
        POST /mark/elsewhere/return
    """,
    Permission.MARK: """
        GET /mark
        GET /mark/assignments/{assignment}
        POST /mark/assignments/{assignment}/grade
        POST /mark/assignments/{assignment}/feedback
        POST /mark/assignments/{assignment}/feedback/hide
        POST /mark/assignments/{assignment}/second
        GET /mark/assignments/{assignment}/answers/{cell}
        GET /mark/assignments/{assignment}/answers/{cell}/{uuid}
        POST /mark/assignments/{assignment}/answers/{cell}/{uuid}
        POST /mark/assignments/{assignment}/answers/{cell}/comments/{number}/withdraw
        GET /mark/assignments/{assignment}/agreement/{cell}
        GET /mark/assignments/{assignment}/agree/{cell}/{uuid}
        POST /mark/assignments/{assignment}/agree/{cell}/{uuid}
        GET /mark/submissions/{uuid}
        GET /mark/submissions/{uuid}/file
        POST /mark/submissions/{uuid}/again
        POST /mark/submissions/{uuid}/notes
        POST /mark/submissions/{uuid}/who
        GET /mark/regrades
        POST /mark/regrades/{number}
        GET /mark/jobs/{number}
        GET /mark/jobs/{number}/state
    """,
    Permission.OPERATE: """
        GET /operate
        POST /operate/check
        GET /operate/audit
        GET /operate/upkeep
        POST /operate/keys/rotate
        POST /operate/keys/rotate-secrets
        POST /operate/retention
        GET /operate/people
        GET /operate/people/by-id/{person_id}
        POST /operate/people/by-id/{person_id}
        POST /operate/people/by-id/{person_id}/deactivate
        POST /operate/people/by-id/{person_id}/reactivate
        POST /operate/people/by-id/{person_id}/sign-out
        POST /operate/people/by-id/{person_id}/second-factor
        POST /operate/people/by-id/{person_id}/invite
        GET /operate/people/invitations
        POST /operate/people/invitations
        GET /operate/people/import
        POST /operate/people/import
        POST /operate/people/import/confirm
    """,
}
EXPECTED = {line.strip(): who for who, lines in TABLE.items() for line in lines.strip().splitlines()}
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


@dataclass(frozen=True)
class Caller:
    """A kind of person and how they come in."""

    name: str
    access: Access | None = None
    second_factor: bool = True
    is_active: bool = True
    by_token: bool = False

    def may(self, who: str) -> bool:
        """What the table says: whether this caller gets through to the route itself."""
        if who == ANYONE:
            return True
        if self.access is None or not self.is_active:
            return False
        if who == HALF:
            return not self.by_token
        if self.by_token and who in {Permission.ACCOUNT, Permission.OPERATE}:
            return False
        return (self.second_factor or not self.access.is_staff) and Permission(who) in GRANTS[self.access]


CALLERS = [
    Caller("stranger"),
    *(Caller(access, access) for access in Access),
    *(Caller(f"{a} without second factor", a, second_factor=False) for a in Access if a.is_staff),
    Caller("deactivated trainee", Access.TRAINEE, is_active=False),
    Caller("deactivated operator", Access.OPERATOR, is_active=False),
    Caller("trainee by token", Access.TRAINEE, by_token=True),
    Caller("instructor by token", Access.INSTRUCTOR, by_token=True),
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
    assert {route: [who] for route, who in EXPECTED.items()} == found


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


@pytest.mark.parametrize("caller", CALLERS, ids=lambda caller: caller.name)
def test_whom_each_route_lets_in(world: World, caller: Caller) -> None:
    """Strangers are led to the sign-in, half-signed-in staff to the second step, others are told no."""
    app = create_app(world.portal)
    person = world.enrol("caller", caller.access) if caller.access else None
    world.enrol("other operator", Access.OPERATOR)
    headers = enter(world, caller, person)
    browser = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
    wrong = []
    for route, who in EXPECTED.items():
        method, _, path = route.partition(" ")
        method = method.split("|")[1] if "|" in method else method
        address = re.sub(r"\{(\w+)(:\w+)?\}", lambda found: FILLED[found[1]], path)
        if who == ANYONE and method != "GET":
            continue  # forms of strangers have tests of their own; their secret is another
        if method != "GET" and not (caller.is_active and headers) and not caller.by_token:
            continue  # refused as forged before anybody asks who it is: see test_security
        browser.cookies.clear()
        answer = browser.request(method, address, headers=headers)
        got, right = outcome(answer), wanted(caller, who, path)
        if who in {ANYONE, HALF} and got == "second step":
            got = "in"  # these pages lead half-signed-in staff on
        if got != right:
            wrong.append(f"{route}: {got} ({answer.status_code}), not {right}")
        if caller.may(who) and method != "GET":
            headers = enter(world, caller, person)
    assert wrong == []


def outcome(answer) -> str:
    """Return what an answer means for whoever asked."""
    if answer.status_code >= 500:
        return "fault"
    target = answer.headers.get("location", "")
    if answer.status_code == 401 or (answer.status_code == 303 and re.match(r"/sign-in(\?|$)", target)):
        return "sign in"
    if answer.status_code == 303 and target.startswith("/sign-in/second"):
        return "second step"
    return "no" if answer.status_code == 403 else "in"


def wanted(caller: Caller, who: str, path: str) -> str:
    """Return what the caller should get from a route with this permission."""
    is_in = caller.access is not None and caller.is_active
    if caller.may(who):
        return "in"
    if not is_in or (who == HALF and caller.by_token):
        return "sign in"
    if caller.access.is_staff and not caller.second_factor:
        return "sign in" if path.startswith("/api/") else "second step"
    return "no"


LEARN_ONE = [route for route in EXPECTED if EXPECTED[route] == Permission.LEARN and "{uuid}" in route]


def test_what_belongs_to_another_is_not_there(world: World) -> None:
    """With the right id in hand: 404 to everybody but the owner, for whom it is there."""
    world.release(E3)
    owner, other = world.enrol("owner"), world.enrol("other")
    done = world.hand_in(owner, E3)
    world.hand_in(other, E3)
    world.grade(done)
    browser = TestClient(create_app(world.portal), follow_redirects=False)
    caller = Caller("trainee", Access.TRAINEE)
    uuid = str(done.submission.uuid)
    seen = 0
    for route in LEARN_ONE:
        method, _, path = route.partition(" ")
        address = path.replace("{assignment}", E3).replace("{uuid}", uuid)
        if method == "PUT":
            continue  # its own tests: another's uuid is a conflict that tells nothing
        stranger = browser.request(method, address, headers=enter(world, caller, other))
        assert stranger.status_code == 404, route
        mine = browser.request(method, address, headers=enter(world, caller, owner))
        if "feedback" not in path:  # not released yet, so not there for anybody
            assert mine.status_code != 404, route
        seen += 1
    assert seen >= 8
