"""Addresses on the site: which pages and files it publishes, and what a link in a page means.

The one place in checks that knows the generated pages. It knows no rules and touches no files; the
site's own code decides what is generated, so a new generated page must be entered here.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from grader.manifest.markdown import scan
from grader.manifest.material import Kind, Material, ModuleFiles
from grader.model.course import FactKind
from grader.text import Language

_EXTERNAL = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)

_SOURCE_NAME = re.compile(r"(?<=/)lesson(?:\.(?:ko|en))?\.md$")
_NOTES_NAME = re.compile(r"(?<=/)instructor\.(?:ko|en)\.md$")
"""Authors may link to the files they see; the site calls a lesson `index.md`."""

TEMPLATES = "course/medai_lab/data/templates/"
"""Office templates that staff may download and edit; on the site they stand in `templates/`."""

_ADDED: Mapping[Kind, frozenset[str]] = {
    Kind.LESSON: frozenset({"top", "objectives", "keypoints", "next", "sources"}),
    Kind.INSTRUCTOR: frozenset({"top", "samples", "sources"}),
    Kind.DOCS: frozenset(),
}
"""Anchors that the site adds around a written page."""


@dataclass(frozen=True)
class Target:
    """What a link means: a path inside the language's tree, and the anchor behind `#`."""

    path: str
    anchor: str


@dataclass(frozen=True)
class Addresses:
    """One language's site: pages with their anchors, and other files."""

    pages: Mapping[str, frozenset[str] | None]
    """Path such as `modules/e0/quiz.md` → its anchors; None when they are not known."""
    files: frozenset[str]


def is_external(link: str) -> bool:
    """Whether `link` leaves the site (or is a mail address)."""
    return _EXTERNAL.match(link) is not None


def resolve(link: str, source: str) -> Target:
    """Return what `link` means on the page `source`; a path that starts with `..` leaves the tree."""
    path, _, anchor = link.partition("#")
    path = unquote(path.partition("?")[0])
    if not path:
        return Target(source, unquote(anchor))
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
    if source.startswith("modules/"):
        path = _SOURCE_NAME.sub(r"index.md", _NOTES_NAME.sub(r"instructor.md", path))
    return Target(path, unquote(anchor))


def site_addresses(material: Material, language: Language) -> Addresses:
    """Return everything that links in `language` may point to."""
    pages: dict[str, frozenset[str] | None] = {**_overview_pages(material)}
    for name, module in material.modules.items():
        pages |= _module_pages(material, name, module)
    for item in material.pages:
        if item.language is language and item.kind is not Kind.ROOT:
            anchors = scan(item.page.body).anchors
            pages[item.site_path] = anchors | _ADDED[item.kind]
            folder = posixpath.dirname(item.site_path)
            if item.kind is Kind.LESSON:
                pages[f"{folder}/slides.md"] = frozenset({"top", "slide-1"})
            elif item.kind is Kind.INSTRUCTOR and "checklist" in anchors:
                pages[f"{folder}/checklist.md"] = frozenset({"top", "sources"})
    return Addresses(pages, frozenset(_files(material, language)))


def _overview_pages(material: Material) -> dict[str, frozenset[str]]:
    facts = {f"fact-{fact}" for fact in material.fact_ids} | {kind.value for kind in FactKind}
    pages = {"facts.md": frozenset({*facts, "top"})}
    if material.glossary:
        pages["glossary.md"] = frozenset({"top"})
    if material.programme is not None:
        pages["schedule.md"] = frozenset({"top", *(cohort.id for cohort in material.programme.cohorts)})
        for track in material.programme.tracks:
            pages[f"tracks/{track.id}.md"] = frozenset({"top", "modules"})
        for role in material.programme.roles:
            pages[f"roles/{role.id}.md"] = frozenset({"top", "path"})
    return pages


def _module_pages(material: Material, name: str, module: ModuleFiles) -> dict[str, frozenset[str] | None]:
    """Return what the site writes beside a module's lesson and instructor notes.

    Of a broken file nothing is known, so its page counts as there, with any anchor.
    """
    folder = f"modules/{name}"
    pages: dict[str, frozenset[str] | None] = {f"{folder}/quiz.md": None}
    if module.quiz is not None:
        questions = {f"q-{question.id}" for question in module.quiz.questions}
        pages[f"{folder}/quiz.md"] = frozenset({"top", *questions})
    practice = next((sheet for sheet in material.sheets if sheet.path == f"{module.path}/practice.md"), None)
    if practice is not None or module.spreadsheet is not None:
        cells = practice.sheet.cells if practice else ()
        headings = {anchor for cell in cells for anchor in scan(cell.source).anchors}
        pages[f"{folder}/practice.md"] = frozenset({"top", "spreadsheet", "sources", *headings})
    assignment_id = module.module.assignment if module.module else name
    if assignment_id is not None:
        files = material.assignments.get(assignment_id)
        rubrics = files.assignment.rubrics if files and files.assignment else ()
        tables = {f"rubric-{rubric.cell}" for rubric in rubrics}
        pages[f"{folder}/assignment.md"] = frozenset({"top", "download", "tasks", "rubric", "due", *tables})
    return pages


def _files(material: Material, language: Language) -> set[str]:
    """Return figures, downloads, and whatever stands beside the pages in `docs/`.

    Files beside Korean pages are published for English pages too, as MkDocs' i18n plugin does.
    """
    folders = tuple(f"docs/{tree}/" for tree in Language)
    found = {
        path.split("/", 2)[2]
        for path in material.files
        if path.startswith(folders) and not path.endswith(".md")
    }
    found |= {
        f"templates/{path.removeprefix(TEMPLATES)}"
        for path in material.files
        if path.startswith(TEMPLATES) and f".{language.other}." not in path
    }
    for name, files in material.modules.items():
        shown = [figure for figure in files.figures if f".{language.other}." not in figure]
        downloads = [f"{name}-practice.{language}.zip", f"{name}.{language}.xlsx"]
        if files.module is not None and files.module.assignment is not None:
            downloads.append(f"{files.module.assignment}.{language}.zip")
        found |= {f"modules/{name}/figures/{figure}" for figure in shown}
        found |= {f"modules/{name}/{download}" for download in downloads}
    return found
