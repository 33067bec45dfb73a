"""Courses made of the notebooks in nbgrader's own tests, and how one is laid out on disk.

Knows nbgrader's files; must not know how either grader grades them.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from made_notebooks import MADE

ASSIGNMENT = "ps1"
MADE_HERE = "made:"
"""Prefix of paths of notebooks in `made_notebooks`."""
RELEASED = "@released"
"""The notebook as `generate_assignment` wrote it: a learner who did nothing."""
TIMEOUT_S = 4
"""Per cell, in both graders: the endless loops among the notebooks are cut off by it."""


def nbgrader_folder() -> Path:
    """Return where nbgrader is installed."""
    spec = importlib.util.find_spec("nbgrader")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


@dataclass(frozen=True)
class Course:
    """One assignment and the work handed in for it; paths are relative to the nbgrader package."""

    source: Mapping[str, str]
    """Notebook name → file."""
    submissions: Mapping[str, Mapping[str, str]]
    """Learner → notebook name → file or RELEASED."""
    files: Mapping[str, str] = field(default_factory=dict)
    """File beside the source notebook (with `../../`: in the course's folder) → file."""
    update: bool = False
    """Needs `nbgrader update` before nbgrader takes it; ours does not."""


def _alone(path: str, update: bool = False, **files: str) -> Course:
    """A notebook as its own source: graded as it was released, and with its reference answers."""
    return Course(
        source={"p1": path},
        submissions={"released": {"p1": RELEASED}, "reference": {"p1": path}},
        files={name.replace("_", "."): file for name, file in files.items()},
        update=update,
    )


def _variants(folder: str, names: tuple[str, ...]) -> Course:
    return Course(
        source={"p1": f"{folder}/submitted-unchanged.ipynb"},
        submissions={name: {"p1": f"{folder}/submitted-{name}.ipynb"} for name in names},
    )


def _autotest(name: str, *answers: str) -> Course:
    folder = "tests/apps/files"
    handed_in = {answer: {"p1": f"{folder}/{name}-{answer}.ipynb"} for answer in answers}
    return Course(
        source={"p1": f"{folder}/{name}.ipynb"},
        submissions={
            "released": {"p1": RELEASED},
            "reference": {"p1": f"{folder}/{name}.ipynb"},
            **handed_in,
        },
        files={"../../autotests.yml": f"{folder}/autotests.yml"},
    )


_APPS, _PARTS, _PAGES = "tests/apps/files", "tests/preprocessors/files", "tests/ui-tests/files"
_GUIDE = "docs/source/user_guide"
_CHANGES = (
    "unchanged",
    "changed",
    "grade-cell-changed",
    "locked-cell-changed",
    "grade-cell-type-changed",
    "answer-cell-type-changed",
)


def _guide(learner: str) -> dict[str, str]:
    return {name: f"{_GUIDE}/submitted/{learner}/ps1/{name}.ipynb" for name in ("problem1", "problem2")}


COURSES: dict[str, Course] = {
    "apps-submitted": _variants(
        _APPS,
        (
            "unchanged",
            "changed",
            "grade-cell-changed",
            "locked-cell-changed",
            "cheat-attempt",
            "cheat-attempt-alternative",
        ),
    ),
    "preprocessors-submitted": _variants(_PARTS, _CHANGES),
    "ui-submitted": _variants(_PAGES, _CHANGES),
    "autotest-simple": _autotest("autotest-simple", "unchanged", "changed"),
    "autotest-hashed": _autotest("autotest-hashed", "unchanged", "changed"),
    "autotest-hidden": _autotest("autotest-hidden", "unchanged", "changed-right", "changed-wrong"),
    "autotest-multi": _autotest("autotest-multi", "unchanged", "changed"),
    "test": _alone(f"{_APPS}/test.ipynb"),
    "test-hidden-tests": _alone(f"{_APPS}/test-hidden-tests.ipynb"),
    "test-with-output": _alone(f"{_APPS}/test-with-output.ipynb"),
    "test-v0": _alone(f"{_APPS}/test-v0.ipynb", update=True),
    "test-v1": _alone(f"{_APPS}/test-v1.ipynb", update=True),
    "test-v2": _alone(f"{_APPS}/test-v2.ipynb", update=True),
    "test-v0-invalid": _alone(f"{_APPS}/test-v0-invalid.ipynb", update=True),
    "test-no-metadata": _alone(f"{_APPS}/test-no-metadata.ipynb"),
    "test-no-metadata-autotest": Course(
        source={"p1": f"{_APPS}/test-no-metadata-autotest.ipynb"},
        submissions={"reference": {"p1": f"{_APPS}/test-no-metadata-autotest.ipynb"}},
        files={"../../autotests.yml": f"{_APPS}/autotests.yml"},
    ),
    "too-new": _alone(f"{_APPS}/too-new.ipynb"),
    "infinite-loop": _alone(f"{_APPS}/infinite-loop.ipynb"),
    "infinite-loop-with-output": _alone(f"{_APPS}/infinite-loop-with-output.ipynb"),
    "timeout": _alone(f"{_APPS}/timeout.ipynb"),
    "open-relative-file": _alone(f"{_APPS}/open_relative_file.ipynb", data_txt=f"{_APPS}/data.txt"),
    "side-effects": _alone(f"{_APPS}/side-effects.ipynb"),
    "validating-environment-variable": _alone(f"{_APPS}/validating-environment-variable.ipynb"),
    "validation-zero-points": _alone(f"{_APPS}/validation-zero-points.ipynb"),
    "parts-test": _alone(f"{_PARTS}/test.ipynb"),
    "parts-test-taskcell": _alone(f"{_PARTS}/test_taskcell.ipynb"),
    "manually-graded-code-cell": _alone(f"{_PARTS}/manually-graded-code-cell.ipynb"),
    "bad-markdown-cell-1": _alone(f"{_PARTS}/bad-markdown-cell-1.ipynb"),
    "bad-markdown-cell-2": _alone(f"{_PARTS}/bad-markdown-cell-2.ipynb"),
    "blank-grade-id": _alone(f"{_PARTS}/blank-grade-id.ipynb"),
    "blank-points": _alone(f"{_PARTS}/blank-points.ipynb"),
    "duplicate-grade-ids": _alone(f"{_PARTS}/duplicate-grade-ids.ipynb"),
    "cell-type-changed": _alone(f"{_PARTS}/cell-type-changed.ipynb"),
    "no-cell-type": _alone(f"{_PARTS}/no-cell-type.ipynb"),
    "header": _alone(f"{_PARTS}/header.ipynb"),
    "infinite-recursion": _alone(f"{_PARTS}/infinite-recursion.ipynb"),
    "long-output": _alone(f"{_PARTS}/long-output.ipynb"),
    "warning-pattern": _alone(f"{_PARTS}/warning-pattern.ipynb"),
    "ui-blank": _alone(f"{_PAGES}/blank.ipynb"),
    "ui-empty": _alone(f"{_PAGES}/empty.ipynb"),
    "ui-old-schema": _alone(f"{_PAGES}/old-schema.ipynb", update=True),
    "ui-open-relative-file": _alone(f"{_PAGES}/open_relative_file.ipynb", data_txt=f"{_APPS}/data.txt"),
    "ui-task": _alone(f"{_PAGES}/task.ipynb"),
    "user-guide": Course(
        source={name: f"{_GUIDE}/source/ps1/{name}.ipynb" for name in ("problem1", "problem2")},
        submissions={
            "bitdiddle": _guide("bitdiddle"),
            "hacker": _guide("hacker"),
            "released": {"problem1": RELEASED, "problem2": RELEASED},
            "reference": {name: f"{_GUIDE}/source/ps1/{name}.ipynb" for name in ("problem1", "problem2")},
        },
        files={"jupyter.png": f"{_GUIDE}/source/ps1/jupyter.png"},
    ),
    "made-here": Course(
        source={"p1": f"{MADE_HERE}source"},
        submissions={
            "released": {"p1": RELEASED},
            **{name: {"p1": f"{MADE_HERE}{name}"} for name in MADE if name != "source"},
        },
    ),
}
"""Every notebook of nbgrader's tests is in one of these. The last two courses are that of nbgrader's user
guide and our own."""


def _put(path: str, file: Path) -> None:
    if path.startswith(MADE_HERE):
        file.write_text(json.dumps(MADE[path.removeprefix(MADE_HERE)]), encoding="utf-8")
    else:
        shutil.copy(nbgrader_folder() / path, file)


def lay_out_source(course: Course, root: Path) -> None:
    """Write the course directory as it is before anything was released."""
    folder = root / "source" / ASSIGNMENT
    folder.mkdir(parents=True)
    (root / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.course_id = 'differential'\nc.Execute.timeout = {TIMEOUT_S}\n",
        encoding="utf-8",
    )
    for name, path in course.source.items():
        _put(path, folder / f"{name}.ipynb")
    for name, path in course.files.items():
        shutil.copy(nbgrader_folder() / path, folder / name)


def lay_out_submissions(course: Course, root: Path, released: Path) -> None:
    """Write what was handed in; `released` is the folder with the notebooks as they were released."""
    for learner, notebooks in course.submissions.items():
        folder = root / "submitted" / learner / ASSIGNMENT
        folder.mkdir(parents=True)
        (folder / "timestamp.txt").write_text("2026-03-02 09:00:00 UTC", encoding="utf-8")
        for name, path in notebooks.items():
            file = folder / f"{name}.ipynb"
            if path == RELEASED:
                shutil.copy(released / file.name, file)
            else:
                _put(path, file)
