"""Measure what the look for identifiers finds in the practice documents and in the held-back ones.

Each marked identifier is left alone in its text, the others covered: is the text held back? The table is that
of docs/*/reference/practice-model.md. The rules were written with the practice documents in view.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from page_tables import Row, fill_tables, keep_page, make_parser

from grader.text import Language

sys.path.insert(0, str(Path(__file__).parents[1] / "course"))

from medai_lab.llm.screen import find_identifiers
from medai_lab.texts import Document, Span, read_documents

ROOT = Path(__file__).parents[1]
FILES = {
    "practice": ROOT / "course/data/documents.jsonl",
    "held-back": ROOT / "course/texts/held-back/documents.jsonl",
}
COVER = "[가림]"
PAGE = "reference/practice-model.md"
HEADS = (
    ("표시한 식별자", "Marked identifiers"),
    ("연습 문서 {0}건", "{0} practice documents"),
    ("숨긴 문서 {1}건", "{1} held-back documents"),
)
WHOLE = "covered documents, held back wrongly"
GROUPS = {
    "with a form": (
        "형식이 있는 것(번호, 날짜, 주소, 계정)",
        "With a form (numbers, dates, addresses, accounts)",
    ),
    "name": ("이름", "Names"),
    "employer": ("직장", "Employers"),
    "documents with identifiers": ("하나라도 있는 문서를 막음", "Documents with any of them, held back"),
    WHOLE: ("모두 가린 문서를 막음(잘못 막음)", "Documents with all of them covered, held back wrongly"),
}
DOCUMENTS = {"documents with identifiers", WHOLE}
SHARE = (("{1}개 중 {0}개", "{0} of {1}"), ("{1}건 중 {0}건", "{0} of {1}"))
"""Of identifiers, and of documents."""


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


def make_rows(language: Language) -> Iterator[Row]:
    """Yield the table's head and rows in one language."""
    at = 0 if language is Language.KO else 1
    parts = {name: measure(read_documents(path)) for name, path in FILES.items()}
    sizes = [marked[WHOLE] for _, marked in parts.values()]
    yield tuple(head[at].format(*sizes) for head in HEADS)
    for group, words in GROUPS.items():
        shares = (
            SHARE[group in DOCUMENTS][at].format(found[group], marked[group])
            for found, marked in parts.values()
        )
        yield words[at], *shares


def fill_page(text: str, language: Language) -> str:
    """Return the page with its table written anew."""
    return fill_tables(text, lambda name: make_rows(language) if name == "screen" else None)


def main() -> int:
    """Print the table, write the page, or compare the page."""
    options = make_parser(__doc__).parse_args()
    return keep_page(PAGE, fill_page, options, lambda: make_rows(Language.EN))


if __name__ == "__main__":
    sys.exit(main())
