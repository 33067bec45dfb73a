"""Compile the fictional documents from their marked-up sources, and check them.

Knows the marker syntax of `course/texts/documents/*.txt`; the rules stand in document_rules.py. Must not know
what a lesson does with a document. Documents for practice travel with notebooks; held-back ones stand in
hidden tests only. Usage: compile_documents.py [--check]
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import click
from document_rules import check_documents

COURSE = Path(__file__).resolve().parents[1] / "course"
SOURCES = COURSE / "texts" / "documents"
OUTPUTS = {
    "practice": COURSE / "data" / "documents.jsonl",
    "held-back": COURSE / "texts" / "held-back" / "documents.jsonl",
}

_SPAN_OPEN = re.compile(r"\[\[([a-z-]+)(?:/([a-z]+))?:")
_FAULT_OPEN = re.compile(r"\{\{(F\d+):")
_HEADER = re.compile(r"^=== (?P<rest>.+)$", re.MULTILINE)
_FACT = re.compile(r"(\w+) = (.+)")

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
    text, spans, planted = _Stripper(f"{file}: {fields[0]}", marked.rstrip() + "\n").strip()
    facts, keys = _read_head(f"{file}: {fields[0]}", head)
    return {
        "id": fields[0],
        "kind": fields[1],
        "site": fields[2],
        "split": fields[3],
        "author": "machine-like" if len(fields) == 5 else "person-like",
        "language": keys.get("language", "ko"),
        "text": text,
        "from": keys.get("from"),
        "given": keys.get("given"),
        "spans": spans,
        "facts": facts,
        "planted": planted,
    }


def _read_head(where: str, head: str) -> tuple[list[Document], dict[str, str]]:
    facts: list[Document] = []
    keys: dict[str, str] = {}
    for line in filter(str.strip, head.splitlines()):
        key, _, value = line.partition(": ")
        if key in ("given", "from", "language"):
            keys[key] = value
        elif key in ("fact", "truth") and (match := _FACT.fullmatch(value)):
            number, unit = _split_value(match[2])
            facts.append({"name": match[1], "value": number, "unit": unit, "in_text": key == "fact"})
        else:
            raise SourceProblem(f"{where}: cannot read `{line}`")
    return facts, keys


def _split_value(text: str) -> tuple[int | float | str, str]:
    match = re.fullmatch(r"(-?\d+(?:\.\d+)?)(?: (\S.*))?", text)
    if match is None or text.endswith("이하"):
        return text, ""
    return (float(match[1]) if "." in match[1] else int(match[1])), match[2] or ""


class _Stripper:
    """Takes the markers out of one text and notes where identifiers and faults stand in what is left."""

    def __init__(self, where: str, marked: str) -> None:
        self.where, self.marked = where, marked
        self.out: list[str] = []
        self.spans: list[Document] = []
        self.planted: list[Document] = []
        self.open_fault: tuple[str, int] | None = None
        self.at = self.length = 0

    def strip(self) -> tuple[str, list[Document], list[Document]]:
        while self.at < len(self.marked):
            if match := _SPAN_OPEN.match(self.marked, self.at):
                self._take_span(match)
            elif match := _FAULT_OPEN.match(self.marked, self.at):
                if self.open_fault is not None:
                    raise SourceProblem(f"{self.where}: a fault inside a fault")
                self.open_fault = (match[1], self.length)
                self.at = match.end()
            elif self.open_fault is not None and self.marked[self.at] == "|":
                self._close_fault(*self.open_fault)
            else:
                self._put(self.marked[self.at])
                self.at += 1
        if self.open_fault is not None:
            raise SourceProblem(f"{self.where}: {self.open_fault[0]} has no | and description")
        return "".join(self.out).removesuffix("\n"), self.spans, self.planted

    def _put(self, piece: str) -> None:
        self.out.append(piece)
        self.length += len(piece)

    def _take_span(self, match: re.Match[str]) -> None:
        end = self._find_end("[[", "]]")
        value = self.marked[match.end() : end]
        span = {"start": self.length, "end": self.length + len(value), "type": match[1], "text": value}
        if match[1] == "name":
            span["role"] = match[2] or "examinee"
        self.spans.append(span)
        self._put(value)
        self.at = end + 2

    def _close_fault(self, code: str, start: int) -> None:
        end = self._find_end("{{", "}}")
        what = self.marked[self.at + 1 : end].strip()
        self.planted.append({"fault": code, "start": start, "end": self.length, "what": what})
        self.open_fault, self.at = None, end + 2

    def _find_end(self, opening: str, closing: str) -> int:
        end = self.marked.find(closing, self.at)
        if end < 0:
            raise SourceProblem(f"{self.where}: {opening} without {closing}")
        return end


def describe_documents(documents: list[Document]) -> str:
    """Return the counts of each kind."""
    lines = [f"documents {len(documents)}"]
    for label, values in (
        ("split", [d["split"] for d in documents]),
        ("author", [f"{d['author']} {d['split']}" for d in documents]),
        ("language", [f"{d['language']} {d['split']}" for d in documents]),
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
    click.echo(describe_documents(documents))
    for problem in problems:
        click.echo(f"PROBLEM {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
