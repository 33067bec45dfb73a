"""`medai regrade` on the real course, in a workspace of its own: preview, refusal, regrade, log."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from nbgrader.api import Gradebook as NbgraderGradebook

from grader.authoring.build import build_release, reference_answers
from grader.authoring.fill import fill_release
from grader.cli.main import cli
from grader.grading.layout import CourseDirectory
from grader.grading.roster import write_roster
from grader.manifest.read import load_course
from grader.model.work import Trainee
from grader.text import Language

ROOT = Path(__file__).parents[3]
SLUG = "e0-first-notebook"
FALLS, RISES, SAME = "hq-001", "대구 003", "gn-003"


@dataclass(frozen=True)
class Workspace:
    """A copy of the course with three graded submissions."""

    root: Path

    @property
    def paths(self) -> CourseDirectory:
        return CourseDirectory(self.root / "build" / "nbgrader")

    def medai(self, *args: str) -> Result:
        return CliRunner(env={"LC_ALL": "C.UTF-8"}).invoke(cli, [*args, "--root", str(self.root)])

    def marks(self) -> dict[str, tuple[float, float | None]]:
        """Return trainee → score of the corrected cell, and a person's score of the written one."""
        with NbgraderGradebook(f"sqlite:///{self.paths.gradebook}") as book:
            return {
                one: (
                    book.find_grade("read-letter", SLUG, SLUG, one).score,
                    book.find_grade("desk-task", SLUG, SLUG, one).manual_score,
                )
                for one in (FALLS, RISES, SAME)
            }


def finished(result: Result, exit_code: int = 0) -> str:
    """Return what a command printed, which must have ended as expected."""
    assert result.exit_code == exit_code, f"{result.output}\n{result.exception!r}"
    return result.stdout


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Released, handed in, collected, graded by commands; one written answer graded by a person."""
    root = tmp_path_factory.mktemp("workspace")
    for name in ("course", "assignments"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    made = Workspace(root)
    content = load_course(root).assignments[SLUG]
    release = build_release(content.sheet, content.assignment, Language.KO)
    answers = reference_answers(content.sheet)
    other = answers | {"read-answers": answers["read-answers"].replace('"D"', '"B"')}
    assert other != answers
    work = {FALLS: fill_release(release, answers, {}), RISES: fill_release(release, other, {}), SAME: release}
    people = [Trainee(id=one, name=one, site="daegu", role="it") for one in work]
    made.paths.root.mkdir(parents=True)
    write_roster(made.paths.roster, people)
    for one, notebook in work.items():
        folder = root / "inbox" / SLUG / one
        folder.mkdir(parents=True)
        (folder / f"{SLUG}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    finished(made.medai("release", SLUG, "--cohort", next(iter(load_course(root).programme.cohorts)).id))
    finished(made.medai("collect", SLUG, "--inbox", str(root / "inbox")))
    finished(made.medai("grade", SLUG))
    with NbgraderGradebook(f"sqlite:///{made.paths.gradebook}") as book:
        grade = book.find_grade("desk-task", SLUG, SLUG, FALLS)
        grade.manual_score, grade.needs_manual_grade = 5.0, False
        book.db.commit()
    return made


def test_a_hidden_test_is_corrected(workspace: Workspace) -> None:
    """One score rises, one falls; that needs leave; the person's mark stays; the log tells it all."""
    sheet = workspace.root / "assignments" / SLUG / "sheet.md"
    text = sheet.read_text("utf-8")
    for old, new in (('_letter == "D"', '_letter == "B"'), ('check = "D"', 'check = "B"')):
        assert old in text, "the sheet has changed: correct another test here"
        text = text.replace(old, new)
    sheet.write_text(text, "utf-8")
    before = workspace.paths.gradebook.read_bytes()
    preview = json.loads(finished(workspace.medai("regrade", SLUG, "--dry-run", "--json")))
    assert preview["summary"]["en"].startswith("1 score rises, 1 falls, 1 unchanged")
    items: dict[str, Any] = {item["trainee"]: item for item in preview["items"]}
    assert {one: item["turn"] for one, item in items.items()} == {
        FALLS: "falls",
        RISES: "rises",
        SAME: "unchanged",
    }
    assert [(cell["cell"], cell["causes"]) for cell in items[RISES]["cells"]] == [
        ("read-letter", ["test-changed"])
    ]
    refused = workspace.medai("regrade", SLUG)
    assert f"{FALLS}\tfalls\t" in finished(refused, exit_code=1)
    assert f"these would lose points or a pass: {FALLS}" in refused.stderr
    assert "--allow-lower" in refused.stderr
    assert workspace.paths.gradebook.read_bytes() == before
    done = finished(workspace.medai("regrade", SLUG, "--allow-lower", "--reason", "the key was wrong"))
    assert "read-letter: 0/3 failed → 3/3 passed (test changed)" in done
    assert workspace.marks() == {FALLS: (0.0, 5.0), RISES: (3.0, None), SAME: (0.0, None)}
    log = finished(workspace.medai("regrade", SLUG, "--log"))
    assert "\t1 → 2\t1 score rises, 1 falls, 1 unchanged" in log
    assert "the key was wrong" in log
    assert f"\t{FALLS}\t" in log
    assert "not finished" not in log
    (entry,) = json.loads(finished(workspace.medai("regrade", SLUG, "--log", "--json")))
    assert entry["done"]["differing"] == {}
    again = json.loads(finished(workspace.medai("grade", SLUG, "--json")))
    assert {item["status"] for item in again["items"]} == {"unchanged"}


def test_help_is_quick_and_says_what_is_safe(workspace: Workspace) -> None:
    """The command's help names the options that keep people from surprises."""
    shown: Callable[[str], bool] = finished(CliRunner().invoke(cli, ["regrade", "--help"])).__contains__
    assert all(map(shown, ("--dry-run", "--allow-lower", "--reason", "--log")))
