"""People in the store: who they are, found by id or listed for staff, added and changed from a roster.

Knows the table `people`; must not know passwords' rules, pages or rosters' files. A trainee's own page asks
for one person by id; lists are for staff.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, func, insert, or_, select, update

from grader.errors import UsageError
from grader.model.people import Access, Person, fold_id
from grader.store.schema import people
from grader.text import Language

PSEUDONYM_BYTES = 8
PAGE = 50


@dataclass(frozen=True)
class Account:
    """A person and the state of their account; holds no secret."""

    person: Person
    pseudonym: str
    """Stands for the person in receipts, statistics and blind marking."""
    is_active: bool
    created_at: datetime
    deleted_at: datetime | None
    has_password: bool
    """False until the invitation was taken up."""
    password_changed_at: datetime | None
    has_second_factor: bool
    locked_until: datetime | None


@dataclass(frozen=True)
class PeopleFilter:
    """Which accounts a list shows; None means any. Deleted ones are never listed."""

    site: str | None = None
    job: str | None = None
    cohort: str | None = None
    access: Access | None = None
    is_active: bool | None = None
    has_joined: bool | None = None
    text: str = ""
    """Part of an id or name."""


def person_of(row: RowMapping) -> Person:
    """Return the person in a row of `people`."""
    return Person.model_construct(
        id=row[people.c.id],
        name=row[people.c.name],
        site=row[people.c.site],
        role=row[people.c.job],
        language=Language(row[people.c.language]),
        email=row[people.c.email],
        cohort=row[people.c.cohort] or None,
        access=Access(row[people.c.access]),
    )


def find_person(db: Connection, person_id: str) -> Person | None:
    """Return the person with exactly this id, deactivated ones too, or None."""
    row = db.execute(select(people).where(people.c.id == person_id)).mappings().one_or_none()
    return person_of(row) if row is not None else None


def find_account(db: Connection, person_id: str) -> Account | None:
    """Return the account with exactly this id, or None."""
    row = db.execute(select(people).where(people.c.id == person_id)).mappings().one_or_none()
    return _account_of(row) if row is not None else None


def find_account_as_typed(db: Connection, typed: str) -> Account | None:
    """Return the account whose id somebody typed, however their keyboard spells it, or None."""
    row = db.execute(select(people).where(people.c.folded == fold_id(typed))).mappings().one_or_none()
    return _account_of(row) if row is not None else None


def find_account_by_pseudonym(db: Connection, pseudonym: str) -> Account | None:
    """Return the account that receipts call by this pseudonym, or None; for staff."""
    row = db.execute(select(people).where(people.c.pseudonym == pseudonym)).mappings().one_or_none()
    return _account_of(row) if row is not None else None


def list_people(
    db: Connection, wanted: PeopleFilter = PeopleFilter(), after: str = "", limit: int | None = PAGE
) -> list[Account]:
    """Return up to `limit` accounts, None for all, ordered by folded id, from after the folded id `after`."""
    query = select(people).where(*_conditions(wanted), people.c.folded > after)
    rows = db.execute(query.order_by(people.c.folded).limit(limit)).mappings()
    return [_account_of(row) for row in rows]


def count_people(db: Connection, wanted: PeopleFilter = PeopleFilter()) -> int:
    """Return how many accounts fit."""
    return int(db.execute(select(func.count()).select_from(people).where(*_conditions(wanted))).scalar_one())


def count_operators(db: Connection) -> int:
    """Return how many operators can sign in; the last one must stay."""
    return count_people(db, PeopleFilter(access=Access.OPERATOR, is_active=True))


def find_accounts(db: Connection, person_ids: Iterable[str]) -> dict[str, Account]:
    """Return the accounts among these ids, by folded id; for comparing with a roster."""
    wanted = sorted({fold_id(person_id) for person_id in person_ids})
    found: dict[str, Account] = {}
    for start in range(0, len(wanted), 500):
        query = select(people).where(people.c.folded.in_(wanted[start : start + 500]))
        for row in db.execute(query).mappings():
            found[row[people.c.folded]] = _account_of(row)
    return found


def add_people(db: Connection, given: Sequence[Person], now: datetime) -> None:
    """Add people who are not there yet; they can sign in once they took up an invitation.

    Raises UsageError, and the caller's transaction must then be undone, if one of them is there already.
    """
    there = find_accounts(db, (person.id for person in given))
    if there:
        names = ", ".join(sorted(account.person.id for account in there.values())[:5])
        raise UsageError(f"these ids are taken already: {names}", "import the roster again")
    if given:
        db.execute(
            insert(people),
            [
                {
                    "id": person.id,
                    "folded": fold_id(person.id),
                    "pseudonym": secrets.token_hex(PSEUDONYM_BYTES),
                    "is_active": True,
                    "created_at": now,
                    **_profile(person),
                }
                for person in given
            ],
        )


def change_person(db: Connection, person: Person) -> None:
    """Write name, site, job, language, e-mail, cohort and access; the id says whose.

    A change of access needs `close_sessions` as well: what was opened with the old role must not live on.
    """
    db.execute(update(people).where(people.c.id == person.id).values(**_profile(person)))


def set_active(db: Connection, person_ids: Sequence[str], is_active: bool) -> None:
    """Let people sign in, or not; nothing of theirs is removed. Deleted accounts stay closed."""
    for start in range(0, len(person_ids), 500):
        chosen = people.c.id.in_(person_ids[start : start + 500])
        db.execute(update(people).where(chosen, people.c.deleted_at.is_(None)).values(is_active=is_active))


def set_language(db: Connection, person_id: str, language: str) -> None:
    """Remember which language a person reads."""
    db.execute(update(people).where(people.c.id == person_id).values(language=language))


def find_password_hash(db: Connection, person_id: str) -> str | None:
    """Return the hash of a person's password, or None as long as they have none."""
    found: str | None = db.execute(
        select(people.c.password_hash).where(people.c.id == person_id)
    ).scalar_one_or_none()
    return found


def set_password_hash(db: Connection, person_id: str, password_hash: str, now: datetime | None) -> None:
    """Write the hash of a password and forget failures; `now` is None when only its cost was renewed."""
    values: dict[str, Any] = {"password_hash": password_hash}
    if now is not None:
        values |= {"password_changed_at": now, "failed_logins": 0, "locked_until": None}
    db.execute(update(people).where(people.c.id == person_id).values(**values))


def count_failure(db: Connection, person_id: str) -> int:
    """Count one more wrong password or code in a row and return how many there are now."""
    change = update(people).where(people.c.id == person_id)
    db.execute(change.values(failed_logins=people.c.failed_logins + 1))
    query = select(people.c.failed_logins).where(people.c.id == person_id)
    return int(db.execute(query).scalar_one())


def lock_account(db: Connection, person_id: str, until: datetime) -> None:
    """Refuse this person's sign-ins until then."""
    db.execute(update(people).where(people.c.id == person_id).values(locked_until=until))


def forget_failures(db: Connection, person_id: str) -> None:
    """Start counting from nought: the right person came."""
    change = update(people).where(people.c.id == person_id, people.c.failed_logins > 0)
    db.execute(change.values(failed_logins=0, locked_until=None))


def _conditions(wanted: PeopleFilter) -> list[ColumnElement[bool]]:
    chosen = {
        people.c.site: wanted.site,
        people.c.job: wanted.job,
        people.c.cohort: wanted.cohort,
        people.c.access: wanted.access,
        people.c.is_active: wanted.is_active,
    }
    conditions = [column == value for column, value in chosen.items() if value is not None]
    conditions.append(people.c.deleted_at.is_(None))
    if wanted.has_joined is not None:
        empty = people.c.password_hash.is_(None)
        conditions.append(~empty if wanted.has_joined else empty)
    if wanted.text.strip():
        part = fold_id(wanted.text)
        by_id = people.c.folded.contains(part, autoescape=True)
        by_name = func.lower(people.c.name).contains(part, autoescape=True)
        conditions.append(or_(by_id, by_name))
    return conditions


def _profile(person: Person) -> dict[str, Any]:
    return {
        "name": person.name,
        "site": person.site,
        "job": person.role,
        "language": person.language,
        "email": person.email,
        "cohort": person.cohort or "",
        "access": person.access,
    }


def _account_of(row: RowMapping) -> Account:
    return Account(
        person=person_of(row),
        pseudonym=row[people.c.pseudonym],
        is_active=row[people.c.is_active],
        created_at=row[people.c.created_at],
        deleted_at=row[people.c.deleted_at],
        has_password=row[people.c.password_hash] is not None,
        password_changed_at=row[people.c.password_changed_at],
        has_second_factor=row[people.c.totp_step] is not None,
        locked_until=row[people.c.locked_until],
    )
