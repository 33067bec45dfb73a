"""Testing the tests: which runs are planned and what their outcomes mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from grader.authoring.trials import Trial, TrialKind, compare_seeds, judge_trial, judge_trials, plan_trials
from grader.model.content import AssignmentContent
from grader.model.work import CellResult, GradingJob, Limits, Outcome, Verdict

Changed = Callable[..., AssignmentContent]
Outcomes = dict[str, Outcome]


def run(job: GradingJob) -> Outcome:
    """Run the sample's harmless cells here; the real runner is the sandbox."""
    names: dict[str, object] = {}
    results = []
    for cell in job.cells:
        try:
            exec(compile(cell.source, cell.id, "exec"), names)
        except Exception as error:
            result = CellResult(
                id=cell.id,
                verdict=Verdict.FAILED,
                error_name=type(error).__name__,
                error_message=str(error).split("\n")[0],
            )
        else:
            result = CellResult(id=cell.id, verdict=Verdict.PASSED)
        results.append(result)
    return Outcome(job_digest=job.digest, cells=tuple(results))


def run_all(trials: list[Trial]) -> Outcomes:
    return {trial.job.digest: run(trial.job) for trial in trials}


def codes_of(content: AssignmentContent) -> list[tuple[str, str]]:
    trials = plan_trials(content)
    return [(problem.path, problem.code) for problem in judge_trials(content, trials, run_all(trials))]


def altered(outcome: Outcome, cell_id: str, **changes: object) -> Outcome:
    cells = tuple(c.model_copy(update=changes) if c.id == cell_id else c for c in outcome.cells)
    return outcome.model_copy(update={"cells": cells})


def test_a_good_assignment_stands_all_its_trials(sample: AssignmentContent) -> None:
    """Reference full marks, untouched nothing, wrong answers caught by the tests that name them."""
    assert codes_of(sample) == []


def test_what_is_tried(sample: AssignmentContent) -> None:
    """Three hash seeds for the reference, the untouched release, and each wrong answer."""
    trials = plan_trials(sample, limits=Limits(processes=3), grader_version="9")
    assert [trial.kind.value for trial in trials] == ["reference"] * 3 + ["untouched"] + ["wrong"] * 3
    assert len({trial.job.hash_seed for trial in trials if trial.kind is TrialKind.REFERENCE}) == 3
    assert len({trial.job.digest for trial in trials}) == len(trials)
    assert {trial.path for trial in trials if trial.kind is TrialKind.WRONG} == {
        f"assignments/sample/wrong/{name}.yml" for name in ("obese-from-30", "unrounded", "zero")
    }
    for trial in trials:
        assert (trial.job.limits.processes, trial.job.grader_version) == (3, "9")
        assert dict(trial.job.files).keys() == {"people.csv"}


def test_hidden_tests_run_except_in_the_untouched_release(sample: AssignmentContent) -> None:
    """The untouched release is tried as trainees get it: its visible tests alone must fail."""
    for trial in plan_trials(sample):
        hidden = any("BEGIN HIDDEN TESTS" in cell.source for cell in trial.job.cells)
        assert hidden is (trial.kind is not TrialKind.UNTOUCHED)


def test_a_wrong_answer_replaces_the_reference_in_its_cells_only(sample: AssignmentContent) -> None:
    """Other answer cells keep the reference."""
    (trial,) = [trial for trial in plan_trials(sample) if "obese" in trial.name]
    sources = {cell.id: cell.source for cell in trial.job.cells}
    assert sources["limit"] == "limit = 30"
    assert "round(kg" in sources["bmi"]


def test_names_that_are_no_answers_do_not_stop_the_planning(sample: AssignmentContent) -> None:
    """Lint reports them; the other trials still run."""
    odd = sample.wrong["zero"].model_copy(update={"answers": {"look": "1", "letter": "x", "nowhere": "2"}})
    trials = plan_trials(replace(sample, wrong={"odd": odd}))
    assert trials[-1].job.cells == trials[0].job.cells


SHEET = "assignments/sample/sheet.md"


@pytest.mark.parametrize(
    ("replacements", "expected"),
    [
        ([("limit = 25", "limit = 24")], (SHEET, "reference-fails")),
        ([("people[0]", "people[7]")], (SHEET, "reference-fails")),
        ([("assert limit is not ...", "assert limit is not None")], (SHEET, "untouched-scores")),
        ([("assert limit == 25", "assert limit != 3")],
         ("assignments/sample/wrong/obese-from-30.yml", "wrong-not-caught")),
        ([('is None, "bmi-missing"\n### BEGIN', 'is None, "limit-value"\n### BEGIN')],
         ("assignments/sample/wrong/zero.yml", "wrong-message")),
        ([("assert bmi(0, 70) is None", "assert bmi(0, 70).x is None or True")],
         ("assignments/sample/wrong/zero.yml", "wrong-without-message")),
        ([("assert bmi(0, 70)", 'assert bmi(170, 65) == 22.5, "bmi-value"\nassert bmi(0, 70)')],
         ("assignments/sample/wrong/unrounded.yml", "wrong-caught-elsewhere")),
    ],
)  # fmt: skip
def test_tests_that_do_not_test_are_found(
    replacements: list[tuple[str, str]], expected: tuple[str, str], changed: Changed
) -> None:
    """Each way in which tests can miss their point is a problem of the file to correct."""
    assert expected in codes_of(changed(*replacements))


def test_problems_point_at_the_cell(changed: Changed, sample_text: str) -> None:
    """A failing test is found by its line in the sheet."""
    content = changed(("limit = 25", "limit = 24"))
    trials = plan_trials(content)
    problems = [p for p in judge_trials(content, trials, run_all(trials)) if p.path == SHEET]
    lines = sample_text.split("\n")
    assert {lines[problem.line - 1] for problem in problems} == {'assert limit is not ..., "limit-missing"'}
    assert len(problems) == 3, "one for each hash seed"
    assert "limit-value: 기준표를" in problems[0].message


def test_every_listed_message_must_be_given(sample: AssignmentContent) -> None:
    """A wrong answer that lists a message too many, or too few, is corrected."""
    wrong = sample.wrong["zero"]
    more = wrong.model_copy(update={"messages": ("bmi-missing", "bmi-value")})
    fewer = wrong.model_copy(update={"messages": ("bmi-value",)})
    for changed_wrong, count in ((more, 1), (fewer, 2)):
        content = replace(sample, wrong={**sample.wrong, "zero": changed_wrong})
        assert codes_of(content) == [("assignments/sample/wrong/zero.yml", "wrong-message")] * count


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict.TIMED_OUT,
        Verdict.OUT_OF_MEMORY,
        Verdict.KERNEL_DIED,
        Verdict.OUTPUT_LIMIT,
        Verdict.COULD_NOT_CHECK,
    ],
)
def test_trouble_with_walls_and_limits_is_never_taken_for_a_verdict(
    verdict: Verdict, sample: AssignmentContent
) -> None:
    """A test that timed out has not caught anything."""
    for trial in plan_trials(sample):
        outcome = altered(run(trial.job), "limit-test", verdict=verdict)
        assert "trial-could-not-run" in {problem.code for problem in judge_trial(trial, outcome)}


def test_a_test_that_did_not_run_scores_nothing(sample: AssignmentContent) -> None:
    """For the untouched release that is fine, for the reference it is not."""
    trials = {trial.kind: trial for trial in plan_trials(sample)}
    for kind, codes in ((TrialKind.UNTOUCHED, []), (TrialKind.REFERENCE, ["reference-fails"])):
        outcome = altered(run(trials[kind].job), "limit-test", verdict=Verdict.NOT_RUN)
        assert [problem.code for problem in judge_trial(trials[kind], outcome)] == codes


def test_a_cell_without_result_is_reported(sample: AssignmentContent) -> None:
    """An outcome that stops half-way proves nothing."""
    trial = plan_trials(sample)[0]
    outcome = run(trial.job)
    half = outcome.model_copy(update={"cells": outcome.cells[:-1]})
    assert [problem.code for problem in judge_trial(trial, half)] == ["trial-could-not-run"]


def test_an_outcome_of_another_job_is_refused(sample: AssignmentContent) -> None:
    """Outcomes are told apart by digest."""
    first, second, *_ = plan_trials(sample)
    assert [problem.code for problem in judge_trial(first, run(second.job))] == ["trial-mixed-up"]


def test_a_missing_run_is_reported(sample: AssignmentContent) -> None:
    """Nothing passes for lack of an outcome."""
    trials = plan_trials(sample)
    problems = judge_trials(sample, trials, {})
    assert {problem.code for problem in problems} == {"trial-missing"}
    assert len({problem.message for problem in problems}) == len(trials)


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"verdict": Verdict.FAILED}, ["not-deterministic"]),
        ({"error_message": "other"}, ["not-deterministic"]),
        ({"outputs": ({"output_type": "stream"},)}, []),
    ],
)
def test_hash_seeds_must_agree_on_what_counts(
    changes: Mapping[str, object], codes: list[str], sample: AssignmentContent
) -> None:
    """Verdicts and messages may not depend on the order of sets; what a cell prints may."""
    trials = plan_trials(sample)
    outcomes = run_all(trials)
    digest = trials[1].job.digest
    outcomes[digest] = altered(outcomes[digest], "bmi-value-test", **changes)
    assert [problem.code for problem in compare_seeds(trials, outcomes)] == codes
