"""The place where a file is broken is shown with the lines around it."""

from __future__ import annotations

import json

import pytest

from grader.grading.fault_place import CHARACTERS_AROUND, show_fault
from grader.grading.repair_diff import MAX_LINE_CHARACTERS

WHOLE = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


def test_lines_around_the_place() -> None:
    """Three before and three after, numbered from one; that one is marked."""
    lines = ["{", *(f' "a{number}": {number},' for number in range(2, 10)), ' "b": 1', "}"]
    lines[5] = ' "a6" 6,\x1b[31m\r'
    shown = show_fault("\n".join(lines).encode()).split("\n")
    assert [line[:8].split() for line in shown] == [["3"], ["4"], ["5"], ["→", "6"], ["7"], ["8"], ["9"]]
    assert shown[3] == '→      6   "a6" 6,\ufffd[31m', "no terminal obeys it"


def test_one_long_line_is_shown_from_near_the_place() -> None:
    """Notebooks of some programs are one line of megabytes."""
    content = b'{"x": "' + b"a" * 1_000_000 + b'", "y" 1, "z": "' + b"b" * 1_000_000 + b'"}'
    (shown,) = show_fault(content).split("\n")
    assert '"y" 1' in shown
    assert len(shown) < CHARACTERS_AROUND + 2 * MAX_LINE_CHARACTERS


def test_a_file_cut_off_is_shown_at_its_end() -> None:
    """As an interrupted download leaves it."""
    assert show_fault(json.dumps(json.loads(WHOLE), indent=1).encode()[:-3]).split("\n")[-1].startswith("→")


def test_text_that_is_not_utf8() -> None:
    """As Notepad saved Korean text in CP949; the lines before the place stay readable."""
    shown = show_fault('{"가": 1,\n '.encode() + '"나": 2}'.encode("cp949")).split("\n")
    assert shown[0] == '       1  {"가": 1,'
    assert shown[1].startswith('→      2   "\ufffd')


@pytest.mark.parametrize(
    "content",
    [
        WHOLE,
        b"",
        b"[1]",
        b"[" * 100_000,
        b'{"cells": ' + b"1" * 5000 + b"}",
    ],
    ids=["whole", "empty", "no notebook", "too deep", "a number of too many digits"],
)
def test_what_has_no_place(content: bytes) -> None:
    """Nothing is shown, and nothing breaks."""
    assert show_fault(content) == ""
