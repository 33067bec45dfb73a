"""Finished HTML: escaping, elements, and inline Markdown.

Knows HTML and Python-Markdown; must not know the course or MkDocs.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import lru_cache

import markdown

Attribute = str | int | bool | None

_PLAIN = re.compile(r"[\w\s가-힣.,;:!?()\-–·%'\"“”‘’/=+~…→×≥≤㎡°]*\Z")
"""Text in which Markdown has nothing to do (quotes still need escaping)."""
_CODE_OR_TAG = re.compile(r"(?P<code>(?P<ticks>`+).+?(?<!`)(?P=ticks)(?!`))|<(?=[A-Za-z/!?])", re.DOTALL)
"""A code span, in which Markdown escapes by itself, or the start of a tag outside of one."""
_ONE_PARAGRAPH = re.compile(r"\A<p>((?:(?!</?p>).)*)</p>\Z", re.DOTALL)


class Html(str):
    """Markup that is never escaped again."""


def escape(text: str) -> Html:
    """Return `text` as it must stand between tags; finished markup passes unchanged."""
    return text if isinstance(text, Html) else Html(html.escape(text, quote=False))


def element(tag_name: str, *children: str | None, **attributes: Attribute) -> Html:
    """Return `<tag_name …>children</tag_name>`; plain children are escaped, `None` is left out.

    Attribute names: `class_` and `for_` lose their underscore, other underscores become hyphens.
    `True` gives a bare attribute; `None` and `False` leave it out.
    """
    inner = "".join(escape(child) for child in children if child is not None)
    return Html(f"<{tag_name}{_attributes(attributes)}>{inner}</{tag_name}>")


def void(tag_name: str, **attributes: Attribute) -> Html:
    """Return an element that has no content, such as `input`."""
    return Html(f"<{tag_name}{_attributes(attributes)}>")


def join(*parts: str | None, by: str = "\n") -> Html:
    """Return the parts, escaped where plain, `None` left out."""
    return Html(by.join(escape(part) for part in parts if part is not None))


def _attributes(attributes: dict[str, Attribute]) -> str:
    written = []
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        name = name.rstrip("_").replace("_", "-")
        if value is True:
            written.append(f" {name}")
        else:
            written.append(f' {name}="{html.escape(str(value), quote=True)}"')
    return "".join(written)


@lru_cache(maxsize=2)
def _converter(one_line: bool) -> markdown.Markdown:
    converter = markdown.Markdown(extensions=["tables"], output_format="html")
    if one_line:
        # "3. 5 mmol" and "- 20" are an answer's text, not lists.
        for name in ("indent", "code", "hashheader", "hr", "olist", "ulist", "quote", "reference"):
            converter.parser.blockprocessors.deregister(name)
    return converter


def inline(text: str, number: Callable[[str], str] | None = None) -> Html:
    """Return short Markdown (emphasis, code, links) as HTML, without a paragraph around one paragraph.

    A tag such as `<form>` is text to be read, not markup of the page; `number` may then put in tags of its
    own, such as the numbers of sources.
    """
    shown = _CODE_OR_TAG.sub(lambda match: match["code"] or "&lt;", text)
    return inline_page_text(number(shown) if number else shown)


@lru_cache(maxsize=4096)
def inline_page_text(text: str) -> Html:
    """Do as `inline` with Markdown of a page, where tags are markup: a lesson may hold `<img>`."""
    if _PLAIN.match(text) and "\n" not in text:
        return escape(text)
    rendered = _converter("\n" not in text).reset().convert(text)
    single = _ONE_PARAGRAPH.match(rendered)
    return Html(single[1] if single else rendered)


def table(caption: str | None, head: list[str], rows: list[list[str]], row_headers: bool = True) -> Html:
    """Return a table whose head cells have scope; the first cell of a row names the row."""
    heading = element("tr", *(element("th", cell, scope="col") for cell in head))
    body = []
    for row in rows:
        first = element("th", row[0], scope="row") if row_headers else element("td", row[0])
        body.append(element("tr", first, *(element("td", cell) for cell in row[1:])))
    return element(
        "table",
        element("caption", caption) if caption else None,
        element("thead", heading),
        element("tbody", join(*body)),
    )
