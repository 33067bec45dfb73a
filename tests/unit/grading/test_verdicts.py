"""Honest verdicts: what each means to trainee and grader, and what it costs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from grader.grading.grade_report import GradeItem, GradeStatus
from grader.grading.handback import write_feedback
from grader.grading.layout import read_json, write_json
from grader.grading.record import read_record
from grader.grading.verdict_table import verdict_table
from grader.grading.verdict_words import TAMPERED, explain_error
from grader.model.work import CellResult, GradingJob, Outcome, Verdict
from grader.text import Language

ID = "대구 003"
TESTS = ("bmi-value", "bmi-missing", "label-check")
RunJobs = Callable[[Iterable[GradingJob]], Iterator[Outcome]]


def giving(**results: dict[str, Any]) -> RunJobs:
    """Return a sandbox in which all cells pass but those named (- written as _); the reference passes all."""

    def run(jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
        for job in jobs:
            if any("### BEGIN SOLUTION" in cell.source for cell in job.cells):
                passed = tuple(CellResult(id=cell.id, verdict=Verdict.PASSED) for cell in job.cells)
                yield Outcome(job_digest=job.digest, cells=passed)
                continue
            cells = [
                CellResult(
                    **{"id": cell.id, "verdict": Verdict.PASSED, **results.get(cell.id.replace("-", "_"), {})}
                )
                for cell in job.cells
            ]
            yield Outcome(job_digest=job.digest, cells=tuple(cells))

    return run


def graded(course: Any, full: dict[str, Any], run: RunJobs, trainee: str = ID) -> GradeItem:
    course.hand_in(trainee, full)
    course.collect()
    return next(item for item in course.grade(run_jobs=run).items if item.trainee == trainee)


def page_of(course: Any, trainee: str = ID) -> str:
    from datetime import timezone

    write_feedback(course.paths.root, course.content, course.roster, zone=timezone(timedelta(hours=9)))
    return str(course.paths.feedback(trainee, "sample").read_text("utf-8"))


def outputs_of(course: Any, cell_id: str, trainee: str = ID) -> str:
    notebook = json.loads(course.paths.autograded(trainee, "sample").read_bytes())
    cell = next(cell for cell in notebook["cells"] if cell["id"] == cell_id)
    return "".join(str(output.get("text", output.get("evalue", ""))) for output in cell["outputs"])


def test_every_verdict_is_explained_to_both_sides() -> None:
    """All eight, in both languages, each saying what it costs and what to do."""
    rows = {row.verdict: row for row in verdict_table()}
    assert list(rows) == list(Verdict)
    assert len(rows) == 8
    for row in rows.values():
        for text in (row.name, row.trainee, row.grader):
            assert text.ko.strip()
            assert text.en.strip()
    costs = {verdict for verdict, row in rows.items() if row.costs_points}
    assert costs == set(Verdict) - {Verdict.PASSED, Verdict.COULD_NOT_CHECK}
    for verdict in costs:
        assert "점수를 받지 못했습니다" in rows[verdict].trainee.ko
        assert "earned no points" in rows[verdict].trainee.en
    assert "깎이는 점수는 없으며" in rows[Verdict.COULD_NOT_CHECK].trainee.ko
    assert json.loads(json.dumps(rows[Verdict.PASSED].as_dict()))["costs_points"] is False


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_verdict_scores_as_its_row_says_and_is_told(course: Any, full: Any, verdict: Verdict) -> None:
    """The table, the score, the trainee's page and the grader's notebook agree."""
    row = next(row for row in verdict_table() if row.verdict is verdict)
    broken = {"verdict": verdict, "error_name": "ValueError" if verdict is Verdict.FAILED else ""}
    item = graded(course, full, giving(bmi_value=broken))
    cell = next(one for one in item.verdicts if one == "bmi-value")
    assert item.verdicts[cell] is verdict
    assert item.score == (6.0 if verdict is Verdict.PASSED else 3.0)
    page = page_of(course)
    assert row.name.ko in page
    if verdict not in (Verdict.PASSED, Verdict.FAILED):
        assert row.trainee.ko in page.replace("&#34;", '"')
        assert row.grader.en in outputs_of(course, "bmi-value")
        assert row.grader.ko not in page


def test_what_we_could_not_check_costs_nothing_and_waits(course: Any, full: Any) -> None:
    """The author's broken test: named to the grader, no zero in the gradebook, the others go on."""
    course.hand_in("hq-001", full)
    item = graded(course, full, giving(bmi_value={"verdict": Verdict.COULD_NOT_CHECK, "error_message": "x"}))
    assert (item.status, item.needs_person) == (GradeStatus.GRADED, True)
    assert "could not be checked, costs no points: bmi-value" in [tell.en for tell in item.tells]
    record = read_record(course.paths.record("sample", ID))
    assert record is not None
    assert {score.grade_id: score.auto_score for score in record.scores}["bmi-value"] is None
    assert {one.status for one in course.grade().items} == {GradeStatus.GRADED, GradeStatus.MISSING}


def test_output_on_stderr_costs_nothing(course: Any, full: Any) -> None:
    """Warnings of the learner's code or of a test are no fault."""
    warning = ({"output_type": "stream", "name": "stderr", "text": "FutureWarning: x\n"},)
    item = graded(course, full, giving(bmi={"outputs": warning}, bmi_value={"outputs": warning}))
    assert item.score == 6.0
    assert "FutureWarning" in page_of(course)


def test_a_kernels_death_keeps_what_came_before(course: Any, full: Any) -> None:
    """Tests that passed before the cell that ended Python keep their points; later ones were not run."""
    item = graded(
        course,
        full,
        giving(label={"verdict": Verdict.KERNEL_DIED}, label_check={"verdict": Verdict.NOT_RUN}),
    )
    assert item.score == 5.0
    assert item.verdicts == {
        "bmi-value": Verdict.PASSED,
        "bmi-missing": Verdict.PASSED,
        "label-check": Verdict.NOT_RUN,
    }
    assert "이 셀의 코드가 Python 자체를 끝내 버렸습니다" in page_of(course)


def test_an_object_of_ones_own_is_no_answer(course: Any, full: Any) -> None:
    """The page says what kind of value is wanted, in the trainee's language."""
    failed = {"verdict": Verdict.FAILED, "error_name": "NotPlain", "error_message": "Mine"}
    graded(course, full, giving(bmi_value=failed), "gn-003")
    assert "Your answer must be a plain value such as a number" in page_of(course, "gn-003")
    assert "보통 값이어야 합니다" in explain_error("NotPlain")[Language.KO]


NOT_ISOLATED = {"isolated": False}


def test_tests_in_the_learners_process_are_marked(course: Any, full: Any) -> None:
    """Report, record, terminal line and formgrader say so; the trainee's page does not."""
    item = graded(course, full, giving(bmi_value=NOT_ISOLATED, bmi_missing=NOT_ISOLATED))
    assert item.score == 6.0
    assert item.as_dict()["not_isolated"] == ["bmi-value", "bmi-missing"]
    assert "2 tests ran in the learner's process" in [tell.en for tell in item.tells]
    assert "채점 셀 2개가 교육생의 프로세스에서 실행됨" in [tell.ko for tell in item.tells]
    record = read_record(course.paths.record("sample", ID))
    assert record is not None
    assert [score.grade_id for score in record.scores if not score.isolated] == ["bmi-value", "bmi-missing"]
    assert "[For the grader] This test ran in the same process" in outputs_of(course, "bmi-value")
    assert outputs_of(course, "label-check") == ""
    page = page_of(course)
    assert "프로세스" not in page
    assert "process" not in page
    again = next(one for one in course.grade().items if one.trainee == ID)
    assert again.not_isolated == ("bmi-value", "bmi-missing")


def test_records_from_before_are_read(course: Any, full: Any) -> None:
    """A record that says nothing of isolation counts as isolated, and is not graded again."""
    graded(course, full, course.run)
    path = course.paths.record("sample", ID)
    value = read_json(path)
    assert value is not None
    for score in value["scores"]:
        del score["isolated"]
    write_json(path, value)
    item = next(one for one in course.grade().items if one.trainee == ID)
    assert (item.status, item.not_isolated) == (GradeStatus.UNCHANGED, ())


def test_tampering_earns_nothing_and_is_told_to_both(course: Any, full: Any) -> None:
    """Neutral words for the trainee, clear ones for the grader."""
    spoilt = {"verdict": Verdict.FAILED, "error_name": TAMPERED, "isolated": False}
    item = graded(course, full, giving(bmi_value=spoilt))
    assert (item.score, item.tampered) == (3.0, ("bmi-value",))
    assert "tampering found, no points: bmi-value" in [tell.en for tell in item.tells]
    assert "A canary cell that must fail did not" in outputs_of(course, "bmi-value")
    page = page_of(course)
    assert "셀의 실행 방식을 바꾸어" in page
    assert "담당자에게 알려 주십시오" in page
    assert "canary" not in page
