"""What keeps formgrader harmless; named in its settings and imported by nbgrader, nothing else.

Knows nbconvert; must not know course directories. Learners' Markdown is sanitised before the grader's
browser sees it, and buttons that would run learners' code outside the sandbox refuse.
"""

from __future__ import annotations

import re
from typing import Any

import nh3
from nbconvert.exporters import NotebookExporter
from nbconvert.filters import markdown2html

from grader.errors import UsageError

_PICTURE = re.compile(r"data:image/(?:png|jpeg);base64,[A-Za-z0-9+/=\s]+\Z")
_TAGS = {
    *("h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "code", "div", "span"),
    *("strong", "em", "b", "i", "del", "sub", "sup", "ul", "ol", "li", "dl", "dt", "dd"),
    *("table", "thead", "tbody", "tr", "th", "td", "caption", "a", "img"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan"},
}


def _keep(tag: str, attribute: str, value: str) -> str | None:
    """Return an attribute's value if it is harmless: pictures in the page, links to the web."""
    if attribute == "src":
        return value if _PICTURE.match(value) else None
    if attribute == "href":
        return value if value.lower().startswith(("https://", "http://", "mailto:", "#")) else None
    return value


def markdown_to_safe_html(source: str) -> str:
    """Render a learner's Markdown without script, style, frame or form."""
    return nh3.clean(
        markdown2html(source),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_keep,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer",
    )


class RefusingExporter(NotebookExporter):
    """Stands in for nbgrader's exporters: it is made first, so nothing has been touched when it refuses."""

    def __init__(self, **settings: Any) -> None:
        raise UsageError(
            "formgrader does not run or publish work here: it would do so without the sandbox",
            "use `medai grade`, `medai feedback` or `medai release` instead · "
            "대신 medai grade, medai feedback, medai release를 쓰십시오",
        )
