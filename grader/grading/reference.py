"""The assignment's own reference answer, run when somebody fails: a test that it fails is the author's fault.

Knows the released notebook and outcomes; must not know submissions or scores. Runs once per release, for
its outcome is kept like any other; and not at all while everybody passes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from grader.authoring.jobs import job_from_notebook
from grader.grading.batch import Batch
from grader.grading.cache import load_outcome, store_outcome
from grader.model.work import GradingJob, Outcome, Verdict
from grader.ports import RunJobs

NONE: frozenset[str] = frozenset()


@dataclass
class Reference:
    """The reference answer of one batch."""

    batch: Batch
    run_jobs: RunJobs
    _broken: frozenset[str] | None = field(default=None)

    def broken_tests(self, outcome: Outcome) -> frozenset[str]:
        """Return the test cells that the reference fails; only looks when somebody else fails one, too."""
        tests = {key.grade_id for key in self.batch.blueprint.graded}
        if all(cell.verdict is Verdict.PASSED for cell in outcome.cells if cell.id in tests):
            return NONE
        if self._broken is None:
            self._broken = self._find(self._job())
        return self._broken

    @property
    def found(self) -> frozenset[str]:
        """Broken tests that came to light."""
        return self._broken or NONE

    def _job(self) -> GradingJob:
        batch = self.batch
        return job_from_notebook(
            batch.source,
            batch.name,
            batch.blueprint.revision,
            batch.content.data,
            limits=batch.limits,
            grader_version=batch.grader_version,
            isolation=batch.blueprint.isolation,
        )

    def _find(self, job: GradingJob) -> frozenset[str]:
        folder, digest = self.batch.course.outcomes, job.digest
        outcome = load_outcome(folder, digest) or next(iter(self.run_jobs([job])), None)
        if outcome is None:
            return NONE
        store_outcome(folder, outcome)
        graded = {cell.id for cell in job.cells if cell.graded}
        return frozenset(
            cell.id for cell in outcome.cells if cell.id in graded and cell.verdict is not Verdict.PASSED
        )
