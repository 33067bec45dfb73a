"""Compile the bilingual mini-guideline pack and its questions, and check them.

Knows the parallel format of `course/texts/guideline.txt` and `questions.txt`; must not know how anybody
searches them. Held-back questions stand in hidden tests only. Usage: compile_guideline.py [--check]
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click

COURSE = Path(__file__).resolve().parents[1] / "course"
TEXTS = COURSE / "texts"
NOTICE = {
    "ko": "과정이 지어낸 가온센터의 연습용 내부 규칙입니다. 실제 진료 지침이나 법률 자문이 아닙니다.",
    "en": "A practice rule made up for the fictional Gaon Centre. No clinical guideline and no legal advice.",
}
LICENCE = "CC-BY-4.0"
KINDS = {"answer", "out-of-scope", "superseded-only"}
_CITATION = re.compile(r" ?\[@([a-z0-9-]+)\]")
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]

Record = dict[str, Any]


def read_guideline(text: str) -> list[Record]:
    """Return one record per document, with its sections in both languages."""
    documents: list[Record] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("@@ "):
            identity, version, day, owner_ko, owner_en, status, title_ko, title_en = _fields(line[3:], 8)
            documents.append(
                {
                    "id": identity,
                    "version": version,
                    "date": day,
                    "owner": {"ko": owner_ko, "en": owner_en},
                    "status": "superseded" if status.startswith("superseded") else "current",
                    "superseded_by": status.removeprefix("superseded by ")
                    if "superseded" in status
                    else None,
                    "in_scope": "out of scope" not in status,
                    "title": {"ko": title_ko, "en": title_en},
                    "notice": NOTICE,
                    "licence": LICENCE,
                    "sections": [],
                }
            )
        elif line.startswith("## "):
            anchor, heading_ko, heading_en = _fields(line[3:], 3)
            section = {
                "id": f"{documents[-1]['id']}#{anchor}",
                "heading": {"ko": heading_ko, "en": heading_en},
            }
            documents[-1]["sections"].append({**section, "text": {}, "facts": []})
        elif line[:4] in ("ko: ", "en: "):
            section = documents[-1]["sections"][-1]
            section["text"][line[:2]] = _CITATION.sub("", line[4:])
            section["facts"] = _CITATION.findall(line)
        else:
            raise ValueError(f"guideline: cannot read `{line}`")
    return documents


def read_questions(text: str) -> list[Record]:
    """Return one record per question; `gold` and `traps` name sections."""
    questions = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            identity, split, kind, gold, traps, ko, en = _fields(line, 7)
            names = {"gold": re.findall(r"[\w#-]+", gold), "traps": re.findall(r"[\w#-]+", traps)}
            questions.append(
                {"id": identity, "split": split, "kind": kind, "question": {"ko": ko, "en": en}, **names}
            )
    return questions


def _fields(line: str, wanted: int) -> list[str]:
    fields = [field.strip() for field in line.split("|")]
    if len(fields) != wanted:
        raise ValueError(f"expected {wanted} fields: {line}")
    return fields


def check_guideline(documents: list[Record]) -> Iterator[str]:
    """Find missing languages, numbers that differ, doubled ids and dates that cannot be."""
    ids = [document["id"] for document in documents] + [s["id"] for d in documents for s in d["sections"]]
    yield from (f"{doubled} stands {times} times" for doubled, times in Counter(ids).items() if times > 1)
    for document in documents:
        date.fromisoformat(document["date"])
        if document["superseded_by"] not in {None, *ids}:
            yield f"{document['id']}: superseded by an unknown document"
        for section in document["sections"]:
            if set(section["text"]) != {"ko", "en"}:
                yield f"{section['id']}: needs a text in both languages"
            elif _numbers(section["text"]["ko"]) != _numbers(section["text"]["en"]):
                ko, en = (_numbers(section["text"][language]) for language in ("ko", "en"))
                yield f"{section['id']}: numbers differ: {dict(ko - en)} {dict(en - ko)}"


def _numbers(text: str) -> Counter[str]:
    for number, month in enumerate(_MONTHS, 1):
        text = text.replace(month, str(number))
    return Counter(re.findall(r"\d+(?:\.\d+)?", text))


def check_questions(questions: list[Record], documents: list[Record]) -> Iterator[str]:
    """Find unknown sections, and questions whose kind and gold disagree."""
    current = {
        s["id"] for d in documents for s in d["sections"] if d["status"] == "current" and d["in_scope"]
    }
    old = {s["id"] for d in documents for s in d["sections"] if d["status"] == "superseded"}
    known = {s["id"] for d in documents for s in d["sections"]}
    for question in questions:
        where, gold, traps = question["id"], set(question["gold"]), set(question["traps"])
        if question["kind"] not in KINDS or question["split"] not in ("practice", "held-back"):
            yield f"{where}: unknown kind or split"
        if (question["kind"] == "answer") != bool(gold):
            yield f"{where}: an answer needs gold sections, an abstention has none"
        if gold - current or traps - known or gold & traps:
            yield f"{where}: unknown or contradictory sections {sorted(gold | traps)}"
        if question["kind"] == "superseded-only" and not traps & old:
            yield f"{where}: needs the superseded section as trap"
    for name in ("ko", "en"):
        counts = Counter(question["question"][name] for question in questions)
        yield from (f"asked twice: {asked}" for asked, times in counts.items() if times > 1)


def _compiled(documents: list[Record], questions: list[Record]) -> dict[Path, str]:
    practice = [question for question in questions if question["split"] == "practice"]
    held_back = [question for question in questions if question["split"] != "practice"]
    lists = {
        COURSE / "data" / "guideline.jsonl": documents,
        COURSE / "data" / "questions.jsonl": practice,
        TEXTS / "held-back" / "questions.jsonl": held_back,
    }
    return {
        path: "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        for path, records in lists.items()
    }


def describe_guideline(documents: list[Record], questions: list[Record]) -> str:
    """Return the counts, and the sections that no question asks for."""
    counts = Counter(f"{question['split']} {question['kind']}" for question in questions)
    used = {name for question in questions for name in question["gold"]}
    current = [
        s["id"] for d in documents for s in d["sections"] if d["status"] == "current" and d["in_scope"]
    ]
    unused = [name for name in current if name not in used]
    return "\n".join(
        (
            f"documents {len(documents)}, sections {sum(len(d['sections']) for d in documents)}",
            "questions: " + ", ".join(f"{kind} {n}" for kind, n in sorted(counts.items())),
            f"sections that no question asks for: {', '.join(unused) or 'none'}",
        )
    )


def main() -> int:
    """Write the compiled files, or with --check only compare them with the sources."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true", help="write nothing")
    only_check = parser.parse_args().check
    documents = read_guideline((TEXTS / "guideline.txt").read_text(encoding="utf-8"))
    questions = read_questions((TEXTS / "questions.txt").read_text(encoding="utf-8"))
    problems = [*check_guideline(documents), *check_questions(questions, documents)]
    for path, compiled in _compiled(documents, questions).items():
        if only_check and (not path.exists() or path.read_text(encoding="utf-8") != compiled):
            problems.append(f"{path.name} is not what the sources give: run the script without --check")
        elif not only_check and not problems:
            path.write_text(compiled, encoding="utf-8")
    click.echo(describe_guideline(documents, questions))
    for problem in problems:
        click.echo(f"PROBLEM {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
