"""Marks within a cell: where solutions, starters and hidden tests begin and end.

Knows the text of one cell; must not know notebooks. A line is a mark if it contains the mark's
words, which is nbgrader's rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

CODE_STUB = "# 여기에 코드를 쓰십시오 · write your code here\nraise NotImplementedError()"
"""What a release shows in place of a solution without a starter."""

STARTER = "#|"


class Mark(StrEnum):
    """What a pair of marks encloses."""

    SOLUTION = "SOLUTION"
    HIDDEN_TESTS = "HIDDEN TESTS"

    @property
    def begin(self) -> str:
        """Words of the opening mark."""
        return f"BEGIN {self}"

    @property
    def end(self) -> str:
        """Words of the closing mark."""
        return f"END {self}"


FOREIGN_MARKS = ("BEGIN MARK SCHEME", "END MARK SCHEME", "### AUTOTEST", "### HASHED AUTOTEST")
"""Marks that nbgrader obeys and sheets do not have."""


@dataclass(frozen=True)
class Region:
    """A marked stretch of a cell, as 0-based line numbers."""

    begin: int
    """Line of the opening mark."""
    end: int
    """Line of the closing mark; the line after the last one if it is missing."""
    after: int
    """First line after the closing mark and the starter lines that belong to it."""


def find_regions(source: str, mark: Mark) -> tuple[list[Region], list[tuple[int, str]]]:
    """Return the regions and, as (0-based line, reason), the marks that match nothing."""
    lines = source.split("\n")
    regions: list[Region] = []
    faults: list[tuple[int, str]] = []
    begin: int | None = None
    for number, line in enumerate(lines):
        if mark.begin in line:
            if begin is not None:
                faults.append((number, f"{mark.begin} within {mark.begin}"))
                continue
            begin = number
        elif mark.end in line:
            if begin is None:
                faults.append((number, f"{mark.end} without {mark.begin}"))
                continue
            regions.append(Region(begin, number, _after_starter(lines, number, mark)))
            begin = None
    if begin is not None:
        faults.append((begin, f"{mark.begin} without {mark.end}"))
        # Everything behind an open mark counts as marked: better to hide too much than too little.
        regions.append(Region(begin, len(lines), len(lines)))
    return regions, faults


def _after_starter(lines: list[str], end: int, mark: Mark) -> int:
    after = end + 1
    if mark is Mark.SOLUTION:
        while after < len(lines) and lines[after].lstrip().startswith(STARTER):
            after += 1
    return after


def starter_lines(source: str, region: Region) -> list[str]:
    """Return a solution's starter as the release shows it."""
    return [_uncomment(line) for line in source.split("\n")[region.end + 1 : region.after]]


def _uncomment(line: str) -> str:
    indent, _, text = line.partition(STARTER)
    return (indent + text.removeprefix(" ")).rstrip()


def release_answer(source: str) -> str:
    """Return an answer cell as trainees get it: starters or the stub in place of solutions."""

    def replace(region: Region) -> list[str]:
        lines = source.split("\n")
        indent = re.match(r"\s*", lines[region.begin])
        prefix = indent.group() if indent else ""
        return starter_lines(source, region) or [prefix + line for line in CODE_STUB.split("\n")]

    regions, _ = find_regions(source, Mark.SOLUTION)
    if not regions:
        return CODE_STUB
    return _replace(source, regions, replace, Mark.SOLUTION)


def drop_starters(source: str) -> str:
    """Return an answer cell without starter lines, the reference with its marks kept."""
    lines = source.split("\n")
    regions, _ = find_regions(source, Mark.SOLUTION)
    starters = {number for region in regions for number in range(region.end + 1, region.after)}
    return "\n".join(line for number, line in enumerate(lines) if number not in starters)


def drop_marks(source: str) -> str:
    """Return a cell without the lines that are marks."""
    words = [word for mark in Mark for word in (mark.begin, mark.end)]
    return "\n".join(line for line in source.split("\n") if not any(word in line for word in words))


def drop_hidden_tests(source: str) -> str:
    """Return a test cell without its hidden tests."""
    regions, _ = find_regions(source, Mark.HIDDEN_TESTS)
    return _replace(source, regions, lambda region: [], Mark.HIDDEN_TESTS)


def _replace(source: str, regions: list[Region], replace: Callable[[Region], list[str]], mark: Mark) -> str:
    lines = source.split("\n")
    kept: list[str] = []
    position = 0
    for region in regions:
        kept += [line for line in lines[position : region.begin] if mark.end not in line]
        kept += replace(region)
        position = region.after
    kept += [line for line in lines[position:] if mark.end not in line]
    return "\n".join(kept)


def marked_lines(source: str, mark: Mark) -> list[tuple[int, str]]:
    """Return (0-based number, text) of the lines between marks."""
    lines = source.split("\n")
    regions, _ = find_regions(source, mark)
    return [(n, lines[n]) for region in regions for n in range(region.begin + 1, region.end)]
