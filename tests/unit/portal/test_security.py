"""What guards every answer and form: forged requests, headers, cookies, sizes, rates, addresses."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from event_loop import run_apart  # beside this file's folder
from fastapi import Request
from portal_world import World  # beside this file's folder
from starlette.testclient import TestClient

from grader.model.people import Access
from grader.portal import security
from grader.portal.app import create_app
from grader.portal.context import Portal
from grader.portal.entry import HALF_SIGNED_IN
from grader.portal.passwords import passwords_at
from grader.portal.rate_limits import RateLimits, TooMany, Tried, address_of
from grader.portal.routes import account, sign_in
from grader.portal.security import FORM_BYTES, STRANGERS_BYTES
from grader.portal.settings import PasswordCost
from grader.portal.viewer import session_cookie
from grader.store.sessions import open_session

LANGUAGE = "/account/language"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "https://testserver"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://testserver", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_forms_of_other_sites_are_refused(sign_in, headers: dict[str, str]) -> None:
    """Even with the right secret: the browser says where a request comes from."""
    answer = sign_in().post(LANGUAGE, {"language": "en"}, headers=headers)
    assert answer.status_code == 403
    assert "아무것도 바뀌지 않았습니다" in answer.text


@pytest.mark.parametrize("csrf", [None, "", "x", "é", "\ud55c"])
def test_forms_without_the_secret_are_refused(sign_in, csrf: str | None) -> None:
    """A program or an old browser that names no origin needs the secret all the same."""
    trainee = sign_in()
    data = {"language": "en"} if csrf is None else {"language": "en", "csrf": csrf}
    assert trainee.browser.post(LANGUAGE, data=data).status_code == 403


def test_secrets_of_others_are_refused(sign_in) -> None:
    """The secret belongs to one session."""
    first, second = sign_in(), sign_in(id="second")
    assert first.post(LANGUAGE, {"language": "en", "csrf": second.csrf}).status_code == 403
    own = {"X-CSRF-Token": first.csrf, "Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    assert first.browser.post(LANGUAGE, data={"language": "en"}, headers=own).status_code == 303


def test_strangers_forms_are_tied_to_their_browser(client: TestClient) -> None:
    """Signing somebody in from another site needs that browser's own cookie."""
    page = client.get("/sign-in")
    cookie = page.headers["set-cookie"]
    assert cookie.startswith("medai-visitor=")
    assert "HttpOnly" in cookie
    assert "set-cookie" not in client.get("/sign-in").headers, "a known browser keeps its cookie"
    stolen = page.text.split('name="csrf" value="')[1].split('"')[0]
    other = TestClient(client.app, follow_redirects=False)
    assert other.post("/sign-in", data={"csrf": stolen, "id": "a", "password": "b"}).status_code == 403
    assert client.post("/sign-in", data={"id": "a", "password": "b"}).status_code == 403


def test_every_page_forbids_what_it_does_not_need(client: TestClient) -> None:
    """Pages, redirects, errors and style sheets alike; pages hold nothing inline."""
    for path in ("/sign-in", "/account", "/portal/portal.css", "/join/x"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cache-control"]
        assert "strict-transport-security" not in headers
    for path in ("/sign-in", "/join", "/join/x"):
        text = client.get(path).text
        assert "<script>" not in text
        assert " style=" not in text
        assert " onclick=" not in text


def test_over_https_cookies_are_bound_to_the_host(portal: Portal) -> None:
    """`__Host-`, Secure, and the browser stays on https; a proxy's plain http behind it changes nothing."""
    secure = replace(portal, settings=replace(portal.settings, public_url="https://learn.example.org"))
    app = create_app(secure, [sign_in.router])
    browser = TestClient(app, base_url="http://testserver", follow_redirects=False)
    answer = browser.get("/sign-in")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-medai-visitor=")
    for part in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    assert answer.headers["strict-transport-security"]


def test_faults_are_guarded_too(portal: Portal) -> None:
    """A fault of ours shows a number, no detail, and the same headers."""
    app = create_app(portal, [sign_in.router])

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("a secret detail")

    app.router.routes.insert(0, app.router.routes.pop())
    answer = TestClient(app, raise_server_exceptions=False).get("/broken")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "cookie",
    [
        "medai=" + "x" * 10_000,
        "; ".join(f"medai={n}" for n in range(2_000)),
        "medai=\xff\xfe",
        "medai",
        "=;=;=",
        "medai-visitor=" + "y" * 9_000,
        "medai-language='; drop table people",
    ],
)
def test_odd_cookies_are_nobodys(client: TestClient, cookie: str) -> None:
    """Big, broken and repeated cookies sign nobody in and break nothing."""
    answer = client.get("/account", headers={"Cookie": cookie.encode("latin-1")})
    assert answer.status_code == 303
    assert client.get("/sign-in", headers={"Cookie": cookie.encode("latin-1")}).status_code == 200


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer ", "Bearer x", "Bearer .", "Bearer a.b.c", "bearer \xff.x"]
)
def test_odd_tokens_are_nobodys(client: TestClient, header: str) -> None:
    """A token that is none signs nobody in."""
    assert client.get("/account", headers={"Authorization": header.encode("latin-1")}).status_code == 303


def test_a_proxys_own_sign_in_is_no_token(sign_in) -> None:
    """Behind a proxy with basic authentication the cookie still counts, and so does its check."""
    trainee = sign_in()
    basic = {"Authorization": "Basic eDp5"}
    assert trainee.get("/account", headers=basic).status_code == 200
    assert trainee.browser.post(LANGUAGE, data={"language": "en"}, headers=basic).status_code == 403


def test_bodies_are_capped(client: TestClient, sign_in) -> None:
    """Strangers may send little, forms more, files as much as the operator allows."""
    client.get("/sign-in")
    big = {"id": "x" * (STRANGERS_BYTES + 1)}
    assert client.post("/sign-in", data=big).status_code == 413
    trainee = sign_in()
    assert trainee.post(LANGUAGE, {"language": "x" * 900_000}).status_code == 400
    assert (
        trainee.post(LANGUAGE, {str(n): "x" * 900_000 for n in range(FORM_BYTES // 900_000 + 1)}).status_code
        == 413
    )
    assert trainee.post(LANGUAGE, {str(n): "x" for n in range(2_000)}).status_code == 400


@pytest.mark.parametrize(
    ("made_up", "status"),
    [
        ({"Cookie": f"medai={'x' * 43}"}, 403),  # perhaps a session that is over
        ({"Authorization": "Bearer made.up"}, 413),
        ({"Authorization": "bearer x"}, 413),
        ({}, 413),
    ],
)
def test_what_is_made_up_lifts_no_limit(client: TestClient, made_up: dict[str, str], status: int) -> None:
    """A cookie or token that is nobody's: no more than a stranger may send is ever held in memory."""
    for kind in ("multipart/form-data; boundary=x", "application/x-www-form-urlencoded"):
        headers = {**made_up, "Content-Type": kind}
        answer = client.post("/learn/e3/hand-in", content=bytes(STRANGERS_BYTES + 1), headers=headers)
        assert answer.status_code == status
        assert "아무것도" in answer.text, "nothing was changed, or handed in"


def test_a_plain_form_is_known_however_its_kind_is_spelt(sign_in) -> None:
    """Media types know no case."""
    trainee = sign_in()
    kind = {"Content-Type": "Application/X-WWW-Form-URLencoded", "X-CSRF-Token": trainee.csrf}
    body = b"language=" + b"x" * (FORM_BYTES + 1)
    assert trainee.browser.post(LANGUAGE, content=body, headers=kind).status_code == 413


def test_half_a_session_is_a_stranger_to_sizes(portal: Portal) -> None:
    """Who only has the password has a code to type, and nothing to upload."""
    teacher = World(portal).prepare().enrol("t-1", Access.INSTRUCTOR)
    with portal.store.write() as db:
        token, _ = open_session(db, teacher, portal.now(), HALF_SIGNED_IN)
    browser = TestClient(create_app(portal), follow_redirects=False, cookies={session_cookie(portal): token})
    body = {"code": "x" * (STRANGERS_BYTES + 1)}
    assert browser.post("/sign-in/second", data=body).status_code == 413


def test_a_body_that_never_ends_is_cut_off(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever drips a form in, byte by byte, holds a connection for the allowed time and no longer."""
    monkeypatch.setattr(security, "_SECONDS_MORE", 0.0)
    slow = replace(portal, settings=replace(portal.settings, upload_timeout_s=0.2))
    answered: list[dict[str, object]] = []

    async def drip() -> dict[str, object]:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def note(message: dict[str, object]) -> None:
        answered.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/sign-in",
        "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"content-type", b"application/x-www-form-urlencoded")],
        "http_version": "1.1",
        "scheme": "http",
        "server": ("testserver", 80),
        "client": ("192.0.2.1", 1),
        "root_path": "",
    }
    run_apart(lambda: asyncio.wait_for(create_app(slow)(scope, drip, note), timeout=30))
    assert answered[0]["status"] == 408
    assert (b"connection", b"close") in [
        (name.lower(), value.lower()) for name, value in answered[0]["headers"]
    ]


def test_texts_that_no_database_keeps_are_refused(client: TestClient, sign_in) -> None:
    """A NUL in address, query or form is a bad request, never a fault."""
    assert client.get("/join/%00").status_code == 400
    assert client.get("/sign-in?next=%00").status_code == 400
    assert sign_in().post("/account/tokens", {"label": "a\0b"}).status_code == 400
    operator = sign_in(Access.OPERATOR)
    assert operator.get("/operate/people/by-id/%00").status_code == 400
    assert operator.get("/operate/people?text=%00").status_code == 400


def test_too_many_tries_get_a_page_that_says_how_long(portal: Portal) -> None:
    """429 in the reader's language, with Retry-After; other ids from the same site go on."""
    strict = replace(portal, settings=replace(portal.settings, rate_limits=True))
    browser = TestClient(create_app(strict, [sign_in.router]), follow_redirects=False)
    csrf = browser.get("/sign-in").text.split('name="csrf" value="')[1].split('"')[0]

    def enter(id: str):
        return browser.post("/sign-in", data={"csrf": csrf, "id": id, "password": "x"})

    statuses = [enter(id).status_code for id in ("kim", "KIM", "ｋｉｍ", " kim") * 3]
    assert statuses == [400] * 10 + [429] * 2
    refused = enter("kim")
    assert 0 < int(refused.headers["retry-after"]) <= 300
    assert f"{refused.headers['retry-after']}초" in refused.text
    assert enter("lee").status_code == 400


def test_who_asks_too_often_with_a_made_up_token_is_told(
    portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refusal itself asks who it is for, and must not be refused again."""
    strict = replace(portal, settings=replace(portal.settings, rate_limits=True))

    def refuse(_: object, tried: Tried, key: str) -> None:
        assert tried is Tried.API_FROM
        raise TooMany(7)

    monkeypatch.setattr(RateLimits, "count", refuse)
    browser = TestClient(create_app(strict, [account.router]), follow_redirects=False)
    answer = browser.get("/account", headers={"Authorization": "Bearer x.y"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


def test_rates_count_each_key_apart() -> None:
    """What one does is not held against another; switched off, nothing is counted."""
    rates = RateLimits()
    for _ in range(5):
        rates.count(Tried.EXPORT_OF, "kim")
    with pytest.raises(TooMany) as error:
        rates.count(Tried.EXPORT_OF, "kim")
    assert 0 < int((error.value.headers or {})["Retry-After"]) <= 3600
    rates.count(Tried.EXPORT_OF, "lee")
    off = RateLimits(is_on=False)
    for _ in range(20):
        off.count(Tried.EXPORT_OF, "kim")


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("10.0.0.9", None, "10.0.0.9"),
        ("10.0.0.9", "1.2.3.4", "10.0.0.9"),
        ("10.0.0.1", "1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.2", "1.2.3.4"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "<script>", "unknown"),
        ("10.0.0.1", "2001:db8:1:2:aaaa::1", "2001:0db8:0001:0002::/64"),
        ("::ffff:10.0.0.9", None, "10.0.0.9"),
    ],
)
def test_the_address_is_the_peers_unless_a_trusted_proxy_says_so(
    peer: str, forwarded: str | None, expected: str
) -> None:
    """Nobody writes their own address."""
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    request = Request({"type": "http", "client": (peer, 1), "headers": headers})
    assert address_of(request, frozenset({"10.0.0.1", "10.0.0.2"})) == expected


def test_passwords_outlive_a_change_of_cost() -> None:
    """A hash made at another cost still matches, and says that it should be made anew."""
    cheap = passwords_at(PasswordCost(1, 8, 1))
    dearer = passwords_at(PasswordCost(2, 16, 1))
    kept = cheap.hash("한글 비밀번호")
    assert dearer.matches(kept, "한글 비밀번호")
    assert dearer.is_outdated(kept)
    assert not cheap.is_outdated(kept)
    assert not dearer.matches("no hash at all", "한글 비밀번호")
    assert not dearer.matches(None, "nobody has this one")


def test_pages_of_this_room_work_without_scripts() -> None:
    """No template of these pages asks for a script or holds inline style."""
    from pathlib import Path

    import grader.portal.pages as pages

    folder = Path(pages.__file__).parent / "templates"
    for path in folder.glob("*.html"):
        if path.name.startswith(("sign_in", "join", "account", "people", "password")):
            text = path.read_text("utf-8")
            assert "style=" not in text
            assert "<script" not in text
            assert text.count('<form method="post"') == text.count("{{ csrf_field }}"), path.name
