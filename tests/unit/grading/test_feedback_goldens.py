"""Feedback pages of several people, byte for byte. Run this file to write them anew."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from grader.authoring.build import build_release, build_source, reference_answers
from grader.authoring.fill import fill_release
from grader.authoring.sheet import parse_sheet
from grader.grading.autograded import build_autograded
from grader.grading.blueprint import Blueprint, read_blueprint
from grader.grading.feedback import render_feedback, render_refusal
from grader.grading.feedback_view import FeedbackInput, build_page, local_words
from grader.grading.fresh_outputs import withhold_outputs
from grader.grading.marks import GradeMark, SubmissionMarks
from grader.grading.reasons import Reason, Refusal, Repair, RepairKind
from grader.grading.record import GradedRecord
from grader.grading.repair import Repaired, repair
from grader.grading.scoring import score_cells
from grader.grading.tasks import tasks_by_cell
from grader.model.assignment import Assignment, Gate
from grader.model.content import AssignmentContent
from grader.model.work import CellResult, Outcome, Trainee, Verdict
from grader.text import Language

SAMPLE = Path(__file__).parent / "sample"
GOLDEN = Path(__file__).parents[2] / "golden" / "grading"
NAMES = (
    *("mixed.ko.html", "mixed.en.html", "blank.ko.html", "blank.en.html"),
    *("graded.ko.html", "refused.ko.html", "refused.en.html"),
)
DUE = datetime(2026, 4, 24, 9, tzinfo=UTC)
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
TRICKY = '<script>alert("a")</script> & <b>글</b> [x](javascript:alert(1))'


def sample() -> AssignmentContent:
    sheet, _ = parse_sheet((SAMPLE / "sheet.md").read_text("utf-8"), "sheet.md")
    assignment = Assignment.model_validate(yaml.safe_load((SAMPLE / "assignment.yml").read_text("utf-8")))
    return AssignmentContent(assignment, "assignments/sample", sheet, {}, {})


def error(name: str, value: str) -> dict[str, Any]:
    return {
        "output_type": "error",
        "ename": name,
        "evalue": value,
        "traceback": [f"\x1b[31m{name}\x1b[0m: {value}"],
    }


def blank_outcome() -> Outcome:
    """Return what running gives when one answer is untouched and another stops with an error."""
    missing = {"error_name": "NameError", "error_message": "name 'label_of_26' is not defined"}
    empty = {"error_name": "NotImplementedError", "error_message": ""}
    typo = (error("SyntaxError", "invalid character '“' (U+201C)"),)
    return Outcome(
        job_digest="d",
        cells=(
            CellResult(id="bmi", verdict=Verdict.PASSED),
            CellResult(id="bmi-value", verdict=Verdict.FAILED, **empty),
            CellResult(id="bmi-missing", verdict=Verdict.FAILED, **empty),
            CellResult(id="label", verdict=Verdict.FAILED, outputs=typo, error_name="SyntaxError"),
            CellResult(id="label-check", verdict=Verdict.FAILED, **missing),
        ),
    )


def outcome_of(kind: str) -> Outcome:
    """Return an outcome with every kind of output, a nearly empty one, or one with everything right."""
    if kind == "blank":
        return blank_outcome()
    if kind == "graded":
        tests = ("setup", "bmi", "bmi-value", "bmi-missing", "label", "label-check")
        return Outcome(job_digest="d", cells=tuple(CellResult(id=t, verdict=Verdict.PASSED) for t in tests))
    shown = (
        {"output_type": "stream", "name": "stdout", "text": f"{TRICKY}\n"},
        {
            "output_type": "display_data",
            "data": {"image/png": PIXEL, "text/plain": "<Figure>"},
            "metadata": {},
        },
        {
            "output_type": "execute_result",
            "data": {
                "text/html": "<table onclick=x><tr><td>1</td></tr></table><script>x</script>",
                "text/plain": "1",
            },
            "metadata": {},
        },
    )
    hidden = error("AssertionError", "formula: 몸무게 · expected 17.9")
    return Outcome(
        job_digest="d",
        cells=(
            CellResult(id="setup", verdict=Verdict.PASSED),
            CellResult(id="bmi", verdict=Verdict.PASSED, outputs=shown),
            CellResult(
                id="bmi-value",
                verdict=Verdict.FAILED,
                outputs=(hidden,),
                error_name="AssertionError",
                error_message="formula: 몸무게 · expected 17.9",
            ),
            CellResult(id="bmi-missing", verdict=Verdict.COULD_NOT_CHECK),
            CellResult(
                id="label",
                verdict=Verdict.FAILED,
                outputs=(error("NameError", "name 'high' is not defined"),),
            ),
            CellResult(id="label-check", verdict=Verdict.TIMED_OUT),
        ),
    )


def page(name: str) -> str:
    kind, language, _ = name.split(".")
    content = sample()
    trainee = Trainee(id="대구 003", name="오 달님", site="daegu", role="office", language=Language(language))
    if kind == "refused":
        return render_refusal(
            content.assignment, trainee, Refusal(Reason.NOT_JSON, "line 3"), "과제 <1>.ipynb"
        )
    return render_feedback(build_page(given(kind, content, trainee)))


def answers_of(kind: str, content: AssignmentContent) -> dict[str, str]:
    """Return what was typed into the answer cells."""
    if kind == "blank":
        return {"label": "label_of_26 = “high”"}
    tricky = {"bmi": f"# {TRICKY}\ndef bmi(cm, kg):\n    return 1"} if kind == "mixed" else {}
    return {**reference_answers(content.sheet), **tricky}


def graded_notebook(repaired: Repaired, outcome: Outcome, handed_in: Any, blueprint: Blueprint) -> Any:
    """Return the graded notebook of someone who ran the notebook before handing it in."""
    graded = build_autograded(repaired, outcome)
    outputs = {result.id: list(result.outputs) for result in outcome.cells}
    cells = [
        {**cell, "outputs": outputs.get(cell["metadata"].get("nbgrader", {}).get("grade_id"), [])}
        for cell in handed_in["cells"]
    ]
    withhold_outputs(graded, repaired.origins, cells, blueprint)
    return graded


def given(kind: str, content: AssignmentContent, trainee: Trainee) -> FeedbackInput:
    """Return what a page is made from: a mixed result, a nearly empty one, or one that a person graded."""
    mixed, graded = kind == "mixed", kind == "graded"
    release = build_release(content.sheet, content.assignment, Language.KO)
    blueprint = read_blueprint(build_source(content.sheet, content.assignment), release)
    written = {} if kind == "blank" else {"desk": f"접수 명단을 정리합니다.\n\n{TRICKY}"}
    notebook = fill_release(release, answers_of(kind, content), written)
    repaired = repair(notebook, blueprint)
    assert isinstance(repaired, Repaired)
    outcome = outcome_of(kind)
    messages = [message.id for message in content.assignment.messages]
    scores = score_cells(blueprint, repaired, outcome, messages)
    manual = {"desk": 3.0} if graded else {}
    grades = {
        score.grade_id: GradeMark(
            auto_score=score.auto_score,
            manual_score=manual.get(score.grade_id),
            score=manual.get(score.grade_id, score.auto_score or 0.0),
            max_score=score.max_score,
            needs_person=score.needs_person and score.grade_id not in manual,
        )
        for score in scores
    }
    comments = {"desk": f"구체적입니다. {TRICKY}", "bmi": "깔끔합니다."} if graded else {}
    renamed = (Repair(RepairKind.RENAMED, ("<내 과제>.ipynb",)), Repair(RepairKind.METADATA, ("bmi",)))
    return FeedbackInput(
        assignment=content.assignment,
        blueprint=blueprint,
        tasks=tasks_by_cell(content),
        trainee=trainee,
        marks=SubmissionMarks(DUE, 97_200.0 if mixed else 0.0, DUE, grades, comments),
        record=GradedRecord(
            state="s",
            submission_sha256="x",
            job_digest="d",
            file="sample.ipynb",
            repairs=renamed if mixed else (),
            untouched=repaired.untouched,
            scores=scores,
            verdicts={cell.id: cell.verdict.value for cell in outcome.cells},
            written={},
        ),
        notebook=graded_notebook(repaired, outcome, notebook, blueprint),
        handed_in_at=datetime(2026, 4, 25, 12, tzinfo=UTC).astimezone(ZoneInfo("Asia/Seoul")),
        newer_refused=Reason.EMPTY if mixed else None,
    )


@pytest.mark.parametrize("name", NAMES)
def test_pages_are_as_recorded(name: str) -> None:
    """A page changes only when somebody means it to."""
    assert page(name) == (GOLDEN / name).read_text("utf-8")


@pytest.mark.parametrize("language", Language)
def test_a_gate_that_was_not_passed_is_named_on_the_page(language: Language) -> None:
    """The trainee reads how many gates are open and that the score does not make up for them."""
    content = sample()
    gates = tuple(Gate(cell=cell) for cell in ("bmi-value", "bmi-missing"))
    gated = content.assignment.model_copy(update={"gates": gates})
    trainee = Trainee(id="t", name="오 달님", site="daegu", role="office", language=language)
    words = local_words(language)
    one = words["gates_failed"].format(n=1)
    for kind, failed, standing in (("mixed", one, "not-passed"), ("graded", "", "passed")):
        view = build_page(dataclasses.replace(given(kind, content, trainee), assignment=gated))
        assert (view.gates_failed, view.standing_kind) == (failed, standing)
        assert words["gate_rule"] in view.pass_rule
        assert failed in render_feedback(view)
    assert words["gate_rule"] not in build_page(given("mixed", content, trainee)).pass_rule


if __name__ == "__main__":
    for golden in NAMES:
        (GOLDEN / golden).write_text(page(golden), encoding="utf-8")
