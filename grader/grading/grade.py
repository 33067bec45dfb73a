"""Grading an assignment: every collected submission to an outcome, its marks and its graded notebook.

Knows the steps and their order; each step is in a module of its own. Runs nothing itself: `run_jobs`
is passed in. One bad submission never stops the others, what is finished is kept, and what did not
change is not graded again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from grader.grading.batch import Batch, is_stale, open_batch
from grader.grading.grade_report import GradeItem, GradeReport, GradeStatus
from grader.grading.gradebook import Gradebook, open_gradebook
from grader.grading.layout import CourseDirectory, only_writer
from grader.grading.pool import Pool
from grader.grading.record import read_record
from grader.grading.reference import Reference
from grader.grading.release import not_released
from grader.grading.results import item_of, note_refusal, save_outcome
from grader.grading.submission import Prepared, diff_prepared, prepare_submission
from grader.model.content import AssignmentContent
from grader.model.work import Limits, Outcome, Trainee, Verdict
from grader.ports import OnDone, RunJobs

Graded = Mapping[str, tuple[datetime | None, frozenset[str]]]
"""Trainee id → time stamp of the submission that the gradebook has, and its graded cells."""


def grade(
    course_dir: Path,
    content: AssignmentContent,
    run_jobs: RunJobs,
    roster: Sequence[Trainee],
    *,
    limits: Limits | None = None,
    students: Collection[str] | None = None,
    grader_version: str = "",
    force: bool = False,
    dry_run: bool = False,
    on_done: OnDone | None = None,
) -> GradeReport:
    """Grade what was collected; return one item per trainee, in roster order.

    `students` limits it to some; `force` grades again what did not change; `grader_version` stands for
    everything an outcome depends on beside the job, such as library versions. Raises UsageError if the
    assignment was not released; errors of `run_jobs` pass through after finished work was saved.
    """
    batch = open_batch(CourseDirectory(course_dir), content, limits, grader_version)
    chosen = [trainee for trainee in roster if students is None or trainee.id in students]
    items: dict[str, GradeItem] = {}
    broken: tuple[str, ...] = ()

    def done(item: GradeItem) -> None:
        items[item.trainee] = item
        if on_done:
            on_done(item.trainee, item.status)

    if dry_run:
        with open_gradebook(batch.course.gradebook) as book:
            graded = _read_graded(batch, book)
        for trainee in chosen:
            done(_plan(batch, graded, trainee, force))
    else:
        with only_writer(batch.course), open_gradebook(batch.course.gradebook) as book:
            book.enrol(roster)
            broken = grade_collected(batch, book, chosen, run_jobs, done, force)
    in_order = tuple(items[one.id] for one in chosen)
    return GradeReport(batch.name, in_order, is_stale(batch), dry_run, broken)


def grade_collected(
    batch: Batch,
    book: Gradebook,
    trainees: Sequence[Trainee],
    run_jobs: RunJobs,
    done: Callable[[GradeItem], None],
    force: bool = False,
) -> tuple[str, ...]:
    """Grade and save, under a lock that the caller holds; `done` hears of everyone once.

    Returns the tests that the assignment's own reference fails, as far as they came to light.
    """
    graded = _read_graded(batch, book)
    book.require_writable()
    reference = Reference(batch, run_jobs)

    def wanted(found: Prepared | GradeItem) -> bool:
        item = _without_run(batch, graded, found, force)
        if item and item.refusal:
            note_refusal(batch, item.trainee, item.refusal)
        if item:
            done(item)
        return item is None

    def finish(prepared: Prepared, outcome: Outcome | None) -> None:
        broken = reference.broken_tests(outcome) if outcome else frozenset[str]()
        done(save_outcome(batch, book, prepared, outcome, broken))

    Pool(batch, run_jobs, wanted, finish, force).run(trainees)
    return tuple(sorted(reference.found))


def _read_graded(batch: Batch, book: Gradebook) -> Graded:
    if not book.has_assignment(batch.name):
        raise not_released(batch.name)
    return book.read_graded(batch.name)


def _plan(batch: Batch, graded: Graded, trainee: Trainee, force: bool) -> GradeItem:
    """Return what would become of a submission."""
    found = prepare_submission(batch, trainee)
    item = _without_run(batch, graded, found, force)
    if item is not None or isinstance(found, GradeItem):
        return item or found  # type: ignore[return-value]
    repairs, diff = found.repaired.repairs, diff_prepared(batch, found)
    return GradeItem(trainee.id, GradeStatus.PLANNED, repairs=repairs, diff=diff)


def _without_run(batch: Batch, graded: Graded, found: Prepared | GradeItem, force: bool) -> GradeItem | None:
    """Return the item of a submission that need not or cannot run; None if it is to be run."""
    if isinstance(found, GradeItem):
        return found
    if force or not _is_unchanged(batch, graded, found):
        return None
    record = read_record(batch.course.record(batch.name, found.trainee.id))
    return item_of(batch, found.trainee.id, GradeStatus.UNCHANGED, record)


def _is_unchanged(batch: Batch, graded: Graded, prepared: Prepared) -> bool:
    """Return whether everything about a submission stands as it would after grading."""
    trainee = prepared.trainee.id
    if trainee not in graded:
        return False
    stamp, cells = graded[trainee]
    record = read_record(batch.course.record(batch.name, trainee))
    return (
        record is not None
        and record.state == prepared.state
        and stamp == prepared.received_at
        and all(score.grade_id in cells for score in record.scores)
        and not any(score.verdict is Verdict.COULD_NOT_CHECK for score in record.scores)
        and batch.course.autograded(trainee, batch.name).is_file()
    )
