"""The API as programs see it: handing in, receipts, releases, feedback, and every no with its words."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import uuid4

import pytest
from office import count_waiting
from starlette.testclient import TestClient

from grader.authoring.build import build_release
from grader.authoring.notebook import notebook_bytes
from grader.exchange.client import content_digest
from grader.model.people import Access
from grader.portal.context import Portal
from grader.receipts.receipt import KeyList, read_receipt
from grader.receipts.verify import verify_receipt
from grader.store.blobs import has_blob, read_blob
from grader.store.feedback import keep_feedback
from grader.store.refusals import list_refusals
from grader.store.releases import ReleaseRules, release_assignment, release_feedback, withdraw_release
from grader.store.tokens import create_token
from grader.text import Language

NAME = "e0-first-notebook"


@dataclass
class Program:
    """Something with a token."""

    person: str
    browser: TestClient
    headers: dict[str, str]

    def get(self, path: str, **more: str):
        return self.browser.get(f"/api/v1{path}", headers={**self.headers, **more})

    def put(self, path: str, content: bytes, **more: str):
        headers = {**self.headers, "Content-Digest": content_digest(content), **more}
        return self.browser.put(f"/api/v1{path}", content=content, headers=headers)

    def hand_in(self, content: bytes, uuid: str = "", assignment: str = NAME, **more: str):
        return self.put(f"/submissions/{uuid or uuid4()}?assignment={assignment}", content, **more)

    def delete(self, path: str):
        return self.browser.delete(f"/api/v1{path}", headers=self.headers)


Enter = Callable[..., Program]


@pytest.fixture
def enter(portal: Portal, sign_in) -> Enter:
    """Return a function that gives a person's program a token."""

    def make(access: Access = Access.TRAINEE, id: str = "") -> Program:
        signed_in = sign_in(access, id)
        person, app = signed_in.person, signed_in.browser.app
        with portal.store.write() as db:
            text, _ = create_token(db, person.id, "test", portal.now(), timedelta(days=1))
        browser = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
        return Program(person.id, browser, {"Authorization": f"Bearer {text}"})

    return make


@pytest.fixture(scope="session")
def notebook(course) -> bytes:
    """The release of a real assignment."""
    content = course.assignments[NAME]
    return notebook_bytes(build_release(content.sheet, content.assignment, Language.KO))


@pytest.fixture
def rules(portal: Portal) -> ReleaseRules:
    """Open since yesterday, due in a week."""
    now = portal.now()
    return ReleaseRules(opens_at=now - timedelta(days=1), due_at=now + timedelta(days=7))


Release = Callable[[ReleaseRules], None]


@pytest.fixture
def release(portal: Portal, notebook: bytes) -> Release:
    """Return a function that releases the assignment under rules."""
    for language in Language:
        folder = portal.settings.handout_dir / language / NAME
        folder.mkdir(parents=True)
        (folder / f"{NAME}.ipynb").write_bytes(notebook + language.encode()[:0])
        (folder / "data.csv").write_text(f"{language}\n")
    labels = [cell["metadata"].get("nbgrader", {}) for cell in json.loads(notebook)["cells"]]
    ids = [label["grade_id"] for label in labels if label.get("grade") or label.get("solution")]

    def make(rules: ReleaseRules) -> None:
        with portal.store.write() as db:
            release_assignment(db, NAME, 1, rules, {NAME: ids}, by="i", now=portal.now())

    return make


@pytest.fixture
def released(release: Release, rules: ReleaseRules) -> None:
    release(rules)


def unzip(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return buffer.getvalue()


def assert_fault(answer, status: int, code: str) -> dict:
    assert answer.status_code == status, answer.text
    fault = answer.json()
    assert fault["code"] == code
    for part in ("message", "hint"):
        assert set(fault[part]) == {"ko", "en"}
        assert all(fault[part].values())
    assert answer.headers["x-content-type-options"] == "nosniff"
    return fault


def test_everybody_may_ask_which_course_and_keys(client, course) -> None:
    assert client.get("/api/v1/course").json()["id"] == course.programme.id
    keys = client.get("/api/v1/keys")
    assert len(KeyList.model_validate_json(keys.content).keys) == 1


def test_me(enter, course) -> None:
    me = enter().get("/me").json()
    assert (me["id"], me["language"], me["course"]) == ("trainee-1", "ko", course.programme.id)


@pytest.mark.usefixtures("released")
class TestHandingIn:
    def test_a_receipt_that_verifies_offline(self, enter, notebook, client) -> None:
        program, uuid = enter(), str(uuid4())
        answer = program.hand_in(
            notebook,
            uuid,
            **{"X-File-Name": "UTF-8''%EB%8B%B5.ipynb", "X-Client-Time": "2026-04-20T18:00:01+09:00"},
        )
        assert answer.status_code == 201, answer.text
        given = answer.json()
        assert (given["uuid"], given["attempt"], given["late_s"]) == (uuid, 1, 0)
        assert given["digest"] == hashlib.sha256(notebook).hexdigest()
        assert given["file_name"] == "답.ipynb"
        assert given["client_at"] == "2026-04-20T09:00:01Z"
        assert given["origin"] == "api"
        keys = KeyList.model_validate_json(client.get("/api/v1/keys").content)
        signed, findings = verify_receipt(given["receipt"], keys)
        assert signed is not None
        assert [finding for finding in findings if not finding.trouble.is_remark] == []
        assert signed.code == given["code"]
        assert (signed.receipt.submission, signed.receipt.upload.sha256) == (uuid, given["digest"])
        assert program.get(f"/submissions/{uuid}/receipt").text == given["receipt"]
        assert unzip(program.get(f"/submissions/{uuid}/files").content) == {f"{NAME}.ipynb": notebook}
        assert program.get(f"/submissions/{uuid}").json()["attempt"] == 1

    def test_the_same_again_is_the_same_receipt(self, enter, notebook) -> None:
        program, uuid = enter(), str(uuid4())
        first, again = program.hand_in(notebook, uuid), program.hand_in(notebook, uuid)
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.json() == first.json()
        assert len(program.get("/submissions").json()["items"]) == 1

    def test_an_uuid_in_capitals_is_the_same(self, enter, notebook) -> None:
        program, uuid = enter(), str(uuid4())
        assert program.hand_in(notebook, uuid).status_code == 201
        assert program.hand_in(notebook, uuid.upper()).status_code == 200

    def test_other_bytes_under_the_same_uuid(self, enter, notebook) -> None:
        program, uuid = enter(), str(uuid4())
        program.hand_in(notebook, uuid)
        assert_fault(program.hand_in(notebook + b"\n", uuid), 409, "conflict")
        assert len(program.get("/submissions").json()["items"]) == 1

    def test_somebody_elses_uuid(self, enter, notebook) -> None:
        one, other, uuid = enter(id="t-1"), enter(id="t-2"), str(uuid4())
        one.hand_in(notebook, uuid)
        assert_fault(other.hand_in(notebook, uuid), 409, "conflict")
        for part in ("", "/receipt", "/files"):
            assert_fault(other.get(f"/submissions/{uuid}{part}"), 404, "not-found")
        assert other.get("/submissions").json()["items"] == []

    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ("", "digest-missing"),
            ("sha-512=:AAAA:", "digest-missing"),
            ("sha-256=:not base64:", "digest-missing"),
            ("sha-256=AAAA", "digest-missing"),
            (content_digest(b"other"), "digest-wrong"),
        ],
    )
    def test_wrong_digests(self, portal, enter, notebook, given, code) -> None:
        program = enter()
        assert_fault(program.hand_in(notebook, **{"Content-Digest": given}), 400, code)
        assert program.get("/submissions").json()["items"] == []
        with portal.store.read() as db:
            assert list_refusals(db, program.person) == []

    def test_a_digest_among_others(self, enter, notebook) -> None:
        several = f"md5=:AAAA:, {content_digest(notebook)}, sha-512=:BBBB:"
        assert enter().hand_in(notebook, **{"Content-Digest": several}).status_code == 201

    @pytest.mark.parametrize(
        ("content", "name", "code"),
        [
            (b"%PDF-1.7", "a.ipynb", "name-disagrees"),
            (b"{", "a.ipynb", "not-json"),
            (b"", "a.ipynb", "empty"),
            (zipped(**{"..__x": b""}).replace(b"..", b"//"), "a.zip", "archive-outside"),
            (b"MZ", "a.exe", "other-kind"),
        ],
    )
    def test_what_the_door_refuses_is_kept_with_its_reason(self, portal, enter, content, name, code) -> None:
        program, uuid = enter(), str(uuid4())
        assert_fault(program.hand_in(content, uuid, **{"X-File-Name": name}), 422, code)
        with portal.store.read() as db:
            [refusal] = list_refusals(db, program.person)
        assert (refusal.uuid, refusal.reason, refusal.file_name) == (uuid, code, name)
        assert refusal.digest is not None
        assert read_blob(portal.store.folder, refusal.digest) == content
        assert program.get("/submissions").json()["items"] == []

    def test_a_zip_without_a_name_is_known_by_its_bytes(self, enter, notebook) -> None:
        answer = enter().hand_in(zipped(work__ipynb=notebook, extra__csv=b"1"))
        assert answer.status_code == 201, answer.text
        assert answer.json()["file_name"] == f"{NAME}.zip"
        assert answer.json()["notes"][0]["ko"]

    def test_too_big(self, portal, enter) -> None:
        content = b"0" * (portal.settings.max_upload_bytes + 1)
        assert_fault(enter().hand_in(content), 413, "too-big")

    def test_another_assignment(self, enter, notebook) -> None:
        assert_fault(enter().hand_in(notebook, assignment="nothing"), 404, "not-released")

    def test_headers_that_are_wrong(self, enter, notebook) -> None:
        program = enter()
        fault = assert_fault(program.hand_in(notebook, **{"X-Client-Time": "yesterday"}), 400, "bad-request")
        assert "x-client-time" in fault["message"]["en"]
        assert "yesterday" not in str(fault), "values may be personal"
        assert_fault(
            program.hand_in(notebook, **{"X-Client-Time": "2026-04-20T18:00:01"}), 400, "bad-request"
        )
        assert_fault(program.put("/submissions/no-uuid?assignment=x", b""), 400, "bad-request")
        assert_fault(program.put(f"/submissions/{uuid4()}", notebook), 400, "bad-request")

    @pytest.mark.parametrize(
        "name", ["UTF-8''%FF%FE", "UTF-8''..%2F..%2Fx.ipynb", "a\\b\\c.ipynb", "UTF-8''%00.ipynb"]
    )
    def test_hostile_file_names_are_only_names(self, enter, notebook, name) -> None:
        answer = enter().hand_in(notebook, **{"X-File-Name": name})
        assert answer.status_code in {201, 422}
        if answer.status_code == 201:
            assert not set("/\\\0") & set(answer.json()["file_name"])

    def test_pages_of_attempts(self, enter, notebook, monkeypatch) -> None:
        monkeypatch.setattr("grader.portal.api.submissions.PAGE", 2)
        program = enter()
        for number in range(3):
            program.hand_in(notebook + b" " * number)
        first = program.get("/submissions").json()
        second = program.get(f"/submissions?after={first['next']}").json()
        attempts = [one["attempt"] for page in (first, second) for one in page["items"]]
        assert attempts == [3, 2, 1]
        assert second["next"] is None
        assert_fault(program.get(f"/submissions?after={uuid4()}"), 400, "bad-request")
        assert program.get("/submissions?assignment=other").json()["items"] == []

    def test_the_session_cookie_needs_the_csrf_header(self, sign_in, notebook) -> None:
        me = sign_in()
        path = f"/api/v1/submissions/{uuid4()}?assignment={NAME}"
        headers = {"Content-Digest": content_digest(notebook), "Content-Type": "application/octet-stream"}
        assert_fault(me.browser.put(path, content=notebook, headers=headers), 403, "forgery")
        headers["X-CSRF-Token"] = me.csrf
        assert me.browser.put(path, content=notebook, headers=headers).status_code == 201
        assert me.browser.get("/api/v1/me").json()["id"] == me.person.id

    def test_files_that_are_gone(self, portal, enter, notebook) -> None:
        program, uuid = enter(), str(uuid4())
        program.hand_in(notebook, uuid)
        for path in (portal.store.folder / "blobs").glob("*/*"):
            path.unlink()
        assert_fault(program.get(f"/submissions/{uuid}/files"), 404, "files-gone")
        assert program.get(f"/submissions/{uuid}/receipt").status_code == 200


class TestRules:
    def test_not_open_yet(self, portal, enter, release, rules, notebook) -> None:
        release(replace(rules, opens_at=portal.now() + timedelta(hours=1)))
        fault = assert_fault(enter().hand_in(notebook), 422, "not-open")
        assert "4월 20일(월) 19:00" in fault["message"]["ko"], "Korean time"

    def test_closed_keeps_the_bytes(self, portal, enter, release, rules, notebook, portal_clock) -> None:
        release(replace(rules, closes_at=rules.due_at))
        portal_clock.forward(days=8)
        program = enter()
        fault = assert_fault(program.hand_in(notebook), 422, "closed")
        assert "연장" in fault["message"]["ko"]
        with portal.store.read() as db:
            [refusal] = list_refusals(db, program.person)
        assert refusal.digest is not None
        assert read_blob(portal.store.folder, refusal.digest) == notebook

    def test_late_is_taken_and_said(self, enter, release, rules, notebook, portal_clock) -> None:
        release(rules)
        portal_clock.forward(days=7, seconds=90)
        assert enter().hand_in(notebook).json()["late_s"] == 90

    def test_attempts_and_cool_down(self, enter, release, rules, notebook, portal_clock) -> None:
        release(replace(rules, max_attempts=2, cool_down_s=600))
        program, uuid = enter(), str(uuid4())
        assert program.hand_in(notebook, uuid).status_code == 201
        assert_fault(program.hand_in(notebook + b" "), 422, "too-soon")
        assert program.hand_in(notebook, uuid).status_code == 200, "a repetition is no attempt"
        portal_clock.forward(minutes=11)
        assert program.hand_in(notebook + b" ").status_code == 201
        portal_clock.forward(minutes=11)
        assert_fault(program.hand_in(notebook + b"  "), 422, "no-attempt-left")

    def test_withdrawn(self, portal, enter, release, rules, notebook) -> None:
        release(rules)
        program, uuid = enter(), str(uuid4())
        program.hand_in(notebook, uuid)
        with portal.store.write() as db:
            withdraw_release(db, NAME, portal.now())
        assert_fault(program.hand_in(notebook + b" "), 404, "not-released")
        assert program.hand_in(notebook, uuid).status_code == 200, "the receipt is still given"
        assert_fault(program.get(f"/assignments/{NAME}/release"), 404, "not-found")
        assert program.get("/assignments").json()["items"] == []

    def test_outputs_are_never_kept_where_they_must_not_be(
        self, portal, enter, release, rules, notebook
    ) -> None:
        release(replace(rules, strip_outputs=True))
        value = json.loads(notebook)
        code = next(cell for cell in value["cells"] if cell["cell_type"] == "code")
        code["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "환자 홍길동"}]
        content = json.dumps(value).encode()
        program, uuid = enter(), str(uuid4())
        given = program.hand_in(content, uuid).json()
        assert given["digest"] == hashlib.sha256(content).hexdigest()
        [kept] = unzip(program.get(f"/submissions/{uuid}/files").content).values()
        assert "홍길동" not in json.loads(kept).__str__()
        assert not has_blob(portal.store.folder, given["digest"])
        assert program.hand_in(content, uuid).status_code == 200
        assert_fault(program.hand_in(content[:-2]), 422, "not-json")
        blobs = (portal.store.folder / "blobs").glob("*/*")
        assert not any("홍길동" in json.dumps(path.read_text("utf-8", "replace")) for path in blobs)
        escaped = json.dumps("홍길동")[1:-1].encode()
        assert not any(escaped in path.read_bytes() for path in (portal.store.folder / "blobs").glob("*/*"))

    def test_grading_is_asked_for_once(self, portal, enter, release, rules, notebook) -> None:
        release(replace(rules, grade_on_hand_in=True))
        program, uuid = enter(), str(uuid4())
        program.hand_in(notebook, uuid)
        program.hand_in(notebook, uuid)
        with portal.store.read() as db:
            assert count_waiting(db) == 1


@pytest.mark.usefixtures("released")
class TestReading:
    def test_what_is_out(self, enter) -> None:
        [one] = enter().get("/assignments").json()["items"]
        assert (one["id"], one["state"], one["attempts"]) == (NAME, "open", 0)
        assert one["title"]["ko"]

    def test_details_name_the_files_of_both_languages(self, enter, notebook) -> None:
        given = enter().get(f"/assignments/{NAME}").json()
        assert given["notebooks"] == [f"{NAME}.ipynb"]
        assert [one["path"] for one in given["files"]] == ["data.csv", "data.csv", f"{NAME}.ipynb"]
        assert given["files"][2]["sha256"] == hashlib.sha256(notebook).hexdigest()

    def test_the_release_as_a_zip(self, enter, notebook) -> None:
        program = enter()
        korean, english = (program.get(f"/assignments/{NAME}/release?language={one}") for one in ("ko", "en"))
        assert unzip(korean.content) == {f"{NAME}.ipynb": notebook, "data.csv": b"ko\n"}
        assert unzip(english.content)["data.csv"] == b"en\n"
        assert korean.headers["content-digest"] == content_digest(korean.content)
        same = program.get(f"/assignments/{NAME}/release", **{"If-None-Match": korean.headers["etag"]})
        assert (same.status_code, same.content) == (304, b"")
        other = program.get(f"/assignments/{NAME}/release", **{"If-None-Match": english.headers["etag"]})
        assert other.status_code == 200
        assert_fault(program.get(f"/assignments/{NAME}/release?language=fr"), 400, "bad-request")

    def test_a_release_that_opens_later_is_for_instructors(self, portal, enter, release, rules) -> None:
        release(replace(rules, opens_at=portal.now() + timedelta(hours=1)))
        assert enter().get("/assignments").json()["items"] == []
        assert_fault(enter().get(f"/assignments/{NAME}"), 404, "not-found")
        [one] = enter(Access.INSTRUCTOR).get("/assignments").json()["items"]
        assert one["state"] == "not-open"

    def test_nothing_there(self, enter) -> None:
        program = enter()
        for path in ("/assignments/x", "/assignments/x/release", "/assignments/x/feedback", "/nothing"):
            assert_fault(program.get(path), 404, "not-found")
        assert_fault(
            program.browser.patch("/api/v1/course", headers=program.headers), 405, "method-not-allowed"
        )

    def test_feedback_of_an_own_nbgrader_is_there_at_once(self, portal, enter, notebook) -> None:
        program, uuid = enter(), str(uuid4())
        program.hand_in(notebook, uuid)
        program.hand_in(notebook + b" ")
        assert unzip(program.get(f"/assignments/{NAME}/feedback").content) == {}
        pages = {f"{NAME}.html": b"<p>good</p>"}
        assert keep_feedback(portal.store, uuid, pages, by="i", now=portal.now())
        assert unzip(program.get(f"/assignments/{NAME}/feedback").content) == {
            f"attempt-1/{NAME}.html": b"<p>good</p>"
        }
        newest, first = program.get("/submissions").json()["items"]
        digest = hashlib.sha256(b"<p>good</p>").hexdigest()
        assert first["feedback"] == [{"name": f"{NAME}.html", "sha256": digest}]
        assert newest["feedback"] == []
        assert unzip(enter(id="t-2").get(f"/assignments/{NAME}/feedback").content) == {}

    def test_our_feedback_waits_for_its_release(self, portal, enter, notebook) -> None:
        from sqlalchemy import insert

        from grader.store.schema import results

        program, uuid = enter(), str(uuid4())
        program.hand_in(notebook, uuid)
        folder = portal.settings.course_dir / "feedback" / program.person / NAME
        folder.mkdir(parents=True)
        (folder / f"{NAME}.html").write_bytes(b"<p>ours</p>")
        with portal.store.write() as db:
            row = {"submission": uuid, "person": program.person, "assignment": NAME, "status": "graded",
                   "standing": "passed", "needs_person": False, "cells": {}, "messages": [],
                   "graded_at": portal.now()}  # fmt: skip
            db.execute(insert(results).values(row))
        assert unzip(program.get(f"/assignments/{NAME}/feedback").content) == {}
        with portal.store.write() as db:
            release_feedback(db, NAME, portal.now())
        assert unzip(program.get(f"/assignments/{NAME}/feedback").content) == {
            f"attempt-1/{NAME}.html": b"<p>ours</p>"
        }


class TestStaff:
    def release(self, program: Program, notebook: bytes, name: str = "ps1", query: str = ""):
        return program.put(
            f"/assignments/{name}/release{query}", zipped(problem__ipynb=notebook, data__csv=b"1")
        )

    def test_the_whole_round(self, portal, enter, notebook, portal_clock) -> None:
        teacher, program = enter(Access.INSTRUCTOR), enter()
        plain = json.loads(notebook)
        plain["metadata"].pop("medai", None)
        given = self.release(teacher, json.dumps(plain).encode())
        assert given.status_code == 200, given.text
        assert set(given.json()["grade_ids"]) == {"problem"}
        assert given.json()["grade_ids"]["problem"]
        assert sorted(unzip(program.get("/assignments/ps1/release").content)) == ["data.csv", "problem.ipynb"]
        uuids = [str(uuid4()) for _ in range(2)]
        for uuid in uuids:
            answer = program.hand_in(json.dumps(plain).encode() + uuid[:0].encode(), uuid, "ps1")
            assert answer.status_code == 201, answer.text
            portal_clock.forward(seconds=1)
        [latest] = teacher.get("/assignments/ps1/submissions").json()["items"]
        assert (latest["person"], latest["attempt"], latest["uuid"]) == (program.person, 2, uuids[1])
        every = teacher.get("/assignments/ps1/submissions?which=all").json()["items"]
        assert [one["attempt"] for one in every] == [2, 1]
        assert sorted(unzip(teacher.get(f"/staff/submissions/{uuids[1]}/files").content)) == ["problem.ipynb"]
        pages = zipped(problem__html=b"<p>well done</p>")
        assert teacher.put(f"/staff/submissions/{uuids[1]}/feedback", pages).status_code == 200
        assert unzip(program.get("/assignments/ps1/feedback").content) == {
            "attempt-2/problem.html": b"<p>well done</p>"
        }
        assert teacher.delete("/assignments/ps1/release").status_code == 204
        assert_fault(teacher.delete("/assignments/ps1/release"), 404, "not-found")
        assert_fault(program.get("/assignments/ps1/release"), 404, "not-found")
        assert len(program.get("/submissions").json()["items"]) == 2

    def test_pages_of_a_class(self, enter, notebook, released, monkeypatch) -> None:
        monkeypatch.setattr("grader.portal.api.staff.PAGE", 2)
        for number in range(5):
            assert enter(id=f"t-{number}").hand_in(notebook).status_code == 201
        teacher, seen, after = enter(Access.INSTRUCTOR), [], ""
        while after is not None:
            page = teacher.browser.get(
                f"/api/v1/assignments/{NAME}/submissions", params={"after": after}, headers=teacher.headers
            ).json()
            seen += [one["person"] for one in page["items"]]
            after = page["next"]
        assert sorted(seen) == [f"t-{number}" for number in range(5)]
        for wrong in ("x", "2026-04-20T09:00:00~x", f"2026-04-20T09:00:00~{uuid4()}", "~"):
            path = f"/assignments/{NAME}/submissions?after={wrong}"
            assert_fault(teacher.get(path), 400, "bad-request")

    def test_what_cannot_be_released(self, enter, notebook) -> None:
        teacher = enter(Access.INSTRUCTOR)
        assert_fault(self.release(teacher, notebook, NAME), 409, "course-assignment")
        assert_fault(self.release(teacher, notebook, "Bad Name"), 422, "bad-name")
        assert_fault(self.release(teacher, b"{"), 422, "not-json")
        assert_fault(teacher.put("/assignments/ps1/release", b"no zip"), 422, "archive-not-zip")
        two = zipped(a__ipynb=notebook, b__ipynb=notebook)
        assert_fault(teacher.put("/assignments/ps1/release", two), 422, "one-notebook")
        assert self.release(teacher, notebook).json()["revision"] == 1
        assert_fault(self.release(teacher, notebook), 409, "already-released")
        assert self.release(teacher, notebook, query="?replace=true").json()["revision"] == 2

    def test_what_is_no_feedback(self, enter, notebook, released) -> None:
        teacher, program, uuid = enter(Access.INSTRUCTOR), enter(), str(uuid4())
        program.hand_in(notebook, uuid)
        path = f"/staff/submissions/{uuid}/feedback"
        for content in (zipped(), zipped(a__exe=b""), zipped(**{"a/b__html": b""})):
            assert_fault(teacher.put(path, content), 422, "not-feedback")
        assert_fault(
            teacher.put(f"/staff/submissions/{uuid4()}/feedback", zipped(a__html=b"x")), 404, "not-found"
        )
        assert_fault(teacher.get(f"/staff/submissions/{uuid4()}/files"), 404, "not-found")

    @pytest.mark.parametrize("access", [Access.TRAINEE, Access.GRADER, Access.OPERATOR])
    def test_nobody_else(self, enter, released, access) -> None:
        """Graders mark blind: lists with names are not for them."""
        program = enter(access)
        for answer in (
            program.put("/assignments/ps1/release", b""),
            program.delete(f"/assignments/{NAME}/release"),
            program.get(f"/assignments/{NAME}/submissions"),
            program.get(f"/staff/submissions/{uuid4()}/files"),
            program.put(f"/staff/submissions/{uuid4()}/feedback", b""),
        ):
            assert_fault(answer, 403, "not-granted")


class TestAccess:
    @pytest.mark.parametrize("token", ["Bearer x.y", "Bearer ", "Bearer \u00e9", "Basic eA==", ""])
    def test_no_token(self, client, released, token) -> None:
        headers = {"Authorization": token.encode("latin-1")} if token else {}
        for path in ("/me", "/assignments", "/submissions"):
            answer = client.get(f"/api/v1{path}", headers=headers)
            assert_fault(answer, 401, "sign-in-needed")
            assert answer.headers["www-authenticate"].startswith("Bearer")

    def test_staff_do_not_hand_in(self, enter, released, notebook) -> None:
        assert_fault(enter(Access.INSTRUCTOR).hand_in(notebook), 403, "not-granted")

    def test_faults_have_a_number_and_no_secrets(self, portal, enter, monkeypatch, caplog) -> None:
        def break_down(*_: object) -> None:
            raise RuntimeError("password=hunter2")

        monkeypatch.setattr("grader.portal.api.about.portal_of", break_down)
        fault = assert_fault(enter().get("/me"), 500, "our-fault")
        assert "hunter2" not in json.dumps(fault)
        number = fault["hint"]["en"].split(": ")[1]
        assert number in caplog.text

    def test_a_database_that_is_away(self, portal, enter, released, notebook, monkeypatch) -> None:
        from grader.errors import EnvironmentProblem

        def gone(*_: object, **__: object) -> None:
            raise EnvironmentProblem("the database cannot be used just now", "try again")

        program = enter()
        monkeypatch.setattr("grader.portal.hand_in.hand_in", gone)
        answer = program.hand_in(notebook)
        assert_fault(answer, 503, "unavailable")
        assert answer.headers["retry-after"] == "30"


def test_read_receipt_of_a_class_chains(enter, notebook, released) -> None:
    receipts = [
        read_receipt(enter(id=f"t-{number}").hand_in(notebook).json()["receipt"]) for number in range(3)
    ]
    assert [one.receipt.number for one in receipts] == [1, 2, 3]
    assert [one.receipt.previous for one in receipts[1:]] == [one.hash for one in receipts[:-1]]
