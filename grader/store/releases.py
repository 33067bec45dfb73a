"""Releases: which assignments are out, in which revision, until when, under which rules; and extensions.

Knows the tables `releases` and `extensions`; must not know work, marks or pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from grader.errors import GraderError
from grader.store.schema import extensions, people, releases

MAX_ATTEMPTS = 1000


class InvalidRelease(GraderError):
    """The rules of a release contradict each other."""


@dataclass(frozen=True)
class LateStep:
    """From so late on, so much is taken off."""

    after_s: int
    percent: int


@dataclass(frozen=True)
class ReleaseRules:
    """What an instructor decides about a release. Moments are in UTC."""

    opens_at: datetime
    due_at: datetime | None = None
    grace_s: int = 0
    """So much later still counts as in time."""
    closes_at: datetime | None = None
    """After this nothing is accepted."""
    late_rule: tuple[LateStep, ...] = ()
    """In order of `after_s`; the last step that was reached counts."""
    max_attempts: int | None = None
    cool_down_s: int = 0
    """So long after one attempt comes the next at the earliest."""
    grade_on_hand_in: bool = False
    strip_outputs: bool = False
    feedback_at_once: bool = False
    second_marking_percent: int = 0

    def __post_init__(self) -> None:
        """Raise InvalidRelease with all that is wrong."""
        wrong = [words for is_wrong, words in self._faults() if is_wrong]
        if wrong:
            raise InvalidRelease("; ".join(wrong), "correct these and save again")

    def _faults(self) -> Iterable[tuple[bool, str]]:
        steps = [step.after_s for step in self.late_rule]
        yield bool(self.due_at and self.due_at < self.opens_at), "it is due before it opens"
        last = self.due_at or self.opens_at
        yield bool(self.closes_at and self.closes_at < last), "it closes before it is due or opens"
        yield self.grace_s < 0 or self.cool_down_s < 0, "grace and cool-down are not negative"
        yield (
            self.max_attempts is not None and not 1 <= self.max_attempts <= MAX_ATTEMPTS,
            "attempts: 1 to 1000",
        )
        yield steps != sorted(set(steps)) or any(s < 0 for s in steps), "late steps rise and are not negative"
        yield any(not 0 <= step.percent <= 100 for step in self.late_rule), "late steps take 0 to 100 percent"
        yield not 0 <= self.second_marking_percent <= 100, "second marking: 0 to 100 percent"


@dataclass(frozen=True)
class Release:
    """An assignment that is, or was, out."""

    assignment: str
    revision: int
    rules: ReleaseRules
    released_at: datetime
    released_by: str
    withdrawn_at: datetime | None
    feedback_released_at: datetime | None
    files_digest: str | None
    """Blob of the release's files where they came through nbgrader's exchange."""
    grade_ids: Mapping[str, Any]
    """Notebook name → grade ids that a handed-in notebook must have."""

    def is_out(self, now: datetime) -> bool:
        """Whether trainees may fetch it."""
        return self.withdrawn_at is None and self.rules.opens_at <= now

    def shows_feedback(self) -> bool:
        """Whether a trainee may see results as soon as they are there."""
        return self.rules.feedback_at_once or self.feedback_released_at is not None


class Scope(StrEnum):
    """Whom an extension is for; the narrowest counts."""

    COHORT = "cohort"
    SITE = "site"
    PERSON = "person"


@dataclass(frozen=True)
class Extension:
    """A later due date for some."""

    assignment: str
    scope: Scope
    target: str
    """A cohort's, site's or person's id."""
    due_at: datetime
    closes_at: datetime | None
    note: str
    created_at: datetime
    created_by: str
    id: int = 0
    """0 until it is kept."""


def release_assignment(
    db: Connection,
    assignment: str,
    revision: int,
    rules: ReleaseRules,
    grade_ids: Mapping[str, Any],
    *,
    by: str,
    now: datetime,
    files_digest: str | None = None,
) -> Release:
    """Release an assignment, or a newer revision of it; extensions and hand-ins stay as they are."""
    before = find_release(db, assignment)
    release = Release(
        assignment, revision, rules, now, by, None,
        before.feedback_released_at if before else None, files_digest, dict(grade_ids),
    )  # fmt: skip
    if before is None:
        db.execute(insert(releases).values(_columns(release)))
    else:
        db.execute(update(releases).where(releases.c.assignment == assignment).values(_columns(release)))
    return release


def change_rules(db: Connection, assignment: str, rules: ReleaseRules) -> bool:
    """Give a release other rules; False if there is none."""
    return _change(db, assignment, _rule_columns(rules))


def withdraw_release(db: Connection, assignment: str, now: datetime) -> bool:
    """Take an assignment back: nobody fetches it or hands it in; what was handed in stays."""
    return _change(db, assignment, {"withdrawn_at": now})


def release_feedback(db: Connection, assignment: str, now: datetime | None) -> bool:
    """Let trainees see results and feedback from now on; None hides them again."""
    return _change(db, assignment, {"feedback_released_at": now})


def find_release(db: Connection, assignment: str) -> Release | None:
    """Return a release, a withdrawn one too."""
    row = db.execute(select(releases).where(releases.c.assignment == assignment)).mappings().first()
    return None if row is None else _release_of(row)


def list_releases(db: Connection) -> list[Release]:
    """Return all releases by due date; those without one come last."""
    rows = [_release_of(row) for row in db.execute(select(releases)).mappings()]
    return sorted(
        rows, key=lambda r: (r.rules.due_at is None, r.rules.due_at or r.rules.opens_at, r.assignment)
    )


def grant_extension(db: Connection, extension: Extension) -> Extension:
    """Keep an extension; one for the same assignment and target is replaced.

    Raises InvalidRelease when there is no such release or person, or it closes before it is due.
    """
    if extension.closes_at and extension.closes_at < extension.due_at:
        raise InvalidRelease("the extension closes before it is due", "choose a later closing time")
    if find_release(db, extension.assignment) is None:
        raise InvalidRelease(f"{extension.assignment} is not released", "release it first")
    is_person = select(people.c.id).where(people.c.id == extension.target, people.c.deleted_at.is_(None))
    if extension.scope is Scope.PERSON and db.execute(is_person).first() is None:
        raise InvalidRelease("there is no such person", "choose somebody from the list")
    same = (
        (extensions.c.assignment == extension.assignment)
        & (extensions.c.scope == extension.scope)
        & (extensions.c.target == extension.target)
    )
    db.execute(delete(extensions).where(same))
    values = {field.name: getattr(extension, field.name) for field in fields(extension) if field.name != "id"}
    db.execute(insert(extensions).values(values))
    return replace(extension, id=db.execute(select(extensions.c.id).where(same)).scalar_one())


def withdraw_extension(db: Connection, assignment: str, number: int) -> bool:
    """Take an extension back; False if there is none."""
    mine = (extensions.c.id == number) & (extensions.c.assignment == assignment)
    return bool(db.execute(delete(extensions).where(mine)).rowcount)


def list_extensions(db: Connection, assignment: str) -> list[Extension]:
    """Return an assignment's extensions, widest scope first."""
    query = select(extensions).where(extensions.c.assignment == assignment)
    found = [extension_of(row) for row in db.execute(query).mappings()]
    return sorted(found, key=lambda extension: (list(Scope).index(extension.scope), extension.target))


def extension_of(row: RowMapping) -> Extension:
    """Return the extension in a row."""
    return Extension(**{**row, "scope": Scope(row["scope"])})


def _change(db: Connection, assignment: str, values: Mapping[str, Any]) -> bool:
    change = update(releases).where(releases.c.assignment == assignment).values(values)
    return db.execute(change).rowcount == 1


def _columns(release: Release) -> dict[str, Any]:
    values = {field.name: getattr(release, field.name) for field in fields(release) if field.name != "rules"}
    return values | _rule_columns(release.rules)


def _rule_columns(rules: ReleaseRules) -> dict[str, Any]:
    values = {field.name: getattr(rules, field.name) for field in fields(rules)}
    steps = [{"after_s": step.after_s, "percent": step.percent} for step in rules.late_rule]
    return values | {"late_rule": steps}


def _release_of(row: RowMapping) -> Release:
    columns = dict(row)
    steps: Sequence[Mapping[str, int]] = columns.pop("late_rule")
    rules = {f.name: columns.pop(f.name) for f in fields(ReleaseRules) if f.name != "late_rule"}
    late_rule = tuple(LateStep(step["after_s"], step["percent"]) for step in steps)
    return Release(rules=ReleaseRules(**rules, late_rule=late_rule), **columns)
