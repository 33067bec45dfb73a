"""An nbgrader course directory that is not ours: where things lie, as its own configuration says.

Knows nbgrader's configuration and file names; must not know cells, scores or how jobs run. nbgrader is
imported only when a course is opened, for that takes seconds.
"""

from __future__ import annotations

import fnmatch
import glob
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from grader.errors import UsageError
from grader.grading.door import read_regular_file
from grader.grading.inbox import TIMESTAMP
from grader.grading.layout import CourseDirectory
from grader.grading.reasons import Reason, Refusal
from grader.grading.submissions_in import read_stamp

MAX_HANDED_IN_BYTES = 20_000_000
"""Files that a learner hands in beside the notebooks, together."""
MAX_HANDED_IN_FILES = 1_000
"""With their folders; the sandbox's disk has room for a few thousand."""
MAX_PATH_BYTES = 200
NO_TIMEOUT_S = 3600.0
"""What a course gets whose configuration sets no time limit."""


@dataclass(frozen=True)
class ForeignCourse:
    """A course directory and what its `nbgrader_config.py` says."""

    root: Path
    directory: Any
    """nbgrader's `CourseDirectory`."""
    config: Any

    @property
    def ours(self) -> CourseDirectory:
        """Where our lock and the kept outcomes lie."""
        return CourseDirectory(self.root)

    @property
    def database_url(self) -> str:
        """Where the gradebook is."""
        return str(self.directory.db_url)

    @property
    def course_id(self) -> str:
        """nbgrader's name for the course."""
        return str(self.directory.course_id or "default_course")

    @property
    def cell_timeout_s(self) -> float:
        """The limit that nbgrader would keep, 30 seconds where nothing else is configured."""
        from nbgrader.preprocessors import Execute

        timeout = Execute(config=self.config).timeout
        return float(timeout) if timeout is not None and timeout > 0 else NO_TIMEOUT_S

    def source(self, assignment: str) -> Path:
        """Folder of the instructor's notebooks."""
        return self._folder(self.directory.source_directory, ".", assignment)

    def release(self, assignment: str) -> Path:
        """Folder of the notebooks that learners got, where it was kept."""
        return self._folder(self.directory.release_directory, ".", assignment)

    def submitted(self, learner: str, assignment: str) -> Path:
        """Folder of what one learner handed in."""
        return self._folder(self.directory.submitted_directory, learner, assignment)

    def autograded(self, learner: str, assignment: str) -> Path:
        """Folder of the graded notebooks."""
        return self._folder(self.directory.autograded_directory, learner, assignment)

    def _folder(self, step: str, learner: str, assignment: str) -> Path:
        return Path(os.path.normpath(self.directory.format_path(step, learner, assignment)))

    def learners(self, assignment: str) -> list[str]:
        """Return who handed something in, as nbgrader finds them."""
        step = self.directory.submitted_directory
        structure = self.directory.directory_structure.format(
            nbgrader_step=glob.escape(step),
            student_id=self.directory.student_id,
            assignment_id=glob.escape(assignment),
        )
        excluded = set(filter(None, self.directory.student_id_exclude.split(",")))
        found = []
        # not Path.glob: a structure may be an absolute path
        for path in glob.glob(str(Path(glob.escape(str(self.root)), structure))):  # noqa: PTH207
            learner = self._learner_in(path, step, assignment)
            if learner and Path(path).is_dir() and learner not in excluded:
                found.append(learner)
        return sorted(found)

    def _learner_in(self, path: str, step: str, assignment: str) -> str:
        mark = "\0"
        before, _, after = self.directory.format_path(step, mark, assignment).partition(mark)
        fits = path.startswith(before) and path.endswith(after)
        return path[len(before) : len(path) - len(after)] if fits else ""

    def handed_in_at(self, learner: str, assignment: str) -> datetime | None:
        """Return the time in `timestamp.txt`; None if there is none that can be read."""
        return read_stamp(self.submitted(learner, assignment) / TIMESTAMP)

    def is_ignored(self, name: str) -> bool:
        """Return whether nbgrader leaves a file or folder of this name where it is."""
        return any(fnmatch.fnmatch(name, pattern) for pattern in self.directory.ignore)

    def source_files(self, assignment: str) -> dict[str, bytes]:
        """Return relative path → content of what lies beside the instructor's notebooks."""
        folder = self.source(assignment)
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in self._files(folder)
            if path.is_file()
        }

    def handed_in_files(
        self, learner: str, assignment: str, given: Mapping[str, bytes]
    ) -> dict[str, bytes] | Refusal:
        """Return relative path → content of all files beside a learner's notebooks; no link is followed.

        `given` are the instructor's: they take the place of the learner's unless the course says otherwise.
        """
        folder = self.submitted(learner, assignment)
        files = dict(given)
        left = MAX_HANDED_IN_BYTES
        folders: set[Path] = set()
        for number, path in enumerate(self._files(folder)):
            name = path.relative_to(folder).as_posix()
            if name == TIMESTAMP or not _is_usable(name, given) or not self._counts(name, assignment, given):
                continue
            content = read_regular_file(path, limit=left)
            folders.update(path.relative_to(folder).parents)
            if number + len(folders) > MAX_HANDED_IN_FILES:
                return Refusal(Reason.TOO_BIG, f"more than {MAX_HANDED_IN_FILES} files and folders")
            if not isinstance(content, Refusal):
                files[name] = content
                left -= len(content)
            elif content.reason is Reason.TOO_BIG:
                return Refusal(Reason.TOO_BIG, f"{name}: {content.detail}")
        return files

    def _counts(self, name: str, assignment: str, given: Mapping[str, bytes]) -> bool:
        """Return whether the learner's copy of a file counts: there is no other, or the course says so."""
        kept = self.config.get("Autograde", {}).get("exclude_overwriting", {})
        return name not in given or (isinstance(kept, dict) and name in kept.get(assignment, ()))

    def _files(self, folder: Path) -> Iterator[Path]:
        for here, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if not self.is_ignored(name))
            for name in sorted(names):
                if not name.endswith(".ipynb") and not self.is_ignored(name):
                    yield Path(here, name)


def _is_usable(name: str, given: Mapping[str, bytes]) -> bool:
    """Return whether a learner's file can lie beside the instructor's: no folder in a file's place."""
    try:
        plain = len(name.encode()) <= MAX_PATH_BYTES
    except UnicodeEncodeError:
        return False
    clash = any(name.startswith(f"{other}/") or other.startswith(f"{name}/") for other in given)
    return plain and name.isprintable() and not clash


def open_foreign_course(root: Path) -> ForeignCourse:
    """Return the course of a directory; raise UsageError if its configuration cannot be read."""
    from nbgrader.apps.baseapp import NbGrader

    root = root.resolve()
    if not root.is_dir():
        raise UsageError(f"there is no folder {root}", "name the folder that holds source/ and submitted/")
    app = NbGrader(log_level="CRITICAL")
    app.load_cwd_config = False  # the course's own, wherever the command was called
    app.raise_config_file_errors = True
    hint = "see whether `nbgrader list` works in that folder"
    try:
        app.initialize(argv=[], root=str(root))
    except SystemExit:
        raise UsageError(f"the configuration in {root} is not valid for nbgrader", hint) from None
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        raise UsageError(f"nbgrader_config.py in {root} cannot be read: {text}", hint) from error
    app.coursedir.root = str(root)
    return ForeignCourse(root, app.coursedir, app.config)


def has_source(root: Path, assignment: str) -> bool:
    """Return whether a folder holds the assignment's source in nbgrader's usual place."""
    plain = re.fullmatch(r"[^/\0]+", assignment) is not None and assignment not in (".", "..")
    return plain and (root / "source" / assignment).is_dir()
