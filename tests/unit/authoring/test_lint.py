"""What is said about assignments and practice sheets before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.authoring.build import build_release
from grader.authoring.lint import lint_assignment, lint_practice
from grader.authoring.sheet import parse_sheet
from grader.errors import Problem
from grader.model.assignment import Assignment, CellRole, Sheet, Tier, WrongAnswer
from grader.model.content import AssignmentContent
from grader.text import Language

Changed = Callable[..., AssignmentContent]
SHEET, ASSIGNMENT = "assignments/sample/sheet.md", "assignments/sample/assignment.yml"


def with_assignment(content: AssignmentContent, **changes: object) -> AssignmentContent:
    data = content.assignment.model_dump()
    return replace(content, assignment=Assignment.model_validate(data | changes))


def found(content: AssignmentContent, code: str) -> list[Problem]:
    return [problem for problem in lint_assignment(content) if problem.code == code]


def test_the_sample_is_clean(sample: AssignmentContent) -> None:
    """A proper assignment gives no problems."""
    assert lint_assignment(sample) == []


@pytest.mark.parametrize(
    ("replacements", "code", "at", "words"),
    [
        # answers and marks
        ([("limit = 25\n", "")], "reference-missing", "### BEGIN SOLUTION\n###", "`limit`"),
        ([("limit = 25\n", "# only a note\n")], "reference-missing", "### BEGIN SOLUTION\n# only", "`limit`"),
        ([("    ### BEGIN SOLUTION\n    if", "    if"), ("1)\n    ### END SOLUTION", "1)")],
         "reference-missing", "def bmi", "`bmi`"),
        ([("1)\n    ### END SOLUTION", "1)")], "mark-unmatched", "    ### BEGIN SOLUTION", "without END"),
        ([("    ### BEGIN SOLUTION\n    if", "    if")],
         "mark-unmatched", "    ### END SOLUTION", "without BEGIN"),
        ([("        return None\n", "        ### BEGIN SOLUTION\n        return None\n")],
         "mark-unmatched", "        ### BEGIN SOLUTION", "nest"),
        ([("    ### BEGIN SOLUTION\n    if", "    x = 1  ### BEGIN SOLUTION\n    if")],
         "mark-form", "    x = 1  ###", "alone on its line"),
        ([("people[0]", "### BEGIN SOLUTION\npeople[0]\n### END SOLUTION")],
         "mark-misplaced", "### BEGIN SOLUTION\npeople", "answer cells"),
        ([("limit = 25", "### BEGIN HIDDEN TESTS\nlimit = 25\n### END HIDDEN TESTS")],
         "mark-misplaced", "### BEGIN HIDDEN TESTS\nlimit", "test cells"),
        ([("(여기에 답을", "### BEGIN SOLUTION\n### END SOLUTION\n(여기에 답을")],
         "mark-misplaced", "### BEGIN SOLUTION\n### END", "answer cells"),
        ([("people[0]", "### AUTOTEST people")], "mark-foreign", "### AUTOTEST", "AUTOTEST"),
        ([("#| limit = ...", "#| limit = ...\n\n#| more")], "starter-misplaced", "#| more", "END SOLUTION"),
        ([("#| limit = ...", "#| limit = 25")], "starter-answers", None, "fill in"),
        # code
        ([("people[0]", "people[")], "code-syntax", "people[\n", "`look`"),
        ([("return None\n", "return None)\n")], "code-syntax", "        return None)", "`bmi`"),
        ([("assert bmi(170, 65) == 22.5,", "%time bmi(170, 65)\nassert bmi(170, 65) == 22.5,")],
         "code-syntax", "%time", "`bmi-value-test`"),
        ([("#| limit = ...", "#| limit = ___ :")],
         "release-syntax", "### BEGIN SOLUTION\nlimit", "`limit = ...`"),
        # tests
        ([('== 22.5, "bmi-value"', "== 22.5")],
         "assert-without-message", "assert bmi(170, 65)", "message id"),
        ([('== 22.5, "bmi-value"', '== 22.5, f"bmi-value"')],
         "assert-message-computed", "assert bmi", "plain"),
        ([('== 22.5, "bmi-value"', '== 22.5, "bmi-valeu"')],
         "message-unknown", "assert bmi(170", "`bmi-valeu`"),
        ([('assert bmi(0, 70) is None, "bmi-missing"\n', "")],
         "test-without-visible-assert", None, "untouched"),
        ([("assert bmi(170, 65)", "assert math.sqrt(bmi(170, 65)), 'bmi-value'\nassert bmi(170, 65)"),
          ("people = [", "import math\npeople = [")], "test-without-import", None, "`math`"),
        ([("assert bmi(170, 65)", "assert bim(170, 65)")], "test-unknown-name", None, "`bim`"),
        ([("assert bmi(170, 65)", "people = []\nassert bmi(170, 65)")],
         "test-rebinds-name", None, "`people`"),
        ([("assert bmi(170, 65)", "from math import *\nassert bmi(170, 65)")],
         "test-star-import", None, "by name"),
        # tasks and points
        ([("id: limit-test\n  role: test\n  task: limit", "id: limit-test\n  role: test\n  task: limits")],
         "task-unknown", None, "`limits`"),
        ([("  id: limit-test\n  role: test\n  task: limit\n", "  id: limit-test\n  role: test\n")],
         "task-missing", None, "`limit-test`"),
        ([("  id: limit\n  role: answer\n  task: limit", "  id: limit\n  role: answer\n  task: letter")],
         "answer-untested", None, "`limit`"),
        ([("  points: 2\n", "")], "points-missing", None, "`bmi-value-test`"),
        ([("  id: look\n  role: code\n", "  id: look\n  role: code\n  raises: true\n")],
         "raises-in-assignment", "people[0]", "`look`"),
        # releases
        ([("키와 몸무게로", "`round(kg / (cm / 100) ** 2, 1)`로 키와 몸무게로")],
         "release-leak", None, "`bmi`"),
    ],
)  # fmt: skip
def test_a_broken_rule_of_the_sheet_is_named(
    replacements: list[tuple[str, str]],
    code: str,
    at: str | None,
    words: str,
    changed: Changed,
    sample_text: str,
) -> None:
    """Each rule has its code, points at the line and says what to do."""
    content = changed(*replacements)
    problems = found(content, code)
    assert problems, [str(problem) for problem in lint_assignment(content)]
    assert {problem.path for problem in problems} == {SHEET}
    assert words in problems[0].message + problems[0].hint
    text = sample_text
    for old, new in replacements:
        text = text.replace(old, new)
    if at is not None:
        assert problems[0].line == text[: text.index(at)].count("\n") + 1
    else:
        assert 0 < problems[0].line <= text.count("\n")


@pytest.mark.parametrize(
    ("changes", "code", "path", "words"),
    [
        ({"rubrics": ()}, "rubric-missing", SHEET, "`letter`"),
        ({"messages": ()}, "message-unknown", SHEET, "`limit-missing`"),
        ({"tasks": [{"id": "bmi", "tier": "run", "title": {"ko": "가", "en": "a"}}]},
         "task-unknown", SHEET, "assignment.yml"),
    ],
)  # fmt: skip
def test_a_gap_in_the_assignment_is_named(
    changes: dict[str, object], code: str, path: str, words: str, sample: AssignmentContent
) -> None:
    """Cells that name something assignment.yml does not have are reported where they stand."""
    problems = found(with_assignment(sample, **changes), code)
    assert words in problems[0].message + problems[0].hint
    assert problems[0].path == path


def test_gates_are_cells_that_everyone_can_be_asked_for(sample: AssignmentContent) -> None:
    """A gate is a test cell; one of a write task says by which cells it is known that the task was done."""
    data = sample.assignment.model_dump()
    tiers = {task["id"]: task["tier"] for task in data["tasks"]}
    tests = [cell for cell in sample.sheet.cells if cell.role is CellRole.TEST]
    writing = next(cell for cell in tests if tiers[cell.task] is Tier.WRITE)
    easy = next(cell for cell in tests if tiers[cell.task] is not Tier.WRITE)
    sound = [{"cell": easy.id}, {"cell": writing.id, "when": [easy.id]}]
    assert lint_assignment(with_assignment(sample, gates=sound)) == []
    (problem,) = found(with_assignment(sample, gates=[{"cell": writing.id}]), "gate-in-write-task")
    assert writing.id in problem.message
    unknown = [{"cell": "nothing"}, {"cell": easy.id, "when": ["nowhere"]}]
    problems = found(with_assignment(sample, gates=unknown), "gate-unknown")
    assert [problem.message.split("`")[1] for problem in problems] == ["nothing", "nowhere"]


def test_things_nobody_uses_are_named(sample: AssignmentContent) -> None:
    """Tasks and messages without cells, and rubrics of cells that are not there, or twice."""
    extra = {"ko": "가", "en": "a"}
    data = sample.assignment.model_dump()
    rubric = {**data["rubrics"][0], "samples": ()}
    content = with_assignment(
        sample,
        tasks=[*data["tasks"], {"id": "idle", "tier": "run", "title": extra}, data["tasks"][0]],
        messages=[*data["messages"], {"id": "silent", "text": extra}],
        rubrics=[*data["rubrics"], rubric, {**rubric, "cell": "bmi"}],
    )
    problems = lint_assignment(content)
    assert {(problem.code, problem.message.split("`")[1]) for problem in problems} == {
        ("task-unused", "idle"), ("task-twice", "limit"), ("message-unused", "silent"),
        ("rubric-twice", "letter"),
        ("rubric-unknown-cell", "bmi"), ("rubric-without-samples", "letter"),
        ("rubric-without-samples", "bmi"),
    }  # fmt: skip
    assert {problem.path for problem in problems} == {ASSIGNMENT}


def test_a_message_must_not_tell_a_hidden_value(sample: AssignmentContent) -> None:
    """Numbers that only hidden tests know are no hint but the answer; numbers the sheet shows are fine."""
    data = sample.assignment.model_dump()
    for text, count in (("181 cm를 보십시오.", 1), ("1,81.0", 0), ("키 170 cm를 보십시오.", 0), ("1단계", 0)):
        messages = [
            {**message, "text": {"ko": text, "en": "Look."}} if message["id"] == "bmi-missing" else message
            for message in data["messages"]
        ]
        problems = lint_assignment(with_assignment(sample, messages=messages))
        assert [problem.code for problem in problems] == ["message-tells-value"] * count


CODE_LINES = st.sampled_from(
    [
        "### BEGIN SOLUTION", "### END SOLUTION", "    ### END SOLUTION", "### BEGIN HIDDEN TESTS",
        "### END HIDDEN TESTS", "#| x = ...", "assert x, 'm'", "assert x", "assert x, f'{y}'", "def f(x):",
        "    return x + 1234", "x = 1", "%time x", "!ls", "from math import *", "if (", '"""', "", "한글 = 1",
        "\\",
        "for i in y: pass", "class A: b = 1", "try:", "except E as e:", "match x:", "    case [a, *b]: pass",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None, database=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["code", "fixed", "answer", "test"]), st.lists(CODE_LINES, max_size=7))
    )
)
def test_no_code_makes_lint_raise_or_a_release_leak_marks(cells: list[tuple[str, list[str]]]) -> None:
    """Whatever the cells hold, authors get problems; and no mark ever reaches a release's answer or test."""
    sheet = Sheet.model_validate(
        {
            "cells": [
                {"id": f"c{number}", "role": role, "source": "\n".join(lines), "line": 1, "points": 0}
                for number, (role, lines) in enumerate(cells)
            ]
        }
    )
    assignment = Assignment.model_construct(id="a", revision=1, tasks=(), messages=(), rubrics=())
    content = AssignmentContent(assignment, "assignments/a", sheet, {}, {})
    problems = lint_assignment(content)
    assert all(problem.hint and problem.message for problem in problems)
    for cell in build_release(sheet, assignment, Language.KO)["cells"]:
        role = sheet.cells[int(cell["id"][1:])].role
        own = {"answer": "SOLUTION", "test": "HIDDEN TESTS"}.get(role)
        assert own is None or f"BEGIN {own}" not in cell["source"]


def wrong(**changes: object) -> WrongAnswer:
    data = {
        "misconception": {"ko": "가", "en": "a"},
        "answers": {"limit": "limit = 1"},
        "caught_by": ["limit-test"],
        "messages": ["limit-value"],
    }
    return WrongAnswer.model_validate(data | changes)


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"answers": {"limits": "limit = 1"}}, "wrong-unknown-name", "answer cell `limits`"),
        ({"answers": {"look": "1"}}, "wrong-unknown-name", "choose one of: bmi, limit"),
        ({"caught_by": ["limit"]}, "wrong-unknown-name", "test cell `limit`"),
        ({"messages": ["limit-valeu"]}, "wrong-unknown-name", "message `limit-valeu`"),
        ({"answers": {"limit": "limit ="}}, "wrong-syntax", "line 1"),
    ],
)
def test_a_wrong_answer_that_names_what_is_not_there(
    changes: dict[str, object], code: str, words: str, sample: AssignmentContent
) -> None:
    """The wrong answer's file is named, and what could be meant."""
    content = replace(sample, wrong={**sample.wrong, "odd": wrong(**changes)})
    (problem,) = lint_assignment(content)
    assert (problem.path, problem.code) == ("assignments/sample/wrong/odd.yml", code)
    assert words in problem.message + problem.hint


def test_three_wrong_answers_are_needed(sample: AssignmentContent) -> None:
    """Tests that were never tried on a misconception prove little."""
    (problem,) = lint_assignment(replace(sample, wrong={"one": wrong(), "two": wrong()}))
    assert (problem.code, problem.path) == ("wrong-too-few", ASSIGNMENT)


def test_an_assignment_without_points_is_reported(
    sample: AssignmentContent, with_front: Callable[[str], str]
) -> None:
    """Nothing can be passed in it."""
    sheet, _ = parse_sheet(with_front("```{code-cell}\n---\nmedai: {id: a}\n---\n1\n```\n"), "sheet.md")
    assert found(replace(sample, sheet=sheet), "points-none")


def test_all_problems_come_at_once(changed: Changed) -> None:
    """Several mistakes in one sheet are all reported, sorted, none twice."""
    content = changed(
        ("limit = 25\n", ""),
        ("people[0]", "people["),
        ("  points: 2\n", ""),
        ('== 22.5, "bmi-value"', "== 22.5"),
    )
    problems = lint_assignment(content)
    assert {p.code for p in problems} >= {
        "reference-missing", "code-syntax", "points-missing", "assert-without-message",
    }  # fmt: skip
    assert problems == sorted(set(problems))


@pytest.mark.parametrize(
    "source",
    [
        "%matplotlib inline\n1",
        "!ls\nx = 1",
        "%%time\nnot python (",
        "files = !ls",
        "x = %who",
        "if x:\n    %time f()",
        "f?",
    ],
)
def test_practice_may_use_magics(source: str, one_cell: Callable) -> None:
    """Magic lines are part of notebooks."""
    assert lint_practice(one_cell(source, role="code"), "practice.md") == []


@pytest.mark.parametrize(
    ("source", "role", "code"),
    [
        ("x = (", "code", "code-syntax"),
        ("x = 1", "fixed", "practice-role"),
        ("assert True, 'm'", "test", "practice-role"),
        ("### BEGIN SOLUTION\nx\n### END SOLUTION", "code", "mark-misplaced"),
    ],
)
def test_practice_sheets_have_prose_and_code(source: str, role: str, code: str, one_cell: Callable) -> None:
    """Nothing in a practice sheet is graded or hidden."""
    problems = lint_practice(one_cell(source, role=role), "course/modules/x/practice.md")
    assert [problem.code for problem in problems] == [code]
    assert (problems[0].path, problems[0].line) == ("course/modules/x/practice.md", 10)


def test_a_practice_cell_may_be_meant_to_fail(one_cell: Callable) -> None:
    """Showing an error is teaching."""
    assert lint_practice(one_cell("1 / 0", role="code", raises=True), "practice.md") == []
