"""Reading the gradebook without nbgrader: the same as nbgrader reads, in a fraction of its time."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from nbgrader.api import Gradebook as NbgraderGradebook
from nbgrader.dbutil import ALEMBIC_DIR

from grader.authoring.build import list_source_cells
from grader.errors import EnvironmentProblem, UsageError
from grader.grading.gradebook import open_gradebook
from grader.grading.gradebook_read import find_schema_version, read_marks
from grader.grading.scoring import CellScore
from grader.model.content import AssignmentContent
from grader.model.work import Trainee, Verdict

DUE = datetime(2026, 4, 24, 9, tzinfo=UTC)
AT = datetime(2026, 4, 24, 12, 30, 15, 250000, tzinfo=UTC)
SCORES = (
    CellScore("bmi-value", 3, None, True, Verdict.COULD_NOT_CHECK),
    CellScore("bmi-missing", 2, 0.0, False, Verdict.FAILED),
    CellScore("label-check", 1, 1.0, False, Verdict.PASSED),
    CellScore("desk", 4, None, True),
)


@pytest.fixture
def path(tmp_path: Path, content: AssignmentContent, roster: tuple[Trainee, ...]) -> Path:
    """A gradebook with two submissions, one with everything that a person can do in formgrader."""
    path = tmp_path / "성적 #1.db"  # must be escaped in addresses
    with open_gradebook(path) as book:
        cells = list_source_cells(content.sheet, content.assignment)
        book.register("sample", cells, {"name": "python3"}, DUE)
        book.enrol(roster)
        for trainee in ("hq-001", "대구 003"):
            book.write_submission(trainee, "sample", AT, SCORES, {"bmi": "• 공식"}, frozenset())
    with NbgraderGradebook(f"sqlite:///{path}") as book:
        book.grant_extension("sample", "대구 003", days=1, minutes=30)
        marked = {"desk": (3.0, 0.5), "bmi-missing": (1.0, None), "label-check": (None, 0.25)}
        for name, (manual, extra) in marked.items():
            grade = book.find_grade(name, "sample", "sample", "대구 003")
            grade.manual_score, grade.extra_credit, grade.needs_manual_grade = manual, extra, False
        book.find_comment("desk", "sample", "sample", "대구 003").manual_comment = "구체적입니다."
        book.db.commit()
    return path


def test_marks_are_what_nbgrader_says(path: Path) -> None:
    """Scores, maxima, flags, comments, time stamps and lateness: all as nbgrader's own API tells them."""
    ours = read_marks(path, "sample")
    with NbgraderGradebook(f"sqlite:///{path}") as book:
        assert {submission.student.id for submission in book.assignment_submissions("sample")} == set(ours)
        for submission in book.assignment_submissions("sample"):
            marks = ours[submission.student.id]
            assert marks.timestamp == submission.timestamp.replace(tzinfo=UTC) == AT
            assert marks.due == submission.duedate.replace(tzinfo=UTC)
            assert marks.late_s == submission.total_seconds_late
            (notebook,) = submission.notebooks
            told = {
                grade.name: (grade.auto_score, grade.manual_score, grade.score, grade.max_score)
                for grade in notebook.grades
            }
            read = {
                name: (mark.auto_score, mark.manual_score, mark.score, mark.max_score)
                for name, mark in marks.grades.items()
            }
            assert read == told
            waiting = {grade.name for grade in notebook.grades if grade.needs_manual_grade}
            assert {name for name, mark in marks.grades.items() if mark.needs_person} == waiting
            written = {one.name: one.manual_comment for one in notebook.comments if one.manual_comment}
            assert marks.comments == written


def test_an_open_gradebook_reads_the_same(path: Path) -> None:
    """Whoever writes reads with the same rules."""
    with open_gradebook(path) as book:
        assert book.read_marks("sample") == read_marks(path, "sample")
    assert read_marks(path, "sample")["대구 003"].due == DUE + timedelta(days=1, minutes=30)


def test_marks_of_some_are_the_same_as_among_all(path: Path) -> None:
    """Who was not asked for is not read, and who has no work is not there."""
    every = read_marks(path, "sample")
    assert read_marks(path, "sample", ["대구 003", "nobody"]) == {"대구 003": every["대구 003"]}
    assert read_marks(path, "sample", []) == {}


def test_an_assignment_nobody_handed_in_has_no_marks(path: Path) -> None:
    """Neither has one that does not exist."""
    assert read_marks(path, "other") == {}


def test_reading_changes_nothing(path: Path) -> None:
    """Not a byte, and no file is left beside it; a folder that cannot be written to is no obstacle."""
    before = path.read_bytes()
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        assert set(read_marks(path, "sample")) == {"hq-001", "대구 003"}
    finally:
        path.parent.chmod(0o700)
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_what_a_crash_left_half_written_is_put_right(path: Path, tmp_path: Path) -> None:
    """A journal beside the gradebook is played back, as SQLite programs do; nothing half done is read."""
    script = (
        "import os, sqlite3, sys\n"
        "database = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "database.execute('PRAGMA cache_size = 1')\n"
        "database.execute('BEGIN IMMEDIATE')\n"
        "database.execute('UPDATE grade SET auto_score = 99')\n"
        "database.execute('CREATE TABLE filler (text)')\n"
        "database.executemany('INSERT INTO filler VALUES (?)', [('x' * 4000,)] * 200)\n"
        "os._exit(0)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)
    assert path.with_name(f"{path.name}-journal").stat().st_size > 0
    scores = [mark.auto_score for mark in read_marks(path, "sample")["hq-001"].grades.values()]
    assert 99 not in scores
    assert not path.with_name(f"{path.name}-journal").exists()


def test_the_schema_version_is_alembics(path: Path) -> None:
    """The newest version found in nbgrader's files is the one that nbgrader's own tool would set."""
    config = Config()
    config.set_main_option("script_location", ALEMBIC_DIR)
    assert find_schema_version() == ScriptDirectory.from_config(config).get_current_head()


def test_another_version_is_not_read(path: Path) -> None:
    """Columns may mean something else there; the message says what to do."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = 'old'")
    with pytest.raises(UsageError, match="another version of nbgrader") as error:
        read_marks(path, "sample")
    assert "nbgrader db upgrade" in error.value.hint


@pytest.mark.parametrize("body", [None, b"this is no database, it is a text file" * 100, b""])
def test_what_is_no_gradebook_is_named(tmp_path: Path, body: bytes | None) -> None:
    """A missing, broken or empty file is a clear error and stays as it was."""
    path = tmp_path / "gradebook.db"
    if body is not None:
        path.write_bytes(body)
    with pytest.raises(EnvironmentProblem, match=r"gradebook\.db cannot be used"):
        read_marks(path, "sample")
    assert path.exists() is (body is not None)
    assert body is None or path.read_bytes() == body


def test_reading_imports_no_nbgrader(path: Path) -> None:
    """Feedback and the grade list start without the seconds that importing nbgrader takes."""
    script = (
        "import json, pathlib, sys\n"
        "import grader.grading.grades, grader.grading.handback\n"
        "from grader.grading.gradebook_read import read_marks\n"
        "read_marks(pathlib.Path(sys.argv[1]), 'sample')\n"
        "slow = {'nbgrader', 'sqlalchemy', 'alembic', 'jsonschema', 'nbformat', 'nbconvert'}\n"
        "print(json.dumps(sorted(slow & sys.modules.keys())))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], check=True, capture_output=True)
    assert json.loads(done.stdout) == []
