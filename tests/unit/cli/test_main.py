"""The command line as a person meets it: help, exit codes, messages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MEDAI = Path(sys.executable).with_name("medai")


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run medai and return what it printed."""
    return subprocess.run([str(MEDAI), *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def test_help_names_every_command() -> None:
    """`medai --help` lists each command with what it does."""
    from grader.cli.main import COMMANDS

    done = run("--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in COMMANDS)


def test_every_command_explains_itself() -> None:
    """Each listed command exists and has a help text of its own."""
    from click.testing import CliRunner

    from grader.cli.main import COMMANDS, cli

    for name in COMMANDS:
        result = CliRunner().invoke(cli, [name, "--help"])
        assert result.exit_code == 0, result.output
        assert len(result.output.splitlines()) > 4


@pytest.mark.parametrize("arguments", [("nonsense",), ("grade",), ("collect", "e0-first-notebook")])
def test_wrong_usage_is_two(arguments: tuple[str, ...]) -> None:
    """An unknown command or a missing argument ends with 2 and says what is wrong on stderr."""
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Error" in done.stderr


def test_an_unknown_assignment_names_those_that_exist() -> None:
    """A misspelt assignment is answered with the list to choose from."""
    done = run("grade", "e9-nothing")
    assert done.returncode == 2
    assert "e0-first-notebook" in done.stderr


def test_outside_a_course_it_says_where_to_go(tmp_path: Path) -> None:
    """Without a course the message says what to do."""
    done = run("check", cwd=tmp_path)
    assert done.returncode == 2
    assert "--root" in done.stderr


def test_a_clean_course_is_zero_and_json_is_json() -> None:
    """`medai check --json` prints a list; this course has no problems."""
    done = run("check", "--json")
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout) == []


def test_problems_are_one(tmp_path: Path) -> None:
    """A course with problems ends with 1 and prints them on stdout."""
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "course.yml").write_text("id: x\n", encoding="utf-8")
    done = run("check", cwd=tmp_path)
    assert done.returncode == 1
    assert "course/course.yml" in done.stdout


def test_grading_refuses_without_walls(tmp_path: Path) -> None:
    """Without bubblewrap nothing is run: exit code 3 and how to install it."""
    done = subprocess.run(
        [str(MEDAI), "try", "e0-first-notebook"],
        cwd=ROOT,
        env={"PATH": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "bubblewrap" in done.stderr
