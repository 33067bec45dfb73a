"""Signing in: who gets in, what a refusal tells, second factor, sessions, invitations."""

from __future__ import annotations

import re
from dataclasses import replace

import pyotp
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from grader.model.people import Access, Person
from grader.portal.app import create_app
from grader.portal.context import Portal
from grader.portal.entry import invite_people, passwords_of
from grader.portal.routes import account, sign_in
from grader.portal.routes import people as people_pages
from grader.store.audit import list_audit
from grader.store.people import add_people, find_account, set_active, set_password_hash
from grader.store.second_factor import reset_second_factor

PASSWORD = "봄날의 검진센터 산책"


def browse(portal: Portal, **cookies: str) -> TestClient:
    """Return a new browser; it knows the pages of this module only."""
    app = create_app(portal, [sign_in.router, account.router, people_pages.router])
    return TestClient(app, follow_redirects=False, cookies=cookies)


@pytest.fixture
def client(portal: Portal) -> TestClient:
    """A stranger's browser."""
    return browse(portal)


@pytest.fixture
def people(portal: Portal) -> dict[Access, Person]:
    """One person of each role, all with the same password."""
    made = {
        access: Person(id=f"대구 {access}", name="강한별", site="daegu", role="it", access=access)
        for access in Access
    }
    with portal.store.write() as db:
        add_people(db, list(made.values()), portal.now())
        for person in made.values():
            set_password_hash(db, person.id, passwords_of(portal).hash(PASSWORD), portal.now())
    return made


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found, page
    return found[1]


def enter(browser: TestClient, id: str, password: str = PASSWORD, next: str = ""):
    csrf = csrf_of(browser.get("/sign-in").text)
    return browser.post("/sign-in", data={"csrf": csrf, "id": id, "password": password, "next": next})


def enrol(browser: TestClient, portal: Portal, id: str) -> pyotp.TOTP:
    """Sign somebody of staff in for the first time, and return what their app now computes."""
    assert enter(browser, id).headers["location"] == "/sign-in/second"
    assert browser.get("/sign-in/second").headers["location"] == "/sign-in/enrol"
    page = browser.get("/sign-in/enrol").text
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert key
    app = pyotp.TOTP(key[1].replace(" ", ""))
    answer = browser.post("/sign-in/enrol", data={"csrf": csrf_of(page), "code": app.at(portal.now())})
    assert answer.status_code == 200, answer.text
    assert len(set(re.findall(r"<code>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</code>", answer.text))) == 10
    return app


def second(browser: TestClient, code: str):
    csrf = csrf_of(browser.get("/sign-in/second").text)
    return browser.post("/sign-in/second", data={"csrf": csrf, "code": code})


def test_a_trainee_gets_in_however_the_keyboard_writes_the_id(
    client: TestClient, people: dict[Access, Person]
) -> None:
    """Case, full-width letters and decomposed Hangul make no difference; the password's Hangul neither."""
    answer = enter(client, " 대구  ＴＲＡＩＮＥＥ", "봄날의 검진센터 산책")
    assert (answer.status_code, answer.headers["location"]) == (303, "/learn")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert client.get("/account").status_code == 200


def test_refusals_do_not_tell_whether_an_id_exists(
    client: TestClient, portal: Portal, people: dict[Access, Person]
) -> None:
    """Unknown, wrong password, not joined, deactivated and locked: the same page, byte for byte."""
    with portal.store.write() as db:
        add_people(
            db,
            [Person(id=i, name="x", site="jeju", role="it") for i in ("new", "gone", "locked")],
            portal.now(),
        )
        for id in ("gone", "locked"):
            set_password_hash(db, id, passwords_of(portal).hash(PASSWORD), portal.now())
        set_active(db, ["gone"], False)
    for _ in range(5):
        enter(client, "locked", "wrong")
    client.get("/sign-in")
    pages = {
        enter(client, "nobody").text,
        enter(client, "대구 trainee", "wrong").text,
        enter(client, "new", "").text,
        enter(client, "gone").text,
        enter(client, "locked").text,
    }
    assert len(pages) == 1
    assert "로그인하지 못했습니다" in pages.pop()


def test_the_same_work_is_done_for_unknown_ids(
    client: TestClient, portal: Portal, people: dict[Access, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time tells nothing: every refusal compares one hash."""
    compared: list[bool] = []
    passwords = type(passwords_of(portal))
    whole = passwords.matches

    def counted(self: object, kept: str | None, secret: str) -> bool:
        compared.append(True)
        return whole(self, kept, secret)  # type: ignore[arg-type]

    monkeypatch.setattr(passwords, "matches", counted)
    for id in ("nobody", "대구 trainee"):
        compared.clear()
        assert enter(client, id, "wrong").status_code == 400
        assert compared == [True]


def test_wrong_passwords_lock_for_a_short_time(
    client: TestClient, portal: Portal, portal_clock, people: dict[Access, Person]
) -> None:
    """Five wrong ones: a minute's pause even for the right one; then the right one counts again."""
    for _ in range(5):
        assert enter(client, "대구 trainee", "wrong").status_code == 400
    assert enter(client, "대구 trainee").status_code == 400
    portal_clock.forward(seconds=61)
    assert enter(client, "대구 trainee").status_code == 303
    with portal.store.read() as db:
        account = find_account(db, "대구 trainee")
        actions = [line.action for line in list_audit(db)]
    assert account is not None
    assert account.locked_until is None
    assert actions.count("account-locked") == 1
    assert actions.count("sign-in-failed") == 6


def test_a_planted_session_is_worth_nothing(
    client: TestClient, portal: Portal, people: dict[Access, Person]
) -> None:
    """Session fixation: whatever cookie the browser had, signing in gives a new one and ends the old."""
    enter(client, "대구 trainee")
    first = client.cookies["medai"]
    csrf = csrf_of(client.get("/account").text)
    answer = client.post("/sign-in", data={"csrf": csrf, "id": "대구 trainee", "password": PASSWORD})
    assert answer.status_code == 303
    assert client.cookies["medai"] != first
    stolen = browse(portal, medai=first)
    assert stolen.get("/account").status_code == 303
    planted = browse(portal, medai="x" * 43)
    enter(planted, "대구 trainee")
    assert (
        "x" * 43 not in planted.cookies.get_dict().values() if hasattr(planted.cookies, "get_dict") else True
    )


def test_staff_need_their_phone(
    client: TestClient, portal: Portal, portal_clock, people: dict[Access, Person]
) -> None:
    """No staff page without it; a code works once, one step of drift is fine, two are not."""
    id = people[Access.OPERATOR].id
    half_in = browse(portal)
    assert enter(half_in, id).headers["location"] == "/sign-in/second"
    assert half_in.get("/operate/people").headers["location"].startswith("/sign-in/second")
    assert half_in.get("/account").status_code == 303
    app = enrol(client, portal, id)
    assert client.get("/operate/people").status_code == 200
    other = browse(portal)
    enter(other, id)
    assert second(other, app.at(portal.now())).status_code == 400, "the code that enrolled counts once"
    portal_clock.forward(seconds=300)
    assert second(other, app.at(portal.now(), counter_offset=-2)).status_code == 400
    late = app.at(portal.now(), counter_offset=-1)
    half = other.cookies["medai"]
    assert second(other, late).status_code == 303
    assert other.cookies["medai"] != half
    third = browse(portal)
    enter(third, id)
    assert second(third, late).status_code == 400


def test_a_password_alone_never_replaces_the_phone(
    client: TestClient, portal: Portal, people: dict[Access, Person]
) -> None:
    """Once enrolled, the enrolment page shows no secret to somebody with half a session."""
    id = people[Access.GRADER].id
    enrol(client, portal, id)
    thief = browse(portal)
    enter(thief, id)
    answer = thief.get("/sign-in/enrol")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/second")
    csrf = csrf_of(thief.get("/sign-in/second").text)
    for path in ("/account/second-factor", "/account/recovery-codes", "/account/tokens"):
        assert thief.post(path, data={"csrf": csrf, "password": PASSWORD}).status_code == 303
    assert thief.get("/account").headers["location"].startswith("/sign-in/second")


def test_recovery_codes_work_once(client: TestClient, portal: Portal, people: dict[Access, Person]) -> None:
    """Each recovery code opens once, in any spelling; made-up ones never."""
    id = people[Access.GRADER].id
    enter(client, id)
    page = client.get("/sign-in/enrol").text
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert key
    code = pyotp.TOTP(key[1].replace(" ", "")).at(portal.now())
    shown = client.post("/sign-in/enrol", data={"csrf": csrf_of(page), "code": code}).text
    recovery = re.search(r"<code>([0-9A-Z-]{19})</code>", shown)
    assert recovery
    browser = browse(portal)
    enter(browser, id)
    assert second(browser, "0000-0000-0000-0000").status_code == 400
    assert second(browser, recovery[1].lower().replace("-", " ")).status_code == 303
    again = browse(portal)
    enter(again, id)
    assert second(again, recovery[1]).status_code == 400


def test_wrong_codes_lock_and_a_right_password_does_not_forgive_them(
    client: TestClient, portal: Portal, portal_clock, people: dict[Access, Person]
) -> None:
    """Somebody with a stolen password cannot guess codes by signing in again and again."""
    id = people[Access.GRADER].id
    app = enrol(client, portal, id)
    portal_clock.forward(minutes=5)
    for _ in range(5):
        browser = browse(portal)
        enter(browser, id)
        assert second(browser, "000000").status_code == 400
    assert second(browser, app.at(portal.now())).status_code == 400
    browser = browse(portal)
    assert enter(browser, id).status_code == 400
    portal_clock.forward(seconds=61)
    enter(browser, id)
    assert second(browser, app.at(portal.now())).status_code == 303


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/learn/assignments/e0", "/learn/assignments/e0"),
        ("//evil.example", "/learn"),
        ("https://evil.example", "/learn"),
        ("/\\evil.example", "/learn"),
        ("/%0d%0aSet-Cookie: a=b", "/%0d%0aSet-Cookie: a=b"),
        ("/\r\nSet-Cookie: a=b", "/learn"),
        ("/\tevil", "/learn"),
        ("/\u2028evil", "/learn"),
        ("/한글?a=b&c", "/%ED%95%9C%EA%B8%80?a=b&c"),
        ("javascript:alert(1)", "/learn"),
        ("/" + "a" * 600, "/learn"),
    ],
)
def test_next_leads_nowhere_else(
    client: TestClient, people: dict[Access, Person], target: str, expected: str
) -> None:
    """Only plain paths of this portal are followed."""
    answer = enter(client, "대구 trainee", next=target)
    assert answer.headers["location"].replace("%20", " ").replace("%25", "%") == expected
    assert "a=b" not in answer.headers["set-cookie"]


def test_sessions_end(client: TestClient, portal_clock, people: dict[Access, Person]) -> None:
    """Idle for half a day, or two weeks after signing in: over. In between every request puts it off."""
    enter(client, "대구 trainee")
    for _ in range(33):
        portal_clock.forward(hours=10)
        assert client.get("/account").status_code == 200
    portal_clock.forward(hours=10)
    assert client.get("/account").status_code == 303, "fourteen days are over"
    enter(client, "대구 trainee")
    portal_clock.forward(hours=12, seconds=1)
    assert client.get("/account").status_code == 303


def test_signing_out_ends_the_session(
    client: TestClient, portal: Portal, people: dict[Access, Person]
) -> None:
    """The cookie is taken back, and a copy of it is worth nothing."""
    enter(client, "대구 trainee")
    copy = client.cookies["medai"]
    csrf = csrf_of(client.get("/account").text)
    assert client.post("/sign-out", data={"csrf": csrf}).status_code == 303
    other = browse(portal, medai=copy)
    assert other.get("/account").status_code == 303


def invite(portal: Portal, person: Person) -> str:
    return invite_people(portal, [person], "system")[person.id]


def join(browser: TestClient, code: str, new: str, again: str | None = None):
    page = browser.get(f"/join/{code}")
    if page.status_code != 200:
        return page
    data = {"csrf": csrf_of(page.text), "new": new, "again": new if again is None else again}
    return browser.post(f"/join/{code}", data=data)


def test_an_invitation_works_once_and_in_any_spelling(
    client: TestClient, portal: Portal, people: dict[Access, Person]
) -> None:
    """Typed in lower case, full width, with O for 0; looking does not use it up; a second use is refused."""
    person = people[Access.TRAINEE]
    code = invite(portal, person)
    typed = code.lower().replace("0", "o").replace("1", "l").replace("-", " ")
    csrf = csrf_of(client.get("/join").text)
    lead = client.post("/join", data={"csrf": csrf, "code": typed})
    assert lead.headers["location"] == f"/join/{code}"
    assert person.name in client.get(f"/join/{code}").text
    assert person.name in client.get(f"/join/{code}").text
    answer = join(client, code, "새 비밀번호를 정합니다")
    assert (answer.status_code, answer.headers["location"]) == (303, "/learn")
    assert client.get(f"/join/{code}").status_code == 400
    fresh = browse(portal)
    assert enter(fresh, person.id).status_code == 400, "the old password is gone"
    assert enter(fresh, person.id, "새 비밀번호를 정합니다").status_code == 303


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("짧다", "10자 이상"),
        ("x" * 201, "200자"),
        ("0123456789", "흔하거나"),
        ("aaaaaaaaaaaab", "흔하거나"),
        ("qwerty12345", "흔하거나"),
        ("강한별의비밀번호입니다", "아이디, 이름"),
        ("나는대구 trainee 입니다", "아이디, 이름"),
        ("열 글자가 넘습니다\0네", ""),
    ],
)
def test_easy_passwords_are_refused(
    client: TestClient, portal: Portal, people: dict[Access, Person], password: str, reason: str
) -> None:
    """The page says why, and the invitation stays good."""
    code = invite(portal, people[Access.TRAINEE])
    answer = join(client, code, password)
    assert answer.status_code == 400
    assert reason in answer.text
    assert join(client, code, PASSWORD, "다릅니다 다릅니다").status_code == 400
    assert join(client, code, PASSWORD).status_code == 303


def test_a_new_invitation_voids_the_old_one(
    client: TestClient, portal: Portal, portal_clock, people: dict[Access, Person]
) -> None:
    """Reissued, expired, of a deactivated person, guessed too often: one and the same refusal."""
    person = people[Access.TRAINEE]
    old, new = invite(portal, person), invite(portal, person)
    refusals = {client.get(f"/join/{old}").text, client.get("/join/0000-0000-0000-0000").text}
    for _ in range(10):
        refusals.add(client.get(f"/join/{new[:4]}-0000-0000-0000").text)
    refusals.add(client.get(f"/join/{new}").text)
    late = invite(portal, person)
    portal_clock.forward(days=15)
    refusals.add(client.get(f"/join/{late}").text)
    closed = invite(portal, person)
    with portal.store.write() as db:
        set_active(db, [person.id], False)
    refusals.add(client.get(f"/join/{closed}").text)
    refusals.add(client.get("/join/no code at all").text)
    assert len({re.sub(r"next=[^\"]*", "", page) for page in refusals}) == 1


def test_resetting_the_phone_leads_to_a_new_enrolment(
    client: TestClient, portal: Portal, people: dict[Access, Person]
) -> None:
    """After an operator's reset the old app's code is worth nothing."""
    id = people[Access.GRADER].id
    app = enrol(client, portal, id)
    with portal.store.write() as db:
        reset_second_factor(db, id)
    browser = browse(portal)
    enter(browser, id)
    page = browser.get("/sign-in/enrol")
    assert page.status_code == 200
    stale = browser.post("/sign-in/enrol", data={"csrf": csrf_of(page.text), "code": app.at(portal.now())})
    assert stale.status_code == 400


@pytest.fixture
def strict(portal: Portal) -> Portal:
    """The portal with the rates of a real one."""
    return replace(portal, settings=replace(portal.settings, rate_limits=True))


def browse_from(app: FastAPI, address: str, known: str = "") -> TestClient:
    """Return a new browser at an address, with the cookie of one that somebody has used."""
    cookies = {"medai-known": known} if known else {}
    return TestClient(app, follow_redirects=False, cookies=cookies, client=(address, 50_000))


def attack(app: FastAPI, id: str, times: int, begin: int = 0) -> None:
    """Try wrong passwords, each from another address."""
    for number in range(begin, begin + times):
        browser = browse_from(app, f"198.51.{number // 250}.{number % 250}")
        assert enter(browser, id, "wrong").status_code == 400


def test_nobody_can_keep_a_colleague_out(strict: Portal, portal_clock, people: dict[Access, Person]) -> None:
    """Wrong passwords for an hour, from anywhere: in their own browser the owner gets in at any moment."""
    app = create_app(strict, [sign_in.router, account.router])
    owner = browse_from(app, "192.0.2.1")
    assert enter(owner, "대구 trainee").status_code == 303
    for minute in range(0, 60, 10):
        attack(app, "대구 trainee", times=5, begin=minute * 5)
        known = browse_from(app, "192.0.2.2", owner.cookies["medai-known"])
        assert known.get("/account").status_code == 303, "the cookie alone opens nothing"
        assert enter(browse_from(app, f"192.0.3.{minute}"), "대구 trainee").status_code == 400, "locked"
        assert enter(known, " 대구  ＴＲＡＩＮＥＥ").status_code == 303
        assert known.get("/account").status_code == 200
        portal_clock.forward(minutes=10)


def test_a_known_browser_has_few_tries_of_its_own(
    strict: Portal, portal_clock, people: dict[Access, Person]
) -> None:
    """Who sits at a colleague's computer guesses ten times, then waits like everybody."""
    app = create_app(strict, [sign_in.router, account.router])
    owner = browse_from(app, "192.0.2.1")
    enter(owner, "대구 trainee")
    attack(app, "대구 trainee", times=10)
    guesser = browse_from(app, "192.0.2.1", owner.cookies["medai-known"])
    for _ in range(10):
        assert enter(guesser, "대구 trainee", "wrong").status_code == 400
    assert enter(guesser, "대구 trainee").status_code == 400, "locked, as elsewhere"
    portal_clock.forward(minutes=6)
    assert enter(guesser, "대구 trainee").status_code == 303


def test_staff_get_in_under_attack_with_their_phone(
    strict: Portal, portal_clock, people: dict[Access, Person]
) -> None:
    """The first enrolment and every later code; a browser where only the password was given is not known."""
    app, id = (
        create_app(strict, [sign_in.router, account.router, people_pages.router]),
        people[Access.OPERATOR].id,
    )
    owner = browse_from(app, "192.0.2.1")
    assert enter(owner, id).headers["location"] == "/sign-in/second"
    assert "medai-known" not in owner.cookies
    attack(app, id, times=10)
    page = owner.get("/sign-in/enrol").text
    key = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert key
    phone = pyotp.TOTP(key[1].replace(" ", ""))
    entered = owner.post("/sign-in/enrol", data={"csrf": csrf_of(page), "code": phone.at(strict.now())})
    assert entered.status_code == 200
    portal_clock.forward(minutes=6)
    attack(app, id, times=10, begin=500)
    known = browse_from(app, "192.0.2.2", owner.cookies["medai-known"])
    assert enter(known, id).status_code == 303
    assert second(known, phone.at(strict.now())).status_code == 303
    assert known.get("/operate/people").status_code == 200


def test_a_shared_computer_knows_its_people_and_no_others(
    strict: Portal, portal_clock, people: dict[Access, Person]
) -> None:
    """The latest five; another's cookie, an old one or a made-up one helps nobody."""
    ids = [f"trainee-{number}" for number in range(6)]
    with strict.store.write() as db:
        add_people(db, [Person(id=id, name="x", site="jeju", role="it") for id in ids], strict.now())
        for id in ids:
            set_password_hash(db, id, passwords_of(strict).hash(PASSWORD), strict.now())
    app = create_app(strict, [sign_in.router, account.router])
    shared = browse_from(app, "192.0.2.1")
    for id in ids:
        shared.cookies.delete("medai") if "medai" in shared.cookies else None
        assert enter(shared, id).status_code == 303
    cookie = shared.cookies["medai-known"]
    assert len(cookie) < 1000
    for id in (ids[0], ids[1], ids[5], "대구 trainee"):
        attack(app, id, times=5, begin=600)
    statuses = [enter(browse_from(app, "192.0.2.9", cookie), id).status_code for id in (*ids[:2], ids[5])]
    assert statuses == [400, 303, 303]
    for wrong in (cookie, "x", cookie[:-3] + "AAA"):
        assert enter(browse_from(app, "192.0.2.8", wrong), "대구 trainee").status_code == 400
    portal_clock.forward(days=181)
    attack(app, ids[5], times=5, begin=700)
    assert enter(browse_from(app, "192.0.2.7", cookie), ids[5]).status_code == 400
