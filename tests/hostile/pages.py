"""What a page or an output holds that it must not: script, control characters, hidden tests.

Knows HTML and text only.
"""

from __future__ import annotations

import ast
import base64
import binascii
import codecs
import re
from collections.abc import Iterable, Iterator
from functools import cache
from html.parser import HTMLParser

from corpus import load_content, test_points

from grader.authoring.leaks import list_secrets
from grader.authoring.marks import Mark, marked_lines

LARGEST_PAGE_BYTES = 1_000_000
LIVE_TAGS = {
    *("script", "iframe", "object", "embed", "applet", "form", "input", "button", "base", "link", "frame"),
    *("svg", "math", "template", "noscript", "video", "audio", "source", "marquee", "portal", "dialog"),
}
ADDRESSES = {"href", "src", "action", "formaction", "data", "poster", "background", "srcset", "xlink:href"}
DEAD_ADDRESSES = re.compile(
    r"(data:image/(png|jpeg);base64,[A-Za-z0-9+/=\s]+|#[^\s]*|https?://[^\s]*|mailto:.*)\Z"
)
FETCHED = {"src", "srcset", "poster", "background", "data"}
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class _Reader(HTMLParser):
    def __init__(self, own_page: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.own_page = own_page
        self.alive: list[str] = []
        self.styles = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in LIVE_TAGS or (tag == "style" and not self.own_page):
            self.alive.append(f"<{tag}>")
        self.styles += tag == "style"
        if tag == "meta" and any(
            name == "http-equiv" and "refresh" in (value or "") for name, value in attrs
        ):
            self.alive.append("<meta refresh>")
        for name, value in attrs:
            self._look(tag, name, value or "")

    def _look(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on") or (name == "style" and "url" in value.lower()):
            self.alive.append(f"<{tag} {name}>")
        if name in ADDRESSES and not DEAD_ADDRESSES.match(value.strip()):
            self.alive.append(f"<{tag} {name}={value[:40]!r}>")
        if name in FETCHED and value.strip().lower().startswith("http"):
            self.alive.append(f"<{tag} fetches {value[:40]!r}>")


def find_live(html: str, own_page: bool = False) -> list[str]:
    """Return what would run, fetch or submit in a browser; `own_page` may hold one style sheet."""
    reader = _Reader(own_page)
    reader.feed(html)
    reader.close()
    if reader.styles > 1:
        reader.alive.append("another <style>")
    return reader.alive


def find_controls(text: str) -> list[str]:
    """Return terminal codes, direction overrides and the like."""
    return sorted({f"U+{ord(one):04X}" for one in CONTROLS.findall(text)})


@cache
def hidden_marks() -> tuple[str, ...]:
    """Return literals that only hidden tests hold: if one turns up, a hidden test was shown."""
    sheet = load_content().sheet
    shown, hidden = set(), set()
    for cell in sheet.cells:
        lines = {number for number, _ in marked_lines(cell.source, Mark.HIDDEN_TESTS)}
        if cell.id not in test_points():
            shown.add(cell.source)
            continue
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Constant) and node.lineno - 1 in lines:
                text = str(node.value)
                is_number = isinstance(node.value, float) and len(text) >= 6
                if is_number or text.startswith(("hidden-", "숨은")):
                    hidden.add(text)
    assert len(hidden) > 15
    assert not any(mark in text for mark in hidden for text in shown)
    return tuple(sorted(hidden))


@cache
def hidden_lines() -> tuple[str, ...]:
    """Return telling lines of hidden tests and reference answers, without spaces."""
    return tuple(
        "".join(one.text.split()) for one in list_secrets(load_content().sheet) if one.what == "a hidden test"
    )


def find_hidden(texts: Iterable[str]) -> list[str]:
    """Return hidden tests or their values found in texts, plain, reversed or encoded."""
    found: dict[str, str] = {}
    for text in texts:
        for shape, readable in _readings(text):
            squeezed = "".join(readable.split())
            seen = [mark for mark in hidden_marks() if mark in readable]
            seen += [line[:40] for line in hidden_lines() if line in squeezed]
            for one in seen:
                found.setdefault(one, shape)
    return sorted(f"{one} ({shape})" for one, shape in found.items())


def _readings(text: str) -> Iterator[tuple[str, str]]:
    yield "plain", text
    squeezed = re.sub(r"[\s|,;·]+", "", text)
    yield "squeezed", squeezed
    yield "reversed", squeezed[::-1]
    yield "rot13", codecs.encode(text, "rot13")
    for piece in re.findall(r"(?:[0-9a-fA-F]{2}){8,}", squeezed):
        yield "hex", bytes.fromhex(piece).decode("utf-8", "replace")
    for piece in re.findall(r"[A-Za-z0-9+/]{12,}={0,2}", text) + re.findall(
        r"[A-Za-z0-9+/]{12,}={0,2}", squeezed
    ):
        try:
            yield "base64", base64.b64decode(piece[: len(piece) // 4 * 4]).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            continue
