"""Printable checklists: the instructor notes' section `{#checklist}` on one sheet of paper.

Knows the course model and Markdown; must not know MkDocs.
"""

from __future__ import annotations

import re

from grader.manifest.markdown import scan
from grader.model.content import Course, ModuleContent, Page
from grader.site import words
from grader.site.citations import SourceNumbers
from grader.site.markup import Html, element
from grader.site.module_page import CHECKLIST, back_link, checklist_path, lesson_text
from grader.site.page import SitePage
from grader.site.plots import Drawn
from grader.text import Language

_BOX = re.compile(r"^([-*+][ \t]+)(?:☐|\[ \])[ \t]*", re.MULTILINE)


def render_checklist(
    course: Course, content: ModuleContent, language: Language, drawn: Drawn
) -> SitePage | None:
    """Return a module's checklist, or None when its instructor notes have none in this language."""
    page = content.instructor.get(language)
    text = _section(page, drawn) if page is not None else ""
    if not text:
        return None
    module = content.module
    sources = SourceNumbers(course.facts, language)
    parts = (
        back_link(module, language),
        _lines(language),
        Html('<div class="checklist">'),
        sources.number(_BOX.sub(r"\1", text)),
        Html("</div>"),
        *sources.listing(),
    )
    return SitePage(
        path=checklist_path(module.id),
        title=f"{words.CHECKLIST[language]}: {module.code} {module.title[language]}",
        nav_title=words.CHECKLIST[language],
        description=module.question[language],
        parts=parts,
        searched=False,
        warnings=tuple(sources.warnings),
    )


def _section(page: Page, drawn: Drawn) -> str:
    """Return what stands under the heading `{#checklist}`, deeper headings included."""
    body = lesson_text(page, drawn)
    headings = scan(body).headings
    start = next((heading for heading in headings if heading.anchor == CHECKLIST), None)
    if start is None:
        return ""
    ends = [
        heading.offset
        for heading in headings
        if heading.offset > start.offset and heading.level <= start.level
    ]
    return body[start.offset : min(ends, default=len(body))].partition("\n")[2].strip()


def _lines(language: Language) -> Html:
    """Lines for who ticked the boxes, where and when."""
    labels = (words.CHECKLIST_DATE, words.CHECKLIST_CENTRE, words.CHECKLIST_NAME)
    pairs = [element("div", element("dt", label[language]), element("dd", "")) for label in labels]
    return element("dl", *pairs, class_="checklist__lines")
