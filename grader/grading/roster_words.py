"""What can be wrong with a roster, told to whoever wrote it, and what to do about it. Knows texts only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from grader.errors import Problem
from grader.text import Language, LocalText


class RosterTrouble(StrEnum):
    """What can be wrong; several may share one code of a check."""

    ENCODING = "encoding"
    UTF16 = "utf16"
    CP949 = "cp949"
    COLUMN_MISSING = "column-missing"
    COLUMN_UNKNOWN = "column-unknown"
    COLUMN_TWICE = "column-twice"
    EMPTY = "empty"
    CSV = "csv"
    SURPLUS = "surplus"
    ID = "id"
    OTHER_ID = "other-id"
    DUPLICATE = "duplicate"
    SLUG = "slug"
    LANGUAGE = "language"
    ACCESS = "access"
    LENGTH = "length"
    NO_NAME = "no-name"
    UNKNOWN = "unknown"
    NO_OPERATOR = "no-operator"


@dataclass(frozen=True)
class RosterFault:
    """One fault of a roster."""

    line: int
    """1-based; 0 when the whole file is meant."""
    code: str
    """Stable name of the rule, e.g. `roster-id`."""
    message: LocalText
    hint: LocalText
    field: str = ""
    """The column whose value is wrong."""

    @property
    def place(self) -> tuple[int, str, str]:
        """What faults are put in order by."""
        return self.line, self.code, self.message.en

    def as_problem(self, path: str) -> Problem:
        """Return what the command line shows of it."""
        return Problem(path, self.line, self.code, self.message.en, self.hint.en)


def explain_fault(trouble: RosterTrouble, line: int = 0, field: str = "", **values: object) -> RosterFault:
    """Return a fault with its words filled in; a value may be a text in both languages itself."""
    code, message, hint = _WORDS[trouble]
    given = {"field": field, **values}
    return RosterFault(line, code, _fill(message, given), _fill(hint, given), field)


def explain_value(field: str, value: object, line: int = 0) -> RosterFault:
    """Return what is wrong with a value that no person can have in this column."""
    return explain_fault(_BY_FIELD.get(field, RosterTrouble.LENGTH), line, field, value=value, longest=120)


def _fill(text: LocalText, values: dict[str, object]) -> LocalText:
    def fill(language: Language) -> str:
        said = {
            name: value[language] if isinstance(value, LocalText) else value for name, value in values.items()
        }
        return text[language].format(**said)

    return LocalText(ko=fill(Language.KO), en=fill(Language.EN))


def _say(ko: str, en: str) -> LocalText:
    return LocalText(ko=ko, en=en)


_BY_FIELD = {
    "site": RosterTrouble.SLUG,
    "role": RosterTrouble.SLUG,
    "cohort": RosterTrouble.SLUG,
    "language": RosterTrouble.LANGUAGE,
    "access": RosterTrouble.ACCESS,
}
_AS_UTF8 = _say(
    "“CSV UTF-8”로 저장하십시오. 그냥 “CSV”로 저장하면 문자 형식이 달라집니다.",
    "Save it as “CSV UTF-8”; plain “CSV” is in another encoding.",
)
_COLUMNS = _say(
    "첫 줄에 id,name,site,role을 적고, 필요하면 language,email,cohort,access를 더하십시오.",
    "The first line must have id,name,site,role and may have language,email,cohort,access.",
)
_BAD_ID = _say("아이디 {id!r}: {why}", "The id {id!r} cannot be used: {why}")
_BAD_VALUE = _say("{field} 열에는 {value!r} 값을 쓸 수 없습니다.", "{field}: {value!r} is no value for it.")

_WORDS: dict[RosterTrouble, tuple[str, LocalText, LocalText]] = {
    RosterTrouble.ENCODING: (
        "roster-encoding",
        _say("명단의 문자 형식이 UTF-8이 아닙니다.", "The roster is not UTF-8."),
        _AS_UTF8,
    ),
    RosterTrouble.UTF16: (
        "roster-encoding",
        _say(
            "명단의 문자 형식이 UTF-16입니다. 엑셀에서는 “유니코드 텍스트”라고 합니다.",
            "The roster is UTF-16, which spreadsheets call “Unicode text”.",
        ),
        _AS_UTF8,
    ),
    RosterTrouble.CP949: (
        "roster-encoding",
        _say(
            "명단의 문자 형식이 CP949입니다. 한국어 엑셀에서 그냥 “CSV”로 저장하면 이렇게 됩니다.",
            "The roster is CP949, as a Korean spreadsheet's plain “CSV” is.",
        ),
        _AS_UTF8,
    ),
    RosterTrouble.COLUMN_MISSING: (
        "roster-header",
        _say("{name!r} 열이 없습니다.", "The column {name!r} is missing."),
        _COLUMNS,
    ),
    RosterTrouble.COLUMN_UNKNOWN: (
        "roster-header",
        _say("알 수 없는 열입니다: {name!r}", "There is no column {name!r}."),
        _COLUMNS,
    ),
    RosterTrouble.COLUMN_TWICE: (
        "roster-header",
        _say("같은 열이 두 번 있습니다.", "A column stands twice."),
        _COLUMNS,
    ),
    RosterTrouble.EMPTY: (
        "roster-empty",
        _say("명단에 사람이 없습니다.", "The roster names nobody."),
        _say("한 사람에 한 줄씩 적으십시오.", "Add one line per person."),
    ),
    RosterTrouble.CSV: (
        "roster-csv",
        _say("CSV 형식이 깨져 있습니다.", "The CSV is broken here."),
        _say("이 줄의 따옴표를 확인하십시오.", "Check the quotes in this line."),
    ),
    RosterTrouble.SURPLUS: (
        "roster-row",
        _say("값이 열보다 많습니다.", "There are more values than columns."),
        _say("쉼표가 든 값은 큰따옴표로 묶으십시오.", "Put values with commas in quotes."),
    ),
    RosterTrouble.ID: (
        "roster-id",
        _BAD_ID,
        _say(
            "아이디는 폴더 이름이 됩니다. 한글을 포함한 글자, 숫자, 빈칸, -, _를 쓸 수 있습니다.",
            "Ids become folder names: letters of any script, digits, spaces, - and _ are fine.",
        ),
    ),
    RosterTrouble.OTHER_ID: (
        "roster-id",
        _BAD_ID,
        _say("이 사람에게 다른 아이디를 주십시오.", "Give this person another id."),
    ),
    RosterTrouble.DUPLICATE: (
        "roster-duplicate",
        _say(
            "같은 아이디가 {first}번째 줄에도 있습니다: {id!r}",
            "The id {id!r} already stands in line {first}.",
        ),
        _say(
            "사람마다 아이디가 달라야 합니다. 대문자와 소문자는 같은 것으로 봅니다.",
            "Everybody needs an id of their own; upper and lower case count as equal.",
        ),
    ),
    RosterTrouble.SLUG: (
        "roster-value",
        _BAD_VALUE,
        _say(
            "과정 파일(course.yml)에 있는 id를 적으십시오. 영문 소문자, 숫자, 붙임표(-)로 되어 있습니다.",
            "Write the id that stands in course.yml: small letters, digits and hyphens.",
        ),
    ),
    RosterTrouble.LANGUAGE: (
        "roster-value",
        _BAD_VALUE,
        _say("ko나 en을 적으십시오. 비워 두면 ko입니다.", "Write ko or en; empty means ko."),
    ),
    RosterTrouble.ACCESS: (
        "roster-value",
        _BAD_VALUE,
        _say(
            "trainee, instructor, grader, operator 가운데 하나를 적으십시오. 비워 두면 trainee입니다.",
            "Write one of trainee, instructor, grader, operator; empty means trainee.",
        ),
    ),
    RosterTrouble.LENGTH: (
        "roster-value",
        _say(
            "{field} 열: 너무 길거나 보이지 않는 문자가 들어 있습니다.",
            "{field}: too long, or with invisible characters.",
        ),
        _say(
            "보이는 글자만 써서 {longest}자까지 적으십시오.", "Write it with up to {longest} visible letters."
        ),
    ),
    RosterTrouble.NO_NAME: (
        "roster-value",
        _say("{field} 열이 비어 있습니다.", "{field}: it is empty."),
        _say("화면에 보일 이름을 적으십시오.", "Write the name that shall stand on pages."),
    ),
    RosterTrouble.UNKNOWN: (
        "roster-unknown",
        _say("{field} 열의 {value!r} 값은 이 과정에 없습니다.", "{field}: the programme has no {value!r}."),
        _say("다음 가운데 하나를 적으십시오: {names}", "Use one of: {names}"),
    ),
    RosterTrouble.NO_OPERATOR: (
        "roster-operator",
        _say("사용 중인 운영자 계정이 하나도 남지 않습니다.", "No active operator would be left."),
        _say("먼저 다른 운영자를 정하십시오.", "Appoint another operator first."),
    ),
}
