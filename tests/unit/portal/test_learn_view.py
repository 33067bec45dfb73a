"""What trainees see, as values: states, deadlines in words, what comes next; no database, no pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from grader.model.content import Course
from grader.model.people import Person
from grader.portal.learn_rules import why_shut, write_deadline_rules, write_remaining
from grader.portal.learn_shape import Reader, StepState
from grader.portal.learn_view import build_assignment, build_learning, judge_state, write_score
from grader.store.deadlines import Deadline
from grader.store.learning import Result, Work
from grader.store.releases import LateStep, Release, ReleaseRules, Scope
from grader.store.submissions import Origin, Submission
from grader.text import Language

NOW = datetime(2026, 5, 18, 1, 0, tzinfo=UTC)
DUE = NOW + timedelta(days=3)
SEOUL = ZoneInfo("Asia/Seoul")
KO = Reader(Language.KO, NOW, SEOUL)
EN = Reader(Language.EN, NOW, SEOUL)
KIM = Person(id="kim", name="김가상", site="jeju", role="clinician", cohort="essentials-2026")
RULES = ReleaseRules(opens_at=NOW - timedelta(days=5), due_at=DUE)
RELEASE = Release("e3-judgements", 1, RULES, NOW, "i", None, None, None, {})


def _work(
    attempts: int = 0,
    result: Result | None = None,
    withdrawn_at: datetime | None = None,
    scope: Scope | None = None,
    **rules: object,
) -> Work:
    changed = replace(RULES, **rules)
    release = replace(RELEASE, rules=changed, withdrawn_at=withdrawn_at)
    deadline = Deadline(changed.due_at, changed.grace_s, changed.closes_at, scope)
    return Work(release, deadline, tuple(_attempt(n) for n in range(attempts, 0, -1)), result)


def _attempt(number: int) -> Submission:
    at = NOW - timedelta(minutes=10 - number)
    return Submission(
        uuid=f"u{number}",
        person="kim",
        assignment="e3-judgements",
        attempt=number,
        file_name="a.ipynb",
        digest="0" * 64,
        is_original_kept=True,
        notebook_digest="0" * 64,
        size_bytes=3,
        received_at=at,
        client_at=None,
        due_at=DUE,
        late_s=0.0,
        origin=Origin.PAGE,
        notes=(),
    )


def _result(
    submission: str = "u1", status: str = "graded", standing: str = "passed", **rest: object
) -> Result:
    given = {"score": 18.0, "max_score": 20.0, "penalty": 0.0, "reason": "", **rest}
    return Result(submission, status, standing, **given)


@pytest.mark.parametrize(
    ("work", "state"),
    [
        (_work(), StepState.OPEN),
        (_work(opens_at=NOW + timedelta(hours=1)), StepState.PLANNED),
        (_work(withdrawn_at=NOW), StepState.PLANNED),
        (_work(due_at=NOW - timedelta(seconds=1)), StepState.OVERDUE),
        (_work(due_at=None), StepState.OPEN),
        (
            _work(due_at=NOW - timedelta(days=1), closes_at=NOW - timedelta(seconds=1)),
            StepState.CLOSED,
        ),
        (_work(1), StepState.HANDED_IN),
        (_work(1, due_at=NOW - timedelta(days=1)), StepState.HANDED_IN),
    ],
)
def test_state_before_grading(work: Work, state: StepState) -> None:
    """Not open, open, late, shut, handed in."""
    assert judge_state(work, NOW) is state


@pytest.mark.parametrize(
    ("result", "state"),
    [
        (_result(), StepState.PASSED),
        (_result(standing="not-passed"), StepState.NOT_PASSED),
        (_result(standing="pending"), StepState.MARKING),
        (_result(status="needs-person", standing="pending"), StepState.MARKING),
        (_result(status="quarantined", standing="", score=None, reason="not-json"), StepState.BROKEN),
        (_result(standing=""), StepState.GRADED),
    ],
)
def test_state_after_grading(result: Result, state: StepState) -> None:
    """A result that its trainee may see."""
    assert judge_state(_work(1, result, feedback_at_once=True), NOW) is state


def test_what_was_not_released_is_not_told() -> None:
    """Graded is not shown as passed or failed before the instructor says so; broken work is told at once."""
    assert judge_state(_work(1, _result()), NOW) is StepState.HANDED_IN
    assert judge_state(_work(1, _result(standing="not-passed")), NOW) is StepState.HANDED_IN
    assert write_score(_work(1, _result()), "u1", Language.KO) == ""
    broken = _result(status="quarantined", standing="", score=None)
    assert judge_state(_work(1, broken), NOW) is StepState.BROKEN


def test_a_newer_attempt_waits_while_the_older_result_stays() -> None:
    """The old score belongs to the old attempt."""
    work = _work(2, _result("u1"), feedback_at_once=True)
    assert judge_state(work, NOW) is StepState.HANDED_IN
    newer, older = build_assignment(_no_course(), "foreign", work, EN).history
    assert (newer.state, newer.score, newer.counts) == (StepState.HANDED_IN, "", True)
    assert (older.state, older.score, older.counts) == (StepState.PASSED, "18 of 20 points", False)


def test_score_is_told_after_the_penalty_and_never_below_nothing() -> None:
    """What counts is what people see."""
    late = _work(1, _result(penalty=1.8), feedback_at_once=True)
    assert write_score(late, "u1", Language.KO) == "20점 만점에 16.2점"
    ruined = _work(1, _result(score=1, penalty=2.0), feedback_at_once=True)
    assert write_score(ruined, "u1", Language.EN) == "0 of 20 points"


@pytest.mark.parametrize(
    ("due", "ko", "en"),
    [
        (NOW + timedelta(days=11), "11일 남음", "11 days left"),
        (NOW + timedelta(hours=13, minutes=59), "오늘까지", "due today"),
        (NOW + timedelta(hours=14), "내일까지", "due tomorrow"),
        (NOW - timedelta(minutes=1), "오늘 지남", "due earlier today"),
        (NOW - timedelta(hours=11), "어제 지남", "due yesterday"),
        (NOW - timedelta(days=3), "3일 지남", "3 days overdue"),
    ],
)
def test_days_are_those_of_the_calendar_in_seoul(due: datetime, ko: str, en: str) -> None:
    """10:00 in Seoul: tonight at 23:59 is today, midnight is tomorrow."""
    assert write_remaining(due, NOW, SEOUL, Language.KO) == ko
    assert write_remaining(due, NOW, SEOUL, Language.EN) == en


def test_deadline_rules_tell_extension_grace_cost_and_end() -> None:
    """Everything that decides about lateness stands there in words."""
    work = _work(
        scope=Scope.SITE,
        grace_s=600,
        late_rule=(LateStep(0, 10), LateStep(86_400, 20)),
        closes_at=DUE + timedelta(days=7),
    )
    assert write_deadline_rules(work, EN) == [
        "Your deadline was extended to Thu 21 May 2026, 10:00.",
        "Up to 10 minutes after the deadline is not counted as late.",
        "Late work loses 10%.",
        "More than 1 day late loses 20%.",
        "It closes on Thu 28 May 2026, 10:00. Nothing is accepted after that.",
    ]
    assert write_deadline_rules(_work(), KO) == ["늦게 내면 늦었다는 기록이 남지만 점수는 깎지 않습니다."]
    assert write_deadline_rules(_work(due_at=None), KO) == []


@pytest.mark.parametrize(
    ("work", "telling"),
    [
        (_work(withdrawn_at=NOW), "배포를 중지"),
        (_work(opens_at=NOW + timedelta(hours=1)), "11:00에 열립니다"),
        (_work(due_at=NOW - timedelta(days=2), closes_at=NOW - timedelta(days=1)), "연장"),
        (_work(2, max_attempts=2), "2번을 모두"),
        (_work(1, cool_down_s=3_600), "10:51부터"),
    ],
)
def test_a_shut_form_says_why_and_what_next(work: Work, telling: str) -> None:
    """Each reason has its own text."""
    assert telling in why_shut(work, KO)


def test_the_form_is_open_otherwise() -> None:
    """Late work is taken until it closes; waiting ends."""
    for work in (
        _work(),
        _work(due_at=NOW - timedelta(days=1)),
        _work(1, cool_down_s=540),
        _work(1, max_attempts=2),
    ):
        assert why_shut(work, KO) == ""


def test_overview_lists_the_track_of_the_cohort(course: Course) -> None:
    """In teaching order; what is not released yet has its dates from the schedule."""
    view = build_learning(course, KIM, {"e3-judgements": _work()}, [], KO)
    (track,) = view.tracks
    assert [step.code for step in track.steps] == [f"E{n}" for n in range(7)]
    e3, e4 = track.steps[3:5]
    assert (e3.state, e3.remaining, e3.href) == (StepState.OPEN, "3일 남음", "/learn/e3-judgements")
    assert e3.lesson == "/modules/e3-judgements/"
    assert (e4.state, e4.href, e4.opens) == (StepState.PLANNED, "", "2026년 6월 1일(월)에 열립니다.")
    assert e4.due == datetime(2026, 6, 19, 9, tzinfo=UTC)
    assert (track.total, track.passed) == (7, 0)


def test_a_planned_day_that_is_over_promises_nothing(course: Course) -> None:
    """An assignment nobody released in time is said to be late; its old deadline is not told."""
    late = Reader(Language.KO, datetime(2026, 5, 31, 15, tzinfo=UTC), SEOUL)  # midnight of 1 June in Seoul
    (track,) = build_learning(course, KIM, {}, [], late).tracks
    e3, e4, e5 = track.steps[3:6]
    assert (e3.state, e3.due) == (StepState.PLANNED, None)
    assert e3.opens.startswith("2026년 5월 11일(월)에 열릴 예정이었지만 아직 배포되지 않았습니다.")
    assert e4.opens.startswith("2026년 6월 1일(월)에 열릴 예정이었지만")
    assert e4.due == datetime(2026, 6, 19, 9, tzinfo=UTC)
    assert e5.opens == "2026년 6월 22일(월)에 열립니다."


def test_a_score_before_all_is_marked_is_so_far() -> None:
    """Nobody takes it for the last word."""
    waiting = _work(1, _result(standing="pending"), feedback_at_once=True)
    assert write_score(waiting, "u1", Language.KO) == "지금까지 20점 만점에 18점"
    assert write_score(waiting, "u1", Language.EN) == "18 of 20 points so far"


def test_lost_work_comes_first_then_late_then_due(course: Course) -> None:
    """Of two with the same urgency, the earlier deadline."""
    broken = _result(status="quarantined", standing="", score=None)
    works = {
        "e0-first-notebook": _work(1, _result(standing="not-passed"), feedback_at_once=True),
        "e1-screening-journey": _work(due_at=NOW + timedelta(days=9)),
        "e2-trustworthy-data": _work(due_at=NOW + timedelta(days=2)),
        "e3-judgements": _work(due_at=NOW - timedelta(days=1)),
        "e4-is-it-any-good": _work(1, broken),
    }
    order = []
    while (view := build_learning(course, KIM, works, [], KO)).next is not None:
        order.append(view.next.href.rsplit("/", 1)[-1])
        works.pop(order[-1])
    assert order == [
        "e4-is-it-any-good",
        "e3-judgements",
        "e2-trustworthy-data",
        "e1-screening-journey",
        "e0-first-notebook",
    ]


def test_what_cannot_be_handed_in_is_not_next(course: Course) -> None:
    """A card that leads to a shut form helps nobody."""
    failed = _work(1, _result(standing="not-passed"), feedback_at_once=True, max_attempts=1)
    view = build_learning(course, KIM, {"e3-judgements": failed}, [], KO)
    assert view.next is None
    assert not view.is_done


def test_everything_passed_is_said(course: Course) -> None:
    """And only then."""
    passed = _work(1, _result(), feedback_at_once=True)
    names = [name for name in course.assignments if name.startswith("e")]
    assert build_learning(course, KIM, dict.fromkeys(names, passed), [], KO).is_done
    assert not build_learning(course, KIM, dict.fromkeys(names[1:], passed), [], KO).is_done


def test_somebody_without_cohort_sees_all_tracks_and_with_an_unknown_one_none(course: Course) -> None:
    """An unknown cohort is a mistake of the roster that the page names."""
    nobody = KIM.model_copy(update={"cohort": None})
    assert len(build_learning(course, nobody, {}, [], KO).tracks) == 2
    assert build_learning(course, KIM.model_copy(update={"cohort": "gone"}), {}, [], KO).tracks == ()


def test_assignments_of_an_instructors_own_are_listed_too(course: Course) -> None:
    """Released through nbgrader's exchange: no module, no tasks, but a page."""
    own = replace(RELEASE, assignment="ps1")
    work = replace(_work(), release=own)
    view = build_learning(course, KIM, {"ps1": work}, [], KO)
    assert [step.title for step in view.tracks[-1].steps] == ["ps1"]
    page = build_assignment(course, "ps1", work, KO)
    assert (page.title, page.points, page.tasks, page.lesson) == ("ps1", None, (), "")


def test_assignment_page_says_what_it_asks(course: Course) -> None:
    """Points, tasks and the rule for passing, from the course."""
    page = build_assignment(course, "e3-judgements", _work(1, max_attempts=3), EN)
    assert page.points == sum(task.points for task in page.tasks) > 0
    assert {task.kind for task in page.tasks} == {"Run", "Fill in", "Write", "Written"}
    assert page.pass_rule.startswith("At least 80%")
    assert page.attempt_rules == ("You may hand in up to 3 times; 2 left. The last one counts.",)
    assert page.details == "/en/modules/e3-judgements/assignment.html"


def _no_course() -> Course:
    """A course without assignments: enough for what is not the course's own."""
    return Course(None, {}, {}, {}, ())  # type: ignore[arg-type]
