"""Notebooks: what the authoring room finds wrong with assignments and practice sheets.

Knows only whom to ask; the rules themselves, a release that shows an answer among them, are in
`grader.authoring.lint`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from grader.authoring.lint import lint_assignment, lint_practice
from grader.errors import Problem
from grader.manifest.material import Material

_NAMED = re.compile(r"`([^`\s]+)`")


def check_notebooks(material: Material) -> list[Problem]:
    """Find faults of sheets that could be read; those of the others are reported already."""
    return [_with_line(problem, material) for problem in _lint(material)]


def _lint(material: Material) -> Iterator[Problem]:
    for files in material.assignments.values():
        if files.content is not None:
            yield from lint_assignment(files.content)
    for module in material.modules.values():
        if module.practice is not None:
            yield from lint_practice(module.practice, f"{module.path}/practice.md")


def _with_line(problem: Problem, material: Material) -> Problem:
    """Point at the YAML line that holds what the message names; lint knows values, not lines."""
    document = material.documents.get(problem.path)
    if problem.line or document is None:
        return problem
    for name in _NAMED.findall(problem.message):
        pattern = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
        for number, line in enumerate(document.text.split("\n"), 1):
            if pattern.search(line):
                return replace(problem, line=number)
    return problem
