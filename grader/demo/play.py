"""Plays the whole loop with the fictional cohort: people, release, hand-in, grading, feedback, export.

Everything goes through the portal, as trainees and staff would use it; only the clock is ours, so that the
cohort works in its own spring. Everything it makes lies under build/demo; the site goes where it always is.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from grader.demo.cohort import Behaviour, Participant, demo_cohort
from grader.demo.handins import HandedIn, hand_in
from grader.errors import UsageError
from grader.export import GradeRow, RowStatus, grades_csv
from grader.model.content import AssignmentContent, Course
from grader.model.people import Access, Person
from grader.model.work import Trainee
from grader.portal.context import Portal
from grader.portal.door import TurnedAway
from grader.portal.grading_steps import Desk, grade_hand_ins, write_pages
from grader.portal.hand_in import take_hand_in
from grader.portal.passwords import passwords_at
from grader.portal.release import plan_dates, release
from grader.portal.settings import PasswordCost, PortalSettings
from grader.ports import OnDone
from grader.store.engine import open_store
from grader.store.grading_copy import list_newest
from grader.store.people import add_people, set_password_hash
from grader.store.prepare import prepare_store
from grader.store.releases import ReleaseRules, release_feedback
from grader.text import Language
from grader.wire import Workspace, write_file

Progress = Callable[[str, int], AbstractContextManager[OnDone]]
"""Opens a progress bar: what, how many."""
PASSWORD = "health-screening-demo"  # noqa: S105  (fictional people, on this machine alone)
"""Of everyone in the demo."""
ACCEPTED = "accepted"
COHORT = "essentials-2026"
STAFF = tuple(
    Person(id=f"demo-{access}", name=name, site="headquarters", role="office", access=access)
    for access, name in (
        (Access.INSTRUCTOR, "가상 강사"),
        (Access.GRADER, "가상 채점자"),
        (Access.OPERATOR, "가상 운영자"),
    )
)


@dataclass(frozen=True)
class Played:
    """One line of the summary."""

    trainee: str
    name: str
    site: str
    language: str
    assignment: str
    behaviour: Behaviour
    handed_in: str
    """`accepted` with a receipt, `missing`, or why it was turned away at the door."""
    graded: str
    score: float | None
    max_score: float
    feedback: str
    """Path of the feedback page relative to the feedback folder; empty when there is none."""


@dataclass
class _Clock:
    """The portal's clock during the play."""

    at: datetime = field(default_factory=lambda: datetime(2026, 3, 1, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.at


def demo_settings(workspace: Workspace, public_url: str = "http://127.0.0.1:8000") -> PortalSettings:
    """Return how the demo's portal is set up. Its people are fictional, so nobody needs a second factor."""
    return PortalSettings(
        data=workspace.build / "demo",
        public_url=public_url,
        # The one password is in the source: a high cost would protect nothing.
        password_cost=PasswordCost(time_cost=1, memory_kib=1024, parallelism=1),
        require_second_factor=False,
    )


def play(workspace: Workspace, course: Course, progress: Progress) -> list[Played]:
    """Play the loop for the first two assignments; return a line per trainee and assignment."""
    settings = demo_settings(workspace)
    _forget_last_time(settings)
    people = demo_cohort()
    contents = list(course.assignments.values())[:2]
    clock = _Clock()
    with _open_portal(settings, workspace, course, clock) as portal:
        _enrol(portal, [one.trainee for one in people])
        work = []
        for number, content in enumerate(contents):
            due = _release(portal, content, clock)
            work += [(one, content, hand_in(one, one.behaviours[number], content, due)) for one in people]
        doors = _hand_in_all(portal, clock, work)
        for content in contents:
            _grade(portal, content, progress)
        rows = _read_grades(portal, contents, [one.trainee for one in people])
    zone = ZoneInfo(course.programme.timezone)
    write_file(settings.data / "grades.csv", grades_csv(rows, Language.KO, zone, course.programme).encode())
    behaviours = {
        (one.trainee.id, content.assignment.id): one.behaviours[number]
        for one in people
        for number, content in enumerate(contents)
    }
    return [_sum_up(settings, row, behaviours, doors) for row in rows]


def _forget_last_time(settings: PortalSettings) -> None:
    """Remove what the last demo made, but keep outcomes: they depend on content only."""
    outcomes = settings.course_dir / ".medai" / "outcomes"
    kept = settings.data.with_name(".demo-outcomes")
    if outcomes.is_dir():
        shutil.rmtree(kept, ignore_errors=True)
        outcomes.replace(kept)
    shutil.rmtree(settings.data, ignore_errors=True)
    outcomes.parent.mkdir(parents=True)
    if kept.is_dir():
        kept.replace(outcomes)


@contextmanager
def _open_portal(
    settings: PortalSettings, workspace: Workspace, course: Course, clock: _Clock
) -> Iterator[Portal]:
    with closing(open_store(settings.data)) as store:
        prepare_store(store, clock())
        yield Portal(settings, workspace, course, store, clock)


def _enrol(portal: Portal, trainees: Sequence[Trainee]) -> None:
    """Enter everyone, with the demo's password."""
    cohort = [Person(**one.model_dump(), cohort=COHORT) for one in trainees]
    password_hash = passwords_at(portal.settings.password_cost).hash(PASSWORD)
    with portal.store.write() as db:
        add_people(db, [*cohort, *STAFF], portal.now())
        for person in (*cohort, *STAFF):
            set_password_hash(db, person.id, password_hash, portal.now())


def _release(portal: Portal, content: AssignmentContent, clock: _Clock) -> datetime:
    """Release an assignment on the day that the schedule names; return when it is due."""
    planned = plan_dates(portal.course, content, portal.zone)
    if planned.due_at is None or planned.opens_at is None:
        slug = content.assignment.id
        raise UsageError(f"{slug} is on no schedule", "give its module a due date in course/course.yml")
    clock.at = max(clock.at, planned.opens_at)
    release(portal, content, STAFF[0].id, ReleaseRules(opens_at=planned.opens_at, due_at=planned.due_at))
    return planned.due_at


def _hand_in_all(
    portal: Portal, clock: _Clock, work: Sequence[tuple[Participant, AssignmentContent, HandedIn | None]]
) -> dict[tuple[str, str], str]:
    """Hand everything in, in the order of time; return trainee and assignment → what the door said."""
    doors = {}
    sent = [(file.handed_in_at, one.trainee, content, file) for one, content, file in work if file]
    for at, trainee, content, file in sorted(sent, key=lambda item: item[0]):
        clock.at = max(clock.at, at)
        person = Person(**trainee.model_dump(), cohort=COHORT)
        slug = content.assignment.id
        answer = take_hand_in(portal, person, slug, str(uuid.uuid4()), file.name, file.content, client_at=at)
        doors[trainee.id, slug] = answer.reason if isinstance(answer, TurnedAway) else ACCEPTED
    return doors


def _grade(portal: Portal, content: AssignmentContent, progress: Progress) -> None:
    """Grade what was handed in, and let the trainees see it."""
    desk, slug = Desk(portal), content.assignment.id
    with portal.store.write() as db:
        newest = list_newest(db, slug)
        release_feedback(db, slug, portal.now())
    with progress(f"{slug}: grade", len(newest)) as on_done:
        grade_hand_ins(desk, slug, newest, lambda: on_done("", ""))
    with progress(f"{slug}: feedback", len(newest)) as on_done:
        write_pages(desk, slug, newest, lambda: on_done("", ""))


def _read_grades(
    portal: Portal, contents: Sequence[AssignmentContent], trainees: Sequence[Trainee]
) -> Sequence[GradeRow]:
    from grader.grading.grades import read_grades

    return read_grades(portal.settings.course_dir, contents, trainees)


def _sum_up(
    settings: PortalSettings,
    row: GradeRow,
    behaviours: dict[tuple[str, str], Behaviour],
    doors: dict[tuple[str, str], str],
) -> Played:
    key = (row.trainee.id, row.assignment)
    feedback = settings.course_dir / "feedback"
    page = feedback / row.trainee.id / row.assignment / f"{row.assignment}.html"
    return Played(
        trainee=row.trainee.id,
        name=row.trainee.name,
        site=row.trainee.site,
        language=row.trainee.language,
        assignment=row.assignment,
        behaviour=behaviours[key],
        handed_in=doors.get(key, RowStatus.MISSING),
        graded=row.status,
        score=row.score,
        max_score=row.max_score or 0,
        feedback=page.relative_to(feedback).as_posix() if page.is_file() else "",
    )
