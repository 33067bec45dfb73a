"""From a checkout to the rendered site: reads the course, runs what must run, renders both languages.

Knows where things lie and the rooms below; must not know MkDocs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from grader.authoring.lab import for_notebook
from grader.manifest.addresses import TEMPLATES
from grader.model.content import AssignmentContent, Course
from grader.model.work import GradingJob, Outcome
from grader.site.downloads import FORMAT, in_folder, is_archive, spreadsheet_bytes, zip_files
from grader.site.home_pages import home_pieces, modules_in_order
from grader.site.kept import keep
from grader.site.markup import Html
from grader.site.practice import RunJob, read_lab, run_practice
from grader.site.render import Prepared, Rendered, render_site
from grader.text import Language


@dataclass(frozen=True)
class Assembled:
    """The whole site before a site generator sees it."""

    course: Course
    rendered: Mapping[Language, Rendered]
    pieces: Mapping[Language, Mapping[str, Html]]
    """What marks on hand-written pages stand for."""
    files: Mapping[Language, Mapping[str, Path]]
    """Path below the language's root → file."""

    @property
    def keywords(self) -> dict[str, tuple[str, ...]]:
        """Extra search words of pages: address below the site's root → words."""
        found = {}
        for language, rendered in self.rendered.items():
            root = "" if language is Language.KO else f"{language}/"
            for path, page in rendered.pages.items():
                if page.keywords:
                    found[root + path.removesuffix(".md") + ".html"] = page.keywords
        return found


def assemble_site(root: Path) -> Assembled:
    """Read the course at `root` and return everything the site is made of."""
    from grader.wire import Workspace, write_lab

    workspace = Workspace(root)
    course = _load(root)
    lab = write_lab(workspace, course)
    cache = workspace.build / "cache"
    lab_files = read_lab(lab)
    practised = run_practice(course, Language, lab_files, cache / "practice", _behind_walls(lab))
    rendered = {}
    for language in Language:
        spreadsheets = _spreadsheets(course, cache / "spreadsheets", language)
        prepared = Prepared(practised[language], spreadsheets, _packages(course, lab_files, language))
        rendered[language] = render_site(course, prepared, language)
    return Assembled(
        course,
        rendered,
        {language: home_pieces(course, language) for language in Language},
        {language: _files(course, root, language) for language in Language},
    )


def _load(root: Path) -> Course:
    from grader.manifest.read import load_course

    return load_course(root)


def _behind_walls(lab: Path) -> RunJob:
    """Return the runner; the sandbox is loaded when something must really run."""

    def run(job: GradingJob) -> Outcome:
        from grader.sandbox.run import run_job

        return run_job(job, lab)

    return run


def _spreadsheets(course: Course, cache: Path, language: Language) -> dict[str, bytes]:
    """Loading the spreadsheet library takes longer than rendering a module: workbooks are kept."""
    return {
        module_id: keep(
            cache,
            f"{language} {FORMAT} {sheet.model_dump_json()}",
            partial(spreadsheet_bytes, sheet, language),
            is_archive,
        )
        for module_id, content in course.modules.items()
        if (sheet := content.spreadsheet) is not None
    }


def _packages(course: Course, lab: Mapping[str, bytes], language: Language) -> dict[str, bytes]:
    """Assignment id → archive with the release notebook, its data and the package it imports."""
    wanted = {module.assignment for module in modules_in_order(course)}
    return {
        assignment_id: zip_files(package_files(content, lab, language))
        for assignment_id, content in course.assignments.items()
        if assignment_id in wanted
    }


def package_files(
    content: AssignmentContent, lab: Mapping[str, bytes], language: Language
) -> dict[str, bytes]:
    """Return what a trainee gets for an assignment, by path in the archive."""
    from grader.authoring.build import build_release
    from grader.authoring.notebook import notebook_bytes

    assignment = content.assignment.id
    notebook = notebook_bytes(build_release(content.sheet, content.assignment, language))
    package = for_notebook(lab, notebook, language)
    files = {f"{assignment}.ipynb": notebook, **content.data, **package}
    return in_folder(assignment, files)


def _files(course: Course, root: Path, language: Language) -> dict[str, Path]:
    """Return figures and office templates of this language, and those without one."""
    other = f".{language.other.value}."
    return {
        f"modules/{module_id}/figures/{name}": root / path
        for module_id, content in course.modules.items()
        for name, path in content.figures.items()
        if other not in name
    } | {
        f"templates/{path.name}": path
        for path in sorted((root / TEMPLATES).glob("*"))
        if other not in path.name
    }
