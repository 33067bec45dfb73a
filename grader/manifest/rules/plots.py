"""Plots of the practice notebook on other pages: each names a cell that draws one.

Knows lessons, instructor notes and practice sheets. Whether a cell really draws shows only when it runs:
the site's build says so. Alternative texts are checked with all other pictures.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from grader.errors import Problem
from grader.manifest.markdown import Link, scan
from grader.manifest.material import Kind, Material, PageFile, Passage, Where
from grader.manifest.plots import SCHEME, PlotLink, find_plots
from grader.model.assignment import CellRole

_SHOWN_ON = frozenset({Kind.LESSON, Kind.INSTRUCTOR})


def check_plots(material: Material) -> list[Problem]:
    """Find plots that no practice cell draws, and plots where none can be shown."""
    problems: list[Problem] = []
    for item in material.pages:
        page = item.page
        passage = Passage(page.path, page.body_line, item.language, page.body, Where.PAGE)
        if item.kind in _SHOWN_ON:
            problems += _page(item, passage, material)
        else:
            problems += _misplaced(passage)
    for pair in material.pairs:
        for passage in pair:
            if passage.where is not Where.PAGE:
                problems += _misplaced(passage)
    return problems


def _page(item: PageFile, passage: Passage, material: Material) -> Iterator[Problem]:
    plots = find_plots(passage.text)
    for files in material.modules.values():
        if item.page.path.startswith(f"{files.path}/"):
            for plot in plots:
                yield from _plot(plot, passage, f"{files.path}/practice.md", material)
    shown = {plot.start for plot in plots}
    for link in _plot_links(passage):
        if link.offset not in shown:
            line = passage.line_at(link.offset, link.target)
            message = f"`{link.target}` is a picture, not a page"
            hint = f"Write it as a picture: ![what it shows]({link.target})."
            yield Problem(passage.path, line, "plot-misplaced", message, hint)


def _plot(plot: PlotLink, passage: Passage, where: str, material: Material) -> Iterator[Problem]:
    line = passage.line_at(plot.start)
    sheet = next((file.sheet for file in material.sheets if file.path == where), None)
    if sheet is None:
        # A notebook that could not be read is a problem of its own.
        if where not in material.files:
            message = f"`{SCHEME}{plot.cell}`: the module has no practice notebook"
            hint = f"Write {where}, or remove the picture."
            yield Problem(passage.path, line, "plot-unknown", message, hint)
        return
    cells = {cell.id: cell for cell in sheet.cells if cell.role is CellRole.CODE}
    cell = cells.get(plot.cell)
    drawing = [name for name, candidate in cells.items() if candidate.alt is not None]
    if cell is None:
        close = difflib.get_close_matches(plot.cell, drawing, n=1)
        hint = f"Did you mean `{close[0]}`?" if close else f"Cells that draw: {', '.join(drawing) or 'none'}."
        yield Problem(passage.path, line, "plot-unknown", f"{where} has no code cell `{plot.cell}`", hint)
    elif cell.alt is None:
        message = f"the cell `{plot.cell}` ({where}:{cell.line}) draws no plot: it has no `alt`"
        hint = "Say in the cell's `alt` what its plot shows, or name a cell that draws one."
        yield Problem(passage.path, line, "plot-without-alt", message, hint)
    if plot.number == 0:
        message = f"`{SCHEME}{plot.cell}#…` needs a number behind #, counted from 1"
        hint = f"Write `{SCHEME}{plot.cell}#2` for the cell's second picture."
        yield Problem(passage.path, line, "plot-unknown", message, hint)


def _misplaced(passage: Passage) -> Iterator[Problem]:
    for link in _plot_links(passage):
        line = passage.line_at(link.offset, link.target)
        message = f"`{link.target}` cannot be shown here"
        hint = "Plots of the practice notebook stand in lessons and instructor notes."
        yield Problem(passage.path, line, "plot-misplaced", message, hint)


def _plot_links(passage: Passage) -> Iterator[Link]:
    if SCHEME in passage.text:
        yield from (link for link in scan(passage.text).links if link.target.startswith(SCHEME))
