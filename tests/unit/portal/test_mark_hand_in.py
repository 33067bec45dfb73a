"""Graders' page of one hand-in: why it is held back, what was put right, whose it is; regrade requests."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from marking_desk import HERE, Enter, hand_in_four, open_door
from marking_world import CELL, MarkingWorld

from grader.grading.reasons import Reason
from grader.model.people import Access
from grader.portal.door import TurnedAway
from grader.portal.hand_in import take_hand_in
from grader.portal.mark_view import compare_clocks, name_reason
from grader.portal.pages import WORDS
from grader.site.downloads import zip_files
from grader.store.audit import list_audit
from grader.store.jobs import JobState, find_job
from grader.store.mark_notes import list_notes
from grader.store.marks import find_marks
from grader.store.regrade_requests import RequestState, ask_for_regrade, find_regrade_request
from grader.store.submissions import find_any_submission
from grader.text import Language


@pytest.fixture
def enter(world: MarkingWorld) -> Enter:
    """Return a function that signs a new grader in."""
    return open_door(world)


@pytest.fixture
def uuids(world: MarkingWorld, portal_clock: object) -> list[str]:
    """Four graded hand-ins; the written answers wait."""
    return hand_in_four(world, portal_clock.forward)


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
    assert "이름0" not in grader.get(f"{path}/who").text
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
    lacking = grader.post("/mark/regrades/1", decision="declined", answer=" \r\n ")
    assert lacking.status_code == 400
    assert "받아들이지 않는 이유를" in lacking.text
    long = grader.post("/mark/regrades/1", decision="granted", answer="가" * 4001)
    assert long.status_code == 400
    assert "가" * 4001 in long.text, "nothing that was typed is lost"
    granted = grader.post("/mark/regrades/1", decision="granted", answer="다시 보겠습니다")
    assert granted.headers["location"].startswith(f"/mark/submissions/{uuids[0]}")
    twice = grader.post("/mark/regrades/1", decision="declined", answer="아니요, <b>기준</b>대로입니다")
    assert twice.status_code == 409
    assert "다른 사람이 먼저 답했습니다" in twice.text
    assert 'class="note good"' not in twice.text
    assert "아니요, &lt;b&gt;기준&lt;/b&gt;대로입니다" in twice.text
    grader.post("/mark/regrades/2", decision="declined", answer="기준대로입니다")
    assert grader.post("/mark/regrades/2", decision="open").status_code == 400
    assert grader.post("/mark/regrades/9", decision="granted").status_code == 404
    with world.portal.store.read() as db:
        states = [find_regrade_request(db, number).state for number in (1, 2)]
    assert states == [RequestState.GRANTED, RequestState.DECLINED]
    assert "기준대로입니다" in grader.get("/mark/regrades?state=declined").text


HAND_IN = "/mark/submissions/"


def hold_back(world: MarkingWorld, content: bytes, file_name: str = "김가상_과제.ipynb", **more: Any) -> str:
    """Hand in a file that grading holds back, under a name that tells who did; return the hand-in."""
    number = str(uuid4())
    person = world.enrol("hq-001")
    done = take_hand_in(world.portal, person, "sample", number, file_name, content, **more)
    assert not isinstance(done, TurnedAway), done
    world.grade_class()
    return number


def answered_twice(world: MarkingWorld) -> bytes:
    """Return a notebook in which one answer stands twice, with different code."""
    notebook = json.loads(world.notebook("sample"))
    (number,) = [n for n, cell in enumerate(notebook["cells"]) if cell["id"] == "bmi"]
    answer = notebook["cells"][number]
    answers = [{**answer, "source": f"def bmi(cm, kg):\n    return {wrong}\n"} for wrong in ("cm", "kg")]
    notebook["cells"][number : number + 1] = answers
    return json.dumps(notebook, ensure_ascii=False).encode()


def test_ambiguous_work_is_compared_with_the_release(world: MarkingWorld, enter: Enter) -> None:
    """What the trainee wrote stands against what was released; hidden tests and names do not."""
    uuid = hold_back(world, answered_twice(world))
    grader = enter()
    page = unescape(grader.get(HAND_IN + uuid).text)
    assert "답으로 볼 수 있는 셀이 둘 이상입니다" in page
    assert "cell bmi stands 2 times" in page
    diff = page[page.index("--- released") : page.index("</pre>")]
    changed = [line for line in diff.split("\n") if line[:1] in "+-"]
    assert [line for line in changed if "return" in line] == ["+    return cm", "+    return kg"]
    assert any(line.startswith("-    raise NotImplementedError") for line in changed), diff
    assert "BMI를 계산합니다" not in diff, "what was left as it was is no difference"
    assert "secret_height_column" not in page
    assert not any(name in page for name in ("김가상", "hq-001"))
    queue = unescape(grader.get("/mark?state=quarantined").text)
    assert "<dt>어느 셀이 답인지 분명하지 않음</dt><dd>1</dd>" in queue
    assert "<td>어느 셀이 답인지 분명하지 않음</td>" in queue


def test_a_broken_file_shows_where(world: MarkingWorld, enter: Enter) -> None:
    """The lines around the fault; the evidence of our own faults names nobody."""
    uuid = hold_back(world, answered_twice(world))
    path = world.paths.submitted("hq-001", "sample")
    path.write_bytes(b'{\n "cells": [],\n "nbformat" 4,\n "<i>": 1\n}')
    world.grade_class()
    grader = enter()
    page = unescape(grader.get(HAND_IN + uuid).text)
    assert "올바른 JSON이 아닙니다" in page
    assert '→      3   "nbformat" 4,\n' in page
    assert '       4   "<i>": 1\n' in page
    assert "--- released" not in page
    record = world.paths.quarantine("sample", "hq-001") / "reason.json"
    fault = {"reason": "our-fault", "detail": "OSError: /data/submitted/hq-001/sample", "stage": "grade"}
    record.write_text(json.dumps(fault))
    assert "OSError: /data/submitted/…/sample" in unescape(grader.get(HAND_IN + uuid).text)


def test_every_reason_has_a_word() -> None:
    """The list says why in a few words; what nobody knows is our fault."""
    words = {name_reason(reason) for reason in Reason}
    assert len(words) == len(Reason)
    assert words <= set(WORDS)
    assert name_reason("of-a-later-version") == "mark_reason_our-fault"


def test_a_zip_is_offered_as_one(world: MarkingWorld, enter: Enter) -> None:
    """Windows writes endings in capitals."""
    content = zip_files({"sample.ipynb": answered_twice(world)})
    uuid = hold_back(world, content, "HOMEWORK.ZIP")
    file = enter().get(f"{HAND_IN}{uuid}/file")
    assert file.content == content
    assert file.headers["content-disposition"].endswith(".zip")


def test_the_senders_clock_is_evidence(world: MarkingWorld, enter: Enter) -> None:
    """What the other side's clock said, and how far that is from ours; nothing where it said nothing."""
    now = world.portal.now()
    uuid = hold_back(world, answered_twice(world), client_at=now - timedelta(hours=26))
    page = enter().get(HAND_IN + uuid).text
    assert "제출한 컴퓨터의 시각" in page
    assert "서버가 받은 시각보다 1일 2시간 빠릅니다" in page
    with world.portal.store.read() as db:
        submission = find_any_submission(db, uuid)
    assert submission is not None
    for at, said in (
        (now + timedelta(seconds=20), "서버가 받은 시각과 1분도 차이 나지 않습니다."),
        (now + timedelta(minutes=3), "서버가 받은 시각보다 3분 늦습니다."),
        (None, ""),
    ):
        assert compare_clocks(replace(submission, client_at=at), Language.KO) == said


def test_a_long_note_comes_back(uuids: list[str], enter: Enter) -> None:
    """What is too long is not kept and not lost."""
    page = enter().post(f"{HAND_IN}{uuids[0]}/notes", text="나" * 2001)
    assert page.status_code == 400
    assert "나" * 2001 in page.text
    assert "제출한 컴퓨터의 시각" not in page.text


def test_texts_that_fit_the_box_are_kept_whole(world: MarkingWorld, uuids: list[str], enter: Enter) -> None:
    """A browser counts a line end once and sends two characters: nothing is refused, nothing cut off."""
    grader, chief = enter(), enter("chief-1", Access.INSTRUCTOR)
    typed, kept = "\r\n".join(["가나다"] * 1000), "\n".join(["가나다"] * 1000)
    short, short_kept = "\r\n".join(["가나다"] * 500), "\n".join(["가나다"] * 500)
    assert len(kept) == 3999
    assert grader.mark(uuids[0], 3, comment=typed).status_code == 303
    grader.post(f"{HERE}/second", percent=100)
    chief.mark(uuids[0], 0)
    agree = f"{HERE}/agree/{CELL}/{uuids[0]}"
    assert grader.post(agree, seen="", comment=typed, **{"level-concrete": 2}).status_code == 303
    assert grader.post(f"/mark/submissions/{uuids[0]}/notes", text=short).status_code == 303
    world.release("sample", feedback_at_once=True)
    asked = enter("hq-000").post(f"/learn/sample/submissions/{uuids[0]}/regrade", text=typed)
    assert asked.status_code == 303
    assert grader.post("/mark/regrades/1", decision="declined", answer=typed).status_code == 303
    with world.portal.store.read() as db:
        marks = find_marks(db, uuids[0], CELL)
        (note,) = list_notes(db, uuids[0])
        request = find_regrade_request(db, 1)
    assert marks.first is not None
    assert marks.agreed is not None
    assert request is not None
    assert [marks.first.comment, marks.agreed.comment, request.text, request.answer] == [kept] * 4
    assert note.text == short_kept
