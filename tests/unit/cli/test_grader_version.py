"""What outcomes are kept by changes with everything that they depend on, and with nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import Distribution, distributions
from pathlib import Path
from types import SimpleNamespace

import pytest

from grader import wire
from grader.manifest.read import load_course
from grader.model.content import Course
from grader.wire import Workspace, grader_version

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def course() -> Course:
    return load_course(ROOT)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A folder with a package for notebooks and nothing else: no lock file."""
    (tmp_path / "course" / "medai_lab").mkdir(parents=True)
    (tmp_path / "course" / "medai_lab" / "bmi.py").write_text("LIMIT = 25\n", encoding="utf-8")
    return Workspace(tmp_path)


def test_a_folder_without_a_lock_file_has_a_version(workspace: Workspace, course: Course) -> None:
    """A course that is not a checkout of ours is graded too, and its outcomes are kept."""
    assert len(grader_version(workspace, course)) == 16
    assert grader_version(workspace, course) == grader_version(workspace, course)


def test_another_package_version_is_another_version(
    workspace: Workspace, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is installed counts, in whatever order and however often Python finds it."""
    before = grader_version(workspace, course)
    found = [*distributions()]

    def install(packages: Iterable[Distribution | SimpleNamespace]) -> str:
        monkeypatch.setattr(wire, "distributions", lambda: iter(packages))
        return grader_version(workspace, course)

    assert install([*reversed(found), found[0]]) == before
    assert install([*found, SimpleNamespace(name="numpy", version="0.0.1")]) != before


def test_another_lab_is_another_version(workspace: Workspace, course: Course) -> None:
    """Notebooks import it, so a change of it may change what they give."""
    before = grader_version(workspace, course)
    (workspace.root / "course" / "medai_lab" / "bmi.py").write_text("LIMIT = 30\n", encoding="utf-8")
    assert grader_version(workspace, course) != before
