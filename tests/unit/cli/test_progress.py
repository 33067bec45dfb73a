"""Progress: a bar for people, lines for logs, nothing on stdout."""

from __future__ import annotations

import io
import sys

import pytest

import grader.cli.progress as progress


class Terminal(io.StringIO):
    """A stderr that somebody watches."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_counts_and_the_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The bar tells how many are done, what became of them, and how long the rest takes."""
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TQDM_MININTERVAL", "0")
    with progress.count_people("grade", 4) as on_done:
        for status in ("graded", "graded", "quarantined"):
            on_done("hq-001", status)
    last = screen.getvalue().rstrip().split("\r")[-1]
    assert "grade:" in last
    assert "3/4 [" in last
    assert "<" in last
    assert "2 graded, 1 quarantined" in last
    assert capsys.readouterr().out == ""


def test_a_log_gets_whole_lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Into a file or pipe: no control characters, a line now and then with the time left, one at the end."""
    times = iter([0.0, 5.0, 20.0, 21.0, 40.0, 40.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(times))
    with progress.count_people("grade", 4) as on_done:
        for status in ("graded", "graded", "unchanged", "graded"):
            on_done("hq-001", status)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.split("\n") == [
        "grade: 2/4, about 00:20 left (2 graded)",
        "grade: 4/4 in 00:40 (3 graded, 1 unchanged)",
        "",
    ]


def test_quick_and_empty_work_says_little(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to do, no line; an error in between leaves the last word to its message."""
    with progress.count_people("grade", 0):
        pass
    with pytest.raises(ValueError, match="x"):
        stop_after_one()
    assert capsys.readouterr().err == ""


def stop_after_one() -> None:
    with progress.count_people("grade", 2) as on_done:
        on_done("hq-001", "graded")
        raise ValueError("x")
