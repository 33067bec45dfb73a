"""The columns of the official screening file: headers, short names, units, steps and older spellings.

Knows names and meanings; must not know values, files or how anything is drawn. The headers are those of
the file 국민건강보험공단_건강검진정보 for 2024; the other spellings were used in files since 2014.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

CENTRE, REGISTRATION, EXAMINED = "검진센터", "등록번호", "검진일"
"""Columns that the course's cohort has and the official file has not."""


@dataclass(frozen=True)
class Column:
    """One column: official header, short name, unit (empty for codes), step of a recorded value.

    `band` is the width of the band whose lower end is recorded (0: the value itself). `optional`
    columns are missing from some years' files.
    """

    header: str
    short: str
    unit: str = ""
    step: float = 1.0
    band: int = 0
    optional: bool = False
    aliases: tuple[str, ...] = ()


OFFICIAL: tuple[Column, ...] = (
    Column("기준년도", "year"),
    Column("가입자일련번호", "serial"),
    Column("시도코드", "province"),
    Column("성별코드", "sex", aliases=("성별",)),
    Column("연령대코드(5세단위)", "age_code"),
    Column("신장(5cm단위)", "height_cm", "cm", step=0.1, band=5),
    Column("체중(5kg단위)", "weight_kg", "kg", step=0.1, band=5),
    Column("허리둘레", "waist_cm", "cm", step=0.1),
    Column("시력(좌)", "sight_left", step=0.1),
    Column("시력(우)", "sight_right", step=0.1),
    Column("청력(좌)", "hearing_left"),
    Column("청력(우)", "hearing_right"),
    Column("수축기혈압", "sbp", "mmHg"),
    Column("이완기혈압", "dbp", "mmHg"),
    Column("식전혈당(공복혈당)", "fasting_glucose", "mg/dL", aliases=("식전혈당",)),
    Column("총콜레스테롤", "total_cholesterol", "mg/dL"),
    Column("트리글리세라이드", "triglyceride", "mg/dL"),
    Column("HDL콜레스테롤", "hdl", "mg/dL"),
    Column("LDL콜레스테롤", "ldl", "mg/dL"),
    Column("혈색소", "hemoglobin", "g/dL", step=0.1),
    Column("요단백", "urine_protein"),
    Column("혈청크레아티닌", "creatinine", "mg/dL", step=0.1),
    Column("혈청지오티(AST)", "ast", "U/L", aliases=("(혈청지오티)AST",)),
    Column(
        "혈청지피티(ALT)", "alt", "U/L", aliases=("(혈청지오티)ALT", "(혈청지피티)ALT", "혈청지오티(ALT)")
    ),
    Column("감마지티피", "ggt", "U/L"),
    Column("흡연상태", "smoking"),
    Column("음주여부", "drinking"),
    Column("구강검진수검여부", "dental_exam", optional=True),
    Column("치아우식증유무", "dental_caries", optional=True),
    Column("결손치 유무", "missing_teeth", optional=True),
    Column("치아마모증유무", "dental_wear", optional=True, aliases=("치아마모증율",)),
    Column("제3대구치(사랑니) 이상", "wisdom_teeth", optional=True),
    Column("치석", "dental_calculus", optional=True, aliases=("치석유무",)),
)
OFFICIAL_COLUMNS: tuple[str, ...] = tuple(column.header for column in OFFICIAL)
MEASURES: dict[str, Column] = {column.short: column for column in OFFICIAL if column.unit}
HEADERS: dict[str, str] = {column.short: column.header for column in OFFICIAL}
FIRST_AGE_CODE, LAST_AGE_CODE = 5, 18
"""연령대코드: 5 is 20–24 years, 6 is 25–29 … 18 is 85 and over."""

_SHORT = {header: short for short, header in HEADERS.items()} | {
    CENTRE: "centre",
    REGISTRATION: "registration",
    EXAMINED: "examined",
    "나이": "age",
    "신장": "height_cm",
    "체중": "weight_kg",
}


def in_short_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with short English column names (`sbp`, `fasting_glucose` …) and sex as "M" or "F".

    한글 열 이름을 짧은 영문 이름으로 바꾸고, 성별코드 1과 2를 "M"과 "F"로 바꿉니다. 원래 표는 그대로입니다.
    Other values stay as they are; columns without a short name keep theirs.
    """
    renamed = frame.rename(columns=_SHORT)
    if "sex" in renamed:
        renamed["sex"] = frame[HEADERS["sex"]].map({1: "M", 2: "F"})
    return renamed


def age_of_code(code: float) -> int | None:
    """Return the youngest age, in years, of a 연령대코드; None for an unknown code."""
    if code != code or int(code) != code or not 1 <= code <= LAST_AGE_CODE:
        return None
    return (int(code) - 1) * 5
