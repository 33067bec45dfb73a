"""Outputs of executed cells as accessible HTML, and their pictures as files.

Knows nbformat-4 outputs and HTML; trusts nothing in them. Must not know MkDocs or how cells are run.
"""

from __future__ import annotations

import base64
import html
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

import nh3

from grader.site import words
from grader.site.markup import Html, element, join, void
from grader.site.page import SiteFile
from grader.text import Language

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_TEXT_TAGS = {
    "b",
    "br",
    "code",
    "div",
    "em",
    "i",
    "li",
    "ol",
    "p",
    "pre",
    "span",
    "strong",
    "sub",
    "sup",
    "ul",
}
_TABLE_TAGS = {"caption", "table", "tbody", "td", "tfoot", "th", "thead", "tr"}
_WITHOUT_DATA = ("stream", "error")
_ATTRIBUTES = {"td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}


@dataclass(frozen=True)
class Picture:
    """How pictures of a cell are named and described."""

    path: str
    """Below the language's root, without number and suffix."""
    alt: str


class MissingAltError(ValueError):
    """A cell draws a picture and has no alternative text."""


def render_outputs(
    outputs: Iterable[Mapping[str, Any]], picture: Picture, language: Language
) -> tuple[Html | None, list[SiteFile]]:
    """Return the outputs of one cell as HTML (None when there are none) and the picture files."""
    parts: list[Html] = []
    files: list[SiteFile] = []
    for output in _merged(outputs):
        kind = output.get("output_type")
        data = output.get("data", {})
        if kind == "stream":
            parts.append(_text(_joined(output.get("text", "")), language))
        elif kind == "error":
            parts.append(_error(output, language))
        elif "image/png" in data:
            if not picture.alt:
                raise MissingAltError
            file, image = _image(data["image/png"], picture, len(files), language)
            files.append(file)
            parts.append(image)
        elif "text/html" in data:
            parts.append(_html(_joined(data["text/html"]), language))
        elif "text/plain" in data:
            parts.append(_text(_joined(data["text/plain"]), language))
    return (element("div", *parts, class_="nb-outputs") if parts else None), files


def pictures_in(outputs: Iterable[Mapping[str, Any]]) -> list[bytes]:
    """Return the pictures among the outputs of one cell, in the order in which they are shown."""
    shown = [output.get("data", {}) for output in outputs if output.get("output_type") not in _WITHOUT_DATA]
    return [base64.b64decode(_joined(data["image/png"])) for data in shown if "image/png" in data]


def picture_path(path: str, number: int) -> str:
    """Return where the picture `number`, counted from 0, of a cell lies."""
    return f"{path}-{number + 1}.png"


def picture_size(content: bytes) -> tuple[int, int]:
    """Return width and height of a PNG."""
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _merged(outputs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Join neighbouring pieces of the same stream: a kernel may cut `print` anywhere."""
    merged: list[dict[str, Any]] = []
    for output in outputs:
        last = merged[-1] if merged else {}
        is_stream = output.get("output_type") == "stream" == last.get("output_type")
        if is_stream and output.get("name") == last.get("name"):
            last["text"] = _joined(last["text"]) + _joined(output["text"])
        else:
            merged.append(dict(output))
    return merged


def _text(text: str, language: Language) -> Html:
    shown = _ANSI.sub("", text).rstrip("\n")
    return element(
        "pre",
        element("code", shown),
        class_="nb-output nb-output--text",
        tabindex=0,
        role="group",
        aria_label=words.OUTPUT[language],
    )


def _error(output: Mapping[str, Any], language: Language) -> Html:
    trace = "\n".join(output.get("traceback", ())) or f"{output.get('ename', '')}: {output.get('evalue', '')}"
    return element(
        "div",
        element("p", words.MEANT_ERROR[language]),
        element("pre", element("code", _ANSI.sub("", trace).strip("\n")), tabindex=0),
        class_="nb-output nb-output--error",
        role="note",
    )


def _image(
    encoded: str | list[str], picture: Picture, number: int, language: Language
) -> tuple[SiteFile, Html]:
    content = base64.b64decode(_joined(encoded))
    width, height = picture_size(content)
    path = picture_path(picture.path, number)
    alt = picture.alt if number == 0 else f"{picture.alt} ({number + 1})"
    image = void(
        "img", src=f"medai:{path}", alt=alt, width=width, height=height, loading="lazy", decoding="async"
    )
    return SiteFile(path, content), element("p", image, class_="nb-output nb-output--image")


def _html(markup: str, language: Language) -> Html:
    clean = nh3.clean(markup, tags=_TEXT_TAGS | _TABLE_TAGS, attributes=_ATTRIBUTES)
    table = _TableHeads()
    table.feed(clean)
    table.close()
    shown = Html("".join(table.written).strip())
    if "<table" not in shown:
        return element("div", shown, class_="nb-output nb-output--html")
    return element(
        "div",
        shown,
        class_="nb-output nb-output--html nb-table",
        tabindex=0,
        role="group",
        aria_label=words.OUTPUT_TABLE[language],
    )


class _TableHeads(HTMLParser):
    """Rewrites sanitised HTML: head cells get scope, empty head cells become plain cells."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.written: list[str] = []
        self._in_head = False
        self._head_at: int | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "thead":
            self._in_head = True
        if tag == "th":
            self._head_at = len(self.written)
            wide = dict(attrs).get("colspan")
            scope = ("colgroup" if wide else "col") if self._in_head else "row"
            attrs = [*attrs, ("scope", scope)]
        attributes = "".join(f' {name}="{html.escape(value or "")}"' for name, value in attrs)
        self.written.append(f"<{tag}{attributes}>")

    def handle_endtag(self, tag: str) -> None:
        if tag == "thead":
            self._in_head = False
        if tag == "th" and self._head_at is not None:
            if not "".join(self.written[self._head_at + 1 :]).strip():
                # An empty head cell names nothing; screen readers stumble over it.
                opening = self.written[self._head_at].replace("<th", "<td", 1)
                self.written[self._head_at] = re.sub(r' scope="\w+"', "", opening)
                tag = "td"
            self._head_at = None
        self.written.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.written.append(data)

    def handle_entityref(self, name: str) -> None:
        self.written.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.written.append(f"&#{name};")


def preview_table(label: str, head: list[str], rows: list[list[Html]]) -> Html:
    """Return a small spreadsheet as a table; cells are finished HTML."""
    heading = element("tr", *(element("th", cell, scope="col") for cell in head))
    body = [element("tr", *(element("td", cell) for cell in row)) for row in rows]
    shown = element("table", element("thead", heading), element("tbody", join(*body)))
    return element("div", shown, class_="nb-table", tabindex=0, role="group", aria_label=label)
