"""A portal whose course has one small assignment with a written answer, and a worker that needs no sandbox.

The gradebook is a real one. Only what runs cells is a stand-in: the tests hand in nothing but harmless code.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import sqlite3
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml
from portal_world import World  # beside this file

from grader.authoring.build import build_release, reference_answers
from grader.authoring.fill import fill_release
from grader.authoring.notebook import notebook_bytes
from grader.authoring.sheet import parse_sheet
from grader.grading.layout import CourseDirectory
from grader.grading.release import release_assignment
from grader.model.assignment import Assignment
from grader.model.content import AssignmentContent, Course
from grader.model.people import Person
from grader.model.work import CellResult, GradingJob, Outcome, Verdict
from grader.portal.door import TurnedAway
from grader.portal.grading_steps import Desk
from grader.portal.hand_in import take_hand_in
from grader.portal.worker_shift import Shift
from grader.store.jobs import enqueue_grading

SAMPLE = Path(__file__).parent / "unit" / "grading" / "sample"
CELL = "desk"
"""Its written answer: 4 points, one criterion `concrete`."""


def sample_course(course: Course) -> Course:
    """Return a course that has the sample assignment and nothing else to hand in."""
    sheet, problems = parse_sheet((SAMPLE / "sheet.md").read_text("utf-8"), "sheet.md")
    assert problems == []
    given = yaml.safe_load((SAMPLE / "assignment.yml").read_text("utf-8"))
    assignment = Assignment.model_validate(given).model_copy(update={"module": "e0-first-notebook"})
    return replace(course, assignments={"sample": AssignmentContent(assignment, "sample", sheet, {}, {})})


def release_sample(folder: Path, course: Course) -> None:
    """Release the sample assignment into a course directory: making a gradebook takes its time."""
    release_assignment(folder, None, course.assignments["sample"], due=None)


def run_here(jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
    """Stand in for the sandbox: run harmless code in this process."""
    for job in jobs:
        space: dict[str, object] = {}
        yield Outcome(
            job_digest=job.digest, cells=tuple(_run(one.id, one.source, space) for one in job.cells)
        )


def _run(cell_id: str, source: str, space: dict[str, object]) -> CellResult:
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(source, cell_id, "exec"), space)
    except Exception as error:
        name, message = type(error).__name__, str(error)
        return CellResult(id=cell_id, verdict=Verdict.FAILED, error_name=name, error_message=message)
    return CellResult(id=cell_id, verdict=Verdict.PASSED)


@dataclass(frozen=True)
class MarkingWorld(World):
    """A portal with the sample assignment, and its worker's shift."""

    ran: list[GradingJob] = field(default_factory=list)
    """Every job that was run."""

    @property
    def paths(self) -> CourseDirectory:
        return CourseDirectory(self.portal.settings.course_dir)

    def begin(self, released: Path) -> MarkingWorld:
        """Open for hand-ins of the sample assignment."""
        shutil.copytree(released, self.portal.settings.course_dir)
        self.prepare()
        self.release("sample", grade_on_hand_in=True)
        return self

    def shift(self) -> Shift:
        """A worker that has just come."""

        def run(jobs: Iterable[GradingJob]) -> Iterator[Outcome]:
            for job in jobs:
                self.ran.append(job)
                yield from run_here([job])

        desk = Desk(self.portal, run)
        vars(desk)["version"] = "test"  # reading every library's takes longer than grading here
        return Shift(desk)

    def write(self, person: Person, text: str, wrong: bool = False, **given: Any) -> str:
        """Hand in the reference answers with a written answer of one's own; return the hand-in's id."""
        content = self.portal.course.assignments["sample"]
        answers = reference_answers(content.sheet)
        if wrong:
            answers["bmi"] = answers["bmi"].replace("return None", "return 0")
        release = build_release(content.sheet, content.assignment, person.language)
        notebook = notebook_bytes(fill_release(release, answers, {CELL: text}))
        number = str(uuid.uuid4())
        done = take_hand_in(self.portal, person, "sample", number, "내 과제.ipynb", notebook, **given)
        assert not isinstance(done, TurnedAway), done
        return number

    def grade_class(self) -> None:
        """Grade everything that waits."""
        with self.portal.store.write() as db:
            enqueue_grading(db, "sample", None, requested_by="grader-1", now=self.portal.now())
        self.work()

    def work(self) -> None:
        """Let a worker do all there is to do."""
        shift = self.shift()
        while shift.step():
            pass

    def gradebook(self, person: str) -> tuple[float | None, float | None, bool, str | None]:
        """Return automatic and manual score, whether a person must look, and the comment of the answer."""
        with contextlib.closing(sqlite3.connect(self.paths.gradebook)) as database:
            return database.execute(
                """
                SELECT g.auto_score, g.manual_score, g.needs_manual_grade,
                       (SELECT manual_comment FROM comment m JOIN base_cell b ON b.id = m.cell_id
                        WHERE m.notebook_id = n.id AND b.name = c.name)
                FROM submitted_assignment s JOIN submitted_notebook n ON n.assignment_id = s.id
                JOIN grade g ON g.notebook_id = n.id JOIN base_cell c ON g.cell_id = c.id
                WHERE s.student_id = ? AND c.name = ?
                """,
                (person, CELL),
            ).fetchone()

    def mark_in_formgrader(self, person: str, score: float) -> None:
        """Write a score as nbgrader's formgrader does."""
        with contextlib.closing(sqlite3.connect(self.paths.gradebook)) as database, database:
            database.execute(
                """
                UPDATE grade SET manual_score = ?, needs_manual_grade = 0 WHERE id IN (
                  SELECT g.id FROM submitted_assignment s JOIN submitted_notebook n ON n.assignment_id = s.id
                  JOIN grade g ON g.notebook_id = n.id JOIN base_cell c ON g.cell_id = c.id
                  WHERE s.student_id = ? AND c.name = ?)
                """,
                (score, person, CELL),
            )
