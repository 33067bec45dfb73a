"""Outputs: what learners' code sends becomes harmless and small."""

from __future__ import annotations

import base64
import struct
import zlib
from html.parser import HTMLParser

import pytest

from grader.grading.outputs import (
    CUT,
    LEFT_OUT,
    WITHHELD,
    clean_html,
    clean_outputs,
    picture_size,
    plain_text,
)


def png(width: int = 2, height: int = 2, tail: bytes = b"") -> str:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 14)) + chunk(b"IEND", b"") + tail
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + body).decode()


class Seen(HTMLParser):
    """Collects tags and attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs


def test_tables_survive() -> None:
    """A data frame keeps its cells and loses styles, classes and links."""
    html = (
        "<style>td{position:fixed}</style><table border='1' class='dataframe' style='x'>"
        "<tr><th scope='col' colspan=2>키</th></tr><tr><td onclick='x()'><a href='https://example.org'>1</a></td></tr></table>"
    )
    assert clean_html(html) == (
        '<table><tbody><tr><th scope="col" colspan="2">키</th></tr><tr><td>1</td></tr></tbody></table>'
    )


@pytest.mark.parametrize(
    "attack",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "<svg onload=alert(1)>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<a href='javascript:alert(1)'>x</a>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<table><td background='javascript:alert(1)'>x</td></table>",
        "<div style='background:url(https://example.org/x)'>x</div>",
        "<meta http-equiv=refresh content='0;url=https://example.org'>",
        "<base href='https://example.org'><form action=x><input autofocus onfocus=alert(1)></form>",
        "<link rel=stylesheet href=https://example.org/x.css>",
        "<!--><img src=x onerror=alert(1)>-->",
        "<details open ontoggle=alert(1)>",
        "<p id='result' class='x' tabindex=0 accesskey=x>x</p>",
    ],
)
def test_nothing_that_acts_passes(attack: str) -> None:
    """No script, event, link, style, frame, form, picture or id gets through."""
    seen = Seen(clean_html(attack))
    assert not set(seen.tags) & {
        "script",
        "img",
        "svg",
        "iframe",
        "a",
        "style",
        "meta",
        "base",
        "form",
        "input",
        "link",
    }
    assert not {name for name, _ in seen.attributes} - {"scope", "colspan", "rowspan"}


def test_terminal_codes_and_controls_are_gone() -> None:
    """Colours, cursor tricks, links in terminal codes, bidi overrides and controls leave plain text."""
    text = (
        "\x1b[31mred\x1b[0m \x1b]8;;https://example.org\x07link\x1b]8;;\x07 \u202eabc\x00\x08 \x1b(B\x9b31m가"
    )
    assert plain_text(text) == "red link abc (B31m가"


def test_progress_bars_show_their_last_state() -> None:
    """Text after a carriage return replaces what stood in the line."""
    assert plain_text("10%\r50%\r100%\r\nend\r") == "100%\nend"


def test_long_text_is_cut_visibly() -> None:
    """A long output ends in a note."""
    assert plain_text("x" * 30_000) == "x" * 20_000 + CUT


def test_pictures_must_be_pictures() -> None:
    """Only base64 of a PNG of sane size is a picture."""
    assert picture_size(png()) == (2, 2)
    assert picture_size([png()[:10], png()[10:]]) == (2, 2)
    assert picture_size(png(100_000, 100_000)) is None
    assert picture_size(png(0, 5)) is None
    assert picture_size(png(tail=b"<script>")) is None
    assert picture_size("PHN2Zz48L3N2Zz4=") is None
    assert picture_size("not base64!") is None
    assert picture_size("A" * 2_000_000) is None
    assert picture_size(None) is None


def test_each_kind_of_output_is_kept_in_its_safe_form() -> None:
    """Streams, errors, pictures and tables stay; widgets, scripts, SVG and unknown kinds go."""
    outputs = [
        {"output_type": "stream", "name": "stderr", "text": ["a\x1b[1m", "b"]},
        {
            "output_type": "error",
            "ename": "ValueError",
            "evalue": "<b>",
            "traceback": ["\x1b[31mline\x1b[0m"],
        },
        {
            "output_type": "display_data",
            "data": {"image/png": png(), "text/plain": "<Figure>"},
            "metadata": {"x": 1},
        },
        {
            "output_type": "execute_result",
            "data": {"text/html": "<table><tr><td>1</td></tr></table>", "text/plain": "1"},
        },
        {"output_type": "display_data", "data": {"text/html": "<script>x</script>", "text/plain": "<HTML>"}},
        {
            "output_type": "display_data",
            "data": {"image/svg+xml": "<svg onload=x>", "application/javascript": "x"},
        },
        {"output_type": "display_data", "data": "broken"},
        {"output_type": "update_display_data", "data": {"text/plain": "x"}},
    ]
    assert clean_outputs(outputs, frozenset()) == [
        {"output_type": "stream", "name": "stderr", "text": "ab"},
        {"output_type": "error", "ename": "ValueError", "evalue": "<b>", "traceback": ["line"]},
        {
            "output_type": "display_data",
            "data": {"image/png": png(), "text/plain": "<Figure>"},
            "metadata": {},
        },
        {
            "output_type": "display_data",
            "data": {
                "text/html": "<table><tbody><tr><td>1</td></tr></tbody></table>",
                "text/plain": "1",
            },
            "metadata": {},
        },
        {"output_type": "display_data", "data": {"text/plain": LEFT_OUT}, "metadata": {}},
    ]


def test_outputs_that_print_hidden_tests_are_withheld() -> None:
    """Code that finds the hidden tests cannot put them on its own feedback page."""
    hidden = frozenset({"assert bmi(163.0, 47.5) == 17.9"})
    leak = "In[5]: assert bmi(163.0, 47.5) == 17.9, 'x'"
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": leak},
        {"output_type": "error", "ename": "E", "evalue": leak, "traceback": [leak]},
        {"output_type": "display_data", "data": {"text/html": f"<pre>{leak}</pre>", "text/plain": leak}},
    ]
    shown = str(clean_outputs(outputs, hidden))
    assert "163.0" not in shown
    assert shown.count(WITHHELD) == 4
