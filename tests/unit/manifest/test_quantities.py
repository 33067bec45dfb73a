"""Numbers and units are read alike in Korean and English."""

from __future__ import annotations

import pytest

from grader.manifest.quantities import find_quantities
from grader.manifest.rules.parity import compare
from grader.text import Language


def shown(text: str, language: Language = Language.KO) -> list[str]:
    return [quantity.shown for quantity in find_quantities(text, language)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("공복혈당 126mg/dL 이상", ["126 mg/dL"]),
        ("BMI 25–29.9 kg/m²인 5명", ["25", "29.9 kg/m²", "5"]),
        ("BMI 30 kg/㎡, 31kg/m2", ["30 kg/m²", "31 kg/m²"]),
        ("eGFR 60 mL/min/1.73 m² 미만", ["60 mL/min/1.73 m²"]),
        ("eGFR 59.5mL/min/1.73㎡", ["59.5 mL/min/1.73 m²"]),
        ("140/90 mmHg", ["140", "90 mmHg"]),
        ("γ-GTP 63 U/L, 63 IU/L", ["63 U/L", "63 U/L"]),
        ("460,000명과 1,234.5", ["460000", "1234.5"]),
        ("100,110", ["100110"]),
        ("100, 110", ["100", "110"]),
        ("1.0과 1", ["1.0", "1"]),
        ("007과 .5와 0.5", ["7", "0.5", "0.5"]),
        ("5%, 5 %, 5퍼센트, 3%p, 3 퍼센트포인트", ["5%", "5%", "5%", "3 %p", "3 %p"]),
        ("170cm, 1.7 m, 70 kg, 5 g, 3 L, 2 mL", ["170 cm", "1.7 m", "70 kg", "5 g", "3 L", "2 mL"]),
        ("5 months, 3 groups", ["5", "3"]),
        ("HbA1c, E3, COVID-19, CKD-EPI 2021", ["19", "2021"]),
        ("제27조제2항", ["27", "2"]),
        ("2026-05-07", ["2026", "5", "7"]),
        ("18:00에 3.11.2를", ["18", "0", "3.11"]),
        ("| 1 | 2 |\n|---|--:|\n| 3 | 4 |", ["1", "2", "3", "4"]),
        ("1. 하나\n2) 둘\n> 3. 셋 4", ["4"]),
        ("5월 3일", ["5", "3"]),
        ("½ ² ①", []),
        ("60mL/min/1.73 m²입니다", ["60 mL/min/1.73 m²"]),
        ("250 MB", ["250 MB"]),
    ],
)
def test_numbers_and_units(text: str, expected: list[str]) -> None:
    """Spelling variants of numbers and units come out in one form."""
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("korean", "english"),
    [
        ("1월 3일부터 5월까지", "from 3 January to May"),
        ("3월", "in Mar."),
        ("시도해 보십시오", "You May try. March on."),
        ("2026년 5월 7일", "2026-05-07"),
        ("2026년 5월 7일", "7 May 2026"),
        ("10, 20 mmHg", "10 and 20 mmHg"),
        ("100, 110, 126 mg/dL", "100 mg/dL, 110 mg/dL and 126 mg/dL"),
        ("25~29.9 kg/m²", "25 kg/m² to 29.9 kg/m²"),
        ("5%", "5 per cent"),
        ("460,000명", "460000 people"),
        ("5명 가운데 3명", "3 of 5 people"),
    ],
)
def test_texts_that_agree(korean: str, english: str) -> None:
    """What a good translator writes is no finding."""
    difference = compare(find_quantities(korean, Language.KO), find_quantities(english, Language.EN))
    assert difference.ko == ()
    assert difference.en == ()


@pytest.mark.parametrize(
    ("korean", "english", "left"),
    [
        ("126", "125", (["126"], ["125"])),
        ("5월", "June", (["5"], ["6"])),
        ("3월", "in May", (["3"], [])),
        ("5명", "people", (["5"], [])),
        ("5명, 5명", "5 people", (["5"], [])),
        ("126 mg/dL", "126 mmol/L", (["126 mg/dL"], ["126 mmol/L"])),
        ("5%", "5 %p", (["5%"], ["5 %p"])),
        ("170 cm", "1.7 m", (["170 cm"], ["1.7 m"])),
        ("46만 명", "460,000 people", (["46"], ["460000"])),
        ("90.0", "90", (["90.0"], ["90"])),
        ("값 25. 다음은 30 kg", "25 kg. Next 30 kg", (["25"], ["25 kg"])),
    ],
)
def test_texts_that_differ(korean: str, english: str, left: tuple[list[str], list[str]]) -> None:
    """Whatever has no counterpart is named on its side."""
    difference = compare(find_quantities(korean, Language.KO), find_quantities(english, Language.EN))
    assert ([item.shown for item in difference.ko], [item.shown for item in difference.en]) == left


def test_offsets_point_at_the_number() -> None:
    """A finding can be shown where it stands."""
    text = "가나 12 그리고 3.4 kg"
    assert [text[item.offset :][: len(item.value)] for item in find_quantities(text, Language.KO)] == [
        "12",
        "3.4",
    ]
