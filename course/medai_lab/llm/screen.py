"""The last look before text leaves this computer: does it seem to hold identifiers?

Knows what identifiers in Korean hospital texts look like and errs on the side of stopping; must not change
text, nor know where it would go. It is no redactor: it finds names only beside a title or a label, so text
must be made up or redacted before it gets here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum

from medai_lab.llm.reply import LlmError

Screen = Callable[[str], Sequence[str]]
"""Returns the kinds of identifiers found in a text; empty means that the text may leave."""


class Kind(StrEnum):
    """What can be found; the same names as the types marked in the practice documents."""

    RRN = "rrn"
    PHONE = "phone"
    EMAIL = "email"
    CHART = "chart-number"
    BIRTH = "date-of-birth"
    CARD = "card"
    ACCOUNT = "account"
    LICENCE = "licence"
    ADDRESS = "address"
    EMPLOYER = "employer"
    NAME = "name"


KOREAN: Mapping[str, str] = {
    Kind.RRN: "주민등록번호·외국인등록번호",
    Kind.PHONE: "전화번호",
    Kind.EMAIL: "전자우편 주소",
    Kind.CHART: "등록번호",
    Kind.BIRTH: "생년월일",
    Kind.CARD: "카드 번호",
    Kind.ACCOUNT: "계좌·계정",
    Kind.LICENCE: "면허 번호",
    Kind.ADDRESS: "주소",
    Kind.EMPLOYER: "직장",
    Kind.NAME: "이름",
}
"""Kind → what to call it in a Korean message."""


class BlockedTextError(LlmError):
    """Text was not sent because identifiers seem to be in it."""

    status = 403
    code = "blocked_text"


_GAP = r"[-\s.·/)]{0,3}"
_LABEL_END = r"\s{0,3}[:：=]?\s{0,3}"
_SURNAME = (
    r"(?:남궁|황보|제갈|선우|독고|사공|서문|[김이박최정강조윤장임한오서신권황안송류유전홍고문양손배백허남심노하곽성차주우구"
    r"나라민진지엄채원천방공현함변염여추도소석설마길연위표명기반왕금옥육인맹제모탁국어은편용예경봉사부가복태목형피두감음빈동온호범좌])"
)
_FULL_NAME = rf"(?<![가-힣]){_SURNAME}[가-힣]{{1,2}}"
_ROLE = (
    r"(?:환자|수검자|검진자|교수|간호사|간호조무사|선생|원장|과장|계장|실장|부장|팀장|주임|대리|전문의|임상병리사"
    r"|방사선사|상담사|보호자|어르신|할머니|할아버지|RN|MD|RT)"
)
_BEFORE_NIM = (
    "고객|환자|수검자|검진자|대상자|보호자|제출자|선생|교수|간호사|의사|전문의|기사|주치의|판정의|판독의|상담사|임상병리사"
    "|방사선사|담당자|담당의|회원|어머|아버|할머|할아버|시어머|시아버|장인어른|아드|따|며느|사모|부모|형|누|오라버|조카|손"
    "|여러분|본인|이용자|사용자|신청자|의뢰인|[가-힣]{1,3}장|의뢰자|작성자|가족"
)
"""What stands before “님” and is no name: roles and relatives."""
_NO_NAMES = (
    "전담|전문|정규|임상|주간|신규|수석|담당|외래|남자|여자|남성|여성|해당|다른|모든|우리|이전|같은|심한|한국|진료|상담|부서"
    "|전화|마감|소견|양식|정보|안내|기록|주의|방법|이유|문의|여부|장소|시간|성명|이름|오류|성별|나이|연락|주소|현재|오늘|내일"
    "|어제|오전|오후|정상|이상|의심|경계|유지|변경|기타|없음|있음|모름|확인|구분|명단|전체|기한|부탁|예약|예정|원무|검사|검진"
    "|결과|판정|안에|않|하지|하는|하고|인지|가능|대상|지정|기관|고지|고객|공지|소속|여러|서식|서명|제출|주기|차례|차는|차를"
    "|도착|동의|사람|인계|안남|안 남|추가|조치|공복|식전|식후|소변|혈액|양성|음성|반복|최근|최초|최종"
    "|조기|조직|유방|위장|심장|신장|간암|전정부|주세|주십|표기|채널|전산"
)
"""Words that begin like a surname and are no names."""
_SIGN_BEFORE = (
    r"(?:판독의?|판정의?|상담(?:의|자|간호사)?|시술의|시행의|측정자?|작성자?|접수자?|담당자?|간호사?|검사자|기록자|방사선사"
    r"|보호자|수검자|검진자|환자|대상자?|제출자|받는 ?사람|받는 ?분|받은 ?사람|보낸 ?사람|연락|개인정보 담당"
    r"|본인|아버지|어머니|남편|아내)"
)

_HANGUL_NAME = rf"(?!{_NO_NAMES})[가-힣]{{2,4}}(?![가-힣])"
_SURE_NAME = rf"(?!{_NO_NAMES}){_FULL_NAME}"
_SP = r"[ \t]{0,3}"
_NAMES = (
    rf"(?<![가-힣])(?!(?:{_BEFORE_NIM})[ \t]?(?:님|귀하))[가-힣]{{2,4}}[ \t]?(?:님|귀하)",
    r"(?<![가-힣])[가-힣]{2,4}[ \t]?씨(?![가-힣]{2})",
    rf"{_SURE_NAME}[ \t]{{1,2}}{_ROLE}",
    rf"(?<![가-힣]){_SIGN_BEFORE}{_SP}[:/]{_SP}{_HANGUL_NAME}",
    rf"(?<![가-힣]){_SIGN_BEFORE}[ \t]{_SURE_NAME}(?:님|(?=[\s(/,.]|$))",
    rf"(?<![가-힣])(?:성명|이름|수검자명|환자명|보호자명){_SP}[:/=]{_SP}{_HANGUL_NAME}",
    rf"(?<![가-힣])(?:성명|이름|수검자명|환자명|보호자명)[ \t]{_SURE_NAME}(?![가-힣])",
    rf"(?!환자|수검|검진){_SURE_NAME}{_SP}[(/,]?{_SP}[MF남여]{_SP}[/,]?{_SP}\d{{2}}",
    rf"(?!환자|수검|검진){_SURE_NAME}{_SP}[(/,]?{_SP}\d{{2}}세?[ \t]?[,/][ \t]?[MF남여]",
    rf"\((?!{_NO_NAMES}){_SURNAME}[가-힣]{{2}}\)",
    r"\b(?:Mr|Mrs|Ms|Dr|Prof)\.?[ \t]+[A-Z][a-z]+",
    r"\bDear[ \t]+(?!Sir|Madam|Patient|Examinee|Colleague|Doctor|Customer|Team)[A-Z][a-z]+",
    r"\b(?i:name|patient|examinee|signed|reported by)[ \t]{0,2}[:=][ \t]{0,2}[A-Z][A-Za-z]+",
    r"\bName[ \t]+[A-Z][a-z]+[ \t]+[A-Z]",
)

_MONTH, _DAY = r"(?:1[0-2]|0?[1-9])", r"(?:3[01]|[12]\d|0?[1-9])"
_WORD_DIGIT = r"[공영일이삼사오육륙칠팔구][-\s]?"
_PATTERNS: Mapping[Kind, tuple[str, ...]] = {
    Kind.RRN: (
        rf"(?<!\d)\d{{6}}{_GAP}[0-9*]\d?[\d*]{{5,6}}(?![\d*])",
        r"(?<!\d)\d{6}[^\d]{1,12}[1-8]\d{6}(?!\d)",  # front and back half told apart
        r"(?<!\d)(?:\d[\s.]){5}\d\s?-\s?\d",
    ),
    Kind.PHONE: (
        rf"(?<![\d-])(?:\+?\s?82{_GAP}\(?0?\)?|\(?0)(?:2|1\d|[3-9]\d){_GAP}\d{{3,4}}{_GAP}\d{{3,4}}(?!\d)",
        r"(?<!\d)0[\s.-]?1[\s.-]?[016-9](?:[\s.-]{0,2}\d){7,8}(?!\d)",
        rf"[공영][-\s]?일[-\s]?[공영일][-\s]{{0,2}}(?:{_WORD_DIGIT}){{6,8}}",
    ),
    Kind.EMAIL: (
        r"[\w.+-]{1,64}\s?(?:@|\(at\)|\[at\]|골뱅이)\s?[\w-]{1,64}\s?(?:\.|\(dot\)|닷|점)\s?[A-Za-z]",
    ),
    Kind.CHART: (
        r"(?<![A-Za-z0-9])[A-Za-z]{1,2}-?\d{6,9}(?!\d)",
        r"(?<![\d.,])\d{7,}(?![\d,])",
        rf"(?:등록|차트|병록|환자|수검|접수|검진|진료)\s?(?:번호|no\.?){_LABEL_END}[A-Za-z]{{0,3}}-?\d{{3,}}",
        r"(?:등록|차트|병록|환자|수검)\s?번호[^\d\n]{1,8}\d{4,}",
        r"(?:차트|병록)\s{0,2}[A-Za-z]?-?\d{4,}",
        r"\b(?:MRN|chart|patient id|hospital no)\b\.?[\s:#]{0,4}[A-Za-z]{0,3}-?\d{3,}",
    ),
    Kind.BIRTH: (
        rf"(?<!\d)19[2-9]\d\s?[.\-/년]\s?{_MONTH}\s?[.\-/월]\s?{_DAY}(?!\d)",
        r"(?<![\d.])[2-9]\d\s?\.\s?(?:1[0-2]|0[1-9])\s?\.\s?(?:3[01]|[12]\d|0[1-9])(?![\d.])",
        rf"(?<!\d)[3-9]\d년\s?{_MONTH}월\s?{_DAY}일",
        r"(?:생년월일|생일|출생|\bDOB\b|date of birth|\bborn\b)"
        rf"[^\n\d]{{0,8}}\d{{2,4}}[.\-/년\s]{{0,3}}{_MONTH}",
        r"(?<![\d\-.,])[3-9]\d(?:1[0-2]|0[1-9])(?:3[01]|[12]\d|0[1-9])(?![\d\-.,])\s?(?:생|년생|[,)/(])",
        r"(?<![\d\-.,])\d{6}\s?[,/(]?\s?[남여MF](?![가-힣A-Za-z])",
    ),
    Kind.CARD: (r"(?<!\d)(?:\d{4}[-\s]){3}\d{3,4}(?!\d)", r"(?<!\d)\d{14,16}(?!\d)"),
    Kind.ACCOUNT: (
        r"(?<![\d-])(?=(?:\d-?){10,16}(?![\d-]))\d{2,6}-\d{2,6}-\d{2,8}(?:-\d{1,3})?(?![\d-])",
        r"(?:계좌|은행|통장)[^\n\d]{0,12}\d[\d-]{7,}",
        r"(?:카카오톡|카톡|텔레그램|인스타(?:그램)?|아이디|계정|\bID\b)(?:\s?(?:아이디|ID|계정))?"
        rf"{_LABEL_END}(?=[\w.]{{0,30}}[a-z])[A-Za-z0-9][\w.]{{3,30}}",
    ),
    Kind.LICENCE: (r"(?:면허|자격)[^\d\n]{0,10}\d{3,}",),
    Kind.ADDRESS: (
        r"[가-힣]{1,6}(?:시|군|구)\s+[가-힣0-9]{1,12}(?:로|길|동|읍|면|리)\s?(?:\d+번길\s?)?\d+",
        r"[가-힣]{1,6}(?:로|길)\s?\d+번길",
        r"\d{1,4}동\s?\d{2,4}호",
        r"\b\d{1,4}\s[A-Z]?[a-z]{1,20}-?(?:ro|gil|daero)\b",
        r"\b[a-z]{1,20}-(?:gu|dong|eup|myeon|daero)\b",
        r"(?:주소|거주지|사는 곳)\s{0,3}[:：]\s{0,3}[가-힣]",
    ),
    Kind.EMPLOYER: (
        r"\((?:주|유|재|사)\)\s?[가-힣A-Za-z]|[가-힣A-Za-z]\s?\((?:주|유)\)|주식회사\s?[가-힣A-Za-z]",
        r"(?:직장|근무처|회사|소속|사업장|학교)(?:명|이름)?\s{0,3}[:：]\s{0,3}[가-힣A-Za-z]",
    ),
    Kind.NAME: _NAMES,
}
_COMPILED = tuple(
    (kind, re.compile("|".join(patterns), re.IGNORECASE if kind is not Kind.NAME else 0))
    for kind, patterns in _PATTERNS.items()
)
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")
_INVISIBLE = dict.fromkeys([0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF])


def find_identifiers(text: str) -> tuple[Kind, ...]:
    """Return the kinds of identifiers that seem to be in a text, each once.

    글에 들어 있는 것으로 보이는 식별자의 종류입니다. 빈 값이라고 해서 식별자가 없다는 보증은 아닙니다.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_INVISIBLE).translate(_DASHES)
    return tuple(kind for kind, pattern in _COMPILED if pattern.search(plain))


def require_clean(texts: Iterable[str], more: Screen | None = None) -> None:
    """Pass when no text seems to hold identifiers; `more` looks as well, and cannot take our look away.

    Raises:
        BlockedTextError: with the kinds found, never with the text.
    """
    found: set[str] = set()
    for text in texts:
        found.update(find_identifiers(text))
        found.update(more(text) if more is not None else ())
    if found:
        kinds = sorted(found)
        korean = ", ".join(KOREAN.get(kind, kind) for kind in kinds)
        raise BlockedTextError(
            f"식별자로 보이는 것이 있어 보내지 않았습니다({korean}). 가상의 글만 보낼 수 있습니다. · "
            f"Not sent: it seems to hold identifiers ({', '.join(kinds)}). Only made-up text may be sent."
        )
