"""The account page: password, devices, tokens, data; and that nobody else's can be reached through it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from sqlalchemy import String, insert, select
from starlette.testclient import TestClient

from grader.cli.people import people_command
from grader.model.people import Access
from grader.portal.app import create_app
from grader.portal.context import Portal
from grader.portal.entry import passwords_of
from grader.portal.routes import account
from grader.store import schema
from grader.store.audit import list_audit, record
from grader.store.blobs import put_blob
from grader.store.people import find_account, set_password_hash
from grader.store.personal_data import TO_FORGET, columns_with_ids, delete_person
from grader.store.settings import read_setting
from grader.store.tokens import Token, create_token, list_tokens

PASSWORD = "봄날의 검진센터 산책"


@pytest.fixture
def trainee(sign_in, portal: Portal):
    """A trainee who is signed in and has a password."""
    entered = sign_in()
    with portal.store.write() as db:
        set_password_hash(db, entered.person.id, passwords_of(portal).hash(PASSWORD), portal.now())
    return entered


def test_a_new_password_signs_every_other_device_out(trainee, sign_in, portal: Portal) -> None:
    """This device gets a new session; wrong, different and easy passwords change nothing."""
    other = sign_in()
    new = "가을 건강검진 이야기"
    for given in (
        {"current": "wrong", "new": new, "again": new},
        {"current": PASSWORD, "new": new, "again": new + "!"},
        {"current": PASSWORD, "new": "1234567890", "again": "1234567890"},
    ):
        assert trainee.post("/account/password", given).status_code == 400
    answer = trainee.post("/account/password", {"current": PASSWORD, "new": new, "again": new})
    assert answer.headers["location"] == "/account?done=done_password"
    trainee.browser.cookies.clear()
    trainee.browser.cookies["medai"] = answer.cookies["medai"]
    assert trainee.get("/account").status_code == 200
    assert other.get("/account").status_code == 303


def test_devices_are_signed_out_one_by_one_and_only_ones_own(trainee, sign_in, portal: Portal) -> None:
    """Another person's session is not found, even by its digest."""
    phone = sign_in()
    stranger = sign_in(id="somebody-else")
    with portal.store.read() as db:
        digests = dict(db.execute(select(schema.sessions.c.csrf, schema.sessions.c.token_digest)).all())
    assert trainee.post(f"/account/sessions/{digests[stranger.csrf]}/close").status_code == 404
    assert stranger.get("/account").status_code == 200
    assert trainee.post(f"/account/sessions/{digests[phone.csrf]}/close").status_code == 303
    assert phone.get("/account").status_code == 303
    tablet = sign_in()
    assert trainee.post("/account/sessions/close").status_code == 303
    assert tablet.get("/account").status_code == 303
    assert trainee.get("/account").status_code == 200


def test_tokens_are_shown_once_and_revoked_by_their_owner_only(trainee, sign_in, portal: Portal) -> None:
    """A token opens what its owner may learn, never the account; after revoking nothing."""
    assert trainee.post("/account/tokens", {"label": "a", "password": "wrong"}).status_code == 400
    shown = trainee.post("/account/tokens", {"label": "사무실 <b>PC</b>", "password": PASSWORD})
    text = re.search(r"<code>([0-9a-f]{16}\.[\w-]{43})</code>", shown.text)
    assert text
    page = trainee.get("/account").text
    assert text[1].split(".")[1] not in page
    assert "사무실 &lt;b&gt;PC&lt;/b&gt;" in page
    bearer = TestClient(
        create_app(portal, [account.router]),
        headers={"Authorization": f"Bearer {text[1]}"},
        follow_redirects=False,
    )
    assert bearer.get("/account").status_code == 403, "a token never opens the account"
    wrong = {"Authorization": f"Bearer {text[1][:-1]}"}
    assert bearer.get("/account", headers=wrong).status_code == 303
    token_id = text[1].split(".")[0]
    other = sign_in(id="somebody-else")
    assert other.post(f"/account/tokens/{token_id}/revoke").status_code == 404
    assert trainee.post(f"/account/tokens/{token_id}/revoke").status_code == 303
    assert bearer.get("/account").status_code == 303
    assert trainee.post("/account/tokens", {"label": " \n", "password": PASSWORD}).status_code == 400
    assert len(list_own_tokens(portal, trainee.person.id)) == 1


def list_own_tokens(portal: Portal, person_id: str) -> list[Token]:
    with portal.store.read() as db:
        return list_tokens(db, person_id)


def change_own_password(grader, operator, portal: Portal) -> None:
    new = "가을 건강검진 이야기"
    assert (
        grader.post("/account/password", {"current": PASSWORD, "new": new, "again": new}).status_code == 303
    )


def change_own_phone(grader, operator, portal: Portal) -> None:
    assert grader.post("/account/second-factor", {"password": PASSWORD}).status_code == 303


def sign_out_elsewhere(grader, operator, portal: Portal) -> None:
    assert grader.post("/account/sessions/close").headers["location"].endswith("done_sessions_all")


def sign_out_by_operator(grader, operator, portal: Portal) -> None:
    answer = operator.post(f"/operate/people/by-id/{grader.person.id}/sign-out")
    assert answer.headers["location"].endswith("done_sessions_all")


def reset_phone_by_operator(grader, operator, portal: Portal) -> None:
    assert operator.post(f"/operate/people/by-id/{grader.person.id}/second-factor").status_code == 303


def reset_phone_by_command(grader, operator, portal: Portal) -> None:
    call = ["reset-second-factor", grader.person.id, "--data", str(portal.settings.data)]
    assert CliRunner().invoke(people_command, call, catch_exceptions=False).exit_code == 0


@pytest.mark.parametrize(
    "act",
    [
        change_own_password,
        change_own_phone,
        sign_out_elsewhere,
        sign_out_by_operator,
        reset_phone_by_operator,
        reset_phone_by_command,
    ],
)
def test_a_key_ends_with_what_it_was_made_with(
    sign_in, portal: Portal, monkeypatch: pytest.MonkeyPatch, act: Callable[..., None]
) -> None:
    """Whoever stole a session, password or phone keeps no door open; the answer says how to connect again."""
    monkeypatch.setattr("grader.wire.open_course", lambda root: (portal.workspace, portal.course))
    grader, operator = sign_in(Access.GRADER), sign_in(Access.OPERATOR)
    with portal.store.write() as db:
        set_password_hash(db, grader.person.id, passwords_of(portal).hash(PASSWORD), portal.now())
        text, _ = create_token(db, grader.person.id, "PC", portal.now(), account.TOKEN_LIFETIME)
    bearer = TestClient(grader.browser.app, headers={"Authorization": f"Bearer {text}"})
    assert bearer.get("/api/v1/me").status_code == 200
    act(grader, operator, portal)
    refused = bearer.get("/api/v1/me")
    assert refused.status_code == 401
    assert "medai spool connect" in refused.json()["hint"]["ko"]


def test_a_bearer_token_beside_a_cookie_does_not_lend_it_freedom(trainee, portal: Portal) -> None:
    """A made-up bearer token skips the forgery check, so the cookie beside it must count for nothing."""
    answer = trainee.browser.post(
        "/account/language", data={"language": "en"}, headers={"Authorization": "Bearer x.y"}
    )
    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/sign-in")


def fill(portal: Portal, person: str, uuid: str, text: bytes) -> None:
    """Give a person a submission with a receipt and a result that is not released."""
    digest = put_blob(portal.store.folder, text).digest
    now = portal.now()
    number = int(uuid[-2:])
    with portal.store.write() as db:
        db.execute(
            insert(schema.submissions).values(
                uuid=uuid,
                person=person,
                assignment="e1",
                attempt=1,
                file_name="강한별_과제.ipynb",
                digest=digest,
                notebook_digest=digest,
                size_bytes=len(text),
                received_at=now,
                late_s=0,
                origin="page",
                is_original_kept=True,
                notes=[],
            )
        )
        receipt = {"number": number, "submission": uuid, "text": '{"signed": 1}', "hash": f"{number:064}"}
        db.execute(insert(schema.receipts).values(receipt))
        result = {"status": "graded", "standing": "scored", "score": 7.0, "needs_person": False}
        more = {"cells": {}, "messages": [], "graded_at": now, "assignment": "e1", "person": person}
        db.execute(insert(schema.results).values(submission=uuid, **result, **more))


def test_own_data_come_as_a_zip(trainee, sign_in, portal: Portal) -> None:
    """Everything about oneself, nothing of others, no secret, and no result before its release."""
    sign_in(id="somebody-else")
    fill(portal, trainee.person.id, "00000000-0000-4000-8000-000000000001", b"mine")
    fill(portal, "somebody-else", "00000000-0000-4000-8000-000000000002", b"theirs")
    answer = trainee.post("/account/data")
    assert answer.headers["content-type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    everything = b"\n".join(archive.read(name) for name in archive.namelist()).decode()
    assert archive.read("submissions/e1/1/강한별_과제.ipynb") == b"mine"
    assert archive.read("receipts/1.json") == b'{"signed": 1}'
    assert json.loads(archive.read("profile.json"))["name"] == trainee.person.name
    assert json.loads(archive.read("results.json")) == []
    assert "theirs" not in everything
    assert "somebody-else" not in everything
    assert "argon2" not in everything
    assert trainee.csrf not in everything
    assert not list(portal.settings.data.rglob("*.zip"))


def test_deleting_leaves_no_trace_of_who_it_was(trainee, portal: Portal) -> None:
    """Id and name are in no text of any table; receipts and results stay under the pseudonym."""
    fill(portal, trainee.person.id, "00000000-0000-4000-8000-000000000001", b"mine")
    assert trainee.post("/account/delete", {"password": "wrong"}).status_code == 400
    answer = trainee.post("/account/delete", {"password": PASSWORD})
    assert answer.status_code == 200
    assert "삭제했습니다" in answer.text
    assert trainee.get("/account").status_code == 303
    with portal.store.write() as db:
        assert read_setting(db, TO_FORGET) == [trainee.person.id]
        db.execute(schema.settings.delete())
    with portal.store.read() as db:
        for table in schema.metadata.sorted_tables:
            for row in db.execute(select(table)).mappings():
                kept = " ".join(str(value) for value in row.values())
                assert trainee.person.id not in kept, table.name
                assert trainee.person.name not in kept, table.name
                assert "강한별" not in kept, table.name
        receipt = db.execute(select(schema.receipts.c.text)).scalar_one()
        owner = db.execute(select(schema.results.c.person)).scalar_one()
        gone = find_account(db, owner)
    assert receipt == '{"signed": 1}'
    assert gone is not None
    assert owner == f"deleted-{gone.pseudonym}"
    assert gone.deleted_at == portal.now()


def test_every_column_with_an_id_is_known() -> None:
    """A new table that names people cannot be forgotten when somebody is deleted."""
    named = {f"{column.table.name}.{column.name}" for column in columns_with_ids()}
    assert {"submissions.person", "audit.actor", "marks.marker", "jobs.person", "extensions.target"} <= named
    suspicious = ("person", "actor", "marker", "_by")
    for table in schema.metadata.sorted_tables:
        for column in table.c:
            is_text = isinstance(column.type, String)
            if is_text and column.name.endswith(suspicious) and table is not schema.people:
                assert f"{table.name}.{column.name}" in named


def test_deleting_works_on_both_databases(store) -> None:
    """The order of changes satisfies foreign keys of SQLite and PostgreSQL."""
    from datetime import UTC, datetime

    from grader.model.people import Person
    from grader.store.people import add_people, list_people

    now = datetime(2026, 4, 20, tzinfo=UTC)
    with store.write() as db:
        add_people(db, [Person(id="대구 003", name="강한별", site="daegu", role="it")], now)
        new_id = delete_person(db, "대구 003", now)
    with store.read() as db:
        assert list_people(db) == []
        assert [line.actor for line in list_audit(db)] == [new_id]


def test_the_last_operator_stays(sign_in, portal: Portal) -> None:
    """Somebody must be able to run the portal."""
    operator = sign_in(Access.OPERATOR)
    with portal.store.write() as db:
        set_password_hash(db, operator.person.id, passwords_of(portal).hash(PASSWORD), portal.now())
    assert operator.post("/account/delete", {"password": PASSWORD}).status_code == 403
    assert operator.get("/account").status_code == 200


def test_staff_stay_named_in_what_they_did(sign_in, portal: Portal) -> None:
    """A grader cannot take their name off marks; the page says whom to ask."""
    grader = sign_in(Access.GRADER, "mark-1")
    with portal.store.write() as db:
        set_password_hash(db, "mark-1", passwords_of(portal).hash(PASSWORD), portal.now())
        record(db, portal.now(), "mark-1", "marked")
    assert "/account/delete" not in grader.get("/account").text
    for page in (grader.get("/account/delete"), grader.post("/account/delete", {"password": PASSWORD})):
        assert "운영자에게 계정 사용 중지를 요청" in page.text
        assert "danger" not in page.text
    with portal.store.read() as db:
        assert [line.actor for line in list_audit(db)] == ["mark-1"]
        assert find_account(db, "mark-1") is not None


def test_a_second_click_on_delete_is_no_fault(trainee, portal: Portal, monkeypatch) -> None:
    """Two requests of one double click both pass the door before either has deleted."""
    whole = account.delete_person

    def delete_twice(db, person_id: str, now):
        return whole(db, person_id, now), whole(db, person_id, now)

    monkeypatch.setattr(account, "delete_person", delete_twice)
    assert trainee.post("/account/delete", {"password": PASSWORD}).status_code == 200


def test_an_export_is_named_by_the_day_at_the_sites(trainee, portal_clock) -> None:
    """At 01:00 in Seoul it is still yesterday in UTC."""
    portal_clock.at = portal_clock.at.replace(day=20, hour=16)
    assert "medai-2026-04-21.zip" in trainee.post("/account/data").headers["content-disposition"]


def test_a_lost_phone_is_changed_with_the_password(sign_in, portal: Portal) -> None:
    """The old second factor is forgotten, and until a new one is set up nothing else opens."""
    grader = sign_in(Access.GRADER)
    with portal.store.write() as db:
        set_password_hash(db, grader.person.id, passwords_of(portal).hash(PASSWORD), portal.now())
    assert grader.post("/account/second-factor", {"password": "wrong"}).status_code == 400
    answer = grader.post("/account/second-factor", {"password": PASSWORD})
    assert answer.headers["location"] == "/sign-in/enrol"
    assert grader.get("/account").headers["location"].startswith("/sign-in/second")


def test_the_language_is_remembered(trainee) -> None:
    """For the person and on this device."""
    assert trainee.post("/account/language", {"language": "en"}).status_code == 303
    assert "My account" in trainee.get("/account").text
    assert trainee.post("/account/language", {"language": "fr"}).status_code == 400
