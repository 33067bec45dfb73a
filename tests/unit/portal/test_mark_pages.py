"""Graders' pages: nameless queue, marking with a rubric, second marking, requests, and what is recorded."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape

import pytest
from marking_world import CELL, MarkingWorld
from starlette.testclient import TestClient

from grader.model.people import Access
from grader.portal.app import create_app
from grader.portal.viewer import session_cookie
from grader.store.audit import list_audit
from grader.store.jobs import JobState, find_job
from grader.store.mark_queue import find_answer
from grader.store.marks import Round, find_marks
from grader.store.regrade_requests import RequestState, ask_for_regrade, find_regrade_request
from grader.store.releases import find_release
from grader.store.sessions import find_session

HIDDEN = re.compile(r'<input type="hidden" name="(seen|score_seen|round)" value="([^"]*)"')
HERE = "/mark/assignments/sample"


@dataclass
class Grader:
    """A grader's browser."""

    browser: TestClient
    csrf: str

    def get(self, path: str):
        return self.browser.get(path, headers={"accept-language": "ko"})

    def post(self, path: str, **data: object):
        return self.browser.post(path, data={"csrf": self.csrf, **data})

    def open_answer(self, uuid: str) -> tuple[str, dict[str, str]]:
        """Return the page of an answer and what its form carries hidden."""
        page = self.get(f"{HERE}/answers/{CELL}/{uuid}")
        assert page.status_code == 200
        return unescape(page.text), dict(HIDDEN.findall(page.text))

    def mark(self, uuid: str, level: int, **more: object):
        """Open an answer and mark it as the form says."""
        _, carried = self.open_answer(uuid)
        return self.post(f"{HERE}/answers/{CELL}/{uuid}", **{**carried, "level-concrete": level, **more})


Enter = Callable[..., Grader]


@pytest.fixture
def enter(world: MarkingWorld) -> Enter:
    """Return a function that signs a new grader in."""
    app = create_app(world.portal)

    def sign_in(person_id: str = "grader-1", access: Access = Access.GRADER) -> Grader:
        person = world.enrol(person_id, access, name="박채점", site="headquarters", cohort=None)
        token = world.open_session(person)
        with world.portal.store.read() as db:
            session = find_session(db, token, world.portal.now())
        assert session is not None
        cookies = {session_cookie(world.portal): token}
        return Grader(TestClient(app, follow_redirects=False, cookies=cookies), session.csrf)

    return sign_in


@pytest.fixture
def uuids(world: MarkingWorld, portal_clock: object) -> list[str]:
    """Four graded hand-ins; the written answers wait."""
    world.release("sample")
    texts = (
        "접수 명단을 정리합니다.",
        "판독 순서를 정합니다.",
        "<script>alert(1)</script><b>굵게</b>",
        "엑셀 ![x](http://evil/x.png)",
    )
    made = []
    for number, text in enumerate(texts):
        portal_clock.forward(minutes=1)
        made.append(world.write(world.enrol(f"hq-{number:03}", name=f"이름{number}"), text))
    world.grade_class()
    return made


def test_queue_is_nameless_and_filtered(world: MarkingWorld, uuids: list[str], enter: Enter) -> None:
    """Counts and lists by state, site and cohort; nobody's name or id, and pages in order."""
    grader = enter()
    page = grader.get("/mark")
    assert page.status_code == 200
    assert not re.search("이름[0-9]|hq-00", page.text)
    assert [page.text.find(uuid) for uuid in uuids] == sorted(page.text.find(uuid) for uuid in uuids)
    assert uuids[0] in grader.get("/mark?state=needs-person&site=jeju&cohort=essentials-2026").text
    for none in ("state=graded", "site=busan", "cohort=impact-2026"):
        assert uuids[0] not in grader.get(f"/mark?{none}").text
    assert uuids[0] in grader.get("/mark?after=nonsense&state=wrong").text


def test_pages_of_the_queue(
    world: MarkingWorld, uuids: list[str], enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next page begins where this one ended."""
    monkeypatch.setattr("grader.portal.routes.mark.PAGE", 3)
    grader = enter()
    first = grader.get("/mark?site=jeju").text
    (address,) = re.findall(r'href="(/mark\?assignment=[^"]*after[^"]*)"', first)
    second = grader.get(unescape(address)).text
    assert [uuid in first for uuid in uuids] == [True, True, True, False]
    assert [uuid in second for uuid in uuids] == [False, False, False, True]


def test_marking_one_answer(world: MarkingWorld, uuids: list[str], enter: Enter) -> None:
    """Levels make the score; comment and score reach the gradebook; the next answer opens."""
    grader = enter()
    start = grader.get(f"{HERE}/answers/{CELL}")
    assert start.status_code == 303
    uuid = start.headers["location"].rsplit("/", 1)[1]
    text, _ = grader.open_answer(uuid)
    assert "이름" not in text.replace("이름과 센터", "")
    assert "4개 가운데 0개 채점함" in text
    done = grader.mark(uuid, 2, comment="분명합니다.", keep="yes")
    assert done.status_code == 303
    following = grader.get(done.headers["location"]).headers["location"]
    assert uuid not in following
    world.work()
    with world.portal.store.read() as db:
        answer = find_answer(db, uuid, CELL)
    assert answer is not None
    assert (answer.is_open, answer.manual_score, answer.comment) == (False, 2.67, "분명합니다.")
    assert world.gradebook(answer.person)[1:] == (2.67, 0, "분명합니다.")
    other = following.rsplit("/", 1)[1]
    text, _ = grader.open_answer(other)
    (kept,) = re.findall(r'name="use" value="(\d+)"', text)
    grader.mark(other, 3, comment="좋습니다.", use=kept)
    with world.portal.store.read() as db:
        first = find_marks(db, other, CELL).first
    assert first is not None
    assert first.comment == "좋습니다.\n분명합니다."
    assert grader.post(f"{HERE}/answers/{CELL}/comments/{kept}/withdraw", back=other).status_code == 303
    assert 'name="use"' not in grader.open_answer(other)[0]
    assert grader.post(f"{HERE}/answers/{CELL}/comments/{kept}/withdraw").status_code == 404


def test_answers_are_shown_harmless(world: MarkingWorld, uuids: list[str], enter: Enter) -> None:
    """No script, no picture from elsewhere; what is text stays readable."""
    grader = enter()
    scripted, pictured = (grader.open_answer(uuid)[0] for uuid in uuids[2:])
    assert "alert(1)" not in scripted.replace("&lt;", "")
    assert "<b>굵게</b>" in scripted
    assert "evil" not in pictured


def test_missing_level_keeps_what_was_typed(uuids: list[str], enter: Enter) -> None:
    """A form without a level comes back with its comment and says what is missing."""
    grader = enter()
    _, carried = grader.open_answer(uuids[0])
    for wrong in ({}, {"level-concrete": "4"}, {"level-concrete": "x"}):
        page = grader.post(f"{HERE}/answers/{CELL}/{uuids[0]}", **carried, comment="쓰던 의견", **wrong)
        assert page.status_code == 400
        assert "쓰던 의견" in page.text
        assert "수준을 하나씩" in page.text


def test_two_graders_never_overwrite_each_other_silently(
    world: MarkingWorld, uuids: list[str], enter: Enter
) -> None:
    """Who saves second sees that somebody marked meanwhile, keeps what they typed, and may then decide."""
    one, two = enter("grader-1"), enter("grader-2")
    _, opened_before = two.open_answer(uuids[0])
    one.mark(uuids[0], 3)
    address = f"{HERE}/answers/{CELL}/{uuids[0]}"
    late = two.post(address, **{**opened_before, "level-concrete": 1, "comment": "제 의견"})
    assert late.status_code == 409
    assert "그사이 다른 사람이" in late.text
    assert "성적부의 점수는 4입니다" in late.text
    assert "제 의견" in late.text
    assert "다른 채점자가 이미 채점" in late.text
    assert two.mark(uuids[0], 1).status_code == 303
    world.work()
    assert world.gradebook("hq-000")[1] == 1.33


def test_formgrader_between_opening_and_saving(world: MarkingWorld, uuids: list[str], enter: Enter) -> None:
    """A mark from formgrader that pages know of already is not overwritten unseen either."""
    grader = enter()
    _, opened_before = grader.open_answer(uuids[0])
    world.mark_in_formgrader("hq-000", 2.0)
    world.work()
    address = f"{HERE}/answers/{CELL}/{uuids[0]}"
    assert grader.post(address, **{**opened_before, "level-concrete": 3}).status_code == 409
    assert "formgrader에서 2점" in grader.open_answer(uuids[0])[0]
    assert grader.mark(uuids[0], 3).status_code == 303


def test_second_marking_is_blind_and_ends_in_agreement(
    world: MarkingWorld, uuids: list[str], enter: Enter
) -> None:
    """The second grader sees nothing of the first; kappa is shown; far apart, an agreed mark counts."""
    one, two = enter("grader-1"), enter("grader-2")
    assert one.post(f"{HERE}/second", percent=100).status_code == 303
    for uuid, level in zip(uuids, (3, 2, 3, 0), strict=True):
        one.mark(uuid, level, comment="비밀 의견")
    assert one.get(f"{HERE}/answers/{CELL}").headers["location"].startswith(f"{HERE}?done")
    text, carried = two.open_answer(uuids[0])
    assert carried["round"] == "second"
    assert [uuid in two.get("/mark?state=second-due").text for uuid in uuids] == [True] * 4
    assert uuids[0] not in one.get("/mark?state=second-due").text
    assert "이중 채점입니다" in text
    assert "비밀 의견" not in text
    assert " checked" not in text
    for uuid, level in zip(uuids, (1, 2, 3, 1), strict=True):
        assert two.mark(uuid, level).status_code == 303
    world.work()
    assert world.gradebook("hq-000")[1] == 4.0, "a second mark never reaches the gradebook"
    page = unescape(one.get(f"{HERE}/agreement/{CELL}").text)
    assert "0.44" in page, "kappa of (3,1) (2,2) (3,3) (0,1)"
    assert ">50<" in page
    assert page.count("합의 필요") == 1
    assert page.count("작은 차이") == 1
    closed, _ = two.open_answer(uuids[0])
    assert "두 사람이 모두 채점" in closed
    carried = {"round": "second", "seen": "5", "score_seen": "4.0"}
    again = two.post(f"{HERE}/answers/{CELL}/{uuids[0]}", **carried, **{"level-concrete": 3})
    assert again.status_code == 409
    agree = f"{HERE}/agree/{CELL}/{uuids[0]}"
    assert "비밀 의견" in two.get(agree).text
    assert two.post(agree, seen="").status_code == 400
    assert two.post(agree, seen="", comment="합의", **{"level-concrete": 2}).status_code == 303
    assert one.post(agree, seen="", comment="늦은 합의", **{"level-concrete": 3}).status_code == 409
    three = enter("grader-3")
    assert 'name="level-concrete"' not in three.get(agree).text
    with world.portal.store.read() as db:
        now, answer = find_marks(db, uuids[0], CELL).agreed, find_answer(db, uuids[0], CELL)
    assert now is not None
    assert answer is not None
    seen = {"seen": now.id, "round": "agreed", "score_seen": repr(answer.manual_score), "level-concrete": 3}
    assert three.post(agree, **seen).status_code == 403
    assert three.post(f"{HERE}/answers/{CELL}/{uuids[0]}", **seen).status_code == 409
    chief = enter("chief-1", Access.INSTRUCTOR)
    assert chief.post(agree, **{**seen, "level-concrete": 2}, comment="합의").status_code == 303
    world.work()
    assert world.gradebook("hq-000")[1:] == (2.67, 0, "합의")
    with world.portal.store.read() as db:
        agreed = find_marks(db, uuids[0], CELL).agreed
    assert agreed is not None
    assert (now.marker, agreed.marker, agreed.round) == ("grader-2", "chief-1", Round.AGREED)


def test_grading_and_progress(world: MarkingWorld, uuids: list[str], enter: Enter) -> None:
    """Starting grading leads to a page that tells how far it is, and a small answer for its script."""
    grader = enter()
    before = len(world.ran)
    started = grader.post(f"{HERE}/grade")
    assert started.status_code == 303
    path = started.headers["location"]
    assert "차례를 기다리고" in grader.get(path).text
    assert grader.get(f"{path}/state").json() == {"state": "waiting", "done": 0, "total": 0, "is_over": False}
    world.work()
    assert grader.get(f"{path}/state").json() == {"state": "done", "done": 4, "total": 4, "is_over": True}
    assert "끝났습니다" in grader.get(path).text
    assert len(world.ran) == before, "what did not change is not run again"
    grader.post(f"{HERE}/grade", again="yes")
    world.work()
    assert len(world.ran) > before
    assert grader.get("/mark/jobs/999").status_code == 404


def test_feedback_release_warns_and_can_be_hidden(
    world: MarkingWorld, uuids: list[str], enter: Enter
) -> None:
    """Open answers are warned of; releasing writes pages; hiding takes them back; both are recorded."""
    grader = enter()
    assert "채점하지 않은 서술형 답이 4개" in grader.get(HERE).text
    grader.post(f"{HERE}/feedback")
    world.work()
    with world.portal.store.read() as db:
        release = find_release(db, "sample")
    assert release is not None
    assert release.feedback_released_at is not None
    assert "결과 페이지 다시 만들기" in grader.get(HERE).text
    grader.post(f"{HERE}/feedback/hide")
    with world.portal.store.read() as db:
        release = find_release(db, "sample")
        actions = {line.action for line in list_audit(db)}
    assert release is not None
    assert release.feedback_released_at is None
    assert {"feedback-released", "feedback-hidden"} <= actions


def test_held_back_work(world: MarkingWorld, enter: Enter) -> None:
    """The reason in the grader's words, the original as a download, a note, and another try."""
    uuid = world.write(world.enrol("hq-001"), "접수")
    with world.portal.store.read() as db:
        digest = db.exec_driver_sql("SELECT notebook_digest FROM submissions").scalar_one()
    world.work()
    world.paths.submitted("hq-001", "sample").write_bytes(b"not a notebook")
    world.grade_class()
    grader = enter()
    path = f"/mark/submissions/{uuid}"
    page = unescape(grader.get(path).text)
    assert "보류한 이유" in page
    assert "올바른 JSON이 아닙니다" in page
    file = grader.get(f"{path}/file")
    assert file.headers["content-type"] == "application/octet-stream"
    assert file.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert "sandbox" in file.headers["content-security-policy"]
    assert file.content == (world.portal.store.folder / "blobs" / digest[:2] / digest).read_bytes()
    grader.post(f"{path}/notes", text="<i>파일이 깨졌습니다</i>")
    assert "&lt;i&gt;파일이 깨졌습니다" in grader.get(path).text
    grader.post(f"{path}/again")
    with world.portal.store.read() as db:
        job = find_job(db, 3)
    assert job is not None
    assert (job.person, job.state) == ("hq-001", JobState.WAITING)


def test_repairs_are_shown_with_their_difference(world: MarkingWorld, uuids: list[str], enter: Enter) -> None:
    """A renamed file was put right: the page says so and shows the difference."""
    page = unescape(enter().get(f"/mark/submissions/{uuids[0]}").text)
    assert "파일 이름이 달랐지만" in page
    assert "--- handed in\n" in page
    assert "내 과제" not in page, "a file's name may be its author's"


def test_who_is_asked_on_purpose_and_recorded(world: MarkingWorld, uuids: list[str], enter: Enter) -> None:
    """The name shows only after pressing the button, and that is in the audit."""
    grader = enter()
    path = f"/mark/submissions/{uuids[0]}"
    assert "이름0" not in grader.get(path).text
    assert grader.get(f"{path}/who").status_code in {404, 405}
    assert "이름0" in grader.post(f"{path}/who").text
    with world.portal.store.read() as db:
        (line,) = list_audit(db, "work-unblinded")
    assert (line.actor, line.object) == ("grader-1", f"submission:{uuids[0]}")


def test_regrade_requests(world: MarkingWorld, uuids: list[str], enter: Enter) -> None:
    """Granted leads to the work, declined needs a reason, and nobody answers twice."""
    with world.portal.store.write() as db:
        for number in range(2):
            asked = ask_for_regrade(
                db, f"hq-00{number}", uuids[number], "다시 <b>봐</b> 주세요", now=world.portal.now()
            )
            assert asked is not None
    grader = enter()
    page = grader.get("/mark/regrades").text
    assert "다시 &lt;b&gt;봐&lt;/b&gt; 주세요" in page
    assert "hq-00" not in page
    assert "reason_needed" in grader.post("/mark/regrades/1", decision="declined").headers["location"]
    granted = grader.post("/mark/regrades/1", decision="granted", answer="다시 보겠습니다")
    assert granted.headers["location"].startswith(f"/mark/submissions/{uuids[0]}")
    twice = grader.post("/mark/regrades/1", decision="declined", answer="아니요")
    assert "answered_before" in twice.headers["location"]
    grader.post("/mark/regrades/2", decision="declined", answer="기준대로입니다")
    assert grader.post("/mark/regrades/2", decision="open").status_code == 400
    assert grader.post("/mark/regrades/9", decision="granted").status_code == 404
    with world.portal.store.read() as db:
        states = [find_regrade_request(db, number).state for number in (1, 2)]
    assert states == [RequestState.GRANTED, RequestState.DECLINED]
    assert "기준대로입니다" in grader.get("/mark/regrades?state=declined").text


def test_what_is_not_there_is_404(uuids: list[str], enter: Enter) -> None:
    """Nothing outside this course, no cell without a rubric, nobody's answer that is not there."""
    grader = enter()
    for path in (
        "/mark/submissions/00000000-0000-4000-8000-000000000000",
        "/mark/submissions/..%2f..%2fetc",
        "/mark/assignments/nothing",
        f"/mark/assignments/nothing/answers/{CELL}",
        f"{HERE}/answers/bmi-value",
        f"{HERE}/answers/{CELL}/nobody",
        f"{HERE}/agree/{CELL}/nobody",
        f"{HERE}/agreement/nothing",
    ):
        assert grader.get(path).status_code == 404, path
    for path in (f"/mark/jobs/{2**70}", "/mark/jobs/x", f"/mark/regrades?after={2**70}"):
        assert grader.get(path).status_code == 400, path


def test_pages_speak_english(uuids: list[str], enter: Enter) -> None:
    """Every page exists in English."""
    grader = enter()
    for path in ("/mark", HERE, f"{HERE}/answers/{CELL}/{uuids[0]}", f"/mark/submissions/{uuids[0]}"):
        page = grader.get(f"{path}?lang=en").text
        main = page[page.index("<main") : page.index("</main>")]
        assert 'lang="en"' in page
        assert not re.search("채점|제출물", re.sub(r'<div class="answer.*?</div>', "", main, flags=re.DOTALL))
