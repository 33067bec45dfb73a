"""What was put right is shown to graders as a diff."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.authoring.build import build_release
from grader.grading import repair_diff
from grader.grading.blueprint import Blueprint
from grader.grading.door import Opened, parse_notebook
from grader.grading.grade_report import GradeItem
from grader.grading.reasons import RepairKind
from grader.grading.repair import Repaired, repair
from grader.grading.repair_diff import (
    CUT,
    MAX_DIFF_CHARACTERS,
    MAX_LINES,
    diff_release,
    diff_repair,
    shorten_diff,
)
from grader.model.content import AssignmentContent
from grader.text import Language

ID = "대구 003"


def diff_of(notebook: dict[str, Any], blueprint: Blueprint, as_bytes: Any, file: str = "sample.ipynb") -> str:
    opened = parse_notebook(as_bytes(notebook))
    assert isinstance(opened, Opened)
    done = repair(opened.notebook, blueprint)
    assert isinstance(done, Repaired)
    return diff_repair((file, opened.notebook["cells"]), done, blueprint)


def changes(diff: str) -> list[str]:
    return [line for line in diff.split("\n") if line[:1] in ("+", "-") and line[:3] not in ("+++", "---")]


def test_an_honest_submission_has_no_diff(full: Any, blueprint: Blueprint, as_bytes: Any) -> None:
    """Answers, hidden tests and white space are no repairs."""
    for cell in full["cells"]:
        cell["source"] += "  \n"
    assert diff_of(full, blueprint, as_bytes) == ""


def test_tampered_metadata_is_visible(
    full: Any, blueprint: Blueprint, as_bytes: Any, cell_of: Callable[..., Any]
) -> None:
    """Raised points and removed flags stand in the diff as handed in and as graded."""
    cell_of(full, "bmi-value")["metadata"]["nbgrader"] |= {"points": 100, "grade": False, "solution": True}
    before, after = changes(diff_of(full, blueprint, as_bytes))
    assert before.startswith("-[code bmi-value] grade_id=bmi-value grade=False solution=True")
    assert before.endswith("points=100")
    assert after.startswith("+[code bmi-value] grade_id=bmi-value grade=True solution=False")
    assert after.endswith("points=3")


def test_a_softened_test_is_visible_without_hidden_tests(
    full: Any, blueprint: Blueprint, as_bytes: Any, cell_of: Any
) -> None:
    """What the trainee wrote in its place, and what they had been given."""
    cell_of(full, "bmi-value")["source"] = "bmi(1, 1)"
    diff = diff_of(full, blueprint, as_bytes)
    assert "-bmi(1, 1)" in diff
    assert "+assert abs(bmi(200.0, 80.0) - 20.0) < 0.01" in diff
    assert "secret_height_column" not in diff


def test_copies_types_and_lost_labels_are_visible(
    full: Any, blueprint: Blueprint, as_bytes: Any, cell_of: Any, stripped: Any
) -> None:
    """A duplicated cell goes, a changed type comes back, labels return."""
    copied = copy.deepcopy(full)
    copied["cells"].insert(9, {**copy.deepcopy(cell_of(copied, "bmi-value")), "id": "copy"})
    lines = changes(diff_of(copied, blueprint, as_bytes))
    assert any(line.startswith("-[code copy] grade_id=bmi-value") for line in lines)
    assert not [line for line in lines if line.startswith("+")]
    turned = copy.deepcopy(full)
    cell_of(turned, "bmi")["cell_type"] = "markdown"
    assert [line[:14] for line in changes(diff_of(turned, blueprint, as_bytes))] == [
        "-[markdown bmi",
        "+[code bmi] gr",
    ]
    bare = changes(diff_of(stripped(full), blueprint, as_bytes))
    assert "-[code c5]" in bare
    assert any(line.startswith("+[code c") and " grade_id=bmi " in line for line in bare)


def test_a_renamed_file_is_visible(full: Any, blueprint: Blueprint, as_bytes: Any) -> None:
    """The name alone makes a diff, and cannot command a terminal."""
    assert diff_of(full, blueprint, as_bytes, "내 \x1b[31m과제.ipynb") == (
        "--- handed in: 내 \ufffd[31m과제.ipynb\n+++ graded: sample.ipynb\n"
    )


def test_size_and_time_are_bounded(full: Any, blueprint: Blueprint, as_bytes: Any) -> None:
    """A hostile notebook cannot make the diff huge or slow."""
    lines = [f"x = {(number * 7919) % 97}" for number in range(60_000)]
    for part in range(20):
        source = "\n".join(lines[part * 3000 : part * 3000 + 3000]) + "\x1b]0;owned\x07" + "y" * 50_000
        cell = {"cell_type": "code", "id": f"big{part}", "metadata": {}, "source": source}
        full["cells"].insert(part, cell)
    full["cells"][20:] = reversed(full["cells"][20:])
    start = time.process_time()
    diff = diff_of(full, blueprint, as_bytes)
    assert time.process_time() - start < 20
    assert len(diff) <= MAX_DIFF_CHARACTERS + 100
    assert "\x1b" not in diff
    assert max(len(line) for line in diff.split("\n")) < 300


def test_a_shortened_diff_ends_with_a_whole_line() -> None:
    """And says that it was shortened."""
    assert shorten_diff("abc\ndef\nghi\n", 6) == f"abc\n{CUT}"
    assert shorten_diff("abc\n", 6) == "abc"


def graded(course: Any, **options: Any) -> dict[str, GradeItem]:
    course.collect()
    return {item.trainee: item for item in course.grade(**options).items}


def test_the_grader_finds_the_diff(course: Any, full: dict[str, Any], cell_of: Any) -> None:
    """It lies beside the record; the report says where and holds its beginning, also the next time."""
    cell_of(full, "bmi-value")["metadata"]["nbgrader"]["points"] = 100
    course.hand_in(ID, full, name="x.ipynb")
    planned = graded(course, dry_run=True)[ID]
    assert "points=100" in planned.diff
    assert not course.paths.diff("sample", ID).exists()
    for item in (graded(course)[ID], graded(course)[ID]):
        assert [one.kind for one in item.repairs] == [RepairKind.RENAMED, RepairKind.RELABELLED]
        assert (item.score, item.diff_path) == (6.0, f".medai/graded/sample/{ID}.diff")
        text = (course.paths.root / Path(item.diff_path)).read_text("utf-8")
        assert item.diff == text.rstrip("\n")
        assert "-[code bmi-value]" in text
        shape = json.loads(json.dumps(item.as_dict()))
        assert shape["diff"] == item.diff
        assert f"what was put right: {item.diff_path}" in [tell["en"] for tell in shape["tells"]]


def test_a_diff_goes_when_nothing_is_put_right_any_more(course: Any, full: dict[str, Any]) -> None:
    """A new attempt without faults leaves no diff of the old one."""
    course.hand_in(ID, full, name="x.ipynb", at="2026-04-20T10:00:00")
    assert graded(course)[ID].diff
    (course.folder(ID) / "x.ipynb").unlink()
    course.hand_in(ID, full | {"metadata": {}}, at="2026-04-20T11:00:00")
    item = graded(course)[ID]
    assert (item.diff, item.diff_path, item.repairs) == ("", "", ())
    assert not course.paths.diff("sample", ID).exists()


def held_diff(notebook: dict[str, Any], blueprint: Blueprint, as_bytes: Any) -> str:
    opened = parse_notebook(as_bytes(notebook))
    assert isinstance(opened, Opened)
    return diff_release(opened.notebook["cells"], blueprint)


def test_what_was_released_does_not_differ(
    content: AssignmentContent, blueprint: Blueprint, as_bytes: Any
) -> None:
    """In either language, whatever an editor did to line ends: prose stands in the blueprint in both."""
    for language in Language:
        notebook = build_release(content.sheet, content.assignment, language)
        for cell in notebook["cells"]:
            cell["source"] += "  \n"
        assert held_diff(notebook, blueprint, as_bytes) == ""


def test_answers_stand_against_the_release(
    full: Any, blueprint: Blueprint, as_bytes: Any, cell_of: Any
) -> None:
    """Work that nobody put right: answers are new lines, deleted cells missing ones, hidden tests neither."""
    full["cells"].remove(cell_of(full, "bmi-missing"))
    text = held_diff(full, blueprint, as_bytes)
    assert text.startswith("--- released\n+++ handed in\n")
    lines = changes(text)
    assert "+    return kg / (cm / 100) ** 2" in lines
    assert any(line.startswith("-[code bmi-missing] grade_id=bmi-missing") for line in lines)
    assert "secret_height_column" not in text


def test_of_a_hostile_notebook_no_more_is_read_than_is_shown(
    blueprint: Blueprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands of lines in thousands of cells are cut before anything is done with them."""
    read: list[str] = []
    monkeypatch.setattr(repair_diff, "plain_line", lambda line: read.append(line) or line[:200])
    lines = "\n".join(f"x = {number % 7}" for number in range(5_000))
    cells = [{"cell_type": "code", "id": "", "source": lines, "metadata": {}} for _ in range(100)]
    text = diff_release(cells, blueprint)
    released = sum(len(key.visible.split("\n")) + 3 for key in (*blueprint.keys,))
    given = sum(len(cell.source.split("\n")) + 3 for cell in blueprint.given)
    assert len(read) <= MAX_LINES + 10 + released + given
    assert CUT in text
    assert len(text) <= MAX_DIFF_CHARACTERS + len(CUT) + 1
