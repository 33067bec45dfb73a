"""The gradebook: nbgrader's own tables, one writer, and people's marks never lost."""

from __future__ import annotations

import sqlite3
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook as NbgraderGradebook

from grader.authoring.build import list_source_cells
from grader.errors import EnvironmentProblem, UsageError
from grader.grading.gradebook import open_gradebook
from grader.grading.gradebook_lateness import LatePenalty
from grader.grading.gradebook_read import read_due_date
from grader.grading.gradebook_rows import SubmissionRows
from grader.grading.scoring import CellScore
from grader.model.content import AssignmentContent
from grader.model.work import Trainee, Verdict

AT = datetime(2026, 4, 24, 8, 59, 30, 123456, tzinfo=UTC)
DUE = datetime(2026, 4, 24, 9, tzinfo=UTC)
NONE: frozenset[str] = frozenset()


def scores(value: float | None = 3.0, missing: float | None = 0.0) -> tuple[CellScore, ...]:
    return (
        CellScore("bmi-value", 3, value, value is None, Verdict.PASSED),
        CellScore("bmi-missing", 2, missing, missing is None, Verdict.FAILED),
        CellScore("label-check", 1, 1.0, False, Verdict.PASSED),
        CellScore("desk", 4, None, True),
    )


@pytest.fixture
def path(tmp_path: Path, content: AssignmentContent, roster: tuple[Trainee, ...]) -> Path:
    """A gradebook with the sample assignment and its people."""
    path = tmp_path / "gradebook.db"
    with open_gradebook(path) as book:
        book.register(
            "sample", list_source_cells(content.sheet, content.assignment), {"name": "python3"}, DUE
        )
        book.enrol(roster)
    return path


def write(
    path: Path, *values: Any, changed: frozenset[str] = NONE, comments: dict[str, str] | None = None
) -> None:
    with open_gradebook(path) as book:
        book.write_submission("hq-001", "sample", AT, scores(*values), comments or {}, changed)


def as_grader(path: Path, **cells: Any) -> None:
    """Do what formgrader does when a person grades: (score, comment) by grade id, - for _."""
    with NbgraderGradebook(f"sqlite:///{path}") as book:
        for name, (score, comment) in cells.items():
            grade = book.find_grade(name.replace("_", "-"), "sample", "sample", "hq-001")
            grade.manual_score, grade.needs_manual_grade = score, False
            if comment:
                book.find_comment(
                    name.replace("_", "-"), "sample", "sample", "hq-001"
                ).manual_comment = comment
        book.db.commit()


def test_a_new_gradebook_needs_no_program_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """nbgrader would call `alembic`, which is not on PATH in a venv that is not activated."""
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(subprocess, "check_output", lambda *a, **k: pytest.fail("a program was called"))
    with open_gradebook(tmp_path / "new" / "gradebook.db") as book:
        assert not book.has_assignment("sample")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["gradebook.db"]


def test_nbgrader_opens_what_we_wrote(path: Path) -> None:
    """nbgrader's own API finds the assignment, its cells, points and sources."""
    with NbgraderGradebook(f"sqlite:///{path}") as book:
        assignment = book.find_assignment("sample")
        assert assignment.duedate == DUE.replace(tzinfo=None)
        assert (assignment.max_score, assignment.max_code_score, assignment.max_written_score) == (10, 6, 4)
        notebook = book.find_notebook("sample", "sample")
        assert {cell.name for cell in notebook.grade_cells} == {
            "bmi-value",
            "bmi-missing",
            "label-check",
            "desk",
        }
        assert {cell.name for cell in notebook.solution_cells} == {"bmi", "label", "desk"}
        assert "secret_height_column" in book.find_source_cell("bmi-value", "sample", "sample").source
        assert "SOLUTION" not in book.find_source_cell("bmi", "sample", "sample").source
        assert book.find_student("대구 003").last_name == "오 달님"


def test_registering_again_changes_nothing(path: Path, content: AssignmentContent) -> None:
    """The same release twice reports no change."""
    with open_gradebook(path) as book:
        cells = list_source_cells(content.sheet, content.assignment)
        assert book.register("sample", cells, {"name": "python3"}, DUE) == ()


def test_a_submission_is_written_and_read(path: Path) -> None:
    """Scores, comments and time are what nbgrader and we read back."""
    write(path, comments={"bmi": "• 공식"})
    with NbgraderGradebook(f"sqlite:///{path}") as book:
        submission = book.find_submission("sample", "hq-001")
        assert (submission.score, submission.needs_manual_grade) == (4.0, True)
        assert submission.timestamp == AT.replace(tzinfo=None)
        assert book.find_comment("bmi", "sample", "sample", "hq-001").auto_comment == "• 공식"
        assert book.find_grade("bmi-missing", "sample", "sample", "hq-001").failed_tests
    with open_gradebook(path) as book:
        marks = book.read_marks("sample")["hq-001"]
    assert (marks.timestamp, marks.due, marks.late_s) == (AT, DUE, 0.0)
    assert {name: (mark.score, mark.needs_person) for name, mark in marks.grades.items()} == {
        "bmi-value": (3.0, False),
        "bmi-missing": (0.0, False),
        "label-check": (1.0, False),
        "desk": (0.0, True),
    }


def test_late_work_and_extensions(path: Path) -> None:
    """Lateness counts from the due date, moved by an extension that a person granted."""
    with open_gradebook(path) as book:
        book.write_submission("hq-001", "sample", DUE + timedelta(hours=3), scores(), {}, NONE)
        assert book.read_marks("sample")["hq-001"].late_s == 3 * 3600
    with NbgraderGradebook(f"sqlite:///{path}") as book:
        book.grant_extension("sample", "hq-001", hours=2)
    with open_gradebook(path) as book:
        assert book.read_marks("sample")["hq-001"].late_s == 3600


def test_what_being_late_costs_is_nbgraders_to_read(path: Path) -> None:
    """Points and due date stand where nbgrader looks; work that counts as in time is not late."""
    at = DUE + timedelta(hours=3)
    with open_gradebook(path) as book:
        for trainee in ("hq-001", "대구 003"):
            book.write_submission(trainee, "sample", at, scores(), {}, NONE)
        book.write_penalties("sample", {"hq-001": LatePenalty(DUE + timedelta(hours=2), 0.6)})
        late, other = (book.read_marks("sample")[one] for one in ("hq-001", "대구 003"))
    assert (late.due, late.late_s, late.penalty) == (DUE + timedelta(hours=2), 3600, 0.6)
    assert (other.due, other.late_s, other.penalty) == (DUE, 3 * 3600, None)
    with NbgraderGradebook(f"sqlite:///{path}") as book:
        submission = book.find_submission("sample", "hq-001")
        assert (submission.late_submission_penalty, submission.total_seconds_late) == (0.6, 3600)
    with open_gradebook(path) as book:
        book.write_penalties("sample", {"hq-001": LatePenalty(DUE, 0.0)})
        excused = book.read_marks("sample")["hq-001"]
    assert (excused.due, excused.late_s, excused.penalty) == (DUE, 0.0, 0.0)


def test_another_due_date_leaves_what_counts_for_each(path: Path) -> None:
    """Until it is written anew; without any due date nbgrader finds no extension it would stumble over."""
    later = DUE + timedelta(days=1)
    with open_gradebook(path) as book:
        for trainee in ("hq-001", "대구 003"):
            book.write_submission(trainee, "sample", AT, scores(), {}, NONE)
        book.write_penalties("sample", {"hq-001": LatePenalty(later, None)})
        for moved in (later, DUE - timedelta(days=1)):
            book.move_due_date("sample", moved)
            assert read_due_date(path, "sample") == moved
            assert [book.read_marks("sample")[one].due for one in ("hq-001", "대구 003")] == [later, DUE]
        book.move_due_date("sample", None)
        assert {marks.due for marks in book.read_marks("sample").values()} == {None}
    with NbgraderGradebook(f"sqlite:///{path}") as book:
        assert book.find_submission("sample", "hq-001").duedate is None
    assert read_due_date(path, "sample") is None
    assert read_due_date(path, "other") is None


def test_manual_marks_survive_regrading(path: Path) -> None:
    """Scores, extra credit and comments of people stay; equal work is not flagged again."""
    write(path)
    as_grader(path, desk=(3.0, "구체적입니다."), bmi_missing=(1.0, ""))
    write(path)
    with open_gradebook(path) as book:
        marks = book.read_marks("sample")["hq-001"]
    assert (marks.grades["desk"].score, marks.grades["desk"].needs_person) == (3.0, False)
    assert (marks.grades["bmi-missing"].score, marks.grades["bmi-missing"].needs_person) == (1.0, False)
    assert marks.comments == {"desk": "구체적입니다."}


def test_a_changed_answer_is_flagged_but_keeps_its_mark(path: Path) -> None:
    """A person looks again at what changed: the written answer, or a test whose result changed."""
    write(path)
    as_grader(path, desk=(3.0, ""), bmi_missing=(1.0, ""))
    write(path, 3.0, 2.0, changed=frozenset({"desk"}))
    with open_gradebook(path) as book:
        grades = book.read_marks("sample")["hq-001"].grades
    assert (grades["desk"].score, grades["desk"].needs_person) == (3.0, True)
    assert (grades["bmi-missing"].score, grades["bmi-missing"].needs_person) == (1.0, True)
    assert grades["bmi-missing"].auto_score == 2.0


def test_what_could_not_be_checked_waits_for_a_person(path: Path) -> None:
    """No zero is written; a later run that can check settles it."""
    write(path, None)
    with open_gradebook(path) as book:
        grade = book.read_marks("sample")["hq-001"].grades["bmi-value"]
    assert (grade.auto_score, grade.needs_person) == (None, True)
    write(path, 3.0)
    with open_gradebook(path) as book:
        grade = book.read_marks("sample")["hq-001"].grades["bmi-value"]
    assert (grade.auto_score, grade.needs_person) == (3.0, False)


def cells_without(content: AssignmentContent, *names: str) -> list[Any]:
    return [cell for cell in list_source_cells(content.sheet, content.assignment) if cell.name not in names]


def test_tests_may_change_after_grading(path: Path, content: AssignmentContent) -> None:
    """New points, new cells and removed tests reach the gradebook, and the change is told."""
    write(path)
    cells = cells_without(content, "bmi-missing", "label-check")
    cells[2] = replace(cells[2], points=5.0)
    cells.append(replace(cells[2], name="extra", points=1.0))
    with open_gradebook(path) as book:
        changes = book.register("sample", cells, {}, None)
        grades = book.read_marks("sample")["hq-001"].grades
    assert set(changes) == {
        "cell bmi-missing is gone",
        "cell label-check is gone",
        "cell bmi-value: 3 → 5 points",
        "cell extra is new",
    }
    assert set(grades) == {"bmi-value", "desk"}
    assert grades["bmi-value"].max_score == 5.0


def test_cells_with_a_persons_marks_cannot_vanish(path: Path, content: AssignmentContent) -> None:
    """A release that would lose marks is refused, and the gradebook stays as it was."""
    write(path)
    as_grader(path, desk=(3.0, "좋습니다."))
    with open_gradebook(path) as book, pytest.raises(UsageError, match="desk is gone"):
        book.register("sample", cells_without(content, "bmi-missing", "desk"), {}, None)
    with open_gradebook(path) as book:
        assert set(book.read_marks("sample")["hq-001"].grades) == {
            "bmi-value",
            "bmi-missing",
            "label-check",
            "desk",
        }


def test_a_submission_is_one_transaction(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If anything goes wrong in the middle, nothing of the submission is written."""
    write(path)
    with open_gradebook(path) as book:
        monkeypatch.setattr(
            SubmissionRows, "_write_comments", lambda *a: (_ for _ in ()).throw(RuntimeError("power cut"))
        )
        with pytest.raises(RuntimeError):
            book.write_submission("hq-001", "sample", AT + timedelta(days=1), scores(0.0), {}, NONE)
        with pytest.raises(RuntimeError):
            book.write_submission("gn-003", "sample", AT, scores(), {}, NONE)
    with open_gradebook(path) as book:
        marks = book.read_marks("sample")
    assert set(marks) == {"hq-001"}
    assert (marks["hq-001"].timestamp, marks["hq-001"].grades["bmi-value"].score) == (AT, 3.0)


def test_a_gradebook_of_another_version_is_not_touched(path: Path) -> None:
    """nbgrader's migration must come first; the message says how."""
    with sqlite3.connect(path) as database:
        database.execute("UPDATE alembic_version SET version_num = 'old'")
    database.close()
    with pytest.raises(UsageError, match="another version of nbgrader") as error, open_gradebook(path):
        pass
    assert "nbgrader db upgrade" in error.value.hint


def test_a_broken_gradebook_is_a_clear_error(tmp_path: Path) -> None:
    """A file that is no database is named, and not overwritten."""
    path = tmp_path / "gradebook.db"
    path.write_bytes(b"this is not a database at all, it is a text file" * 100)
    before = path.read_bytes()
    with pytest.raises(EnvironmentProblem, match="cannot be used"), open_gradebook(path):
        pass
    assert path.read_bytes() == before
