"""Scores: only a positive record earns points, and what we could not check costs none."""

from __future__ import annotations

from typing import Any

import pytest

from grader.export import Standing
from grader.grading.blueprint import Blueprint, KeyKind
from grader.grading.marks import GradeMark, Marks, current_marks, judge_pass
from grader.grading.reasons import Refusal
from grader.grading.repair import Repaired, repair
from grader.grading.scoring import CellScore, cell_score_from_dict, score_cells
from grader.grading.verdict_words import VERDICTS, explain_cell, explain_error, explain_score
from grader.model.assignment import Gate
from grader.model.work import CellResult, Outcome, Verdict
from grader.text import LocalText

MESSAGES = {"formula": LocalText(ko="공식", en="formula text")}


def ready(notebook: dict[str, Any], blueprint: Blueprint) -> Repaired:
    done = repair(notebook, blueprint)
    assert not isinstance(done, Refusal)
    return done


def scores(notebook: dict[str, Any], blueprint: Blueprint, *results: CellResult) -> dict[str, CellScore]:
    outcome = Outcome(job_digest="d", cells=results)
    return {
        score.grade_id: score
        for score in score_cells(blueprint, ready(notebook, blueprint), outcome, MESSAGES)
    }


@pytest.mark.parametrize("verdict", list(Verdict))
def test_points_by_verdict(full: dict[str, Any], blueprint: Blueprint, verdict: Verdict) -> None:
    """Passed earns the points, could-not-check leaves them to a person, everything else earns none."""
    score = scores(full, blueprint, CellResult(id="bmi-value", verdict=verdict))["bmi-value"]
    expected = {Verdict.PASSED: 3.0, Verdict.COULD_NOT_CHECK: None}.get(verdict, 0.0)
    assert score.auto_score == expected
    assert score.needs_person == (verdict is Verdict.COULD_NOT_CHECK)
    assert cell_score_from_dict(score.as_dict()) == score


def test_a_missing_result_is_nobodys_fault(full: dict[str, Any], blueprint: Blueprint) -> None:
    """A test cell without any record is not a zero."""
    score = scores(full, blueprint)["bmi-value"]
    assert (score.auto_score, score.verdict) == (None, Verdict.COULD_NOT_CHECK)


def test_a_result_of_the_trainees_own_cell_earns_nothing(full: dict[str, Any], blueprint: Blueprint) -> None:
    """Only the record of the test cell itself counts."""
    score = scores(full, blueprint, CellResult(id="bmi", verdict=Verdict.PASSED))["bmi-value"]
    assert score.auto_score is None


@pytest.mark.parametrize(
    ("message", "message_id"),
    [
        ("formula: 한국어 · English", "formula"),
        ("AssertionError: formula: 한국어 · English", "formula"),
        ("formula", "formula"),
        ("secret-value: 17.9", ""),
        ("", ""),
        ("expected 17.9", ""),
    ],
)
def test_messages_are_found_by_id(
    full: dict[str, Any], blueprint: Blueprint, message: str, message_id: str
) -> None:
    """Only ids that the author wrote count; what an exception said is not kept."""
    result = CellResult(
        id="bmi-value", verdict=Verdict.FAILED, error_name="AssertionError", error_message=message
    )
    score = scores(full, blueprint, result)["bmi-value"]
    assert score.message_id == message_id
    assert "17.9" not in str(score)


def test_written_answers_wait_for_a_person_unless_there_is_none(
    full: dict[str, Any], release: dict[str, Any], blueprint: Blueprint
) -> None:
    """An untouched cell has 0 points; a written or deleted one, or text elsewhere, reaches a person."""
    assert scores(full, blueprint)["desk"].needs_person
    blank = scores(release, blueprint)["desk"]
    assert (blank.auto_score, blank.needs_person) == (0.0, False)
    deleted = {**release, "cells": release["cells"][:-1]}
    assert scores(deleted, blueprint)["desk"].needs_person
    elsewhere = [*release["cells"], {"cell_type": "markdown", "id": "x", "metadata": {}, "source": "내 답"}]
    assert scores({**release, "cells": elsewhere}, blueprint)["desk"].needs_person


def mark(score: float, top: float, manual: bool = False, settled: bool = True) -> Marks:
    return Marks(score, top, manual, settled)


@pytest.mark.parametrize(
    ("marks", "standing"),
    [
        ([mark(8, 10)], Standing.PASSED),
        ([mark(7.9, 10)], Standing.NOT_PASSED),
        ([mark(0.1 + 0.2 + 0.5, 1)], Standing.PASSED),
        ([mark(10, 10), mark(0, 4, manual=True, settled=False)], Standing.PENDING),
        ([mark(5, 10), mark(0, 4, manual=True, settled=False)], Standing.NOT_PASSED),
        ([mark(10, 10), mark(2, 3, manual=True)], Standing.PASSED),
        ([mark(10, 10), mark(1, 3, manual=True)], Standing.NOT_PASSED),
        ([mark(10, 10), mark(3, 3, manual=True), mark(0, 3, manual=True)], Standing.NOT_PASSED),
        ([mark(7, 8), mark(0, 2, settled=False)], Standing.PENDING),
        ([mark(8, 8), mark(0, 2, settled=False)], Standing.PASSED),
        ([mark(2, 8), mark(0, 2, settled=False)], Standing.NOT_PASSED),
        ([mark(3, 3, manual=True)], Standing.PASSED),
        ([], Standing.PASSED),
    ],
)
def test_the_rule_for_passing(marks: list[Marks], standing: Standing) -> None:
    """80 % of automatic points and “meets” in every written task; open questions never fail anyone."""
    assert judge_pass(marks, 80) is standing


def gate(score: float, top: float, settled: bool = True) -> Marks:
    return Marks(score, top, is_manual=False, is_settled=settled, is_gate=True)


@pytest.mark.parametrize(
    ("marks", "standing"),
    [
        ([mark(18, 18), gate(2, 2)], Standing.PASSED),
        ([mark(18, 18), gate(0, 2)], Standing.NOT_PASSED),
        ([mark(18, 18), gate(1.9, 2)], Standing.NOT_PASSED),
        ([mark(18, 18), gate(0, 2, settled=False)], Standing.PENDING),
        ([mark(1, 18), gate(2, 2)], Standing.NOT_PASSED),
        ([mark(18, 18), gate(0, 2), mark(0, 3, manual=True, settled=False)], Standing.NOT_PASSED),
    ],
)
def test_nobody_passes_without_the_gates(marks: list[Marks], standing: Standing) -> None:
    """However many points there are, a gate that is not passed decides; an open one is waited for."""
    assert judge_pass(marks, 80) is standing


def test_a_gate_of_a_write_task_applies_to_those_who_did_it(blueprint: Blueprint) -> None:
    """A gate with `when` counts only if one of those cells has points; one without always does."""
    first, second = [key.grade_id for key in blueprint.graded if key.kind is KeyKind.TEST][:2]

    def gates_marked(other_score: float, *when: str) -> list[bool]:
        grades = {
            first: GradeMark(0, None, 0, 1, needs_person=False),
            second: GradeMark(other_score, None, other_score, 1, needs_person=False),
        }
        return [one.is_gate for one in current_marks(blueprint, grades, [Gate(cell=first, when=when)])]

    assert gates_marked(0) == [True, False]
    assert gates_marked(1, second) == [True, False]
    assert gates_marked(0, second) == [False, False]


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_words(verdict: Verdict) -> None:
    """Each verdict has a name and an explanation in both languages."""
    name, text = VERDICTS[verdict]
    assert all((name.ko, name.en, text.ko, text.en))


@pytest.mark.parametrize(
    "verdict", sorted(set(Verdict) - {Verdict.PASSED, Verdict.FAILED, Verdict.COULD_NOT_CHECK})
)
def test_a_stopped_cell_is_not_told_of_points(verdict: Verdict) -> None:
    """Only checks have points: a cell may set the right values and then loop."""
    told = explain_cell(verdict)
    assert told.ko
    assert "점수" not in told.ko
    assert told.en
    assert "point" not in told.en


def test_exceptions_are_explained_by_name_alone() -> None:
    """Known names have their own advice, related ones share it, unknown ones get the general one."""
    assert "NotImplementedError" in explain_error("NotImplementedError").en
    assert explain_error("UnboundLocalError") == explain_error("NameError")
    assert explain_error("MyOwnError<script>") == explain_error("")


def test_the_authors_message_comes_first() -> None:
    """A message beats the exception's name; verdicts that ended the run explain themselves."""
    failed = CellScore("a", 1, 0, False, Verdict.FAILED, "AssertionError", "formula")
    assert explain_score(failed, MESSAGES) == MESSAGES["formula"]
    named = CellScore("a", 1, 0, False, Verdict.FAILED, "NameError")
    assert explain_score(named, MESSAGES) == explain_error("NameError")
    late = CellScore("a", 1, 0, False, Verdict.TIMED_OUT)
    assert explain_score(late, MESSAGES) == VERDICTS[Verdict.TIMED_OUT][1]
    passed = CellScore("a", 1, 1, False, Verdict.PASSED)
    assert explain_score(passed, MESSAGES) is None
