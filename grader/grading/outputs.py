"""Learners' outputs made harmless and small, for formgrader and for feedback pages.

Knows notebook outputs and what browsers do with them; must not know pages or files. What is let
through is listed; everything else is dropped: no script, style, link, SVG or widget passes.
"""

from __future__ import annotations

import base64
import binascii
import re
import struct
from collections.abc import Iterable, Mapping
from typing import Any

import nh3

MAX_TEXT_CHARACTERS = 20_000
MAX_HTML_CHARACTERS = 100_000
MAX_PICTURE_BYTES = 1_000_000
MAX_PICTURE_PIXELS = 8_000_000
CUT = "\n… (줄임 · shortened)"
LEFT_OUT = "(안전을 위해 표시하지 않습니다. · Not shown, for safety.)"
WITHHELD = "(숨은 채점 내용이 있어 표시하지 않습니다. · Not shown: it contains hidden tests.)"

_TAGS = {
    *("table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "p", "br", "div", "span"),
    *("strong", "em", "b", "i", "code", "pre", "sub", "sup", "ul", "ol", "li", "dl", "dt", "dd"),
}
_ATTRIBUTES = {"th": {"colspan", "rowspan", "scope"}, "td": {"colspan", "rowspan"}}
_GONE_WITH_CONTENT = {
    *("script", "style", "template", "iframe", "object", "noscript", "title", "textarea", "svg", "math"),
}
# CSI and OSC sequences, and what remains of broken ones; then control characters but tab and newline.
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-Z\\-_]?")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PNG = b"\x89PNG\r\n\x1a\n"


def plain_text(value: Any, limit: int = MAX_TEXT_CHARACTERS) -> str:
    """Return text as it can be shown anywhere: no terminal codes, no controls, of limited length."""
    text = "".join(str(part) for part in value) if isinstance(value, list) else str(value)
    text = _TERMINAL.sub("", text[: limit * 4])
    text = _last_of_overwritten(_CONTROL.sub("", text.replace("\r\n", "\n")))
    return text if len(text) <= limit else text[:limit] + CUT


def _last_of_overwritten(text: str) -> str:
    """Progress bars return to the line's start: keep what a terminal would show last."""
    return "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in text.split("\n"))


def clean_html(value: Any) -> str:
    """Return HTML with tables and simple marks only."""
    html = "".join(str(part) for part in value) if isinstance(value, list) else str(value)
    if len(html) > MAX_HTML_CHARACTERS:
        return ""
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        clean_content_tags=_GONE_WITH_CONTENT,
        strip_comments=True,
        url_schemes=set(),
        link_rel=None,
    ).strip()


def picture_size(data: Any) -> tuple[int, int] | None:
    """Return width and height of a base64 PNG within limits; None for anything else."""
    text = "".join(str(part) for part in data) if isinstance(data, list) else str(data)
    if len(text) > MAX_PICTURE_BYTES * 4 // 3 + 4096:
        return None
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    if not 33 < len(content) <= MAX_PICTURE_BYTES:
        return None
    if content[:8] != _PNG or content[12:16] != b"IHDR" or content[-8:-4] != b"IEND":
        return None
    width, height = struct.unpack(">II", content[16:24])
    return (width, height) if 0 < width * height <= MAX_PICTURE_PIXELS else None


def clean_outputs(outputs: Iterable[Mapping[str, Any]], hidden_lines: frozenset[str]) -> list[dict[str, Any]]:
    """Return a cell's outputs as nbformat-4 outputs that are safe to show to anyone."""
    clean: list[dict[str, Any]] = []
    for output in outputs:
        kind = output.get("output_type")
        if kind == "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            text = _without_hidden(plain_text(output.get("text", "")), hidden_lines)
            clean.append({"output_type": "stream", "name": name, "text": text})
        elif kind == "error":
            clean.append(_clean_error(output, hidden_lines))
        elif kind in ("display_data", "execute_result"):
            data = _clean_data(output.get("data", {}), hidden_lines)
            if data:
                clean.append({"output_type": "display_data", "data": data, "metadata": {}})
    return clean


def _clean_error(output: Mapping[str, Any], hidden_lines: frozenset[str]) -> dict[str, Any]:
    trace = output.get("traceback", [])
    lines = plain_text("\n".join(str(line) for line in trace) if isinstance(trace, list) else str(trace))
    return {
        "output_type": "error",
        "ename": plain_text(output.get("ename", ""), 200),
        "evalue": _without_hidden(plain_text(output.get("evalue", ""), 2_000), hidden_lines),
        "traceback": _without_hidden(lines, hidden_lines).split("\n"),
    }


def _clean_data(data: Any, hidden_lines: frozenset[str]) -> dict[str, str]:
    """Return one rich and one plain form of a displayed object."""
    if not isinstance(data, Mapping):
        return {}
    kept: dict[str, str] = {}
    if "image/png" in data and picture_size(data["image/png"]):
        picture = data["image/png"]
        kept["image/png"] = "".join("".join(picture).split())
    html = clean_html(data["text/html"]) if "text/html" in data else ""
    if html and "image/png" not in kept and _without_hidden(html, hidden_lines) == html:
        kept["text/html"] = html
    if "text/html" in data and not html and "image/png" not in kept:
        kept["text/plain"] = LEFT_OUT
    elif "text/plain" in data:
        kept["text/plain"] = _without_hidden(plain_text(data["text/plain"]), hidden_lines)
    return kept


def _without_hidden(text: str, hidden_lines: frozenset[str]) -> str:
    """Withhold a text that prints hidden tests, as code that snoops in the kernel could make it do."""
    return WITHHELD if any(line in text for line in hidden_lines) else text
