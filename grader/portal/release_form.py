"""From the fields of a form to the rules of a release or an extension, and back; all problems at once.

Knows fields, clocks of the programme and wording's names; must not know requests, templates or the store's
tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from grader.store.releases import MAX_ATTEMPTS, LateStep, ReleaseRules

LATE_STEPS = 3
"""Rows for late steps in the form."""
_MINUTE_S = 60
_HOUR_S = 3600
_WEEK_S = 7 * 24 * _HOUR_S
_YEARS = range(2000, 2200)
"""At the ends of the calendar a moment has no UTC, and no grace period can be added to it."""
SWITCHES = ("grade_on_hand_in", "strip_outputs", "feedback_at_once")


@dataclass
class FormReader:
    """Reads fields and remembers which of them make no sense: field name → name of a word."""

    form: Mapping[str, str]
    zone: tzinfo
    problems: dict[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a field without space around it."""
        return self.form.get(name, "").strip()

    def moment(self, name: str) -> datetime | None:
        """Return a moment as the programme's clocks show it; None for an empty field."""
        text = self.text(name)
        if not text:
            return None
        with suppress(ValueError):
            moment = datetime.fromisoformat(text)
            if moment.year in _YEARS:
                return moment.replace(tzinfo=self.zone)
        self.problems[name] = "teach_bad_moment"
        return None

    def number(self, name: str, most: int, least: int = 0) -> int | None:
        """Return a whole number between two bounds; None for an empty field."""
        text = self.text(name)
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) < 10 and least <= int(text) <= most):
            self.problems[name] = "teach_bad_number"
            return None
        return int(text)


def read_rules(
    form: Mapping[str, str], zone: tzinfo, fallback: ReleaseRules
) -> tuple[ReleaseRules, dict[str, str]]:
    """Return the rules in a form and its problems, field name → name of a word.

    With problems, the rules are `fallback`: nothing may be saved.
    """
    fields = FormReader(form, zone)
    opens_at, due_at, closes_at = (fields.moment(name) for name in ("opens_at", "due_at", "closes_at"))
    late_rule = _read_late_rule(fields)
    grace_min = fields.number("grace_min", most=_WEEK_S // _MINUTE_S) or 0
    cool_down_min = fields.number("cool_down_min", most=_WEEK_S // _MINUTE_S) or 0
    max_attempts = fields.number("max_attempts", most=MAX_ATTEMPTS, least=1)
    second = fields.number("second_marking_percent", most=100) or 0
    opens_at = opens_at or fallback.opens_at
    _compare_dates(fields, opens_at, due_at, closes_at)
    if fields.problems:
        return fallback, fields.problems
    return ReleaseRules(
        opens_at=opens_at,
        due_at=due_at,
        grace_s=grace_min * _MINUTE_S,
        closes_at=closes_at,
        late_rule=late_rule,
        max_attempts=max_attempts,
        cool_down_s=cool_down_min * _MINUTE_S,
        second_marking_percent=second,
        **{name: fields.text(name) == "1" for name in SWITCHES},
    ), {}


def typed_rules(form: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed, with the boxes that were left empty: browsers do not send those."""
    return {**dict.fromkeys(SWITCHES, ""), **form}


def write_rules(rules: ReleaseRules, zone: tzinfo) -> dict[str, str]:
    """Return the fields of a form that say these rules."""
    fields = {
        "opens_at": write_local(rules.opens_at, zone),
        "due_at": write_local(rules.due_at, zone),
        "closes_at": write_local(rules.closes_at, zone),
        "grace_min": str(rules.grace_s // _MINUTE_S),
        "cool_down_min": str(rules.cool_down_s // _MINUTE_S),
        "max_attempts": "" if rules.max_attempts is None else str(rules.max_attempts),
        "second_marking_percent": str(rules.second_marking_percent),
    }
    fields |= {name: "1" if getattr(rules, name) else "" for name in SWITCHES}
    for row in range(LATE_STEPS):
        step = rules.late_rule[row] if row < len(rules.late_rule) else None
        fields[f"late_hours_{row}"] = "" if step is None else str(step.after_s // _HOUR_S)
        fields[f"late_percent_{row}"] = "" if step is None else str(step.percent)
    return fields


def write_local(at: datetime | None, zone: tzinfo) -> str:
    """Return a moment as a field of type `datetime-local` wants it; empty for none."""
    return "" if at is None else f"{at.astimezone(zone):%Y-%m-%dT%H:%M}"


def _read_late_rule(fields: FormReader) -> tuple[LateStep, ...]:
    """Return the rows that name a percentage; a row without hours counts from the first minute."""
    steps = []
    for row in range(LATE_STEPS):
        hours = fields.number(f"late_hours_{row}", most=_WEEK_S // _HOUR_S * 4)
        percent = fields.number(f"late_percent_{row}", most=100)
        if percent is not None:
            steps.append(LateStep((hours or 0) * _HOUR_S, percent))
        elif hours:
            fields.problems[f"late_percent_{row}"] = "teach_late_needs_percent"
    rising = [step.after_s for step in steps]
    if rising != sorted(set(rising)):
        fields.problems["late_hours_0"] = "teach_late_rises"
    return tuple(steps)


def _compare_dates(
    fields: FormReader, opens_at: datetime, due_at: datetime | None, closes_at: datetime | None
) -> None:
    if due_at is not None and due_at < opens_at:
        fields.problems["due_at"] = "teach_due_before_open"
    if closes_at is not None and closes_at < (due_at or opens_at):
        fields.problems["closes_at"] = "teach_closes_before_due"
