"""What a sandboxed kernel is shown of the notebook's directory, and which kernels are run at all."""

from __future__ import annotations

import base64
import os
import sqlite3
import sys
from pathlib import Path

import pytest

from grader.errors import EnvironmentProblem, GraderError
from grader.sandbox.provisioner import find_arguments
from grader.sandbox.provisioner_files import MOST_FILES, read_folder


def names(folder: Path) -> list[str]:
    return [name for name, _ in read_folder(folder, 10_000)]


def test_data_files_are_shown_with_their_folders(tmp_path: Path) -> None:
    """Data and modules beside a notebook, in folders too, arrive byte for byte."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "검진.csv").write_bytes(b"\xff\x00a,b")
    (tmp_path / "module.py").write_text("x = 1")
    assert read_folder(tmp_path, 100) == [
        ("module.py", base64.b64encode(b"x = 1").decode()),
        ("data/검진.csv", base64.b64encode(b"\xff\x00a,b").decode()),
    ]


def test_what_is_not_data_is_not_shown(tmp_path: Path) -> None:
    """Notebooks (with tests or other people's answers), databases under any name, hidden files, settings."""
    for name in ("a.ipynb", "B.IPYNB", "x.db", ".env", "nbgrader_config.py.bak", "__pycache__"):
        (tmp_path / name).write_text("x")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("x")
    with sqlite3.connect(tmp_path / "innocent.csv") as database:
        database.execute("create table grade (x)")
    database.close()
    assert names(tmp_path) == ["nbgrader_config.py.bak"]


@pytest.mark.parametrize("mark", ["gradebook.db", "nbgrader_config.py", "submitted", "autograded"])
def test_nothing_of_a_course_directory_is_shown(tmp_path: Path, mark: str) -> None:
    """Whoever starts a kernel at the top of a course shows it nobody's work."""
    (tmp_path / "data.csv").write_text("x")
    (tmp_path / mark).touch()
    assert names(tmp_path) == []


def test_links_and_devices_are_not_followed(tmp_path: Path) -> None:
    """A link to the gradebook, to a folder or to /etc shows nothing, and a pipe does not hold up anybody."""
    (tmp_path / "work").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "x.txt").write_text("secret")
    (tmp_path / "work" / "file.txt").symlink_to(tmp_path / "secret" / "x.txt")
    (tmp_path / "work" / "folder").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "work" / "pipe.csv")
    assert names(tmp_path / "work") == []


def test_too_much_is_refused(tmp_path: Path) -> None:
    """More bytes or files than a kernel's disk should take: said, not cut."""
    (tmp_path / "large.csv").write_bytes(b"x" * 101)
    with pytest.raises(GraderError, match="more than 100 bytes") as problem:
        read_folder(tmp_path, 100)
    assert "directory of their own" in problem.value.hint
    (tmp_path / "large.csv").unlink()
    for number in range(MOST_FILES + 1):
        (tmp_path / f"{number}.txt").touch()
    with pytest.raises(GraderError, match="files"):
        read_folder(tmp_path, 100)


@pytest.mark.parametrize(
    ("rest", "arguments"),
    [
        (["-m", "ipykernel_launcher", "-f", "c.json"], ()),
        (["-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "c.json"], ()),
        (
            ["-m", "ipykernel", "--f=c.json", "--HistoryManager.hist_file=:memory:"],
            ("--HistoryManager.hist_file=:memory:",),
        ),
    ],
)
def test_arguments_for_ipykernel_are_kept(rest: list[str], arguments: tuple[str, ...]) -> None:
    """What a client adds to the command line reaches ipykernel; the connection file is another one inside."""
    assert find_arguments([sys.executable, *rest]) == arguments


@pytest.mark.parametrize(
    "command",
    [
        ["/usr/bin/R", "--slave", "-e", "IRkernel::main()"],
        ["/somewhere/else/bin/python", "-m", "ipykernel_launcher", "-f", "c.json"],
        [sys.executable, "-m", "bash_kernel", "-f", "c.json"],
        [sys.executable, "-c", "print(1)"],
        [sys.executable, "-m"],
        [],
    ],
)
def test_other_kernels_are_refused(command: list[str]) -> None:
    """The sandbox runs this Python's ipykernel; anything else would run with other packages, or outside."""
    with pytest.raises(EnvironmentProblem, match="own ipykernel only"):
        find_arguments(command)
