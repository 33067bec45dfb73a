"""A test that the assignment's own reference fails: the author's fault, and nobody's loss."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from grader.grading.grade_report import GradeStatus
from grader.grading.record import read_record
from grader.grading.scoring import BROKEN_TEST
from grader.model.work import Verdict

ID = "대구 003"
FAULTS = {
    "wrong value": "assert bmi(200.0, 80.0) == 21.0, 'formula'",
    "crash": "import os\nos._exit(1)",
    "hang": "while True:\n    pass",
    "own error": "undefined_name_of_the_author",
}


def with_label_check(course: Any, source: str) -> None:
    """Break the last test and release it."""
    cells = tuple(
        cell.model_copy(update={"source": source}) if cell.id == "label-check" else cell
        for cell in course.content.sheet.cells
    )
    course.content = replace(course.content, sheet=course.content.sheet.model_copy(update={"cells": cells}))
    course.release()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_test_costs_nobody_points(course: Any, full: dict[str, Any], fault: str) -> None:
    """It is named to the grader, reaches a person, and all other tests and submissions are graded."""
    with_label_check(course, FAULTS[fault])
    other = copy.deepcopy(full)
    other["cells"].append({"cell_type": "code", "id": "more", "metadata": {}, "source": "1"})
    course.hand_in(ID, full)
    course.hand_in("hq-001", other)
    course.collect()
    report = course.grade()
    assert report.broken_tests == ("label-check",)
    assert report.as_dict()["broken_tests"] == ["label-check"]
    for item in report.items[:2]:
        assert (item.status, item.score, item.needs_person) == (GradeStatus.GRADED, 5.0, True)
        assert item.verdicts["label-check"] is Verdict.COULD_NOT_CHECK
        assert "could not be checked, costs no points: label-check" in [tell.en for tell in item.tells]
    record = read_record(course.paths.record("sample", ID))
    assert record is not None
    score = next(one for one in record.scores if one.grade_id == "label-check")
    assert (score.auto_score, score.error_name) == (None, BROKEN_TEST)
    shown = course.paths.autograded(ID, "sample").read_text("utf-8")
    assert "The assignment's own reference answer fails this test" in shown


def test_the_reference_runs_once_and_only_when_somebody_fails(
    course: Any, full: dict[str, Any], release: dict[str, Any], cell_of: Callable[..., Any]
) -> None:
    """While everybody passes it costs nothing; later runs know its outcome."""
    course.hand_in(ID, full)
    course.collect()
    assert course.grade().broken_tests == ()
    assert len(course.jobs) == 1
    course.hand_in("hq-001", release)
    wrong = json.loads(json.dumps(full))
    cell_of(wrong, "bmi")["source"] = "def bmi(cm, kg):\n    return 1"
    course.hand_in("gn-003", wrong)
    course.collect()
    assert course.grade().broken_tests == ()
    assert len(course.jobs) == 4
    course.grade(force=True)
    assert len(course.jobs) == 7


def test_who_passes_a_broken_test_keeps_the_points(course: Any, full: dict[str, Any], cell_of: Any) -> None:
    """A doubtful test takes nothing and gives what it gave."""
    with_label_check(course, 'assert label_of_26 == "low", "label-wrong"')
    cell_of(full, "label")["source"] = 'label_of_26 = "low"'
    course.hand_in(ID, full)
    course.hand_in("hq-001", {**full, "cells": [c for c in full["cells"] if c["id"] != "label"]})
    course.collect()
    items = {item.trainee: item for item in course.grade().items}
    assert items[ID].verdicts["label-check"] is Verdict.PASSED
    assert items["hq-001"].verdicts["label-check"] is Verdict.COULD_NOT_CHECK
