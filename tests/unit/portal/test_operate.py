"""Pages of operators and what monitoring asks: judged health, audit, keys, retention, metrics."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import insert
from starlette.testclient import TestClient

import grader.portal as portal_room
from grader.model.people import Access, Person
from grader.portal.app import create_app
from grader.portal.health_checks import HealthFacts, Part, Verdict, judge_health
from grader.portal.release import TeachAction
from grader.portal.upkeep import UpkeepAction
from grader.portal.words.audit import ACTIONS
from grader.store.audit import Action, list_audit, record
from grader.store.feedback import FeedbackAction
from grader.store.health import QueueCounts, StoreCounts, StoreSpace
from grader.store.jobs import note_heartbeat
from grader.store.keys import list_keys
from grader.store.people import add_people
from grader.store.prepare import prepare_store
from grader.store.schema import jobs, refusals
from grader.store.settings import BACKED_UP_AT, write_setting
from grader.store.tokens import create_token


@pytest.fixture
def operator(sign_in, portal):
    """An operator's browser, on a portal that is ready for work."""
    prepare_store(portal.store, portal.now())
    return sign_in(Access.OPERATOR)


def refuse(portal, person: str, reason: str = "too-big", days_ago: int = 0) -> None:
    """Add a refused hand-in."""
    row = {
        "uuid": str(uuid4()),
        "person": person,
        "assignment": "e0-first-notebook",
        "file_name": "e0.ipynb",
        "size_bytes": 1,
        "reason": reason,
        "received_at": portal.now() - timedelta(days=days_ago),
    }
    with portal.store.write() as db:
        db.execute(insert(refusals).values(row))


@pytest.fixture
def healthy(portal) -> HealthFacts:
    """A portal on its best day."""
    now = portal.now()
    return HealthFacts(
        now=now,
        counts=StoreCounts(2000, 10, 5, {}, now - timedelta(minutes=1)),
        queue=QueueCounts(1, 0, 4, 0, now - timedelta(minutes=5), 12.0),
        space=StoreSpace(0.001, 10**7, 10**11, 10**12),
        worker_seen_at=now,
        backed_up_at=now - timedelta(hours=20),
        key_made_at=now - timedelta(days=100),
        kept_up_at=now - timedelta(days=1),
        is_https=True,
        is_local=False,
    )


def verdicts(facts: HealthFacts) -> dict[Part, Verdict]:
    """Parts that are not good."""
    return {check.part: check.verdict for check in judge_health(facts) if check.verdict is not Verdict.GOOD}


def test_a_healthy_portal_needs_nothing(healthy) -> None:
    assert verdicts(healthy) == {}
    assert [check.part for check in judge_health(healthy)] == list(Part)


def test_each_trouble_is_named(healthy) -> None:
    now = healthy.now
    space, counts, queue = healthy.space, healthy.counts, healthy.queue
    troubles = {
        (Part.DATABASE, Verdict.WATCH): {"space": replace(space, latency_s=0.5)},
        (Part.DISK, Verdict.WATCH): {"space": replace(space, free_bytes=10**9)},
        (Part.DISK, Verdict.BAD): {"space": replace(space, free_bytes=10**8)},
        (Part.WORKER, Verdict.BAD): {"worker_seen_at": now - timedelta(minutes=3)},
        (Part.QUEUE, Verdict.WATCH): {"queue": replace(queue, oldest_waiting_at=now - timedelta(hours=1))},
        (Part.BACKUP, Verdict.WATCH): {"backed_up_at": now - timedelta(days=2)},
        (Part.BACKUP, Verdict.BAD): {"backed_up_at": None},
        (Part.UPKEEP, Verdict.WATCH): {"kept_up_at": now, "has_upkeep_failed": True},
        (Part.KEY, Verdict.WATCH): {"key_made_at": now - timedelta(days=500)},
        (Part.CLOCK, Verdict.BAD): {"counts": replace(counts, last_receipt_at=now + timedelta(minutes=1))},
        (Part.LINE, Verdict.BAD): {"is_https": False},
    }
    for (part, verdict), change in troubles.items():
        assert verdicts(replace(healthy, **change)) == {part: verdict}


def test_the_health_page_shows_what_was_measured(operator, portal) -> None:
    refuse(portal, "operator-1")
    with portal.store.write() as db:
        note_heartbeat(db, portal.now())
        write_setting(db, BACKED_UP_AT, portal.now().isoformat())
    text = operator.get("/operate").text
    assert "자동 채점기" in text
    assert "too-big" in text
    assert text.count("조치 필요") == 1  # http://testserver is neither https nor this machine
    checked = operator.post("/operate/check")
    assert "이상이 없습니다" in checked.text
    assert "Something needs action" in operator.get("/operate?lang=en").text


def test_a_damaged_store_is_told(operator, portal) -> None:
    """A receipt that nobody signed is no receipt."""
    lost = portal.store.folder / "blobs" / "00"
    lost.mkdir(parents=True)
    (lost / ("0" * 64)).write_bytes(b"x")
    text = operator.post("/operate/check").text
    assert "접수증 없이 남은 파일" in text


def test_the_audit_is_filtered_and_paged(operator, portal) -> None:
    with portal.store.write() as db:
        for number in range(130):
            record(db, portal.now(), "t-1", "tried", f"person:p-{number}", value="<b>x</b>")
        record(db, portal.now(), "system", "other")
    text = operator.get("/operate/audit").text
    assert "p-129" in text
    assert "p-10<" not in text
    assert "&lt;b&gt;x&lt;/b&gt;" in text
    (older,) = re.findall(r'href="(\?[^"]*before=\d+)"', text)
    rest = operator.get("/operate/audit" + older.replace("&amp;", "&")).text
    assert "p-10<" in rest
    assert "p-129" not in rest
    only = operator.get("/operate/audit?action=tried&person=p-7").text
    assert "p-7<" in only
    assert "p-8<" not in only
    assert "조건에 맞는 기록이 없습니다" in operator.get("/operate/audit?person=%F0%9F%A6%8A%27--").text


def test_the_audit_speaks_words(operator, portal) -> None:
    with portal.store.write() as db:
        record(db, portal.now(), "stranger", "sign-in-failed", "person:p-1")
        record(db, portal.now(), "t-1", "work-unblinded", "submission:u-1")
    text = operator.get("/operate/audit").text
    for told in ("로그인하지 않은 사람", "로그인 실패", "사용자 p-1", "누구의 제출물인지 확인", "제출물 u-1"):
        assert f"<td>{told}</td>" in text
    assert '<option value="sign-in-failed">로그인 실패</option>' in text


def test_every_action_has_words() -> None:
    """Those of the enumerations, and those that routes and the worker write out."""
    for actions in (Action, TeachAction, UpkeepAction, FeedbackAction):
        assert set(actions) <= set(ACTIONS)
    sources = [path.read_text("utf-8") for path in Path(portal_room.__file__).parent.rglob("*.py")]
    calls = re.compile(r'\b(?:record|_note)\([^"\n)]*(?:\([^"\n)]*\)[^"\n)]*)*"([a-z]+(?:-[a-z]+)+)"')
    written = {action for source in sources for action in calls.findall(source)}
    assert len(written) >= 5
    assert written <= set(ACTIONS)


def test_keys_rotate_and_the_audit_knows(operator, portal, portal_clock) -> None:
    with portal.store.read() as db:
        (first,) = list_keys(db).keys
    portal_clock.forward(minutes=1)
    assert operator.post("/operate/keys/rotate").status_code == 303
    assert operator.post("/operate/keys/rotate-secrets").status_code == 303
    with portal.store.read() as db:
        old, new = list_keys(db).keys
        actions = [line.action for line in list_audit(db)][:2]
    assert (old.id, old.retired_at, new.retired_at) == (first.id, portal.now(), None)
    assert actions == ["secret-key-rotated", "signing-key-rotated"]
    text = operator.get("/operate/upkeep").text
    assert text.index(new.id) < text.index(first.id)


def test_retention_shows_first_and_removes_then(operator, portal) -> None:
    refuse(portal, "operator-1", days_ago=100)
    refuse(portal, "operator-1", days_ago=10)
    for _ in range(2):  # looking removes nothing
        shown = operator.post("/operate/retention", {"action": "look"})
        assert 'href="/operate/upkeep" aria-current="page"' in shown.text
        assert "받지 않은 제출물</dt><dd>1<" in shown.text
    assert operator.post("/operate/retention", {"action": "remove"}).status_code == 303
    with portal.store.read() as db:
        line = list_audit(db)[0]
    assert (line.action, line.detail["refusals"]) == ("retention-applied", 1)
    assert "지울 것이 없습니다" in operator.post("/operate/retention").text


def test_metrics_are_for_this_machine_and_operators(operator, sign_in) -> None:
    def at(address: str) -> TestClient:
        return TestClient(operator.browser.app, client=(address, 50000))

    assert at("203.0.113.9").get("/metrics").status_code == 404
    assert sign_in(Access.TRAINEE).get("/metrics").status_code == 404
    here = at("127.0.0.1")
    assert here.get("/metrics").status_code == 200
    assert at("::1").get("/metrics").status_code == 200
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"):
        assert here.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404
    assert operator.get("/metrics").status_code == 200


def test_metrics_name_routes_and_reasons_but_nobody(operator, portal) -> None:
    refuse(portal, "operator-1", "too-big")
    refuse(portal, "operator-1", "not-open")
    now = portal.now()
    job = {
        "kind": "grade",
        "assignment": "e0-first-notebook",
        "requested_by": "operator-1",
        "created_at": now,
    }
    done = {**job, "state": "done", "started_at": now, "finished_at": now + timedelta(seconds=42)}
    with portal.store.write() as db:
        db.execute(insert(jobs).values(done))
        db.execute(insert(jobs).values({**job, "state": "waiting"}))
    operator.get("/operate/audit?person=secret-name")
    operator.get("/no/such/page/secret-name")
    text = operator.get("/metrics").text
    assert 'medai_refusals_total{reason="too-big"} 1.0' in text
    assert "medai_grading_seconds_total 42.0" in text
    assert 'medai_jobs{state="waiting"} 1.0' in text
    assert 'route="/operate/audit",status="2xx"' in text
    assert 'route="site",status="4xx"' in text
    assert "secret-name" not in text
    assert "operator-1" not in text


def test_live_and_ready_tell_no_secrets(client, portal, monkeypatch) -> None:
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").json() == {"ready": True, "database": True, "disk": True}
    monkeypatch.setattr("grader.portal.routes.operate_health.NO_ROOM_BYTES", 10**18)
    assert client.get("/readyz").status_code == 503
    monkeypatch.undo()
    portal.store.close()
    database = portal.store.folder / "portal.db"
    for name in ("portal.db-wal", "portal.db-shm"):
        (portal.store.folder / name).unlink(missing_ok=True)
    database.unlink()
    database.mkdir()
    gone = client.get("/readyz")
    assert (gone.status_code, gone.json()) == (503, {"ready": False, "database": False})
    assert client.get("/healthz").status_code == 200


def test_metrics_stay_here_behind_a_proxy(operator, portal) -> None:
    """One on this machine may add no header at all; a key of an operator opens them, another's does not."""

    def ask(app: FastAPI, **headers: str) -> int:
        asking = TestClient(app, client=("127.0.0.1", 50000), base_url="http://127.0.0.1:8000")
        return asking.get("/metrics", headers=headers).status_code

    def serve(**changes: object) -> FastAPI:
        return create_app(replace(portal, settings=replace(portal.settings, **changes)))

    assert ask(serve(public_url="http://127.0.0.1:8000")) == 200
    assert ask(serve(public_url="http://127.0.0.1:8000", trusted_proxies=frozenset({"127.0.0.1"}))) == 404
    assert ask(serve(public_url="http://learn.example")) == 404
    behind = serve(public_url="https://learn.example")
    assert ask(behind) == 404
    with portal.store.write() as db:
        trainee = Person(id="t-1", name="x", site="jeju", role="it")
        add_people(db, [trainee], portal.now())
        keys = [create_token(db, id, "m", portal.now(), timedelta(days=9))[0] for id in ("operator-1", "t-1")]
    assert [ask(behind, Authorization=f"Bearer {key}") for key in keys] == [200, 404]
