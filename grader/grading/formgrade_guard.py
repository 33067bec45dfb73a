"""What keeps formgrader harmless; named in its settings and imported by nbgrader, nothing else.

Knows nbconvert; must not know course directories. Learners' Markdown is sanitised before the grader's
browser sees it, and buttons that would publish hidden tests refuse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any

import nh3
from jinja2 import pass_context
from jinja2.runtime import Context
from nbconvert.exporters import NotebookExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

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


def markdown_to_safe_html(source: str, attachments: Mapping[str, Any] | None = None) -> str:
    """Render a learner's Markdown without script, style, frame or form.

    `attachments` are the pictures pasted into the cell. What cannot be rendered is shown as it was written:
    no answer may go unread.
    """
    try:
        renderer = IPythonRenderer(escape=False, attachments=dict(attachments or {}))
        html = MarkdownWithMath(renderer=renderer).render(source)
    except Exception:  # a picture that is missing, for one
        html = f"<pre>{escape(source)}</pre>"
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_keep,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel="noopener noreferrer",
    )


@pass_context
def render_cell(context: Context, source: str) -> str:
    """Render the Markdown of the cell that a template is at."""
    cell = context.get("cell")
    found = cell.get("attachments") if isinstance(cell, Mapping) else None
    return markdown_to_safe_html(source, found if isinstance(found, Mapping) else None)


class RefusingExporter(NotebookExporter):
    """Stands in for nbgrader's exporters: it is made first, so nothing has been touched when it refuses."""

    def __init__(self, **settings: Any) -> None:
        raise UsageError(
            "formgrader does not release work or feedback here: its pages would show hidden tests",
            "use `medai feedback` or `medai release` instead · 대신 medai feedback, medai release를 쓰십시오",
        )
