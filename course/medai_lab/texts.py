"""Texts to practise on: fictional hospital documents, a mini-guideline with questions, English notes.

Knows the files of `course/data` that hold texts and gives them as values; must not search, redact or judge
them. What hidden tests use is not here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from medai_lab.labels import t
from medai_lab.public import find_data


@dataclass(frozen=True)
class Span:
    """An identifier in a text: `text[start:end]`, its type, and for a name whose it is."""

    start: int
    end: int
    type: str
    text: str
    role: str | None = None


@dataclass(frozen=True)
class StatedFact:
    """A recorded value behind a document; `in_text` is False when the text alters or omits it."""

    name: str
    value: float | str
    unit: str
    in_text: bool


@dataclass(frozen=True)
class PlantedFault:
    """A fault F1 to F10 planted in `text[start:end]` (empty if something is missing), and what is wrong."""

    fault: str
    start: int
    end: int
    what: str


@dataclass(frozen=True)
class Document:
    """A fictional document. `author` is "person-like" or "machine-like"; `language` is "ko" or "en".

    `source` is the id of the document that a machine-like text was made from; `given` is the instruction or
    text that stood in its place.
    """

    id: str
    kind: str
    site: str
    author: str
    text: str
    source: str | None
    given: str | None
    spans: tuple[Span, ...]
    facts: tuple[StatedFact, ...]
    planted: tuple[PlantedFault, ...]
    language: str = "ko"


@dataclass(frozen=True)
class Section:
    """A section of the mini-guideline in one language, with the document that it stands in.

    `status` is "current" or "superseded"; `superseded_by` names the newer document.
    """

    id: str
    document: str
    title: str
    heading: str
    text: str
    version: str
    date: str
    owner: str
    status: str
    superseded_by: str | None


@dataclass(frozen=True)
class Question:
    """A question to the mini-guideline in both languages.

    `kind` is "answer", "out-of-scope" or "superseded-only"; only for "answer" does `gold` name the sections
    that answer it. `traps` are sections that look right and must not be cited.
    """

    id: str
    kind: str
    ko: str
    en: str
    gold: tuple[str, ...]
    traps: tuple[str, ...]


def read_documents(path: str | Path | None = None) -> tuple[Document, ...]:
    """Return the fictional documents for practice, with the places of identifiers and faults.

    연습용 가상 문서입니다. 식별자와 심어 둔 잘못의 자리가 표시되어 있습니다.
    """
    return tuple(as_document(record) for record in _records("documents", path))


def as_document(record: Mapping[str, Any]) -> Document:
    """Return a document from one record of a file of documents."""
    return Document(
        id=record["id"],
        kind=record["kind"],
        site=record["site"],
        author=record["author"],
        text=record["text"],
        source=record["from"],
        given=record["given"],
        spans=tuple(Span(**span) for span in record["spans"]),
        facts=tuple(StatedFact(**fact) for fact in record["facts"]),
        planted=tuple(PlantedFault(**fault) for fault in record["planted"]),
        language=record.get("language", "ko"),
    )


def read_guideline(language: str | None = None, path: str | Path | None = None) -> tuple[Section, ...]:
    """Return all sections of the fictional Gaon Centre's rules, old and poisoned ones included.

    가상의 가온센터 내부 규칙입니다. 폐지된 판과 믿을 수 없는 글도 일부러 섞여 있습니다.
    `language` is "ko" or "en"; the language of the run when not given.
    """
    tongue = language or t(ko="ko", en="en")
    if tongue not in ("ko", "en"):
        raise ValueError(f'language={tongue}: "ko", "en"')
    return tuple(
        Section(
            id=section["id"],
            document=record["id"],
            title=record["title"][tongue],
            heading=section["heading"][tongue],
            text=section["text"][tongue],
            version=record["version"],
            date=record["date"],
            owner=record["owner"][tongue],
            status=record["status"],
            superseded_by=record["superseded_by"],
        )
        for record in _records("guideline", path)
        for section in record["sections"]
    )


def read_questions(path: str | Path | None = None) -> tuple[Question, ...]:
    """Return the questions for practice, each with the sections that answer it.

    연습용 질문과, 답이 있는 절입니다.
    """
    return tuple(as_question(record) for record in _records("questions", path))


def as_question(record: Mapping[str, Any]) -> Question:
    """Return a question from one record of a file of questions."""
    return Question(
        id=record["id"],
        kind=record["kind"],
        ko=record["question"]["ko"],
        en=record["question"]["en"],
        gold=tuple(record["gold"]),
        traps=tuple(record["traps"]),
    )


def read_primock(path: str | Path | None = None) -> pd.DataFrame:
    """Return 57 English notes of mock primary-care consultations.

    배우가 연기한 영어 진료를 의사가 적은 기록 57건입니다.
    Columns: day, consultation, complaint, note, highlights (what the doctors marked as important).
    """
    frame = pd.DataFrame(_records("primock", path))
    return frame.rename(columns={"presenting_complaint": "complaint"})


def read_aci_bench(path: str | Path | None = None) -> pd.DataFrame:
    """Return 20 English doctor–patient dialogues with their notes: dataset, encounter_id, dialogue, note.

    영어 진료 대화 20건과 그 기록입니다.
    """
    return pd.read_csv(find_data("aci_bench", path))


def _records(name: str, path: str | Path | None) -> list[dict[str, Any]]:
    lines = find_data(name, path).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]
