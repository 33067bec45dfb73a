"""Plays the whole loop with the fictional cohort: site, release, hand-in, grading, feedback, export.

Knows the rooms' functions through `wire`, as a person at the command line would use them. Everything it
makes lies under build/demo; only the site goes where it always is.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from grader.demo.cohort import Behaviour, Participant, demo_cohort
from grader.demo.handins import HandedIn, hand_in
from grader.errors import UsageError
from grader.export import grades_csv
from grader.model.content import AssignmentContent, Course
from grader.model.work import Trainee
from grader.ports import OnDone
from grader.text import Language
from grader.wire import Workspace, due_date, grader_version, job_runner, write_file

Progress = Callable[[str, int], AbstractContextManager[OnDone]]
"""Opens a progress bar: what, how many."""


@dataclass(frozen=True)
class Played:
    """One line of the summary."""

    trainee: str
    name: str
    site: str
    language: str
    assignment: str
    behaviour: Behaviour
    collected: str
    graded: str
    score: float | None
    max_score: float
    feedback: str
    """Path of the feedback page relative to the feedback folder; empty when there is none."""


def demo_folder(workspace: Workspace) -> Path:
    """Return where the demo keeps its inbox, gradebook and feedback."""
    return workspace.build / "demo"


def play(workspace: Workspace, course: Course, progress: Progress) -> list[Played]:
    """Play the loop for the first two assignments; return a line per trainee and assignment."""
    folder = demo_folder(workspace)
    course_dir = folder / "nbgrader"
    _forget_last_time(folder, course_dir)
    people = demo_cohort()
    assignments = list(course.assignments.values())[:2]
    roster = _enrol(course_dir, people)
    run_jobs = job_runner(workspace, course)
    version = grader_version(workspace, course)
    summary: list[Played] = []
    from grader.grading.collect import collect
    from grader.grading.grade import grade
    from grader.grading.grades import read_grades
    from grader.grading.handback import write_feedback
    from grader.grading.release import release_assignment

    zone = ZoneInfo(course.programme.timezone)
    for number, content in enumerate(assignments):
        slug = content.assignment.id
        due = due_date(course, content)
        if due is None:
            raise UsageError(f"{slug} is on no schedule", "give its module a due date in course/course.yml")
        release_assignment(course_dir, folder / "release", content, due=due, roster=roster)
        behaviours = {person.trainee.id: person.behaviours[number] for person in people}
        _hand_in_all(folder / "inbox", people, number, content, due)
        with progress(f"{slug}: collect", len(people)) as on_done:
            collected = collect(folder / "inbox", course_dir, slug, roster, zone=zone, on_done=on_done)
        with progress(f"{slug}: grade", len(people)) as on_done:
            graded = grade(course_dir, content, run_jobs, roster, grader_version=version, on_done=on_done)
        with progress(f"{slug}: feedback", len(people)) as on_done:
            feedback = write_feedback(course_dir, content, roster, zone=zone, on_done=on_done)
        taken = {item.trainee: str(item.status) for item in collected.items}
        marks = {item.trainee: item for item in graded.items}
        pages = {item.trainee: item.path for item in feedback.items}
        for person in people:
            trainee = person.trainee
            mark = marks.get(trainee.id)
            summary.append(
                Played(
                    trainee=trainee.id,
                    name=trainee.name,
                    site=trainee.site,
                    language=trainee.language,
                    assignment=slug,
                    behaviour=behaviours[trainee.id],
                    collected=taken.get(trainee.id, "missing"),
                    graded=str(mark.status) if mark else "missing",
                    score=mark.score if mark else None,
                    max_score=(mark.max_score or 0) if mark else 0,
                    feedback=_relative(pages.get(trainee.id), course_dir / "feedback"),
                )
            )
    rows = read_grades(course_dir, assignments, roster)
    write_file(folder / "grades.csv", grades_csv(rows, Language.KO, zone, course.programme).encode())
    return summary


def _relative(path: object, folder: Path) -> str:
    """Return `path` relative to `folder` with forward slashes, or nothing."""
    if not path:
        return ""
    return (folder.parent / str(path)).relative_to(folder).as_posix()


def _forget_last_time(folder: Path, course_dir: Path) -> None:
    """Remove what the last demo made, but keep outcomes: they depend on content only."""
    for path in (folder / "inbox", folder / "release"):
        shutil.rmtree(path, ignore_errors=True)
    if course_dir.is_dir():
        for path in course_dir.iterdir():
            if path.name != ".medai":
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def _enrol(course_dir: Path, people: tuple[Participant, ...]) -> tuple[Trainee, ...]:
    """Write the roster as a programme office would, and read it back as every command does."""
    from grader.grading.roster import read_roster, write_roster

    course_dir.mkdir(parents=True, exist_ok=True)
    write_roster(course_dir / "roster.csv", tuple(person.trainee for person in people))
    return read_roster(course_dir / "roster.csv")


def _hand_in_all(
    inbox: Path, people: tuple[Participant, ...], number: int, content: AssignmentContent, due: datetime
) -> None:
    """Put everyone's file into the inbox."""
    for person in people:
        handed_in = hand_in(person, person.behaviours[number], content, due)
        if handed_in is not None:
            _put(inbox / content.assignment.id / person.trainee.id, handed_in)


def _put(folder: Path, handed_in: HandedIn) -> None:
    """Write one handed-in file with its time stamp."""
    folder.mkdir(parents=True)
    path = folder / handed_in.name
    if handed_in.link_to is not None:
        path.symlink_to(handed_in.link_to)
    else:
        path.write_bytes(handed_in.content)
    (folder / "timestamp.txt").write_text(handed_in.handed_in_at.isoformat(), encoding="utf-8")
