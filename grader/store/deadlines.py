"""Deadlines: when an assignment is due for one person, how late a hand-in is, and what that costs.

Knows releases and extensions; must not know hand-ins. An extension for a person goes before one for the
site, that before one for the cohort, that before the release's own date.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, or_, select

from grader.model.people import Person
from grader.store.releases import Extension, LateStep, Release, Scope, extension_of
from grader.store.schema import extensions


@dataclass(frozen=True)
class Deadline:
    """When an assignment is due for one person."""

    due_at: datetime | None
    grace_s: int
    closes_at: datetime | None
    scope: Scope | None = None
    """Of the extension that counts; None: the release's own date."""

    def count_late_s(self, at: datetime) -> float:
        """Return how late `at` is, in seconds since the due date; 0 within the grace period."""
        if self.due_at is None or at <= self.due_at + timedelta(seconds=self.grace_s):
            return 0.0
        return (at - self.due_at).total_seconds()

    def is_closed(self, at: datetime) -> bool:
        """Whether nothing is accepted any more."""
        return self.closes_at is not None and at > self.closes_at


def effective_deadline(db: Connection, release: Release, person: Person) -> Deadline:
    """Return when a release is due for a person."""
    return list_deadlines(db, [release], person)[release.assignment]


def list_deadlines(db: Connection, releases: Sequence[Release], person: Person) -> dict[str, Deadline]:
    """Return assignment → deadline of one person, with one query."""
    mine = or_(
        (extensions.c.scope == Scope.PERSON) & (extensions.c.target == person.id),
        (extensions.c.scope == Scope.SITE) & (extensions.c.target == person.site),
        (extensions.c.scope == Scope.COHORT) & (extensions.c.target == (person.cohort or "")),
    )
    names = [release.assignment for release in releases]
    query = select(extensions).where(extensions.c.assignment.in_(names), mine)
    found = [extension_of(row) for row in db.execute(query).mappings()]
    narrowest: Mapping[str, Extension] = {
        extension.assignment: extension
        for extension in sorted(found, key=lambda extension: list(Scope).index(extension.scope))
    }
    return {release.assignment: _deadline(release, narrowest.get(release.assignment)) for release in releases}


def late_percent(rule: Sequence[LateStep], late_s: float) -> int:
    """Return what percentage of the score being so late costs."""
    reached = [step.percent for step in rule if late_s > step.after_s]
    return reached[-1] if reached else 0


def _deadline(release: Release, extension: Extension | None) -> Deadline:
    rules = release.rules
    if extension is None:
        return Deadline(rules.due_at, rules.grace_s, rules.closes_at)
    closes_at = extension.closes_at
    if closes_at is None and rules.closes_at is not None:
        # Who gets more time is not shut out by everybody else's closing time.
        closes_at = max(rules.closes_at, extension.due_at + timedelta(seconds=rules.grace_s))
    return Deadline(extension.due_at, rules.grace_s, closes_at, extension.scope)
