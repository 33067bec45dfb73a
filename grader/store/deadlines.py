"""Deadlines: when an assignment is due for one person, how late a hand-in is, and what that costs.

Knows releases, extensions and who belongs to which group; must not know hand-ins. An extension for a person
goes before one for the site, that before one for the cohort, that before the release's own date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select

from grader.model.people import Person
from grader.store.releases import Extension, LateStep, Release, Scope, extension_of, list_releases
from grader.store.schema import extensions, people


@dataclass(frozen=True)
class Lateness:
    """How late work is by a due date."""

    due_at: datetime | None
    late_s: float
    """Since the due date; 0 within the grace period."""


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

    def judge_again(self, at: datetime, before: Lateness) -> Lateness:
        """Return how late work of `at` counts as, which by its receipt was as late as `before`.

        What was decided since it was handed in can only help: the smaller lateness counts.
        """
        late_s = self.count_late_s(at)
        return before if before.late_s < late_s else Lateness(self.due_at, late_s)

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
    found: dict[str, list[Extension]] = {}
    for row in db.execute(query).mappings():
        found.setdefault(row["assignment"], []).append(extension_of(row))
    return {one.assignment: _deadline(one, _index(found.get(one.assignment, ())), person) for one in releases}


def list_everybodys_deadlines(
    db: Connection, release: Release, persons: Sequence[Person]
) -> dict[str, Deadline]:
    """Return person id → deadline in one release, with one query."""
    query = select(extensions).where(extensions.c.assignment == release.assignment)
    given = _index([extension_of(row) for row in db.execute(query).mappings()])
    return {person.id: _deadline(release, given, person) for person in persons}


def fingerprint_deadlines(db: Connection) -> tuple[object, ...]:
    """Return what changes whenever being late may cost somebody something else: rules, extensions, groups."""
    rules = [(one.assignment, one.rules) for one in list_releases(db)]
    given = db.execute(select(extensions).order_by(extensions.c.id)).all()
    # Who moves to another cohort or site gets its extensions.
    groups = select(people.c.cohort, people.c.site, func.count()).group_by(people.c.cohort, people.c.site)
    return tuple(rules), tuple(map(tuple, given)), tuple(sorted(map(tuple, db.execute(groups))))


def late_percent(rule: Sequence[LateStep], late_s: float) -> int:
    """Return what percentage of the score being so late costs."""
    reached = [step.percent for step in rule if late_s > step.after_s]
    return reached[-1] if reached else 0


def _index(given: Iterable[Extension]) -> dict[tuple[Scope, str], Extension]:
    return {(one.scope, one.target): one for one in given}


def _deadline(release: Release, given: Mapping[tuple[Scope, str], Extension], person: Person) -> Deadline:
    rules = release.rules
    mine = ((Scope.PERSON, person.id), (Scope.SITE, person.site), (Scope.COHORT, person.cohort or ""))
    extension = next((given[one] for one in mine if one in given), None)
    if extension is None:
        return Deadline(rules.due_at, rules.grace_s, rules.closes_at)
    closes_at = extension.closes_at
    if closes_at is None and rules.closes_at is not None:
        # Who gets more time is not shut out by everybody else's closing time.
        closes_at = max(rules.closes_at, extension.due_at + timedelta(seconds=rules.grace_s))
    return Deadline(extension.due_at, rules.grace_s, closes_at, extension.scope)
