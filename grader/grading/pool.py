"""Submissions to outcomes: prepared when there is room for them, let go when they are done.

Knows jobs, their digests and the cache of outcomes; must not know scores or the gradebook. Holds only what
is running, however many submissions wait; of those that equal a running one, only whom they belong to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

from grader.grading.batch import Batch
from grader.grading.cache import load_outcome, store_outcome
from grader.grading.grade_report import GradeItem
from grader.grading.submission import Prepared, prepare_submission
from grader.model.work import GradingJob, Outcome, Trainee
from grader.ports import RunJobs


@dataclass
class Pool:
    """One run over an assignment's submissions. All callbacks happen in the caller's thread."""

    batch: Batch
    run_jobs: RunJobs
    wanted: Callable[[Prepared | GradeItem], bool]
    """Hears of every submission once and says whether it is to be run; items never are."""
    finish: Callable[[Prepared, Outcome | None], None]
    """Takes a submission with its outcome, in any order; None if the run ended without one."""
    force: bool = False
    """Run again what an earlier run knows the outcome of."""
    _running: dict[str, Prepared] = field(default_factory=dict)
    _equal: dict[str, list[Trainee]] = field(default_factory=dict)
    _ran: set[str] = field(default_factory=set)

    def run(self, trainees: Iterable[Trainee]) -> None:
        """Take every submission to its end; errors of `run_jobs` pass through, finished work is saved."""
        jobs = self._jobs(trainees)
        with ExitStack() as stack:
            outcomes = self.run_jobs(jobs)
            if close := getattr(outcomes, "close", None):
                stack.callback(close)  # whatever ends this loop ends the sandboxes, too
            for outcome in outcomes:
                store_outcome(self.batch.course.outcomes, outcome)
                self._settle(outcome.job_digest, outcome)
        for digest in list(self._running):
            self._settle(digest, None)
        for job in jobs:  # normally none is left
            self._settle(job.digest, None)

    def _jobs(self, trainees: Iterable[Trainee]) -> Iterator[GradingJob]:
        for trainee in trainees:
            prepared = prepare_submission(self.batch, trainee)
            if not self.wanted(prepared) or isinstance(prepared, GradeItem):
                continue
            if prepared.digest in self._running:
                self._equal[prepared.digest].append(trainee)
            elif outcome := self._known(prepared.digest):
                self.finish(prepared, outcome)
            else:
                self._running[prepared.digest] = prepared
                self._equal[prepared.digest] = []
                yield prepared.job

    def _known(self, digest: str) -> Outcome | None:
        if self.force and digest not in self._ran:
            return None
        return load_outcome(self.batch.course.outcomes, digest)

    def _settle(self, digest: str, outcome: Outcome | None) -> None:
        """Finish the submission that was run, and those that equal it."""
        prepared = self._running.pop(digest, None)
        if prepared is None:
            return
        self._ran.add(digest)
        self.finish(prepared, outcome)
        for trainee in self._equal.pop(digest):
            again = prepare_submission(self.batch, trainee)
            if isinstance(again, Prepared):
                # If the file was changed meanwhile, what ran was not this: the next run takes it up.
                self.finish(again, outcome if again.digest == digest else None)
            else:
                self.wanted(again)
