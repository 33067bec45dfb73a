"""Tests that hang or crash in the real sandbox: the author's fault, which costs nobody points."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from grader.authoring.build import build_release, reference_answers
from grader.authoring.fill import fill_release
from grader.grading.grade import grade
from grader.grading.grade_report import GradeStatus
from grader.grading.layout import CourseDirectory
from grader.grading.release import release_assignment
from grader.model.content import AssignmentContent
from grader.model.work import Limits, Trainee, Verdict
from grader.sandbox.run import run_jobs
from grader.text import Language

LIMITS = Limits(cell_timeout_s=2, run_timeout_s=20)


@pytest.mark.parametrize(
    "fault",
    [
        "while True:\n    pass",
        "import os\nos._exit(1)",
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    ],
    ids=["hangs", "exits", "is killed"],
)
def test_the_others_tests_and_submissions_are_graded(
    tmp_path: Path, content: AssignmentContent, fault: str
) -> None:
    """The last test is broken: it waits for a person in every submission, all else is scored."""
    cells = tuple(
        cell.model_copy(update={"source": fault}) if cell.id == "label-check" else cell
        for cell in content.sheet.cells
    )
    broken = replace(content, sheet=content.sheet.model_copy(update={"cells": cells}))
    release = build_release(broken.sheet, broken.assignment, Language.KO)
    full = fill_release(release, reference_answers(broken.sheet), {})
    wrong = fill_release(release, {"bmi": "def bmi(cm, kg):\n    return 1"}, {})
    course = CourseDirectory(tmp_path / "course")
    roster = tuple(Trainee(id=one, name=one, site="daegu", role="it") for one in ("full", "wrong"))
    release_assignment(course.root, None, broken, due=None, roster=roster)
    for trainee, notebook in (("full", full), ("wrong", wrong)):
        path = course.submitted(trainee, "sample")
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(notebook), encoding="utf-8")
    report = grade(course.root, broken, run_jobs, roster, limits=LIMITS)
    assert [item.status for item in report.items] == [GradeStatus.GRADED] * 2
    assert [(item.score, item.needs_person) for item in report.items] == [(5.0, True), (0.0, True)]
    assert {item.verdicts["label-check"] for item in report.items} == {Verdict.COULD_NOT_CHECK}
    assert report.items[1].verdicts["bmi-value"] is Verdict.FAILED
    assert all("label-check" in item.tells[0].en for item in report.items)
