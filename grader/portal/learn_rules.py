"""What rules about time and attempts mean for one person, in words.

Knows releases, deadlines, attempts and wording; must not know pages or requests.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from grader.grading.feedback_words import write_duration
from grader.portal.learn_shape import Reader
from grader.portal.pages import WORDS, write_time
from grader.store.learning import Work
from grader.store.releases import LateStep
from grader.text import Language


def word(key: str, language: Language, /, **values: object) -> str:
    """Return one of the portal's texts, filled in."""
    return WORDS[key][language].format(**values)


def write_remaining(due: datetime, now: datetime, zone: tzinfo, language: Language) -> str:
    """Return how far away a deadline is, counted in days of the calendar as people do."""
    days = (due.astimezone(zone).date() - now.astimezone(zone).date()).days
    if now > due:
        if days == 0:
            return word("learn_over_today", language)
        return word("learn_over_yesterday" if days == -1 else "learn_days_over", language, n=-days)
    if days == 0:
        return word("learn_today", language)
    return word("learn_tomorrow" if days == 1 else "learn_day_left", language, n=days)


def why_shut(work: Work, reader: Reader) -> str:
    """Return why nothing is accepted now, or an empty text when something is. The store decides again."""
    rules, language = work.release.rules, reader.language
    closes = work.deadline.closes_at
    if work.release.withdrawn_at is not None:
        return word("learn_shut_withdrawn", language)
    if reader.now < rules.opens_at:
        return word("learn_shut_opens", language, when=write_moment(rules.opens_at, reader))
    if closes is not None and work.deadline.is_closed(reader.now):
        return word("learn_shut_closed", language, when=write_moment(closes, reader))
    if rules.max_attempts is not None and len(work.attempts) >= rules.max_attempts:
        return word("learn_shut_attempts", language, max=rules.max_attempts)
    again = work.newest.received_at + timedelta(seconds=rules.cool_down_s) if work.newest else reader.now
    if reader.now < again:
        return word("learn_shut_cool_down", language, when=write_moment(again, reader))
    return ""


def write_deadline_rules(work: Work, reader: Reader) -> list[str]:
    """Return what else there is to know about a deadline, as sentences."""
    deadline, language = work.deadline, reader.language
    rules = []
    if deadline.due_at is not None:
        if deadline.scope is not None:
            rules.append(word("learn_extended", language, when=write_moment(deadline.due_at, reader)))
        if deadline.grace_s:
            rules.append(word("learn_grace", language, span=write_duration(deadline.grace_s, language)))
        rules += _write_late_rule(work.release.rules.late_rule, language)
    if deadline.closes_at is not None:
        rules.append(word("learn_closes", language, when=write_moment(deadline.closes_at, reader)))
    return rules


def write_attempt_rules(work: Work, language: Language) -> list[str]:
    """Return how often and how soon somebody may hand in, as sentences."""
    limit, wait_s = work.release.rules.max_attempts, work.release.rules.cool_down_s
    if limit is None:
        rules = [word("learn_attempts_any", language)]
    else:
        rules = [word("learn_attempts_left", language, max=limit, left=max(0, limit - len(work.attempts)))]
    if wait_s:
        rules.append(word("learn_cool_down", language, span=write_duration(wait_s, language)))
    return rules


def _write_late_rule(rule: Sequence[LateStep], language: Language) -> list[str]:
    """Return a late rule as sentences, in order."""
    costly = [step for step in rule if step.percent]
    if not costly:
        return [word("learn_late_free", language)]
    return [
        word(
            "learn_late_after" if step.after_s else "learn_late_at_once",
            language,
            span=write_duration(step.after_s, language),
            percent=step.percent,
        )
        for step in costly
    ]


def write_timeliness(late_s: float, language: Language) -> str:
    """Return whether work came in time, or how late."""
    if late_s <= 0:
        return word("learn_in_time", language)
    return word("learn_late", language, span=write_duration(late_s, language))


def write_moment(at: datetime, reader: Reader) -> str:
    """Return a moment for use inside a sentence."""
    return write_time(at, reader.zone, reader.language)
