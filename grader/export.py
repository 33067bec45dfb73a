"""Grades as rows and as CSV text for spreadsheets.

Knows values only: no files, no gradebook. What people can type (names, ids) never becomes a formula,
and Korean text opens correctly in spreadsheets because the text begins with a byte order mark.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from grader.model.course import Programme
from grader.model.work import Trainee
from grader.text import Language, LocalText

BOM = "\ufeff"
_FORMULA_STARTS = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "＝",
    "＋",
    "－",
    "＠",
    "﹦",
    "﹢",
    "﹣",
    "﹫",
    "−",
    "|",
    "%",
)


class Standing(StrEnum):
    """Whether an assignment is passed."""

    PASSED = "passed"
    NOT_PASSED = "not-passed"
    PENDING = "pending"
    """A person has yet to grade something that decides it."""


class RowStatus(StrEnum):
    """How far the work on one row has come."""

    GRADED = "graded"
    NEEDS_PERSON = "needs-person"
    COLLECTED = "collected"
    QUARANTINED = "quarantined"
    MISSING = "missing"


@dataclass(frozen=True)
class GradeRow:
    """One trainee's grade in one assignment."""

    trainee: Trainee
    assignment: str
    title: LocalText
    status: RowStatus
    score: float | None = None
    """Before the penalty."""
    max_score: float | None = None
    auto_score: float | None = None
    auto_max: float | None = None
    written_score: float | None = None
    """None while a person has not graded everything."""
    written_max: float | None = None
    standing: Standing | None = None
    """None without graded work."""
    handed_in_at: datetime | None = None
    late_s: float = 0.0
    penalty: float = 0.0
    """Points that being late costs."""

    def as_dict(self) -> dict[str, object]:
        """Return the JSON shape."""
        return {
            "trainee": self.trainee.id,
            "name": self.trainee.name,
            "site": self.trainee.site,
            "role": self.trainee.role,
            "assignment": self.assignment,
            "status": self.status.value,
            "score": self.total,
            "max_score": self.max_score,
            "percent": self.percent,
            "auto_score": self.auto_score,
            "auto_max": self.auto_max,
            "written_score": self.written_score,
            "written_max": self.written_max,
            "standing": self.standing.value if self.standing else None,
            "handed_in_at": self.handed_in_at.isoformat() if self.handed_in_at else None,
            "late_s": self.late_s,
            "late_penalty": self.penalty,
        }

    @property
    def total(self) -> float | None:
        """The score that counts: after the penalty."""
        return None if self.score is None else take_off(self.score, self.penalty)

    @property
    def percent(self) -> float | None:
        """The score that counts in percent, to one decimal."""
        if self.total is None or not self.max_score:
            return None
        return round(100 * self.total / self.max_score, 1)


def take_off(score: float, penalty: float) -> float:
    """Return the score that counts: what being late leaves of it, never less than nothing."""
    return max(0.0, score - penalty)


def _say(ko: str, en: str) -> LocalText:
    return LocalText(ko=ko, en=en)


_HEADER = (
    _say("교육생 번호", "Trainee id"),
    _say("이름", "Name"),
    _say("소속", "Site"),
    _say("직종", "Role"),
    _say("과제", "Assignment"),
    _say("과제 이름", "Assignment title"),
    _say("상태", "Status"),
    _say("점수", "Score"),
    _say("만점", "Max score"),
    _say("백분율", "Percent"),
    _say("자동 채점 점수", "Automatic score"),
    _say("자동 채점 만점", "Automatic max"),
    _say("서술형 점수", "Written score"),
    _say("서술형 만점", "Written max"),
    _say("통과", "Passed"),
    _say("제출 시각", "Handed in"),
    _say("늦음", "Late"),
    _say("늦은 시간(분)", "Minutes late"),
    _say("늦은 제출 감점", "Late penalty"),
)
_STATUS: dict[RowStatus, LocalText] = {
    RowStatus.GRADED: _say("채점 끝남", "graded"),
    RowStatus.NEEDS_PERSON: _say("사람의 채점 필요", "needs manual grading"),
    RowStatus.COLLECTED: _say("채점 전", "collected, not graded"),
    RowStatus.QUARANTINED: _say("보류(확인 필요)", "quarantined"),
    RowStatus.MISSING: _say("제출하지 않음", "not handed in"),
}
_STANDING: dict[Standing, LocalText] = {
    Standing.PASSED: _say("통과", "yes"),
    Standing.NOT_PASSED: _say("미통과", "no"),
    Standing.PENDING: _say("채점 중", "pending"),
}
_YES = _say("예", "yes")
_NO = _say("아니요", "no")


def harmless(text: str) -> str:
    """Return text that no spreadsheet takes for a formula; a leading apostrophe marks it as text."""
    # Some programs skip leading space and invisible characters before they look for a formula.
    bare = text.lstrip(" \u00a0\u200b\u200e\u200f\u2060\u3000\ufeff")
    risky = text.startswith(_FORMULA_STARTS) or bare.startswith(_FORMULA_STARTS)
    return f"'{text}" if risky else text


def grades_csv(
    rows: Iterable[GradeRow], language: Language, zone: tzinfo, programme: Programme | None = None
) -> str:
    """Return the CSV text, BOM first: write it with encoding utf-8 and newline="".

    Times are local to `zone`; with a programme, sites and roles appear by their titles.
    """
    sites = {site.id: site.title[language] for site in programme.sites} if programme else {}
    roles = {role.id: role.title[language] for role in programme.roles} if programme else {}
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([title[language] for title in _HEADER])
    for row in rows:
        trainee = row.trainee
        typed = [
            trainee.id,
            trainee.name,
            sites.get(trainee.site, trainee.site),
            roles.get(trainee.role, trainee.role),
            row.assignment,
            row.title[language],
        ]
        writer.writerow([harmless(value) for value in typed] + _ours(row, language, zone))
    return BOM + text.getvalue()


def _ours(row: GradeRow, language: Language, zone: tzinfo) -> list[str]:
    """Return the values that only this program writes."""
    numbers = (row.total, row.max_score, row.percent, row.auto_score, row.auto_max)
    written = (row.written_score, row.written_max)
    handed_in = f"{row.handed_in_at.astimezone(zone):%Y-%m-%d %H:%M}" if row.handed_in_at else ""
    late = (_YES if row.late_s else _NO)[language] if row.handed_in_at else ""
    minutes = str(max(1, round(row.late_s / 60))) if row.late_s else ""
    return [
        _STATUS[row.status][language],
        *(_number(number) for number in (*numbers, *written)),
        _STANDING[row.standing][language] if row.standing else "",
        handed_in,
        late,
        minutes,
        _number(row.penalty or None),
    ]


def _number(number: float | None) -> str:
    return "" if number is None else f"{round(number, 2):g}"
