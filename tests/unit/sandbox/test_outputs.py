"""Outputs: merged in order, cleaned, cut at the quota."""

from __future__ import annotations

import pytest

from grader.sandbox.inside.outputs import CUT_NOTE, OutputLog, clean_text


def test_neighbouring_prints_are_one_output() -> None:
    """Text of one stream joins until the other stream or a display comes between."""
    log = OutputLog(1000)
    for name, text in (("stdout", "a"), ("stdout", "b"), ("stderr", "c"), ("stdout", "d")):
        log.add_stream(name, text)
    assert [(o["name"], o["text"]) for o in log.finished()] == [
        ("stdout", "ab"),
        ("stderr", "c"),
        ("stdout", "d"),
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m빨강\x1b[0m", "빨강"),
        ("\x1b]0;title\x07x", "x"),
        ("\x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("<function f at 0x7f12ab34cd56>", "<function f at 0x…>"),
        ("0x7f12ab34cd56", "0x7f12ab34cd56"),
        ("\ud800", "?"),
    ],
)
def test_text_is_cleaned(text: str, shown: str) -> None:
    """Terminal escapes and memory addresses do not reach a page; a learner's hexadecimal numbers do."""
    assert clean_text(text) == shown


def test_long_output_is_cut_once_with_a_note_in_both_languages() -> None:
    """What fits is kept, the note stands once, and the rest is only counted."""
    log = OutputLog(10)
    for _ in range(5):
        log.add_stream("stdout", "가나다")
    outputs = log.finished()
    assert outputs[0]["text"] == "가나다"
    assert [o["text"] for o in outputs].count(CUT_NOTE) == 1
    assert "잘랐습니다" in CUT_NOTE
    assert "cut" in CUT_NOTE
    assert log.refused_bytes == 35
    assert not log.flooded


def test_an_endless_print_is_a_flood() -> None:
    """Far beyond the quota the cell is to be stopped."""
    log = OutputLog(10)
    log.add_stream("stdout", "x" * 5_000_000)
    assert log.flooded


def test_of_a_display_the_representations_that_fit_are_kept() -> None:
    """A table too large as HTML is still there as text, and says that something is missing."""
    log = OutputLog(100)
    log.add_rich("display_data", {"text/html": "<table>" * 100, "text/plain": "table"})
    shown, note = log.finished()
    assert shown["data"] == {"text/plain": "table"}
    assert note["text"] == CUT_NOTE


def test_kinds_that_pages_cannot_show_are_left_out_silently() -> None:
    """Scripts and widgets are not representations of ours."""
    log = OutputLog(1000)
    log.add_rich("display_data", {"application/javascript": "alert(1)", "text/plain": "<Javascript>"})
    log.add_rich("display_data", {"application/javascript": "alert(1)"})
    assert [o["data"] for o in log.finished()] == [{"text/plain": "<Javascript>"}]


def test_clearing_forgets_what_was_shown_but_not_the_quota() -> None:
    """`clear_output()` in a loop does not print without end."""
    log = OutputLog(10)
    log.add_stream("stdout", "12345678")
    log.clear()
    log.add_stream("stdout", "12345678")
    assert log.finished()[0]["text"] == "12"
