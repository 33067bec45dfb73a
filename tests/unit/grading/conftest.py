"""A small assignment, its people, and a stand-in for the sandbox."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from grader.authoring.build import build_release, build_source, reference_answers
from grader.authoring.fill import fill_release
from grader.authoring.sheet import parse_sheet
from grader.grading.blueprint import Blueprint, read_blueprint
from grader.grading.collect import CollectReport, collect
from grader.grading.grade import grade
from grader.grading.grade_report import GradeReport
from grader.grading.layout import CourseDirectory
from grader.grading.release import release_assignment
from grader.model.assignment import Assignment
from grader.model.content import AssignmentContent
from grader.model.work import CellResult, GradingJob, Outcome, Trainee, Verdict
from grader.text import Language

HERE = Path(__file__).parent
SEOUL = ZoneInfo("Asia/Seoul")
DUE = datetime(2026, 4, 24, 18, tzinfo=SEOUL)
WRITTEN = "날마다 접수 명단을 정리합니다."


def read_sample() -> AssignmentContent:
    """Read the sample assignment."""
    sheet, problems = parse_sheet((HERE / "sample" / "sheet.md").read_text("utf-8"), "sheet.md")
    assert problems == []
    text = (HERE / "sample" / "assignment.yml").read_text("utf-8")
    assignment = Assignment.model_validate(yaml.safe_load(text))
    return AssignmentContent(assignment, "assignments/sample", sheet, {}, {"rows.csv": b"a,b\n1,2\n"})


@pytest.fixture(scope="session")
def content() -> AssignmentContent:
    """The sample assignment."""
    return read_sample()


@pytest.fixture(scope="session")
def blueprint(content: AssignmentContent) -> Blueprint:
    """What its notebook must contain."""
    source = build_source(content.sheet, content.assignment)
    return read_blueprint(source, build_release(content.sheet, content.assignment, Language.KO))


def people() -> tuple[Trainee, ...]:
    """Three people, one with Korean letters and a space in the id."""
    known = (
        ("hq-001", "강한별", "headquarters", "it", Language.KO),
        ("대구 003", "오 달님", "daegu", "office", Language.KO),
        ("gn-003", "Tara Fennick", "gangnam", "technician", Language.EN),
    )
    return tuple(Trainee(id=i, name=n, site=s, role=r, language=lang) for i, n, s, r, lang in known)


@pytest.fixture
def roster() -> tuple[Trainee, ...]:
    """The three people."""
    return people()


@pytest.fixture
def release(content: AssignmentContent) -> dict[str, Any]:
    """The Korean release."""
    return build_release(content.sheet, content.assignment, Language.KO)


@pytest.fixture
def full(content: AssignmentContent, release: dict[str, Any]) -> dict[str, Any]:
    """A submission with everything right."""
    return fill_release(release, reference_answers(content.sheet), {"desk": WRITTEN})


def to_bytes(notebook: dict[str, Any]) -> bytes:
    """Return a notebook as a file."""
    return json.dumps(notebook, ensure_ascii=False).encode()


def find(notebook: dict[str, Any], grade_id: str) -> dict[str, Any]:
    """Return the cell with a grade id."""
    return next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def strip_metadata(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return the notebook as a tool leaves it that knows no metadata."""
    bare = copy.deepcopy(notebook)
    bare["metadata"] = {}
    for number, cell in enumerate(bare["cells"]):
        cell["metadata"], cell["id"] = {}, f"c{number}"
    return bare


def run_here(jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
    """Stand in for the sandbox: run harmless code in this process, play dead for hostile code."""
    for job in jobs:
        space: dict[str, Any] = {}
        results: list[CellResult] = []
        dead: Verdict | None = None
        for cell in job.cells:
            if dead:
                results.append(CellResult(id=cell.id, verdict=Verdict.NOT_RUN))
            elif "os._exit" in cell.source or "while True" in cell.source:
                dead = Verdict.KERNEL_DIED if "os._exit" in cell.source else Verdict.TIMED_OUT
                results.append(CellResult(id=cell.id, verdict=dead))
            else:
                results.append(_run_cell(cell.id, cell.source, space))
        yield Outcome(job_digest=job.digest, cells=tuple(results))


def _run_cell(cell_id: str, source: str, space: dict[str, Any]) -> CellResult:
    out = io.StringIO()
    error: Exception | None = None
    with contextlib.redirect_stdout(out):
        try:
            exec(compile(source, cell_id, "exec"), space)
        except Exception as caught:
            error = caught
    outputs: list[dict[str, Any]] = []
    if out.getvalue():
        outputs.append({"output_type": "stream", "name": "stdout", "text": out.getvalue()})
    if error is None:
        return CellResult(id=cell_id, verdict=Verdict.PASSED, outputs=tuple(outputs))
    name = type(error).__name__
    outputs.append(
        {"output_type": "error", "ename": name, "evalue": str(error), "traceback": [f"{name}: {error}"]}
    )
    return CellResult(
        id=cell_id,
        verdict=Verdict.FAILED,
        outputs=tuple(outputs),
        error_name=name,
        error_message=str(error).split("\n")[0],
    )


@dataclass
class Course:
    """A released course directory with an inbox."""

    root: Path
    content: AssignmentContent
    roster: tuple[Trainee, ...]
    jobs: list[GradingJob] = field(default_factory=list)
    """Every job that was run."""

    @property
    def paths(self) -> CourseDirectory:
        return CourseDirectory(self.root / "course")

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    def folder(self, trainee: str) -> Path:
        folder = self.inbox / "sample" / trainee
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def hand_in(
        self,
        trainee: str,
        content: bytes | dict[str, Any],
        name: str = "sample.ipynb",
        at: str = "2026-04-20T10:00:00",
    ) -> Path:
        path = self.folder(trainee) / name
        path.write_bytes(to_bytes(content) if isinstance(content, dict) else content)
        (path.parent / "timestamp.txt").write_text(at)
        return path

    def release(self) -> None:
        release_assignment(self.paths.root, self.root / "handout", self.content, due=DUE, roster=self.roster)

    def collect(self, **options: Any) -> CollectReport:
        return collect(self.inbox, self.paths.root, "sample", self.roster, zone=SEOUL, **options)

    def run(self, jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
        jobs = list(jobs)
        self.jobs += jobs
        return run_here(jobs)

    def grade(self, **options: Any) -> GradeReport:
        options = {"run_jobs": self.run, **options}
        return grade(self.paths.root, self.content, roster=self.roster, **options)

    def left_behind(self) -> dict[str, Any]:
        """Return all that grading leaves, gradebook rows without their random ids."""
        root = self.paths.root
        kept = {
            path.relative_to(root).as_posix(): path.read_bytes()
            for folder in ("autograded", ".medai/graded", ".medai/outcomes", "quarantine")
            for path in sorted((root / folder).rglob("*"))
            if path.is_file()
        }
        database = sqlite3.connect(self.paths.gradebook)
        query = """
            SELECT s.student_id, s.timestamp, c.name, g.auto_score, g.manual_score, g.needs_manual_grade,
                   (SELECT auto_comment FROM comment m JOIN base_cell b ON m.cell_id = b.id
                    WHERE m.notebook_id = n.id AND b.name = c.name)
            FROM submitted_assignment s JOIN submitted_notebook n ON n.assignment_id = s.id
            JOIN grade g ON g.notebook_id = n.id JOIN base_cell c ON g.cell_id = c.id ORDER BY 1, 3
        """
        rows = database.execute(query).fetchall()
        counts = [
            database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("grade", "comment", "submitted_notebook", "submitted_assignment", "student")
        ]
        database.close()
        return {**kept, "rows": rows, "counts": counts}


@pytest.fixture(scope="session")
def released(tmp_path_factory: pytest.TempPathFactory, content: AssignmentContent) -> Path:
    """A released course with an empty inbox, made once: making a gradebook takes its time."""
    made = Course(tmp_path_factory.mktemp("released"), content, people())
    (made.inbox / "sample").mkdir(parents=True)
    made.release()
    return made.root


@pytest.fixture
def course(tmp_path: Path, released: Path, content: AssignmentContent, roster: tuple[Trainee, ...]) -> Course:
    """A copy of the released course to work in."""
    shutil.copytree(released, tmp_path, dirs_exist_ok=True)
    return Course(tmp_path, content, roster)


@pytest.fixture
def cell_of() -> Callable[[dict[str, Any], str], dict[str, Any]]:
    """Return a function that finds a notebook's cell by grade id."""
    return find


@pytest.fixture
def stripped() -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return a function that takes all metadata out of a notebook."""
    return strip_metadata


@pytest.fixture
def as_bytes() -> Callable[[dict[str, Any]], bytes]:
    """Return a function that writes a notebook as a file's bytes."""
    return to_bytes
