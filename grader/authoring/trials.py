"""Test the tests: which runs an assignment must stand before it is released, and whether it did.

Knows what each run must give; must not run anything. Callers run the jobs in the sandbox.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from grader.authoring.build import build_release, build_source
from grader.authoring.checksum import is_grade, is_solution
from grader.authoring.fill import fill_release
from grader.authoring.isolation import read_isolation
from grader.authoring.jobs import job_from_notebook
from grader.authoring.messages import read_message_id
from grader.errors import Problem
from grader.model.assignment import CellRole, WrongAnswer
from grader.model.content import AssignmentContent
from grader.model.work import CellResult, GradingJob, Limits, Outcome, Verdict
from grader.text import Language

HASH_SEEDS = (0, 1, 20260401)
"""Runs of the reference must agree whatever the order of sets."""

_FAULTLESS = frozenset({Verdict.PASSED, Verdict.FAILED, Verdict.NOT_RUN})
"""Verdicts that say something about the code and nothing about limits or walls."""


class TrialKind(StrEnum):
    """What is tried."""

    REFERENCE = "reference"
    UNTOUCHED = "untouched"
    WRONG = "wrong"


@dataclass(frozen=True)
class Trial:
    """A job and what its outcome must be."""

    name: str
    kind: TrialKind
    path: str
    """File to correct if the trial fails, relative to the course root."""
    job: GradingJob
    failing: frozenset[str]
    """Test cells that must not pass; every other test cell must."""
    messages: frozenset[str] = frozenset()
    """Message ids that the failing cells must give, no more and no fewer; a wrong answer's only."""


def plan_trials(
    content: AssignmentContent,
    limits: Limits | None = None,
    grader_version: str = "",
    hash_seeds: Sequence[int] = HASH_SEEDS,
) -> list[Trial]:
    """Return the runs of an assignment: reference per hash seed, untouched release, wrong answers.

    Reference and wrong answers run with the hidden tests, the untouched release as it is released:
    there, the visible tests alone must fail.
    """
    source = build_source(content.sheet, content.assignment)
    release = build_release(content.sheet, content.assignment, Language.KO)
    isolation = read_isolation(source)
    tests = frozenset(cell.id for cell in content.sheet.cells if cell.role is CellRole.TEST)

    def job(notebook: Mapping[str, Any], seed: int) -> GradingJob:
        return job_from_notebook(
            notebook, content.assignment.id, content.assignment.revision, content.data,
            limits=limits, grader_version=grader_version, hash_seed=seed, isolation=isolation,
        )  # fmt: skip

    sheet_path = f"{content.path}/sheet.md"
    trials = [
        Trial(f"reference, hash seed {seed}", TrialKind.REFERENCE, sheet_path, job(source, seed), frozenset())
        for seed in hash_seeds
    ]
    untouched = job(release, hash_seeds[0])
    trials.append(Trial("untouched release", TrialKind.UNTOUCHED, sheet_path, untouched, tests))
    trials += [
        _wrong_trial(name, wrong, content.path, job(_answer_wrongly(source, wrong), hash_seeds[0]))
        for name, wrong in sorted(content.wrong.items())
    ]
    return trials


def _answer_wrongly(source: Mapping[str, Any], wrong: WrongAnswer) -> dict[str, Any]:
    # Names of other cells are a problem that lint reports.
    known = {cell["id"] for cell in source["cells"] if is_solution(cell) and not is_grade(cell)}
    return fill_release(source, {name: code for name, code in wrong.answers.items() if name in known}, {})


def _wrong_trial(name: str, wrong: WrongAnswer, folder: str, job: GradingJob) -> Trial:
    return Trial(
        name=f"wrong answer `{name}`",
        kind=TrialKind.WRONG,
        path=f"{folder}/wrong/{name}.yml",
        job=job,
        failing=frozenset(wrong.caught_by),
        messages=frozenset(wrong.messages),
    )


def judge_trial(trial: Trial, outcome: Outcome) -> list[Problem]:
    """Return how the outcome differs from what the trial expects."""
    if outcome.job_digest != trial.job.digest:
        return [_finding(trial, "trial-mixed-up", "got the outcome of another run", "run the trials again")]
    results = {result.id: result for result in outcome.cells}
    problems: list[Problem] = []
    for cell in trial.job.cells:
        result = results.get(cell.id)
        if result is None or result.verdict not in _FAULTLESS:
            verdict = "no result" if result is None else result.verdict.value
            problems.append(
                _finding(trial, "trial-could-not-run", f"cell `{cell.id}` gave {verdict}{_reason(result)}",
                         "make the cell faster or smaller, or correct it")
            )  # fmt: skip
        elif cell.graded:
            problems += _judge_test(trial, result)
        elif trial.kind is TrialKind.REFERENCE and result.verdict is not Verdict.PASSED:
            problems.append(
                _finding(trial, "reference-fails", f"cell `{cell.id}` does not run{_reason(result)}",
                         "correct the cell or the reference answer")
            )  # fmt: skip
    return problems + _judge_messages(trial, results)


def _judge_test(trial: Trial, result: CellResult) -> list[Problem]:
    passed = result.verdict is Verdict.PASSED
    if passed is not (result.id in trial.failing):
        return []
    code, message, hint = {
        (TrialKind.REFERENCE, False): (
            "reference-fails", f"the reference answer fails test `{result.id}`{_reason(result)}",
            "correct the reference answer or the test"),
        (TrialKind.UNTOUCHED, True): (
            "untouched-scores", f"the untouched release passes the visible part of test `{result.id}`",
            "add a visible assert that fails as long as nothing is answered"),
        (TrialKind.WRONG, True): (
            "wrong-not-caught", f"passes test `{result.id}`, which should catch it",
            "add the case that shows the misconception, or correct caught_by"),
        (TrialKind.WRONG, False): (
            "wrong-caught-elsewhere", f"also fails test `{result.id}`{_reason(result)}",
            "split the concepts over test cells, or add the cell to caught_by"),
    }[trial.kind, passed]  # fmt: skip
    return [_finding(trial, code, message, hint)]


def _judge_messages(trial: Trial, results: Mapping[str, CellResult]) -> list[Problem]:
    """Compare the messages that a wrong answer gets with those it is meant to get."""
    if trial.kind is not TrialKind.WRONG:
        return []
    failed = [
        results[cell.id]
        for cell in trial.job.cells
        if cell.graded and cell.id in results and results[cell.id].verdict is Verdict.FAILED
    ]
    problems = []
    given: set[str] = set()
    for result in failed:
        if result.error_name == "AssertionError" and result.error_message:
            given.add(read_message_id(result.error_message))
            continue
        problems.append(
            _finding(trial, "wrong-without-message", f"test `{result.id}` gives no message{_reason(result)}",
                     "assert first what the code stumbles over, so that the trainee learns what is wrong")
        )  # fmt: skip
    problems += [
        _finding(trial, "wrong-message", f"does not give the message `{message}`",
                 f"it gives {', '.join(sorted(given)) or 'none'}; correct `messages` or the test")
        for message in sorted(trial.messages - given)
    ]  # fmt: skip
    problems += [
        _finding(trial, "wrong-message", f"gives the message `{message}`, which is not listed",
                 "add it to `messages` or correct the test")
        for message in sorted(given - trial.messages)
    ]  # fmt: skip
    return problems


def compare_seeds(trials: Sequence[Trial], outcomes: Mapping[str, Outcome]) -> list[Problem]:
    """Return test cells on which runs of the reference with different hash seeds disagree."""
    runs = [trial for trial in trials if trial.kind is TrialKind.REFERENCE and trial.job.digest in outcomes]
    problems = []
    for cell in runs[0].job.cells if runs else ():
        seen = {_essence(outcomes[trial.job.digest], cell.id) for trial in runs}
        if len(seen) > 1:
            problems.append(
                _finding(runs[0], "not-deterministic", f"cell `{cell.id}` differs between hash seeds",
                         "sort before you compare, and seed every random generator")
            )  # fmt: skip
    return problems


def _essence(outcome: Outcome, cell_id: str) -> tuple[str, str, str] | None:
    for result in outcome.cells:
        if result.id == cell_id:
            return result.verdict.value, result.error_name, result.error_message
    return None


def judge_trials(
    content: AssignmentContent, trials: Iterable[Trial], outcomes: Mapping[str, Outcome]
) -> list[Problem]:
    """Judge all runs of an assignment; `outcomes` by job digest. A missing outcome is a problem."""
    planned = list(trials)
    problems = compare_seeds(planned, outcomes)
    for trial in planned:
        outcome = outcomes.get(trial.job.digest)
        if outcome is None:
            problems.append(_finding(trial, "trial-missing", "was not run", "run all trials again"))
        else:
            problems += judge_trial(trial, outcome)
    lines = {cell.id: cell.line for cell in content.sheet.cells}
    return sorted({_with_line(problem, lines, f"{content.path}/sheet.md") for problem in problems})


def _with_line(problem: Problem, lines: Mapping[str, int], sheet_path: str) -> Problem:
    """Point at the cell that a problem of the sheet names first."""
    named = [part for part in problem.message.split("`")[1::2] if part in lines]
    if problem.path != sheet_path or not named:
        return problem
    return Problem(problem.path, lines[named[0]], problem.code, problem.message, problem.hint)


def _finding(trial: Trial, code: str, message: str, hint: str) -> Problem:
    return Problem(trial.path, 0, code, f"{trial.name}: {message}", hint)


def _reason(result: CellResult | None) -> str:
    if result is None or not result.error_name:
        return ""
    what = f"{result.error_name}: {result.error_message}".removesuffix(": ")
    return f" ({what})"
