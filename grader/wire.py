"""The one place that connects rooms: where things lie, and who gets what.

Edges call it; it knows paths and builds what the rooms need. Rooms never call it.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from grader.authoring.build import build_release, build_source
from grader.authoring.lab import data_files, for_notebook, lab_files
from grader.authoring.notebook import notebook_bytes
from grader.errors import UsageError
from grader.manifest.read import load_course
from grader.model.content import AssignmentContent, Course
from grader.model.work import Trainee
from grader.ports import RunJobs
from grader.text import Language


@dataclass(frozen=True)
class Workspace:
    """A checkout and the places in it."""

    root: Path

    @property
    def build(self) -> Path:
        """Everything generated."""
        return self.root / "build"

    @property
    def course_dir(self) -> Path:
        """The nbgrader course directory."""
        return self.build / "nbgrader"

    @property
    def release(self) -> Path:
        """Releases by language."""
        return self.build / "release"

    @property
    def site(self) -> Path:
        """The static site."""
        return self.build / "site"

    @property
    def portal_data(self) -> Path:
        """What the portal keeps: database, blobs, keys, its own nbgrader course directory."""
        return self.root / "portal-data"

    @property
    def lab(self) -> Path:
        """Folder that holds the `medai_lab` package with the facts in it."""
        return self.build / "lab"


def open_workspace(start: Path | None = None) -> Workspace:
    """Return the workspace that `start` (or the current folder) lies in."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "course" / "course.yml").is_file():
            return Workspace(folder)
    raise UsageError(
        f"{here} is not inside a course: no course/course.yml here or above",
        "go to the folder of the course, or name it with --root",
    )


def write_file(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old or the new one, never half; keep it when equal."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_bytes(content)
    temporary.replace(path)


def read_lab_package(root: Path) -> dict[str, bytes]:
    """Read the files of course/medai_lab and the data sets of course/data, by path inside the package."""
    package = root / "course" / "medai_lab"
    files = {
        path.relative_to(package).as_posix(): path.read_bytes()
        for path in sorted(package.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    data = root / "course" / "data"
    for names in data_files(files.get("data/sources.json", b"{}")).values():
        files |= {f"data/{name}": (data / name).read_bytes() for name in names}
    return files


def write_lab(workspace: Workspace, course: Course) -> Path:
    """Write the `medai_lab` package with the facts and return the folder to put on `sys.path`."""
    for name, content in lab_files(read_lab_package(workspace.root), course.facts).items():
        write_file(workspace.lab / name, content)
    return workspace.lab


def grader_version(workspace: Workspace, course: Course) -> str:
    """Return a digest of what an outcome depends on besides the job: Python, packages, runner, `medai_lab`.

    Outcomes are kept by job and version, so that what changed is run again and nothing else is.
    """
    package = Path(__file__).parent
    installed = sorted({f"{found.name}=={found.version}" for found in distributions()})
    digest = hashlib.sha256("\n".join((sys.version, *installed)).encode())
    for room in ("checking", "sandbox"):
        for path in sorted(package.glob(f"{room}/**/*.py")):
            digest.update(path.read_bytes())
    for name, content in sorted(lab_files(read_lab_package(workspace.root), course.facts).items()):
        digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()[:16]


def job_runner(workspace: Workspace, course: Course, workers: int | None = None) -> RunJobs:
    """Return a function that runs jobs behind walls, with the course's `medai_lab` in reach."""
    from grader.sandbox.run import require_walls, run_jobs

    require_walls()
    return partial(run_jobs, lab=write_lab(workspace, course), workers=workers)


def open_course(root: Path | None = None) -> tuple[Workspace, Course]:
    """Return the workspace and its course; raise InvalidContent with all problems."""
    workspace = open_workspace(root)
    return workspace, load_course(workspace.root)


def find_assignment(course: Course, assignment: str) -> AssignmentContent:
    """Return the assignment or raise a UsageError that lists what there is."""
    try:
        return course.assignments[assignment]
    except KeyError:
        known = ", ".join(course.assignments) or "none"
        raise UsageError(f"there is no assignment {assignment!r}", f"choose one of: {known}") from None


def due_date(course: Course, content: AssignmentContent, cohort: str | None = None) -> datetime | None:
    """Return when the assignment is due for a cohort, or None when its module is on no schedule."""
    dates = {
        group.id: entry.due
        for group in course.programme.cohorts
        for entry in group.schedule
        if entry.module == content.assignment.module and cohort in {None, group.id}
    }
    if cohort is not None and cohort not in {group.id for group in course.programme.cohorts}:
        known = ", ".join(group.id for group in course.programme.cohorts)
        raise UsageError(f"there is no cohort {cohort!r}", f"choose one of: {known}")
    if len(set(dates.values())) > 1:
        raise UsageError("several cohorts take this module", f"add --cohort with one of: {', '.join(dates)}")
    return next(iter(dates.values()), None)


def read_people(course_dir: Path, missing_ok: bool = False) -> Sequence[Trainee]:
    """Return the roster of a course directory."""
    from grader.grading.roster import read_roster

    path = course_dir / "roster.csv"
    if missing_ok and not path.exists():
        return ()
    return read_roster(path)


def write_assignments(workspace: Workspace, course: Course, *slugs: str) -> list[Path]:
    """Write nbgrader sources and the releases in every language, complete with data and `medai_lab`.

    Without `slugs`, of every assignment. Returns the notebooks' paths.
    """
    written: list[Path] = []
    for slug in slugs or course.assignments:
        content = course.assignments[slug]
        folder = workspace.course_dir / "source" / slug
        written.append(_write_notebook(folder, slug, build_source(content.sheet, content.assignment)))
        written += write_handouts(workspace, course, content, workspace.release)
    return written


def write_handouts(
    workspace: Workspace, course: Course, content: AssignmentContent, releases: Path
) -> list[Path]:
    """Write `releases/<language>/<assignment>/`: the release, its data and `medai_lab`. Return notebooks."""
    lab = lab_files(read_lab_package(workspace.root), course.facts)
    slug = content.assignment.id
    written: list[Path] = []
    for language in Language:
        folder = releases / language / slug
        notebook = build_release(content.sheet, content.assignment, language)
        written.append(_write_notebook(folder, slug, notebook))
        package = for_notebook(lab, notebook_bytes(notebook), language)
        for name, data in {**content.data, **package}.items():
            write_file(folder / name, data)
    return written


def _write_notebook(folder: Path, slug: str, notebook: dict[str, Any]) -> Path:
    path = folder / f"{slug}.ipynb"
    write_file(path, notebook_bytes(notebook))
    return path
