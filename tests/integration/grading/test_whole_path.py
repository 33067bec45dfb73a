"""The whole path with the real sandbox: every kind of work gets what it deserves, and nobody is lost."""

from __future__ import annotations

import json
from typing import Any

import nbformat
import pytest

from grader.export import RowStatus
from grader.grading.grade_report import GradeStatus
from grader.grading.grades import read_grades
from grader.grading.reasons import Reason, RepairKind
from grader.model.work import Verdict


def item_of(course: Any, trainee: str) -> Any:
    return next(item for item in course.graded.items if item.trainee == trainee)


@pytest.mark.parametrize(
    ("trainee", "score"),
    [
        ("대구 003", 6.0),
        ("wrong", 1.0),
        ("empty", 0.0),
        ("stripped", 6.0),
        ("doubled", 6.0),
        ("scripted", 6.0),
        ("plotting", 6.0),
    ],
)
def test_scores(course: Any, trainee: str, score: float) -> None:
    """Right work scores whatever a tool did to the file; wrong and empty work does not."""
    assert (item_of(course, trainee).status, item_of(course, trainee).score) == (GradeStatus.GRADED, score)


def test_repairs_are_visible(course: Any) -> None:
    """What was put right is on the report."""
    found = {item.trainee: {one.kind for one in item.repairs} for item in course.graded.items if item.repairs}
    assert found == {
        "대구 003": {RepairKind.RENAMED},
        "stripped": {RepairKind.METADATA},
        "doubled": {RepairKind.DUPLICATE},
    }


def test_hostile_code_costs_only_its_owner(course: Any) -> None:
    """An endless loop and os._exit end that run; what did not run scores nothing and says why."""
    verdicts = {}
    for trainee in ("endless", "exiting"):
        record = json.loads(course.paths.record("sample", trainee).read_bytes())
        verdicts[trainee] = record["verdicts"]["bmi"]
        assert item_of(course, trainee).status is GradeStatus.GRADED
        assert item_of(course, trainee).verdicts["bmi-value"] is not Verdict.PASSED
    assert verdicts == {"endless": "timed-out", "exiting": "kernel-died"}
    page = course.paths.feedback("endless", "sample").read_text("utf-8")
    assert "정해진 시간 안에 끝나지 않아" in page


def test_unusable_work_is_in_quarantine(course: Any) -> None:
    """Each has its reason, its page for the trainee and its row in the grades."""
    reasons = {item.trainee: item.refusal.reason for item in course.collected.items if item.refusal}
    assert reasons == {
        "broken": Reason.NOT_JSON,
        "cp949": Reason.NOT_UTF8,
        "nothing": Reason.EMPTY,
        "folder": Reason.FOLDER,
        "link": Reason.LINK,
    }
    rows = read_grades(course.paths.root, [course.content], course.roster)
    assert {row.trainee.id for row in rows if row.status is RowStatus.QUARANTINED} == set(reasons)
    for trainee in reasons:
        assert "깎인 점수는 없습니다" in course.paths.feedback(trainee, "sample").read_text("utf-8")


def test_graded_notebooks_are_valid_and_clean(course: Any) -> None:
    """Every graded notebook is valid nbformat; no output in it holds script."""
    graded = [item.trainee for item in course.graded.items if item.status is GradeStatus.GRADED]
    assert len(graded) == 9
    for trainee in graded:
        notebook = json.loads(course.paths.autograded(trainee, "sample").read_bytes())
        nbformat.validate(notebook)
        shown = [
            output.get("data", {}).get("text/html", "")
            for c in notebook["cells"]
            for output in c.get("outputs", [])
        ]
        assert "<script" not in "".join(shown)
    plot = json.loads(course.paths.autograded("plotting", "sample").read_bytes())
    assert any("image/png" in o.get("data", {}) for c in plot["cells"] for o in c.get("outputs", []))


def test_feedback_shows_the_plot_and_hides_the_tests(course: Any) -> None:
    """The trainee's picture is on the page; hidden tests are on no page."""
    assert "data:image/png;base64," in course.paths.feedback("plotting", "sample").read_text("utf-8")
    for path in (course.paths.root / "feedback").rglob("*.html"):
        text = path.read_text("utf-8")
        assert "secret_height_column" not in text
        assert "77.125" not in text
