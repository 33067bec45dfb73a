"""The last look before text leaves: strict, and measured on the practice documents."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from medai_lab.llm.reply import LlmError
from medai_lab.llm.screen import KOREAN, BlockedTextError, Kind, find_identifiers, require_clean
from medai_lab.texts import read_documents, read_guideline, read_questions

DATA = Path(__file__).parents[4] / "course" / "data"
DOCUMENTS = read_documents(DATA / "documents.jsonl")
PRECISE = {"rrn", "phone", "email", "chart-number", "date-of-birth", "account", "address", "licence"}


@pytest.fixture(scope="module")
def tool(load_script: Callable[[str], ModuleType]) -> ModuleType:
    """The tool that measures the look; it knows how to cover all identifiers but one."""
    return load_script("tools/measure_screen.py")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("주민번호 671332-1000000", Kind.RRN),
        ("６７１３３２－１０００００0", Kind.RRN),
        ("외국인 671332 6000000", Kind.RRN),
        ("6713321000000", Kind.RRN),
        ("671332-1******", Kind.RRN),
        ("01012340000로 문자", Kind.PHONE),
        ("+82-10-0555-0001", Kind.PHONE),
        ("010.0909.4321", Kind.PHONE),
        ("(02) 123-4567", Kind.PHONE),
        ("010–0000–0000", Kind.PHONE),
        ("010\u200b-0000-0000", Kind.PHONE),
        ("hr@example.com", Kind.EMAIL),
        ("hr 골뱅이 example.com", Kind.EMAIL),
        ("G0012345", Kind.CHART),
        ("차트번호: 1234", Kind.CHART),
        ("MRN 00123", Kind.CHART),
        ("1979.02.30생", Kind.BIRTH),
        ("생년월일 79-2-30", Kind.BIRTH),
        ("1234-5678-9012-3456", Kind.CARD),
        ("은행 110-123-456789", Kind.ACCOUNT),
        ("카톡 아이디 yerin.sample", Kind.ACCOUNT),
        ("의사면허 제000000호", Kind.LICENCE),
        ("가온구 한빛로 45", Kind.ADDRESS),
        ("101동 1203호", Kind.ADDRESS),
        ("직장: 예시정밀", Kind.EMPLOYER),
        ("(주)예시", Kind.EMPLOYER),
        ("김가온 님께", Kind.NAME),
        ("박나루 간호사", Kind.NAME),
        ("성명: 이든", Kind.NAME),
        ("Dear Dasom,", Kind.NAME),
        ("Dr. Garam", Kind.NAME),
    ],
)
def test_what_is_found(text: str, kind: Kind) -> None:
    """However it is written: full-width digits, other dashes, invisible characters."""
    assert kind in find_identifiers(text)


@pytest.mark.parametrize(
    "text",
    [
        "공복혈당 126 mg/dL, 혈압 148/92 mmHg, LDL 160",
        "수검자님께 안내합니다. 선생님께 여쭈십시오. 고객님, 환자님",
        "[이름1] 님께, 등록번호 [등록번호1]",
        "2026-11-22 08:30에 잰 값",
        "혈소판 250,000/µL",
        "의사와 상담하십시오. 담당 부서에 알립니다.",
        "Dear examinee, your result is 131 mg/dL. Please see a doctor.",
        "다음 사실만으로 결과 안내문을 써 주십시오. 없는 값은 지어내지 마십시오.",
    ],
)
def test_what_is_let_through(text: str) -> None:
    """Values, dates, roles and placeholders are not identifiers."""
    assert find_identifiers(text) == ()


def test_recall_on_the_practice_documents(tool: ModuleType) -> None:
    """Each marked identifier left alone in its text: all with a form are found, names mostly.

    Employers mostly not: a redactor must have taken names and employers out before.
    """
    found: Counter[str] = Counter()
    marked: Counter[str] = Counter()
    for document in DOCUMENTS:
        if find_identifiers(tool.hide(document)):
            continue  # held back anyway; the next test counts these
        for span in document.spans:
            marked[span.type] += 1
            found[span.type] += bool(find_identifiers(tool.hide(document, span)))
    assert set(marked) >= PRECISE
    assert {kind: marked[kind] - found[kind] for kind in PRECISE} == dict.fromkeys(PRECISE, 0)
    assert marked["name"] > 60
    assert found["name"] / marked["name"] > 0.75


def test_redacted_documents_pass(tool: ModuleType) -> None:
    """At most one in twenty is held back although nothing is left in it."""
    held = [document.id for document in DOCUMENTS if find_identifiers(tool.hide(document))]
    assert len(held) <= len(DOCUMENTS) / 20, held


def test_every_document_with_identifiers_is_held_back() -> None:
    """The screen stops whole texts, so one find is enough."""
    assert [d.id for d in DOCUMENTS if d.spans and not find_identifiers(d.text)] == []


def test_texts_without_identifiers_pass() -> None:
    """The mini-guideline and its questions, in both languages."""
    texts = [s.text for tongue in ("ko", "en") for s in read_guideline(tongue, DATA / "guideline.jsonl")]
    texts += [text for q in read_questions(DATA / "questions.jsonl") for text in (q.ko, q.en)]
    assert len(texts) > 100
    assert [text for text in texts if find_identifiers(text)] == []


def test_messages_name_kinds_in_both_languages_and_never_the_text() -> None:
    """Whoever reads the message learns what to look for, not what it was."""
    assert set(KOREAN) == set(Kind)
    with pytest.raises(BlockedTextError) as caught:
        require_clean(["괜찮은 글", "hr@example.com"])
    assert isinstance(caught.value, LlmError)
    assert "전자우편" in str(caught.value)
    assert "email" in str(caught.value)
    assert "hr@" not in str(caught.value)
    require_clean(["괜찮은 글"])


@pytest.mark.parametrize("piece", ["a", "가", "0", "0-", "a@", "아이디", "ID ", "성명 ", "12-", "김수 "])
def test_long_texts_are_quick(piece: str) -> None:
    """No pattern searches a text over and over."""
    started_s = time.process_time()
    find_identifiers(piece * (40_000 // len(piece)))
    assert time.process_time() - started_s < 5


def test_the_page_says_what_is_measured(tool: ModuleType, load_script: Callable[[str], ModuleType]) -> None:
    """The table in the docs is what the look finds today."""
    find_old_pages = load_script("tools/page_tables.py").find_old_pages
    assert find_old_pages(tool.PAGE, tool.fill_page) == [], "python tools/measure_screen.py --write"
