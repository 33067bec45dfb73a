"""The whole site as values: every generated page and file of one language.

Knows the course and the pages; must not know MkDocs, the disk or the sandbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grader.model.content import AssignmentContent, Course
from grader.model.work import Outcome
from grader.site.assignment_page import package_path, render_assignment
from grader.site.checklist_page import render_checklist
from grader.site.citations import SourceNumbers
from grader.site.home_pages import modules_in_order, render_role, render_track
from grader.site.module_page import render_instructor_notes, render_lesson
from grader.site.page import SiteFile, SitePage
from grader.site.plots import plots_of
from grader.site.practice_page import practice_path, render_practice, spreadsheet_path
from grader.site.quiz_page import render_quiz
from grader.site.reference_pages import render_facts, render_glossary, render_schedule
from grader.site.slides_page import render_slides
from grader.text import Language


@dataclass(frozen=True)
class Practised:
    """What running a module's practice sheet in one language gave."""

    package: bytes
    """Archive with the notebook, without outputs, and what it imports."""
    outcome: Outcome


@dataclass(frozen=True)
class Prepared:
    """What was made for one language before pages are rendered; what is missing is left out."""

    practised: Mapping[str, Practised] = field(default_factory=dict)
    """Module id → executed practice."""
    spreadsheets: Mapping[str, bytes] = field(default_factory=dict)
    """Module id → workbook."""
    packages: Mapping[str, bytes] = field(default_factory=dict)
    """Assignment id → release archive."""


@dataclass(frozen=True)
class Rendered:
    """Everything generated in one language."""

    pages: Mapping[str, SitePage]
    files: Mapping[str, SiteFile]


def render_site(course: Course, prepared: Prepared, language: Language) -> Rendered:
    """Return every page and file of `language`; a module without a practice sheet has no practice page."""
    pages: list[SitePage] = []
    files: list[SiteFile] = []
    for module in modules_in_order(course):
        module_pages, module_files = _render_module(course, module.id, prepared, language)
        pages += module_pages
        files += module_files
    pages += [render_track(course, track, language) for track in course.programme.tracks]
    pages += [render_role(course, role, language) for role in course.programme.roles]
    pages += [render_schedule(course, language), render_facts(course, language)]
    if course.glossary:
        pages.append(render_glossary(course, language))
    return Rendered({page.path: page for page in pages}, {file.path: file for file in files})


def _render_module(
    course: Course, module_id: str, prepared: Prepared, language: Language
) -> tuple[list[SitePage], list[SiteFile]]:
    content = course.modules[module_id]
    run = prepared.practised.get(module_id)
    drawn = plots_of(module_id, run.outcome) if run is not None else {}
    pages = [
        render_lesson(course, content, language, drawn),
        render_quiz(content, SourceNumbers(course.facts, language), language),
    ]
    files: list[SiteFile] = []
    if run is not None or content.spreadsheet is not None:
        page, pictures = render_practice(course, content, run.outcome if run else None, language)
        pages.append(page)
        files += pictures
    if run is not None:
        files.append(SiteFile(practice_path(module_id, language), run.package))
    if module_id in prepared.spreadsheets:
        files.append(SiteFile(spreadsheet_path(module_id, language), prepared.spreadsheets[module_id]))
    assignment = assignment_of(course, module_id)
    if assignment is not None:
        package = prepared.packages.get(assignment.assignment.id)
        pages.append(render_assignment(course, content, assignment, language, package is not None))
        if package is not None:
            files.append(SiteFile(package_path(assignment, language), package))
    extra = [
        render(course, content, language, drawn)
        for render in (render_checklist, render_instructor_notes, render_slides)
    ]
    return pages + [page for page in extra if page is not None], files


def assignment_of(course: Course, module_id: str) -> AssignmentContent | None:
    """Return the module's assignment when it exists."""
    return course.assignments.get(course.modules[module_id].module.assignment or "")
