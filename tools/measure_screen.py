"""Measure what the look for identifiers finds in the practice documents and in the held-back ones.

Each marked identifier is left alone in its text, the others covered: is the text held back? The table is that
of docs/*/reference/practice-model.md. The rules were written with the practice documents in view.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).parents[1] / "course"))

from medai_lab.llm.screen import find_identifiers
from medai_lab.texts import Document, Span, read_documents

ROOT = Path(__file__).parents[1]
FILES = {
    "practice": ROOT / "course/data/documents.jsonl",
    "held-back": ROOT / "course/texts/held-back/documents.jsonl",
}
COVER = "[가림]"


def hide(document: Document, kept: Span | None = None) -> str:
    """Return the text with every marked identifier but `kept` covered."""
    pieces, place = [], 0
    for span in sorted(document.spans, key=lambda span: span.start):
        pieces += [document.text[place : span.start], span.text if span is kept else COVER]
        place = span.end
    return "".join((*pieces, document.text[place:]))


def measure(documents: tuple[Document, ...]) -> tuple[Counter[str], Counter[str]]:
    """Return how many of each group are found, and how many there are."""
    found: Counter[str] = Counter()
    marked: Counter[str] = Counter()
    for document in documents:
        alone = find_identifiers(hide(document))
        for span in document.spans:
            group = span.type if span.type in {"name", "employer"} else "with a form"
            kinds = find_identifiers(hide(document, span))
            marked[group] += 1
            found[group] += bool(kinds) if not alone else len(kinds) > len(alone)
        marked["documents with identifiers"] += bool(document.spans)
        found["documents with identifiers"] += bool(document.spans and find_identifiers(document.text))
        marked["covered documents, held back wrongly"] += 1
        found["covered documents, held back wrongly"] += bool(alone)
    return found, marked


def main() -> None:
    """Print the table."""
    for name, path in FILES.items():
        found, marked = measure(read_documents(path))
        for group in sorted(marked):
            click.echo(f"{name:10} {group:38} {found[group]:4} of {marked[group]}")


if __name__ == "__main__":
    main()
