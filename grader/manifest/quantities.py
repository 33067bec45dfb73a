"""Numbers and units in prose, in a form in which Korean and English can be compared.

Knows how the course writes numbers; must not know pages or pairs. Only digits count: authors write
“5명 / 5 people”, never “다섯 명 / 5 people”. Months count as their number (“5월”, “May”).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from grader.manifest.markdown import blank
from grader.text import Language

_UNITS: dict[str, str] = {
    r"m[lL]/min(?:/1\.73\s?(?:m²|m2|㎡|m\^2))?": "mL/min/1.73 m²",
    r"kg/(?:m²|m2|㎡|m\^2)": "kg/m²",
    r"mg/d[lL]": "mg/dL",
    r"g/d[lL]": "g/dL",
    r"mg/[lL]": "mg/L",
    r"mg/g": "mg/g",
    r"mmol/[lL]": "mmol/L",
    r"[μµu]mol/[lL]": "μmol/L",
    r"ng/m[lL]": "ng/mL",
    r"pg/m[lL]": "pg/mL",
    r"I?U/[lL]": "U/L",
    r"m?IU/m[lL]": "",
    r"mm\s?Hg": "mmHg",
    r"%p|%\s?포인트|퍼센트\s?포인트|percentage points?": "%p",
    r"%|퍼센트|percent|per cent": "%",
    r"‰": "‰",
    r"mSv": "mSv",
    r"mGy": "mGy",
    r"[KMGT]i?B|[kMG]B": "",
    r"kg": "kg",
    r"mg": "mg",
    r"[μµ]g": "μg",
    r"cm": "cm",
    r"mm": "mm",
    r"km": "km",
    r"m[lL]": "mL",
    r"℃|°\s?C": "°C",
    r"m²|㎡": "m²",
    r"[gmL]": "",
}
"""Pattern → name; with an empty name the text itself is the name."""

_UNIT = re.compile(
    r"[ \t\u00a0\u202f]*(?:"
    + "|".join(f"(?P<u{number}>{pattern})" for number, pattern in enumerate(_UNITS))
    + r")(?![A-Za-z0-9²/]|\.\d)"
)
_NAMES = list(_UNITS.values())

_NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.])(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?|(?<![\w.])\.[0-9]+"
)
_SAME_BREATH = re.compile(r"[^.!?\n|;:()]{1,16}")
"""What may stand between a number and the next when both share the unit behind the second."""
_DATE = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_LIST_MARK = re.compile(r"^[ \t>]*\d+[.)](?=[ \t])", re.MULTILINE)
_TABLE_RULE = re.compile(r"^[ \t>]*\|?(?:[ \t]*:?-+:?[ \t]*\|)+[ \t:|-]*$", re.MULTILINE)

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "september", "october", "november", "december"),
)
_MONTH = re.compile(
    r"\b(?:(?P<sure>January|February|April|June|July|August|September|October|November|December)"
    r"|(?P<maybe>March|May|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b)"
)


@dataclass(frozen=True)
class Quantity:
    """A number with its unit, and where it stands."""

    value: str
    """Digits as written, without thousands commas and leading zeros."""
    unit: str
    offset: int
    implied: str = ""
    """Of a number without a unit: that of the next number, which may be meant for both."""
    sure: bool = True
    """False for words that may or may not be a month, such as “May”."""

    @property
    def shown(self) -> str:
        """The number as a message shows it."""
        return f"{self.value}{'' if self.unit == '%' else ' '}{self.unit}".strip()


def find_quantities(prose: str, language: Language) -> list[Quantity]:
    """Return every number of `prose`, which holds no code, addresses or citations any more."""
    text = _TABLE_RULE.sub(blank, _LIST_MARK.sub(blank, prose))
    found = [*_dates(text)]
    text = _DATE.sub(blank, text)
    found += _numbers(text)
    if language is Language.EN:
        found += _months(text)
    return sorted(found, key=lambda quantity: quantity.offset)


def _dates(text: str) -> Iterator[Quantity]:
    """An ISO date counts as year, month and day, as “2026년 5월 7일” does."""
    for match in _DATE.finditer(text):
        for part in match.groups():
            yield Quantity(str(int(part)), "", match.start())


def _numbers(text: str) -> list[Quantity]:
    found: list[Quantity] = []
    position = 0
    while match := _NUMBER.search(text, position):
        unit = _UNIT.match(text, match.end())
        name = _unit_name(unit) if unit else ""
        if name:
            _imply(found, name, text, match.start())
        found.append(Quantity(_plain(match[0]), name, match.start()))
        position = unit.end() if unit else match.end()
    return found


def _imply(found: list[Quantity], unit: str, text: str, end: int) -> None:
    """Note `unit` on the numbers just before: “25–29.9 kg/m²”, “100, 110 and 126 mg/dL”."""
    for index in range(len(found) - 1, -1, -1):
        before = found[index]
        between = text[before.offset + len(before.value) : end]
        if before.unit or _SAME_BREATH.fullmatch(between) is None:
            return
        found[index] = replace(before, implied=unit)
        end = before.offset


def _plain(number: str) -> str:
    whole, dot, decimals = number.replace(",", "").partition(".")
    return (whole.lstrip("0") or "0") + dot + decimals


def _unit_name(match: re.Match[str]) -> str:
    number = int((match.lastgroup or "u0")[1:])
    return _NAMES[number] or match[0].strip()


def _months(text: str) -> Iterator[Quantity]:
    for match in _MONTH.finditer(text):
        word = match[0].lower()
        number = next(index for index, month in enumerate(_MONTHS, 1) if month.startswith(word[:3]))
        yield Quantity(str(number), "", match.start(), sure=match["sure"] is not None)
