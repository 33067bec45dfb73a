"""Messages in test cells: finds the asserts and writes out their message ids.

Knows Python's syntax; must not know cells or notebooks. Positions come from the syntax tree, so
strings that merely look like a message id are never touched.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from grader.authoring.syntax import parse_code
from grader.text import LocalText

SEPARATOR = ": "


@dataclass(frozen=True)
class AssertNote:
    """One assert of a test cell."""

    line: int
    """0-based line of the cell at which the assert starts."""
    last_line: int
    condition: str
    """Source of what is asserted."""
    message_id: str | None
    """None if the message is not one plain string."""
    has_message: bool
    span: tuple[int, int]
    """Where the message stands in the source, as character offsets; (0, 0) without message."""


@lru_cache(maxsize=1024)  # lint, leak search and builder ask for the same cells
def find_asserts(source: str) -> tuple[AssertNote, ...]:
    """Return all asserts, nested ones included, in order; raises SyntaxError for broken source."""
    starts = _line_starts(source)
    notes = []
    for node in ast.walk(parse_code(source)):
        if not isinstance(node, ast.Assert):
            continue
        message = node.msg
        span = _span(source, starts, message) if message is not None else (0, 0)
        value = message.value if isinstance(message, ast.Constant) else None
        notes.append(
            AssertNote(
                line=node.lineno - 1,
                last_line=(node.end_lineno or node.lineno) - 1,
                condition=source[slice(*_span(source, starts, node.test))],
                message_id=value if isinstance(value, str) else None,
                has_message=message is not None,
                span=span,
            )
        )
    return tuple(sorted(notes, key=lambda note: (note.line, note.span)))


def _line_starts(source: str) -> list[int]:
    starts = [0]
    for number, character in enumerate(source):
        if character == "\n":
            starts.append(number + 1)
    return starts


def _span(source: str, starts: list[int], node: ast.expr) -> tuple[int, int]:
    def offset(line: int, column: int) -> int:
        # The syntax tree counts columns in UTF-8 bytes.
        start = starts[line - 1]
        end = starts[line] if line < len(starts) else len(source)
        return start + len(source[start:end].encode()[:column].decode())

    end = offset(node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
    return offset(node.lineno, node.col_offset), end


def write_message(message_id: str, text: LocalText) -> str:
    """Return the message a trainee sees, e.g. `bmi-edge: 한국어 · English`, on one line."""
    both = f"{text.ko} · {text.en}"
    return f"{message_id}{SEPARATOR}{' '.join(both.split())}"


def read_message_id(message: str) -> str:
    """Return the id at the start of a message; the whole text if it has none."""
    return message.split(SEPARATOR, 1)[0].strip()


def expand_messages(source: str, messages: Mapping[str, LocalText]) -> str:
    """Replace every known message id of an assert by its text; leave broken source alone."""
    try:
        notes = find_asserts(source)
    except SyntaxError:
        return source
    for note in sorted(notes, key=lambda note: note.span, reverse=True):
        text = messages.get(note.message_id) if note.message_id is not None else None
        if text is None or note.message_id is None:
            continue
        begin, end = note.span
        literal = json.dumps(write_message(note.message_id, text), ensure_ascii=False)
        source = source[:begin] + literal + source[end:]
    return source
