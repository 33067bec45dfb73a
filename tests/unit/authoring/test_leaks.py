"""A release must not show answers or hidden tests, wherever they might hide."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.authoring.build import build_release, build_source
from grader.authoring.leaks import find_leaks, list_secrets
from grader.authoring.sheet import parse_sheet
from grader.model.assignment import Assignment
from grader.model.content import AssignmentContent
from grader.text import Language

Changed = Callable[..., AssignmentContent]
FORMULA = "round(kg / (cm / 100) ** 2, 1)"


@pytest.fixture
def release(sample: AssignmentContent) -> dict:
    return build_release(sample.sheet, sample.assignment, Language.KO)


@pytest.mark.parametrize("language", Language)
def test_a_proper_release_shows_nothing(language: Language, sample: AssignmentContent) -> None:
    """The sample's own releases are clean."""
    notebook = build_release(sample.sheet, sample.assignment, language)
    assert find_leaks(sample.sheet, notebook) == []


def test_the_source_notebook_shows_everything(sample: AssignmentContent) -> None:
    """Handing out the source by mistake is caught, each secret with its line in the sheet."""
    problems = find_leaks(sample.sheet, build_source(sample.sheet, sample.assignment), "a/sheet.md")
    assert {problem.code for problem in problems} == {"release-leak"}
    marks = [problem.message for problem in problems if problem.line == 0]
    assert len(marks) == 4
    told = {(problem.line, problem.message.split("`")[1]) for problem in problems if problem.line}
    secrets = {(secret.line, secret.cell) for secret in list_secrets(sample.sheet)}
    assert told == secrets


def test_secrets_are_the_telling_lines(sample: AssignmentContent, sample_text: str) -> None:
    """Formulas and hidden cases count; `return None` and imports do not."""
    lines = sample_text.split("\n")
    texts = {secret.text.strip() for secret in list_secrets(sample.sheet)}
    assert FORMULA in texts
    assert "bmi(181, None) is None" in texts
    assert "return None" not in texts
    for secret in list_secrets(sample.sheet):
        assert secret.text.strip() in lines[secret.line - 1]


PLACES: list[tuple[str, Callable[[dict, str], None]]] = [
    ("source", lambda nb, text: nb["cells"][0].update(source=f"hint:\n{text}")),
    ("lines", lambda nb, text: nb["cells"][0].update(source=["hint:\n", text + "\n"])),
    ("cell metadata", lambda nb, text: nb["cells"][1]["metadata"].update(note={"deep": [text]})),
    ("metadata key", lambda nb, text: nb["metadata"].update({text: 1})),
    ("notebook metadata", lambda nb, text: nb["metadata"].update(author=text)),
    ("output", lambda nb, text: nb["cells"][1].update(outputs=[{"data": {"text/html": [text]}}])),
]


@pytest.mark.parametrize(("where", "put"), PLACES, ids=[name for name, _ in PLACES])
@pytest.mark.parametrize(
    "text",
    [
        FORMULA,
        "result = round( kg/(cm/100)**2,1 )",
        "for cm, kg, expected in [(160, 80, 31.2),\n    (182, 79, 23.8)]:\n  assert bmi(cm, kg) == expected",
        'assert bmi(181, None) is None, "bmi-missing: 값이 없을 때를 확인하십시오. · Check …"',
        "### BEGIN SOLUTION",
        "# END HIDDEN TESTS",
    ],
)
def test_a_leak_is_found_wherever_it_hides(
    where: str, put: Callable[[dict, str], None], text: str, release: dict, sample: AssignmentContent
) -> None:
    """Texts, outputs, metadata and keys are searched; layout and expanded messages do not matter."""
    put(release, text)
    assert "release-leak" in {problem.code for problem in find_leaks(sample.sheet, release)}


def test_outputs_are_reported(release: dict, sample: AssignmentContent) -> None:
    """Outputs may show what hidden code printed; a release has none, nor execution counts."""
    ran = deepcopy(release)
    ran["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "3"}]
    ran["cells"][2]["execution_count"] = 1
    messages = [problem.message for problem in find_leaks(sample.sheet, ran)]
    assert [message.split("`")[1] for message in messages] == ["look", "people"]


def test_what_stands_outside_the_marks_is_no_secret(changed: Changed) -> None:
    """Starters, signatures and visible tests may repeat lines of solutions and hidden tests."""
    content = changed(
        ("#| limit = ...", "#| # first look at table['bmi']['limit']['male']\n#| limit = ..."),
        ("limit = 25", "# first look at table['bmi']['limit']['male']\nlimit = 25"),
        ("assert bmi(0, 70) is None,", "assert bmi(181, None) is None,"),
    )
    notebook = build_release(content.sheet, content.assignment, Language.EN)
    assert find_leaks(content.sheet, notebook) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("키와 몸무게로 체질량지수를 구합니다.", f"`{FORMULA}`로 구합니다."),
        ("people[0]", f"kg, cm = 65, 170\n{FORMULA}"),
        ("(여기에 답을", "(bmi(181, None) is None)\n(여기에 답을"),
    ],
)
def test_an_author_who_tells_the_answer_is_told(old: str, new: str, changed: Changed) -> None:
    """Answers in prose, in other cells and in placeholders are leaks."""
    content = changed((old, new))
    notebook = build_release(content.sheet, content.assignment, Language.KO)
    assert [problem.code for problem in find_leaks(content.sheet, notebook)] == ["release-leak"]


NAMES = st.sampled_from(["alpha", "beta", "gamma", "값"])
STATEMENTS = st.builds("{} = {} * {} + {}".format, NAMES, NAMES, NAMES, st.integers(100, 999))


@settings(max_examples=100, deadline=None, database=None)
@given(st.lists(STATEMENTS, min_size=1, max_size=4), st.data())
def test_no_marked_line_is_ever_released(solution: list[str], data: st.DataObject) -> None:
    """Whatever stands between marks, however often, the release does not have it."""
    shown = data.draw(st.lists(st.sampled_from(["x = 1", "", "# 안내 · note"]), max_size=3))
    lines = [*shown]
    for line in solution:
        at = data.draw(st.integers(0, len(shown)))
        lines = [*lines[:at], *lines[at:], "### BEGIN SOLUTION", line, "### END SOLUTION"]
    source = "\n".join(lines)
    text = (
        "---\njupytext: {text_representation: {format_name: myst}}\n---\n"
        f"```{{code-cell}}\n---\nmedai: {{id: a, role: answer}}\n---\n{source}\n```\n"
    )
    sheet, problems = parse_sheet(text, "sheet.md")
    assert problems == []
    assignment = Assignment.model_construct(id="a", revision=1, messages=())
    released = json.dumps(build_release(sheet, assignment, Language.KO), ensure_ascii=False)
    assert not [line for line in solution if line in released]
