"""Pages of trainees: overview, assignment, downloads, handing in, receipt, feedback, regrade requests."""

from __future__ import annotations

import io
import re
import uuid
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import nbformat
import pytest
from portal_world import World

from grader.portal.context import Portal
from grader.receipts.receipt import KeyList, read_receipt
from grader.receipts.verify import verify_receipt
from grader.site.serve import FEEDBACK_POLICY
from grader.store.announcements import add_announcement, withdraw_announcement
from grader.store.hand_in import HandedIn
from grader.store.jobs import enqueue_grading
from grader.store.keys import list_keys
from grader.store.regrade_requests import RequestState, answer_regrade_request, list_own_requests
from grader.store.releases import release_feedback, withdraw_release
from grader.store.submissions import list_submissions
from grader.text import LocalText

E3 = "e3-judgements"


@pytest.fixture
def world(portal: Portal) -> World:
    """The portal, ready to give receipts."""
    return World(portal).prepare()


@pytest.fixture
def me(sign_in: Callable[..., Any]) -> Any:
    """A trainee's browser."""
    return sign_in(id="kim", name="김가상")


def _form_uuid(page: str) -> str:
    found = re.search(r'name="uuid" value="([0-9a-f-]{36})"', page)
    assert found, page
    return found[1]


def _send(
    me: Any, world: World, number: str = "", content: bytes | None = None, name: str = "답안.ipynb"
) -> Any:
    number = number or _form_uuid(me.get(f"/learn/{E3}").text)
    data = world.notebook(E3) if content is None else content
    return me.post(f"/learn/{E3}/hand-in", {"uuid": number, "client_at": ""}, files={"file": (name, data)})


def _graded(me: Any, world: World, **values: Any) -> HandedIn:
    done = world.hand_in(me.person, E3)
    world.grade(done, **values)
    return done


def _address(done: HandedIn) -> str:
    return f"/learn/{E3}/submissions/{done.submission.uuid}"


def test_overview_shows_next_step_modules_and_my_announcements(world: World, me: Any) -> None:
    """Announcements of other sites and withdrawn ones are not mine."""
    world.release(E3)
    texts = {"mine": "", "here": "jeju", "there": "busan", "gone": ""}
    with world.portal.store.write() as db:
        for name, site in texts.items():
            text = LocalText(ko=f"공지-{name}", en=f"note-{name}")
            number = add_announcement(db, text, text, by="i", now=world.portal.now(), site=site)
            if name == "gone":
                withdraw_announcement(db, number, now=world.portal.now())
    page = me.get("/learn").text
    assert "과제 제출하기" in page
    assert f'href="/learn/{E3}"' in page
    assert 'href="/modules/e0-first-notebook/"' in page
    assert re.findall(r"<h3>공지-(\w+)</h3>", page) == ["here", "mine"]
    assert "My learning" in me.get("/learn?lang=en").text


def test_assignment_that_was_never_released_is_not_there(world: World, me: Any) -> None:
    """Nor is one that does not exist."""
    for name in (E3, "nothing", "..%2f..%2fetc"):
        assert me.get(f"/learn/{name}").status_code == 404


def test_notebook_and_package_are_given_in_both_languages(world: World, me: Any) -> None:
    """The package unpacks into one folder and holds the notebook as it was released."""
    world.release(E3, hand_out=True)
    for language in ("ko", "en"):
        notebook = me.get(f"/learn/{E3}/handout/{language}/notebook")
        assert notebook.headers["content-disposition"].startswith(f'attachment; filename="{E3}.ipynb"')
        assert nbformat.reads(notebook.text, 4)["metadata"]["medai"]["language"] == language
        package = me.get(f"/learn/{E3}/handout/{language}/package")
        archive = zipfile.ZipFile(io.BytesIO(package.content))
        assert {name.split("/")[0] for name in archive.namelist()} == {E3}
        assert archive.read(f"{E3}/{E3}.ipynb") == notebook.content
        assert f"{E3}/medai_lab/__init__.py" in archive.namelist()
        keys = [archive.read(f"{E3}/receipt-keys.json"), me.get("/api/v1/keys").content]
        assert len({KeyList.model_validate_json(one) for one in keys}) == 1


@pytest.mark.parametrize("kind", ["notebook", "package"])
def test_nothing_is_given_before_it_opens_or_after_it_was_withdrawn(world: World, me: Any, kind: str) -> None:
    """The page itself says when it opens."""
    now = world.portal.now()
    world.release(E3, hand_out=True, opens_at=now + timedelta(hours=1))
    assert me.get(f"/learn/{E3}/handout/ko/{kind}").status_code == 404
    page = me.get(f"/learn/{E3}")
    assert page.status_code == 200
    assert "에 열립니다" in page.text
    assert 'type="file"' not in page.text
    world.release(E3)
    with world.portal.store.write() as db:
        withdraw_release(db, E3, now)
    assert me.get(f"/learn/{E3}/handout/ko/{kind}").status_code == 404
    assert "배포를 중지" in me.get(f"/learn/{E3}").text


def test_handing_in_leads_to_a_receipt_that_verifies(world: World, me: Any) -> None:
    """The saved file is the signed text, byte for byte; the page shows its code, number and fingerprints."""
    world.release(E3)
    answer = _send(me, world)
    assert answer.status_code == 303
    here = answer.headers["location"]
    saved = me.get(f"{here}/receipt")
    with world.portal.store.read() as db:
        signed, findings = verify_receipt(saved.text, list_keys(db))
    assert signed is not None
    assert findings == []
    assert signed.receipt.submission in here
    page = me.get(here).text
    assert signed.code in page
    assert signed.receipt.files[0].sha256 in page
    assert "제출되었습니다" in page
    assert "2026년 4월 20일(월) 18:00" in page
    assert saved.headers["content-disposition"].startswith(f'attachment; filename="receipt-{E3}-1.json"')


def test_handed_in_file_comes_back_as_it_was_under_its_own_name(world: World, me: Any) -> None:
    """Also a name in Korean; browsers save it and never show it."""
    world.release(E3)
    here = _send(me, world, content=world.notebook(E3, "mine"), name="내 답안 (최종).ipynb").headers[
        "location"
    ]
    file = me.get(f"{here}/file")
    assert file.content == world.notebook(E3, "mine")
    assert "filename*=UTF-8''%EB%82%B4%20%EB%8B%B5%EC%95%88" in file.headers["content-disposition"]
    assert file.headers["content-disposition"].startswith("attachment")


def test_stripped_work_comes_back_as_it_is_kept(world: World, me: Any) -> None:
    """Outputs may hold patient data: the bytes as they came are not there any more, and the page says so."""
    world.release(E3, strip_outputs=True)
    notebook = nbformat.reads(world.notebook(E3).decode(), 4)
    code = next(cell for cell in notebook.cells if cell.cell_type == "code")
    code.outputs = [nbformat.v4.new_output("stream", text="수검자 홍길동")]
    sent = nbformat.writes(notebook).encode()
    here = _send(me, world, content=sent).headers["location"]
    assert "홍길동" not in me.get(f"{here}/file").text
    assert "실행 결과를 지운 노트북만 보관합니다" in me.get(here).text


def test_pressing_twice_hands_in_once(world: World, me: Any) -> None:
    """The form's number makes both presses the same hand-in."""
    world.release(E3)
    number = _form_uuid(me.get(f"/learn/{E3}").text)
    first, second = _send(me, world, number), _send(me, world, number)
    assert first.headers["location"] == second.headers["location"]
    with world.portal.store.read() as db:
        assert len(list_submissions(db, "kim")) == 1


def test_another_file_with_a_used_form_is_not_taken(world: World, me: Any) -> None:
    """Back in the browser, another file chosen: the page asks to be opened anew and has a new number."""
    world.release(E3)
    number = _form_uuid(me.get(f"/learn/{E3}").text)
    _send(me, world, number)
    answer = _send(me, world, number, world.notebook(E3, "other"))
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert _form_uuid(answer.text) != number


def test_no_file_is_named_in_the_form(world: World, me: Any) -> None:
    """A form without a file, and one with an empty choice as browsers send it."""
    world.release(E3)
    number = str(uuid.uuid4())
    for files in (None, {"file": ("", b"")}):
        answer = me.post(f"/learn/{E3}/hand-in", {"uuid": number}, files=files)
        assert answer.status_code == 400
        assert "파일을 고르지 않았습니다" in answer.text


@pytest.mark.parametrize("number", ["", "1", "../../x", "z" * 36])
def test_a_form_without_a_proper_number_is_refused(world: World, me: Any, number: str) -> None:
    """Only forms of ours have one."""
    world.release(E3)
    assert (
        me.post(f"/learn/{E3}/hand-in", {"uuid": number}, files={"file": ("a.ipynb", b"{}")}).status_code
        == 400
    )


@pytest.mark.parametrize(
    ("content", "telling"), [(b"", "비어"), (b"%PDF-1.7", "이름과 내용이 다릅니다"), (b"{", "손상")]
)
def test_refused_file_is_explained_and_is_no_attempt(
    world: World, me: Any, content: bytes, telling: str
) -> None:
    """In the reader's language, with a way on; nothing says that it was handed in."""
    world.release(E3)
    answer = _send(me, world, content=content)
    assert answer.status_code == 422
    assert telling in answer.text
    assert "제출되지 않았습니다" in answer.text
    assert f'href="/learn/{E3}#hand-in"' in answer.text
    with world.portal.store.read() as db:
        assert list_submissions(db, "kim") == []
    back = me.get(f"/learn/{E3}/hand-in?lang=en")
    assert (back.status_code, back.headers["location"]) == (303, f"/learn/{E3}")


def test_closed_assignment_takes_nothing_even_from_an_old_form(
    world: World, me: Any, portal_clock: Any
) -> None:
    """The form was opened before the end and sent after it."""
    now = world.portal.now()
    world.release(E3, closes_at=now + timedelta(days=4))
    number = _form_uuid(me.get(f"/learn/{E3}").text)
    portal_clock.forward(hours=10)
    world.release(E3, due_at=now + timedelta(hours=1), closes_at=now + timedelta(hours=9))
    answer = _send(me, world, number)
    assert answer.status_code == 422
    assert "제출이 마감되었습니다" in answer.text
    assert 'type="file"' not in me.get(f"/learn/{E3}").text


def test_attempts_are_listed_newest_first(world: World, me: Any, portal_clock: Any) -> None:
    """With what became of each."""
    world.release(E3, feedback_at_once=True, max_attempts=3)
    world.grade(world.hand_in(me.person, E3))
    portal_clock.forward(minutes=5)
    world.hand_in(me.person, E3, "second")
    page = me.get(f"/learn/{E3}").text
    assert re.findall(r">(\d)번째 제출<", page) == ["2", "1"]
    assert "20점 만점에 18점" in page
    assert "1번 남았습니다" in page


def test_result_and_feedback_wait_for_their_release(world: World, me: Any) -> None:
    """Neither score nor page before; both after; and gone when it is taken back."""
    world.release(E3)
    done = _graded(me, world)
    world.write_feedback(me.person, E3)
    feedback = f"/learn/{E3}/feedback/{done.submission.uuid}"
    for moment, is_shown in ((None, False), (world.portal.now(), True), (None, False)):
        with world.portal.store.write() as db:
            release_feedback(db, E3, moment)
        page = me.get(_address(done)).text
        assert ("20점 만점에 18점" in page) is is_shown
        assert (f'href="{feedback}"' in page) is is_shown
        assert ("강사가 공개하면" in page) is not is_shown
        assert me.get(feedback).status_code == (200 if is_shown else 404)


def test_feedback_page_is_inert_and_has_a_way_back(world: World, me: Any) -> None:
    """What a learner's code printed can do nothing there."""
    world.release(E3, feedback_at_once=True)
    done = _graded(me, world)
    world.write_feedback(me.person, E3, "<html><BODY class='a>b'><script>alert(1)</script></BODY></html>")
    answer = me.get(f"/learn/{E3}/feedback/{done.submission.uuid}")
    assert answer.headers["content-security-policy"] == FEEDBACK_POLICY
    assert f'<nav><p><a href="{_address(done)}">' in answer.text


def test_feedback_of_an_older_attempt_is_not_shown(world: World, me: Any, portal_clock: Any) -> None:
    """The page on disk is about the newest graded work."""
    world.release(E3, feedback_at_once=True)
    older = _graded(me, world)
    portal_clock.forward(minutes=5)
    newer = world.hand_in(me.person, E3, "second")
    world.grade(newer)
    world.write_feedback(me.person, E3)
    assert me.get(f"/learn/{E3}/feedback/{older.submission.uuid}").status_code == 404
    assert me.get(f"/learn/{E3}/feedback/{newer.submission.uuid}").status_code == 200


def test_place_in_the_queue_is_told_and_asked_for_again(world: World, me: Any) -> None:
    """Waiting: a link to reload, and a fragment for the script; done: neither."""
    world.release(E3, feedback_at_once=True)
    other = world.enrol("lee", name="이가상")
    world.hand_in(other, E3, "theirs")
    done = world.hand_in(me.person, E3)
    with world.portal.store.write() as db:
        for person in ("lee", "kim"):
            enqueue_grading(db, E3, person, requested_by=person, now=world.portal.now())
    page = me.get(_address(done)).text
    assert "앞에 1건이 있습니다" in page
    assert "새로 고침" in page
    assert "data-waiting" in page
    fragment = me.get(f"{_address(done)}/progress")
    assert fragment.headers["x-waiting"] == "yes"
    assert "<html" not in fragment.text
    assert "앞에 1건이 있습니다" in fragment.text


def test_work_that_could_not_be_graded_says_why_at_once(world: World, me: Any) -> None:
    """There may still be time to hand in again."""
    world.release(E3)
    done = _graded(
        me, world, status="quarantined", standing="", score=None, max_score=None, reason="not-json"
    )
    page = me.get(_address(done)).text
    assert "채점하지 못함" in page
    assert "노트북 파일이 손상되어" in page
    assert "채점하지 못한 과제 다시 제출하기" in me.get("/learn").text


def test_regrade_is_asked_once_and_answered(world: World, me: Any) -> None:
    """One open request; its text is text; the answer stands beside it; then another may be asked."""
    world.release(E3, feedback_at_once=True)
    done = _graded(me, world)
    ask = f"{_address(done)}/regrade"
    assert me.post(ask, {"text": "  "}).status_code == 400
    for _ in range(2):
        answer = me.post(ask, {"text": "<b>2번</b>은 맞습니다."})
        assert answer.headers["location"] == f"{_address(done)}?done=done_regrade"
    answer = me.post(ask, {"text": "<i>3번도</i>"})
    assert answer.status_code == 400
    assert "요청을 보내지 못했습니다" in answer.text
    assert "&lt;i&gt;3번도&lt;/i&gt;" in answer.text
    with world.portal.store.read() as db:
        (request,) = list_own_requests(db, "kim", done.submission.uuid)
    page = me.get(_address(done)).text
    assert "&lt;b&gt;2번&lt;/b&gt;은 맞습니다." in page
    assert "답을 기다리고 있습니다" in page
    assert "<textarea" not in page
    with world.portal.store.write() as db:
        assert answer_regrade_request(
            db, request.id, RequestState.GRANTED, "맞습니다.", by="g", now=world.portal.now()
        )
    page = me.get(_address(done)).text
    assert "요청을 받아들였습니다" in page
    assert "<textarea" in page


def test_regrade_cannot_be_asked_before_there_is_a_grade_to_see(world: World, me: Any) -> None:
    """No form; one that was opened before results were hidden is not said to be sent, and its text stays."""
    world.release(E3)
    done = _graded(me, world)
    assert "<textarea" not in me.get(_address(done)).text
    answer = me.post(f"{_address(done)}/regrade", {"text": "왜요\r\n2번이요"})
    assert answer.status_code == 400
    assert "왜요\n2번이요" in answer.text
    assert "done_regrade" not in answer.headers.get("location", "")
    with world.portal.store.read() as db:
        assert list_own_requests(db, "kim", done.submission.uuid) == []


@pytest.mark.parametrize("rest", ["", "/receipt", "/file", "/progress"])
def test_other_peoples_work_is_not_there(world: World, me: Any, rest: str) -> None:
    """Not forbidden: not there. Nor is one's own under another assignment."""
    world.release(E3)
    world.release("e0-first-notebook")
    theirs = world.hand_in(world.enrol("lee", name="이가상"), E3)
    assert me.get(f"{_address(theirs)}{rest}").status_code == 404
    mine = world.hand_in(me.person, E3)
    assert me.get(f"{_address(mine)}{rest}").status_code == 200
    assert me.get(f"{_address(mine).replace(E3, 'e0-first-notebook')}{rest}").status_code == 404


def test_other_peoples_feedback_and_requests_are_out_of_reach(world: World, me: Any) -> None:
    """Also when feedback is out for all."""
    world.release(E3, feedback_at_once=True)
    lee = world.enrol("lee", name="이가상")
    theirs = world.hand_in(lee, E3)
    world.grade(theirs)
    world.write_feedback(lee, E3)
    assert me.get(f"/learn/{E3}/feedback/{theirs.submission.uuid}").status_code == 404
    assert me.post(f"{_address(theirs)}/regrade", {"text": "x"}).status_code == 404


def test_times_are_korean_and_names_are_text(world: World, sign_in: Callable[..., Any]) -> None:
    """A name with markup is shown, not obeyed."""
    page = sign_in(id="x", name="<i>김</i>").get("/learn").text
    assert "<i>김</i>" not in page
    assert "&lt;i&gt;김&lt;/i&gt; 님의 학습 현황입니다." in page


def test_receipt_page_survives_a_text_that_reads_back(world: World, me: Any) -> None:
    """The number on the page is the receipt's place in the chain."""
    world.release(E3)
    for place in (1, 2):
        done = world.hand_in(me.person, E3, str(place))
        assert read_receipt(done.signed.text).receipt.number == place
        assert f"<dt>접수 번호</dt><dd>{place}</dd>" in me.get(_address(done)).text
