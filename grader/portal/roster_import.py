"""From a roster to accounts: what would change, every reason why not, and the change itself.

Knows the programme's sites, jobs and cohorts, and the store; must not know pages or the command line. Nobody
is removed because a roster does not name them, unless the operator asks; staff never are.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from grader.errors import GraderError
from grader.grading.layout import why_unusable
from grader.grading.roster import Roster
from grader.grading.roster_words import RosterFault, RosterTrouble, explain_fault
from grader.model.course import Programme
from grader.model.people import Access, Person, fold_id
from grader.store.audit import RESERVED_IDS, Action, about_person, record
from grader.store.people import (
    Account,
    PeopleFilter,
    add_people,
    change_person,
    count_operators,
    find_accounts,
    list_people,
    set_active,
)
from grader.store.personal_data import GONE
from grader.store.sessions import close_sessions
from grader.store.tokens import revoke_tokens
from grader.text import LocalText

FIELDS = ("name", "site", "role", "language", "email", "cohort", "access")
_MAY_BE_ABSENT = ("language", "email", "cohort", "access")
_ALIKE = ("LATIN", "CYRILLIC", "GREEK")
MAX_FOLDED = 120
"""Of an id as it is compared: PostgreSQL takes no more where SQLite takes anything."""


class NoOperatorLeft(GraderError):
    """A change would leave nobody who can run the portal."""

    def __init__(self) -> None:
        super().__init__("no active operator would be left", "appoint another operator first")


@dataclass(frozen=True)
class Change:
    """What a roster changes of one person."""

    before: Person
    after: Person

    @property
    def fields(self) -> tuple[str, ...]:
        """Which values differ."""
        return tuple(f for f in FIELDS if getattr(self.before, f) != getattr(self.after, f))

    @property
    def gives_up_operator(self) -> bool:
        """Whether an operator becomes something else."""
        return self.before.access is Access.OPERATOR and self.after.access is not Access.OPERATOR


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do."""

    added: tuple[Person, ...]
    changed: tuple[Change, ...]
    returning: tuple[str, ...]
    """Ids of deactivated people whom the roster names again."""
    unchanged: int
    missing: tuple[Person, ...]
    """Active trainees whom the roster does not name."""

    @property
    def digest(self) -> str:
        """Equal for equal plans: what was confirmed is what is done."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


def plan_import(db: Connection, roster: Roster, programme: Programme) -> tuple[ImportPlan, list[RosterFault]]:
    """Return what importing would do, and every fault of the roster; with one of them nothing may be done."""
    faults = list(roster.faults)
    for person, line in zip(roster.people, roster.lines, strict=True):
        faults += find_faults(person, programme, line)
    there = find_accounts(db, (person.id for person in roster.people))
    added, changed, returning = [], [], []
    for person in roster.people:
        account = there.get(fold_id(person.id))
        if account is None:
            added.append(person)
            continue
        change = Change(account.person, _merge(account.person, person, roster.columns))
        if change.fields:
            changed.append(change)
        if not account.is_active and account.deleted_at is None:
            returning.append(account.person.id)
    active = list_people(db, PeopleFilter(access=Access.TRAINEE, is_active=True), limit=None)
    missing = tuple(a.person for a in active if fold_id(a.person.id) not in there)
    touched = {change.before.id for change in changed} | set(returning)
    plan = ImportPlan(tuple(added), tuple(changed), tuple(returning), len(there) - len(touched), missing)
    if not faults and _leaves_no_operator(db, plan, there):
        faults.append(explain_fault(RosterTrouble.NO_OPERATOR))
    return plan, sorted(faults, key=lambda fault: fault.place)


def apply_import(db: Connection, plan: ImportPlan, now: datetime, by: str, deactivate: bool) -> None:
    """Do what a plan says, in the caller's transaction; `deactivate` closes the accounts that are missing."""
    add_people(db, plan.added, now)
    set_active(db, plan.returning, True)
    # Whoever hands the role of operator over comes after whoever takes it.
    for change in sorted(plan.changed, key=lambda change: change.gives_up_operator):
        apply_change(db, change, now, by)
    if deactivate:
        for person in plan.missing:
            deactivate_person(db, person.id, now, by)
    record(
        db,
        now,
        by,
        Action.PEOPLE_IMPORTED,
        added=len(plan.added),
        changed=len(plan.changed),
        returning=len(plan.returning),
        deactivated=len(plan.missing) if deactivate else 0,
    )


def apply_change(db: Connection, change: Change, now: datetime, by: str) -> None:
    """Write a person's new values. Raises NoOperatorLeft; the caller's transaction must then be undone.

    A new access ends sessions and tokens: what was opened with the old role must not live on.
    """
    change_person(db, change.after)
    detail: dict[str, object] = {"fields": list(change.fields)}
    if change.before.access is not change.after.access:
        close_sessions(db, change.after.id)
        revoke_tokens(db, change.after.id, now)
        detail |= {"access_before": change.before.access, "access": change.after.access}
        if change.gives_up_operator:
            require_operator(db)
    record(db, now, by, Action.PERSON_CHANGED, about_person(change.after.id), **detail)


def deactivate_person(db: Connection, person_id: str, now: datetime, by: str) -> None:
    """Close an account and everything it has open; nothing is removed."""
    set_active(db, [person_id], False)
    close_sessions(db, person_id)
    revoke_tokens(db, person_id, now)
    record(db, now, by, Action.PERSON_DEACTIVATED, about_person(person_id))


def require_operator(db: Connection) -> None:
    """Raise NoOperatorLeft unless somebody can run the portal."""
    if count_operators(db) == 0:
        raise NoOperatorLeft


def find_faults(person: Person, programme: Programme, line: int = 0) -> Iterator[RosterFault]:
    """Yield what the programme or the portal cannot accept of a person, who stands in a roster's `line`."""
    known = {
        "site": [site.id for site in programme.sites],
        "role": [role.id for role in programme.roles],
        "cohort": [cohort.id for cohort in programme.cohorts],
    }
    for field, names in known.items():
        value = getattr(person, field)
        if value is not None and value not in names:
            yield explain_fault(RosterTrouble.UNKNOWN, line, field, value=value, names=", ".join(names))
    why = why_unusable(person.id) or _why_misleading(person.id)
    if why is not None:
        yield explain_fault(RosterTrouble.OTHER_ID, line, "id", id=person.id, why=why)
    for field, longest in (("name", 200), ("email", 254)):
        value = getattr(person, field)
        if len(value) > longest or not value.isprintable():
            yield explain_fault(RosterTrouble.LENGTH, line, field, longest=longest)
    if not person.name.strip():
        yield explain_fault(RosterTrouble.NO_NAME, line, "name")


def _why_misleading(person_id: str) -> LocalText | None:
    """Return why an id could be taken for another, or for the portal itself."""
    folded = fold_id(person_id)
    if folded in RESERVED_IDS or folded.startswith(GONE):
        return LocalText(ko="포털이 쓰는 아이디입니다.", en="the portal uses it itself")
    if len(folded) > MAX_FOLDED:
        return LocalText(
            ko="한 글자가 여러 글자를 뜻하는 문자가 들어 있어 너무 깁니다.",
            en="some of its letters stand for whole words",
        )
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in person_id if letter.isalpha()}
    if len(scripts.intersection(_ALIKE)) > 1:
        return LocalText(
            ko="서로 닮은 글자가 있는 여러 문자(로마자, 키릴, 그리스)가 섞여 있습니다.",
            en="it mixes alphabets whose letters look alike",
        )
    return None


def _merge(before: Person, given: Person, columns: frozenset[str]) -> Person:
    """Return the person as the roster has them; what it has no column for stays, and so does the id."""
    kept = {name: getattr(before, name) for name in _MAY_BE_ABSENT if name not in columns}
    return given.model_copy(update={**kept, "id": before.id})


def _leaves_no_operator(db: Connection, plan: ImportPlan, there: dict[str, Account]) -> bool:
    """Whether the last operators give up the role and nobody on the roster has it afterwards."""
    given_up = sum(
        change.gives_up_operator and there[fold_id(change.before.id)].is_active for change in plan.changed
    )
    changed = {change.before.id: change.after for change in plan.changed}
    returning = (changed.get(id, there[fold_id(id)].person) for id in plan.returning)
    is_taken = any(
        person.access is Access.OPERATOR for person in (*plan.added, *changed.values(), *returning)
    )
    return given_up > 0 and not is_taken and count_operators(db) <= given_up
