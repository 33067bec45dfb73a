"""Progress and item statistics: counts that add up, newest work counting, nothing told of small groups."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, select, update

from grader.model.people import Access, Person
from grader.portal.item_view import build_item_report
from grader.store.grading_copy import FailedTest
from grader.store.people import add_people
from grader.store.progress import ProgressFilter, WorkState, count_handed_in, count_states, list_progress
from grader.store.schema import results, submissions
from grader.store.statistics_rows import ScoredWork, read_scored_work

SLUG = "e0-first-notebook"
COHORTS = ["essentials-2026"]


@pytest.fixture
def teacher(sign_in):
    """An instructor's browser."""
    return sign_in(Access.INSTRUCTOR)


class Classroom:
    """People and their work, put straight into the tables."""

    def __init__(self, portal) -> None:
        self.portal = portal
        self.number = 0

    def add(self, person_id: str, site: str = "jeju", **values: object) -> str:
        """Add a trainee."""
        given = {"id": person_id, "name": f"교육생 {person_id}", "site": site, "role": "office"}
        person = Person.model_validate({**given, "cohort": COHORTS[0], **values})
        with self.portal.store.write() as db:
            add_people(db, [person], now=self.portal.now())
        return person_id

    def hand_in(self, person: str, attempt: int = 1, late_s: float = 0.0) -> str:
        """Add a submission; return its id."""
        self.number += 1
        uuid = str(UUID(int=self.number))
        row = {
            "uuid": uuid,
            "person": person,
            "assignment": SLUG,
            "attempt": attempt,
            "file_name": "e0.ipynb",
            "digest": "0" * 64,
            "notebook_digest": "0" * 64,
            "size_bytes": 1,
            "received_at": self.portal.now() + timedelta(minutes=self.number),
            "late_s": late_s,
            "origin": "page",
            "is_original_kept": True,
            "notes": [],
        }
        with self.portal.store.write() as db:
            db.execute(insert(submissions).values(row))
        return uuid

    def grade(
        self, person: str, uuid: str, status: str = "graded", standing: str = "passed", **values
    ) -> None:
        """Add a result."""
        row = {
            "submission": uuid,
            "person": person,
            "assignment": SLUG,
            "status": status,
            "standing": standing,
            "score": 24.0,
            "max_score": 30.0,
            "needs_person": status == "needs-person",
            "cells": {},
            "messages": [],
            "graded_at": self.portal.now(),
        }
        with self.portal.store.write() as db:
            db.execute(insert(results).values({**row, **values}))


@pytest.fixture
def room(portal) -> Classroom:
    """A classroom with one person in each state, and one from elsewhere who did nothing."""
    made = Classroom(portal)
    for name in ("missing", "waiting", "broken", "asking", "failed", "passed"):
        made.add(name, site="busan" if name == "passed" else "jeju")
    made.add("elsewhere", cohort="impact-2026")
    made.add("guest", cohort="impact-2026")
    made.hand_in("waiting")
    made.hand_in("guest")
    made.grade("broken", made.hand_in("broken"), "quarantined", "", score=None)
    made.grade("asking", made.hand_in("asking"), "needs-person", "pending")
    made.grade("failed", made.hand_in("failed"), standing="not-passed")
    made.grade("passed", made.hand_in("passed"), standing="not-passed")
    made.grade("passed", made.hand_in("passed", attempt=2, late_s=61.0), penalty=2.4)
    return made


def test_everybody_is_counted_once_by_their_newest_work(room, portal) -> None:
    with portal.store.read() as db:
        counts = count_states(db, SLUG, COHORTS)
        people = list_progress(db, SLUG, COHORTS)
        handed_in = count_handed_in(db)
    states = {one.person_id: one.state for one in people}
    assert states == {
        "missing": WorkState.MISSING,
        "waiting": WorkState.WAITING,
        "guest": WorkState.WAITING,
        "broken": WorkState.QUARANTINED,
        "asking": WorkState.NEEDS_PERSON,
        "failed": WorkState.NOT_PASSED,
        "passed": WorkState.PASSED,
    }
    assert sum(count.people for count in counts) == len(people)
    assert {count.state for count in counts if count.site == "busan"} == {WorkState.PASSED}
    assert handed_in == {(SLUG, "jeju"): 5, (SLUG, "busan"): 1}
    passed = next(one for one in people if one.person_id == "passed")
    assert (passed.attempts, passed.late_s, passed.penalty) == (2, 61.0, 2.4)


def test_newer_work_that_waits_hides_the_older_result(room, portal) -> None:
    room.hand_in("failed", attempt=2)
    with portal.store.read() as db:
        (failed,) = [one for one in list_progress(db, SLUG, COHORTS) if one.person_id == "failed"]
    assert failed.state is WorkState.WAITING
    assert failed.score is None


def test_lists_go_on_where_they_ended(room, portal) -> None:
    with portal.store.read() as db:
        everybody = list_progress(db, SLUG, COHORTS, limit=None)
        first = list_progress(db, SLUG, COHORTS, limit=3)
        rest = list_progress(db, SLUG, COHORTS, after=first[-1].folded, limit=None)
        some = list_progress(db, SLUG, COHORTS, ProgressFilter(site="busan", state=WorkState.PASSED))
    assert first + rest == everybody
    assert [one.person_id for one in some] == ["passed"]


def test_pages_show_the_counts_and_the_people_behind_them(room, teacher, portal) -> None:
    assert "6 / 5" not in teacher.get("/teach/progress").text
    assert "1 / 1" in teacher.get("/teach/progress").text
    text = teacher.get(f"/teach/progress/{SLUG}").text
    assert "교육생 missing" in text
    assert "교육생 elsewhere" not in text
    only = teacher.get(f"/teach/progress/{SLUG}?site=busan&state=passed").text
    assert "교육생 passed" in only
    assert "교육생 missing" not in only
    assert "21.6 / 30" in only
    assert "감점 2.4점을 뺀 점수" in only
    assert teacher.get(f"/teach/progress/{SLUG}?site=%27;--&state=x&after=%F0%9F%A6%8A").status_code == 200
    assert teacher.get("/teach/progress/e9-nothing").status_code == 404
    assert teacher.get("/teach/statistics/e9-nothing").status_code == 404


def test_the_csv_is_whole_and_harmless(room, teacher, portal) -> None:
    room.add("=cmd", name="+SUM(A1)")
    answer = teacher.get(f"/teach/progress/{SLUG}/progress.csv?state=missing")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[0][:3] == ["교육생 아이디", "이름", "센터"]
    assert [line[0] for line in lines[1:]] == ["'=cmd", "missing"]
    assert lines[1][1] == "'+SUM(A1)"
    assert lines[2][5] == "제출 전"


def test_the_csv_tells_the_clock_of_whoever_sent(room, teacher, portal) -> None:
    """Evidence for appeals: sent in time by their clock, received later by ours."""
    uuid = room.hand_in("missing")
    with portal.store.write() as db:
        row = submissions.c.uuid == uuid
        at = db.execute(select(submissions.c.received_at).where(row)).scalar_one()
        db.execute(update(submissions).where(row).values(client_at=at - timedelta(seconds=90)))
    answer = teacher.get(f"/teach/progress/{SLUG}/progress.csv?lang=en&state=no-such-state")
    lines = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    told = {next(iter(line.values())): line for line in lines}
    assert len(told) == 7
    mine = told["missing"]
    assert mine["Seconds until the server had it"] == "90"
    handed_in, sent = (mine[name][:16] for name in ("Handed in", "Time by the sender's clock"))
    assert handed_in > sent
    assert told["waiting"]["Seconds until the server had it"] == ""


def test_a_state_that_nobody_knows_is_dropped_from_the_links(room, teacher) -> None:
    text = teacher.get(f"/teach/progress/{SLUG}?site=jeju&state=nonsense").text
    assert "site=jeju" in text
    assert "nonsense" not in text.split("</header>", 1)[-1]


def scored(cells, failed=(), site: str = "jeju") -> ScoredWork:
    """One nameless person's work."""
    return ScoredWork(site, cells, failed)


def works(number: int, content, site: str = "jeju", share: float = 1.0, failed=()) -> list[ScoredWork]:
    """Graded work of people who all got the same share of each test cell."""
    cells = {
        cell.id: (cell.points * share, float(cell.points))
        for cell in content.sheet.cells
        if cell.points and cell.role == "test"
    }
    return [scored(cells, failed, site) for _ in range(number)]


def test_small_groups_are_not_told_apart(course) -> None:
    content = course.assignments[SLUG]
    report = build_item_report(content, works(5, content) + works(4, content, "busan", 0.5))
    assert {group.site: group.share for group in report.sites} == {"jeju": 1.0, "busan": None}
    assert report.is_small
    assert not build_item_report(content, works(10, content)).is_small
    assert sum(len(task.items) for task in report.tasks) == len(works(1, content)[0].cells)


def test_work_of_another_revision_is_left_out(course) -> None:
    content = course.assignments[SLUG]
    (whole,) = works(1, content)
    other = scored({"gone": (1.0, 1.0)}, [FailedTest("gone", "failed", "")])
    report = build_item_report(content, [whole, other])
    assert (report.people, report.left_out) == (1, 1)
    alone = build_item_report(None, [other])
    assert (alone.tasks[0].items[0].cell, alone.failing[0].cell) == ("gone", "gone")
    assert build_item_report(content, []).people == 0


def test_failing_tests_are_counted_by_people_verdict_message_and_site(course) -> None:
    """A test without a message counts like any other; a site of four is shown in the sum alone."""
    content = course.assignments[SLUG]
    first, second, *_ = works(1, content)[0].cells
    empty, mute = FailedTest(first, "failed", "read-empty"), FailedTest(second, "failed", "")
    late, unrun = FailedTest(second, "timed-out", ""), FailedTest(second, "not-run", "")
    people = [
        *works(2, content, failed=(empty, mute)),
        *works(1, content, failed=(late, FailedTest("of-another-revision", "failed", ""))),
        *works(3, content),
        *works(4, content, "busan", failed=(unrun,)),
    ]
    commonest, other = build_item_report(content, people).failing
    assert (commonest.cell, commonest.people, commonest.share) == (second, 7, 0.7)
    assert [(one.text.en, one.people) for one in commonest.verdicts] == [
        ("Not run", 4),
        ("Not passed", 2),
        ("Took too long", 1),
    ]
    assert commonest.messages == ()
    assert commonest.sites == {"jeju": 0.5}
    assert (other.cell, other.people, other.sites) == (first, 2, {"jeju": pytest.approx(2 / 6)})
    assert [one.people for one in other.messages] == [2]


def test_a_test_that_the_best_fail_is_marked(course) -> None:
    content = course.assignments[SLUG]
    (best,), (worst,) = works(1, content), works(1, content, share=0.0)
    cell = next(iter(best.cells))
    odd = [
        scored({**work.cells, cell: (points, best.cells[cell][1])})
        for work, points in ((best, 0.0), (worst, best.cells[cell][1]))
        for _ in range(6)
    ]
    report = build_item_report(content, odd)
    item = next(item for task in report.tasks for item in task.items if item.cell == cell)
    assert item.is_odd
    assert item.statistics.upper_lower == pytest.approx(-1.0)


def test_the_statistics_page_reads_the_newest_graded_work(room, teacher, portal, course) -> None:
    text = teacher.get(f"/teach/statistics/{SLUG}").text
    assert "다른 개정판" in text or "아직 채점한 제출물이 없습니다" in text
    content = course.assignments[SLUG]
    (whole,) = works(1, content)
    cells = {cell: list(points) for cell, points in whole.cells.items()}
    room.add("first")
    room.grade("first", room.hand_in("first"), cells={}, score=1.0)
    (cell, *_) = cells
    failed = [[cell, "failed", "read-empty"]]
    room.grade("first", room.hand_in("first", attempt=2), cells=cells, messages=failed)
    room.hand_in("first", attempt=3)
    with portal.store.read() as db:
        found = [work for work in read_scored_work(db, SLUG) if work.cells]
    assert len(found) == 1
    text = teacher.get(f"/teach/statistics/{SLUG}").text
    assert "1명의 가장 새 제출물" in text
    assert "10명보다 적습니다" in text
    assert "1명 (100%)" in text
    assert "통과하지 못함 1" in text
    assert "아직 답이 비어 있습니다" in text
