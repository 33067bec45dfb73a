"""Slides made from a lesson: what is shown, and the whole text as the presenter's notes.

Knows Markdown blocks and how much a slide holds; must not know HTML, citations or the course. A slide
shows headings, sentences with bold text, lists, tables, pictures, code and titles of boxes; every other
sentence stands in the notes of the slide that was last begun, so that nothing of the lesson is lost.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from grader.site.blocks import (
    Block,
    Kind,
    Part,
    bold_in,
    box_title,
    cells_of,
    list_items,
    sentences,
    shown_width,
    split_blocks,
    split_parts,
    table_rows,
)

_HOLDS = 10.5
"""Lines of text on a slide, the heading not counted."""
_LINE = 34.0
"""Width of a line, in widths of a Hangul syllable."""
_TABLE_LINE = 44.0
_CODE_LINES = 13
_LONG = 2.2 * _LINE
_SHORT = 1.7 * _LINE
_IMAGE = re.compile(r"!\[[^\[\]]*\]\([^()\n]*\)(?:\{[^{}\n]*\})?")
_LINK = re.compile(r"(?<!!)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\([^()\s]*(?:[ \t]+\"[^\"]*\")?\)(?:\{[^{}\n]*\})?")


class Look(Enum):
    """How something stands on a slide."""

    BULLET = "bullet"
    STEP = "step"
    """An item of a numbered list."""
    BOX = "box"
    BLOCK = "block"
    """Markdown shown as it is: a table, a picture, code."""


@dataclass(frozen=True)
class Item:
    """One thing on a slide."""

    look: Look
    text: str
    lines: float
    """Room that it takes, in lines of text."""
    mark: str = ""
    """Number of a step, kind of a box."""


@dataclass
class Slide:
    """One slide while it is being made."""

    heading: str
    items: list[Item] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    part: tuple[int, int] = (1, 1)
    """Which slide of its heading, and of how many."""

    @property
    def is_sparse(self) -> bool:
        """Whether there is so little on it that it can stand in larger letters."""
        return self.room > _HOLDS / 2 and all(item.look is not Look.BLOCK for item in self.items)

    @property
    def room(self) -> float:
        """Lines that are still free."""
        return _HOLDS - sum(item.lines for item in self.items)


def make_slides(body: str) -> list[Slide]:
    """Return the slides of a lesson's Markdown, in order."""
    slides: list[Slide] = []
    section = ""
    for part in split_parts(body):
        section = part.heading if part.level < 3 else section
        heading = section if part.level < 3 else f"{section} – {part.heading}"
        slides += _slides_of(part, heading)
    return _numbered(slides)


def list_slides(heading: str, texts: Iterable[str]) -> list[Slide]:
    """Return the slides of a list that stands in no lesson."""
    slides = [Slide(heading)]
    for text in texts:
        _put(slides, _bullet(text))
    _balance(slides)
    return _numbered(slides)


def _slides_of(part: Part, heading: str) -> list[Slide]:
    slides = [Slide(heading)]
    for block in part.blocks:
        items = list(_items(block))
        for number, item in enumerate(items):
            _put(slides, item)
            if number == 0 and not _is_whole(block, items):
                slides[-1].notes.append(block.text)
        if not items:
            slides[-1].notes.append(block.text)
    _balance(slides)
    _fill_empty(slides[0], part)
    return slides if slides[0].items or slides[0].notes else []


def _put(slides: list[Slide], item: Item) -> None:
    """Put an item where there is room for it; a picture gets a slide of its own."""
    last = slides[-1]
    if last.items and (item.lines > last.room or _is_large(item) or any(map(_is_large, last.items))):
        slides.append(Slide(last.heading))
    slides[-1].items.append(item)


def _balance(slides: list[Slide]) -> None:
    """Share a list evenly: its last item shall not stand alone behind a full slide."""
    for before, after in itertools.pairwise(slides):
        if any(item.look is Look.BLOCK for item in (*before.items, *after.items)):
            continue
        while len(before.items) > len(after.items) + 1 and before.items[-1].lines <= after.room:
            after.items.insert(0, before.items.pop())


def _is_large(item: Item) -> bool:
    return item.lines >= _HOLDS


def _fill_empty(slide: Slide, part: Part) -> None:
    """Show a section's first sentence where its author stressed none."""
    if slide.items:
        return
    first = next((block for block in part.blocks if block.kind is Kind.TEXT), None)
    if first is not None:
        slide.items.append(_bullet(sentences(first.text)[0]))


def _numbered(slides: list[Slide]) -> list[Slide]:
    counts: dict[str, int] = {}
    for slide in slides:
        counts[slide.heading] = counts.get(slide.heading, 0) + 1
        slide.part = (counts[slide.heading], 0)
    for slide in slides:
        slide.part = (slide.part[0], counts[slide.heading])
    return slides


# ---------------------------------------------------------------- what a block shows


def _items(block: Block) -> Iterator[Item]:
    if block.kind is Kind.TEXT:
        yield from _stressed(block.text)
    elif block.kind is Kind.LIST:
        yield from map(_listed, list_items(block.text))
    elif block.kind is Kind.TABLE:
        yield from _tables(block.text)
    elif block.kind is Kind.PICTURE:
        yield from (Item(Look.BLOCK, picture, _HOLDS) for picture in _IMAGE.findall(block.text))
    elif block.kind is Kind.CODE and len(block.text.split("\n")) - 2 <= _CODE_LINES:
        yield Item(Look.BLOCK, block.text, 0.75 * len(block.text.split("\n")))
    elif block.kind is Kind.BOX:
        yield from _box(block.text)


def _is_whole(block: Block, items: list[Item]) -> bool:
    """Whether the slides show all of a block, so that notes need not repeat it."""
    if block.kind is Kind.LIST:
        texts = [text for _, text in list_items(block.text)]
        return [_plain(text) for text in texts] == [item.text for item in items]
    return block.kind in (Kind.TABLE, Kind.PICTURE, Kind.CODE)


def _stressed(text: str) -> Iterator[Item]:
    """Show the sentences that hold bold text; of a long one, what is bold when that says enough."""
    for sentence in sentences(text):
        bold = bold_in(sentence)
        if not bold:
            continue
        if shown_width(sentence) > _LONG and shown_width(" ".join(bold)) > _LINE / 3:
            yield from (_bullet(span) for span in bold)
        else:
            yield _bullet(sentence)


def _listed(item: tuple[str, str]) -> Item:
    """Show a list's item: all of a short one, what a long one opens with in bold, or its first sentence."""
    marker, text = item
    shown = text
    if shown_width(text) > _SHORT:
        opening = re.match(r"\*\*(.+?)\*\*", text)
        first = sentences(text)[0]
        shown = opening[0] if opening and shown_width(first) > _LONG else first
    return _bullet(shown) if marker[0] in "-*+" else _bullet(shown, Look.STEP, marker.rstrip(".)"))


def _bullet(text: str, look: Look = Look.BULLET, mark: str = "") -> Item:
    plain = _plain(text)
    whole = re.fullmatch(r"\*\*((?:(?!\*\*).)+)\*\*", plain)
    plain = whole[1] if whole else plain
    return Item(look, plain, math.ceil(shown_width(plain) / _LINE) + 0.4, mark)


def _plain(text: str) -> str:
    """Leave out what only a page has: links, and boxes to tick."""
    return _LINK.sub(r"\1", text).removeprefix("☐").strip()


def _box(text: str) -> Iterator[Item]:
    kind, title, body = box_title(text)
    if title:
        yield Item(Look.BOX, _plain(title), math.ceil(shown_width(title) / _LINE) + 0.8, kind)
    for block in split_blocks(body):
        if block.kind is Kind.TEXT:
            yield from _stressed(block.text)


def _tables(text: str) -> Iterator[Item]:
    """Show a table; cut a long one and repeat its head."""
    head, rows = table_rows(text)
    widths = [max(map(shown_width, column)) for column in _columns([head[0], *rows])]
    head_lines = _row_lines(head[0], widths)
    cut: list[str] = []
    for share in _shares(rows, [_row_lines(row, widths) for row in rows], _HOLDS - head_lines):
        cut = [*head, *share]
        lines = head_lines + sum(_row_lines(row, widths) for row in share)
        yield Item(Look.BLOCK, "\n".join(cut), min(lines, _HOLDS))


def _columns(rows: list[str]) -> list[list[str]]:
    table = [cells_of(row) for row in rows]
    count = max(map(len, table))
    return [[row[number] if number < len(row) else "" for row in table] for number in range(count)]


def _row_lines(row: str, widths: list[float]) -> float:
    """Return the lines that a row takes when columns share the width by what they hold."""
    total = sum(widths) or 1.0
    scale = min(1.0, (_TABLE_LINE - 1.5 * len(widths)) / total)
    shares = [max(width * scale, 3.0) for width in widths]
    lines = [math.ceil(shown_width(cell) / share) for cell, share in zip(cells_of(row), shares, strict=False)]
    return 0.78 * max([1, *lines]) + 0.3


def _shares(rows: tuple[str, ...], lines: list[float], holds: float) -> Iterator[list[str]]:
    """Cut rows into as few shares as fit, of about equal height."""
    count = max(1, math.ceil(sum(lines) / holds))
    target = sum(lines) / count
    share: list[str] = []
    filled = 0.0
    for row, height in zip(rows, lines, strict=True):
        if share and (filled + height > holds or filled + height / 2 > target):
            yield share
            share, filled = [], 0.0
        share.append(row)
        filled += height
    if share:
        yield share
