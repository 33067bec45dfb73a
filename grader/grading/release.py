"""Releasing an assignment: notebooks for trainees and instructors, and its cells in the gradebook.

Knows where notebooks go; must not know submissions. Releasing again brings changed tests and points to
the gradebook and keeps every mark that a person gave.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.authoring.build import build_release, build_source, list_source_cells
from grader.errors import UsageError
from grader.grading.blueprint import Blueprint, read_blueprint, with_history
from grader.grading.gradebook import Gradebook, open_gradebook
from grader.grading.layout import CourseDirectory, only_writer, read_json, write_notebook, write_whole
from grader.grading.versions import Version, keep_version, read_versions
from grader.model.content import AssignmentContent
from grader.model.work import Trainee
from grader.text import Language


@dataclass(frozen=True)
class ReleaseReport:
    """What `release_assignment` wrote, or would write."""

    assignment: str
    files: tuple[str, ...]
    """Written files; those that were equal are left out."""
    changes: tuple[str, ...]
    """What changed in the gradebook."""
    dry_run: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON shape."""
        return asdict(self)


def release_assignment(
    course_dir: Path,
    handout_dir: Path | None,
    content: AssignmentContent,
    *,
    due: datetime | None,
    roster: Iterable[Trainee] = (),
    dry_run: bool = False,
) -> ReleaseReport:
    """Write the instructor's notebook and the releases, and register the assignment.

    nbgrader's own `release/` gets the Korean release; `handout_dir/<language>/<assignment>/` one each, None
    hands nothing out. Raises UsageError if that would lose marks that a person gave.
    """
    course = CourseDirectory(course_dir)
    name = content.assignment.id
    notebooks = _notebooks(course, handout_dir, content)
    data = {folder / file: body for folder in _folders(notebooks) for file, body in content.data.items()}
    if dry_run:
        return ReleaseReport(name, tuple(str(path) for path in (*notebooks, *data)), (), True)
    with only_writer(course), open_gradebook(course.gradebook) as book:
        changes, written = write_release(course, book, content, handout_dir=handout_dir, due=due)
        book.enrol(roster)
    return ReleaseReport(name, tuple(str(path) for path in written), changes, False)


def write_release(
    course: CourseDirectory,
    book: Gradebook,
    content: AssignmentContent,
    *,
    handout_dir: Path | None = None,
    due: datetime | None = None,
) -> tuple[tuple[str, ...], list[Path]]:
    """Do what `release_assignment` does under a lock that the caller holds; return changes and files."""
    name = content.assignment.id
    notebooks = _notebooks(course, handout_dir, content)
    source = notebooks[course.source(name)]
    # The gradebook first: it may refuse, and then no new release must lie about.
    cells = list_source_cells(content.sheet, content.assignment)
    changes = book.register(name, cells, source["metadata"].get("kernelspec", {}), due)
    written = [path for path, notebook in notebooks.items() if write_notebook(path, notebook)]
    for folder in _folders(notebooks):
        written += [folder / file for file, body in content.data.items() if write_whole(folder / file, body)]
    # Last: until it is there, the version before is what counts.
    keep_version(course, content.assignment, source, notebooks[course.release(name)])
    return changes, written


def _notebooks(
    course: CourseDirectory, handout_dir: Path | None, content: AssignmentContent
) -> dict[Path, dict[str, Any]]:
    """Return path → notebook for everything that is released."""
    sheet, assignment = content.sheet, content.assignment
    releases = {language: build_release(sheet, assignment, language) for language in Language}
    handouts = {
        handout_dir / language / assignment.id / f"{assignment.id}.ipynb": notebook
        for language, notebook in releases.items()
        if handout_dir
    }
    return {
        course.source(assignment.id): build_source(sheet, assignment),
        course.release(assignment.id): releases[Language.KO],
        **handouts,
    }


def _folders(notebooks: Mapping[Path, Any]) -> list[Path]:
    return [path.parent for path in notebooks]


def load_blueprint(course: CourseDirectory, assignment: str) -> Blueprint:
    """Return what was released; raise UsageError if nothing was."""
    return blueprint_of(course, assignment, released_notebooks(course, assignment))


def blueprint_of(
    course: CourseDirectory, assignment: str, notebooks: tuple[dict[str, Any], dict[str, Any]]
) -> Blueprint:
    """Return what these released notebooks ask, with what earlier versions asked."""
    versions = read_versions(course, assignment)[:-1]
    return with_history(read_blueprint(*notebooks), (read_version(version) for version in versions))


def released_notebooks(course: CourseDirectory, assignment: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the instructor's notebook and its release as they were released; raise UsageError if not.

    The copies of the last version count: `source/` is written anew whenever the course is built.
    """
    source, release = read_json(course.source(assignment)), read_json(course.release(assignment))
    if source is None or release is None or not course.gradebook.is_file():
        raise not_released(assignment)
    versions = read_versions(course, assignment)
    return (versions[-1].source, versions[-1].release) if versions else (source, release)


def read_version(version: Version) -> Blueprint:
    """Return the blueprint of a version, without its history."""
    return read_blueprint(version.source, version.release)


def not_released(assignment: str) -> UsageError:
    """Return the error for an assignment that has no release yet."""
    return UsageError(
        f"assignment {assignment!r} was not released", f"run `medai release {assignment}` first"
    )
