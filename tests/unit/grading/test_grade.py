"""Grading a class: everyone gets an outcome or a reason, nothing stops the others, nothing runs twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import nbformat
import pytest
from nbgrader.api import Gradebook as NbgraderGradebook

from grader.errors import EnvironmentProblem, UsageError
from grader.export import RowStatus, Standing
from grader.grading.cache import load_outcome, store_outcome
from grader.grading.grade_report import GradeItem, GradeStatus
from grader.grading.gradebook import open_gradebook
from grader.grading.grades import read_grades
from grader.grading.reasons import Reason, RepairKind
from grader.grading.record import read_record
from grader.model.work import CellResult, GradingJob, Outcome, Verdict
from grader.text import Language

ID = "대구 003"


def by_trainee(report: Any) -> dict[str, GradeItem]:
    return {item.trainee: item for item in report.items}


def graded(course: Any, **options: Any) -> dict[str, GradeItem]:
    course.collect()
    return by_trainee(course.grade(**options))


def with_answer(notebook: dict[str, Any], cell_of: Any, source: str) -> dict[str, Any]:
    cell_of(notebook, "bmi")["source"] = source
    return notebook


def test_the_whole_path(course: Any, full: dict[str, Any]) -> None:
    """Handed in, collected, graded: scores in the gradebook, a graded notebook beside it, a record."""
    course.hand_in(ID, full, name="내 과제.ipynb")
    item = graded(course)[ID]
    assert (item.status, item.score, item.max_score, item.needs_person) == (
        GradeStatus.GRADED,
        6.0,
        10.0,
        True,
    )
    assert [one.kind for one in item.repairs] == [RepairKind.RENAMED]
    notebook = json.loads(course.paths.autograded(ID, "sample").read_bytes())
    nbformat.validate(notebook)
    outputs = [
        cell["outputs"] for cell in notebook["cells"] if cell["id"].startswith("given-") and "outputs" in cell
    ]
    assert outputs == [[{"output_type": "stream", "name": "stdout", "text": "people: 5\n"}]]
    assert course.paths.autograded(ID, "sample").with_name("timestamp.txt").read_text() == (
        course.paths.submitted(ID, "sample").with_name("timestamp.txt").read_text()
    )
    record = read_record(course.paths.record("sample", ID))
    assert record is not None
    assert record.file == "내 과제.ipynb"
    with NbgraderGradebook(f"sqlite:///{course.paths.gradebook}") as book:
        assert book.find_submission("sample", ID).score == 6.0


def test_failed_tests_speak_beside_the_answer(course: Any, full: Any, cell_of: Callable[..., Any]) -> None:
    """The comment on the answer cell holds the messages in the trainee's language, each once."""
    wrong = with_answer(full, cell_of, "def bmi(cm, kg):\n    return 1")
    course.hand_in(ID, wrong)
    course.hand_in("gn-003", wrong)
    assert graded(course)[ID].verdicts["bmi-value"] is Verdict.FAILED
    with NbgraderGradebook(f"sqlite:///{course.paths.gradebook}") as book:
        comments = {
            trainee: book.find_comment("bmi", "sample", "sample", trainee).auto_comment
            for trainee in (ID, "gn-003")
        }
    assert comments == {
        ID: "• 몸무게를 키의 제곱으로 나누었는지 보십시오.\n• 값이 없으면 None을 돌려주십시오.",
        "gn-003": (
            "• See whether weight is divided by the square of height.\n• Return None when a value is missing."
        ),
    }


def test_an_empty_answer_says_so(course: Any, release: dict[str, Any]) -> None:
    """Untouched work scores 0 without waiting for a person, and the comment says why."""
    course.hand_in(ID, release)
    item = graded(course)[ID]
    assert (item.score, item.needs_person) == (0.0, False)
    with NbgraderGradebook(f"sqlite:///{course.paths.gradebook}") as book:
        assert book.find_comment("desk", "sample", "sample", ID).auto_comment == "답이 비어 있습니다."


@pytest.mark.parametrize(
    ("code", "verdict"),
    [("while True:\n    pass", Verdict.TIMED_OUT), ("import os\nos._exit(0)", Verdict.KERNEL_DIED)],
)
def test_code_that_ends_or_never_ends(
    course: Any, full: Any, cell_of: Any, code: str, verdict: Verdict
) -> None:
    """The rest of the class is graded, and the graded notebook says what happened."""
    import copy

    bad = with_answer(copy.deepcopy(full), cell_of, code)
    course.hand_in(ID, bad)
    course.hand_in("hq-001", full)
    items = graded(course)
    assert items["hq-001"].score == 6.0
    assert set(items[ID].verdicts.values()) == {Verdict.NOT_RUN}
    record = read_record(course.paths.record("sample", ID))
    assert record is not None
    assert record.verdicts["bmi"] == verdict.value
    assert f"[{verdict.value}]" in course.paths.autograded(ID, "sample").read_text()


def test_bad_work_of_every_kind_stops_nobody(
    course: Any, full: dict[str, Any], as_bytes: Callable[..., bytes], stripped: Callable[..., Any]
) -> None:
    """Broken, foreign and ambiguous files are quarantined with reasons; all others are graded."""
    course.hand_in("hq-001", stripped(full))
    course.hand_in(ID, {**full, "metadata": {"medai": {"assignment": "other"}}})
    course.collect()
    course.paths.submitted("gn-003", "sample").parent.mkdir(parents=True)
    course.paths.submitted("gn-003", "sample").write_bytes(b"{broken")
    items = by_trainee(course.grade())
    assert items["hq-001"].status is GradeStatus.GRADED
    assert {trainee: item.refusal.reason for trainee, item in items.items() if item.refusal} == {
        ID: Reason.OTHER_ASSIGNMENT,
        "gn-003": Reason.NOT_JSON,
    }
    reason = json.loads((course.paths.quarantine("sample", ID) / "reason.json").read_bytes())
    assert (reason["stage"], reason["reason"]) == ("grade", "other-assignment")
    assert course.paths.submitted(ID, "sample").is_file()


def test_our_own_error_costs_one_submission_nothing(
    course: Any, full: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug of ours with one notebook is reported as ours; the others are graded."""
    import grader.grading.submission as module

    real = module.repair
    course.hand_in(
        ID, {**full, "cells": full["cells"] + [{"cell_type": "raw", "source": "boom", "metadata": {}}]}
    )
    course.hand_in("hq-001", full)

    def repair(notebook: dict[str, Any], blueprint: Any) -> Any:
        if any(cell["source"] == "boom" for cell in notebook["cells"]):
            raise RecursionError("ours")
        return real(notebook, blueprint)

    monkeypatch.setattr(module, "repair", repair)
    items = graded(course)
    assert items["hq-001"].status is GradeStatus.GRADED
    refusal = items[ID].refusal
    assert refusal is not None
    assert (refusal.reason, refusal.detail) == (Reason.OUR_FAULT, "RecursionError: ours")


def test_the_quarantine_of_grading_ends_when_it_succeeds(course: Any, full: Any) -> None:
    """After the trainee hands in the right notebook nothing waits in quarantine."""
    course.hand_in(ID, {**full, "metadata": {"medai": {"assignment": "other"}}}, at="2026-04-20T10:00:00")
    graded(course)
    course.hand_in(ID, full, at="2026-04-20T11:00:00")
    assert graded(course)[ID].status is GradeStatus.GRADED
    assert not course.paths.quarantine("sample", ID).exists()


def test_nothing_runs_twice(course: Any, full: dict[str, Any]) -> None:
    """Unchanged work is skipped; equal notebooks of two people run once."""
    course.hand_in(ID, full)
    course.hand_in("hq-001", full)
    graded(course)
    assert len(course.jobs) == 1
    items = by_trainee(course.grade())
    assert len(course.jobs) == 1
    assert items[ID].status is GradeStatus.UNCHANGED
    assert (items[ID].score, items[ID].needs_person) == (6.0, True)
    assert items["gn-003"].status is GradeStatus.MISSING


def test_force_runs_again_and_keeps_marks(course: Any, full: dict[str, Any]) -> None:
    """`--force` grades again; a person's mark and comment survive."""
    course.hand_in(ID, full)
    graded(course)
    with NbgraderGradebook(f"sqlite:///{course.paths.gradebook}") as book:
        grade = book.find_grade("desk", "sample", "sample", ID)
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 3.0, 0.5, False
        book.find_comment("desk", "sample", "sample", ID).manual_comment = "좋습니다."
        book.db.commit()
    assert by_trainee(course.grade(force=True))[ID].status is GradeStatus.GRADED
    assert len(course.jobs) == 2
    with open_gradebook(course.paths.gradebook) as book:
        marks = book.read_marks("sample")[ID]
    assert (marks.grades["desk"].score, marks.grades["desk"].needs_person) == (3.5, False)
    assert marks.comments == {"desk": "좋습니다."}


def test_a_new_attempt_flags_only_what_changed(course: Any, full: Any, cell_of: Any) -> None:
    """After a new attempt with the same essay the person's mark needs no second look."""
    course.hand_in(ID, full, at="2026-04-20T10:00:00")
    graded(course)
    with NbgraderGradebook(f"sqlite:///{course.paths.gradebook}") as book:
        grade = book.find_grade("desk", "sample", "sample", ID)
        grade.manual_score, grade.needs_manual_grade = 3.0, False
        book.db.commit()
    course.hand_in(ID, with_answer(full, cell_of, "def bmi(cm, kg):\n    return 1"), at="2026-04-20T11:00:00")
    assert graded(course)[ID].score == 1.0
    with open_gradebook(course.paths.gradebook) as book:
        assert not book.read_marks("sample")[ID].grades["desk"].needs_person
    cell_of(full, "desk")["source"] = "다른 글"
    course.hand_in(ID, full, at="2026-04-20T12:00:00")
    graded(course)
    with open_gradebook(course.paths.gradebook) as book:
        mark = book.read_marks("sample")[ID].grades["desk"]
    assert (mark.score, mark.needs_person) == (3.0, True)


def test_a_corrected_test_regrades_everyone(course: Any, full: dict[str, Any]) -> None:
    """After a new release with a changed test, work is graded again without `--force`."""
    course.hand_in(ID, full)
    graded(course)
    changed = {
        "label": '### BEGIN SOLUTION\nlabel_of_26 = "low"\n### END SOLUTION\n#| label_of_26 = None',
        "label-check": 'assert label_of_26 == "low", "label-wrong"',
    }
    cells = tuple(
        cell.model_copy(update={"source": changed[cell.id]}) if cell.id in changed else cell
        for cell in course.content.sheet.cells
    )
    course.content = replace(course.content, sheet=course.content.sheet.model_copy(update={"cells": cells}))
    stale = course.grade()
    assert stale.is_stale
    assert by_trainee(stale)[ID].status is GradeStatus.UNCHANGED
    course.release()
    report = course.grade()
    assert not report.is_stale
    assert by_trainee(report)[ID].verdicts["label-check"] is Verdict.FAILED


def test_an_interrupted_run_keeps_what_was_finished(course: Any, full: Any, release: Any) -> None:
    """The sandbox failing after one outcome leaves one graded submission; the next run takes up the rest."""
    course.hand_in(ID, full)
    course.hand_in("hq-001", release)

    def stops(jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
        yield next(course.run(list(jobs)[:1]))
        raise EnvironmentProblem("no sandbox", "install it")

    course.collect()
    with pytest.raises(EnvironmentProblem):
        course.grade(run_jobs=stops)
    statuses = sorted(item.status for item in course.grade().items)
    assert statuses == [GradeStatus.GRADED, GradeStatus.MISSING, GradeStatus.UNCHANGED]
    assert len(course.jobs) == 3  # and the reference, as the second submission fails


def test_a_job_without_outcome_is_unfinished(course: Any, full: dict[str, Any]) -> None:
    """If the sandbox never answers for a job, its submission is reported and taken up next time."""
    course.hand_in(ID, full)
    assert graded(course, run_jobs=lambda jobs: iter(()))[ID].status is GradeStatus.UNFINISHED
    assert by_trainee(course.grade())[ID].status is GradeStatus.GRADED


def test_what_could_not_be_checked_is_tried_again(course: Any, full: dict[str, Any]) -> None:
    """Such an outcome is not cached, costs nothing and reaches a person; the next run may settle it."""
    course.hand_in(ID, full)

    def shaky(jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
        for job in jobs:
            cells = tuple(CellResult(id=cell.id, verdict=Verdict.COULD_NOT_CHECK) for cell in job.cells)
            yield Outcome(job_digest=job.digest, cells=cells)

    item = graded(course, run_jobs=shaky)[ID]
    assert (item.score, item.needs_person) == (0.0, True)
    row = next(
        r for r in read_grades(course.paths.root, [course.content], course.roster) if r.trainee.id == ID
    )
    assert (row.status, row.standing) == (RowStatus.NEEDS_PERSON, Standing.PENDING)
    again = by_trainee(course.grade())[ID]
    assert (again.status, again.score) == (GradeStatus.GRADED, 6.0)


def test_a_dry_run_plans_and_writes_nothing(course: Any, full: dict[str, Any]) -> None:
    """`--dry-run` names what would be graded, with repairs, and runs nothing."""
    course.hand_in(ID, full, name="x.ipynb")
    course.hand_in("hq-001", {**full, "metadata": {"medai": {"assignment": "other"}}})
    items = graded(course, dry_run=True)
    assert items[ID].status is GradeStatus.PLANNED
    assert items["hq-001"].status is GradeStatus.QUARANTINED
    assert course.jobs == []
    assert not course.paths.autograded(ID, "sample").exists()
    assert not course.paths.quarantine("sample", "hq-001").exists()


def test_some_students_only(course: Any, full: dict[str, Any]) -> None:
    """`students` limits the run and the report."""
    course.hand_in(ID, full)
    course.hand_in("hq-001", full)
    assert list(graded(course, students={ID})) == [ID]
    assert not course.paths.autograded("hq-001", "sample").exists()


def test_progress_is_told(course: Any, full: dict[str, Any]) -> None:
    """The callback hears of everyone once."""
    course.hand_in(ID, full)
    heard: list[tuple[str, str]] = []
    graded(course, on_done=lambda trainee, status: heard.append((trainee, status)))
    assert sorted(heard) == sorted([("hq-001", "missing"), ("gn-003", "missing"), (ID, "graded")])


def test_grading_before_release_is_a_clear_error(course: Any) -> None:
    """The error names the command that comes first."""
    course.paths.source("sample").unlink()
    with pytest.raises(UsageError) as error:
        course.grade()
    assert "medai release sample" in error.value.hint


def test_the_job_is_in_the_trainees_language(course: Any, full: dict[str, Any]) -> None:
    """Labels in plots follow the roster, and the assignment's data files lie beside the notebook."""
    course.hand_in("gn-003", full)
    graded(course)
    assert course.jobs[0].language is Language.EN
    assert [name for name, _ in course.jobs[0].files] == ["rows.csv"]


def test_grades_for_everyone(course: Any, full: dict[str, Any]) -> None:
    """One row per trainee: graded, quarantined with its time, and missing."""
    course.hand_in(ID, full, at="2026-04-26T18:00:00")
    course.hand_in("hq-001", b"{")
    graded(course)
    course.hand_in("gn-003", full)
    course.collect()
    rows = {row.trainee.id: row for row in read_grades(course.paths.root, [course.content], course.roster)}
    assert (rows[ID].status, rows[ID].standing, rows[ID].late_s) == (
        RowStatus.NEEDS_PERSON,
        Standing.PENDING,
        2 * 86_400,
    )
    assert (rows[ID].score, rows[ID].auto_max, rows[ID].written_score, rows[ID].written_max) == (
        6,
        6,
        None,
        4,
    )
    assert rows["hq-001"].status is RowStatus.QUARANTINED
    assert rows["hq-001"].handed_in_at is not None
    assert rows["hq-001"].score is None
    assert rows["gn-003"].status is RowStatus.COLLECTED


def test_damaged_records_and_caches_mean_grading_again(course: Any, full: dict[str, Any]) -> None:
    """Half-written JSON of ours is never trusted and never stops a run."""
    course.hand_in(ID, full)
    graded(course)
    course.paths.record("sample", ID).write_text('{"state": ')
    for path in course.paths.outcomes.rglob("*.json"):
        path.write_text("{}")
    assert by_trainee(course.grade())[ID].status is GradeStatus.GRADED
    assert len(course.jobs) == 2


def test_the_cache_keeps_only_final_outcomes(course: Any) -> None:
    """An outcome comes back by its digest; one with an unchecked cell is not kept."""
    folder = course.paths.outcomes
    done = Outcome(job_digest="a" * 64, cells=(CellResult(id="x", verdict=Verdict.FAILED),))
    shaky = Outcome(job_digest="b" * 64, cells=(CellResult(id="x", verdict=Verdict.COULD_NOT_CHECK),))
    store_outcome(folder, done)
    store_outcome(folder, shaky)
    assert load_outcome(folder, done.job_digest) == done
    assert load_outcome(folder, shaky.job_digest) is None
