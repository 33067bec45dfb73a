"""Mutants in real sandboxes: a weak test leaves the survivor it must leave, and what never ends is ended."""

from __future__ import annotations

import json

import pytest

from grader.cli.content import print_mutants, run_mutants
from grader.model.assignment import Assignment, Sheet
from grader.model.content import AssignmentContent
from grader.sandbox.run import run_jobs

REFERENCE = """\
def adults(ages, limit=18):
    ### BEGIN SOLUTION
    return sum(age >= limit for age in ages)
    ### END SOLUTION"""
WITH_A_LOOP = """\
def adults(ages, limit=18):
    ### BEGIN SOLUTION
    found, place = 0, 0
    while place < len(ages):
        found += ages[place] >= limit
        place += 1
    return found
    ### END SOLUTION"""
WEAK = 'assert adults([12, 40, 50]) == 2, "count"'
EDGE = '\nassert adults([18, 17, 19]) == 2, "edge"'


def make(tests: str, reference: str = REFERENCE) -> AssignmentContent:
    """Return an assignment of one answer and one test."""
    both = {"ko": "성인", "en": "Adults"}
    cells = [
        {"id": "adults", "role": "answer", "task": "adults", "source": reference, "line": 20},
        {"id": "adults-test", "role": "test", "task": "adults", "points": 1, "source": tests, "line": 40},
    ]
    assignment = {
        "id": "adults",
        "revision": 1,
        "title": both,
        "module": "adults",
        "tasks": [{"id": "adults", "tier": "write", "title": both}],
        "messages": [{"id": "count", "text": both}, {"id": "edge", "text": both}],
    }
    return AssignmentContent(
        assignment=Assignment.model_validate(assignment),
        path="assignments/adults",
        sheet=Sheet.model_validate({"cells": cells}),
        wrong={},
        data={},
    )


def test_a_weak_test_leaves_its_survivor(capsys: pytest.CaptureFixture[str]) -> None:
    """Without the edge case nobody notices `>` in place of `>=`; with it, somebody does."""
    report, _ = run_mutants(make(WEAK), run_jobs)
    assert report is not None
    assert [(m.line, m.after) for m in report.survivors] == [(22, "return sum(age > limit for age in ages)")]
    print_mutants([report], [], as_json=False)
    shown = capsys.readouterr().out
    assert f"adults: {report.killed}/{report.tried} mutants killed" in shown
    assert "assignments/adults/sheet.md:22: comparison in `adults` survives" in shown
    assert (
        "    - return sum(age >= limit for age in ages)\n    + return sum(age > limit for age in ages)\n"
        in shown
    )
    print_mutants([report], [], as_json=True)
    data = json.loads(capsys.readouterr().out)
    assert data["problems"] == []
    assert data["mutants"][0]["survivors"][0]["line"] == 22

    report, problems = run_mutants(make(WEAK + EDGE), run_jobs)
    assert report is not None
    assert (report.survivors, problems, report.percent) == ((), [], 100.0)


def test_mutants_that_never_end_are_counted_apart() -> None:
    """A loop without its step is stopped; it counts as noticed, and the report says how many did."""
    report, _ = run_mutants(make(WEAK + EDGE, WITH_A_LOOP), run_jobs)
    assert report is not None
    assert report.timed_out == 2  # the step left out, and the step backwards
    assert report.killed == report.tried


def test_a_reference_that_fails_is_said_so() -> None:
    """Nothing is reported as killed by a test that fails anyway."""
    report, problems = run_mutants(make('assert adults([12, 40]) == 2, "count"'), run_jobs)
    assert report is None
    assert [problem.code for problem in problems] == ["mutants-not-tried"]
