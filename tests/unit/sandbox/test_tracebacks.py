"""Tracebacks: short, plain, and silent about the source of tests."""

from __future__ import annotations

import linecache

from grader.sandbox.inside.tracebacks import cell_name, error_text, first_line, trace_lines


def run_cell(cell_id: str, source: str, names: dict[str, object]) -> BaseException:
    """Run source as a cell and return the exception it raises."""
    name = cell_name(cell_id)
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    try:
        exec(compile(source, name, "exec"), names)
    except BaseException as error:
        trace = error.__traceback__
        return error.with_traceback(trace.tb_next if trace else None)  # without this function
    raise AssertionError("the cell did not raise")


def test_frames_of_cells_are_shown_with_their_source() -> None:
    """The learner sees which line of which cell went wrong."""
    lines = trace_lines(run_cell("비만도", "def f(x):\n    return 1 / x\nf(0)", {}))
    assert lines == [
        "  Cell 비만도, line 3",
        "    f(0)",
        "  Cell 비만도, line 2, in f",
        "    return 1 / x",
        "ZeroDivisionError: division by zero",
    ]


def test_source_of_a_test_cell_is_never_shown() -> None:
    """A hidden test that fails, or in which the learner's function fails, keeps its values to itself."""
    names: dict[str, object] = {}
    run = "def bmi(cm, kg):\n    return kg / (cm - 160)\n"
    exec(compile(run, cell_name("answer"), "exec"), names)
    linecache.cache[cell_name("answer")] = (
        len(run),
        None,
        run.splitlines(keepends=True),
        cell_name("answer"),
    )
    lines = trace_lines(run_cell("test", "assert bmi(160, 55.5) == 3, 'secret'", names), secret_cell="test")
    assert lines[0] == "  Cell test, line 1"
    assert "    return kg / (cm - 160)" in lines
    assert "55.5" not in "\n".join(lines)


def test_a_syntax_error_shows_its_line() -> None:
    """The line that Python could not read is quoted; in a test cell it is not."""
    error = run_cell("a", "x = = 3", {})
    assert trace_lines(error)[:2] == ["  Cell a, line 1", "    x = = 3"]
    assert "= =" not in "\n".join(trace_lines(error, secret_cell="a"))
    assert first_line(error) == "invalid syntax"


def test_steps_inside_libraries_are_one_line() -> None:
    """Of a library only the innermost step is named, without the machine's paths."""
    lines = trace_lines(run_cell("a", "import json\njson.loads('{')", {}))
    assert sum("json/decoder.py" in line for line in lines) == 1
    assert not any(line.strip().startswith("/") for line in lines)


def test_causes_come_first() -> None:
    """A chained exception reads from its cause to its effect."""
    lines = trace_lines(
        run_cell("a", "try:\n    1/0\nexcept Exception as e:\n    raise ValueError('v') from e", {})
    )
    assert lines.index("ZeroDivisionError: division by zero") < lines.index("ValueError: v")
    assert any("direct cause" in line for line in lines)


def test_a_ring_of_causes_ends() -> None:
    """An exception that is its own cause is shown once."""
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert trace_lines(first).count("ValueError: a") == 1


def test_an_exception_that_cannot_be_printed_is_still_named() -> None:
    """`__str__` of a learner's exception may raise anything."""

    class SulkyError(Exception):
        def __str__(self) -> str:
            raise SystemExit

    assert first_line(SulkyError()) == ""
    assert error_text(SulkyError()) == ""
    assert trace_lines(SulkyError()) == ["SulkyError"]


def test_a_long_message_is_cut() -> None:
    """One exception cannot fill the page."""
    error = ValueError("x" * 100_000)
    assert len(first_line(error)) == 2000
    assert max(map(len, trace_lines(error))) <= 2000
    assert len(trace_lines(ValueError("\n" * 500))) < 50
