"""Trials of mutants: strong tests kill, weak tests let survive, and the report says which."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import pytest

from grader.authoring.mutant_trials import (
    MUTANT_LIMITS,
    NEEDED_PERCENT,
    Fate,
    MutantReport,
    check_report,
    judge_mutant,
    plan_mutants,
    put_in,
    try_mutants,
)
from grader.errors import Problem
from grader.model.content import AssignmentContent
from grader.model.work import CellResult, GradingJob, Outcome, Verdict
from grader.ports import RunJobs

Changed = Callable[..., AssignmentContent]
ReportOf = Callable[[AssignmentContent], MutantReport]


@pytest.fixture
def report_of(run_here: RunJobs) -> ReportOf:
    """Return a function that tries every mutant of an assignment."""

    def report(content: AssignmentContent) -> MutantReport:
        found = try_mutants(content, plan_mutants(content), run_here, lambda: None)
        assert isinstance(found, MutantReport)
        return found

    return report


def outcome(**verdicts: Verdict) -> Outcome:
    return Outcome(job_digest="", cells=tuple(CellResult(id=i, verdict=v) for i, v in verdicts.items()))


def test_strong_tests_kill(sample: AssignmentContent, report_of: ReportOf) -> None:
    """The sample's tests notice nearly every mistake in its reference answers."""
    report = report_of(sample)
    assert report.made == report.tried > 15
    assert report.percent >= NEEDED_PERCENT
    assert report.killed == report.tried - len(report.survivors)
    assert check_report(report) == []


def test_weak_tests_let_survive(changed: Changed, report_of: ReportOf) -> None:
    """Take the hidden values away, and the survivors say what is no longer tested."""
    strong = report_of(changed())
    weak = report_of(
        changed(
            ("    assert bmi(cm, kg) == expected", "    assert bmi(cm, kg) > 0"),
            ("assert bmi(170, 65) == 22.5", "assert bmi(170, 65) > 0"),
        )
    )
    assert {m.id for m in strong.survivors} < {m.id for m in weak.survivors}
    assert any(m.after == "return round(kg / (cm / 101) ** 2, 1)" for m in weak.survivors)
    (problem,) = check_report(weak)
    assert problem.code == "mutants-survive"
    assert problem.path == "assignments/sample/sheet.md"
    assert problem.line == weak.survivors[0].line
    for mutant in weak.survivors:
        assert f"line {mutant.line}: `{mutant.before}` → `{mutant.after}`" in problem.message


def test_what_another_tasks_tests_notice_is_killed(
    changed: Changed, report_of: ReportOf, run_here: RunJobs
) -> None:
    """The tests of a task are tried first; what they let through meets all the others."""
    content = changed(
        ("assert limit is not ...", "assert limit"),
        ("assert limit == 25", "assert limit"),
        ("assert bmi(181, None) is None", "assert bmi(181, None) is None and limit == 25"),
    )
    assert "limit" not in {m.cell for m in report_of(content).survivors}
    jobs: list[GradingJob] = []

    def watch(batch: Iterable[GradingJob]) -> Iterator[Outcome]:
        for job in batch:
            jobs.append(job)
            yield from run_here([job])

    plan = plan_mutants(content)
    try_mutants(content, plan, watch, lambda: None)
    sizes = {len([cell for cell in job.cells if cell.graded]) for job in jobs}
    assert sizes == {1, 2, 3}
    assert len(jobs) < 2 * len(plan.mutants)


def test_tests_that_need_another_tasks_tests_run_with_them(changed: Changed, report_of: ReportOf) -> None:
    """Where the tests of a task do not pass alone, every mutant meets all tests at once."""
    content = changed(("assert limit == 25", "known = 22.5\nassert limit == 25"),
                      ("assert bmi(170, 65) == 22.5", "assert bmi(170, 65) == known"))  # fmt: skip
    assert report_of(content).killed == report_of(changed()).killed


def test_an_answer_without_a_test_of_its_own_meets_all_tests(changed: Changed, report_of: ReportOf) -> None:
    """Nothing is taken for killed or lost because its task has no test behind it."""
    content = changed(
        ("  id: limit-test\n  role: test\n  task: limit", "  id: limit-test\n  role: test\n  task: bmi")
    )
    assert plan_mutants(content).near["limit"] == plan_mutants(content).reference
    assert report_of(content).killed == report_of(changed()).killed


def test_a_short_run_holds_what_it_needs(sample: AssignmentContent) -> None:
    """The tests of the answer's task, and no cell that they do not need."""
    near = plan_mutants(sample).near
    assert [cell.id for cell in near["limit"].cells] == ["limit", "limit-test"]
    assert [cell.id for cell in near["bmi"].cells] == ["bmi", "bmi-value-test", "bmi-missing-test"]


def test_every_mutant_is_counted_once(sample: AssignmentContent, run_here: RunJobs) -> None:
    """The progress bar reaches its end, also with survivors, which run twice."""
    plan, done = plan_mutants(sample), []
    try_mutants(sample, plan, run_here, lambda: done.append(1))
    assert len(done) == len(plan.mutants)


def test_a_reference_that_fails_says_nothing_about_mutants(changed: Changed, run_here: RunJobs) -> None:
    """A test that fails anyway would seem to kill everything."""
    content = changed(("assert bmi(170, 65) == 22.5", "assert bmi(170, 65) == 22"))
    problem = try_mutants(content, plan_mutants(content), run_here, lambda: None)
    assert isinstance(problem, Problem)
    assert problem.code == "mutants-not-tried"


def test_a_mutants_job_differs_in_its_cell_alone(sample: AssignmentContent) -> None:
    """Everything else is the reference's: hidden tests, data, hash seed, what the checker knows."""
    plan = plan_mutants(sample)
    assert plan.reference.limits == MUTANT_LIMITS
    for mutant in plan.mutants:
        for reference in (plan.reference, plan.near[mutant.cell]):
            job = put_in(reference, mutant)
            cells = [(a, b) for a, b in zip(reference.cells, job.cells, strict=True) if a != b]
            assert [after.source for _, after in cells] == [mutant.source]
            assert [after.id for _, after in cells] == [mutant.cell]
            assert job.model_copy(update={"cells": reference.cells}) == reference


@pytest.mark.parametrize(
    ("first", "second", "fate"),
    [
        (Verdict.PASSED, Verdict.PASSED, Fate.SURVIVED),
        (Verdict.PASSED, Verdict.FAILED, Fate.KILLED),
        (Verdict.TIMED_OUT, Verdict.FAILED, Fate.KILLED),
        (Verdict.OUT_OF_MEMORY, Verdict.NOT_RUN, Fate.KILLED),
        (Verdict.KERNEL_DIED, Verdict.NOT_RUN, Fate.KILLED),
        (Verdict.TIMED_OUT, Verdict.PASSED, Fate.TIMED_OUT),
        (Verdict.TIMED_OUT, Verdict.NOT_RUN, Fate.TIMED_OUT),
        (Verdict.COULD_NOT_CHECK, Verdict.PASSED, Fate.SURVIVED),
    ],
)
def test_what_kills(first: Verdict, second: Verdict, fate: Fate) -> None:
    """Whatever would cost a learner points kills; running out of time is counted apart."""
    assert judge_mutant(outcome(one=first, two=second), frozenset({"one", "two"})) is fate


def test_only_tests_that_the_reference_passes_count() -> None:
    """A cell that is no test, or a test that never passes, notices nothing."""
    assert judge_mutant(outcome(one=Verdict.FAILED), frozenset({"two"})) is Fate.SURVIVED


def test_the_share_is_never_rounded_up(sample: AssignmentContent, report_of: ReportOf) -> None:
    """899 of 1000 is not 90 %, however it is printed."""
    report = replace(
        report_of(sample), tried=10_000, killed=8_999, survivors=plan_mutants(sample).mutants[:1]
    )
    assert report.percent == 89.9
    assert [problem.code for problem in check_report(report)] == ["mutants-survive"]
    assert check_report(replace(report, killed=9_000)) == []


def test_an_assignment_without_code_to_change_is_fine(sample: AssignmentContent, report_of: ReportOf) -> None:
    """Nothing tried, nothing missed."""
    report = replace(report_of(sample), made=0, tried=0, killed=0, timed_out=0, survivors=())
    assert report.percent == 100.0
    assert check_report(report) == []


def test_the_report_as_data(sample: AssignmentContent, report_of: ReportOf) -> None:
    """Numbers, and survivors with their line and change, without whole cells."""
    report = report_of(sample)
    data = report.as_dict()
    assert data["assignment"] == sample.assignment.id
    assert data["killed"] + len(data["survivors"]) == data["tried"]
    assert data["percent"] == report.percent
    for survivor in data["survivors"]:
        assert set(survivor) == {"id", "cell", "line", "operator", "before", "after"}
