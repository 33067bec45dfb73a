"""Queue, written answers, marks and jobs in the store, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from office import DURI, HANA, NOON, Office, count_waiting, make_hand_in

from grader.store.catch_up import queue_forgotten
from grader.store.comment_bank import keep_comment, list_comments, withdraw_comment
from grader.store.grading_copy import (
    AnswerCopy,
    Copied,
    ResultCopy,
    list_copied,
    list_graded_assignments,
    list_newest,
    note_marked,
    save_results,
)
from grader.store.jobs import (
    JobKind,
    JobState,
    claim_jobs,
    enqueue_grading,
    find_heartbeat,
    find_job,
    find_newest_job,
    finish_job,
    note_heartbeat,
    note_progress,
    put_back,
    queue_position,
    requeue_running,
)
from grader.store.mark_notes import add_note, list_notes
from grader.store.mark_queue import (
    QueueFilter,
    QueueState,
    SecondDue,
    WorkCounts,
    count_answers,
    count_held_reasons,
    count_queue_states,
    count_ungraded,
    count_work,
    find_answer,
    find_neighbours,
    find_queue_line,
    fingerprint_ungraded,
    list_answers_of,
    list_queue,
    list_second_due,
    needs_second_mark,
    next_answer,
)
from grader.store.marks import (
    Delivery,
    MarkTaken,
    NewMark,
    Round,
    add_mark,
    find_marks,
    list_conflicts,
    list_double_marks,
    list_known_scores,
    list_undelivered,
    set_delivery,
)
from grader.text import Language

CELL = "memo"


def copy_of(
    number: int, person: str, *, is_open: bool = True, is_blank: bool = False, **given: object
) -> ResultCopy:
    """Return a result with one written answer."""
    answer = AnswerCopy(CELL, is_open, is_blank, None, 12.0, "")
    values = {"status": "needs-person", "needs_person": True, "reason": "", "score": 5.0, **given}
    return ResultCopy(
        submission=make_hand_in(number).uuid,
        person=person,
        pseudonym=f"pseudonym-{number}",
        assignment="a1",
        standing="pending",
        max_score=20.0,
        penalty=0.0,
        cells={"q1": (5.0, 8.0), CELL: (0.0, 12.0)},
        messages=(),
        graded_at=NOON,
        answers=[answer],
        **values,
    )


@pytest.fixture
def graded(office: Office) -> Office:
    """Two people's work: 김하나 with two attempts, of which the newest is graded; 이두리 quarantined."""
    office.hand_in(make_hand_in(1))
    office.hand_in(make_hand_in(2, b"{2}"), NOON + timedelta(minutes=1))
    office.hand_in(make_hand_in(3, b"{3}", person=DURI.id), NOON + timedelta(minutes=2))
    held = copy_of(3, DURI.id, status="quarantined", needs_person=False, reason="not-json", score=None)
    with office.store.write() as db:
        save_results(db, [copy_of(2, HANA.id), held])
    return office


def uuid(number: int) -> str:
    return make_hand_in(number).uuid


def test_a_hand_in_that_nobody_set_grading_off_for_is_seen_to_wait(graded: Office) -> None:
    """No job and no result: the overview must still say that there is work."""
    with graded.store.read() as db:
        before = fingerprint_ungraded(db)
    graded.hand_in(make_hand_in(4, b"{4}", person=DURI.id), NOON + timedelta(minutes=3))
    with graded.store.read() as db:
        assert fingerprint_ungraded(db) != before
        assert count_work(db, count_ungraded(db)) == {"a1": WorkCounts(open_answers=2, waiting=1)}


def test_queue_shows_newest_hand_ins(graded: Office) -> None:
    """One line per person, oldest first, with its state; filters and pages agree with the counts."""
    with graded.store.read() as db:
        lines = list_queue(db, QueueFilter("a1"))
        assert [(line.uuid, line.attempt, line.state) for line in lines] == [
            (uuid(2), 2, QueueState.NEEDS_PERSON),
            (uuid(3), 1, QueueState.QUARANTINED),
        ]
        assert lines[1].reason == "not-json"
        after = (lines[0].received_at, lines[0].uuid)
        assert [line.uuid for line in list_queue(db, QueueFilter("a1"), after)] == [uuid(3)]
        assert [line.uuid for line in list_queue(db, QueueFilter("a1", site=HANA.site))] == [uuid(2)]
        assert [line.uuid for line in list_queue(db, QueueFilter("a1", cohort="first"))] == [uuid(2)]
        assert [line.uuid for line in list_queue(db, QueueFilter("a1", state=QueueState.QUARANTINED))] == [
            uuid(3)
        ]
        assert list_queue(db, QueueFilter("a1", state=QueueState.WAITING)) == []
        assert count_held_reasons(db, QueueFilter("a1")) == {"not-json": 1}
        assert count_held_reasons(db, QueueFilter("a1", site=HANA.site)) == {}
        counts = count_queue_states(db, "a1")
        assert counts == {QueueState.NEEDS_PERSON: 1, QueueState.QUARANTINED: 1}
        assert count_ungraded(db) == {}, "an old attempt waits for nothing"
        assert count_work(db, {}) == {"a1": WorkCounts(open_answers=2, held=1)}
        assert list_queue(db, QueueFilter("other")) == []
        assert find_queue_line(db, uuid(1)) is None, "an older attempt is not in the queue"
        assert find_queue_line(db, uuid(2)) == lines[0]


def test_newest_and_the_time_that_counts(graded: Office) -> None:
    """The newest attempt is graded; the same notebook again counts from its first time."""
    graded.hand_in(make_hand_in(4, b"{2}"), NOON + timedelta(days=8))
    with graded.store.read() as db:
        newest = list_newest(db, "a1")
        assert [(one.uuid, one.person.id) for one in newest] == [(uuid(3), DURI.id), (uuid(4), HANA.id)]
        assert newest[1].counts_from == NOON + timedelta(minutes=1)
        assert [one.uuid for one in list_newest(db, "a1", [HANA.id])] == [uuid(4)]
        assert list_newest(db, "a1", []) == []


def test_copies_replace_copies(graded: Office) -> None:
    """Copying again replaces results and answers; others stay."""
    with graded.store.write() as db:
        save_results(db, [copy_of(2, HANA.id, is_open=False, status="graded", needs_person=False)])
        save_results(db, [])
    with graded.store.read() as db:
        copied = list_copied(db, "a1")
        assert copied[uuid(2)] == Copied({"q1": 5.0, CELL: 0.0}, penalty=0.0, needs_person=False)
        assert set(copied) == {uuid(2), uuid(3)}
        assert list_graded_assignments(db) == ["a1"]
        assert [one.is_open for one in list_answers_of(db, uuid(2))] == [False]


@pytest.fixture
def answered(office: Office) -> Office:
    """Six answers: four open ones, one blank, one marked."""
    copies = []
    for number in range(1, 7):
        office.hand_in(make_hand_in(number, f"{{{number}}}".encode()), NOON + timedelta(seconds=number))
        copies.append(copy_of(number, HANA.id, is_open=number < 5, is_blank=number == 5))
    with office.store.write() as db:
        save_results(db, copies)
    return office


def give(
    office: Office,
    number: int,
    marker: str,
    kind: Round = Round.FIRST,
    seen: int | None = None,
    level: int = 2,
) -> int:
    """Mark an answer."""
    mark = NewMark("a1", HANA.id, uuid(number), CELL, marker, kind, {"a": level}, level * 4.0, "말", None)
    with office.store.write() as db:
        given = add_mark(db, mark, seen, NOON)
        if kind is not Round.SECOND:
            note_marked(db, uuid(number), CELL, level * 4.0, "말")
    return given


def test_answers_come_one_after_the_other(answered: Office) -> None:
    """Every open answer once, in an order that has nothing to do with who or when; blank ones never."""
    seen: list[str] = []
    with answered.store.read() as db:
        place = ""
        for _ in range(4):
            answer = next_answer(db, "a1", CELL, SecondDue("one", 0), place)
            assert answer is not None
            seen.append(answer.submission)
            place = answer.place
        again = next_answer(db, "a1", CELL, SecondDue("one", 0), place)
        assert again is not None
        assert again.submission == seen[0], "what was skipped comes back"
        assert sorted(seen) == [uuid(number) for number in range(1, 5)]
        counts = count_answers(db, "a1", SecondDue("one", 0))[CELL]
        assert (counts.total, counts.open, counts.second_due) == (5, 4, 0)
        first = find_answer(db, seen[0], CELL)
        assert first is not None
        neighbours = [one.submission if one else None for one in find_neighbours(db, first)]
        assert uuid(5) not in neighbours
        assert find_answer(db, uuid(9), CELL) is None
        assert next_answer(db, "a1", "other", SecondDue("one", 0)) is None


def test_second_marks_go_to_somebody_else(answered: Office) -> None:
    """Who marked first is never asked again; a share of none asks nobody; one second mark is enough."""
    for number in range(1, 5):
        give(answered, number, "one")
    with answered.store.read() as db:
        assert next_answer(db, "a1", CELL, SecondDue("one", 100)) is None
        assert next_answer(db, "a1", CELL, SecondDue("two", 0)) is None
        due = next_answer(db, "a1", CELL, SecondDue("two", 100))
        assert due is not None
        assert needs_second_mark(db, due, SecondDue("two", 100))
        assert not needs_second_mark(db, due, SecondDue("one", 100))
        some = [uuid(1), uuid(2)]
        assert list_second_due(db, SecondDue("two", 100), some) == {(one, CELL) for one in some}
        assert list_second_due(db, SecondDue("two", 100), []) == set()
        assert list_second_due(db, SecondDue("one", 100), some) == set()
        assert count_answers(db, "a1", SecondDue("two", 100))[CELL].second_due == 4
        shares = [
            count_answers(db, "a1", SecondDue("two", share))[CELL].second_due
            for share in (0, 25, 50, 75, 100)
        ]
        assert shares == sorted(shares)
    number = int(due.submission[-1])
    give(answered, number, "two", Round.SECOND, level=3)
    with answered.store.read() as db:
        assert not needs_second_mark(db, due, SecondDue("two", 100))
        assert not needs_second_mark(db, due, SecondDue("three", 100))
        (double,) = list_double_marks(db, "a1", CELL)
        assert double.first is not None
        assert double.second is not None
        assert (double.first.marker, double.second.marker, double.agreed) == ("one", "two", None)
        assert double.final == double.first


def test_marks_are_added_never_overwritten(answered: Office) -> None:
    """A mark needs to know the one before; only the newest goes to the gradebook."""
    first = give(answered, 1, "one")
    with pytest.raises(MarkTaken) as caught:
        give(answered, 1, "two")
    assert caught.value.current is not None
    assert (caught.value.current.id, caught.value.current.marker) == (first, "one")
    with pytest.raises(MarkTaken):
        give(answered, 1, "two", seen=999)
    second = give(answered, 1, "two", seen=first, level=3)
    give(answered, 1, "three", Round.SECOND)
    with answered.store.write() as db:
        marks = find_marks(db, uuid(1), CELL)
        assert marks.of(Round.FIRST) == marks.first
        assert marks.first is not None
        assert (marks.first.id, marks.first.score) == (second, 12.0)
        (waiting,) = list_undelivered(db)
        assert waiting.id == second
        assert list_known_scores(db, waiting) == {8.0, 12.0}
        set_delivery(db, second, Delivery.CONFLICT)
        assert list_undelivered(db) == []
        assert [mark.id for mark in list_conflicts(db, "a1")] == [second]


def test_comments_and_notes(graded: Office) -> None:
    """A comment is kept once and can be taken out of its own assignment's bank only; notes stay in order."""
    with graded.store.write() as db:
        for text in ("잘했습니다", " 잘했습니다 ", "  ", "근거가 없습니다"):
            keep_comment(db, "a1", CELL, text, Language.KO, by="one", now=NOON)
        kept = list_comments(db, "a1", CELL)
        assert [one.text for one in kept] == ["잘했습니다", "근거가 없습니다"]
        assert not withdraw_comment(db, "other", kept[0].id, NOON)
        assert withdraw_comment(db, "a1", kept[0].id, NOON)
        assert not withdraw_comment(db, "a1", kept[0].id, NOON)
        assert [one.text for one in list_comments(db, "a1", CELL)] == ["근거가 없습니다"]
        for text in ("첫째", " ", "둘째"):
            add_note(db, uuid(2), text, by="one", now=NOON)
        assert [note.text for note in list_notes(db, uuid(2))] == ["첫째", "둘째"]


def test_jobs_from_waiting_to_done(office: Office) -> None:
    """Single jobs first; positions count what comes before; progress, end and return are kept."""
    with office.store.write() as db:
        whole = enqueue_grading(db, "a1", None, requested_by="g", now=NOON)
        one = enqueue_grading(db, "a1", HANA.id, requested_by="g", now=NOON)
        two = enqueue_grading(db, "a1", DURI.id, requested_by="g", now=NOON)
        assert enqueue_grading(db, "a1", HANA.id, requested_by="g", now=NOON) == one
        assert (queue_position(db, "a1", HANA.id), queue_position(db, "a1", DURI.id)) == (0, 1)
        (taken,) = claim_jobs(db, NOON, most=1)
        assert (taken.id, taken.state, taken.starts) == (one, JobState.RUNNING, 1)
        again = enqueue_grading(db, "a1", HANA.id, requested_by="g", now=NOON)
        assert again > two, "what runs may have read the older attempt already"
        note_progress(db, one, 1, 1)
        finish_job(db, one, NOON, message="fine")
        job = find_job(db, one)
        assert job is not None
        assert (job.state, job.done, job.total, job.message, job.is_over) == (
            JobState.DONE,
            1,
            1,
            "fine",
            True,
        )
        assert [job.id for job in claim_jobs(db, NOON, single_only=True)] == [two, again]
        assert claim_jobs(db, NOON, single_only=True) == []
        assert [job.id for job in claim_jobs(db, NOON)] == [whole]
        assert claim_jobs(db, NOON) == []
        put_back(db, whole, "busy")
        assert requeue_running(db, NOON) == 2
        assert count_waiting(db) == 3
        newest = find_newest_job(db, "a1", (JobKind.GRADE,))
        assert newest is not None
        assert (newest.id, newest.starts, newest.message) == (whole, 0, "busy")
        assert find_newest_job(db, "a1", (JobKind.FEEDBACK,)) is None
        assert find_heartbeat(db) is None
        note_heartbeat(db, NOON)
        assert find_heartbeat(db) == NOON


def enqueue(office: Office, *jobs: tuple[str, str | None]) -> list[int]:
    with office.store.write() as db:
        return [
            enqueue_grading(db, assignment, person, requested_by="g", now=NOON) for assignment, person in jobs
        ]


def test_a_rush_is_taken_in_lots(office: Office) -> None:
    """One assignment's people come together, but who was first elsewhere waits for one lot at most."""
    a, b, c, d, whole = enqueue(office, ("a1", "p1"), ("a2", "p2"), ("a1", "p3"), ("a1", "p4"), ("a1", None))
    with office.store.write() as db:
        again = enqueue_grading(db, "a1", "p5", requested_by="g", now=NOON, kind=JobKind.GRADE_AGAIN)
        lots = []
        while taken := claim_jobs(db, NOON, most=2):
            assert {job.state for job in taken} == {JobState.RUNNING}
            lots.append([job.id for job in taken])
    assert lots == [[a, c], [b], [d], [again], [whole]]


def test_what_a_worker_ended_on_comes_alone(office: Office) -> None:
    """After a crash the lot is taken up one by one: only the hand-in that ends workers fails."""
    first, second, third = enqueue(office, ("a1", "p1"), ("a1", "p2"), ("a1", "p3"))
    with office.store.write() as db:
        assert len(claim_jobs(db, NOON)) == 3
        assert requeue_running(db, NOON) == 3
        for _ in range(2):  # the first ends the worker twice more
            assert [job.id for job in claim_jobs(db, NOON)] == [first]
            requeue_running(db, NOON)
        for number in (second, third):
            assert [job.id for job in claim_jobs(db, NOON)] == [number]
            finish_job(db, number, NOON)
        states = [find_job(db, number).state for number in (first, second, third)]
    assert states == [JobState.FAILED, JobState.DONE, JobState.DONE]


def test_a_lot_put_back_comes_together_again(office: Office) -> None:
    """A busy course directory is nobody's fault."""
    numbers = enqueue(office, ("a1", "p1"), ("a1", "p2"))
    with office.store.write() as db:
        for job in claim_jobs(db, NOON):
            put_back(db, job.id, "busy")
        assert [job.id for job in claim_jobs(db, NOON)] == numbers


def test_forgotten_hand_ins_are_queued_once(graded: Office) -> None:
    """Newest work with neither result nor job, where grading at once is on; what failed is not repeated."""
    graded.hand_in(make_hand_in(4, b"{4}"), NOON + timedelta(minutes=3))
    now = NOON + timedelta(minutes=4)
    assert queue_forgotten(graded.store, now) == 0, "grading at once is off"
    graded.change_rules(grade_on_hand_in=True)
    (whole,) = enqueue(graded, ("a1", None))
    assert queue_forgotten(graded.store, now) == 0, "a whole class is about to be graded"
    with graded.store.write() as db:
        finish_job(db, whole, now)
    assert queue_forgotten(graded.store, now) == 1
    with graded.store.write() as db:
        (job,) = claim_jobs(db, now)
    assert (job.assignment, job.person, job.requested_by) == ("a1", HANA.id, "system")
    assert queue_forgotten(graded.store, now) == 0, "it runs"
    with graded.store.write() as db:
        finish_job(db, job.id, now, failed=True, message="broken")
    assert queue_forgotten(graded.store, now) == 0, "staff see that it failed"


def test_second_marking_due_is_a_list_of_its_own(graded: Office) -> None:
    """Only what this grader may mark a second time; of their own first marks nothing."""
    with graded.store.write() as db:
        add_mark(db, NewMark("a1", HANA.id, uuid(2), CELL, "one", Round.FIRST, {}, 5.0, "", None), None, NOON)
        note_marked(db, uuid(2), CELL, 5.0, "")
        due = {
            (marker, percent): [
                line.uuid for line in list_queue(db, QueueFilter("a1", second_due=SecondDue(marker, percent)))
            ]
            for marker in ("one", "two")
            for percent in (0, 100)
        }
    assert due == {("one", 0): [], ("one", 100): [], ("two", 0): [], ("two", 100): [uuid(2)]}
