"""The glossary: one word for one thing, in each language.

Knows the glossary's words to avoid and all prose; code keeps its own words. A word that must be
mentioned stands in backticks; titles in 「」 stay as their authors wrote them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from grader.errors import Problem
from grader.manifest.markdown import blank
from grader.manifest.material import GlossaryRow, Material, Pair
from grader.text import Language

_TITLE = re.compile(r"「[^」\n]*」|『[^』\n]*』")


@dataclass(frozen=True)
class Vocabulary:
    """What to avoid in one language, and what to say instead."""

    avoid: re.Pattern[str] | None
    keep: re.Pattern[str] | None
    """Good words that happen to contain an avoided one."""
    better: dict[str, str]
    """Avoided word in lower case → word to use."""


def check_glossary(material: Material) -> list[Problem]:
    """Find words that the glossary says to avoid."""
    vocabularies = {language: _vocabulary(material.glossary, language) for language in Language}
    return [
        problem
        for pair in material.pairs
        if "/" in pair.ko.path  # a README is not part of the course
        for problem in _check(pair, vocabularies)
    ]


def _vocabulary(rows: Iterable[GlossaryRow], language: Language) -> Vocabulary:
    better: dict[str, str] = {}
    words: list[str] = []
    terms: set[str] = set()
    for row in rows:
        term, avoided = (
            (row.term.ko, row.term.avoid_ko) if language is Language.KO else (row.term.en, row.term.avoid_en)
        )
        terms.add(term)
        for word in avoided:
            words.append(word)
            better.setdefault(word.casefold(), term)
    keep = [term for term in terms if any(word.casefold() in term.casefold() for word in words)]
    return Vocabulary(_any_of(words, language), _any_of(keep, language), better)


def _any_of(words: Iterable[str], language: Language) -> re.Pattern[str] | None:
    """Match any of `words`: whole words in English, anywhere in Korean, where particles are attached.

    Words in lower case match at the start of a sentence too; words with capitals only as they stand.
    """
    patterns = []
    for word in sorted(set(words), key=len, reverse=True):
        pattern = re.escape(word).replace(r"\ ", r"\s+")
        if language is Language.EN:
            pattern = rf"(?<!\w){pattern}(?!\w)"
        patterns.append(f"(?i:{pattern})" if word == word.lower() else pattern)
    return re.compile("|".join(patterns)) if patterns else None


def _check(pair: Pair, vocabularies: dict[Language, Vocabulary]) -> Iterator[Problem]:
    for passage in pair:
        vocabulary = vocabularies[passage.language]
        if vocabulary.avoid is None or not vocabulary.avoid.search(passage.text):
            continue
        prose = _TITLE.sub(blank, passage.prose)
        if vocabulary.keep is not None:
            prose = vocabulary.keep.sub(blank, prose)
        for match in vocabulary.avoid.finditer(prose):
            word = re.sub(r"\s+", " ", match[0])
            better = vocabulary.better.get(word.casefold(), "")
            yield Problem(
                passage.path,
                passage.line_at(match.start(), match[0]),
                "glossary-word",
                f"the glossary avoids `{word}`",
                f"Say `{better}`; put the word in backticks if you must mention it.",
            )
