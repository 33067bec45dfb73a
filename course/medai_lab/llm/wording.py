"""Screening words in both languages, for the rule-based program.

Knows names, units and everyday words; must not know cut-offs: it never judges a value.
"""

from __future__ import annotations

from typing import Literal

Tongue = Literal["ko", "en"]

ITEMS: tuple[tuple[str, str, str, str], ...] = (
    ("공복혈당", "fasting glucose", "아침을 먹기 전에 잰 혈당", "blood sugar before breakfast"),
    ("혈색소", "hemoglobin", "피에서 산소를 나르는 물질", "the part of blood that carries oxygen"),
    (
        "총콜레스테롤",
        "total cholesterol",
        "피 속 기름 성분을 모두 더한 값",
        "all the fat-like substance in blood",
    ),
    ("중성지방", "triglycerides", "피 속 기름의 한 가지", "one kind of fat in blood"),
    (
        "LDL 콜레스테롤",
        "LDL cholesterol",
        "혈관에 쌓이기 쉬운 콜레스테롤",
        "cholesterol that can build up in vessels",
    ),
    (
        "HDL 콜레스테롤",
        "HDL cholesterol",
        "남는 콜레스테롤을 치우는 콜레스테롤",
        "cholesterol that clears the rest away",
    ),
    (
        "수축기혈압",
        "systolic blood pressure",
        "심장이 피를 내보낼 때의 혈압",
        "pressure while the heart pumps",
    ),
    ("이완기혈압", "diastolic blood pressure", "심장이 쉴 때의 혈압", "pressure while the heart rests"),
    ("혈압", "blood pressure", "피가 혈관을 미는 힘", "how hard blood pushes on the vessels"),
    ("체질량지수", "body mass index", "키에 견준 몸무게", "weight compared with height"),
    ("허리둘레", "waist circumference", "배꼽 높이에서 잰 둘레", "measured around the belly"),
    ("크레아티닌", "creatinine", "콩팥이 걸러 내는 찌꺼기", "waste that the kidneys filter out"),
    ("신사구체여과율", "eGFR", "콩팥이 피를 거르는 속도", "how fast the kidneys filter"),
    ("AST", "AST", "간 세포 수치의 하나", "a liver value"),
    ("ALT", "ALT", "간 세포 수치의 하나", "a liver value"),
    (
        "감마지티피",
        "gamma-GTP",
        "술이나 약에 잘 오르는 간 수치",
        "a liver value that alcohol and drugs can raise",
    ),
    ("요산", "uric acid", "통풍과 관계있는 물질", "a substance linked to gout"),
)
"""Korean, English, plain Korean, plain English. The last one is what F3 invents with first."""

JUDGEMENTS: tuple[tuple[str, str], ...] = (
    ("정상A", "normal A"),
    ("정상B", "normal B (borderline)"),
    ("질환의심", "disease suspected"),
    ("유질환자", "known disease"),
    ("비정상", "abnormal"),
    ("정상", "normal"),
    ("경계", "borderline"),
    ("높음", "high"),
    ("낮음", "low"),
)

SIGN_OFF = {"ko": "판정 초안 – 의사 확인 필요", "en": "draft – physician to confirm"}

OTHER_UNIT = {
    "mg/dL": "mmol/L",
    "mmol/L": "mg/dL",
    "g/dL": "g/L",
    "g/L": "g/dL",
    "mmHg": "kPa",
    "U/L": "U/mL",
    "IU/L": "IU/mL",
    "cm": "mm",
    "kg": "g",
    "kg/m²": "lb/in²",
    "kg/m2": "lb/in2",
    "%": "‰",
}
"""Unit → a wrong one that a tired reader may not notice."""


def translate_item(name: str, tongue: Tongue) -> str:
    """Return an item's name in `tongue`; unknown names stay."""
    for korean, english, *_ in ITEMS:
        if _same(name, korean) or _same(name, english):
            return korean if tongue == "ko" else english
    return name


def explain_item(name: str, tongue: Tongue) -> str:
    """Return the everyday words for an item, "" when there are none."""
    for korean, english, plain_ko, plain_en in ITEMS:
        if _same(name, korean) or _same(name, english):
            return plain_ko if tongue == "ko" else plain_en
    return ""


def translate_judgement(name: str, tongue: Tongue) -> str:
    """Return a judgement in `tongue`; unknown ones stay."""
    for korean, english in JUDGEMENTS:
        if _same(name, korean) or _same(name, english):
            return korean if tongue == "ko" else english
    return name


def is_abnormal(judgement: str) -> bool:
    """Whether the facts call an item anything but normal; a missing judgement says nothing, so False."""
    text = judgement.replace(" ", "").casefold()
    normal = text in {"정상", "정상a", "정상(a)", "normal", "normala", "a", "이상없음", "withinnormallimits"}
    return bool(text) and not normal


def has_final(word: str) -> bool:
    """Whether a Korean word's last syllable ends in a consonant (after a letter or digit: no)."""
    last = word[-1:] or " "
    return "가" <= last <= "힣" and (ord(last) - ord("가")) % 28 != 0


def topic(word: str) -> str:
    """Return a Korean word with its topic particle."""
    return f"{word}{'은' if has_final(word) else '는'}"


def _same(one: str, other: str) -> bool:
    return one.replace(" ", "").casefold() == other.replace(" ", "").casefold()
