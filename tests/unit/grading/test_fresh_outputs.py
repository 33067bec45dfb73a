"""What ran after a hidden test cannot tell the trainee what the test asked."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from grader.grading.blueprint import Blueprint
from grader.grading.fresh_outputs import (
    cells_after_hidden_tests,
    shown_outputs,
    withhold_outputs,
)
from grader.grading.handback import write_feedback

ID = "대구 003"


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def error(name: str, value: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": value, "traceback": [f"{name}: {value}"]}


def shown(
    blueprint: Blueprint, fresh: list[Any], old: list[Any], source: str = "1"
) -> tuple[list[Any], bool]:
    """Return what is shown of a cell that ran after a hidden test."""
    test = {"cell_type": "code", "id": "bmi-value", "source": "", "metadata": {}, "outputs": []}
    own = {"cell_type": "code", "id": "own-9", "source": source, "metadata": {}, "outputs": fresh}
    notebook = {"cells": [test, own]}
    withhold_outputs(notebook, (0, 1), [{"source": ""}, {"source": source, "outputs": old}], blueprint)
    return shown_outputs(notebook["cells"][1], is_after_hidden_test=True)


def test_what_ran_after_a_hidden_test_is_known(blueprint: Blueprint) -> None:
    """What stands before the first hidden test, and tests themselves, are not touched."""
    ids = ["setup", "bmi", "bmi-value", "own-1", "bmi-missing", "label", "label-check"]
    notebook = {"cells": [{"id": one} for one in ids]}
    assert [ids[number] for number in sorted(cells_after_hidden_tests(notebook, blueprint))] == [
        "own-1",
        "label",
    ]
    assert cells_after_hidden_tests({"cells": notebook["cells"][:2]}, blueprint) == frozenset()


def test_the_same_output_is_shown(blueprint: Blueprint) -> None:
    """Output that the trainee had already says nothing new, however the stream was cut."""
    fresh = [stream("a\nb\n"), stream("warn", "stderr")]
    assert shown(blueprint, fresh, [stream("a\n"), stream("b\n"), stream("warn", "stderr")]) == (fresh, False)


@pytest.mark.parametrize("old", [[], [stream("mine\n")]])
def test_other_output_is_withheld(blueprint: Blueprint, old: list[Any]) -> None:
    """What was handed in is shown in its place, and that something was withheld is said."""
    assert shown(blueprint, [stream("47.5\n")], old) == (old, True)


def test_handed_in_output_is_cleaned(blueprint: Blueprint) -> None:
    """It comes from the trainee's file: scripts and nonsense stay outside."""
    html = {
        "output_type": "display_data",
        "data": {"text/html": "<b>x</b><script>1</script>"},
        "metadata": {},
    }
    outputs, _ = shown(blueprint, [stream("new")], [html, "nonsense", 3, {"output_type": ["x"]}])
    assert outputs == [{"output_type": "display_data", "data": {"text/html": "<b>x</b>"}, "metadata": {}}]


@pytest.mark.parametrize(
    ("name", "value", "source", "told"),
    [
        ("ValueError", "(163.0, 47.5)", "f()", ("ValueError", "")),
        ("Secret475", "x", "f()", ("Error", "")),
        (
            "NameError",
            "name 'high' is not defined",
            "label = high",
            ("NameError", "name 'high' is not defined"),
        ),
        ("NameError", "name 's475' is not defined", "label = high", ("NameError", "")),
    ],
)
def test_of_an_error_only_the_kind_is_told(
    blueprint: Blueprint, name: str, value: str, source: str, told: tuple[str, str]
) -> None:
    """Its words could be the leak; a missing name that stands in the cell cannot."""
    outputs, withheld = shown(blueprint, [error(name, value)], [], source)
    assert [(one["ename"], one["evalue"], one["traceback"]) for one in outputs] == [(*told, [])]
    assert not withheld


def test_notebooks_graded_before_show_nothing_new(blueprint: Blueprint) -> None:
    """A graded notebook without our notes is no reason to show what may leak."""
    cell = {"cell_type": "code", "id": "own-9", "source": "1", "metadata": {}, "outputs": [stream("47.5")]}
    assert shown_outputs(cell, is_after_hidden_test=True) == ([], True)
    assert shown_outputs(cell, is_after_hidden_test=False) == ([stream("47.5")], False)


@pytest.mark.parametrize("ran_before", [True, False])
def test_kept_arguments_do_not_reach_the_page(
    course: Any, full: dict[str, Any], cell_of: Callable[..., Any], ran_before: bool
) -> None:
    """A function keeps its arguments and a later cell prints them: no page or notebook shows it."""
    cell_of(full, "bmi")["source"] = "kept = []\ndef bmi(cm, kg):\n    kept.append((cm, kg))\n    return 1"
    handed_in = [stream("kept: []\n")] if ran_before else []
    spy = {"cell_type": "code", "id": "spy", "metadata": {}, "outputs": handed_in, "execution_count": None}
    cells: list[Any] = full["cells"]
    place = next(n for n, cell in enumerate(cells) if cell["id"] == cell_of(full, "label")["id"])
    cells.insert(place, spy | {"source": "print('kept:', [c * 10 for c, _ in kept if c])"})
    course.hand_in(ID, copy.deepcopy(full))
    course.collect()
    course.grade()
    from zoneinfo import ZoneInfo

    write_feedback(course.paths.root, course.content, course.roster, zone=ZoneInfo("Asia/Seoul"))
    page = course.paths.feedback(ID, "sample").read_text("utf-8")
    assert "2000.0" not in course.paths.autograded(ID, "sample").read_text("utf-8")
    assert "2000.0" not in page
    assert ("kept: []" in page) is ran_before
    assert "숨은 확인 뒤에 실행된 셀" in page
