"""Grading an assignment of any nbgrader course: every learner's notebooks to scores in its gradebook.

Knows the steps and their order; each step is in a module of its own. Runs nothing itself: `run_jobs` is
passed in. One bad submission never stops the others, and what is finished is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from grader.errors import GraderError, UsageError
from grader.grading.cache import load_outcome, store_outcome
from grader.grading.foreign_batch import Batch, Learner, Options
from grader.grading.foreign_course import ForeignCourse, open_foreign_course
from grader.grading.foreign_gradebook import ForeignGradebook, open_foreign_gradebook
from grader.grading.foreign_report import ForeignItem, ForeignReport
from grader.grading.foreign_results import save_submission
from grader.grading.foreign_source import ForeignNotebook, read_notebooks, released
from grader.grading.foreign_submission import Sorted, sort_folder
from grader.grading.foreign_trial import Trial, make_job, try_reference
from grader.grading.grade_report import GradeStatus
from grader.grading.layout import only_writer
from grader.grading.reasons import Reason, Refusal, our_fault
from grader.model.work import GradingJob, Limits, Outcome
from grader.ports import OnDone, RunJobs

CELL_OUTPUT_BYTES = 2_000_000
RUN_OUTPUT_BYTES = 20_000_000
"""Far above what nbgrader shows of a cell: printing much costs no points there."""


def grade_foreign(
    root: Path, assignment: str, run_jobs: RunJobs, options: Options, on_done: OnDone | None = None
) -> ForeignReport:
    """Grade what was handed in for an assignment of the nbgrader course in `root`.

    Raises UsageError if nbgrader's configuration or the assignment cannot be used; errors of `run_jobs` pass
    through after finished work was saved.
    """
    course = open_foreign_course(root)
    learners = _choose(course, assignment, options.learners)
    with ExitStack() as stack:
        if not options.dry_run:
            stack.enter_context(only_writer(course.ours))
        url, release = stack.enter_context(released(course, assignment, options.dry_run))
        batch = _open_batch(course, assignment, read_notebooks(course, assignment, url, release), options)
        if options.dry_run:
            items = [_plan(batch, name) for name in learners]
            return ForeignReport(assignment, tuple(items), (), dry_run=True)
        batch = replace(batch, trials=_try_references(batch, run_jobs))
        book = stack.enter_context(open_foreign_gradebook(course, url))
        found: dict[str, ForeignItem] = {}

        def done(item: ForeignItem) -> None:
            found[item.learner] = item
            if on_done:
                on_done(item.learner, item.status)

        _Run(batch, book, run_jobs, done).run(learners)
    notes = tuple(note for trial in batch.trials for note in trial.notes)
    items = [found.get(name) or ForeignItem(name, GradeStatus.UNFINISHED) for name in learners]
    return ForeignReport(assignment, tuple(items), notes, dry_run=False)


def _choose(course: ForeignCourse, assignment: str, wanted: Collection[str] | None) -> list[str]:
    there = course.learners(assignment)
    unknown = sorted(set(wanted or ()) - set(there))
    if unknown:
        raise UsageError(
            f"{', '.join(unknown)} handed in nothing for {assignment!r}",
            f"choose from the folders under {course.root / course.directory.submitted_directory}",
        )
    return [name for name in there if wanted is None or name in wanted]


def _open_batch(
    course: ForeignCourse, assignment: str, notebooks: tuple[ForeignNotebook, ...], options: Options
) -> Batch:
    files = course.source_files(assignment) if course.source(assignment).is_dir() else {}
    timeout_s = options.timeout_s or course.cell_timeout_s
    most_cells = max((len(notebook.reference["cells"]) for notebook in notebooks), default=1)
    limits = Limits(
        cell_timeout_s=timeout_s,
        run_timeout_s=timeout_s * (most_cells + 10),  # nbgrader has no limit for the whole
        memory_bytes=options.memory_bytes or Limits().memory_bytes,
        cell_output_bytes=CELL_OUTPUT_BYTES,
        run_output_bytes=RUN_OUTPUT_BYTES,
        disk_bytes=Limits().disk_bytes + 3 * sum(map(len, files.values())),
    )
    return Batch(course, assignment, tuple(map(Trial, notebooks)), files, limits, options)


def _try_references(batch: Batch, run_jobs: RunJobs) -> tuple[Trial, ...]:
    """Grade the author's own answers, once per notebook and version unless forced."""

    def run(notebook: ForeignNotebook) -> Outcome:
        job = make_job(notebook, notebook.reference, batch.files, batch.limits, batch.options.grader_version)
        outcome = None if batch.options.force else load_outcome(batch.course.ours.outcomes, job.digest)
        for fresh in run_jobs([job]) if outcome is None else ():
            store_outcome(batch.course.ours.outcomes, fresh)
            outcome = fresh
        if outcome is None:
            raise GraderError(f"the reference answers of {notebook.name} gave no outcome", "run it again")
        return outcome

    return tuple(try_reference(trial.notebook, run) for trial in batch.trials)


def _plan(batch: Batch, learner: str) -> ForeignItem:
    try:
        sorted_ = sort_folder(batch.course.submitted(learner, batch.assignment), batch.notebooks)
    except OSError as error:
        fault = Refusal(Reason.UNREADABLE, error.strerror or "")
        sorted_ = Sorted(refused=tuple((notebook.name, fault) for notebook in batch.notebooks))
    repairs = tuple((one.notebook.name, each) for one in sorted_.ready for each in one.repairs)
    status = GradeStatus.PLANNED if sorted_.ready or not sorted_.refused else GradeStatus.QUARANTINED
    return ForeignItem(learner, status, repairs=repairs, refusals=sorted_.refused, missing=sorted_.missing)


class _Run:
    """One pass over the submissions; holds only those whose notebooks are running."""

    def __init__(
        self,
        batch: Batch,
        book: ForeignGradebook,
        run_jobs: RunJobs,
        done: Callable[[ForeignItem], None],
    ) -> None:
        self._batch = batch
        self._book = book
        self._run_jobs = run_jobs
        self._done = done
        self._waiting: dict[str, list[Learner]] = {}
        self._ran: set[str] = set()

    def run(self, learners: list[str]) -> None:
        """Take every submission to its end, in any order."""
        with ExitStack() as stack:
            outcomes = self._run_jobs(self._jobs(learners))
            if close := getattr(outcomes, "close", None):
                stack.callback(close)
            for outcome in outcomes:
                store_outcome(self._batch.course.ours.outcomes, outcome)
                self._ran.add(outcome.job_digest)
                for learner in self._waiting.pop(outcome.job_digest, []):
                    self._settle(learner, outcome)

    def _jobs(self, learners: list[str]) -> Iterator[GradingJob]:
        for name in learners:
            learner, jobs = self._prepare(name)
            if not learner.jobs:
                self._finish(learner)
            for job, digest in jobs:
                known = self._known(digest)
                if known is not None:
                    self._settle(learner, known)
                elif digest in self._waiting:
                    self._waiting[digest].append(learner)
                else:
                    self._waiting[digest] = [learner]
                    yield job

    def _known(self, digest: str) -> Outcome | None:
        if self._batch.options.force and digest not in self._ran:
            return None
        return load_outcome(self._batch.course.ours.outcomes, digest)

    def _prepare(self, name: str) -> tuple[Learner, list[tuple[GradingJob, str]]]:
        """Return a submission with its jobs; whatever is wrong with it ends here, as a refusal."""
        try:
            return self._open(name)
        except OSError as error:
            fault = Refusal(Reason.UNREADABLE, error.strerror or "")
        except Exception as error:
            fault = our_fault(error)
        return Learner(name, self._all_refused(fault), {}, {}), []

    def _open(self, name: str) -> tuple[Learner, list[tuple[GradingJob, str]]]:
        batch = self._batch
        files = batch.course.handed_in_files(name, batch.assignment, batch.files)
        if isinstance(files, Refusal):
            return Learner(name, self._all_refused(files), {}, {}), []
        found = sort_folder(batch.course.submitted(name, batch.assignment), batch.notebooks)
        learner = Learner(name, found, files, {})
        own = {path: body for path, body in files.items() if batch.files.get(path) != body}
        size = sum(map(len, own.values()))
        limits = batch.limits.model_copy(update={"disk_bytes": batch.limits.disk_bytes + 3 * size})
        jobs = []
        for one in found.ready:
            version = batch.options.grader_version
            job = make_job(one.notebook, one.repaired.notebook, batch.files, limits, version, own)
            jobs.append((job, job.digest))
            learner.jobs[job.digest] = one
        return learner, jobs

    def _all_refused(self, refusal: Refusal) -> Sorted:
        return Sorted(refused=tuple((notebook.name, refusal) for notebook in self._batch.notebooks))

    def _settle(self, learner: Learner, outcome: Outcome) -> None:
        learner.outcomes[outcome.job_digest] = outcome
        if learner.is_done:
            self._finish(learner)

    def _finish(self, learner: Learner) -> None:
        try:
            self._done(save_submission(self._batch, self._book, learner))
        except GraderError:
            raise  # a full disk or a broken gradebook is nobody's submission
        except Exception as error:  # the promise: one submission's trouble stays its own
            fault = our_fault(error)
            refusals = self._all_refused(fault).refused
            self._done(ForeignItem(learner.name, GradeStatus.QUARANTINED, refusals=refusals))
