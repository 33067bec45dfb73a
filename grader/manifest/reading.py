"""How hard a text is to read: words, sentences, and the sentences that run long.

Knows Markdown prose; must not know the course. Korean has no reading formula that its readers agree
on, so it is measured by words (eojeol) to a sentence; English by the same and by LIX.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from grader.manifest.markdown import scan

_ASIDE = re.compile(r"\s*(?:\||#|!!!|\?\?\?)")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+\.)\s+")
_END = re.compile(r"(?<=[.?!])[\"”’')*_]*\s+")
_WORD = re.compile(r"[^\W_]")
_LETTERS = re.compile(r"[^\W\d_]+")
_LONG_WORD = 7


@dataclass(frozen=True)
class Sentence:
    """A sentence, where it starts in the text, and its number of words."""

    offset: int
    text: str
    words: int


@dataclass(frozen=True)
class Reading:
    """What a text asks of its reader."""

    words: int
    """Korean: eojeol, what stands between two spaces."""
    sentences: int
    words_per_sentence: float
    lix: float
    """Words to a sentence plus the percentage of words of more than six letters (Björnsson, 1968)."""


def reading_level(text: str) -> Reading:
    """Return how hard the Markdown `text` is. Tables, headings and code do not count."""
    sentences = list(split_sentences(text))
    words = sum(sentence.words for sentence in sentences)
    if not words:
        return Reading(0, 0, 0.0, 0.0)
    letters = (word for sentence in sentences for word in _LETTERS.findall(sentence.text))
    mean = words / len(sentences)
    return Reading(
        words, len(sentences), mean, mean + 100 * sum(len(word) >= _LONG_WORD for word in letters) / words
    )


def split_sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of the Markdown `text`; a list item begins a new one."""
    for offset, block in _blocks(scan(text).prose):
        start = 0
        for stop in [*(match.end() for match in _END.finditer(block)), len(block)]:
            words = sum(bool(_WORD.search(word)) for word in block[start:stop].split())
            if words:
                yield Sentence(offset + start, " ".join(block[start:stop].split()), words)
            start = stop


def _blocks(prose: str) -> Iterator[tuple[int, str]]:
    """Yield paragraphs and list items with their offsets."""
    start, block, at = 0, "", 0
    for line in prose.splitlines(keepends=True):
        item = _ITEM.match(line)
        ends = not line.strip() or item is not None or _ASIDE.match(line) is not None
        if ends and block:
            yield start, block
            block = ""
        if item is not None:
            start, block = at + item.end(), line[item.end() :]
        elif not ends:
            start, block = (start, block + line) if block else (at, line)
        at += len(line)
    if block:
        yield start, block
