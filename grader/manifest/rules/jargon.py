"""Abbreviations: a lesson explains each, or the glossary does.

Knows lessons and the glossary. An abbreviation is explained where it stands in or right before
parentheses, as in "양성예측도(PPV)" or "PPV (positive predictive value)".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.errors import Problem
from grader.manifest.markdown import blank
from grader.manifest.material import Kind, Material, PageFile, Passage, Where

_ABBREVIATION = re.compile(r"(?<![\w.·/-])[A-Z]{2,}(?:-[A-Z]{2,}|[0-9]+)?(?=s?(?![A-Za-z]))")
_IN_BRACKETS = re.compile(r"\([^()\n]*\)")
_PLAIN = frozenset({"AI", "PC", "IT", "ID", "OK", "PDF", "USB", "CSV", "MRI", "CT"})
"""Known to everybody who works in a hospital, or printed on its keyboards and buttons."""
_KEYS = re.compile(r"\+\+[^+\n]+\+\+")


def check_jargon(material: Material) -> list[Problem]:
    """Find abbreviations that a lesson uses and nobody explains."""
    told = _PLAIN | {
        match[0]
        for row in material.glossary
        for text in (row.term.ko, row.term.en, row.term.note_ko, row.term.note_en)
        for match in _ABBREVIATION.finditer(text)
    }
    return [
        problem for item in material.pages if item.kind is Kind.LESSON for problem in _unexplained(item, told)
    ]


def _unexplained(item: PageFile, told: frozenset[str]) -> Iterator[Problem]:
    passage = Passage(item.page.path, item.page.body_line, item.language, item.page.body, Where.PAGE)
    prose = _KEYS.sub(blank, passage.prose)
    explained = set(told)
    for brackets in _IN_BRACKETS.finditer(prose):
        explained |= {match[0] for match in _ABBREVIATION.finditer(brackets[0])}
    for match in _ABBREVIATION.finditer(prose):
        word = match[0]
        if word in explained:
            continue
        explained.add(word)  # once a page is enough
        if prose[match.end() :].lstrip(" ").startswith("("):
            continue
        yield Problem(
            passage.path,
            passage.line_at(match.start()),
            "unexplained-term",
            f"`{word}` is explained neither here nor in the glossary",
            f"Say it in words and add `({word})` where it first appears, or add it to course/glossary.csv.",
        )
