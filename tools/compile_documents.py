"""Compile the fictional documents from their marked-up sources, and check them.

Knows the marker syntax of `course/texts/documents/*.txt` and the rules that every document must obey; must not
know what a lesson does with a document. Documents for practice travel with notebooks; held-back ones stand in
hidden tests only. Standard library only. Usage: compile_documents.py [--check]
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

COURSE = Path(__file__).resolve().parents[1] / "course"
SOURCES = COURSE / "texts" / "documents"
OUTPUTS = {
    "practice": COURSE / "data" / "documents.jsonl",
    "held-back": COURSE / "texts" / "held-back" / "documents.jsonl",
}

SITES = {"gaon", "naru", "dasom", "saebom", "haneul", "bada", "deulkkot", "oreum"}
SPLITS = set(OUTPUTS)
TYPES = {
    *("name", "rrn", "phone", "email", "address", "chart-number"),
    *("date-of-birth", "employer", "account", "licence"),
}
ROLES = {"examinee", "staff", "family", "other"}
FAULTS = {f"F{n}" for n in range(1, 11)}
WORDS = (80, 350)
PHRASE = "판정 초안 – 의사 확인 필요"

_SPAN_OPEN = re.compile(r"\[\[([a-z-]+)(?:/([a-z]+))?:")
_FAULT_OPEN = re.compile(r"\{\{(F\d+):")
_HEADER = re.compile(r"^=== (?P<rest>.+)$", re.MULTILINE)
_FACT = re.compile(r"(\w+) = (.+)")
_CENTURIES = {"1": 1900, "2": 1900, "5": 1900, "6": 1900, "3": 2000, "4": 2000, "7": 2000, "8": 2000}

Document = dict[str, Any]


class SourceProblem(ValueError):
    """A source that cannot be compiled."""


def read_sources(directory: Path) -> list[Document]:
    """Return every document of every source file, in file order."""
    documents = []
    for path in sorted(directory.glob("*.txt")):
        parts = _HEADER.split(path.read_text(encoding="utf-8"))
        if parts[0].strip():
            raise SourceProblem(f"{path.name}: text before the first document")
        for header, body in zip(parts[1::2], parts[2::2], strict=True):
            documents.append(_compile_one(path.name, header, body))
    return documents


def _compile_one(file: str, header: str, body: str) -> Document:
    fields = [field.strip() for field in header.split("|")]
    if len(fields) not in (4, 5) or (len(fields) == 5 and fields[4] != "machine"):
        raise SourceProblem(f"{file}: {header}: expected id | kind | site | split [| machine]")
    head, mark, marked = body.lstrip("\n").partition("---\n")
    if not mark:
        raise SourceProblem(f"{file}: {fields[0]}: no line --- between head and text")
    text, spans, planted = _strip_markers(f"{file}: {fields[0]}", marked.rstrip() + "\n")
    facts, given, source = _read_head(f"{file}: {fields[0]}", head)
    return {
        "id": fields[0],
        "kind": fields[1],
        "site": fields[2],
        "split": fields[3],
        "author": "machine-like" if len(fields) == 5 else "person-like",
        "text": text,
        "from": source,
        "given": given,
        "spans": spans,
        "facts": facts,
        "planted": planted,
    }


def _read_head(where: str, head: str) -> tuple[list[Document], str | None, str | None]:
    facts: list[Document] = []
    given = source = None
    for line in filter(str.strip, head.splitlines()):
        key, _, value = line.partition(": ")
        if key == "given":
            given = value
        elif key == "from":
            source = value
        elif key in ("fact", "truth") and (match := _FACT.fullmatch(value)):
            number, unit = _split_value(match[2])
            facts.append({"name": match[1], "value": number, "unit": unit, "in_text": key == "fact"})
        else:
            raise SourceProblem(f"{where}: cannot read `{line}`")
    return facts, given, source


def _split_value(text: str) -> tuple[int | float | str, str]:
    match = re.fullmatch(r"(-?\d+(?:\.\d+)?)(?: (\S.*))?", text)
    if match is None or text.endswith("이하"):
        return text, ""
    return (float(match[1]) if "." in match[1] else int(match[1])), match[2] or ""


def _strip_markers(where: str, marked: str) -> tuple[str, list[Document], list[Document]]:
    """Return the text without markers, and where the identifiers and the planted faults stand in it."""
    out: list[str] = []
    spans: list[Document] = []
    planted: list[Document] = []
    open_fault: tuple[str, int] | None = None
    at = length = 0

    def put(piece: str) -> None:
        nonlocal length
        out.append(piece)
        length += len(piece)

    while at < len(marked):
        if match := _SPAN_OPEN.match(marked, at):
            end = marked.find("]]", at)
            if end < 0:
                raise SourceProblem(f"{where}: [[ without ]]")
            value = marked[match.end() : end]
            span = {"start": length, "end": length + len(value), "type": match[1], "text": value}
            if match[1] == "name":
                span["role"] = match[2] or "examinee"
            spans.append(span)
            put(value)
            at = end + 2
        elif match := _FAULT_OPEN.match(marked, at):
            if open_fault is not None:
                raise SourceProblem(f"{where}: a fault inside a fault")
            open_fault = (match[1], length)
            at = match.end()
        elif open_fault is not None and marked[at] == "|":
            end = marked.find("}}", at)
            if end < 0:
                raise SourceProblem(f"{where}: {{{{ without }}}}")
            code, start = open_fault
            planted.append(
                {"fault": code, "start": start, "end": length, "what": marked[at + 1 : end].strip()}
            )
            open_fault, at = None, end + 2
        else:
            put(marked[at])
            at += 1
    if open_fault is not None:
        raise SourceProblem(f"{where}: {open_fault[0]} has no | and description")
    return "".join(out).removesuffix("\n"), spans, planted


def check_documents(documents: list[Document]) -> list[str]:
    """Return everything that is wrong, one line each."""
    problems = [f"{d['id']}: {message}" for d in documents for message in _check_one(d)]
    for doubled, times in Counter(d["id"] for d in documents).items():
        if times > 1:
            problems.append(f"{doubled}: the id stands {times} times")
    return problems + list(_check_splits(documents)) + list(_check_distribution(documents))


def _check_one(document: Document) -> Iterator[str]:
    text, spans = document["text"], document["spans"]
    if document["site"] not in SITES:
        yield f"unknown site {document['site']}"
    if document["split"] not in SPLITS:
        yield f"unknown split {document['split']}"
    words = len(text.split())
    if not WORDS[0] <= words <= WORDS[1]:
        yield f"{words} words, wanted {WORDS[0]} to {WORDS[1]}"
    if any(mark in text for mark in ("[[", "]]", "{{")):
        yield "a marker is left in the text"
    for span in spans:
        yield from _check_span(text, span)
    yield from _check_unmarked(text, spans)
    for fault in document["planted"]:
        if (
            fault["fault"] not in FAULTS
            or not 0 <= fault["start"] <= fault["end"] <= len(text)
            or not fault["what"]
        ):
            yield f"bad planted fault {fault}"
        if fault["start"] == fault["end"] and fault["fault"] not in ("F2", "F8"):
            yield f"{fault['fault']} needs text: only an omission or a broken ending may be empty"
    for fact in document["facts"]:
        if fact["in_text"] and not _states(text, fact["value"], document):
            yield f"fact {fact['name']} = {fact['value']} is not in the text"
    if document["author"] == "machine-like" and PHRASE not in text:
        yield f"a machine-like text needs `{PHRASE}`"
    if document["author"] == "person-like" and document["planted"]:
        yield "faults are planted in machine-like texts only"


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
    plain = unicodedata.normalize("NFKC", value)
    digits = re.sub(r"\D", "", plain)
    if text[span["start"] : span["end"]] != value:
        yield f"span {span['start']}:{span['end']} is not `{value}`"
    if span["type"] not in TYPES or span.get("role", "examinee") not in ROLES:
        yield f"unknown span type {span['type']} {span.get('role', '')}"
    if not value or value != value.strip():
        yield f"span `{value}` is empty or has blanks around it"
    if span["type"] == "rrn" and (len(digits) != 13 or _is_day(_CENTURIES.get(digits[6], 1800), digits[:6])):
        yield f"`{value}` needs 13 digits and a day that does not exist"
    if span["type"] == "date-of-birth" and _could_be_birth(plain):
        yield f"`{value}` is a day that exists"
    if span["type"] == "email" and not re.search(r"@(?:[a-z0-9-]+\.)*example\.(?:com|org|net|kr)$", plain):
        yield f"`{value}` is not at example.com, .org, .net or .kr"
    if span["type"] == "phone":
        national = digits.removeprefix("82") if plain.startswith("+82") else digits.removeprefix("0")
        area = "2" if national.startswith("2") else national[:2]
        if not national.removeprefix(area).startswith("0"):
            yield f"the middle part of `{value}` must start with 0"
    if span["type"] in ("licence", "account") and re.search(r"\d", plain) and digits.strip("0"):
        yield f"the digits of `{value}` must all be 0"


def _is_day(century: int, six: str) -> bool:
    try:
        date(century + int(six[:2]), int(six[2:4]), int(six[4:]))
    except ValueError:
        return False
    return True


def _could_be_birth(plain: str) -> bool:
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
        for missing in sorted(FAULTS - set(faults)):
            yield f"{split}: no {missing}"
        for missing in sorted(TYPES - types):
            yield f"{split}: no span of type {missing}"


def describe_documents(documents: list[Document]) -> str:
    """Return the counts of each kind."""
    lines = [f"documents {len(documents)}"]
    for label, values in (
        ("split", [d["split"] for d in documents]),
        ("author", [f"{d['author']} {d['split']}" for d in documents]),
        ("kind", [f"{d['kind']} {d['split']}" for d in documents]),
        ("site", [d["site"] for d in documents]),
        ("span", [f"{s['type']} {d['split']}" for d in documents for s in d["spans"]]),
        ("fault", [f"{f['fault']} {d['split']}" for d in documents for f in d["planted"]]),
    ):
        lines += [f"{label}: " + ", ".join(f"{key} {n}" for key, n in sorted(Counter(values).items()))]
    words = sorted(len(d["text"].split()) for d in documents)
    return "\n".join([*lines, f"words: {words[0]} to {words[-1]}, median {words[len(words) // 2]}"])


def main() -> int:
    """Write documents.jsonl of both splits, or with --check only compare them with the sources."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true", help="write nothing")
    only_check = parser.parse_args().check
    documents = read_sources(SOURCES)
    problems = check_documents(documents)
    for split, output in OUTPUTS.items():
        inside = (document for document in documents if document["split"] == split)
        compiled = "".join(json.dumps(document, ensure_ascii=False) + "\n" for document in inside)
        if not only_check and not problems:
            output.write_text(compiled, encoding="utf-8")
        elif only_check and (not output.exists() or output.read_text(encoding="utf-8") != compiled):
            problems.append(f"{output.name} is not what the sources give: run the script without --check")
    print(describe_documents(documents))
    for problem in problems:
        print("PROBLEM", problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
