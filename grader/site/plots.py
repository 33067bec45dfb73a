"""Plots of the practice notebook in lessons and notes: the same files as on the practice page.

Knows outcomes of practice sheets and how pages write such a plot; must not know MkDocs or the disk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from grader.errors import Problem
from grader.manifest.plots import SCHEME, PlotLink, find_plots
from grader.model.content import Page
from grader.model.work import Outcome
from grader.site.outputs import picture_path, picture_size, pictures_in

_OWN_SIZE = re.compile(r"(?<![\w-])(?:width|height|style)=")
Drawn = Mapping[str, tuple["Plot", ...]]
"""Cell id → what the cell drew, in order."""


@dataclass(frozen=True)
class Plot:
    """A picture that a practice cell drew."""

    path: str
    """Below the language's root."""
    width: int
    height: int


def plots_of(module_id: str, outcome: Outcome) -> dict[str, tuple[Plot, ...]]:
    """Return what every cell of a practice sheet drew."""
    drawn = {}
    for cell in outcome.cells:
        sizes = [picture_size(content) for content in pictures_in(cell.outputs)]
        drawn[cell.id] = tuple(
            Plot(picture_path(practice_picture(module_id, cell.id), number), *size)
            for number, size in enumerate(sizes)
        )
    return drawn


def practice_picture(module_id: str, cell_id: str) -> str:
    """Return where a cell's pictures lie below the language's root, without number and suffix."""
    return f"modules/{module_id}/practice-{cell_id}"


def place_plots(page: Page, drawn: Drawn) -> tuple[str, list[Problem]]:
    """Return the page's Markdown with plots as plain pictures beside the page, and what was not drawn."""
    written: list[str] = []
    problems: list[Problem] = []
    end = 0
    for link in find_plots(page.body):
        plots = drawn.get(link.cell, ())
        if not 0 < link.number <= len(plots):
            line = page.body_line + page.body.count("\n", 0, link.start)
            problems.append(_not_drawn(link, len(plots), page.path, line))
            continue
        written += [page.body[end : link.start], _picture(link, plots[link.number - 1])]
        end = link.end
    return "".join([*written, page.body[end:]]), problems


def _picture(link: PlotLink, plot: Plot) -> str:
    attributes = [".plot", *_sizes(link, plot), "loading=lazy", "decoding=async", link.attributes]
    return f"![{link.alt}]({plot.path.rsplit('/', 1)[-1]}){{{' '.join(filter(None, attributes))}}}"


def _sizes(link: PlotLink, plot: Plot) -> Iterable[str]:
    """Say the size, so that nothing jumps when the picture arrives; the author's own size comes first."""
    return () if _OWN_SIZE.search(link.attributes) else (f"width={plot.width}", f"height={plot.height}")


def _not_drawn(link: PlotLink, count: int, path: str, line: int) -> Problem:
    number = f"#{link.number}" if link.number > 1 else ""
    drew = "no picture" if not count else "one picture" if count == 1 else f"{count} pictures"
    message = f"`{SCHEME}{link.cell}{number}` cannot be shown: the practice cell `{link.cell}` drew {drew}"
    hint = "end the cell with plt.show(), or name the cell that draws the plot"
    return Problem(path, line, "plot-not-drawn", message, hint)
