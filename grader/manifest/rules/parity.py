"""Numbers and units: what Korean says in digits, English says in the same digits.

Holds even when a translation's hash was refreshed without reading. Knows pairs of texts and figures;
how numbers are written is in `quantities`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from grader.errors import Problem
from grader.manifest.markdown import scan
from grader.manifest.material import Material, Pair, Passage, Where
from grader.manifest.quantities import Quantity, find_quantities
from grader.text import Language

_MISFIT = 3
_DIGIT = re.compile(r"[0-9]")
_WORDS = re.compile(r'"[^"]*"')
_MARKUP_TEXT = re.compile(r">([^<>]*[0-9][^<>]*)<")
_HINT = "Write the same digits and units in both languages (“5명” / “5 people”; 460,000, not 46만)."


@dataclass(frozen=True)
class Difference:
    """Numbers of one section that have no counterpart."""

    ko: tuple[Quantity, ...]
    en: tuple[Quantity, ...]


def check_parity(material: Material) -> list[Problem]:
    """Find numbers and units that stand in one language only."""
    problems: list[Problem] = []
    for pair in material.pairs:
        if "/" in pair.en.path and (_DIGIT.search(pair.ko.text) or _DIGIT.search(pair.en.text)):
            problems += _value(pair) if pair.en.where is Where.VALUE else _sections(pair)
    problems += _figures(material)
    return problems


def compare(ko: list[Quantity], en: list[Quantity]) -> Difference:
    """Return what is left when equal numbers with fitting units are struck out on both sides."""
    left_ko: list[Quantity] = []
    by_value: dict[str, list[Quantity]] = defaultdict(list)
    for quantity in en:
        by_value[quantity.value].append(quantity)
    for quantity in sorted(ko, key=lambda item: not item.unit):
        partners = by_value[quantity.value]
        partner = min(partners, key=lambda item: _distance(quantity, item), default=None)
        if partner is None or _distance(quantity, partner) == _MISFIT:
            left_ko.append(quantity)
        else:
            partners.remove(partner)
    left_en = [quantity for partners in by_value.values() for quantity in partners if quantity.sure]
    return Difference(tuple(left_ko), tuple(sorted(left_en, key=lambda item: item.offset)))


def _distance(one: Quantity, other: Quantity) -> int:
    """Return 0 for the same unit, more for a unit that stands on a neighbour, 3 for another unit."""
    if one.unit == other.unit:
        return 0 if one.sure and other.sure else 1
    if (not one.unit and one.implied == other.unit) or (not other.unit and other.implied == one.unit):
        return 2
    return _MISFIT


def _value(pair: Pair) -> Iterator[Problem]:
    if pair.ko.text.startswith("=") or pair.en.text.startswith("="):
        yield from _formulas(pair)
        return
    ko = find_quantities(pair.ko.prose, Language.KO)
    en = find_quantities(pair.en.prose, Language.EN)
    difference = compare(ko, en)
    if difference.ko or difference.en:
        needle = difference.en[0].value if difference.en else ""
        yield _problem(pair.en.path, pair.en.line_at(0, needle), "this text", difference)


def _formulas(pair: Pair) -> Iterator[Problem]:
    """A spreadsheet's formula differs between languages only in the words it shows."""
    if _WORDS.sub('""', pair.ko.text) != _WORDS.sub('""', pair.en.text):
        message = f"the formula differs from the Korean one ({pair.ko.path}:{pair.ko.line_at(0)})"
        hint = "Only texts in quotes may differ; use the same cells, numbers and functions."
        yield Problem(pair.en.path, pair.en.line_at(0), "formula-mismatch", message, hint)


def _sections(pair: Pair) -> Iterator[Problem]:
    for anchor, ko_span, en_span in _matching_sections(pair.ko, pair.en):
        ko = find_quantities(pair.ko.prose[slice(*ko_span)], Language.KO)
        en = find_quantities(pair.en.prose[slice(*en_span)], Language.EN)
        difference = compare(ko, en)
        if difference.ko or difference.en:
            offset = en_span[0] + (difference.en[0].offset if difference.en else 0)
            where = f"the section `#{anchor}`" if anchor else "the text before the first heading"
            if pair.en.label:
                where = f"the cell `{pair.en.label}`"
            yield _problem(pair.en.path, pair.en.line_at(offset), where, difference)


def _matching_sections(
    ko: Passage, en: Passage
) -> Iterator[tuple[str | None, tuple[int, int], tuple[int, int]]]:
    """Pair sections in order, or by anchor where headings differ (which is a problem of its own)."""
    ko_sections, en_sections = scan(ko.text).sections, scan(en.text).sections
    if [section.anchor for section in ko_sections] == [section.anchor for section in en_sections]:
        matched = list(zip(ko_sections, en_sections, strict=True))
    else:
        by_anchor = {section.anchor: section for section in en_sections if section.anchor}
        matched = [(one, by_anchor[one.anchor]) for one in ko_sections if one.anchor in by_anchor]
    for one, other in matched:
        yield one.anchor, (one.start, one.end), (other.start, other.end)


def _figures(material: Material) -> Iterator[Problem]:
    """Compare the words in pictures: numbers only, since a label may be cut between lines."""
    for files in material.modules.values():
        for name, path in files.figures.items():
            partner = files.figures.get(name.removesuffix(".en.svg") + ".ko.svg")
            if not name.endswith(".en.svg") or partner is None:
                continue
            english, korean = material.texts.get(path, ""), material.texts.get(partner, "")
            difference = compare(_labels(korean, Language.KO), _labels(english, Language.EN))
            if difference.ko or difference.en:
                offset = difference.en[0].offset if difference.en else 0
                yield _problem(path, english.count("\n", 0, offset) + 1, "this picture", difference)


def _labels(svg: str, language: Language) -> list[Quantity]:
    svg = re.sub(r"<style.*?</style>|<!--.*?-->", lambda match: " " * len(match[0]), svg, flags=re.DOTALL)
    return [
        Quantity(quantity.value, "", match.start(1) + quantity.offset, sure=quantity.sure)
        for match in _MARKUP_TEXT.finditer(svg)
        for quantity in find_quantities(match[1], language)
    ]


def _problem(path: str, line: int, where: str, difference: Difference) -> Problem:
    parts = []
    for language, quantities, other in (
        ("Korean", difference.ko, difference.en),
        ("English", difference.en, difference.ko),
    ):
        if quantities:
            shown = ", ".join(quantity.shown for quantity in quantities)
            parts.append(f"{language} has {shown}{'' if other else ' more'}")
    return Problem(path, line, "number-mismatch", f"in {where} {' where '.join(parts)}", _HINT)
