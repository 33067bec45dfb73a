"""The sample assignment of the unit tests, graded in the real sandbox, once for all tests here."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from grader.authoring.build import build_release, reference_answers
from grader.authoring.fill import fill_release
from grader.authoring.sheet import parse_sheet
from grader.grading.collect import CollectReport, collect
from grader.grading.grade import grade
from grader.grading.grade_report import GradeReport
from grader.grading.handback import write_feedback
from grader.grading.layout import CourseDirectory
from grader.grading.release import release_assignment
from grader.model.assignment import Assignment
from grader.model.content import AssignmentContent
from grader.model.work import Limits, Trainee
from grader.sandbox.run import run_jobs
from grader.text import Language

SAMPLE = Path(__file__).parents[2] / "unit" / "grading" / "sample"
SEOUL = ZoneInfo("Asia/Seoul")
DUE = datetime(2026, 4, 24, 18, tzinfo=SEOUL)
SCRIPT = "<script>document.title='taken over'</script><img src=x onerror=\"document.title='taken over'\">"
WRITTEN = "날마다 접수 명단을 정리합니다."


@dataclass(frozen=True)
class GradedCourse:
    """A class with work of every kind, collected, graded and handed back."""

    paths: CourseDirectory
    content: AssignmentContent
    roster: tuple[Trainee, ...]
    collected: CollectReport
    graded: GradeReport


@pytest.fixture(scope="session")
def content() -> AssignmentContent:
    """The sample assignment."""
    sheet, _ = parse_sheet((SAMPLE / "sheet.md").read_text("utf-8"), "sheet.md")
    assignment = Assignment.model_validate(yaml.safe_load((SAMPLE / "assignment.yml").read_text("utf-8")))
    return AssignmentContent(assignment, "assignments/sample", sheet, {}, {"rows.csv": b"a,b\n1,2\n"})


def person(trainee: str, language: str = "ko") -> Trainee:
    return Trainee(id=trainee, name=f"이름 {trainee}", site="daegu", role="it", language=Language(language))


def cell_of(notebook: dict[str, Any], grade_id: str) -> dict[str, Any]:
    return next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def answering(notebook: dict[str, Any], code: str, below: str = "") -> dict[str, Any]:
    changed = copy.deepcopy(notebook)
    cell = cell_of(changed, "bmi")
    cell["source"] = f"{code}\n{cell['source']}\n{below}"
    return changed


def all_work(content: AssignmentContent) -> dict[str, dict[str, Any] | bytes]:
    """Return trainee id → what they hand in."""
    release = build_release(content.sheet, content.assignment, Language.KO)
    full = fill_release(release, reference_answers(content.sheet), {"desk": WRITTEN})
    stripped = copy.deepcopy(full) | {"metadata": {}}
    for number, cell in enumerate(stripped["cells"]):
        cell["metadata"], cell["id"] = {}, f"c{number}"
    doubled = copy.deepcopy(full)
    doubled["cells"].insert(5, {**copy.deepcopy(cell_of(doubled, "bmi-value")), "id": "copy"})
    wrong = copy.deepcopy(full)
    cell_of(wrong, "bmi")["source"] = "def bmi(cm, kg):\n    return 1"
    scripted = answering(
        full, f"from IPython.display import HTML, display\ndisplay(HTML({SCRIPT!r}))\nprint({SCRIPT!r})"
    )
    cell_of(scripted, "desk")["source"] = (
        SCRIPT + "\n\n[x](javascript:alert(1)) <a href='javascript:alert(1)'>y</a>"
    )
    scripted["cells"].append(
        {"cell_type": "raw", "id": "raw", "metadata": {"raw_mimetype": "text/html"}, "source": SCRIPT}
    )
    scripted["cells"].append({"cell_type": "markdown", "id": "md", "metadata": {}, "source": SCRIPT})
    return {
        "대구 003": full,
        "wrong": wrong,
        "empty": release,
        "stripped": stripped,
        "doubled": doubled,
        "scripted": scripted,
        "endless": answering(full, "while True:\n    pass"),
        "exiting": answering(full, "import os\nos._exit(0)"),
        "plotting": answering(full, "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"),
        "broken": b'{"cells": [',
        "cp949": json.dumps(full, ensure_ascii=False).encode("cp949", errors="replace"),
        "nothing": b"",
    }


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory, content: AssignmentContent) -> GradedCourse:
    """The class, through the whole path."""
    root = tmp_path_factory.mktemp("course")
    paths = CourseDirectory(root / "nbgrader")
    work = all_work(content)
    roster = tuple(
        person(trainee, "en" if trainee == "wrong" else "ko") for trainee in (*work, "folder", "link")
    )
    for trainee, body in work.items():
        folder = root / "inbox" / "sample" / trainee
        folder.mkdir(parents=True)
        notebook = body if isinstance(body, bytes) else json.dumps(body).encode()
        (folder / ("다른 이름.ipynb" if trainee == "대구 003" else "sample.ipynb")).write_bytes(notebook)
        (folder / "timestamp.txt").write_text("2026-04-20T10:00:00")
    (root / "inbox" / "sample" / "folder" / "sample.ipynb").mkdir(parents=True)
    (root / "inbox" / "sample" / "link").mkdir()
    (root / "inbox" / "sample" / "link" / "sample.ipynb").symlink_to("/etc/hostname")
    release_assignment(paths.root, root / "handout", content, due=DUE, roster=roster)
    collected = collect(root / "inbox", paths.root, "sample", roster, zone=SEOUL)
    limits = Limits(cell_timeout_s=3, run_timeout_s=30)
    graded = grade(paths.root, content, run_jobs, roster, limits=limits)
    write_feedback(paths.root, content, roster, zone=SEOUL)
    return GradedCourse(paths, content, roster, collected, graded)
