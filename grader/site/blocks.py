"""A page's Markdown cut into sections and blocks: paragraphs, lists, tables, pictures, code, boxes.

Knows Markdown as the course writes it; must not know the course or HTML. It cuts and does not render:
joined again by blank lines, the blocks of a section give its text.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from grader.manifest.markdown import scan

_FENCE = re.compile(r"^(?P<mark>`{3,}|~{3,})")
_BOX = re.compile(r'^(?:!!!|\?\?\?\+?)[ \t]+(?P<kind>[\w-]+)[^"\n]*(?:"(?P<title>.*)")?[ \t]*$')
_ITEM = re.compile(r"^(?P<marker>[-*+]|[0-9]+[.)])[ \t]+(?P<text>.*)$")
_TABLE_LINE = re.compile(r"^\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_PICTURES = re.compile(r"(?:!\[[^\[\]]*\]\([^()\n]*\)(?:\{[^{}\n]*\})?\s*)+\Z")
_SENTENCE_END = re.compile(r"[.?!…](?:[\"'”’)\]]|\*\*)*(?=[ \t\n])")
_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|vs|cf|etc|approx|Dr|No|Fig|[A-Z])\.\Z")
_UNCUT = re.compile(r"\*\*.+?\*\*|`[^`]+`|\([^()\n]*\)|\[[^\[\]\n]*\]|“[^“”\n]*”|\"[^\"\n]*\"")
"""Nothing is cut inside these."""


class Kind(Enum):
    """What a block is."""

    TEXT = "text"
    LIST = "list"
    TABLE = "table"
    PICTURE = "picture"
    CODE = "code"
    BOX = "box"
    """An admonition, open or closed."""
    OTHER = "other"
    """Markup, footnotes and whatever else has no place on a slide."""


@dataclass(frozen=True)
class Block:
    """Neighbouring lines that belong together."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class Part:
    """A heading and the blocks under it, up to the next heading of any level."""

    level: int
    heading: str
    anchor: str | None
    blocks: tuple[Block, ...]


def split_parts(body: str) -> tuple[Part, ...]:
    """Return the parts of a page that starts with a heading; text before it belongs to none."""
    headings = scan(body).headings
    ends = [*(heading.offset for heading in headings[1:]), len(body)]
    return tuple(
        Part(
            heading.level,
            heading.text,
            heading.anchor,
            split_blocks(body[heading.offset : end].partition("\n")[2]),
        )
        for heading, end in zip(headings, ends, strict=False)
    )


def split_blocks(text: str) -> tuple[Block, ...]:
    """Return the blocks of a text without headings, in order."""
    lines = text.split("\n")
    blocks: list[Block] = []
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        kind, end = _block(lines, at)
        blocks.append(Block(kind, "\n".join(lines[at:end]).rstrip()))
        at = end
    return tuple(blocks)


def _block(lines: list[str], at: int) -> tuple[Kind, int]:
    """Return the kind of the block that starts at line `at`, and the line behind it."""
    line = lines[at]
    if fence := _FENCE.match(line):
        return Kind.CODE, _until(lines, at + 1, lambda later: later.startswith(fence["mark"])) + 1
    if _BOX.match(line):
        return Kind.BOX, _with_indented(lines, at + 1, _never)
    if _ITEM.match(line):
        return Kind.LIST, _with_indented(lines, at + 1, lambda later: _ITEM.match(later) is not None)
    end = _until(lines, at + 1, lambda later: not later.strip() or _FENCE.match(later) is not None)
    if at + 1 < end and "|" in line and _TABLE_LINE.match(lines[at + 1]):
        return Kind.TABLE, end
    if _PICTURES.match("\n".join(lines[at:end])):
        return Kind.PICTURE, end
    if line.startswith(("<", "[^", " ", "\t")) or any(later.startswith(":   ") for later in lines[at:end]):
        return Kind.OTHER, end
    return Kind.TEXT, end


def _never(line: str) -> bool:
    return False


def _until(lines: list[str], at: int, ends: Callable[[str], bool]) -> int:
    return next((number for number in range(at, len(lines)) if ends(lines[number])), len(lines))


def _with_indented(lines: list[str], at: int, belongs: Callable[[str], bool]) -> int:
    """Return the line behind a block of indented lines, blank lines between them included."""
    end = at
    for number in range(at, len(lines)):
        line = lines[number]
        # A line that goes on without a blank before it is the last item's.
        behind = number > end or belongs is _never or _FENCE.match(line)
        if line.strip() and behind and not line.startswith(("  ", "\t")) and not belongs(line):
            break
        if line.strip():
            end = number + 1
    return end


def list_items(text: str) -> tuple[tuple[str, str], ...]:
    """Return marker and text of a list's own items; what is nested below them is left out."""
    items: list[tuple[str, str]] = []
    for line in text.split("\n"):
        if item := _ITEM.match(line):
            items.append((item["marker"], item["text"].strip()))
        elif items and line.strip() and not _ITEM.match(line.strip()):
            marker, so_far = items[-1]
            items[-1] = (marker, f"{so_far} {line.strip()}")
    return tuple(items)


def box_title(text: str) -> tuple[str, str, str]:
    """Return kind, title and body of an admonition."""
    first, _, rest = text.partition("\n")
    opening = _BOX.match(first)
    kind, title = (opening["kind"], opening["title"] or "") if opening else ("note", "")
    return kind, title, "\n".join(line.removeprefix("    ") for line in rest.split("\n"))


def table_rows(text: str) -> tuple[tuple[str, str], tuple[str, ...]]:
    """Return the head lines of a table and its rows, as written."""
    head, line, *rows = text.split("\n")
    return (head, line), tuple(rows)


def cells_of(row: str) -> list[str]:
    """Return the cells of a table row."""
    masked = re.sub(r"`[^`]*`|\\\|", lambda match: "x" * len(match[0]), row)
    cuts = [-1, *(at for at, letter in enumerate(masked) if letter == "|"), len(row)]
    cells = [row[start + 1 : end].strip() for start, end in itertools.pairwise(cuts)]
    if row.lstrip().startswith("|"):
        cells = cells[1:]
    return cells[:-1] if row.rstrip().endswith("|") else cells


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a paragraph; bold text, code, brackets and quotations are never cut."""
    whole = " ".join(text.split())
    masked = _UNCUT.sub(lambda match: "x" * (len(match[0]) - 1) + _last(match[0]), whole)
    cuts = [
        match.end()
        for match in _SENTENCE_END.finditer(masked)
        if not _ABBREVIATION.search(masked[: match.start() + 1])
    ]
    starts = [0, *cuts]
    ends = [*cuts, len(whole)]
    found = [whole[start:end].strip() for start, end in zip(starts, ends, strict=True)]
    return tuple(sentence for sentence in found if sentence)


def _last(span: str) -> str:
    """A bold sentence ends where its full stop stands, a quotation inside a sentence does not."""
    return "." if span.startswith("**") and span.rstrip("*\"”')").endswith((".", "?", "!")) else "x"


def bold_in(sentence: str) -> tuple[str, ...]:
    """Return what a sentence sets in bold."""
    return tuple(match.strip() for match in re.findall(r"\*\*(.+?)\*\*", sentence))


def shown_width(text: str) -> float:
    """Return about how wide a text is, in widths of a Hangul syllable."""
    plain = re.sub(r"<[^<>]*>|\[@[^\]]*\]|\*\*|`|\]\([^()]*\)|[\[\]]", "", text)
    return sum(1.0 if ord(letter) > 0x2E80 else 0.55 for letter in plain)
