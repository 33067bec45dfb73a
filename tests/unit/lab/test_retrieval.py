"""Vectors computed beforehand: complete, of length 1, small, and alike where meanings are."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from medai_lab.retrieval import as_vectors, pack, read_vectors, similarity, unpack
from medai_lab.texts import Question, read_guideline, read_questions

COURSE = Path(__file__).parents[3] / "course"
PRACTICE = COURSE / "data" / "guideline_vectors.jsonl"
HELD_BACK = COURSE / "texts" / "held-back" / "vectors.jsonl"


def test_every_text_has_a_vector() -> None:
    """Sections and practice questions in both languages, in the order of the texts, of length 1."""
    sections = tuple(s.id for s in read_guideline("ko", COURSE / "data" / "guideline.jsonl"))
    questions = tuple(q.id for q in read_questions(COURSE / "data" / "questions.jsonl"))
    for language in ("ko", "en"):
        for kind, ids in (("section", sections), ("question", questions)):
            vectors = read_vectors(kind, language, PRACTICE)
            assert vectors.ids == ids
            assert vectors.rows.shape == (len(ids), 384)
            assert np.allclose(np.linalg.norm(vectors.rows, axis=1), 1)


def test_held_back_questions_are_apart() -> None:
    """No held-back question has a vector in the file that travels with notebooks."""
    travelling = {json.loads(line)["id"] for line in PRACTICE.read_text(encoding="utf-8").splitlines()}
    records = [json.loads(line) for line in HELD_BACK.read_text(encoding="utf-8").splitlines()]
    asked = [
        json.loads(line) for line in HELD_BACK.with_name("questions.jsonl").read_text("utf-8").splitlines()
    ]
    assert as_vectors(records, "question", "ko").ids == tuple(record["id"] for record in asked)
    assert travelling.isdisjoint(record["id"] for record in records)
    assert PRACTICE.stat().st_size <= 300_000


def test_packing_keeps_directions() -> None:
    """One byte a coordinate loses next to nothing; a vector of zeros stays one."""
    random = np.random.default_rng(5).normal(size=384)
    assert unpack(pack(random)) @ random / np.linalg.norm(random) > 0.9999
    assert not unpack(pack(np.zeros(3))).any()


def test_vectors_are_a_map_of_meaning() -> None:
    """An English question lies nearest to Korean sections on the same matter, without a word in common."""
    sections = read_vectors("section", "ko", PRACTICE)
    asked = read_vectors("question", "en", PRACTICE).of(["q08", "q19"])
    nearest = [sections.ids[place] for place in similarity(asked, sections.rows).argmax(axis=1)]
    assert nearest == ["specimen-rejection#relabel", "duplicate-registration#same-person"]


def test_one_name_gives_one_vector() -> None:
    """A single id gives a vector, a list gives rows in its order; an unknown id is named."""
    vectors = read_vectors("question", "ko", PRACTICE)
    assert vectors.of("q02").shape == (384,)
    assert np.array_equal(vectors.of(["q03", "q02"])[1], vectors.of("q02"))
    with pytest.raises(KeyError, match="q99"):
        vectors.of("q99")


def test_wrong_kinds_are_refused() -> None:
    """Only sections and questions, in Korean and English; an empty file gives no rows."""
    with pytest.raises(ValueError, match="chapter"):
        read_vectors("chapter", "ko", PRACTICE)
    with pytest.raises(ValueError, match="fr"):
        read_vectors("section", "fr", PRACTICE)
    assert as_vectors([], "section", "ko").ids == ()


@pytest.fixture(scope="module")
def tool(load_script: Callable[[str], ModuleType]) -> ModuleType:
    """The tool that measures retrievers."""
    return load_script("tools/measure_retrieval.py")


def test_the_page_says_what_is_measured(tool: ModuleType, load_script: Callable[[str], ModuleType]) -> None:
    """The table in the docs is the one that the files of today give."""
    find_old_pages = load_script("tools/page_tables.py").find_old_pages
    assert find_old_pages(tool.PAGE, tool.fill_page) == [], "python tools/measure_retrieval.py --write"


def test_ranks_count_the_best_right_section(tool: ModuleType) -> None:
    """Rank of the first right section; sections without any score are not found; ties keep their order."""
    asked = [
        Question(id="q", kind="answer", ko="", en="", gold=("b", "d"), traps=()),
        Question(id="r", kind="answer", ko="", en="", gold=("c",), traps=()),
    ]
    scores = np.array([[0.9, 0.5, 0.5, 0.7], [0.9, 0.5, 0.0, 0.7]])
    assert tool.rank_gold(scores, asked, ["a", "b", "c", "d"]) == [2, math.inf]


def test_intervals_are_wilsons(tool: ModuleType) -> None:
    """Worked by hand: 8 of 10 is 0.49 to 0.94; none of 10 still allows 0.28."""
    assert tool.show_share(8, 10) == "8/10 = 0.80 (0.49–0.94)"
    assert tool.show_share(0, 10) == "0/10 = 0.00 (0.00–0.28)"
