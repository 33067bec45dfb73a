"""What the grading worker does with a job, step by step: place hand-ins, grade, copy results, write pages.

Knows the store and grading; must not know processes, queues or pages. The gradebook is written first and
copied after, in `result_copies`: a crash in between is mended by the next copy.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from grader.errors import EnvironmentProblem, GraderError, UsageError
from grader.grading.grade import grade
from grader.grading.handback import write_feedback
from grader.grading.layout import CourseBusy, CourseDirectory, only_writer
from grader.grading.marking import HandMark, write_marks
from grader.grading.submissions_in import Incoming, store_submission, stored_submission
from grader.model.content import AssignmentContent
from grader.portal.context import Portal
from grader.portal.result_copies import copy_results, list_differing
from grader.ports import RunJobs
from grader.store.blobs import DamagedBlob, read_blob
from grader.store.grading_copy import (
    Newest,
    list_graded_assignments,
    list_newest,
)
from grader.store.marks import Delivery, Mark, list_known_scores, list_undelivered, set_delivery
from grader.store.releases import find_release
from grader.wire import find_assignment, grader_version, job_runner

log = logging.getLogger("medai.worker")
OnPerson = Callable[[], None]
"""Called after each hand-in."""
BATCH = 25
"""People whose work is taken together before others get their turn."""


@dataclass(frozen=True)
class Desk:
    """A portal and what is needed to grade in it."""

    portal: Portal
    runner: RunJobs | None = None
    """Runs jobs; by default behind the sandbox's walls. Tests pass their own."""

    @property
    def course(self) -> CourseDirectory:
        """Where grading works."""
        return CourseDirectory(self.portal.settings.course_dir)

    @cached_property
    def run_jobs(self) -> RunJobs:
        """The runner; raises EnvironmentProblem when the walls cannot be raised."""
        return self.runner or job_runner(self.portal.workspace, self.portal.course)

    @cached_property
    def version(self) -> str:
        """Stands for everything besides the job that an outcome depends on."""
        return grader_version(self.portal.workspace, self.portal.course)

    def grades(self, assignment: str) -> bool:
        """Whether grading an assignment is ours: others are graded by their instructor's own nbgrader."""
        return assignment in self.portal.course.assignments

    def content(self, assignment: str) -> AssignmentContent:
        """Return an assignment of the course; UsageError if it is gone."""
        return find_assignment(self.portal.course, assignment)


def grade_hand_ins(
    desk: Desk, assignment: str, chosen: Sequence[Newest], on_person: OnPerson, again: bool = False
) -> dict[str, str]:
    """Grade newest hand-ins and copy their results; what did not change is not run, unless `again`.

    Returns person id → why their work could not be graded: its bytes are gone, or our program fails on it.
    The others are graded all the same. Raises CourseBusy while another command writes, EnvironmentProblem
    when the machine lacks something, UsageError if the assignment was not released.
    """
    try:
        return _grade(desk, assignment, chosen, on_person, again)
    except (CourseBusy, EnvironmentProblem):
        raise
    except Exception:
        if len(chosen) < 2:
            raise
    # One of them does something to us. What was finished is kept, so going one by one costs little.
    failed: dict[str, str] = {}
    for one in chosen:
        try:
            failed |= _grade(desk, assignment, [one], on_person, again)
        except (CourseBusy, EnvironmentProblem):
            raise
        except Exception as error:
            log.error("a hand-in could not be graded: %s", type(error).__name__)
            failed[one.person.id] = name_failure(error)
    return failed


def name_failure(error: Exception) -> str:
    """Return what staff are told of a failure. An error of our own program may quote somebody's work."""
    if isinstance(error, GraderError):
        return str(error)
    return f"an error of the grading program: {type(error).__name__}"


def _grade(
    desk: Desk, assignment: str, chosen: Sequence[Newest], on_person: OnPerson, again: bool
) -> dict[str, str]:
    content = desk.content(assignment)
    chosen, damaged = _place(desk, assignment, chosen)
    grade(
        desk.course.root,
        content,
        desk.run_jobs,
        [one.person for one in chosen],
        grader_version=desk.version,
        force=again,
        on_done=lambda _trainee, _status: on_person(),
    )
    copy_results(desk.portal, assignment, chosen)
    write_due_pages(desk, assignment, chosen)
    return damaged


def _place(desk: Desk, assignment: str, chosen: Sequence[Newest]) -> tuple[list[Newest], dict[str, str]]:
    """Put notebooks into the course directory; return whose are there, and person id → what is damaged."""
    there, damaged = [], {}
    with only_writer(desk.course):
        for one in chosen:
            try:
                if stored_submission(desk.course, assignment, one.person.id) != one.uuid:
                    store_submission(desk.course, assignment, _incoming(desk, one))
                there.append(one)
            except DamagedBlob as error:
                damaged[one.person.id] = str(error)
    return there, damaged


def _incoming(desk: Desk, one: Newest) -> Incoming:
    content = read_blob(desk.portal.store.folder, one.notebook_digest)
    digest, at = one.notebook_digest, one.counts_from
    return Incoming(one.person.id, one.file_name, content, digest, at, submission=one.uuid)


def write_due_pages(desk: Desk, assignment: str, chosen: Sequence[Newest]) -> None:
    """Write feedback pages anew where trainees may see them already."""
    with desk.portal.store.read() as db:
        release = find_release(db, assignment)
    if release is not None and release.shows_feedback():
        write_pages(desk, assignment, chosen, lambda: None)


def write_pages(desk: Desk, assignment: str, chosen: Sequence[Newest], on_person: OnPerson) -> None:
    """Write the feedback pages of these people."""
    write_feedback(
        desk.course.root,
        desk.content(assignment),
        [one.person for one in chosen],
        zone=desk.portal.zone,
        on_done=lambda _trainee, _status: on_person(),
    )


def deliver_marks(desk: Desk) -> int:
    """Write marks that graders gave on the portal's pages to the gradebook; return how many waited.

    What somebody gave in formgrader meanwhile is kept: then the mark is a conflict, which graders see.
    """
    store = desk.portal.store
    with store.read() as db:
        waiting = list_undelivered(db)
    touched: dict[str, set[str]] = {}
    for mark in waiting:
        delivery = _deliver(desk, mark)
        with store.write() as db:
            set_delivery(db, mark.id, delivery)
        touched.setdefault(mark.assignment, set()).add(mark.person)
    for assignment, person_ids in touched.items():
        if desk.grades(assignment):
            refresh_people(desk, assignment, person_ids)
    return len(waiting)


def _deliver(desk: Desk, mark: Mark) -> Delivery:
    if stored_submission(desk.course, mark.assignment, mark.person) != mark.submission:
        return Delivery.NONE  # newer work lies there by now, and is marked by itself
    with desk.portal.store.read() as db:
        known = list_known_scores(db, mark)
    given = HandMark(mark.person, mark.assignment, mark.cell, mark.score, mark.comment, known)
    try:
        (written,) = write_marks(desk.course.root, [given])
    except CourseBusy:
        raise
    except UsageError:
        # The gradebook lost the answer: a newer revision without it, or somebody removed the work there.
        # Trying again would end the same way and hold everybody's marks up; graders see that this one did
        # not arrive.
        return Delivery.CONFLICT
    return Delivery.WRITTEN if written else Delivery.CONFLICT


def refresh_people(desk: Desk, assignment: str, person_ids: Collection[str]) -> None:
    """Copy results of some people again and, where they may see them, write their pages."""
    with desk.portal.store.read() as db:
        chosen = list_newest(db, assignment, person_ids)
    copy_results(desk.portal, assignment, chosen)
    write_due_pages(desk, assignment, chosen)


def copy_what_differs(desk: Desk, let_others: Callable[[], object] = lambda: None) -> int:
    """Copy results again that somebody changed since; return how many.

    Formgrader changes scores in the gradebook; instructors change deadlines, and what being late costs with
    them. `let_others` is called after every few people.
    """
    changed = 0
    with desk.portal.store.read() as db:
        assignments = list_graded_assignments(db)
    for assignment in filter(desk.grades, assignments):
        differing = sorted(list_differing(desk.portal, assignment))
        for start in range(0, len(differing), BATCH):
            refresh_people(desk, assignment, differing[start : start + BATCH])
            let_others()
        changed += len(differing)
    return changed
