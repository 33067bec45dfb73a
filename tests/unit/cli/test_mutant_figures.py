"""What `medai try --mutants` prints and keeps."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from grader.authoring.mutant_trials import MutantReport
from grader.authoring.mutants import Mutant
from grader.cli import content as commands
from grader.cli.content import keep_reports, print_mutants
from grader.errors import ExitCode, Problem
from grader.model.assignment import Assignment, Sheet
from grader.model.content import AssignmentContent
from grader.ports import RunJobs
from grader.wire import Workspace

SURVIVOR = Mutant("c:3:number", "c", 12, "number", "a = 3", "a = 4", "a = 4\n")
PROBLEM = Problem("assignments/one/sheet.md", 12, "mutants-survive", "too many", "add cases")


def report(name: str, made: int = 10, timed_out: int = 0) -> MutantReport:
    return MutantReport(name, f"assignments/{name}/sheet.md", made, 10, 9, timed_out, (SURVIVOR,))


def test_one_line_for_an_assignment_and_three_for_a_survivor(capsys: pytest.CaptureFixture[str]) -> None:
    """Figures and survivors on stdout, the count of problems on stderr."""
    print_mutants([report("one"), report("two", made=700, timed_out=2)], [], as_json=False)
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "one: 9/10 mutants killed (90.0 %)",
        "  assignments/one/sheet.md:12: number in `c` survives",
        "    - a = 3",
        "    + a = 4",
        "two: 9/10 mutants killed (90.0 %), 2 of them by running out of time, drawn from 700",
        "  assignments/two/sheet.md:12: number in `c` survives",
        "    - a = 3",
        "    + a = 4",
    ]
    assert printed.err == "no problems found\n"


def test_json_holds_problems_and_figures(capsys: pytest.CaptureFixture[str]) -> None:
    """Everything a program needs, and nothing else on stdout."""
    print_mutants([report("one")], [PROBLEM], as_json=True)
    data = json.loads(capsys.readouterr().out)
    assert data["problems"] == [PROBLEM.as_dict()]
    (one,) = data["mutants"]
    assert (one["killed"], one["tried"], one["made"], one["percent"]) == (9, 10, 10, 90.0)
    assert one["survivors"][0]["after"] == "a = 4"


def test_figures_are_kept_by_assignment(tmp_path: Path) -> None:
    """A run replaces the figures of what it tried and leaves the others; what could not be tried has none."""
    workspace = Workspace(tmp_path)
    keep_reports(workspace, ["one", "two"], [report("one"), report("two")])
    keep_reports(workspace, ["two"], [])
    keep_reports(workspace, ["three"], [report("three")])
    kept = json.loads((tmp_path / "build" / "mutants.json").read_text(encoding="utf-8"))
    assert sorted(kept) == ["one", "three"]
    assert kept["one"] == json.loads(json.dumps(report("one").as_dict()))


def make(test: str) -> AssignmentContent:
    """Return an assignment whose answer is a number."""
    both = {"ko": "나이", "en": "Age"}
    cells = [
        {"id": "age", "role": "answer", "task": "age", "line": 5,
         "source": "### BEGIN SOLUTION\nage = 18\n### END SOLUTION\n#| age = ...  # fill in"},
        {"id": "age-test", "role": "test", "task": "age", "points": 1, "line": 15, "source": test},
    ]  # fmt: skip
    assignment = {"id": "age", "revision": 1, "title": both, "module": "age",
                  "tasks": [{"id": "age", "tier": "fill", "title": both}],
                  "messages": [{"id": "age", "text": both}]}  # fmt: skip
    return AssignmentContent(
        assignment=Assignment.model_validate(assignment),
        path="assignments/age",
        sheet=Sheet.model_validate({"cells": cells}),
        wrong={},
        data={},
    )


@pytest.mark.parametrize(
    ("test", "code", "killed"),
    [
        ('assert age == 18, "age"', ExitCode.FINE, 3),
        ('assert age != ..., "age"', ExitCode.PROBLEMS, 1),
    ],
)
def test_the_command_fails_when_mutants_survive(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, run_here: RunJobs, test: str, code: int, killed: int
) -> None:
    """Exit code 1 and the survivors when too few are killed; without --mutants nobody looks."""
    course = SimpleNamespace(assignments={"age": make(test)})
    monkeypatch.setattr(commands, "open_course", lambda root: (Workspace(tmp_path), course))
    monkeypatch.setattr(commands, "job_runner", lambda workspace, course: run_here)
    result = CliRunner().invoke(commands.try_command, ["--mutants", "--json"])
    assert result.exit_code == code, result.output
    data = json.loads(result.stdout)
    assert data["mutants"][0]["killed"] == killed
    assert [p["code"] for p in data["problems"]] == ([] if code == ExitCode.FINE else ["mutants-survive"])
    kept = json.loads((tmp_path / "build" / "mutants.json").read_text(encoding="utf-8"))
    assert kept["age"]["killed"] == killed
    assert CliRunner().invoke(commands.try_command, []).exit_code == ExitCode.FINE
