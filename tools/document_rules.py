"""The rules that every fictional document must obey.

Knows the record of a document as compiled; must not know the marker syntax of its source. People are made
up, so every identifier is one that cannot exist: days that no calendar has, telephones whose middle part
starts with 0, mail at example.*, licences and accounts of zeros.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

SITES = {"gaon", "naru", "dasom", "saebom", "haneul", "bada", "deulkkot", "oreum"}
SPLITS = {"practice", "held-back"}
TYPES = {
    *("name", "rrn", "phone", "email", "address", "chart-number"),
    *("date-of-birth", "employer", "account", "licence"),
}
ROLES = {"examinee", "staff", "family", "other"}
FAULTS = {f"F{n}" for n in range(1, 11)}
WORDS = (80, 350)
PHRASES = {"ko": "판정 초안 – 의사 확인 필요", "en": "draft – physician to confirm"}
NEEDED = {"clean letters": 4, "English letters": 3}

_READ_AS_DIGITS = str.maketrans("OoIl공영일이삼사오육륙칠팔구", "0011001234566789")
_CENTURIES = {"1": 1900, "2": 1900, "5": 1900, "6": 1900, "3": 2000, "4": 2000, "7": 2000, "8": 2000}

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

Document = dict[str, Any]


def check_documents(documents: list[Document]) -> list[str]:
    """Return everything that is wrong, one line each."""
    problems = [f"{d['id']}: {message}" for d in documents for message in _check_one(d)]
    for doubled, times in Counter(d["id"] for d in documents).items():
        if times > 1:
            problems.append(f"{doubled}: the id stands {times} times")
    return problems + list(_check_splits(documents)) + list(_check_distribution(documents))


def _check_one(document: Document) -> Iterator[str]:
    text, spans = document["text"], document["spans"]
    yield from _check_head(document)
    words = len(text.split())
    if not WORDS[0] <= words <= WORDS[1]:
        yield f"{words} words, wanted {WORDS[0]} to {WORDS[1]}"
    if any(mark in text for mark in ("[[", "]]", "{{")):
        yield "a marker is left in the text"
    for span in spans:
        yield from _check_span(text, span)
    yield from _check_unmarked(text, spans)
    for fault in document["planted"]:
        yield from _check_fault(text, fault)
    for fact in document["facts"]:
        if fact["in_text"] and not _states(text, fact["value"], document):
            yield f"fact {fact['name']} = {fact['value']} is not in the text"


def _check_head(document: Document) -> Iterator[str]:
    if document["site"] not in SITES:
        yield f"unknown site {document['site']}"
    if document["split"] not in SPLITS:
        yield f"unknown split {document['split']}"
    if document["language"] not in PHRASES:
        yield f"unknown language {document['language']}"
    elif document["author"] == "machine-like" and PHRASES[document["language"]] not in document["text"]:
        yield f"a machine-like text needs `{PHRASES[document['language']]}`"
    if document["author"] == "person-like" and document["planted"]:
        yield "faults are planted in machine-like texts only"


def _check_fault(text: str, fault: Document) -> Iterator[str]:
    inside = 0 <= fault["start"] <= fault["end"] <= len(text)
    if fault["fault"] not in FAULTS or not inside or not fault["what"]:
        yield f"bad planted fault {fault}"
    if fault["start"] == fault["end"] and fault["fault"] not in ("F2", "F8"):
        yield f"{fault['fault']} needs text: only an omission or a broken ending may be empty"


def _states(text: str, value: float | str, document: Document) -> bool:
    if isinstance(value, str):
        coded = {"M": "남|M|아버지|님", "F": "여|F|님", "left": "좌|왼", "negative": "음성"}.get(
            value, re.escape(value)
        )
        return re.search(coded, text) is not None or document["kind"] == "e-mail-reply-draft"
    shown = re.escape(str(value))
    counted = {1: "|한|하나", 2: "|두|2건"}.get(value, "") if isinstance(value, int) else ""
    return re.search(rf"(?<![\d.]){shown}(?!\d|\.\d){counted}", text) is not None


def _check_span(text: str, span: Document) -> Iterator[str]:
    value = span["text"]
    if text[span["start"] : span["end"]] != value:
        yield f"span {span['start']}:{span['end']} is not `{value}`"
    if span["type"] not in TYPES or span.get("role", "examinee") not in ROLES:
        yield f"unknown span type {span['type']} {span.get('role', '')}"
    if not value or value != value.strip():
        yield f"span `{value}` is empty or has blanks around it"
    plain = unicodedata.normalize("NFKC", value)
    if (wrong := _INVALID.get(span["type"])) and (message := wrong(plain)):
        yield f"`{value}` {message}"


def _check_rrn(plain: str) -> str:
    # Scanned and dictated numbers are read as a person reads them: letter O as zero, 공 as zero.
    digits = _digits(plain.translate(_READ_AS_DIGITS))
    exists = len(digits) != 13 or _is_day(_CENTURIES.get(digits[6], 1800), digits[:6])
    return "needs 13 digits and a day that does not exist" if exists else ""


def _check_phone(plain: str) -> str:
    digits = _digits(plain.translate(_READ_AS_DIGITS))
    if len(digits) <= 4:  # the last four digits alone reach nobody
        return ""
    national = digits.removeprefix("82") if plain.startswith("+82") else digits.removeprefix("0")
    area = "2" if national.startswith("2") else national[:2]
    return "" if national.removeprefix(area).startswith("0") else "needs a middle part that starts with 0"


def _check_email(plain: str) -> str:
    ours = re.search(r"@(?:[a-z0-9-]+\.)*example\.(?:com|org|net|kr)$", plain.replace(" ", ""))
    return "" if ours else "is not at example.com, .org, .net or .kr"


def _check_birth(plain: str) -> str:
    return "is a day that exists" if _could_be_birth(plain) else ""


def _check_zeros(plain: str) -> str:
    return "needs digits that are all 0" if _digits(plain).strip("0") else ""


_INVALID: Mapping[str, Callable[[str], str]] = {
    "rrn": _check_rrn,
    "phone": _check_phone,
    "email": _check_email,
    "date-of-birth": _check_birth,
    "licence": _check_zeros,
    "account": _check_zeros,
}


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _is_day(century: int, six: str) -> bool:
    try:
        date(century + int(six[:2]), int(six[2:4]), int(six[4:]))
    except ValueError:
        return False
    return True


def _could_be_birth(plain: str) -> bool:
    if english := re.fullmatch(r"(\d{1,2}) ([A-Z][a-z]+) (\d{4})", plain):
        plain = f"{english[3]}-{_MONTHS.index(english[2]) + 1:02d}-{int(english[1]):02d}"
    numbers = re.findall(r"\d+", plain)
    if len(numbers) == 1 and len(numbers[0]) in (6, 8):
        whole = numbers[0]
        numbers = [whole[:-4], whole[-4:-2], whole[-2:]]
    if len(numbers) != 3:
        return True
    year = int(numbers[0]) + (1900 if len(numbers[0]) == 2 else 0)
    return _is_day(year - year % 100, f"{year % 100:02d}{int(numbers[1]):02d}{int(numbers[2]):02d}")


def _check_unmarked(text: str, spans: list[Document]) -> Iterator[str]:
    """An identifier that is marked once must be marked everywhere in its document."""
    covered = bytearray(len(text))
    for span in spans:
        if any(covered[span["start"] : span["end"]]):
            yield f"span `{span['text']}` overlaps another"
        covered[span["start"] : span["end"]] = b"\1" * (span["end"] - span["start"])
    for value in {span["text"] for span in spans}:
        for match in re.finditer(re.escape(value), text):
            if not any(covered[match.start() : match.end()]):
                yield f"`{value}` also stands unmarked at {match.start()}"
    for match in re.finditer(r"0\d{1,2}[-. ]\d{3,4}[-. ]\d{3,4}|\d{6}[-]\d{7}|\S+@\S+", text):
        if not any(covered[match.start() : match.end()]):
            yield f"`{match[0]}` looks like an identifier and is not marked"


def _check_splits(documents: list[Document]) -> Iterator[str]:
    """A person or number of the practice set must not help with the held-back set."""
    seen: dict[str, set[str]] = {}
    for document in documents:
        for span in document["spans"]:
            if span["type"] in ("rrn", "chart-number", "address") or span.get("role") == "examinee":
                seen.setdefault(span["text"], set()).add(document["split"])
    where = {document["id"]: document["split"] for document in documents}
    for document in documents:
        if document["from"] and where.get(document["from"]) != document["split"]:
            yield f"{document['id']}: made from {document['from']}, which is not in its split"
    for value, splits in sorted(seen.items()):
        if len(splits) > 1:
            yield f"`{value}` stands in both splits"


def _check_distribution(documents: list[Document]) -> Iterator[str]:
    if len(documents) < 48:
        yield f"{len(documents)} documents, wanted at least 48"
    for split in sorted(SPLITS):
        inside = [d for d in documents if d["split"] == split]
        faults = Counter(f["fault"] for d in inside for f in d["planted"])
        types = {s["type"] for d in inside for s in d["spans"]}
        letters = [d for d in inside if d["kind"] == "result-letter"]
        has = {
            "clean letters": sum(not d["planted"] for d in letters),
            "English letters": sum(d["language"] == "en" for d in letters),
        }
        yield from (f"{split}: {has[x]} {x}, wanted {NEEDED[x]}" for x in NEEDED if has[x] < NEEDED[x])
        for missing in sorted(FAULTS - set(faults)):
            yield f"{split}: no {missing}"
        for missing in sorted(TYPES - types):
            yield f"{split}: no span of type {missing}"
