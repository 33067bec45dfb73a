"""Graders' pages: nameless queue, marking with a rubric, second marking, requests, and what is recorded."""

from __future__ import annotations

import re
from html import unescape

import pytest
from marking_desk import HERE, HIDDEN, Enter, hand_in_four, open_door
from marking_world import CELL, MarkingWorld

from grader.model.people import Access
from grader.store.audit import list_audit
from grader.store.mark_queue import find_answer
from grader.store.marks import Round, find_marks
from grader.store.releases import find_release, release_feedback

POINTS = r"[0-9.]+ / [0-9.]+점"


@pytest.fixture
def enter(world: MarkingWorld) -> Enter:
    """Return a function that signs a new grader in."""
    return open_door(world)


@pytest.fixture
def uuids(world: MarkingWorld, portal_clock: object) -> list[str]:
    """Four graded hand-ins; the written answers wait."""
    return hand_in_four(world, portal_clock.forward)


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
    listed = [[f'href="/mark/submissions/{uuid}"' in page for uuid in uuids] for page in (first, second)]
    assert listed == [[True, True, True, False], [False, False, False, True]]


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
    assert carried["score_seen"] == "", "not even hidden: 4 points can be guessed from any digest"
    for path in ("/mark", "/mark?state=second-due", f"/mark/submissions/{uuids[1]}"):
        assert not re.search(POINTS, two.get(path).text), path
        assert path.endswith("due") or re.search(POINTS, one.get(path).text), path
    assert "점수를 보여 주지 않습니다" in two.get(f"/mark/submissions/{uuids[1]}").text
    for uuid, level in zip(uuids, (1, 2, 3, 1), strict=True):
        assert two.mark(uuid, level).status_code == 303
    world.work()
    assert re.search(POINTS, two.get(f"/mark/submissions/{uuids[1]}").text)
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
    half = two.post(agree, seen="", comment="쓰던 합의")
    assert half.status_code == 400
    assert "쓰던 합의" in half.text
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


def test_a_form_opened_before_the_first_mark_tells_nothing_of_it(uuids: list[str], enter: Enter) -> None:
    """Who saves too late is in second marking by then: told so without the score, and may save again."""
    one, two = enter("grader-1"), enter("grader-2")
    one.post(f"{HERE}/second", percent=100)
    _, opened_before = two.open_answer(uuids[0])
    one.mark(uuids[0], 2)
    typed = {"level-concrete": 1, "comment": "제 의견"}
    late = two.post(f"{HERE}/answers/{CELL}/{uuids[0]}", **opened_before, **typed)
    assert late.status_code == 409
    assert "이중 채점으로 뽑힌 답" in late.text
    assert "2.67" not in late.text
    assert "제 의견" in late.text
    again = dict(HIDDEN.findall(late.text))
    assert two.post(f"{HERE}/answers/{CELL}/{uuids[0]}", **again, **typed).status_code == 303


def test_numbers_that_no_page_wrote(uuids: list[str], enter: Enter) -> None:
    """More digits than Python reads are a mark that nobody saw, not a fault of ours."""
    grader = enter()
    _, carried = grader.open_answer(uuids[0])
    for seen in ("9" * 5000, "٣", "²"):
        given = {**carried, "seen": seen, "level-concrete": 3}
        answer = grader.post(f"{HERE}/answers/{CELL}/{uuids[0]}", **given)
        assert answer.status_code in {303, 409}
        _, carried = grader.open_answer(uuids[0])


def test_feedback_at_once_is_not_hidden_by_a_button(
    world: MarkingWorld, uuids: list[str], enter: Enter
) -> None:
    """While a rule shows results at once, nothing offers to hide or release them, and nobody says it did."""
    grader = enter()
    grader.post(f"{HERE}/feedback")
    world.work()
    assert "다시 감추기" in grader.get(HERE).text
    world.release("sample", feedback_at_once=True)
    assert "다시 감추기" not in grader.get(HERE).text
    stale = grader.post(f"{HERE}/feedback/hide")
    assert stale.status_code == 409
    assert "채점이 끝나는 대로 결과를 공개하도록" in stale.text
    with world.portal.store.write() as db:
        release_feedback(db, "sample", None)
    page = grader.get(HERE).text
    assert "결과 페이지 다시 만들기" in page
    assert "결과 공개하기" not in page
    grader.post(f"{HERE}/feedback")
    world.work()
    with world.portal.store.read() as db:
        release = find_release(db, "sample")
    assert release is not None
    assert release.feedback_released_at is None, "turning the rule off later hides them"


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
