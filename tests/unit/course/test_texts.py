"""The fictional documents, the mini-guideline and its questions: from their sources, true to their rules."""

from __future__ import annotations

import copy
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from medai_lab import read_aci_bench, read_documents, read_guideline, read_primock, read_questions

ROOT = Path(__file__).parents[3]
DATA = ROOT / "course" / "data"
HELD_BACK = ROOT / "course" / "texts" / "held-back"
FACTS = {
    fact["id"]: fact.get("values")
    for fact in yaml.safe_load((ROOT / "course" / "facts.yml").read_text(encoding="utf-8"))["facts"]
}
ITEMS = FACTS["screening-table"]["items"]

Document = dict[str, Any]


@pytest.fixture(scope="module")
def rules(load_script: Callable[[str], ModuleType]) -> ModuleType:
    return load_script("tools/document_rules.py")


@pytest.fixture(scope="module")
def compiling(load_script: Callable[[str], ModuleType], rules: ModuleType) -> ModuleType:
    return load_script("tools/compile_documents.py")


@pytest.fixture(scope="module")
def guidance(load_script: Callable[[str], ModuleType]) -> ModuleType:
    return load_script("tools/compile_guideline.py")


def _records(path: Path) -> list[Document]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return _records(DATA / "documents.jsonl") + _records(HELD_BACK / "documents.jsonl")


def test_documents_are_what_their_sources_give(
    compiling: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both files of documents come from the marked-up sources, and these obey every rule."""
    monkeypatch.setattr(sys, "argv", ["compile_documents.py", "--check"])
    assert compiling.main() == 0, capsys.readouterr().out


def test_guideline_and_questions_are_what_their_sources_give(
    guidance: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sections and both sets of questions come from the parallel sources."""
    monkeypatch.setattr(sys, "argv", ["compile_guideline.py", "--check"])
    assert guidance.main() == 0, capsys.readouterr().out


def test_held_back_texts_travel_with_nothing(documents: list[Document]) -> None:
    """No held-back document or question stands in what notebooks bring along or the site shows."""
    held_back = [d["text"] for d in documents if d["split"] == "held-back"]
    held_back += [q["question"]["ko"] for q in _records(HELD_BACK / "questions.jsonl")]
    shown = [
        path.read_text(encoding="utf-8")
        for path in (*DATA.glob("*.jsonl"), *(ROOT / "course" / "medai_lab").rglob("*.json*"))
        if path.is_file()
    ]
    # As JSON writes it, so that a line break does not hide a copy.
    assert [text for text in held_back if any(json.dumps(text, ensure_ascii=False) in s for s in shown)] == []


def test_nobody_is_in_both_splits(documents: list[Document]) -> None:
    """An examinee, number or address of the practice documents helps nobody with the held-back ones."""
    sides: dict[str, set[str]] = {"practice": set(), "held-back": set()}
    for document in documents:
        for span in document["spans"]:
            if span["type"] in ("rrn", "chart-number", "address") or span.get("role") == "examinee":
                sides[document["split"]].add(span["text"])
    assert sides["practice"] & sides["held-back"] == set()


def _document(**changes: Any) -> Document:
    """Return a small record that breaks no rule of a single document."""
    return {
        "id": "memo-99",
        "kind": "phone-memo",
        "site": "gaon",
        "split": "practice",
        "author": "machine-like",
        "language": "ko",
        "text": "말 " * 90 + "판정 초안 – 의사 확인 필요",
        "from": None,
        "given": None,
        "spans": [],
        "facts": [],
        "planted": [],
        **changes,
    }


def _with_span(kind: str, value: str, **changes: Any) -> Document:
    text = f"{value} {_document()['text']}"
    span = {"start": 0, "end": len(value), "type": kind, "text": value, **changes}
    return _document(text=text, spans=[span])


def _with_fault(**changes: Any) -> Document:
    return _document(planted=[{"fault": "F1", "start": 0, "end": 1, "what": "바뀜", **changes}])


def test_a_plain_document_breaks_no_rule(rules: ModuleType) -> None:
    """What the broken examples start from is in order."""
    for plain in (
        _document(),
        _with_fault(),
        _with_fault(fault="F2", end=0),
        _with_span("name", "김모의", role="examinee"),
        _with_span("rrn", "9O133O-lOOOOOO"),
        _with_span("phone", "공일공 공이삼사 오육칠팔"),
        _with_span("email", "a.b @ mail.example.com"),
        _with_span("date-of-birth", "31 April 1981"),
    ):
        assert list(rules._check_one(plain)) == []


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (_document(site="seoul"), "unknown site"),
        (_document(split="test"), "unknown split"),
        (_document(language="fr"), "unknown language"),
        (_document(language="en"), "needs `draft – physician to confirm`"),
        (_document(text="말 " * 90), "needs `판정 초안"),
        (_document(text="판정 초안 – 의사 확인 필요"), "wanted 80 to 350"),
        (_document(text=_document()["text"] + " [["), "a marker is left"),
        (_document(text=_document()["text"] + " 010-0123-4567"), "looks like an identifier"),
        (_document(text=_document()["text"] + " a@b"), "looks like an identifier"),
        (_document(author="person-like", planted=_with_fault()["planted"]), "in machine-like texts only"),
        (_document(facts=[{"name": "sbp", "value": 120, "unit": "mmHg", "in_text": True}]), "is not in"),
        (_with_fault(fault="F11"), "bad planted fault"),
        (_with_fault(end=9999), "bad planted fault"),
        (_with_fault(what=""), "bad planted fault"),
        (_with_fault(end=0), "needs text"),
        (_with_span("name", "김모의", end=2), "span 0:2 is not"),
        (_with_span("person", "김모의"), "unknown span type"),
        (_with_span("name", "김모의", role="boss"), "unknown span type"),
        (_with_span("name", "김모의 "), "blanks around"),
        (_with_span("rrn", "901130-1000000"), "a day that does not exist"),
        (_with_span("rrn", "901330-100000"), "13 digits"),
        (_with_span("phone", "010-1234-5678"), "starts with 0"),
        (_with_span("phone", "+82-10-1234-5678"), "starts with 0"),
        (_with_span("phone", "공일공 일이삼사 오육칠팔"), "starts with 0"),
        (_with_span("email", "a@hospital.kr"), "is not at example"),
        (_with_span("date-of-birth", "1990-01-31"), "is a day that exists"),
        (_with_span("date-of-birth", "90년 1월 31일"), "is a day that exists"),
        (_with_span("date-of-birth", "30 April 1981"), "is a day that exists"),
        (_with_span("licence", "제12345호"), "all 0"),
        (_with_span("account", "000-12-0"), "all 0"),
    ],
)
def test_every_rule_of_a_document_has_a_breaking_example(
    rules: ModuleType, broken: Document, said: str
) -> None:
    """Each rule catches the document that breaks it."""
    assert any(said in problem for problem in rules._check_one(broken)), said


def test_spans_do_not_overlap_and_a_value_is_marked_everywhere(rules: ModuleType) -> None:
    """An identifier that is marked in one place and not in another is found, and so is an overlap."""
    document = _with_span("name", "김모의")
    document["text"] += " 김모의"
    assert any("also stands unmarked" in problem for problem in rules._check_one(document))
    document = _with_span("name", "김모의")
    document["spans"].append({"start": 1, "end": 3, "type": "name", "text": "모의"})
    assert any("overlaps another" in problem for problem in rules._check_one(document))


def test_rules_over_all_documents_have_breaking_examples(
    rules: ModuleType, documents: list[Document]
) -> None:
    """Doubled ids, people on both sides, sources of the other split and missing kinds are found."""

    def complaints(change: Callable[[list[Document]], object]) -> str:
        changed = copy.deepcopy(documents)
        change(changed)
        return "\n".join(rules.check_documents(changed))

    held_back = next(d for d in documents if d["id"] == "letter-21")
    assert "stands 2 times" in complaints(lambda all_: all_.append(all_[0]))
    assert "which is not in its split" in complaints(lambda all_: all_[0].update({"from": held_back["from"]}))
    assert "stands in both splits" in complaints(
        lambda all_: all_.append({**all_[0], "id": "new", "split": "held-back"})
    )
    assert "wanted at least 48" in complaints(lambda all_: all_.__delitem__(slice(40, None)))
    assert "practice: no F7" in complaints(
        lambda all_: [d.update(planted=[f for f in d["planted"] if f["fault"] != "F7"]) for d in all_]
    )
    assert "held-back: no span of type rrn" in complaints(
        lambda all_: [d.update(spans=[s for s in d["spans"] if s["type"] != "rrn"]) for d in all_]
    )
    assert "held-back: 0 English letters" in complaints(
        lambda all_: [d.update(language="ko") for d in all_ if d["split"] == "held-back"]
    )
    assert "practice: 0 clean letters" in complaints(
        lambda all_: (
            [d.update(planted=d["planted"] or [None]) for d in all_ if False]
            or [d.update(kind="other") for d in all_ if d["split"] == "practice"]
        )
    )


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("=== a | b | gaon\n---\n글\n", "expected id"),
        ("=== a | b | gaon | practice\n글\n", "no line ---"),
        ("=== a | b | gaon | practice\nvalue: 3\n---\n글\n", "cannot read"),
        ("=== a | b | gaon | practice\n---\n[[name:글\n", "without ]]"),
        ("=== a | b | gaon | practice\n---\n{{F1:글|\n", "without }}"),
        ("=== a | b | gaon | practice\n---\n{{F1:글\n", "no | and description"),
        ("=== a | b | gaon | practice\n---\n{{F1:글{{F2:|x}}|y}}\n", "inside a fault"),
        ("앞글\n=== a | b | gaon | practice\n---\n글\n", "before the first"),
    ],
)
def test_a_source_that_cannot_be_read_is_refused(
    compiling: ModuleType, tmp_path: Path, source: str, said: str
) -> None:
    """Broken markers never become a document."""
    (tmp_path / "1.txt").write_text(source, encoding="utf-8")
    with pytest.raises(compiling.SourceProblem, match=re.escape(said)):
        compiling.read_sources(tmp_path)


def test_markers_become_places_in_the_text(compiling: ModuleType, tmp_path: Path) -> None:
    """An identifier inside a fault keeps its place, and a blank omission stands where the text is missing."""
    source = (
        "=== a | b | gaon | practice | machine\nlanguage: en\n---\n"
        "가 {{F5:[[name/staff:나다]] 라|말}}마{{F2:|바}}\n"
    )
    (tmp_path / "1.txt").write_text(source, encoding="utf-8")
    (document,) = compiling.read_sources(tmp_path)
    assert document["text"] == "가 나다 라마"
    assert document["language"] == "en"
    assert document["spans"] == [{"start": 2, "end": 4, "type": "name", "text": "나다", "role": "staff"}]
    assert [(f["fault"], f["start"], f["end"], f["what"]) for f in document["planted"]] == [
        ("F5", 2, 6, "말"),
        ("F2", 7, 7, "바"),
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda g, q: g[0]["sections"][0]["text"].pop("en"), "needs a text in both languages"),
        (lambda g, q: g[0]["sections"][0]["text"].update(ko="99시간"), "numbers differ"),
        (lambda g, q: g.append(g[0]), "stands 2 times"),
        (lambda g, q: g[1].update(superseded_by="nothing"), "unknown document"),
        (lambda g, q: q[0].update(kind="maybe"), "unknown kind"),
        (lambda g, q: q[0].update(split="third"), "unknown kind or split"),
        (lambda g, q: q[0].update(gold=[]), "an answer needs gold"),
        (lambda g, q: q[0].update(gold=["fasting#never"]), "unknown or contradictory"),
        (lambda g, q: q[0].update(gold=["fasting-2024#hours"]), "unknown or contradictory"),
        (lambda g, q: q[0].update(gold=["canteen#parking"]), "unknown or contradictory"),
        (lambda g, q: next(x for x in q if x["kind"] == "superseded-only").update(traps=[]), "superseded"),
        (lambda g, q: q[1].update(question=q[0]["question"]), "asked twice"),
    ],
)
def test_every_rule_of_the_guideline_has_a_breaking_example(
    guidance: ModuleType, change: Callable[[Any, Any], object], said: str
) -> None:
    """Each rule over sections and questions catches what breaks it."""
    texts = ROOT / "course" / "texts"
    sections = guidance.read_guideline((texts / "guideline.txt").read_text(encoding="utf-8"))
    questions = guidance.read_questions((texts / "questions.txt").read_text(encoding="utf-8"))
    assert [*guidance.check_guideline(sections), *guidance.check_questions(questions, sections)] == []
    change(sections, questions)
    problems = [*guidance.check_guideline(sections), *guidance.check_questions(questions, sections)]
    assert any(said in problem for problem in problems), problems


# Words for an item, as letters write them; blood pressure takes the worse of its two values.
_WORDS = {
    "blood pressure": ("혈압", "blood pressure"),
    "bmi": ("체질량지수", "body mass index"),
    "fasting_glucose": ("공복혈당", "fasting glucose"),
    "hemoglobin": ("혈색소", "haemoglobin"),
    "total_cholesterol": ("총콜레스테롤", "total cholesterol"),
    "hdl": ("hdl",),
    "ldl": ("ldl",),
    "triglyceride": ("중성지방", "triglycerides"),
    "ast": ("ast",),
    "alt": ("alt",),
    "ggt": ("감마지티피", "gamma-gtp"),
    "creatinine": ("혈청크레아티닌", "creatinine"),
    "egfr": ("사구체여과율", "e-gfr"),
    "waist_cm": ("waist",),
}
_CLASS = re.compile(r"정상a|정상b|질환의심|normal a|normal b|disease suspected")
_LETTER = {"정상a": "A", "normal a": "A", "정상b": "B", "normal b": "B"}


def _judge(item: str, value: float, sex: str | None) -> str:
    def holds(cell: Document) -> bool:
        return (
            cell.get("sex", sex) == sex
            and value >= cell.get("at_least", value)
            and value <= cell.get("at_most", value)
            and value < cell.get("below", value + 1)
            and value > cell.get("above", value - 1)
        )

    (result,) = {cell["result"] for cell in ITEMS[item]["cells"] if holds(cell)}
    return result


def _recorded_classes(document: Document) -> dict[str, str]:
    facts = {fact["name"]: fact for fact in document["facts"]}
    sex = facts.get("sex", {}).get("value")
    factors = FACTS["unit-conversion-factors"]
    classes = {}
    for name, fact in facts.items():
        if name in ITEMS:
            value = fact["value"]
            if (name, fact["unit"]) == ("fasting_glucose", "mmol/L"):
                value = round(value * factors["mg_per_dl_in_one_mmol_per_l"]["glucose"])
            elif (name, fact["unit"]) == ("creatinine", "µmol/L"):
                value = round(value / factors["umol_per_l_in_one_mg_per_dl"]["creatinine"], 1)
            else:
                assert fact["unit"] in ("", ITEMS[name]["unit"]), (document["id"], name)
            classes[name] = _judge(name, value, sex)
    pressures = [classes.pop(name) for name in ("sbp", "dbp") if name in classes]
    if pressures:
        classes["blood pressure"] = max(pressures)  # A < B < S
    return classes


def _stated_class(document: Document, item: str) -> str | None:
    """Return the class after the first mention of the item, unless a planted fault alters or hides it."""
    text = document["text"].lower()
    places = [place for word in _WORDS[item] if (place := text.find(word)) >= 0]
    if item in ("ast", "alt", "ggt"):  # named one by one, or all three as liver values
        places = places or [place for place in [text.find("간수치")] if place >= 0]
    match = _CLASS.search(text, min(places), min(places) + 130) if places else None
    faults = document["planted"]
    if match is None or any(f["start"] <= match.start() < f["end"] for f in faults):
        return None
    return _LETTER.get(match[0], "S")


def test_letters_state_the_classes_of_the_screening_table(documents: list[Document]) -> None:
    """What a letter calls normal A, normal B or disease suspected is what the table says of the record."""
    compared = {}
    for document in documents:
        if document["kind"] == "result-letter":
            for item, recorded in _recorded_classes(document).items():
                stated = _stated_class(document, item)
                if stated is not None:
                    compared[document["id"], item] = (stated, recorded)
    assert {key: pair for key, pair in compared.items() if pair[0] != pair[1]} == {}
    assert len(compared) >= 110


def test_loaders_return_what_the_files_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents, sections and questions come as values with the identifiers and faults of their files."""
    records = _records(DATA / "documents.jsonl")
    found = read_documents(DATA / "documents.jsonl")
    assert [d.id for d in found] == [record["id"] for record in records]
    for document, record in zip(found, records, strict=True):
        assert (document.text, document.source, document.given) == tuple(
            record[name] for name in ("text", "from", "given")
        )
        assert document.language == record["language"]
        assert [s.text for s in document.spans] == [document.text[s.start : s.end] for s in document.spans]
        assert [(f.name, f.value, f.in_text) for f in document.facts] == [
            (fact["name"], fact["value"], fact["in_text"]) for fact in record["facts"]
        ]
        assert [f.fault for f in document.planted] == [fault["fault"] for fault in record["planted"]]
    questions = read_questions(DATA / "questions.jsonl")
    assert [(q.id, q.kind, q.gold) for q in questions] == [
        (r["id"], r["kind"], tuple(r["gold"])) for r in _records(DATA / "questions.jsonl")
    ]
    guideline = _records(DATA / "guideline.jsonl")
    for language in ("ko", "en"):
        sections = read_guideline(language, DATA / "guideline.jsonl")
        assert [(s.id, s.text, s.status) for s in sections] == [
            (s["id"], s["text"][language], d["status"]) for d in guideline for s in d["sections"]
        ]
    monkeypatch.setenv("MEDAI_LANG", "en")
    assert read_guideline(path=DATA / "guideline.jsonl")[0].title == "Fasting before the screening"
    with pytest.raises(ValueError, match="language=fr"):
        read_guideline("fr", DATA / "guideline.jsonl")


def test_english_notes_are_complete() -> None:
    """57 notes of mock consultations and 20 dialogues with notes, none of them empty."""
    primock = read_primock(DATA / "primock57_notes.jsonl")
    assert len(primock) == 57
    assert list(primock.columns) == ["day", "consultation", "complaint", "note", "highlights"]
    assert primock["note"].str.len().gt(50).all()
    aci = read_aci_bench(DATA / "aci_bench_valid20.csv")
    assert len(aci) == 20
    assert aci[["dialogue", "note"]].map(len).gt(200).all().all()
