"""The navigation of one language as MkDocs wants it: titles and paths, nested.

Knows pages and the course's order; must not know MkDocs' objects.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from grader.model.content import Course
from grader.site import words
from grader.site.home_pages import modules_in_order
from grader.site.page import SitePage
from grader.text import Language

NavItem = dict[str, Any] | str
_MODULE_PAGES = ("practice", "quiz", "assignment", "checklist")
_HOME = "index.md"
_GUIDE = "guide/"
_TITLE = re.compile(r"^#[ \t]+(?P<title>.+?)[ \t]*(?:\{[^}]*\})?[ \t]*$", re.MULTILINE)


class Written(Protocol):
    """A hand-written page as the site generator holds it."""

    src_uri: str
    """Path with the language's folder in front."""

    @property
    def content_string(self) -> str:
        """The Markdown text."""


def written_titles(files: Iterable[Written], order: Sequence[str]) -> dict[str, str]:
    """Return path → title of hand-written pages, first those that `order` names."""
    pages = {file.src_uri.split("/", 1)[-1]: file.content_string for file in files}
    known = [path for path in order if path in pages]
    titles = {}
    for path in [*known, *sorted(set(pages) - set(known))]:
        heading = _TITLE.search(pages[path])
        titles[path] = heading["title"] if heading else path.rsplit("/", 1)[-1].removesuffix(".md")
    return titles


def build_navigation(
    course: Course, pages: Mapping[str, SitePage], written: Mapping[str, str], language: Language
) -> list[NavItem]:
    """Return the navigation: home, course, schedule, reference, guides, instructors.

    `pages`: generated pages by path; `written`: hand-written pages, path → title, in the order to show.
    """
    reference = [path for path in ("glossary.md", "facts.md") if path in pages]
    other = [path for path in written if path != _HOME and not path.startswith(_GUIDE)]
    guides: list[NavItem] = [{written[path]: path} for path in written if path.startswith(_GUIDE)]
    items: list[NavItem] = [{words.HOME[language]: _HOME}] if _HOME in written else []
    items += [
        {words.COURSE[language]: _course(course, pages, language)},
        _leaf(pages["schedule.md"]),
        {
            words.REFERENCE[language]: [
                *(_leaf(pages[path]) for path in reference),
                *({written[p]: p} for p in other),
            ]
        },
    ]
    if guides:
        items.append({words.GUIDES[language]: guides})
    notes = [f"modules/{module.id}/instructor.md" for module in modules_in_order(course)]
    if leaves := [_leaf(pages[path]) for path in notes if path in pages]:
        items.append({words.FOR_INSTRUCTORS[language]: leaves})
    return items


def _course(course: Course, pages: Mapping[str, SitePage], language: Language) -> list[NavItem]:
    """Tracks with their modules (each module once, in its first track), then the roles."""
    items: list[NavItem] = []
    shown: set[str] = set()
    for track in course.programme.tracks:
        own = [
            module_id for module_id in track.modules if module_id in course.modules and module_id not in shown
        ]
        shown.update(own)
        section = [{words.OVERVIEW[language]: f"tracks/{track.id}.md"}, *_modules(own, pages)]
        items.append({track.title[language]: section})
    if rest := [module.id for module in modules_in_order(course) if module.id not in shown]:
        items.append({words.OTHER_MODULES[language]: _modules(rest, pages)})
    roles = [_leaf(pages[f"roles/{role.id}.md"]) for role in course.programme.roles]
    items.append({words.ROLES[language]: roles})
    return items


def _modules(module_ids: Sequence[str], pages: Mapping[str, SitePage]) -> list[NavItem]:
    items: list[NavItem] = []
    for module_id in module_ids:
        lesson = pages[f"modules/{module_id}/index.md"]
        parts = [f"modules/{module_id}/{name}.md" for name in _MODULE_PAGES]
        section: list[NavItem] = [lesson.path, *(_leaf(pages[path]) for path in parts if path in pages)]
        items.append({lesson.nav_title: section})
    return items


def _leaf(page: SitePage) -> NavItem:
    return {page.nav_title or page.title: page.path}
