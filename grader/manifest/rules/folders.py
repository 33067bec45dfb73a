"""Folders: a file that nothing reads is a file with a misspelt name.

Knows which files a module and an assignment may hold.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from grader.errors import Problem
from grader.manifest.material import Material

_MODULE_FILES = (
    *("module.yml", "quiz.yml", "spreadsheet.yml", "practice.md"),
    *("lesson.ko.md", "lesson.en.md", "instructor.ko.md", "instructor.en.md"),
)
_ASSIGNMENT_FILES = ("assignment.yml", "sheet.md")
_KNOWN = {
    "course/modules/": (re.compile(r"figures/[^/]+"), _MODULE_FILES),
    "assignments/": (re.compile(r"data/.+|wrong/[^/]+\.yml"), _ASSIGNMENT_FILES),
}


def check_folders(material: Material) -> list[Problem]:
    """Find files in modules and assignments that nothing reads."""
    return [
        problem
        for folder in _KNOWN
        for path in sorted(material.files)
        if path.startswith(folder)
        for problem in _unread(path, folder)
    ]


def _unread(path: str, folder: str) -> Iterator[Problem]:
    pattern, names = _KNOWN[folder]
    owner, _, name = path.removeprefix(folder).partition("/")
    if not name:
        if not owner.startswith("."):
            yield _problem(path, f"Move it into a directory of {folder}, or remove it.")
    elif name not in names and not pattern.fullmatch(name) and not name.startswith("."):
        close = difflib.get_close_matches(name, names, n=1)
        hint = (
            f"Did you mean `{close[0]}`?"
            if close
            else f"Files here are: {', '.join(names)}, {pattern.pattern}."
        )
        yield _problem(path, hint)


def _problem(path: str, hint: str) -> Problem:
    return Problem(path, 0, "unknown-file", "nothing reads this file", hint)
