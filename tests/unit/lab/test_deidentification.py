"""How redactors are measured: what counts as found, what intervals mean, and that the record is true."""

from __future__ import annotations

import copy
import json
import socket
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from medai_lab import deidentification as lab

ROOT = Path(__file__).parents[3]
TEXT = "환자: 김모의 님, 전화 010-0123-4567, 혈압 128/82, 등록번호 G0012345"
DOCUMENT: dict[str, Any] = {
    "id": "memo-99",
    "text": TEXT,
    "spans": [
        {"start": 4, "end": 7, "type": "name", "text": "김모의", "role": "examinee"},
        {"start": 14, "end": 27, "type": "phone", "text": "010-0123-4567"},
    ],
    "facts": [
        {"name": "sbp", "value": 128, "unit": "mmHg", "in_text": True},
        {"name": "dbp", "value": 82, "unit": "mmHg", "in_text": True},
        {"name": "hemoglobin", "value": 13.1, "unit": "g/dL", "in_text": False},
    ],
}


@pytest.fixture(scope="module")
def tools(load_script: Callable[[str], ModuleType]) -> dict[str, ModuleType]:
    names = ("answers", "deidentification_page", "redactors", "measure_redactors")
    return {name: load_script(f"tools/{name}.py") for name in names}


@pytest.fixture(scope="module")
def measuring(tools: dict[str, ModuleType]) -> ModuleType:
    return tools["measure_redactors"]


@pytest.fixture(scope="module")
def redactors(tools: dict[str, ModuleType]) -> ModuleType:
    return tools["redactors"]


def test_the_record_is_what_is_measured(
    measuring: ModuleType, tools: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Measured again with the installed packages, no network: the same numbers, and the pages show them."""

    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    record = measuring.make_record()
    kept = lab.RECORD_FILE.read_text(encoding="utf-8")
    assert record["versions"] == json.loads(kept)["versions"], "measure again: tools/measure_redactors.py"
    assert tools["deidentification_page"].format_record(record) == kept
    assert tools["deidentification_page"].find_old_pages(record) == []


def test_the_record_holds_no_held_back_text() -> None:
    """What was missed is quoted from practice documents only."""
    practice = {
        json.loads(line)["id"]
        for line in (ROOT / "course" / "data" / "documents.jsonl").read_text(encoding="utf-8").splitlines()
    }
    misses = lab.read_misses()
    assert set(misses["document"]) <= practice
    held_back = ROOT / "course" / "texts" / "held-back" / "documents.jsonl"
    names = {
        span["text"]
        for line in held_back.read_text(encoding="utf-8").splitlines()
        for span in json.loads(line)["spans"]
        if span.get("role") == "examinee"
    }
    record = lab.RECORD_FILE.read_text(encoding="utf-8")
    assert [name for name in names if json.dumps(name, ensure_ascii=False) in record] == []


def test_tables_agree_with_each_other() -> None:
    """Recall is found of gold inside its interval; misses and forms add up to what was not found."""
    rows = lab.read_detections()
    plausible = rows[rows["numbers"] == "plausible"]
    counted = plausible[plausible["gold"] > 0]
    assert (counted["recall"] - counted["found"] / counted["gold"]).abs().max() < 1e-4
    assert (counted["low"] <= counted["recall"]).all()
    assert (counted["recall"] <= counted["high"]).all()
    every = plausible[plausible["type"] == "all"].set_index(["redactor", "split"])
    left = every["gold"] - every["found"]
    forms = lab.read_missed_forms().groupby(["redactor", "split"])["missed"].sum()
    assert forms.to_dict() == left.to_dict()
    misses = lab.read_misses().groupby("redactor").size()
    assert misses.to_dict() == left.xs("practice", level="split").to_dict()
    counts = lab.read_document_counts()
    assert (counts["complete"] <= counts["documents"]).all()
    assert (counts["right_characters"] <= counts["characters"]).all()


def test_found_means_wholly_hidden(measuring: ModuleType, redactors: ModuleType) -> None:
    """A part of an identifier is no find; a detection that touches none is a false alarm."""
    found = [
        redactors.Found(4, 6, "name"),  # 김모 of 김모의
        redactors.Found(14, 27, "phone"),
        redactors.Found(29, 35, "phone"),  # 혈압 128
    ]
    result = measuring.measure(lambda text: found, [DOCUMENT], plausible=False)
    name, phone, every = (result.tallies[kind] for kind in ("name", "phone", "all"))
    assert (name.gold, name.found, name.partly) == (1, 0, 1)
    assert result.tallies["name/examinee"] == measuring.Tally(gold=1, found=0, partly=1)
    assert (phone.gold, phone.found, phone.detections, phone.false_alarms) == (1, 1, 2, 1)
    assert (every.gold, every.found, every.detections, every.false_alarms) == (2, 1, 3, 1)
    assert (result.values, result.values_hidden) == (2, 1)
    assert (result.characters, result.right_characters) == (2 + 11 + 5, 2 + 11)
    assert result.clean_documents == 0
    assert [(miss["text"], miss["how"], miss["form"]) for miss in result.misses] == [
        ("김모의", "partly", "three-syllables")
    ]
    whole = [redactors.Found(0, 28, "name")]
    assert measuring.measure(lambda text: whole, [DOCUMENT], plausible=False).clean_documents == 1


def test_our_mark_and_hyphens_need_not_be_hidden(measuring: ModuleType) -> None:
    """Letters and digits count; blanks, hyphens and the mark (가상), which no real record has, do not."""
    text = "오름초등학교(가상) 02-01"
    assert "".join(text[place] for place in measuring.core_places(text, 0, len(text))) == "오름초등학교0201"


@pytest.mark.parametrize(
    ("hits", "tries", "expected"),
    [(9, 10, (0.9, 0.5958, 0.9821)), (0, 10, (0.0, 0.0, 0.2775)), (10, 10, (1.0, 0.7225, 1.0))],
)
def test_wilson(measuring: ModuleType, hits: int, tries: int, expected: tuple[float, ...]) -> None:
    """The interval is Wilson's: never outside 0 to 1, and wide when few were tried."""
    assert measuring.share_of(hits, tries) == expected


def test_drawing_documents_anew_widens_the_interval(measuring: ModuleType) -> None:
    """Where whole documents are found or missed, the interval is wider than Wilson's; the same every time."""
    by_document = [(10, 10)] * 5 + [(0, 10)] * 5
    low, high = measuring.resample(by_document)
    _, least, most = measuring.share_of(50, 100)
    assert 0 < low < least < 0.5 < most < high < 1
    assert measuring.resample(by_document) == (low, high)
    assert measuring.resample([(3, 3)] * 4) == (1.0, 1.0)


def test_nothing_tried_has_no_share(measuring: ModuleType) -> None:
    """Without anything to find there is no recall."""
    assert measuring.share_of(0, 0) == (None, None, None)


@pytest.mark.parametrize(
    ("kind", "written", "plausible"),
    [
        ("phone", "010-0123-4567", "010-3123-4567"),
        ("phone", "02-0123-4567", "02-3123-4567"),
        ("phone", "(031) 012 4567", "(031) 312 4567"),
        ("phone", "+82-10-0123-4567", "+82-10-3123-4567"),
        ("phone", "01001234567", "01031234567"),
        ("phone", "0099", "0099"),
        ("rrn", "901332-1000000", "351231-1000000"),
        ("rrn", "９０１３３２－１００００００", "３５１２３１－１００００００"),
        ("rrn", "9O1332-1000000", "9O1332-1000000"),
        ("name", "김모의", "김모의"),
    ],
)
def test_plausible_numbers(measuring: ModuleType, kind: str, written: str, plausible: str) -> None:
    """Numbers that cannot exist become ones that can, sign for sign, so that every place stays."""
    document = {"text": f"번호 {written} 끝", "spans": [{"start": 3, "end": 3 + len(written), "type": kind}]}
    document["spans"][0]["text"] = written
    before = copy.deepcopy(document)
    assert measuring.make_plausible(document) == f"번호 {plausible} 끝"
    assert document == before


@pytest.mark.parametrize(
    ("kind", "text", "form"),
    [
        ("name", "이든", "two-syllables"),
        ("name", "황보라임", "longer"),
        ("name", "담", "one-syllable"),
        ("name", "명 가 을", "blanks-inside"),
        ("name", "Kim Dasom", "latin"),
        ("phone", "공일공에 공이삼사", "words"),
        ("phone", "OlO-0233-4l45", "scanned"),
        ("phone", "010-0000-000", "cut-off"),
        ("phone", "0099", "cut-off"),
        ("phone", "01000000000", "digits-only"),
        ("rrn", "６０１３３２－２００００００", "full-width"),
        ("employer", "가상물류", "words"),
        ("chart-number", "G0012345", "usual"),
    ],
)
def test_forms(measuring: ModuleType, tools: dict[str, ModuleType], kind: str, text: str, form: str) -> None:
    """Each identifier has a form that tells why a program may pass over it, and the page names that form."""
    assert measuring.form_of({"type": kind, "text": text}) == form
    assert form in tools["deidentification_page"].FORMS


def test_tokens_are_laid_over_the_text(redactors: ModuleType) -> None:
    """Where the exercise put a token, there its text stood; a text changed elsewhere is refused."""
    types = {"이름": "name", "전화": "phone"}
    found = redactors.align_tokens("김모의 씨 010-0123-4567로", "[이름] 씨 [전화]로", types)
    assert found == [redactors.Found(0, 3, "name"), redactors.Found(6, 19, "phone")]
    with pytest.raises(ValueError, match="places replaced"):
        redactors.align_tokens("김모의 씨", "[이름] 님", types)


def test_redactors_find_what_they_are_for(redactors: ModuleType) -> None:
    """Presidio uses its Korean recognisers and context words, Kiwi finds names, the hospital the rest."""
    text = (
        "환자: 김가온 님 (등록번호 G0012345)은 가상물류에 다니며 1979.02.30생입니다. "
        "메일 a.b@example.com, 연락처 010-3123-4567, 주민번호 351231-1000000."
    )

    def found(name: str) -> set[str]:
        return {text[start:end] for start, end, _ in redactors.REDACTORS[name](text)}

    presidio = {"G0012345", "a.b@example.com", "010-3123-4567", "351231-1000000"}
    assert found("presidio") == presidio
    assert found("presidio+kiwi") >= presidio | {"김가온"}
    assert found("presidio+kiwi+hospital") >= presidio | {"김가온", "가상물류", "1979.02.30"}
