"""What an author is told about tests that a learner could forge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from grader.authoring.lint import lint_assignment
from grader.authoring.lint_isolation import REWRITES
from grader.checking.support import SUPPORT
from grader.errors import Problem
from grader.model.content import AssignmentContent

Changed = Callable[..., AssignmentContent]
SHEET = "assignments/sample/sheet.md"
TEST = "assert bmi(170, 65) =="
ACCEPTED = ("  id: bmi-value-test\n", "  id: bmi-value-test\n  isolated: false\n")


def isolation_problems(content: AssignmentContent) -> list[Problem]:
    return [problem for problem in lint_assignment(content) if "isolated" in problem.code]


@pytest.mark.parametrize(
    ("line", "construct", "detail", "advice"),
    [
        ("assert globals()", "namespace", "globals()", "one name at a time"),
        ("import pickle", "pickle", "import pickle", "attributes"),
        ("from unittest.mock import patch", "patch", "import unittest.mock.patch", "as an argument"),
        ("people[0] = None", "changes-globals", "people[0]", "a function"),
        ("class Mine(people): pass", "subclass", "people", "derive the class"),
        ("import sys; sys._getframe()", "frames", "sys._getframe", "what the learner's code returns"),
    ],
)
def test_what_keeps_a_test_from_running_apart_is_named(
    line: str, construct: str, detail: str, advice: str, changed: Changed, sample_text: str
) -> None:
    """The problem names cell, line in the sheet, construct and why, and says how to write it instead."""
    problems = isolation_problems(changed((TEST, f"\n{line}\n{TEST}")))
    assert {problem.code for problem in problems} == {"not-isolated"}
    assert {problem.path for problem in problems} == {SHEET}
    text = sample_text.replace(TEST, f"\n{line}\n{TEST}")
    assert {problem.line for problem in problems} == {text[: text.index(line)].count("\n") + 1}
    why = next(row.why for row in SUPPORT if row.id == construct)
    first = problems[0]
    assert all(word in first.message for word in ("`bmi-value-test`", f"`{detail}`", f"({construct})", why))
    assert advice in first.hint
    assert "`isolated: false`" in first.hint
    assert "forge" in first.hint


def test_every_obstacle_is_a_problem_of_its_own(changed: Changed) -> None:
    """An author sees all of it at once."""
    problems = isolation_problems(changed((TEST, f"import pickle\nassert globals()\n{TEST}")))
    assert [problem.line for problem in problems] == sorted({problem.line for problem in problems})
    assert len(problems) == 2


def test_an_author_may_accept_a_test_that_can_be_forged(changed: Changed) -> None:
    """With `isolated: false` nothing is said: the author knows."""
    content = changed((TEST, f"assert globals()\n{TEST}"), ACCEPTED)
    assert isolation_problems(content) == []
    assert [cell.id for cell in content.sheet.cells if not cell.isolated] == ["bmi-value-test"]


def test_consent_that_is_not_needed_is_a_problem(changed: Changed, sample_text: str) -> None:
    """Nobody gives up protection by mistake, or keeps consent that a rewrite has made needless."""
    (problem,) = isolation_problems(changed(ACCEPTED))
    text = sample_text.replace(*ACCEPTED)
    line = text[: text.index(TEST)].count("\n") + 1
    assert (problem.code, problem.path, problem.line) == ("needless-not-isolated", SHEET, line)
    assert "`bmi-value-test`" in problem.message
    assert "remove `isolated: false`" in problem.hint


def test_a_test_that_is_not_python_is_reported_once(changed: Changed) -> None:
    """Whether it could run apart cannot be said before it is corrected, accepted or not."""
    broken = (TEST, f"%time bmi(170, 65)\n{TEST}")
    for content in (changed(broken), changed(broken, ACCEPTED)):
        assert isolation_problems(content) == []
        assert "code-syntax" in {problem.code for problem in lint_assignment(content)}


def test_lines_are_the_sheets_own_with_long_messages(changed: Changed, sample_text: str) -> None:
    """A message written over several lines does not move what stands behind it."""
    behind = 'assert (bmi(170, 65) == 22.5), (\n    "bmi-"\n    "value"\n)\nassert globals()\n' + TEST
    (problem,) = isolation_problems(changed((TEST, behind)))
    text = sample_text.replace(TEST, behind)
    assert problem.line == text[: text.index("assert globals()")].count("\n") + 1


def test_a_name_that_only_the_reference_answer_binds_counts(changed: Changed) -> None:
    """Reference answers say whom a name belongs to: their marks hide them from learners only."""
    helped = (
        "    ### BEGIN SOLUTION\n    if",
        "    ### BEGIN SOLUTION\n    assert kg is not None or True\n    if",
    )
    assert {
        problem.message.split("(")[-1].split(")")[0] for problem in isolation_problems(changed(helped))
    } == {"judged-by-learner"}


def test_text_that_only_warns_is_no_reason_to_stop(changed: Changed) -> None:
    r"""A `"\d"` in a cell warns; checks say what they find and do not fall over it."""
    assert isolation_problems(changed((TEST, f'pattern = "\\d"\n{TEST}'))) == []


def test_every_construct_that_cannot_run_apart_has_advice() -> None:
    """The hint tells what to write instead, for all rows of the table."""
    cannot = {row.id for row in SUPPORT if not row.supported} - {"not-python"}
    assert cannot <= REWRITES.keys()


def test_wrong_answers_have_no_say(changed: Changed) -> None:
    """Only the author's own cells decide how a test runs."""
    content = changed()
    assert isolation_problems(replace(content, wrong={})) == isolation_problems(content) == []
