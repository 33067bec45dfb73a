"""Identifiers: nothing in the repository may look like a real person's number or address.

Knows how Korean resident numbers, telephone numbers and e-mail addresses are built. Looks at every
text file as it stands, code, data and notebooks included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

from grader.errors import Problem
from grader.manifest.material import Material

_RESIDENT = re.compile(r"(?<![\w.-])(\d{2})(\d{2})(\d{2})([-–‑ ]?)([0-9])(\d{6})(?![\w-]|\.\d)", re.ASCII)
_PHONE = re.compile(
    r"(?<![\w.+-])(?:\+?82[-. ]?\(?0?|\(?0)(?P<area>1[016-9]|2|[3-6][1-5]|70|50\d?)\)?"
    r"(?P<first>[-. ]?)(?P<station>\d{3,4})(?P<second>[-. ]?)(?P<line>\d{4})(?![\w-]|\.\d)",
    re.ASCII,
)
_MAIL = re.compile(
    r"[A-Za-z0-9._%+-]+@(?P<domain>[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})(?![\w-])(?!:[\w/]|/)",
    re.ASCII,
)
"""Not followed by what makes it part of an address of a repository or a server."""
_FICTIONAL_DOMAIN = re.compile(r"(?:^|\.)(?:example(?:\.[a-z]{2,3}){0,2}|test|invalid)$", re.IGNORECASE)

_CENTURIES = {"1": 1900, "2": 1900, "5": 1900, "6": 1900, "3": 2000, "4": 2000, "7": 2000, "8": 2000}
_CENTURIES |= {"9": 1800, "0": 1800}
_CHECK_WEIGHTS = (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5)


def check_identifiers(material: Material, today: date) -> list[Problem]:
    """Find resident numbers, telephone numbers and mail addresses that could be somebody's."""
    rules: tuple[Callable[[str], Iterator[tuple[int, str, str, str]]], ...] = (
        lambda text: _resident_numbers(text, today),
        _phone_numbers,
        _mail_addresses,
    )
    problems = []
    for path, text in material.texts.items():
        for rule in rules:
            for offset, code, message, hint in rule(text):
                problems.append(Problem(path, text.count("\n", 0, offset) + 1, code, message, hint))
    return problems


def _resident_numbers(text: str, today: date) -> Iterator[tuple[int, str, str, str]]:
    for match in _RESIDENT.finditer(text):
        # Thirteen digits in a row may be anything; then only a right check digit makes it suspicious.
        # With a hyphen the shape alone does: numbers given out since October 2020 have no check digit.
        if _was_born(match, today) and (match[4] or _has_check_digit(match)):
            hint = "Use a birth date in the future or one that does not exist, e.g. 991332-1000000."
            yield (
                match.start(),
                "resident-number",
                "this looks like a real resident registration number",
                hint,
            )


def _was_born(match: re.Match[str], today: date) -> bool:
    year = _CENTURIES[match[5]] + int(match[1])
    try:
        return date(year, int(match[2]), int(match[3])) <= today
    except ValueError:
        return False


def _has_check_digit(match: re.Match[str]) -> bool:
    digits = [int(digit) for group in (1, 2, 3, 5, 6) for digit in match[group]]
    total = sum(weight * digit for weight, digit in zip(_CHECK_WEIGHTS, digits[:12], strict=True))
    return (11 - total % 11) % 10 == digits[12]


def _phone_numbers(text: str) -> Iterator[tuple[int, str, str, str]]:
    for match in _PHONE.finditer(text):
        is_mobile = match["area"].startswith("1")
        joined = not match["first"] and not match["second"] and ")" not in match[0]
        if joined and not is_mobile:
            continue  # ten digits in a row are hardly ever written for a landline
        if not match["station"].startswith("0"):
            hint = "Use a number nobody can have: the middle part starts with 0, e.g. 010-0000-1234."
            yield match.start(), "phone-number", "this looks like a real telephone number", hint


def _mail_addresses(text: str) -> Iterator[tuple[int, str, str, str]]:
    if "@" not in text:
        return
    for match in _MAIL.finditer(text):
        if not _FICTIONAL_DOMAIN.search(match["domain"]):
            hint = "Use a domain that belongs to nobody: example.com, example.org or example.kr."
            yield match.start(), "mail-address", f"`{match[0]}` may be somebody's e-mail address", hint
