"""Correcting a test after grading: preview, decision, regrade, log; people's marks stay."""

from __future__ import annotations

import copy
import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook as NbgraderGradebook

from grader.errors import UsageError
from grader.export import Standing
from grader.grading.grade_report import GradeStatus
from grader.grading.gradebook import open_gradebook
from grader.grading.reasons import RepairKind
from grader.grading.record import read_record
from grader.grading.regrade import regrade
from grader.grading.regrade_log import read_log
from grader.grading.regrade_report import Cause, RegradeReport, Turn
from grader.grading.versions import read_versions
from grader.model.work import Trainee, Verdict
from grader.text import Language

STRICT = "def bmi(cm, kg):\n    return None if cm is None or kg is None else round(kg / (cm / 100) ** 2, 1)"
ROUNDED = """assert abs(bmi(200.0, 80.0) - 20.0) < 0.01, "formula"
### BEGIN HIDDEN TESTS
assert bmi(163.0, 47.5) == 17.9, "formula"
### END HIDDEN TESTS"""


REFERENCE = """def bmi(cm, kg):
    \"\"\"BMI.\"\"\"
    ### BEGIN SOLUTION
    return None if cm is None or kg is None else round(kg / (cm / 100) ** 2, 1)
    ### END SOLUTION"""


def with_cells(course: Any, **sources: Any) -> None:
    """Change test cells of the course: a source, or a mapping of fields (- written as _)."""
    changed = {name.replace("_", "-"): value for name, value in sources.items()}
    cells = tuple(
        cell.model_copy(update=value if isinstance(value, dict) else {"source": value})
        if (value := changed.get(cell.id)) is not None
        else cell
        for cell in course.content.sheet.cells
    )
    course.content = replace(course.content, sheet=course.content.sheet.model_copy(update={"cells": cells}))


def add_test(course: Any, source: str, points: int = 2) -> None:
    """Add a test cell after `label-check`."""
    cells = list(course.content.sheet.cells)
    place = next(n for n, cell in enumerate(cells) if cell.id == "label-check")
    cells.insert(
        place + 1, cells[place].model_copy(update={"id": "extra", "source": source, "points": points})
    )
    sheet = course.content.sheet.model_copy(update={"cells": tuple(cells)})
    course.content = replace(course.content, sheet=sheet)


def remove(course: Any, name: str) -> None:
    cells = tuple(cell for cell in course.content.sheet.cells if cell.id != name)
    course.content = replace(course.content, sheet=course.content.sheet.model_copy(update={"cells": cells}))


def again(course: Any, **options: Any) -> RegradeReport:
    options = {"run_jobs": course.run, **options}
    return regrade(course.paths.root, course.content, roster=course.roster, **options)


def by_trainee(report: RegradeReport) -> dict[str, Any]:
    return {item.trainee: item for item in report.items}


def tree(root: Path) -> dict[str, bytes]:
    """Return every file but the lock and the cache of outcomes."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "outcomes" not in path.parts and path.name != "lock"
    }


@pytest.fixture
def graded(course: Any, full: dict[str, Any], cell_of: Callable[..., Any]) -> Any:
    """Three people: exact, rounded, and nothing right; all graded."""
    course.hand_in("hq-001", full)
    rounded = copy.deepcopy(full)
    cell_of(rounded, "bmi")["source"] = STRICT
    course.hand_in("대구 003", rounded)
    wrong = copy.deepcopy(full)
    cell_of(wrong, "bmi")["source"] = "def bmi(cm, kg):\n    return 1"
    course.hand_in("gn-003", wrong)
    course.collect()
    course.grade()
    return course


def give_mark(course: Any, trainee: str, cell: str, score: float, comment: str = "") -> None:
    with NbgraderGradebook(f"sqlite:///{course.paths.gradebook}") as book:
        grade = book.find_grade(cell, "sample", "sample", trainee)
        grade.manual_score, grade.needs_manual_grade = score, False
        if comment:
            book.find_comment(cell, "sample", "sample", trainee).manual_comment = comment
        book.db.commit()


def test_a_preview_says_who_rises_and_falls_and_why(graded: Any) -> None:
    """Exact answers fail the changed test, rounded ones pass it; nothing is written."""
    before_bmi = by_trainee(again(graded, dry_run=True))["hq-001"].before
    assert before_bmi.score == 6.0
    with_cells(graded, bmi=REFERENCE, bmi_value=ROUNDED)
    before = tree(graded.paths.root)
    report = again(graded, dry_run=True)
    assert tree(graded.paths.root) == before
    items = by_trainee(report)
    assert {name: item.turn for name, item in items.items()} == {
        "hq-001": Turn.FALLS,
        "대구 003": Turn.RISES,
        "gn-003": Turn.UNCHANGED,
    }
    rising = items["대구 003"]
    assert (rising.before.score, rising.after.score, rising.after.max_score) == (3.0, 6.0, 10.0)
    (change,) = rising.cells
    assert (change.cell, change.causes) == ("bmi-value", (Cause.SOURCE,))
    assert change.tell().en == "bmi-value: 0/3 failed → 3/3 passed (test changed)"
    assert report.summary.en == "1 score rises, 1 falls, 1 unchanged, 2 pass/fail decisions change"
    assert report.worse == ("hq-001",)
    assert (report.from_version, report.to_version) == (1, 2)
    assert json.loads(json.dumps(report.as_dict()))["counts"]["falls"] == 1


def test_nothing_changed_is_nothing(graded: Any) -> None:
    """A regrade by the released assignment changes no score and runs nothing again."""
    ran = len(graded.jobs)
    report = again(graded)
    assert {item.turn for item in report.items} == {Turn.UNCHANGED}
    assert report.from_version == report.to_version == 1
    assert len(graded.jobs) == ran
    assert len(read_versions(graded.paths, "sample")) == 1


def test_nobody_loses_points_unnoticed(graded: Any) -> None:
    """Without leave to lower, nothing is written, and the report names whom it would hit."""
    with_cells(graded, bmi=REFERENCE, bmi_value=ROUNDED)
    before = tree(graded.paths.root)
    report = again(graded)
    assert report.is_stopped
    assert report.worse == ("hq-001",)
    assert tree(graded.paths.root) == before


def test_regrading_keeps_marks_and_leaves_a_trace(graded: Any) -> None:
    """Scores follow the corrected test; a person's mark and comment stay; the log says all."""
    give_mark(graded, "hq-001", "desk", 3.0, "구체적입니다.")
    give_mark(graded, "gn-003", "bmi-value", 2.0)
    with_cells(graded, bmi=REFERENCE, bmi_value=ROUNDED)
    report = again(graded, allow_lower=True, reason="반올림한 값도 맞습니다.")
    assert not report.is_stopped
    with open_gradebook(graded.paths.gradebook) as book:
        marks = book.read_marks("sample")
    scores = {name: one.grades["bmi-value"].score for name, one in marks.items()}
    assert scores == {"hq-001": 0.0, "대구 003": 3.0, "gn-003": 2.0}
    assert marks["hq-001"].grades["desk"].score == 3.0
    assert not marks["hq-001"].grades["desk"].needs_person
    assert marks["hq-001"].comments == {"desk": "구체적입니다."}
    (entry,) = read_log(graded.paths, "sample")
    assert entry.planned["reason"] == "반올림한 값도 맞습니다."
    assert entry.planned["who"]
    assert entry.planned["at"].endswith("+00:00")
    assert (entry.planned["from_version"], entry.planned["to_version"]) == (1, 2)
    assert entry.planned["trainees"]["hq-001"]["before"]["score"] == 9.0
    assert entry.planned["trainees"]["hq-001"]["after"]["score"] == 6.0
    assert entry.planned["trainees"]["대구 003"]["cells"][0]["causes"] == ["test-changed"]
    assert entry.done is not None
    assert (entry.done["graded"], entry.done["differing"]) == (3, {})
    assert [version.number for version in read_versions(graded.paths, "sample")] == [1, 2]
    assert {item.status for item in graded.grade().items} == {GradeStatus.UNCHANGED}
    assert not graded.grade().is_stale


def test_versions_keep_what_was_released(graded: Any) -> None:
    """Both versions can be looked at later, and releasing the same again makes none."""
    with_cells(graded, bmi=REFERENCE, bmi_value=ROUNDED)
    graded.release()
    graded.release()
    first, second = read_versions(graded.paths, "sample")
    sources = [
        next(c["source"] for c in version.source["cells"] if c["id"] == "bmi-value")
        for version in (first, second)
    ]
    assert "secret_height_column" in sources[0]
    assert "17.9" in sources[1]
    assert first.digest != second.digest
    assert first.assignment == graded.content.assignment
    assert "secret_height_column" not in json.dumps(first.release)


def test_what_was_released_counts_not_what_was_built(graded: Any, full: Any) -> None:
    """`medai build` writes `source/` anew; until a release, grading goes by the version it knows."""
    path = graded.paths.source("sample")
    path.write_text(path.read_text("utf-8").replace("secret_height_column", "other_column"), "utf-8")
    assert {item.status for item in graded.grade().items} == {GradeStatus.UNCHANGED}
    graded.grade(force=True)
    assert "secret_height_column" in graded.paths.autograded("hq-001", "sample").read_text("utf-8")


def test_a_new_test_counts_for_work_handed_in_before(graded: Any) -> None:
    """Notebooks of the older version stay valid; nobody is told to have deleted a cell."""
    add_test(graded, 'assert label_of_26 == "high", "label-wrong"')
    report = again(graded)
    item = by_trainee(report)["gn-003"]
    assert (item.turn, item.before.score, item.after.score, item.after.max_score) == (Turn.RISES, 1, 3, 12)
    assert [(change.cell, change.causes) for change in item.cells] == [("extra", (Cause.NEW,))]
    record = read_record(graded.paths.record("sample", "gn-003"))
    assert record is not None
    assert [(one.kind, one.cells) for one in record.repairs] == [(RepairKind.NEWER, ("extra",))]


def test_changed_visible_tests_are_no_tampering(graded: Any) -> None:
    """The old test in the trainee's notebook is what they were given."""
    with_cells(graded, label_check='assert label_of_26 in ("high", "높음"), "label-wrong"')
    again(graded)
    record = read_record(graded.paths.record("sample", "hq-001"))
    assert record is not None
    assert [(one.kind, one.cells) for one in record.repairs] == [(RepairKind.NEWER, ("label-check",))]
    assert record.verdicts["label-check"] == "passed"


def test_a_removed_test_is_not_run_as_the_trainees_own(graded: Any) -> None:
    """Its points go for all, which lowers scores; with leave, the gradebook follows."""
    remove(graded, "bmi-missing")
    report = again(graded, dry_run=True)
    assert by_trainee(report)["hq-001"].cells[0].causes == (Cause.REMOVED,)
    assert report.worse == ("hq-001", "대구 003")
    again(graded, allow_lower=True)
    record = read_record(graded.paths.record("sample", "hq-001"))
    assert record is not None
    assert [score.grade_id for score in record.scores] == ["bmi-value", "label-check", "desk"]
    assert not any(name.startswith("own-") for name in record.verdicts)
    assert [(one.kind, one.cells) for one in record.repairs] == [(RepairKind.NEWER, ("bmi-missing",))]


def test_points_may_change(graded: Any) -> None:
    """The cause is told, the score follows."""
    with_cells(graded, label_check={"points": 3})
    item = by_trainee(again(graded))["hq-001"]
    assert (item.turn, item.after.score, item.after.max_score) == (Turn.RISES, 8.0, 12.0)
    assert item.cells[0].causes == (Cause.POINTS,)


def test_marks_of_people_cannot_vanish(graded: Any) -> None:
    """A removed cell with somebody's mark stops the regrade before anything is written."""
    give_mark(graded, "hq-001", "desk", 3.0, "좋습니다.")
    remove(graded, "desk")
    before = tree(graded.paths.root)
    report = again(graded, allow_lower=True)
    assert report.is_stopped
    assert dict(report.lost_marks) == {"desk": 1}
    assert tree(graded.paths.root) == before


def test_a_lost_pass_counts_as_worse(graded: Any) -> None:
    """More points to reach can cost a pass although no score falls."""
    give_mark(graded, "대구 003", "desk", 4.0)
    with_cells(graded, bmi=REFERENCE, bmi_value=ROUNDED)
    again(graded, allow_lower=True)
    assert by_trainee(again(graded, dry_run=True))["대구 003"].before.standing is Standing.PASSED
    add_test(graded, 'assert False, "label-wrong"', points=10)
    report = again(graded, dry_run=True)
    assert by_trainee(report)["대구 003"].turn is Turn.UNCHANGED
    assert report.worse == ("대구 003",)


def test_newer_work_is_no_change_of_a_score(graded: Any, full: Any) -> None:
    """What was collected since and not graded yet has no score that could fall."""
    graded.hand_in("gn-003", full, at="2026-04-22T10:00:00")
    graded.collect()
    item = by_trainee(again(graded, dry_run=True))["gn-003"]
    assert (item.turn, item.before, item.after.score) == (Turn.NEW, None, 6.0)


def test_work_that_cannot_be_graded_is_named(graded: Any) -> None:
    """No work, or work that is refused, is in the report with its reason."""
    graded.roster = (
        *graded.roster,
        Trainee(id="new", name="n", site="daegu", role="it", language=Language.EN),
    )
    graded.paths.submitted("gn-003", "sample").write_bytes(b"{")
    items = by_trainee(again(graded, dry_run=True))
    assert (items["new"].turn, items["new"].status) == (Turn.NOT_GRADED, "missing")
    assert items["gn-003"].status == "quarantined: not-json"


def test_the_log_only_grows(graded: Any) -> None:
    """Earlier lines stay byte for byte, also after a line torn by a crash."""
    with_cells(graded, label_check={"points": 3})
    again(graded, reason="1")
    path = graded.paths.regrades("sample")
    with path.open("ab") as file:
        file.write(b'{"event": "planned", "id": "to')
    before = path.read_bytes()
    with_cells(graded, label_check={"points": 4})
    again(graded, reason="2")
    assert path.read_bytes().startswith(before)
    assert [entry.planned["reason"] for entry in read_log(graded.paths, "sample")] == ["1", "2"]


def test_a_regrade_that_was_killed_is_seen_and_finished(graded: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan stands in the log without its end; the next run brings everyone to the new version."""
    import grader.grading.results as results

    with_cells(graded, bmi=REFERENCE, bmi_value=ROUNDED)
    with monkeypatch.context() as patch:

        def stop(*_: Any) -> None:
            raise KeyboardInterrupt

        patch.setattr(results, "write_record", stop)
        with pytest.raises(KeyboardInterrupt):
            again(graded, allow_lower=True, reason="first")
    (entry,) = read_log(graded.paths, "sample")
    assert entry.done is None
    again(graded, allow_lower=True)
    with open_gradebook(graded.paths.gradebook) as book:
        marks = book.read_marks("sample")
    assert {name: one.grades["bmi-value"].score for name, one in marks.items()} == {
        "hq-001": 0.0,
        "대구 003": 3.0,
        "gn-003": 0.0,
    }
    assert {item.status for item in graded.grade().items} == {GradeStatus.UNCHANGED}


def test_a_course_graded_before_there_were_versions(graded: Any) -> None:
    """What lies in the course directory becomes version 1."""
    import shutil

    shutil.rmtree(graded.paths.versions("sample"))
    with_cells(graded, bmi=REFERENCE, bmi_value=ROUNDED)
    report = again(graded, allow_lower=True)
    assert (report.from_version, report.to_version) == (1, 2)
    first, _ = read_versions(graded.paths, "sample")
    assert "secret_height_column" in json.dumps(first.source)


def test_regrading_before_release_is_a_clear_error(course: Any) -> None:
    """The error names the command that comes first."""
    course.paths.source("sample").unlink()
    with pytest.raises(UsageError) as error:
        again(course, dry_run=True)
    assert "medai release sample" in error.value.hint


def test_a_preview_leaves_the_gradebook_alone(graded: Any) -> None:
    """Not a byte of it changes, and another program may be writing to it meanwhile."""
    with_cells(graded, bmi=REFERENCE, bmi_value=ROUNDED)
    before = graded.paths.gradebook.read_bytes()
    other = sqlite3.connect(graded.paths.gradebook)
    other.execute("BEGIN IMMEDIATE")
    again(graded, dry_run=True)
    other.close()
    assert graded.paths.gradebook.read_bytes() == before
    assert Verdict.PASSED.value in json.dumps(again(graded, dry_run=True).as_dict())


def test_a_correction_that_its_reference_fails_lowers_nobody(graded: Any) -> None:
    """The new test is at fault: who fails it waits for a person, and the preview shows it."""
    with_cells(graded, bmi_value=ROUNDED)
    item = by_trainee(again(graded, dry_run=True))["hq-001"]
    assert item.cells[0].after.verdict == Verdict.COULD_NOT_CHECK
    assert item.cells[0].after.score is None
