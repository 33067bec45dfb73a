"""Vectors of the mini-guideline's sections and of the practice questions, computed beforehand.

Knows the file of vectors and dot products; must not embed a new text, build an index of words or judge what
was found. A question that is not in the file has no vector: weighting terms is what notebooks do themselves.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medai_lab.labels import t
from medai_lab.public import find_data

STEPS = 127
"""A coordinate is kept as a whole number from -127 to 127, in steps of the vector's own scale."""


@dataclass(frozen=True)
class Vectors:
    """Vectors of length 1, one row per id; `ids[0]` belongs to `rows[0]`."""

    ids: tuple[str, ...]
    rows: np.ndarray

    def of(self, names: str | Sequence[str]) -> np.ndarray:
        """Return the vector of one id, or one row per id of several."""
        places = {name: place for place, name in enumerate(self.ids)}
        wanted = [names] if isinstance(names, str) else list(names)
        unknown = [name for name in wanted if name not in places]
        if unknown:
            raise KeyError(
                f"벡터가 없습니다: {', '.join(unknown)} · There is no vector of {', '.join(unknown)}"
            )
        found = self.rows[[places[name] for name in wanted]]
        return found[0] if isinstance(names, str) else found


def read_vectors(kind: str, language: str | None = None, path: str | Path | None = None) -> Vectors:
    """Return the vectors of all "section" or "question" texts, in the language of the run if none is given.

    지침의 절과 연습용 질문을 다국어 임베딩으로 미리 바꾸어 둔 벡터입니다. 새 글은 여기서 바꿀 수 없습니다.
    """
    tongue = language or t(ko="ko", en="en")
    if kind not in ("section", "question") or tongue not in ("ko", "en"):
        raise ValueError(f'kind={kind}, language={tongue}: "section", "question"; "ko", "en"')
    lines = find_data("vectors", path).read_text(encoding="utf-8").splitlines()
    return as_vectors((json.loads(line) for line in lines if line.strip()), kind, tongue)


def as_vectors(records: Iterable[Mapping[str, Any]], kind: str, language: str) -> Vectors:
    """Return the vectors of one kind and language among the records of a file of vectors."""
    chosen = [record for record in records if record["kind"] == kind and record["language"] == language]
    rows = [unpack(record["vector"]) for record in chosen]
    return Vectors(tuple(record["id"] for record in chosen), np.array(rows) if rows else np.zeros((0, 0)))


def pack(vector: np.ndarray) -> str:
    """Return a vector as text: coordinates rounded to whole steps, one byte each, in base64."""
    largest = float(np.abs(vector).max())
    steps = np.zeros(len(vector)) if largest == 0 else np.round(vector / largest * STEPS)
    return base64.b64encode(steps.astype(np.int8).tobytes()).decode("ascii")


def unpack(text: str) -> np.ndarray:
    """Return the vector that `pack` wrote, of length 1 (rounded)."""
    vector = np.frombuffer(base64.b64decode(text), dtype=np.int8).astype(float)
    length = float(np.linalg.norm(vector))
    return vector if length == 0 else vector / length


def similarity(questions: np.ndarray, sections: np.ndarray) -> np.ndarray:
    """Return how alike each question and each section are: the cosine, 1 for the same direction.

    벡터의 길이가 모두 1이므로 내적이 곧 코사인 유사도입니다.
    """
    return np.atleast_2d(questions) @ np.atleast_2d(sections).T
