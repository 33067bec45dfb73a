"""What trainees see of their learning, as values: from the course and what the store knows of one person.

Knows the course, a person's work and wording; must not know the database, requests or templates: so the
preview for instructors shows the very same with a person who does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from grader.export import RowStatus, Standing, take_off
from grader.model.content import AssignmentContent, Course
from grader.model.course import Cohort, Module, ScheduleEntry, Track
from grader.model.people import Person
from grader.portal.learn_rules import (
    why_shut,
    word,
    write_attempt_rules,
    write_deadline_rules,
    write_remaining,
    write_timeliness,
)
from grader.portal.learn_shape import (
    AssignmentView,
    AttemptView,
    LearningView,
    NextView,
    Reader,
    StepState,
    StepView,
    TaskView,
    TrackView,
)
from grader.portal.pages import write_number
from grader.site import words as site_words
from grader.site.assignment_page import is_written, task_points
from grader.store.announcements import Announcement
from grader.store.learning import Result, Work
from grader.store.submissions import Submission
from grader.text import Language

_LAST = datetime.max.replace(tzinfo=UTC)
_NEXT = (
    (StepState.BROKEN, "learn_next_broken"),
    (StepState.OVERDUE, "learn_next_late"),
    (StepState.OPEN, "learn_next_hand_in"),
    (StepState.NOT_PASSED, "learn_next_again"),
)
"""What comes first: what was lost, then what is late, then what is due, then what can be better."""
_OPEN_STATES = frozenset({StepState.OPEN, StepState.OVERDUE})


def build_learning(
    course: Course,
    person: Person,
    works: Mapping[str, Work],
    announcements: Sequence[Announcement],
    reader: Reader,
    home: str = "/learn",
) -> LearningView:
    """Return the overview of a person. `works` holds what was released, by assignment."""
    tracks = [
        TrackView(track.title[reader.language], _steps(course, track, cohort, works, reader, home))
        for track, cohort in _tracks(course, person)
    ]
    others = tuple(
        _step_of(name, work, reader, home) for name, work in works.items() if name not in course.assignments
    )
    if others:
        tracks.append(TrackView(word("learn_other", reader.language), others))
    steps = [step for track in tracks for step in track.steps]
    total = sum(track.total for track in tracks)
    return LearningView(
        hello=word("learn_hello", reader.language, name=person.name) if person.name else "",
        next=_next(steps),
        is_done=0 < total == sum(track.passed for track in tracks),
        tracks=tuple(tracks),
        announcements=tuple(announcements),
    )


def build_assignment(course: Course, assignment: str, work: Work, reader: Reader) -> AssignmentView:
    """Return an assignment's page; of one that is not the course's own there is less to say."""
    content, language = course.assignments.get(assignment), reader.language
    module = course.modules[content.assignment.module].module if content else None
    lesson = lesson_address(module, language) if module else ""
    return AssignmentView(
        title=title_of(course, assignment, language),
        lesson=lesson,
        details=f"{lesson}assignment.html" if lesson else "",
        working_time=site_words.duration(module.minutes.assignment, language) if module else "",
        points=sum(cell.points for cell in content.sheet.cells) if content else None,
        pass_rule=_pass_rule(content, language) if content else "",
        tasks=_tasks(content, language) if content else (),
        state=judge_state(work, reader.now),
        score=_newest_score(work, language),
        due=work.deadline.due_at,
        remaining=_remaining(work, reader),
        deadline_rules=tuple(write_deadline_rules(work, reader)),
        attempt_rules=tuple(write_attempt_rules(work, language)),
        is_handed_out=work.release.is_out(reader.now),
        shut=why_shut(work, reader),
        history=tuple(_attempt(work, one, reader) for one in work.attempts),
    )


def title_of(course: Course, assignment: str, language: Language) -> str:
    """Return what an assignment is called; one that is not the course's own goes by its id."""
    content = course.assignments.get(assignment)
    return content.assignment.title[language] if content else assignment


def lesson_address(module: Module, language: Language) -> str:
    """Return where the course site has a module's lesson."""
    return f"{'' if language is Language.KO else '/en'}/modules/{module.id}/"


def judge_state(work: Work, now: datetime) -> StepState:
    """Return where a person stands; what was not released to them is not told."""
    if work.newest is None:
        return _state_before(work, now)
    if work.result is None or work.result.submission != work.newest.uuid:
        return StepState.HANDED_IN
    return judge_result(work, work.result)


def judge_result(work: Work, result: Result) -> StepState:
    """Return what of a result its trainee may know."""
    if result.status == RowStatus.QUARANTINED:
        return StepState.BROKEN
    if result.status == RowStatus.NEEDS_PERSON:
        return StepState.MARKING
    if not work.release.shows_feedback():
        return StepState.HANDED_IN
    return {
        Standing.PASSED.value: StepState.PASSED,
        Standing.NOT_PASSED.value: StepState.NOT_PASSED,
        Standing.PENDING.value: StepState.MARKING,
    }.get(result.standing, StepState.GRADED)


def _state_before(work: Work, now: datetime) -> StepState:
    """Return the state of someone who has handed in nothing."""
    if not work.release.is_out(now):
        return StepState.PLANNED
    if work.deadline.is_closed(now):
        return StepState.CLOSED
    return StepState.OVERDUE if work.deadline.due_at and now > work.deadline.due_at else StepState.OPEN


def write_score(work: Work, uuid: str, language: Language) -> str:
    """Return the score of an attempt, empty while it has none or it is not for the trainee's eyes."""
    result = work.result
    if result is None or result.submission != uuid or not work.release.shows_feedback():
        return ""
    if result.score is None or result.max_score is None:
        return ""
    score = take_off(result.score, result.penalty)
    name = "learn_score_so_far" if judge_result(work, result) is StepState.MARKING else "learn_score_of"
    return word(name, language, score=write_number(score), max=write_number(result.max_score))


def _tracks(course: Course, person: Person) -> list[tuple[Track, Cohort | None]]:
    """Return the track of the person's cohort; every track for someone without one."""
    tracks = {track.id: track for track in course.programme.tracks}
    cohort = next((one for one in course.programme.cohorts if one.id == person.cohort), None)
    if cohort is not None:
        return [(tracks[cohort.track], cohort)]
    return [] if person.cohort else [(track, None) for track in tracks.values()]


def _steps(
    course: Course,
    track: Track,
    cohort: Cohort | None,
    works: Mapping[str, Work],
    reader: Reader,
    home: str,
) -> tuple[StepView, ...]:
    planned = {entry.module: entry for entry in cohort.schedule} if cohort else {}
    steps = []
    for module_id in track.modules:
        module = course.modules[module_id].module
        work = works.get(module.assignment) if module.assignment else None
        steps.append(_step(module, work, planned.get(module_id), reader, home))
    return tuple(steps)


def _step(
    module: Module, work: Work | None, planned: ScheduleEntry | None, reader: Reader, home: str
) -> StepView:
    """Return a module of a track; an assignment that is not out yet has its dates from the schedule."""
    step = StepView()
    if work is not None and module.assignment:
        step = _step_of(module.assignment, work, reader, home)
    elif module.assignment and planned:
        step = _step_planned(planned, reader)
    elif module.assignment:
        step = StepView(state=StepState.PLANNED)
    lesson = lesson_address(module, reader.language)
    return replace(step, code=module.code, title=module.title[reader.language], lesson=lesson)


def _step_of(assignment: str, work: Work, reader: Reader, home: str) -> StepView:
    """Return an assignment that was released."""
    state = judge_state(work, reader.now)
    return StepView(
        title=assignment,
        href=f"{home}/{assignment}",
        state=state,
        opens=why_shut(work, reader) if state is StepState.PLANNED else "",
        due=work.deadline.due_at,
        remaining=_remaining(work, reader),
        score=_newest_score(work, reader.language),
        may_hand_in=not why_shut(work, reader),
    )


def _step_planned(planned: ScheduleEntry, reader: Reader) -> StepView:
    """Return an assignment that nobody released, by the schedule: days that are over promise nothing."""
    is_over = planned.opens <= reader.now.astimezone(reader.zone).date()
    name, day = "learn_opens_delayed" if is_over else "learn_opens", planned.opens
    return StepView(
        state=StepState.PLANNED,
        opens=word(name, reader.language, day=site_words.day(day, reader.language)),
        due=planned.due if planned.due > reader.now else None,
    )


def _remaining(work: Work, reader: Reader) -> str:
    """Return the countdown for those who have yet to hand in."""
    due = work.deadline.due_at
    if due is None or judge_state(work, reader.now) not in _OPEN_STATES:
        return ""
    return write_remaining(due, reader.now, reader.zone, reader.language)


def _next(steps: Sequence[StepView]) -> NextView | None:
    """Return what to do first: by kind, then by deadline."""
    for state, name in _NEXT:
        waiting = [step for step in steps if step.state is state and step.may_hand_in]
        if waiting:
            first = min(waiting, key=lambda step: (step.due is None, step.due or _LAST))
            return NextView(name, first.title, first.href, first.due, first.remaining, first.tone)
    return None


def _pass_rule(content: AssignmentContent, language: Language) -> str:
    assignment = content.assignment
    parts = [word("learn_pass_percent", language, n=assignment.pass_percent)]
    if assignment.rubrics:
        parts.append(word("learn_pass_written", language))
    if assignment.gates:
        parts.append(word("learn_pass_gates", language))
    return ", ".join(parts)


def _tasks(content: AssignmentContent, language: Language) -> tuple[TaskView, ...]:
    return tuple(
        TaskView(
            task.title[language],
            (site_words.WRITTEN if is_written(content, task) else site_words.TIER[task.tier])[language],
            task_points(content, task),
        )
        for task in content.assignment.tasks
    )


def _newest_score(work: Work, language: Language) -> str:
    return write_score(work, work.newest.uuid, language) if work.newest else ""


def _attempt(work: Work, one: Submission, reader: Reader) -> AttemptView:
    counts = one == work.newest
    graded = work.result if work.result and work.result.submission == one.uuid else None
    return AttemptView(
        uuid=one.uuid,
        attempt=one.attempt,
        received_at=one.received_at,
        late=write_timeliness(one.late_s, reader.language) if one.late_s > 0 else "",
        file_name=one.file_name,
        counts=counts,
        state=judge_result(work, graded) if graded else StepState.HANDED_IN if counts else None,
        score=write_score(work, one.uuid, reader.language),
    )
