"""QR codes as pictures inside a page. Knows segno; must not know what a code leads to."""

from __future__ import annotations

import segno
from markupsafe import Markup


def draw_qr(text: str, title: str) -> Markup:
    """Return an SVG of black squares on white, which cameras read in dark mode too; `title` names it."""
    code = segno.make(text, error="m", micro=False)
    svg = code.svg_inline(
        scale=4, border=3, dark="#000", light="#fff", title=title, svgclass="qr", omitsize=True
    )
    return Markup(svg)  # noqa: S704  (segno escapes the title; the rest are squares)
