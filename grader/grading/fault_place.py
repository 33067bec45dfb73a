"""Where a file that cannot be read as a notebook is broken: the lines around the place, for graders.

Knows bytes and their two ways to be broken, as text and as JSON; must not know files, people or assignments.
"""

from __future__ import annotations

import json

from grader.grading.door import parse_notebook
from grader.grading.reasons import Reason, Refusal
from grader.grading.repair_diff import plain_line

LINES_AROUND = 3
CHARACTERS_AROUND = 80


def show_fault(content: bytes) -> str:
    """Return the lines around the place where a file is broken, numbered and that one marked.

    Empty for a file that is whole, and for one whose fault has no place.
    """
    place = _find_fault(content)
    if place is None:
        return ""
    text, at = place
    lines = text.split("\n")
    number = text.count("\n", 0, at)
    column = at - (text.rfind("\n", 0, at) + 1)
    first = max(0, number - LINES_AROUND)
    shown = []
    for n, line in enumerate(lines[first : number + LINES_AROUND + 1], start=first):
        # A notebook may be one single line: of the broken one the part around the place counts.
        start = max(0, column - CHARACTERS_AROUND) if n == number else 0
        part = plain_line(line[start:].rstrip("\r"))
        shown.append(f"{'→' if n == number else ' '} {n + 1:>6}  {'…' if start else ''}{part}")
    return "\n".join(shown)


def _find_fault(content: bytes) -> tuple[str, int] | None:
    """Return a broken file's text and the character where it is broken."""
    refused = parse_notebook(content)  # its limits make sure that the parser below comes to no harm
    if not isinstance(refused, Refusal) or refused.reason not in (Reason.NOT_UTF8, Reason.NOT_JSON):
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        begin = content[: error.start].decode("utf-8", "replace")
        return begin + content[error.start :].decode("utf-8", "replace"), len(begin)
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return text, error.pos
    except (ValueError, RecursionError):  # e.g. a number with too many digits: it says no place
        return None
    return None
