"""What marking pages show and what their forms say, decided before any HTML.

Knows rubrics, marks and the rule of second marking; must not know requests, stores or files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from grader.grading.feedback_words import write_duration
from grader.grading.marks import MEETS, score_levels
from grader.grading.reasons import Reason
from grader.model.assignment import Rubric
from grader.portal.learn_rules import word
from grader.statistics import percent_agreement, weighted_kappa
from grader.store.mark_queue import Answer, QueueLine
from grader.store.marks import AnswerMarks, Mark, NewMark, Round
from grader.store.submissions import Submission
from grader.text import Language, LocalText

FAR_APART = 2
"""Levels between two marks of a criterion from which the two graders talk about it."""
MAX_COMMENT = 4_000
LEVELS = ("0", "1", "2", "3")
"""As forms carry them."""


@dataclass(frozen=True)
class MarkForm:
    """A mark as a grader filled it in."""

    levels: Mapping[str, int]
    comment: str


@dataclass(frozen=True)
class Turn:
    """What this grader is to do with an answer."""

    round: Round
    current: Mark | None
    """The mark of this round that counts now: its number proves that nobody marked meanwhile."""
    is_closed: bool = False
    """A second mark stays as it was given: its agreement is measured. One agreed on is the two graders'."""


def may_agree(marks: AnswerMarks, marker: str, is_instructor: bool) -> bool:
    """Whether somebody may save the mark agreed on: one of the two who marked, or an instructor."""
    both = {mark.marker for mark in (marks.first, marks.second) if mark is not None}
    return is_instructor or marker in both


def judge_turn(marks: AnswerMarks, marker: str, is_second_due: bool, is_instructor: bool) -> Turn:
    """Return which round a grader is in; who marks second does not see the first."""
    if is_second_due:
        return Turn(Round.SECOND, None)
    if marks.agreed is not None:
        return Turn(Round.AGREED, marks.agreed, not may_agree(marks, marker, is_instructor))
    if marks.second is not None:
        mine = marks.second if marks.second.marker == marker else marks.first
        return Turn(mine.round if mine else Round.FIRST, mine, is_closed=True)
    return Turn(Round.FIRST, marks.first)


def read_mark(rubric: Rubric, fields: Mapping[str, str], comment: str) -> tuple[MarkForm, str]:
    """Return a mark as far as a form fills it in, and the name of the word for what is wrong, if anything."""
    given = {criterion.id: fields.get(f"level-{criterion.id}", "") for criterion in rubric.criteria}
    levels = {name: int(level) for name, level in given.items() if level in LEVELS}
    problem = "mark_problem_levels" if len(levels) < len(given) else ""
    return MarkForm(levels, comment), "mark_problem_long" if len(comment) > MAX_COMMENT else problem


def join_comments(text: str, chosen: Sequence[str]) -> str:
    """Return a comment with kept ones added that it does not hold yet."""
    parts = [text, *(one for one in chosen if one not in text)]
    return "\n".join(part for part in parts if part)


@dataclass(frozen=True)
class CriterionAgreement:
    """How far two graders agree on one criterion."""

    title: LocalText
    pairs: int
    kappa: float | None
    """Weighted with squares; None where it is not defined."""
    percent: float | None
    """Pairs that are equal."""


@dataclass(frozen=True)
class Difference:
    """Two marks of one answer that differ."""

    submission: str
    first_levels: tuple[int, ...]
    """In the rubric's order."""
    second_levels: tuple[int, ...]
    first_score: float
    second_score: float
    needs_talk: bool
    """So far apart that the two agree on a mark, which then counts."""
    agreed_score: float | None


def must_agree(first: Mark, second: Mark, maximum: float) -> bool:
    """Whether two marks are so far apart that a third one, agreed on, has to count."""
    apart = [abs(level - second.levels.get(name, level)) for name, level in first.levels.items()]
    meets = [mark.score >= maximum * MEETS - 1e-9 for mark in (first, second)]
    return max(apart, default=0) >= FAR_APART or meets[0] != meets[1]


def measure_agreement(rubric: Rubric, double: Sequence[AnswerMarks]) -> list[CriterionAgreement]:
    """Return the agreement on every criterion."""
    rows = []
    for criterion in rubric.criteria:
        pairs = _pairs(double, criterion.id)
        kappa, percent = weighted_kappa(pairs), percent_agreement(pairs)
        rows.append(CriterionAgreement(criterion.title, len(pairs), kappa, percent))
    return rows


def measure_overall(rubric: Rubric, double: Sequence[AnswerMarks]) -> tuple[int, float | None, float | None]:
    """Return answers, kappa and percent agreement over all criteria together."""
    pairs = [pair for criterion in rubric.criteria for pair in _pairs(double, criterion.id)]
    return len(double), weighted_kappa(pairs), percent_agreement(pairs)


def list_differences(rubric: Rubric, double: Sequence[AnswerMarks], maximum: float) -> list[Difference]:
    """Return the answers on which two graders differ, those to talk about first."""
    names = [criterion.id for criterion in rubric.criteria]
    rows = []
    for marks in double:
        first, second = marks.first, marks.second
        if first is None or second is None or first.levels == second.levels:
            continue
        rows.append(
            Difference(
                submission=first.submission,
                first_levels=tuple(first.levels.get(name, 0) for name in names),
                second_levels=tuple(second.levels.get(name, 0) for name in names),
                first_score=first.score,
                second_score=second.score,
                needs_talk=must_agree(first, second, maximum),
                agreed_score=marks.agreed.score if marks.agreed else None,
            )
        )
    return sorted(rows, key=lambda row: (not row.needs_talk, row.agreed_score is not None))


def _pairs(double: Sequence[AnswerMarks], criterion: str) -> list[tuple[int, int]]:
    both = [(one.first.levels, one.second.levels) for one in double if one.first and one.second]
    return [(one[criterion], two[criterion]) for one, two in both if criterion in one and criterion in two]


def build_mark(rubric: Rubric, answer: Answer, given: MarkForm, marker: str, round: Round) -> NewMark:
    """Return the mark that a filled-in form gives an answer, with the points that its levels make."""
    return NewMark(
        assignment=answer.assignment,
        person=answer.person,
        submission=answer.submission,
        cell=answer.cell,
        marker=marker,
        round=round,
        levels=given.levels,
        score=score_levels(rubric, answer.maximum, given.levels),
        comment=given.comment,
        instead_of=answer.manual_score,
    )


def read_seen(fields: Mapping[str, str]) -> int | None:
    """Return the number of the mark that the page had shown, None if it had shown none."""
    seen = fields.get("seen", "")
    # Thousands of digits, which only a forged form has, are more than `int` takes.
    return int(seen) if seen.isascii() and seen.isdecimal() and len(seen) <= 10 else None


def compare_clocks(submission: Submission, language: Language) -> str:
    """Return how far the sender's clock was from the server's, in words; empty if it said nothing."""
    if submission.client_at is None or submission.origin.is_collected:
        return ""
    ahead_s = (submission.client_at - submission.received_at).total_seconds()
    if abs(ahead_s) < 60:
        return word("mark_clock_same", language)
    name = "mark_clock_later" if ahead_s > 0 else "mark_clock_earlier"
    return word(name, language, span=write_duration(abs(ahead_s), language))


def name_reason(reason: str) -> str:
    """Return the name of the word for why work is held back; what nobody knows is our own fault."""
    return f"mark_reason_{reason if reason in set(Reason) else Reason.OUR_FAULT}"


def hide_score(line: QueueLine) -> QueueLine:
    """Return a hand-in for who is to mark an answer of it a second time: its points tell the first mark."""
    return replace(line, score=None, max_score=None, penalty=0.0)
