"""Practice pages: a sheet and what running it gave, as one page that needs no Python to be read.

Knows sheets, outcomes and HTML; must not know how cells are run, MkDocs or the disk.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from grader.errors import InvalidContent, Problem
from grader.model.assignment import Cell, CellRole, Sheet
from grader.model.content import Course, ModuleContent, Spreadsheet
from grader.model.work import CellResult, CodeCell, GradingJob, Limits, Outcome, Verdict
from grader.site import words
from grader.site.citations import SourceNumbers
from grader.site.markup import Html, element, inline
from grader.site.outputs import MissingAltError, Picture, preview_table, render_outputs
from grader.site.page import SiteFile, SitePage
from grader.site.plots import practice_picture
from grader.text import Language, LocalText

_LIMITS = Limits(
    cell_timeout_s=60, run_timeout_s=180, cell_output_bytes=4_000_000, run_output_bytes=16_000_000
)
"""Plots are large; authors' code may take its time."""
_RUN = re.compile(r"`{3,}")


def practice_job(content: ModuleContent, sheet: Sheet, language: Language) -> GradingJob:
    """Return the run that a practice page shows."""
    cells = tuple(
        CodeCell(id=cell.id, source=cell.source, raises=cell.raises)
        for cell in sheet.cells
        if cell.role is CellRole.CODE
    )
    return GradingJob(
        assignment=content.module.id,
        revision=content.module.revision,
        cells=cells,
        limits=_LIMITS,
        language=language,
    )


def practice_path(module_id: str, language: Language) -> str:
    """Return where the practice package lies below the language's root."""
    return f"modules/{module_id}/{module_id}-practice.{language.value}.zip"


def spreadsheet_path(module_id: str, language: Language) -> str:
    """Return where the spreadsheet twin lies below the language's root."""
    return f"modules/{module_id}/{module_id}.{language.value}.xlsx"


def render_practice(
    course: Course, content: ModuleContent, outcome: Outcome | None, language: Language
) -> tuple[SitePage, list[SiteFile]]:
    """Return the practice page of a module and its pictures; raise InvalidContent when a cell failed."""
    module = content.module
    sources = SourceNumbers(course.facts, language)
    parts: list[str] = []
    files: list[SiteFile] = []
    downloads: list[Html] = []
    if content.practice is not None and outcome is not None:
        parts.append(words.PRACTICE_INTRO[language])
        downloads.append(_download(practice_path(module.id, language), words.PRACTICE_FILE[language]))
        cells, files = _cells(content, content.practice, outcome, sources, language)
        parts += cells
    if content.spreadsheet is not None:
        parts += _spreadsheet(module.id, content.spreadsheet, sources, language)
        label = words.SPREADSHEET_FILE[language].format(title=content.spreadsheet.title[language])
        downloads.append(_download(spreadsheet_path(module.id, language), label))
    if downloads:
        parts[1:1] = [element("ul", *downloads, class_="downloads")]
    parts += sources.listing()
    page = SitePage(
        path=f"modules/{module.id}/practice.md",
        title=f"{words.PRACTICE[language]}: {module.title[language]}",
        nav_title=words.PRACTICE[language],
        description=module.question[language],
        parts=tuple(parts),
        warnings=tuple(sources.warnings),
    )
    return page, files


def _download(path: str, label: str) -> Html:
    return element("li", element("a", label, href=f"medai:{path}", download=path.rsplit("/", 1)[-1]))


def _cells(
    content: ModuleContent, sheet: Sheet, outcome: Outcome, sources: SourceNumbers, language: Language
) -> tuple[list[str], list[SiteFile]]:
    results = {result.id: result for result in outcome.cells}
    problems = _failures(content, sheet, results)
    parts: list[str] = []
    files: list[SiteFile] = []
    for cell in sheet.cells:
        if cell.role is not CellRole.CODE:
            if cell.language in (language, None):
                parts.append(sources.number(cell.source))
            continue
        parts.append(_code(cell.source))
        result = results.get(cell.id)
        picture = Picture(
            practice_picture(content.module.id, cell.id),
            cell.alt[language] if cell.alt is not None else "",
        )
        try:
            shown, pictures = render_outputs(result.outputs if result else (), picture, language)
        except MissingAltError:
            problems.append(_missing_alt(content, cell))
            continue
        files += pictures
        if shown:
            parts.append(shown)
    if problems:
        raise InvalidContent(problems)
    return parts, files


def _code(source: str) -> str:
    longest = max((len(run) for run in _RUN.findall(source)), default=2)
    fence = "`" * max(3, longest + 1)
    return f"{fence}python\n{source.rstrip()}\n{fence}"


def _path(content: ModuleContent) -> str:
    return f"{content.path}/practice.md"


def _failures(content: ModuleContent, sheet: Sheet, results: Mapping[str, CellResult]) -> list[Problem]:
    """Every cell that did not end as its author said it would."""
    problems = []
    for cell in sheet.cells:
        result = results.get(cell.id)
        if cell.role is not CellRole.CODE or result is None:
            continue
        error = any(output.get("output_type") == "error" for output in result.outputs)
        if cell.raises and result.verdict in (Verdict.PASSED, Verdict.FAILED):
            if not error and not result.error_name:
                message = f"cell `{cell.id}` is marked `raises`, and ended without an error"
                problems.append(
                    Problem(
                        _path(content),
                        cell.line,
                        "practice-no-error",
                        message,
                        "remove `raises` or repair the cell",
                    )
                )
        elif result.verdict is not Verdict.PASSED or (error and not cell.raises):
            told = ": ".join(part for part in (result.error_name, result.error_message) if part)
            message = f"cell `{cell.id}` stopped: {told or result.verdict.value}"
            hint = "repair the cell, or mark it `raises: true` if the error is the lesson"
            problems.append(Problem(_path(content), cell.line, "practice-error", message, hint))
    return problems


def _missing_alt(content: ModuleContent, cell: Cell) -> Problem:
    return Problem(
        _path(content),
        cell.line,
        "practice-no-alt",
        f"cell `{cell.id}` draws a plot without alternative text",
        "add `alt: {ko: …, en: …}` to the cell's medai metadata: say what the plot shows",
    )


def _spreadsheet(
    module_id: str, spreadsheet: Spreadsheet, sources: SourceNumbers, language: Language
) -> list[str]:
    rows = [[_value(value, language) for value in row] for row in spreadsheet.rows]
    head = [column.title[language] for column in spreadsheet.columns]
    link = element(
        "a",
        words.SPREADSHEET_FILE[language].format(title=spreadsheet.title[language]),
        href=f"medai:{spreadsheet_path(module_id, language)}",
    )
    return [
        f"## {words.SPREADSHEET_HEADING[language]} {{#spreadsheet}}",
        sources.number(spreadsheet.note[language]),
        preview_table(spreadsheet.title[language], head, rows),
        element("p", link),
    ]


def _value(value: str | int | float | LocalText | None, language: Language) -> Html:
    if value is None:
        return Html("")
    text = value[language] if isinstance(value, LocalText) else str(value)
    return element("code", text) if text.startswith("=") else inline(text)
