"""Where things lie in an nbgrader course directory, and how files get there whole.

Knows folder names and atomic writes; must not know notebooks, grades or nbgrader's code. What is ours
and not nbgrader's lies under `.medai/` and `quarantine/`, where nbgrader never looks.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import shutil
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.authoring.notebook import notebook_bytes
from grader.errors import EnvironmentProblem, UsageError
from grader.text import LocalText

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_WRITING = {errno.EROFS, errno.EACCES, errno.EPERM}
_UNUSABLE = re.compile(r'[/\\:*?"<>|\[\]\x00-\x1f\x7f]')
MAX_FOLDER_BYTES = 200
"""File names may have 255 bytes; endings and numbers need some of them."""


class CourseBusy(UsageError):
    """Another command is writing to the course directory; later it will not be."""


@dataclass(frozen=True)
class CourseDirectory:
    """An nbgrader course directory in its standard layout."""

    root: Path

    @property
    def gradebook(self) -> Path:
        """nbgrader's database."""
        return self.root / "gradebook.db"

    @property
    def roster(self) -> Path:
        """Who takes the course."""
        return self.root / "roster.csv"

    @property
    def lock(self) -> Path:
        """Held by the one command that writes."""
        return self.root / ".medai" / "lock"

    @property
    def outcomes(self) -> Path:
        """Cache of outcomes by job digest."""
        return self.root / ".medai" / "outcomes"

    def source(self, assignment: str) -> Path:
        """The instructor's notebook: solutions and hidden tests in."""
        return self.root / "source" / assignment / f"{assignment}.ipynb"

    def release(self, assignment: str) -> Path:
        """The notebook that nbgrader would hand out."""
        return self.root / "release" / assignment / f"{assignment}.ipynb"

    def submitted(self, trainee: str, assignment: str) -> Path:
        """The handed-in notebook, untouched; `timestamp.txt` lies beside it."""
        return self.root / "submitted" / trainee / assignment / f"{assignment}.ipynb"

    def autograded(self, trainee: str, assignment: str) -> Path:
        """The graded notebook that formgrader shows."""
        return self.root / "autograded" / trainee / assignment / f"{assignment}.ipynb"

    def feedback(self, trainee: str, assignment: str) -> Path:
        """The page for the trainee."""
        return self.root / "feedback" / trainee / assignment / f"{assignment}.html"

    def quarantine(self, assignment: str, trainee: str) -> Path:
        """Folder of what could not be taken or graded, with `reason.json`."""
        return self.root / "quarantine" / assignment / trainee

    def attempts(self, assignment: str, trainee: str) -> Path:
        """Folder of earlier attempts, numbered from 1."""
        return self.root / ".medai" / "attempts" / assignment / trainee

    def receipt(self, assignment: str, trainee: str) -> Path:
        """What `collect` noted about the submission."""
        return self.root / ".medai" / "received" / assignment / f"{trainee}.json"

    def record(self, assignment: str, trainee: str) -> Path:
        """What `grade` noted about the submission."""
        return self.root / ".medai" / "graded" / assignment / f"{trainee}.json"

    def diff(self, assignment: str, trainee: str) -> Path:
        """What was put right in the submission, for people to read."""
        return self.root / ".medai" / "graded" / assignment / f"{trainee}.diff"

    def versions(self, assignment: str) -> Path:
        """Folder of the assignment's versions as they were released, numbered from 1."""
        return self.root / ".medai" / "versions" / assignment

    def regrades(self, assignment: str) -> Path:
        """Who regraded the assignment, when, why and with what result: lines are only ever added."""
        return self.root / ".medai" / "regrades" / f"{assignment}.jsonl"


def normal_id(text: str) -> str:
    """Return an id as we compare it: macOS spells Korean folder names in decomposed letters."""
    return unicodedata.normalize("NFC", text).strip()


def why_unusable(trainee: str) -> LocalText | None:
    """Return why an id cannot be a folder name everywhere, or None if it can."""
    if not trainee or trainee in {".", ".."} or trainee.startswith("."):
        return LocalText(
            ko="비어 있거나 마침표로 시작하는 아이디입니다.", en="it is empty or begins with a dot"
        )
    if _UNUSABLE.search(trainee) or not trainee.isprintable():
        return LocalText(
            ko='/ \\ : * ? " < > | [ ]나 보이지 않는 문자가 들어 있습니다.',
            en='it contains / \\ : * ? " < > | [ ] or an unprintable character',
        )
    if len(trainee.encode()) > MAX_FOLDER_BYTES:
        return LocalText(
            ko=f"{MAX_FOLDER_BYTES}바이트보다 깁니다. 한글은 한 글자가 3바이트입니다.",
            en=f"it is longer than {MAX_FOLDER_BYTES} bytes",
        )
    return None


def write_whole(path: Path, content: bytes) -> bool:
    """Write a file so that a reader sees the old or the new one, never half; False if it was equal."""
    if path.is_file() and not path.is_symlink() and path.read_bytes() == content:
        return False
    temporary = path.with_name(f".{path.name}.part")  # after a crash the next run writes over it
    with _naming_disk_trouble(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            temporary.write_bytes(content)
            temporary.replace(path)
        except OSError:
            _forget(temporary)  # half a file helps nobody, and on a full disk it is in the way
            raise
    return True


@contextmanager
def _naming_disk_trouble(path: Path) -> Iterator[None]:
    """Turn a full or read-only disk into an EnvironmentProblem: no submission's fault, so the run stops."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if error.errno in _NO_ROOM:
            hint = "free some space, then run the command again: what was finished is kept"
            raise EnvironmentProblem(f"no room to write {path}: {reason}", hint) from error
        if error.errno in _NO_WRITING:
            hint = "see who owns the course directory and whether its disk is writable, then run it again"
            raise EnvironmentProblem(f"{path} cannot be written: {reason}", hint) from error
        raise


def _forget(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


def write_json(path: Path, value: Mapping[str, Any], indent: int = 1) -> bool:
    """Write JSON whole, readable by people; False if it was equal."""
    return write_whole(path, (json.dumps(value, ensure_ascii=False, indent=indent) + "\n").encode())


def write_notebook(path: Path, notebook: Mapping[str, Any]) -> bool:
    """Write a notebook; False if it was equal."""
    return write_whole(path, notebook_bytes(notebook))


def append_line(path: Path, line: str) -> None:
    """Add one line to a file of which nothing is ever changed; on disk when this returns."""
    with _naming_disk_trouble(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a+b") as file:
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(size - 1)
                torn = file.read(1) != b"\n"  # a line broken off by a crash stays what it is
            else:
                torn = False
            file.write(b"\n" * torn + line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def read_json(path: Path) -> dict[str, Any] | None:
    """Return a JSON object of ours, or None if it is missing or broken: then it is made anew."""
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def replace_folder(folder: Path, files: Mapping[str, bytes], aside: Path) -> None:
    """Put a folder with `files` in the place of `folder`; the old one moves to `aside`/<number>."""
    fresh = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(fresh, ignore_errors=True)
    with _naming_disk_trouble(folder):
        try:
            fresh.mkdir(parents=True)
            for name, content in files.items():
                (fresh / name).write_bytes(content)
            set_aside(folder, aside)
            fresh.replace(folder)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)
            raise


def set_aside(folder: Path, aside: Path) -> None:
    """Move a folder, if it exists, to the next free number under `aside`."""
    if not folder.is_dir():
        return
    aside.mkdir(parents=True, exist_ok=True)
    folder.replace(aside / str(next_number(aside)))


def next_number(folder: Path) -> int:
    """Return the number after the highest numbered entry of a folder."""
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    return max((int(name) for name in names if name.isdecimal()), default=0) + 1


@contextmanager
def only_writer(course: CourseDirectory) -> Iterator[None]:
    """Hold the course directory's lock: two commands never write at once.

    The kernel gives the lock back however its holder ends, so none can be left behind; the number in the
    file only tells people whom to wait for.
    """
    with _naming_disk_trouble(course.lock):
        course.lock.parent.mkdir(parents=True, exist_ok=True)
        file = course.lock.open("a+")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read(20).strip()
            who = f" (process {holder})" if holder.isdecimal() else ""
            message = f"another medai command{who} is writing to {course.root}"
            raise CourseBusy(message, "wait until it has ended, then try again") from None
        with suppress(OSError):  # a full disk must not hide behind the lock
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
        yield
