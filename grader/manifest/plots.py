"""Plots of the practice notebook in other pages: `![what it shows](practice:<cell id>)`.

Knows how such a picture is written; must not know files, notebooks or the site. `practice:curve` is the
first picture that the cell `curve` drew, `practice:curve#2` the second.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.manifest.markdown import scan

SCHEME = "practice:"
_PLOT = re.compile(
    rf"!\[(?P<alt>[^\[\]]*)\]\(\s*<?{SCHEME}(?P<cell>[^\s()<>#]*)(?:#(?P<number>[^\s()<>]*))?>?"
    r"(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)(?:\{:?(?P<attributes>[^{}\n]*)\})?"
)


@dataclass(frozen=True)
class PlotLink:
    """One plot of the practice notebook that a text shows; offsets count from the start of the text."""

    start: int
    end: int
    alt: str
    cell: str
    number: int
    """1 for the first picture of the cell; 0 when what stands behind `#` is no such number."""
    attributes: str
    """What the author wrote in braces behind it."""


def find_plots(text: str) -> tuple[PlotLink, ...]:
    """Return the plots that a Markdown text shows; what stands in code shows none."""
    if SCHEME not in text:
        return ()
    return tuple(
        PlotLink(
            match.start(),
            match.end(),
            text[slice(*match.span("alt"))].strip(),
            match["cell"],
            _number(match["number"]),
            (match["attributes"] or "").strip(),
        )
        for match in _PLOT.finditer(scan(text).uncoded)
    )


def _number(written: str | None) -> int:
    if written is None:
        return 1
    return int(written) if re.fullmatch(r"[0-9]{1,3}", written) else 0
