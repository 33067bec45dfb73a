"""Measure the redactors on the fictional documents: run it after changing a document or a redactor.

Knows the marked places and how to count them; must not know how a redactor works. Writes
`course/medai_lab/data/deidentification.json` and the tables of docs/*/reference/deidentification.md.
Usage: measure_redactors.py [--check]
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from deidentification_page import keep_record, make_parser
from intervals import wilson
from redactors import REDACTORS, THRESHOLD, Found, Redactor

ROOT = Path(__file__).resolve().parents[1]
SOURCES = {
    "practice": ROOT / "course" / "data" / "documents.jsonl",
    "held-back": ROOT / "course" / "texts" / "held-back" / "documents.jsonl",
}
RECORD = ROOT / "course" / "medai_lab" / "data" / "deidentification.json"
PACKAGES = ("presidio-analyzer", "spacy", "phonenumbers", "tldextract", "kiwipiepy", "kiwipiepy-model")
TYPES = (
    *("name", "rrn", "phone", "email", "address", "chart-number"),
    *("date-of-birth", "employer", "account", "licence"),
)
ROLES = ("examinee", "staff", "family", "other")
COLUMNS = (
    *("redactor", "split", "numbers", "type", "gold", "found", "partly", "recall", "low", "high"),
    *("detections", "false_alarms", "precision", "precision_low", "precision_high"),
)
SEED, DRAWS = 20261122, 2000
MISS_COLUMNS = ("redactor", "document", "type", "text", "how", "form", "role")

Document = Mapping[str, Any]


@dataclass
class Tally:
    """What was counted for one type."""

    gold: int = 0
    found: int = 0
    partly: int = 0
    detections: int = 0
    false_alarms: int = 0


@dataclass
class Measured:
    """What one redactor did to one set of documents."""

    tallies: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    misses: list[dict[str, str]] = field(default_factory=list)
    values: int = 0
    values_hidden: int = 0
    characters: int = 0
    right_characters: int = 0
    clean_documents: int = 0
    by_document: list[tuple[int, int]] = field(default_factory=list)
    """Found and marked, for each document that has marks."""


def read_documents(split: str) -> list[Document]:
    """Return the compiled documents of one side."""
    return [json.loads(line) for line in SOURCES[split].read_text(encoding="utf-8").splitlines()]


def share_of(hits: int, tries: int) -> tuple[float | None, float | None, float | None]:
    """Return a share with Wilson's 95 % interval, or nothing when nothing was tried."""
    if tries == 0:
        return None, None, None
    low, high = wilson(hits, tries)
    return round(hits / tries, 4), round(low, 4), round(high, 4)


def resample(by_document: list[tuple[int, int]]) -> tuple[float, float]:
    """Return a 95 % interval of recall from drawing documents anew: identifiers in one are alike."""
    rng = random.Random(SEED)  # noqa: S311 — reproducible, no secret
    shares = []
    for _ in range(DRAWS):
        drawn = rng.choices(by_document, k=len(by_document))
        shares.append(sum(found for found, _ in drawn) / sum(gold for _, gold in drawn))
    shares.sort()
    return round(shares[DRAWS // 40], 4), round(shares[-DRAWS // 40 - 1], 4)


def make_plausible(document: Document) -> str:
    """Return the text with numbers that could be real, sign for sign; the text itself is never kept.

    Our numbers cannot exist, and a program that checks whether a number can exist would pass over them for
    a reason that real records do not give. Resident numbers get a day of 2035: nobody has one.
    """
    text = list(document["text"])
    for span in document["spans"]:
        places = [place for place in range(span["start"], span["end"]) if text[place].isdecimal()]
        digits = [str(int(text[place])) for place in places]
        if span["type"] == "rrn" and len(digits) == 13:
            changed = ["3", "5", "1", "2", "3", "1", *digits[6:]]
        elif span["type"] == "phone" and 9 <= len(digits) <= 13:
            changed = _plausible_phone(digits, "+" in span["text"])
        else:
            continue
        for place, digit in zip(places, changed, strict=True):
            wide = ord(text[place]) >= 0xFF10
            text[place] = chr(0xFF10 + int(digit)) if wide else digit
    return "".join(text)


def _plausible_phone(digits: list[str], abroad: bool) -> list[str]:
    start = 2 if abroad else 1
    start += 1 if digits[start] == "2" else 2
    return [*digits[:start], *("3" if digits[start] == "0" else digits[start]), *digits[start + 1 :]]


def measure(redactor: Redactor, documents: Iterable[Document], plausible: bool) -> Measured:
    """Return what a redactor finds, misses and hides for nothing."""
    result = Measured()
    for document in documents:
        text = make_plausible(document) if plausible else document["text"]
        _count_document(result, document, text, redactor(text))
    return result


def _count_document(result: Measured, document: Document, text: str, found: list[Found]) -> None:
    hidden, gold = bytearray(len(text)), bytearray(len(text))
    for start, end, _ in found:
        hidden[start:end] = b"\1" * (end - start)
    complete = True
    for span in document["spans"]:
        gold[span["start"] : span["end"]] = b"\1" * (span["end"] - span["start"])
        places = core_places(text, span["start"], span["end"])
        covered = sum(hidden[place] for place in places)
        complete &= covered == len(places)
        for name in _rows_of(span):
            tally = result.tallies[name]
            tally.gold += 1
            tally.found += covered == len(places)
            tally.partly += 0 < covered < len(places)
        if covered < len(places):
            how = "partly" if covered else "missed"
            result.misses.append(
                {"document": document["id"], "type": span["type"], "text": span["text"], "how": how}
                | {"form": form_of(span), "role": span.get("role", "")}
            )
    result.clean_documents += complete
    missed = sum(miss["document"] == document["id"] for miss in result.misses)
    if document["spans"]:
        result.by_document.append((len(document["spans"]) - missed, len(document["spans"])))
    for start, end, kind in found:
        wrong = not any(gold[start:end])
        for name in (kind, "all"):
            result.tallies[name].detections += 1
            result.tallies[name].false_alarms += wrong
    places = core_places(text, 0, len(text))
    result.characters += sum(hidden[place] for place in places)
    result.right_characters += sum(hidden[place] and gold[place] for place in places)
    for start, end in value_places(document, gold):
        result.values += 1
        result.values_hidden += any(hidden[start:end])


def core_places(text: str, start: int, end: int) -> list[int]:
    """Return where letters and digits stand: blanks and dashes need not be hidden, nor our mark (가상)."""
    piece = text[start:end]
    marked = {place for match in re.finditer(r"\(가상\)", piece) for place in range(*match.span())}
    return [start + place for place, sign in enumerate(piece) if sign.isalnum() and place not in marked]


def value_places(document: Document, gold: bytearray) -> Iterator[tuple[int, int]]:
    """Return where recorded values stand, outside identifiers."""
    for value in sorted({str(f["value"]) for f in document["facts"] if f["in_text"]}):
        if re.fullmatch(r"-?\d+(?:\.\d+)?", value):
            for match in re.finditer(rf"(?<![\d.]){re.escape(value)}(?!\d|\.\d)", document["text"]):
                if not any(gold[match.start() : match.end()]):
                    yield match.span()


def _rows_of(span: Mapping[str, Any]) -> list[str]:
    role = [f"name/{span['role']}"] if span["type"] == "name" else []
    return [span["type"], "all", *role]


def form_of(span: Mapping[str, Any]) -> str:
    """Return in what form an identifier is written: why a program may pass over it."""
    text = span["text"]
    if span["type"] == "name":
        return _form_of_name(text)
    if not re.search(r"\d", text):
        return "words"
    if span["type"] in ("rrn", "phone") and re.search(r"[A-Za-z]", text):
        return "scanned"
    if re.search(r"[０-９]", text):
        return "full-width"
    digits = len(re.sub(r"\D", "", text))
    if span["type"] == "phone" and digits < 9:
        return "cut-off"
    if span["type"] == "phone" and digits == 10 and text.startswith("010"):
        return "cut-off"
    return "digits-only" if text.isdecimal() else "usual"


def _form_of_name(text: str) -> str:
    if re.search(r"[A-Za-z]", text):
        return "latin"
    if " " in text:
        return "blanks-inside"
    return {1: "one-syllable", 2: "two-syllables", 3: "three-syllables"}.get(len(text), "longer")


def make_rows(name: str, split: str, numbers: str, result: Measured) -> Iterator[list[Any]]:
    """Return the rows of one measurement, in the order of COLUMNS."""
    known = ("all", *TYPES, *(f"name/{role}" for role in ROLES))
    for kind in (*known, *sorted(set(result.tallies) - set(known))):
        tally = result.tallies.get(kind, Tally())
        right = tally.detections - tally.false_alarms
        yield [
            *(name, split, numbers, kind, tally.gold, tally.found, tally.partly),
            *share_of(tally.found, tally.gold),
            *(tally.detections, tally.false_alarms),
            *share_of(right, tally.detections),
        ]


def make_record() -> dict[str, Any]:
    """Return everything that is kept."""
    record: dict[str, Any] = {
        "versions": {name: version(name) for name in PACKAGES},
        "threshold": THRESHOLD,
        "columns": list(COLUMNS),
        "rows": [],
        "texts": [],
        "miss_columns": list(MISS_COLUMNS),
        "misses": [],
        "missed_forms": [],
    }
    for split in SOURCES:
        documents = read_documents(split)
        for name, redactor in REDACTORS.items():
            written = measure(redactor, documents, plausible=False)
            result = measure(redactor, documents, plausible=True)
            record["rows"] += make_rows(name, split, "plausible", result)
            record["rows"] += [
                row
                for row in make_rows(name, split, "as written", written)
                if row[3] in ("all", "rrn", "phone")
            ]
            record["texts"].append(
                {
                    "redactor": name,
                    "split": split,
                    "documents": len(documents),
                    "complete": result.clean_documents,
                    "recall_by_document": resample(result.by_document),
                    "values": result.values,
                    "values_hidden": result.values_hidden,
                    "characters": result.characters,
                    "right_characters": result.right_characters,
                }
            )
            # Held-back texts are for hidden tests: only how often, never what.
            if split == "practice":
                record["misses"] += [
                    [name, *(miss[key] for key in MISS_COLUMNS[1:])] for miss in result.misses
                ]
            forms = Counter((miss["type"], miss["form"]) for miss in result.misses)
            record["missed_forms"] += [
                {"redactor": name, "split": split, "type": kind, "form": form, "missed": n}
                for (kind, form), n in sorted(forms.items())
            ]
    return record


def main() -> int:
    """Write the record and the pages, or with --check only compare them."""
    options = make_parser(__doc__).parse_args()
    return keep_record(RECORD, make_record(), options)


if __name__ == "__main__":
    sys.exit(main())
