"""Tracebacks as a beginner can read them, without escapes and without the source of test cells.

Knows exceptions and the names that cells are compiled under. Must not know IPython or frames.
"""

from __future__ import annotations

import linecache
import traceback
from types import TracebackType

CELL_NAME = "<cell {}>"
LONGEST_LINE = 2000
LONGEST_TRACE = 40
LONGEST_CALL = 20
_OWN_FILES = ("/medai/grader/", "/IPython/")


def cell_name(cell_id: str) -> str:
    """Return the file name that a cell is compiled under."""
    return CELL_NAME.format(cell_id)


def first_line(error: BaseException) -> str:
    """Return the first line of an exception's text, whatever its `__str__` does."""
    try:
        text = str(error)
    except BaseException:
        text = ""
    if isinstance(error, SyntaxError) and error.msg:
        text = str(error.msg)
    return (text.strip().splitlines() or [""])[0][:LONGEST_LINE]


def error_text(error: BaseException) -> str:
    """Return an exception's text, cut."""
    try:
        return str(error)[:LONGEST_LINE]
    except BaseException:
        return ""


def trace_lines(error: BaseException, secret_cell: str | None = None) -> list[str]:
    """Return the traceback line by line; of `secret_cell` (a test) only line numbers are shown."""
    secret = cell_name(secret_cell) if secret_cell is not None else None
    lines: list[str] = []
    for exception, bridge in _chain(error):
        if bridge:
            lines += ["", bridge, ""]
        lines += _frame_lines(exception.__traceback__, secret)
        lines += _learner_lines(exception)
        if isinstance(exception, SyntaxError):
            lines += _syntax_lines(exception, secret)
        message = error_text(exception) if not isinstance(exception, SyntaxError) else str(exception.msg)
        lines += f"{type(exception).__name__}: {message}".rstrip(": ").splitlines()
    if len(lines) > LONGEST_TRACE:
        lines = [*lines[: LONGEST_TRACE // 2], "  …", *lines[-LONGEST_TRACE // 2 :]]
    return [line[:LONGEST_LINE] for line in lines]


def _learner_lines(error: BaseException) -> list[str]:
    """Return where the exception was raised when that was in the learner's process."""
    told = getattr(error, "__dict__", {}).get("learner_trace", ())
    return [str(line) for line in told if str(line).startswith(("  ", "    "))]


def _chain(error: BaseException) -> list[tuple[BaseException, str]]:
    """Return the exception after its causes, each with the line that joins it to the one before."""
    chain: list[tuple[BaseException, str]] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen and len(chain) < 4:
        seen.add(id(current))
        if current.__cause__ is not None:
            chain.append((current, "The above exception was the direct cause of the following exception:"))
            current = current.__cause__
        elif current.__context__ is not None and not current.__suppress_context__:
            chain.append((current, "During handling of the above exception, another exception occurred:"))
            current = current.__context__
        else:
            chain.append((current, ""))
            current = None
    chain.reverse()
    return [(exception, bridge if index else "") for index, (exception, bridge) in enumerate(chain)]


def _frame_lines(trace: TracebackType | None, secret: str | None) -> list[str]:
    lines: list[str] = []
    library, count = "", 0
    steps = list(traceback.walk_tb(trace))
    if len(steps) > LONGEST_CALL:  # endless recursion: the beginning and the end say it all
        steps = [*steps[: LONGEST_CALL // 2], *steps[-LONGEST_CALL // 2 :]]
    for frame, number in steps:
        name = frame.f_code.co_filename
        if any(part in name for part in _OWN_FILES):
            continue
        if not name.startswith("<cell "):
            short = "/".join(name.rsplit("/", 2)[-2:])
            library, count = f"{short}, line {number}, in {frame.f_code.co_name}", count + 1
            continue
        lines += _library_lines(library, count)
        library, count = "", 0
        where = "" if frame.f_code.co_name == "<module>" else f", in {frame.f_code.co_name}"
        lines.append(f"  Cell {name[6:-1]}, line {number}{where}")
        source = linecache.getline(name, number).strip()
        if source and name != secret:
            lines.append(f"    {source}")
    return lines + _library_lines(library, count)


def _library_lines(library: str, count: int) -> list[str]:
    """Steps inside a library are one line: its innermost."""
    return [f"  … {library}"] if count else []


def _syntax_lines(error: SyntaxError, secret: str | None) -> list[str]:
    name = str(error.filename or "")
    where = f"Cell {name[6:-1]}" if name.startswith("<cell ") else name
    lines = [f"  {where}, line {error.lineno}"]
    if error.text and name != secret:
        lines.append(f"    {error.text.strip()}")
    return lines
