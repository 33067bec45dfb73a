"""The client: what it retries, what it believes, and what it never gives away."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from fake_portal import fault

from grader.exchange.client import PortalClient, content_digest
from grader.exchange.troubles import BrokenAnswer, NotSetUp, Refused, Unreachable, say

AT = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)
UUID = "0b6f2a52-55a1-4f3c-9d6a-6c1f4b7a9e11"
BUSY = (503, {}, b"later")


def hand_in(client: PortalClient, content: bytes = b"{}") -> dict:
    return client.hand_in(UUID, "e1-x", "과제 답안.ipynb", content, AT)


def test_hand_in_sends_what_the_portal_needs(portal_client, fake_portal) -> None:
    receipt = hand_in(portal_client, b"body")
    [asked] = fake_portal.asked
    assert asked.path == f"/api/v1/submissions/{UUID}?assignment=e1-x"
    assert asked.headers["authorization"] == "Bearer token1.secret"
    assert asked.headers["content-digest"] == content_digest(b"body")
    assert asked.headers["x-file-name"] == "UTF-8''%EA%B3%BC%EC%A0%9C%20%EB%8B%B5%EC%95%88.ipynb"
    assert asked.headers["x-client-time"] == "2026-04-20T09:00:00+00:00"
    assert receipt["code"] == "AAAA-BBBB-CCCC-DDDD"


@pytest.mark.parametrize("first", [BUSY, (429, {}, b""), (502, {}, b""), (504, {}, b""), "drop", "cut"])
def test_network_and_busy_servers_are_tried_again(portal_client, fake_portal, pauses, first) -> None:
    fake_portal.script = [first]
    assert hand_in(portal_client)["attempt"] == 1
    assert len(fake_portal.asked) == 2
    assert len({asked.path for asked in fake_portal.asked}) == 1, "the same UUID both times"
    assert len(pauses) == 1
    assert 0.5 <= pauses[0] <= 1.0


def test_a_lost_answer_gives_the_same_receipt(portal_client, fake_portal) -> None:
    """The portal has it, the answer is lost: sending again is no second attempt."""
    lost = []

    def lose_first(asked):
        made = fake_portal.hand_in(asked)
        if not lost:
            lost.append(made)
            return "drop"
        return made

    fake_portal.answer = lose_first
    assert hand_in(portal_client)["attempt"] == 1
    assert len(fake_portal.receipts) == 1


def test_patience_ends(portal_client, fake_portal, pauses) -> None:
    fake_portal.script = [BUSY] * 9
    with pytest.raises(Unreachable, match="503") as caught:
        hand_in(portal_client)
    assert len(fake_portal.asked) == 3
    assert pauses[0] < 1.01
    assert pauses[1] <= 2.0
    assert "연결할 수 없습니다" in str(caught.value)
    assert "cannot be reached" in str(caught.value)
    assert not fake_portal.receipts


@pytest.mark.parametrize(("said", "waited"), [("3", 3.0), ("9999", 10.0), ("soon", 1.0), ("-1", 1.0)])
def test_retry_after_is_heard_within_reason(portal_client, fake_portal, pauses, said, waited) -> None:
    fake_portal.script = [(429, {"Retry-After": said}, b"")]
    hand_in(portal_client)
    assert pauses[0] <= waited
    assert pauses[0] >= min(waited, 0.5)


def test_nobody_there(closed_port, pauses) -> None:
    client = PortalClient(f"http://127.0.0.1:{closed_port}", "a.b", attempts=2, pause=pauses.append)
    with pytest.raises(Unreachable, match="refused"):
        client.read_me()
    assert len(pauses) == 1


def test_a_refusal_is_told_in_both_languages_and_not_repeated(portal_client, fake_portal) -> None:
    fake_portal.script = [fault(422, "closed")]
    with pytest.raises(Refused, match="거절: closed\nrefused: closed") as caught:
        hand_in(portal_client)
    assert (caught.value.status, caught.value.code, caught.value.is_final) == (422, "closed", True)
    assert len(fake_portal.asked) == 1


@pytest.mark.parametrize(
    "body",
    [b"<html>proxy</html>", b"[]", b'{"code": 1}', b'{"code":"x","message":{"ko":"","en":""},"hint":{}}'],
)
def test_a_refusal_that_is_none_of_ours(portal_client, fake_portal, body) -> None:
    fake_portal.script = [(407, {}, body)]
    with pytest.raises(Refused, match="http-407") as caught:
        hand_in(portal_client)
    assert not caught.value.is_final


@pytest.mark.parametrize("status", [401, 403])
def test_what_a_new_token_mends_is_not_final(status: int) -> None:
    assert not Refused(status, "x", say("가", "a"), say("나", "b")).is_final


def test_redirects_are_not_followed(portal_client, fake_portal) -> None:
    """The token must not go where a redirect points."""
    fake_portal.script = [(302, {"Location": f"{fake_portal.url}/elsewhere"}, b"")]
    with pytest.raises(Refused, match="http-302"):
        portal_client.read_me()
    assert len(fake_portal.asked) == 1


def receipt_of(**changes: object) -> dict:
    body = {"submission": UUID, "upload": {"sha256": "0" * 64}}
    return {"receipt": json.dumps({"receipt": {**body, **changes}})}


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"receipt": "no json"},
        {"receipt": "{}"},
        {"receipt": None},
        receipt_of(),
        receipt_of(submission="x"),
    ],
)
def test_no_receipt_is_not_taken_for_one(portal_client, fake_portal, answer) -> None:
    fake_portal.script = [(201, {}, json.dumps(answer).encode())]
    with pytest.raises(BrokenAnswer, match="receipt"):
        hand_in(portal_client)


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"null", b"<html>"])
def test_an_answer_of_something_else(portal_client, fake_portal, body) -> None:
    fake_portal.script = [(200, {}, body)]
    with pytest.raises(BrokenAnswer, match="address"):
        portal_client.read_me()


def test_files_must_be_what_the_portal_digested(portal_client, fake_portal) -> None:
    fake_portal.script = [(200, {"Content-Digest": content_digest(b"other")}, b"zip")]
    with pytest.raises(BrokenAnswer, match="damaged"):
        portal_client.fetch_feedback("e1-x")


def test_pages_are_followed_to_the_end(portal_client, fake_portal) -> None:
    pages = [{"items": [{"id": "a"}], "next": "1"}, {"items": [{"id": "b"}], "next": None}]
    fake_portal.script = [(200, {}, json.dumps(page).encode()) for page in pages]
    assert [one["id"] for one in portal_client.list_submissions()] == ["a", "b"]
    assert fake_portal.asked[1].path.endswith("?after=1")


def test_a_page_that_leads_to_itself(portal_client, fake_portal) -> None:
    again = (200, {}, json.dumps({"items": [], "next": "1"}).encode())
    fake_portal.script = [again] * 9
    with pytest.raises(BrokenAnswer, match="no list"):
        portal_client.list_submissions()


def test_names_in_paths_are_quoted(portal_client, fake_portal) -> None:
    portal_client.read_assignment("../keys?x=1#y")
    assert fake_portal.asked[0].path == "/api/v1/assignments/..%2Fkeys%3Fx%3D1%23y"


@pytest.mark.parametrize("address", ["", "learn.example.kr", "file:///etc/passwd", "ftp://x", "http://"])
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(NotSetUp, match="MEDAI_PORTAL"):
        PortalClient(address, "a.b")


@pytest.mark.parametrize("token", ["", "two words", "줄\n바꿈", "a.b\r\nX-Evil: 1"])
def test_a_token_that_is_none(token: str) -> None:
    with pytest.raises(NotSetUp, match="MEDAI_TOKEN"):
        PortalClient("https://learn.example.kr", token)


def test_the_token_is_not_shown() -> None:
    client = PortalClient("https://Learn.example.kr:8443/x", "id1.very-secret")
    assert "very-secret" not in repr(client)
    assert (client.token_id, client.origin) == ("id1", "https://learn.example.kr:8443")
