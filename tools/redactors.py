"""The redactors that are measured: what they find in a text, as places with a type.

Knows the rules of the course's own exercise, Presidio, Kiwi, and patterns that a hospital would add; must not
know where identifiers really are. Nothing here touches a network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple

import spacy
import tldextract
from answers import load_answers
from kiwipiepy import Kiwi
from presidio_analyzer import AnalyzerEngine, Pattern, PatternRecognizer, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import (
    EmailRecognizer,
    KrBrnRecognizer,
    KrDriverLicenseRecognizer,
    KrFrnRecognizer,
    KrPassportRecognizer,
    KrRrnRecognizer,
    PhoneRecognizer,
)
from spacy.language import Language
from spacy.tokens import Doc

THRESHOLD = 0.4  # a telephone has 0.4 by itself; weaker patterns need a word beside them


class Found(NamedTuple):
    """A place in a text that a redactor would hide, and what it takes it for."""

    start: int
    end: int
    type: str


Redactor = Callable[[str], list[Found]]


# --- (a) the rules of the exercise --------------------------------------------------------------------------

_TOKENS: Mapping[str, str] = {
    "이메일": "email",
    "주민번호": "rrn",
    "주소": "address",
    "전화": "phone",
    "등록번호": "chart-number",
    "이름": "name",
}


@cache
def exercise_answer() -> Callable[[str], str]:
    """Return `redact_ko`, the reference answer of the exercise in module E6."""
    return load_answers("e6-ethics-privacy-security", "redact-answer")["redact_ko"]


def find_by_exercise(text: str) -> list[Found]:
    """Return what the exercise's reference answer replaces."""
    return align_tokens(text, exercise_answer()(text), _TOKENS)


def align_tokens(text: str, redacted: str, types: Mapping[str, str]) -> list[Found]:
    """Return which places of `text` became tokens such as `[이름]` in `redacted`."""
    pattern = re.compile(r"\[(" + "|".join(map(re.escape, types)) + r")\]")
    pieces = pattern.split(redacted)
    # Literal text between tokens stands in the original too; what lies between was replaced.
    whole = re.escape(pieces[0]) + "".join(f"(.+?){re.escape(piece)}" for piece in pieces[2::2])
    match = re.fullmatch(whole, text, re.DOTALL)
    if match is None:
        raise ValueError("the redacted text is not the text with places replaced")
    spans = (match.span(number) for number in range(1, len(match.groups()) + 1))
    return [Found(start, end, types[token]) for (start, end), token in zip(spans, pieces[1::2], strict=True)]


# --- (b) Presidio ------------------------------------------------------------------------------------------

_CONTEXT: Mapping[str, list[str]] = {
    "KR_RRN": ["주민", "주민번호", "주민등록번호"],
    "KR_FRN": ["외국인등록번호", "외국인번호", "주민번호"],
    "KR_PASSPORT": ["여권", "passport"],
    "KR_DRIVER_LICENSE": ["운전면허", "운전면허번호"],
    "KR_BRN": ["사업자", "사업자등록번호"],
    "PHONE_NUMBER": ["전화", "연락처", "휴대폰", "휴대전화", "팩스", "문자"],
    "EMAIL_ADDRESS": ["메일", "이메일", "전자우편"],
    "CHART_NUMBER": ["등록번호", "차트", "환자번호", "ID", "Chart"],
}
_PRESIDIO_TYPES: Mapping[str, str] = {
    "KR_RRN": "rrn",
    "KR_FRN": "rrn",
    "PHONE_NUMBER": "phone",
    "EMAIL_ADDRESS": "email",
    "CHART_NUMBER": "chart-number",
    "KR_PASSPORT": "passport",
    "KR_DRIVER_LICENSE": "driving-licence",
    "KR_BRN": "business-number",
}


class OfflineEmailRecognizer(EmailRecognizer):
    """Judges the domain by the list of suffixes in the package instead of asking the network for one."""

    _extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

    def validate_result(self, pattern_text: str) -> bool:
        return self._extract(pattern_text).fqdn != ""


@Language.component("words_as_lemmas")
def words_as_lemmas(doc: Doc) -> Doc:
    """Give every word itself as lemma: Presidio seeks context words there, and a blank pipeline has none."""
    for token in doc:
        token.lemma_ = token.text
    return doc


class BlankNlpEngine(SpacyNlpEngine):
    """Splits text into words and nothing more: no model of Korean is needed, or downloaded."""

    def __init__(self) -> None:
        super().__init__(models=[{"lang_code": "ko", "model_name": "blank"}])
        pipeline = spacy.blank("xx")
        pipeline.add_pipe("words_as_lemmas")
        self.nlp = {"ko": pipeline}


@cache
def presidio_engine() -> AnalyzerEngine:
    """Return Presidio with its Korean recognisers switched on and Korean context words."""
    registry = RecognizerRegistry(supported_languages=["ko"])
    for recogniser in (
        KrRrnRecognizer,
        KrFrnRecognizer,
        KrPassportRecognizer,
        KrDriverLicenseRecognizer,
        KrBrnRecognizer,
        OfflineEmailRecognizer,
    ):
        entity = recogniser().supported_entities[0]
        registry.add_recognizer(recogniser(context=_CONTEXT[entity], supported_language="ko"))
    registry.add_recognizer(
        PhoneRecognizer(context=_CONTEXT["PHONE_NUMBER"], supported_language="ko", supported_regions=("KR",))
    )
    registry.add_recognizer(
        PatternRecognizer(
            supported_entity="CHART_NUMBER",
            supported_language="ko",
            patterns=[Pattern("letter and 7 digits", r"(?<![A-Za-z0-9])[A-Z]?\d{7}(?!\d)", 0.3)],
            context=_CONTEXT["CHART_NUMBER"],
        )
    )
    return AnalyzerEngine(
        registry=registry,
        nlp_engine=BlankNlpEngine(),
        supported_languages=["ko"],
        default_score_threshold=THRESHOLD,
    )


def find_by_presidio(text: str) -> list[Found]:
    """Return what Presidio finds."""
    results = presidio_engine().analyze(text, language="ko")
    return [Found(r.start, r.end, _PRESIDIO_TYPES[r.entity_type]) for r in results]


# --- (c) names by morphemes --------------------------------------------------------------------------------

SURNAMES = frozenset(
    "김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민나진지엄채원천방공현함변염여추"
    "도소석선설마길연위표명기반라왕금옥육인맹제모탁국어은편용예경봉사부가복태목형피두감음호빈동온시갈"
)
DOUBLE_SURNAMES = ("남궁", "제갈", "황보", "선우", "독고", "사공", "서문", "동방")


@cache
def _kiwi() -> Kiwi:
    return Kiwi(num_workers=1)


def find_names_by_kiwi(text: str) -> list[Found]:
    """Return words that Kiwi calls proper nouns and that begin with a Korean surname."""
    found = []
    for token in _kiwi().tokenize(text):
        name = token.form.removesuffix("님").removesuffix("씨")
        if token.tag == "NNP" and re.fullmatch(r"[가-힣]{2,4}", name) and has_surname(name):
            found.append(Found(token.start, token.start + len(name), "name"))
    return found


def has_surname(name: str) -> bool:
    """Tell whether a word begins as a Korean full name does."""
    return name[0] in SURNAMES or name.startswith(DOUBLE_SURNAMES)


def find_by_presidio_and_kiwi(text: str) -> list[Found]:
    """Return what Presidio finds, and the names that Kiwi finds."""
    return find_by_presidio(text) + find_names_by_kiwi(text)


# --- (d) what a hospital adds ------------------------------------------------------------------------------

_PLAIN = str.maketrans("０１２３４５６７８９－：", "0123456789-:")  # one sign for one: places stay
_ROAD = r"[가-힣\d]+(?:로|길)\s?\d+(?:번길\s?\d+)?(?:-\d+)?(?:,?\s?\d+동)?(?:,?\s?\d+호)?"
_DATE = r"\d{2,4}\s?[-./년 ]\s?\d{1,2}\s?[-./월 ]\s?\d{1,2}일?|\d{6}(?:\d{2})?"
_FIRMS = "물류|유통|항공|건설|제과|철강|정밀|산업|전자|중공업|식품|상사|도서관|학교|유치원|어린이집|시청|군청"
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("rrn", r"(?<!\d)\d{6}\s?[-.]?\s?[1-8](?:\d{6}|\*{6})(?!\d)"),
    ("email", r"[\w.%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
    ("phone", r"(?<!\d)(?:\+82[- ]?|\(?0)\d{1,2}\)?[-. ]?\d{3,4}[-. ]?\d{3,4}(?![\d])"),
    ("address", rf"(?:[가-힣]+[시도]?\s)?(?:[가-힣]+[시군구]\s){{1,2}}{_ROAD}"),
    ("address", r"\d+\s[A-Z][a-z]+-?(?:gil|ro)\b(?:,\s[A-Z][\w-]+)*"),
    ("employer", rf"\((?:주|유|사)\)\s?[가-힣]+|[가-힣]{{2,}}(?:{_FIRMS})"),
    (
        "date-of-birth",
        r"(?<!\d)(?:19[3-9]\d|200\d)(?:[-./]\s?|년\s?)\d{1,2}(?:[-./]\s?|월\s?)\d{1,2}일?(?!\d)",
    ),
    ("date-of-birth", rf"(?:생년월일|생일|DOB|[Bb]orn)\s?[:(]?\s?({_DATE})"),
    (
        "chart-number",
        r"(?:등록|차트|환자|병록|의무기록)\s?번?호?\s?[:.]?\s?([A-Za-z]{0,2}\s?\d[\d-]{4,9})",
    ),
    ("chart-number", r"(?<![A-Za-z0-9])[A-Z]\d{7}(?!\d)"),
    ("licence", r"면허\s?(?:번호)?\s?[:(]?\s?((?:제\s?)?\d{4,8}\s?호?)"),
    ("account", r"(?:아이디|계정|\b[Ii][Dd]\b)\s?[:는]?\s?([A-Za-z][\w.]{3,})"),
    ("account", r"(?:계좌|보험증)\s?(?:번호)?\s?[:는]?\s?(\d[\d-]{8,})"),
)
_LABELS = "성명|성 명|이름|수검자|환자|보호자|받으시는 분|받는 분|받는사람|보낸사람|대상|제출자|수신|예금주"
_DUTIES = "측정자|기록|상담|접수|판독|판독의|판정의|시술의|당직의|간호|검사자|작성|담당|시행|방사선사|주임"
_FAMILY = "남편|아내|아들|딸|따님|아드님|며느리|사위|형|누나|언니|동생|어머니|아버지"
_TITLES = "님|씨|선생님|(?:과장|계장|주임|부장|대리|교수|간호사|방사선사)님?|RN|MD|RT"
_NAME = r"([가-힣]{2,5}?)"
_NAME_PATTERNS = (
    rf"(?:{_LABELS})\s?[:：]\s?{_NAME}(?![가-힣])",
    rf"(?:{_DUTIES})\s(?:RN\s)?{_NAME}(?![가-힣])",
    rf"(?:{_FAMILY})\s?\(?{_NAME}(?![가-힣])",
    rf"(?<![가-힣]){_NAME}\s?(?:{_TITLES})(?=[^가-힣]|[께이은을의과와도])",
    r"(?:[Nn]ame|Dear|To)\s?:?\s?([A-Z][a-zA-Z]+(?:\s[A-Z][a-zA-Z]+){1,3})",
)
_NO_NAMES = frozenset(
    (
        *("본인", "수검자", "환자", "보호자", "담당자", "담당", "선생", "간호사", "의사", "판정의", "당직의"),
        *("센터장", "파트장", "팀장", "어르신", "고객", "아버", "어머", "며느", "아드", "사모", "부모"),
        *("할머", "할아버", "기사", "조무사", "주치의", "안내원", "신청자", "이용자", "직원", "원장", "부장"),
        *("과장", "계장", "주임", "대리", "교수", "결과", "메모", "내선", "오전", "오후", "이름", "성명"),
        *("방사선사", "조영제", "확인", "예약", "상담", "안내", "한번", "두분", "첫번", "다음"),
    )
)


def find_by_hospital_rules(text: str) -> list[Found]:
    """Return what patterns find that a hospital would add: addresses, employers, births, labels, titles."""
    plain = text.translate(_PLAIN)
    found = []
    for kind, pattern in _PATTERNS:
        for match in re.finditer(pattern, plain):
            found.append(Found(*match.span(match.lastindex or 0), kind))
    return found + list(_find_everywhere(plain, set(_named(plain)), "name"))


def _named(text: str) -> Iterator[str]:
    for pattern in _NAME_PATTERNS:
        for match in re.finditer(pattern, text):
            name = match[1]
            if name not in _NO_NAMES and (not re.match("[가-힣]", name) or has_surname(name)):
                yield name


def _find_everywhere(text: str, values: Iterable[str], kind: str) -> Iterator[Found]:
    """A name that was found once is hidden wherever it stands."""
    for value in sorted(values):
        for match in re.finditer(rf"(?<![가-힣]){re.escape(value)}", text):
            yield Found(*match.span(), kind)


def find_by_all(text: str) -> list[Found]:
    """Return what any of Presidio, Kiwi and the hospital's patterns finds; names wherever they stand."""
    first = find_by_presidio_and_kiwi(text) + find_by_hospital_rules(text)
    names = {text[f.start : f.end] for f in first if f.type == "name"}
    return sorted({*first, *_find_everywhere(text, names, "name")})


REDACTORS: Mapping[str, Redactor] = {
    "rules": find_by_exercise,
    "presidio": find_by_presidio,
    "presidio+kiwi": find_by_presidio_and_kiwi,
    "presidio+kiwi+hospital": find_by_all,
}
"""Name in the tables → redactor."""
