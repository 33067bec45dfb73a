"""What an nbgrader assignment consists of: its notebooks as the gradebook has them, with reference answers.

Knows nbgrader's gradebook, its rules for a release and our blueprints; must not know submissions. Where the
assignment was never released, nbgrader's own code releases it into a scratch folder and the gradebook.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.authoring.isolation import Isolation, read_isolation
from grader.errors import UsageError
from grader.grading.blueprint import Blueprint, read_blueprint
from grader.grading.door import parse_notebook
from grader.grading.foreign_course import ForeignCourse
from grader.grading.gradebook import open_gradebook
from grader.grading.reasons import Refusal

SCHEMA = 3
"""nbgrader's newest schema of cell metadata."""


@dataclass(frozen=True)
class ForeignNotebook:
    """One notebook of an assignment."""

    name: str
    blueprint: Blueprint
    reference: Mapping[str, Any]
    """The notebook with the author's answers in it, cells as they are graded."""
    has_answers: bool
    """False: the author's notebook holds nothing but what learners got."""
    task_points: Mapping[str, float]
    """Cells that only a person grades → points."""


def newest_schema(notebook: Mapping[str, Any]) -> int:
    """Return the newest schema that a cell of a notebook says it follows."""
    versions = [cell["metadata"].get("nbgrader", {}).get("schema_version", 0) for cell in notebook["cells"]]
    return max((version for version in versions if isinstance(version, int)), default=0)


@contextmanager
def released(course: ForeignCourse, assignment: str, dry_run: bool) -> Iterator[tuple[str, Path]]:
    """Yield the URL of a gradebook that knows the assignment, and the folder of its release.

    Nothing is written to the course in a dry run. Raises UsageError if nbgrader refuses the assignment.
    """
    with ExitStack() as stack:
        url = course.database_url
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if dry_run:
            url = _copy_database(url, scratch)
        _open_once(url)
        if _is_registered(url, course.course_id, assignment):
            yield url, course.release(assignment)
            return
        _copy_sources(course, assignment, scratch / "source" / "." / assignment)
        if not dry_run:
            # First where it does no harm: nbgrader would leave half an assignment in the gradebook.
            _generate(course, assignment, _copy_database(url, scratch), scratch, "trial")
        _generate(course, assignment, url, scratch, "release")
        yield url, scratch / "release" / "." / assignment


def _sqlite_path(url: str) -> Path | None:
    path = url.removeprefix("sqlite:///")
    return Path(path) if path != url else None


def _open_once(url: str) -> None:
    """Make the gradebook if need be and see that nbgrader's version fits; says what is wrong otherwise."""
    path = _sqlite_path(url)
    if path is not None:
        with open_gradebook(path):
            pass


def _copy_database(url: str, scratch: Path) -> str:
    path = _sqlite_path(url)
    if path is None:
        raise UsageError(
            f"the gradebook {url} cannot be copied, and this needs a copy of it",
            "release the assignment with `nbgrader generate_assignment` first; leave out --dry-run",
        )
    copy = scratch / "gradebook.db"
    if path.is_file():
        shutil.copyfile(path, copy)
    return f"sqlite:///{copy}"


def _is_registered(url: str, course_id: str, assignment: str) -> bool:
    from nbgrader import api

    with api.Gradebook(url, course_id) as book:
        rows = book.db.query(api.Notebook).join(api.Assignment).filter(api.Assignment.name == assignment)
        return bool(rows.count())


def _generate(course: ForeignCourse, assignment: str, url: str, scratch: Path, release: str) -> None:
    """Let nbgrader release the assignment: its rules, its configuration, its gradebook rows."""
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory

    config = course.config.copy()
    here = config.CourseDirectory
    here.root, here.db_url, here.course_id = str(course.root), url, course.course_id
    here.source_directory, here.release_directory = str(scratch / "source"), str(scratch / release)
    here.directory_structure = "{nbgrader_step}/{student_id}/{assignment_id}"
    done = NbGraderAPI(CourseDirectory(config=config), config=config).generate_assignment(assignment)
    if not done["success"]:
        logged = [line for line in str(done.get("log", "")).splitlines() if "rror: " in line]
        reason = (logged or str(done.get("error", "")).splitlines() or ["no reason given"])[-1].strip()
        raise UsageError(
            f"nbgrader refuses to release {assignment!r}: {reason}",
            f"correct the notebooks in {course.source(assignment)}, then run the command again",
        )


def _copy_sources(course: ForeignCourse, assignment: str, folder: Path) -> None:
    """Copy the instructor's notebooks with their metadata brought up to date."""
    import nbformat
    from nbgrader.nbgraderformat import MetadataValidator

    paths = sorted(course.source(assignment).glob("*.ipynb"))
    if not paths:
        raise UsageError(
            f"there is no notebook in {course.source(assignment)}",
            "name an assignment that has a folder under source/",
        )
    folder.mkdir(parents=True)
    for path in paths:
        notebook = _read_notebook(path)
        if newest_schema(notebook) > SCHEMA:
            raise _too_new(path)
        if any("AUTOTEST" in cell["source"] for cell in notebook["cells"]):
            raise UsageError(
                f"{path} has AUTOTEST lines; the tests that nbgrader makes of them are not in the gradebook",
                f"run `nbgrader generate_assignment {assignment}` in {course.root} first",
            )
        try:
            parsed: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
            upgraded = MetadataValidator().upgrade_notebook_metadata(parsed)
            nbformat.write(upgraded, folder / path.name)  # type: ignore[no-untyped-call]
        except Exception as error:  # nbformat fails in many ways on what is half a notebook
            reason = f"{path} is not a valid notebook: {type(error).__name__}: {error}".splitlines()[0]
            raise UsageError(reason, "open it in JupyterLab and save it again") from error


def _too_new(path: Path) -> UsageError:
    return UsageError(
        f"{path} was made with a newer nbgrader: its cells follow a schema newer than {SCHEMA}",
        "grade it with that version of nbgrader, or save it again with one that uses this schema",
    )


def _read_notebook(path: Path) -> dict[str, Any]:
    opened = parse_notebook(path.read_bytes())
    if isinstance(opened, Refusal):
        raise UsageError(f"{path} cannot be read as a notebook: {opened.reason} {opened.detail}".rstrip())
    return opened.notebook


def read_notebooks(
    course: ForeignCourse, assignment: str, url: str, release: Path
) -> tuple[ForeignNotebook, ...]:
    """Return the assignment's notebooks by name. Raises UsageError where one cannot be graded here."""
    from nbgrader import api

    with api.Gradebook(url, course.course_id) as book:
        rows = book.find_assignment(assignment).notebooks
        return tuple(
            _read_one(course, assignment, row, release) for row in sorted(rows, key=lambda row: row.name)
        )


def _read_one(course: ForeignCourse, assignment: str, row: Any, release: Path) -> ForeignNotebook:
    kernel = json.loads(row.kernelspec or "{}") or {}
    if str(kernel.get("language", "python")).lower() != "python":
        raise UsageError(
            f"notebook {row.name!r} is written in {kernel['language']}; only Python is graded here",
            "grade this assignment with nbgrader itself",
        )
    stored = {cell.name: _stored_cell(cell) for cell in row.source_cells}
    for cell in row.grade_cells:
        stored[cell.name]["metadata"]["nbgrader"] |= {"grade": True, "points": float(cell.max_score)}
    for cell in row.solution_cells:
        stored[cell.name]["metadata"]["nbgrader"]["solution"] = True
    tasks = {cell.name: float(cell.max_score) for cell in row.task_cells}
    for name, points in tasks.items():
        stored[name]["metadata"]["nbgrader"] |= {"task": True, "points": points}
    author, order = _read_author(course, assignment, row.name, release)
    reference = [_placed(cell, stored, author) for cell in order]
    there = {_label(cell) for cell in reference}
    # A cell that the notebook lost since its release is graded all the same, at the end.
    reference += [_placed(cell, stored, author) for name, cell in stored.items() if name not in there]
    notebook = {"cells": reference, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    blueprint = read_blueprint(notebook, {"cells": list(stored.values())})
    # The checker's process is told nothing about nbgrader.
    told = {key.grade_id: () for key in blueprint.keys if "NBGRADER_EXECUTION" in key.source}
    has_answers = any(
        key.is_open and author.get(key.grade_id, {}).get("source", key.source).strip() != key.source.strip()
        for key in blueprint.keys
    )
    isolation = blueprint.isolation if has_answers else read_isolation(notebook, has_answers=False)
    isolation = Isolation(isolation.author_cells, {**told, **isolation.obstacles})
    name = hashlib.sha256(f"{assignment}/{row.name}".encode()).hexdigest()[:12]
    return ForeignNotebook(
        name=row.name,
        blueprint=replace(blueprint, assignment=f"nbgrader-{name}", isolation=isolation),
        reference=notebook,
        has_answers=has_answers,
        task_points=tasks,
    )


def _stored_cell(cell: Any) -> dict[str, Any]:
    flags = {"grade": False, "solution": False, "task": False, "locked": bool(cell.locked)}
    nbgrader = {"schema_version": SCHEMA, "grade_id": cell.name, **flags}
    made = {"cell_type": cell.cell_type, "id": "", "metadata": {"nbgrader": nbgrader}, "source": cell.source}
    return made | ({"execution_count": None, "outputs": []} if cell.cell_type == "code" else {})


def _read_author(
    course: ForeignCourse, assignment: str, name: str, release: Path
) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]]]:
    """Return the author's cells by grade id, and the cells in the order in which learners got them."""
    source, handout = course.source(assignment) / f"{name}.ipynb", release / f"{name}.ipynb"
    cells = _read_notebook(source)["cells"] if source.is_file() else []
    author = {_label(cell): cell for cell in cells if _label(cell)}
    order = _read_notebook(handout)["cells"] if handout.is_file() else cells
    return author, order


def _label(cell: Mapping[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id") or "")


def _placed(
    cell: dict[str, Any], stored: Mapping[str, dict[str, Any]], author: Mapping[str, dict[str, Any]]
) -> dict[str, Any]:
    """Return a cell of the notebook as it is graded, an open one with the author's answer in it."""
    truth = stored.get(_label(cell))
    if truth is None:
        bare = {**cell, "metadata": {}}
        return bare | ({"execution_count": None, "outputs": []} if cell["cell_type"] == "code" else {})
    truth = {**truth, "id": cell["id"]}
    answer = author.get(_label(cell))
    is_open = truth["metadata"]["nbgrader"]["solution"]
    return {**truth, "source": answer["source"]} if is_open and answer else truth
