"""The grading worker's shift: jobs in their order, results copied, marks delivered, nothing lost."""

from __future__ import annotations

import shutil
import sqlite3
import uuid as uuids
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from marking_world import CELL, MarkingWorld
from sqlalchemy import func, select

from grader.errors import EnvironmentProblem, GraderError
from grader.grading.layout import CourseDirectory, only_writer
from grader.portal import grading_steps, result_copies, worker_shift
from grader.portal.grading_steps import Desk
from grader.portal.upkeep import find_upkeep_time, has_upkeep_failed
from grader.portal.worker_shift import Shift
from grader.store.audit import list_audit
from grader.store.jobs import (
    JobKind,
    JobState,
    claim_jobs,
    enqueue_grading,
    find_heartbeat,
    find_job,
    queue_position,
    requeue_running,
)
from grader.store.mark_queue import QueueState, count_queue_states, find_answer
from grader.store.marks import Delivery, NewMark, Round, add_mark, find_marks
from grader.store.refusals import Refused, keep_refusal
from grader.store.releases import LateStep, change_rules, find_release
from grader.store.schema import refusals, results


def result_of(world: MarkingWorld, uuid: str) -> dict[str, object] | None:
    with world.portal.store.read() as db:
        row = db.execute(select(results).where(results.c.submission == uuid)).mappings().one_or_none()
        return dict(row) if row is not None else None


def test_hand_in_is_graded(world: MarkingWorld) -> None:
    """A hand-in is placed, graded and copied; the trainee sees how many are before."""
    person, other = world.enrol("hq-001"), world.enrol("대구 003")
    first, second = world.write(person, "접수"), world.write(other, "판독", wrong=True)
    with world.portal.store.read() as db:
        assert queue_position(db, "sample", "hq-001") == 0
        assert queue_position(db, "sample", "대구 003") == 1
        assert queue_position(db, "sample", "nobody") is None
    world.work()
    good, bad = result_of(world, first), result_of(world, second)
    assert good is not None
    assert bad is not None
    assert (good["score"], good["max_score"], good["status"]) == (6.0, 10.0, "needs-person")
    assert good["cells"] == {
        "bmi-value": [3.0, 3.0],
        "bmi-missing": [2.0, 2.0],
        "label-check": [1.0, 1.0],
        "desk": [0.0, 4.0],
    }
    assert (bad["score"], bad["messages"]) == (4.0, [["bmi-missing", "failed", "missing-value"]])
    assert good["messages"] == []
    assert good["needs_person"] is True
    with world.portal.store.read() as db:
        assert queue_position(db, "sample", "hq-001") is None
        assert find_heartbeat(db) == world.portal.now()
        answer = find_answer(db, first, CELL)
    assert answer is not None
    assert (answer.is_open, answer.is_blank, answer.maximum) == (True, False, 4.0)


def test_newest_attempt_counts_and_history_stays(world: MarkingWorld) -> None:
    """A second attempt replaces the waiting job and the graded file; the first result stays as history."""
    person = world.enrol("hq-001")
    first = world.write(person, "하나", wrong=True)
    world.work()
    second = world.write(person, "둘")
    third = world.write(person, "셋")
    world.work()
    assert [bool(result_of(world, uuid)) for uuid in (first, second, third)] == [True, False, True]
    assert len(world.ran) == 3, "the first attempt, the author's own answer, and the newest: none in between"


def test_same_notebook_again_makes_nobody_late(world: MarkingWorld, portal_clock: object) -> None:
    """Late costs what the rule says, and the same bytes count from their first time."""
    with world.portal.store.write() as db:
        release = find_release(db, "sample")
        assert release is not None
        change_rules(db, "sample", replace(release.rules, late_rule=(LateStep(0, 10),)))
    person, other = world.enrol("hq-001"), world.enrol("hq-002")
    world.write(person, "제때")
    portal_clock.forward(days=4)
    again, late = world.write(person, "제때"), world.write(other, "늦게")
    world.work()
    on_time, too_late = result_of(world, again), result_of(world, late)
    assert on_time is not None
    assert too_late is not None
    assert (on_time["penalty"], too_late["penalty"], too_late["score"]) == (0.0, 0.6, 6.0)


def test_quarantine_is_copied_with_its_reason(world: MarkingWorld) -> None:
    """Work that cannot be graded is shown as held back with the reason; others are graded."""
    bad, good = world.enrol("hq-001"), world.enrol("hq-002")
    held, fine = world.write(bad, "하나"), world.write(good, "둘")
    with world.portal.store.read() as db:
        digest = db.exec_driver_sql(
            f"SELECT notebook_digest FROM submissions WHERE uuid = '{held}'"
        ).scalar_one()
    blob = world.portal.store.folder / "blobs" / digest[:2] / digest
    content = blob.read_bytes()
    blob.write_bytes(b"{}")
    world.grade_class()
    assert result_of(world, held) is None
    assert result_of(world, fine) is not None
    with world.portal.store.read() as db:
        counts = count_queue_states(db, "sample")
        jobs = [find_job(db, number) for number in (1, 2, 3)]
    assert counts == {QueueState.WAITING: 1, QueueState.NEEDS_PERSON: 1}
    assert [job.state for job in jobs if job] == [JobState.FAILED, JobState.DONE, JobState.FAILED]
    assert "damaged" in jobs[0].message
    blob.write_bytes(content)
    world.grade_class()
    assert result_of(world, held) is not None


def mark(world: MarkingWorld, uuid: str, person: str, level: int, score: float, **given: object) -> int:
    values = {"round": Round.FIRST, "comment": "좋습니다", "instead_of": None, **given}
    seen = values.pop("seen", None)
    new = NewMark("sample", person, uuid, CELL, "grader-1", levels={"concrete": level}, score=score, **values)
    with world.portal.store.write() as db:
        return add_mark(db, new, seen, world.portal.now())


def test_marks_reach_the_gradebook_and_come_back(world: MarkingWorld) -> None:
    """A mark is written to the gradebook, copied to results, and survives grading again."""
    person = world.enrol("hq-001")
    uuid = world.write(person, "접수")
    world.work()
    mark(world, uuid, "hq-001", 3, 4.0)
    world.work()
    assert world.gradebook("hq-001") == (None, 4.0, 0, "좋습니다")
    result = result_of(world, uuid)
    assert result
    assert (result["score"], result["status"], result["standing"]) == (10.0, "graded", "passed")
    with world.portal.store.write() as db:
        enqueue_grading(
            db, "sample", None, requested_by="g", now=world.portal.now(), kind=JobKind.GRADE_AGAIN
        )
    world.work()
    assert world.gradebook("hq-001") == (None, 4.0, 0, "좋습니다")
    number = mark(world, uuid, "hq-001", 1, 1.33, seen=1, instead_of=4.0)
    world.work()
    assert world.gradebook("hq-001")[1] == 1.33
    with world.portal.store.read() as db:
        current = find_marks(db, uuid, CELL).first
    assert current is not None
    assert (current.id, current.delivery) == (number, Delivery.WRITTEN)


def test_formgrader_is_never_overwritten_silently(world: MarkingWorld) -> None:
    """Who marked in formgrader meanwhile keeps their score; the portal's mark is shown as a conflict."""
    person = world.enrol("hq-001")
    uuid = world.write(person, "접수")
    world.work()
    world.mark_in_formgrader("hq-001", 2.0)
    mark(world, uuid, "hq-001", 3, 4.0)
    world.work()
    assert world.gradebook("hq-001")[1] == 2.0
    with world.portal.store.read() as db:
        current = find_marks(db, uuid, CELL).first
        assert current is not None
        assert current.delivery is Delivery.CONFLICT
    mark(world, uuid, "hq-001", 3, 4.0, seen=current.id, instead_of=2.0)
    world.work()
    assert world.gradebook("hq-001")[1] == 4.0


def test_a_mark_without_a_place_holds_nobody_up(world: MarkingWorld) -> None:
    """The gradebook lost the answer: graders see that the mark did not arrive, and others are graded."""
    person = world.enrol("hq-001")
    uuid = world.write(person, "접수")
    world.work()
    mark(world, uuid, "hq-001", 3, 4.0)
    with closing(sqlite3.connect(world.paths.gradebook)) as gradebook, gradebook:
        gradebook.execute("DELETE FROM grade")
    other = world.write(world.enrol("hq-002"), "판독")
    world.work()
    with world.portal.store.read() as db:
        current = find_marks(db, uuid, CELL).first
    assert current is not None
    assert current.delivery is Delivery.CONFLICT
    assert result_of(world, other) is not None


@pytest.mark.parametrize("step", ["deliver_marks", "copy_what_differs"])
def test_trouble_with_one_mark_or_result_ends_no_worker(
    world: MarkingWorld, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """It would end again at every start, and nobody's work would be graded."""

    def fail(desk: Desk) -> int:
        raise GraderError("one of them is beyond repair")

    monkeypatch.setattr(worker_shift, step, fail)
    uuid = world.write(world.enrol("hq-001"), "접수")
    world.work()
    assert result_of(world, uuid) is not None


def test_two_quick_marks_are_one_delivery(world: MarkingWorld) -> None:
    """A mark that was replaced before it was delivered is not; the newer one is, without a conflict."""
    person = world.enrol("hq-001")
    uuid = world.write(person, "접수")
    world.work()
    first = mark(world, uuid, "hq-001", 3, 4.0)
    mark(world, uuid, "hq-001", 2, 2.67, seen=first, instead_of=4.0)
    world.work()
    assert world.gradebook("hq-001")[1] == 2.67


def test_changes_in_formgrader_are_copied(world: MarkingWorld) -> None:
    """What formgrader wrote shows on pages after the next look at the gradebook."""
    person = world.enrol("hq-001")
    uuid = world.write(person, "접수")
    shift = world.shift()
    while shift.step():
        pass
    world.mark_in_formgrader("hq-001", 3.0)
    world.work()
    result = result_of(world, uuid)
    assert result
    assert (result["score"], result["needs_person"]) == (9.0, False)


def test_feedback_job_writes_pages_then_releases(world: MarkingWorld) -> None:
    """Pages are there before trainees may see them, and follow every later mark."""
    person = world.enrol("hq-001")
    uuid = world.write(person, "접수")
    world.work()
    page = world.paths.feedback("hq-001", "sample")
    assert not page.exists()
    with world.portal.store.write() as db:
        enqueue_grading(
            db, "sample", None, requested_by="grader-1", now=world.portal.now(), kind=JobKind.FEEDBACK
        )
    world.work()
    before = page.read_text("utf-8")
    with world.portal.store.read() as db:
        release = find_release(db, "sample")
        lines = list_audit(db, "feedback-released")
    assert release is not None
    assert release.feedback_released_at == world.portal.now()
    assert [(line.actor, line.object) for line in lines] == [("grader-1", "assignment:sample")]
    mark(world, uuid, "hq-001", 3, 4.0)
    world.work()
    assert page.read_text("utf-8") != before
    assert "좋습니다" in page.read_text("utf-8")


def test_busy_course_directory_is_waited_for(world: MarkingWorld) -> None:
    """While somebody grades on the command line, jobs and marks wait; nothing fails."""
    person = world.enrol("hq-001")
    uuid = world.write(person, "접수")
    with only_writer(world.paths):
        assert world.shift().step() is False
        with world.portal.store.read() as db:
            job = find_job(db, 1)
        assert job is not None
        assert (job.state, job.starts) == (JobState.WAITING, 0)
        assert "another medai command" in job.message
    world.work()
    assert result_of(world, uuid) is not None


def test_single_hand_ins_come_before_a_class(world: MarkingWorld) -> None:
    """Who waits at the screen comes first, whatever was asked for earlier."""
    with world.portal.store.write() as db:
        now = world.portal.now()
        whole = enqueue_grading(db, "sample", None, requested_by="g", now=now)
        single = enqueue_grading(db, "sample", "hq-001", requested_by="g", now=now)
        assert enqueue_grading(db, "sample", "hq-001", requested_by="g", now=now) == single
        assert enqueue_grading(db, "sample", None, requested_by="g", now=now, kind=JobKind.FEEDBACK) > single
        taken = [claim_jobs(db, now) for _ in range(2)]
    assert [[job.id for job in jobs] for jobs in taken] == [[single], [whole]]


def test_jobs_of_a_dead_worker_are_taken_up(world: MarkingWorld) -> None:
    """A job that was running waits again; one during which the worker ended three times fails in words."""
    now = world.portal.now()
    with world.portal.store.write() as db:
        number = enqueue_grading(db, "sample", None, requested_by="g", now=now)
        for _ in range(2):
            claim_jobs(db, now)
            assert requeue_running(db, now) == 1
        claim_jobs(db, now)
        assert requeue_running(db, now) == 0
        job = find_job(db, number)
    assert job is not None
    assert job.state is JobState.FAILED
    assert "ended 3 times" in job.message


def test_a_program_error_fails_one_job_only(world: MarkingWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of ours says so without a word of anybody's work, and the next job runs."""
    person = world.enrol("hq-001")
    world.write(person, "비밀 답안")

    def broken(_jobs: object) -> Iterator[object]:
        raise ZeroDivisionError("비밀 답안")

    shift = Shift(Desk(world.portal, broken))
    assert shift.step() is True
    with world.portal.store.read() as db:
        job = find_job(db, 1)
    assert job is not None
    assert (job.state, "ZeroDivisionError" in job.message, "비밀" in job.message) == (
        JobState.FAILED,
        True,
        False,
    )


def test_missing_walls_are_told_after_three_tries(world: MarkingWorld) -> None:
    """What the machine lacks is tried again and then told to graders, with the hint."""
    person = world.enrol("hq-001")
    world.write(person, "접수")

    def no_walls(_jobs: object) -> Iterator[object]:
        raise EnvironmentProblem("no sandbox", "install bubblewrap")

    shift = Shift(Desk(world.portal, no_walls))
    assert [shift.step() for _ in range(3)] == [False, False, True]
    with world.portal.store.read() as db:
        job = find_job(db, 1)
    assert job is not None
    assert (job.state, job.message) == (JobState.FAILED, "no sandbox\n  → install bubblewrap")


def test_class_job_yields_between_batches(world: MarkingWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hand-in that comes while a class is graded is graded before the class is through."""
    monkeypatch.setattr("grader.portal.worker_shift.BATCH", 1)
    people = [world.enrol(f"hq-{number:03}") for number in range(3)]
    for person in people:
        world.write(person, f"답 {person.id}")
    with world.portal.store.write() as db:
        db.exec_driver_sql("DELETE FROM jobs")
        enqueue_grading(db, "sample", None, requested_by="g", now=world.portal.now())
    order: list[str] = []
    newcomer = world.enrol("hq-900")
    shift = world.shift()
    real = shift._desk.run_jobs

    def run(jobs: object) -> object:
        if not order:
            world.write(newcomer, "급한 답")
        order.append("batch")
        return real(jobs)

    object.__setattr__(shift._desk, "runner", run)
    shift._desk.__dict__.pop("run_jobs")
    while shift.step():
        pass
    with world.portal.store.read() as db:
        rows = db.exec_driver_sql("SELECT person, finished_at FROM jobs ORDER BY finished_at, id").all()
        job = find_job(db, 1)
    assert {row[0] for row in rows} == {None, "hq-900"}
    assert job is not None
    assert (job.done, job.total) == (3, 3)
    stamps = sorted(Path(world.paths.root / "autograded").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    assert [path.name for path in stamps].index("hq-900") < 3


def test_lost_course_directory_says_so(world: MarkingWorld) -> None:
    """Without a release in the course directory, the job says what to do."""
    person = world.enrol("hq-001")
    world.write(person, "접수")
    shutil.rmtree(CourseDirectory(world.portal.settings.course_dir).root / "source")
    world.work()
    with world.portal.store.read() as db:
        job = find_job(db, 1)
    assert job is not None
    assert (job.state, "was not released" in job.message) == (JobState.FAILED, True)
    assert job.finished_at is not None
    assert job.finished_at - job.created_at < timedelta(minutes=1)


def job_states(world: MarkingWorld) -> list[tuple[JobState, str]]:
    with world.portal.store.read() as db:
        found = [find_job(db, number) for number in range(1, 10)]
    return [(job.state, job.message) for job in found if job is not None]


def test_a_rush_is_one_grading(world: MarkingWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several people's hand-ins are graded together; marks are read of these people alone."""
    asked: list[set[str]] = []
    real = result_copies.read_marks

    def read(path: Path, assignment: str, people: list[str]) -> object:
        asked.append(set(people))
        return real(path, assignment, people)

    early = world.enrol("hq-000")
    world.write(early, "먼저")
    world.work()
    monkeypatch.setattr(result_copies, "read_marks", read)
    numbers = [world.write(world.enrol(f"hq-{number:03}"), f"답 {number}") for number in range(1, 4)]
    shift = world.shift()
    assert shift.step() is True
    assert asked == [{"hq-001", "hq-002", "hq-003"}]
    assert all(result_of(world, number) for number in numbers)
    assert job_states(world) == [(JobState.DONE, "")] * 4


def test_one_bad_hand_in_fails_alone(world: MarkingWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that our program fails on, or whose bytes are gone, leaves its neighbours graded."""
    numbers = [world.write(world.enrol(f"hq-{number:03}"), f"답 {number}") for number in range(4)]
    real = grading_steps.store_submission

    def store(course: object, assignment: str, incoming: object) -> object:
        if incoming.trainee == "hq-001":
            raise ZeroDivisionError("비밀 답안")
        return real(course, assignment, incoming)

    monkeypatch.setattr(grading_steps, "store_submission", store)
    with world.portal.store.read() as db:
        query = f"SELECT notebook_digest FROM submissions WHERE uuid = '{numbers[2]}'"
        digest = db.exec_driver_sql(query).scalar_one()
    (world.portal.store.folder / "blobs" / digest[:2] / digest).write_bytes(b"{}")
    world.work()
    assert [bool(result_of(world, number)) for number in numbers] == [True, False, False, True]
    states = job_states(world)
    assert [state for state, _ in states] == [
        JobState.DONE,
        JobState.FAILED,
        JobState.FAILED,
        JobState.DONE,
    ]
    assert "ZeroDivisionError" in states[1][1]
    assert "비밀" not in states[1][1]
    assert "damaged" in states[2][1]


def test_a_receipt_without_a_job_is_found(world: MarkingWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server died after the receipt: the worker finds the work when it starts, and while it runs."""

    def die(*_args: object, **_more: object) -> None:
        raise EnvironmentProblem("the database is gone", "wait")

    shift = world.shift()
    while shift.step():
        pass
    monkeypatch.setattr("grader.portal.hand_in.enqueue_grading", die)
    number = world.write(world.enrol("hq-001"), "접수")
    assert job_states(world) == []
    assert shift.step() is False, "it was looked at just now"
    world.work()
    assert result_of(world, number) is not None
    monkeypatch.setattr("grader.portal.worker_shift.CATCH_UP_EVERY_S", 0.0)
    shift = world.shift()
    while shift.step():
        pass
    later = world.write(world.enrol("hq-002"), "판독")
    while shift.step():
        pass
    assert result_of(world, later) is not None


def test_upkeep_once_a_day_when_nothing_waits(world: MarkingWorld, portal_clock: object) -> None:
    """What is over goes by itself, audited as the portal's own doing; work comes first."""
    person = world.enrol("hq-001")
    refused = Refused(str(uuids.uuid4()), person.id, "sample", "a.ipynb", 2, "not-json", "", b"{}")
    keep_refusal(world.portal.store, refused, world.portal.now())
    world.work()
    portal_clock.forward(days=91)
    world.write(person, "접수")
    shift = world.shift()
    assert shift.step() is True

    def count() -> tuple[int, int]:
        with world.portal.store.read() as db:
            lines = list_audit(db, "retention-applied")
            assert {line.actor for line in lines} == {"system"}
            return db.execute(select(func.count()).select_from(refusals)).scalar_one(), len(lines)

    assert count() == (1, 1), "a job came first"
    while shift.step():
        pass
    assert count() == (0, 2)
    world.work()
    assert count() == (0, 2), "once a day"


def test_failing_upkeep_never_stops_grading(
    world: MarkingWorld, portal_clock: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is noted for operators; the next day that goes well takes the note away."""

    def fail(*_args: object) -> None:
        raise PermissionError("/secret")

    with monkeypatch.context() as broken:
        broken.setattr("grader.portal.upkeep.apply_retention", fail)
        world.work()
        number = world.write(world.enrol("hq-001"), "접수")
        world.work()
        assert result_of(world, number) is not None
        with world.portal.store.read() as db:
            assert (has_upkeep_failed(db), find_upkeep_time(db)) == (True, None)
    world.work()
    with world.portal.store.read() as db:
        assert (has_upkeep_failed(db), find_upkeep_time(db)) == (False, world.portal.now())
