"""Where the parts of a prompt stand that are marked off by delimiters.

Knows triple quotes, code fences, <tags>…</tags> and <<<…>>>, and that an instruction may name a delimiter
without using it; must not know what the parts mean. Every search is linear: a text may be all delimiters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_FENCE = re.compile(r"```([a-z]*\n)?")
_TAG = re.compile(r"<(/?)(\w{1,40})(?:\s[^<>]{0,200})?>")


@dataclass(frozen=True)
class Block:
    """A marked part: where it stands with its delimiters, and what is inside."""

    start: int
    end: int
    inner: str


def find_blocks(text: str) -> tuple[Block, ...]:
    """Return the marked parts in order; of two that overlap, the one that begins first."""
    found = sorted(
        (*_quoted(text), *_fenced(text), *_tagged(text), *_angled(text)), key=lambda block: block.start
    )
    kept: list[Block] = []
    for block in found:
        if not kept or block.start >= kept[-1].end:
            kept.append(block)
    return tuple(kept)


def cut_blocks(text: str, blocks: Sequence[Block]) -> str:
    """Return `text` with a space in place of each block."""
    pieces, place = [], 0
    for block in blocks:
        pieces.append(text[place : block.start])
        place = block.end
    return " ".join((*pieces, text[place:]))


def _quoted(text: str) -> Iterator[Block]:
    places = [found.start() for found in re.finditer('"""', text)]
    if len(places) % 2:
        places = places[1:]  # the first one only tells how the text is marked
    for start, end in zip(places[::2], places[1::2], strict=True):
        yield Block(start, end + 3, text[start + 3 : end])


def _fenced(text: str) -> Iterator[Block]:
    opened: re.Match[str] | None = None
    for mark in _FENCE.finditer(text):
        if opened is not None:
            yield Block(opened.start(), mark.start() + 3, text[opened.end() : mark.start()])
            opened = None
        elif mark.group(1):
            opened = mark


def _tagged(text: str) -> Iterator[Block]:
    """Yield outermost pairs of tags, each from the last opening tag of that name."""
    opened: dict[str, re.Match[str]] = {}
    pairs: list[tuple[str, Block]] = []
    for tag in _TAG.finditer(text):
        if not tag.group(1):
            opened[tag.group(2)] = tag
            continue
        first = opened.pop(tag.group(2), None)
        if first is None:
            continue
        while pairs and pairs[-1][1].start > first.start():
            pairs.pop()
        pairs.append((tag.group(2), Block(first.start(), tag.end(), text[first.end() : tag.start()])))
    long = {name for name, block in pairs if "\n" in block.inner}
    for name, block in pairs:
        if name not in long or "\n" in block.inner:  # “between <text> and </text>” only names the tag
            yield block


def _angled(text: str) -> Iterator[Block]:
    end = 0
    while (start := text.find("<<<", end)) >= 0:
        close = text.find(">>>", start)
        if close < 0:
            return
        end = close + 3
        yield Block(start, end, text[start + 3 : close])
