"""Trials of mutants: which jobs show whether the tests notice a mistake, and what their outcomes say.

Knows jobs and outcomes; must not know how jobs run: the caller passes in what runs them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from grader.authoring.build import build_source
from grader.authoring.isolation import read_isolation
from grader.authoring.jobs import job_from_notebook
from grader.authoring.mutants import Mutant, draw_mutants, make_mutants
from grader.authoring.syntax import Names, find_names
from grader.errors import Problem
from grader.model.assignment import CellRole
from grader.model.content import AssignmentContent
from grader.model.work import CodeCell, GradingJob, Limits, Outcome, Verdict
from grader.ports import RunJobs

NEEDED_PERCENT = 90
"""Tests that let more than a tenth of the mistakes through do not tell right from wrong."""

MUTANT_LIMITS = Limits(cell_timeout_s=4.0, run_timeout_s=12.0)
"""Shorter than usual, since some mutants never end. The sandbox counts a process's own time: others on a
busy machine do not use it up."""

_SAYS_NOTHING = frozenset({Verdict.PASSED, Verdict.COULD_NOT_CHECK})
"""What could not be checked costs a learner nothing, so no test has noticed anything."""


class Fate(StrEnum):
    """What became of a mutant."""

    KILLED = "killed"
    """A test that the reference passes does not pass."""
    TIMED_OUT = "timed-out"
    """Killed, but no test said what is wrong: the code ran until it was stopped."""
    SURVIVED = "survived"


@dataclass(frozen=True)
class MutantPlan:
    """The runs of the reference, and the mutants to put in its place."""

    reference: GradingJob
    near: Mapping[str, GradingJob]
    """Answer cell → the reference with the tests of its own task only, and the cells that these need. They
    notice nearly every mistake and take less time; what they let through is tried with all tests."""
    mutants: tuple[Mutant, ...]
    made: int
    """How many mutants there are; more than `mutants` when a part was drawn."""


@dataclass(frozen=True)
class MutantReport:
    """How well the tests of one assignment tell mistakes from the reference."""

    assignment: str
    sheet_path: str
    made: int
    tried: int
    killed: int
    """Those that timed out included."""
    timed_out: int
    survivors: tuple[Mutant, ...]

    @property
    def percent(self) -> float:
        """Share of killed mutants, rounded down to a tenth: 89.97 is not 90."""
        return self.killed * 1000 // self.tried / 10 if self.tried else 100.0

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape of `medai try --mutants --json`."""
        survivors = [
            {name: value for name, value in asdict(mutant).items() if name != "source"}
            for mutant in self.survivors
        ]
        return {**asdict(self), "percent": self.percent, "survivors": survivors}


def plan_mutants(content: AssignmentContent, limits: Limits = MUTANT_LIMITS) -> MutantPlan:
    """Return what to run for one assignment: hidden tests and all, always with the same hash seed."""
    source = build_source(content.sheet, content.assignment)
    reference = job_from_notebook(
        source, content.assignment.id, content.assignment.revision, content.data,
        limits=limits, isolation=read_isolation(source),
    )  # fmt: skip
    tasks = {cell.id: cell.task for cell in content.sheet.cells if cell.role is CellRole.TEST}
    near = {
        cell.id: _cut(reference, cell.id, {test for test, task in tasks.items() if task == cell.task})
        for cell in content.sheet.cells
        if cell.role is CellRole.ANSWER
    }
    made = make_mutants(content.sheet)
    return MutantPlan(reference, near, tuple(draw_mutants(made)), len(made))


def _cut(reference: GradingJob, answer: str, tests: set[str]) -> GradingJob:
    """Return the job with these tests only, the answer, and the cells whose names they need."""
    needed: set[str] = set()
    kept: list[CodeCell] = []
    for cell in reversed(reference.cells):
        names = find_names(cell.source)
        gives = names.bound_at_top | names.imported
        if cell.graded:
            wanted = cell.id in tests
        else:
            # Nothing can be said about a cell with magics: it has no names.
            wanted = cell.id == answer or bool(gives & needed) or "*" in gives or names == Names()
        if wanted and (kept or cell.graded):
            needed |= names.read
            kept.append(cell)
    if all(cell.id != answer for cell in kept):
        return reference  # no test of its own behind it
    return reference.model_copy(update={"cells": tuple(reversed(kept))})


def put_in(reference: GradingJob, mutant: Mutant) -> GradingJob:
    """Return the job with the mutant in place of the reference answer."""
    cells = tuple(
        CodeCell.model_validate({**cell.model_dump(), "source": mutant.source})
        if cell.id == mutant.cell
        else cell
        for cell in reference.cells
    )
    return reference.model_copy(update={"cells": cells})


def find_passing(job: GradingJob, outcome: Outcome) -> frozenset[str]:
    """Return the test cells that a run passes."""
    graded = {cell.id for cell in job.cells if cell.graded}
    return frozenset(
        result.id for result in outcome.cells if result.id in graded and result.verdict is Verdict.PASSED
    )


def judge_mutant(outcome: Outcome, passing: frozenset[str]) -> Fate:
    """Return what became of a mutant, given the test cells that the reference passes."""
    verdicts = [result.verdict for result in outcome.cells if result.id in passing]
    against = [verdict for verdict in verdicts if verdict not in _SAYS_NOTHING]
    if not against:
        return Fate.SURVIVED
    stopped = {Verdict.TIMED_OUT, Verdict.NOT_RUN}
    return Fate.TIMED_OUT if stopped.issuperset(against) else Fate.KILLED


def try_mutants(
    content: AssignmentContent, plan: MutantPlan, run_jobs: RunJobs, on_done: Callable[[], object]
) -> MutantReport | Problem:
    """Run the reference and the mutants; `on_done` is called for each mutant whose fate is known.

    Without a reference that passes every test nothing can be said; the problem says so.
    """
    references = {job.digest: job for job in (plan.reference, *plan.near.values())}
    passing = {
        outcome.job_digest: find_passing(references[outcome.job_digest], outcome)
        for outcome in run_jobs(references.values())
    }
    sound = {digest for digest, job in references.items() if len(passing[digest]) == _count_tests(job)}
    if plan.reference.digest not in sound:
        return _refuse(content)
    # Tests that do not pass alone, since they need more than names tell, run with everything.
    near = {cell: job if job.digest in sound else plan.reference for cell, job in plan.near.items()}
    everything = dict.fromkeys(near, plan.reference)
    fates: dict[str, Fate] = {}
    left = plan.mutants
    for jobs in (near, everything):
        planned = {put_in(jobs[mutant.cell], mutant).digest: mutant for mutant in left}
        for outcome in run_jobs(put_in(jobs[mutant.cell], mutant) for mutant in left):
            mutant = planned[outcome.job_digest]
            fates[mutant.id] = judge_mutant(outcome, passing[jobs[mutant.cell].digest])
            if fates[mutant.id] is not Fate.SURVIVED or jobs is everything:
                on_done()
        left = tuple(mutant for mutant in left if fates[mutant.id] is Fate.SURVIVED)
    return _report(content, plan, fates)


def _count_tests(job: GradingJob) -> int:
    return sum(cell.graded for cell in job.cells)


def _report(content: AssignmentContent, plan: MutantPlan, fates: Mapping[str, Fate]) -> MutantReport:
    survivors = tuple(mutant for mutant in plan.mutants if fates[mutant.id] is Fate.SURVIVED)
    return MutantReport(
        assignment=content.assignment.id,
        sheet_path=f"{content.path}/sheet.md",
        made=plan.made,
        tried=len(plan.mutants),
        killed=len(plan.mutants) - len(survivors),
        timed_out=sum(fate is Fate.TIMED_OUT for fate in fates.values()),
        survivors=survivors,
    )


def check_report(report: MutantReport) -> list[Problem]:
    """Return a problem if the tests let too many mutants through."""
    if report.killed * 100 >= report.tried * NEEDED_PERCENT:
        return []
    shown = "; ".join(f"line {m.line}: `{m.before}` → `{m.after}`" for m in report.survivors)
    share = f"{report.killed} of {report.tried} mutants ({report.percent:.1f} %)"
    return [
        Problem(report.sheet_path, report.survivors[0].line, "mutants-survive",
                f"the tests notice {share}, fewer than {NEEDED_PERCENT} %; they let through {shown}",
                "for each of them add the case in which it gives another answer than the reference")
    ]  # fmt: skip


def _refuse(content: AssignmentContent) -> Problem:
    return Problem(
        f"{content.path}/sheet.md", 0, "mutants-not-tried",
        "the reference does not pass every test in the time that a mutant gets",
        "correct what `medai try` reports, and make each cell take less than "
        f"{MUTANT_LIMITS.cell_timeout_s:g} seconds",
    )  # fmt: skip
