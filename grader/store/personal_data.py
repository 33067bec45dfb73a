"""One person's data: everything that is kept about them, and how it is taken back.

Knows which columns of which tables speak of a person; must not know zip files or pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Select, delete, insert, select, update

from grader.model.people import Access, fold_id
from grader.store import schema
from grader.store.audit import Action, about_person, list_own_audit, record
from grader.store.settings import lock_settings, read_setting, write_setting

GONE = "deleted-"
"""Begins the id of a deleted account; the pseudonym follows."""
TO_FORGET = "people_to_forget"
"""Setting: ids whose folders and rows in the nbgrader course directory are yet to be removed."""

_Row = dict[str, Any]


@dataclass(frozen=True)
class PersonalData:
    """What is kept about a person, ready for JSON but for its moments."""

    profile: Mapping[str, Any]
    tables: Mapping[str, list[_Row]]
    """By what they are: submissions, refusals, results and so on."""
    receipts: Mapping[int, str]
    """Signed text by number."""
    files: Mapping[str, str]
    """Digest of a blob by a path that tells what it is."""
    released: tuple[str, ...]
    """Assignments whose feedback may be seen."""


def collect_personal_data(db: Connection, person_id: str) -> PersonalData:
    """Return everything about one person, by their own id.

    Results and marks are part of it once their feedback is released, as on the pages; other people who
    appear in a row, such as a marker, are left out.
    """
    shown = (schema.releases.c.feedback_released_at.is_not(None)) | schema.releases.c.feedback_at_once
    query = select(schema.releases.c.assignment).where(shown).order_by(schema.releases.c.assignment)
    released = tuple(db.execute(query).scalars())
    submissions = _rows(db, _own(schema.submissions, person_id))
    return PersonalData(
        profile=_profile(db, person_id),
        tables={
            "submissions": submissions,
            "submission_files": _rows(db, _of_submissions(schema.submission_files, person_id)),
            "refusals": _rows(db, _own(schema.refusals, person_id)),
            "results": [r for r in _rows(db, _own(schema.results, person_id)) if r["assignment"] in released],
            "marks": _marks(db, person_id, released),
            "regrade_requests": _without(_rows(db, _own(schema.regrade_requests, person_id)), "answered_by"),
            "extensions": _own_extensions(db, person_id),
            "invitations": _without(
                _rows(db, _own(schema.invitations, person_id)), "secret_hash", "created_by"
            ),
            "sessions": _without(_rows(db, _own(schema.sessions, person_id)), "token_digest", "csrf"),
            "tokens": _without(_rows(db, _own(schema.tokens, person_id)), "secret_digest"),
            "audit": [
                {"at": line.at, "action": line.action, "by_me": line.actor == person_id, **line.detail}
                for line in list_own_audit(db, person_id)
            ],
        },
        receipts={
            row["number"]: row["text"] for row in _rows(db, _of_submissions(schema.receipts, person_id))
        },
        files=_files(db, person_id, submissions),
        released=released,
    )


def delete_person(db: Connection, person_id: str, now: datetime, by: str | None = None) -> str | None:
    """Close an account and put a meaningless id in the person's place everywhere; return that id.

    What says who it was is removed: id, name, e-mail, site, job, password, second factor, sessions, tokens,
    file names, free texts. What others need stays under the pseudonym: receipts, which form a chain, and
    results, which are counted. The bytes handed in go when retention next runs; until then the id waits in
    the setting `people_to_forget`, for its folders in the nbgrader course directory.
    None if the person is gone already.
    """
    lock_settings(db)  # first of all: two who are deleted at once must both stay in the list
    people = schema.people
    person = db.execute(select(people).where(people.c.id == person_id)).mappings().one_or_none()
    if person is None:
        return None
    new_id = f"{GONE}{person['pseudonym']}"
    blank = {
        "id": new_id,
        "folded": fold_id(new_id),
        "pseudonym": f"-{person['pseudonym']}"[:20],
        "name": "–",
        "site": "–",
        "job": "–",
        "language": person["language"],
        "access": Access.TRAINEE,
        "is_active": False,
        "created_at": person["created_at"],
        "deleted_at": now,
    }
    db.execute(insert(people).values(blank))
    for table in (schema.sessions, schema.tokens, schema.invitations, schema.recovery_codes):
        db.execute(delete(table).where(table.c.person == person_id))
    _empty_free_texts(db, person_id)
    for column in columns_with_ids():
        change = update(column.table).where(column == person_id)
        if column is schema.extensions.c.target:
            change = change.where(schema.extensions.c.scope == "person")  # a site may be called the same
        db.execute(change.values({column.name: new_id}))
    about = schema.audit.c.object
    is_about = about == about_person(person_id)
    db.execute(update(schema.audit).where(is_about).values(object=about_person(new_id)))
    db.execute(delete(people).where(people.c.id == person_id))
    db.execute(update(people).where(people.c.id == new_id).values(pseudonym=person["pseudonym"]))
    write_setting(db, TO_FORGET, [*(read_setting(db, TO_FORGET) or []), person_id])
    record(db, now, by or new_id, Action.PERSON_DELETED, about_person(new_id))
    return new_id


def columns_with_ids() -> list[Column[Any]]:
    """Return every column, but for the table of people itself, that holds somebody's id."""
    return [
        column
        for table in schema.metadata.sorted_tables
        if table is not schema.people
        for column in table.c
        if column.type is schema.ID or any(key.column is schema.people.c.id for key in column.foreign_keys)
    ]


def _empty_free_texts(db: Connection, person_id: str) -> None:
    """Remove what may hold a name because somebody typed it."""
    for table, names in (
        (schema.submissions, ("file_name",)),
        (schema.refusals, ("file_name", "detail")),
        (schema.regrade_requests, ("text", "answer")),
        (schema.marks, ("comment",)),
        (schema.answers, ("comment",)),
    ):
        db.execute(update(table).where(table.c.person == person_id).values(dict.fromkeys(names, "")))
    mine = schema.submissions.c.person == person_id
    db.execute(update(schema.submissions).where(mine).values(notes=[]))  # they tell names of files
    own = select(schema.submissions.c.uuid).where(mine)
    db.execute(delete(schema.submission_files).where(schema.submission_files.c.submission.in_(own)))
    db.execute(delete(schema.mark_notes).where(schema.mark_notes.c.submission.in_(own)))
    theirs = (schema.extensions.c.scope == "person") & (schema.extensions.c.target == person_id)
    db.execute(update(schema.extensions).where(theirs).values(note=""))


def _profile(db: Connection, person_id: str) -> _Row:
    row = db.execute(select(schema.people).where(schema.people.c.id == person_id)).mappings().one()
    secret = {"password_hash", "totp_secret", "totp_step", "folded"}
    return {name: value for name, value in row.items() if name not in secret}


def _files(db: Connection, person_id: str, submissions: list[_Row]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in submissions:
        kept = row["digest"] if row["is_original_kept"] else row["notebook_digest"]
        found[f"submissions/{row['assignment']}/{row['attempt']}/{row['file_name']}"] = kept
    for number, row in enumerate(_rows(db, _own(schema.refusals, person_id)), start=1):
        if row["digest"]:
            found[f"refused/{number}/{row['file_name']}"] = row["digest"]
    for row in _rows(db, _of_submissions(schema.feedback_files, person_id)):
        found[f"feedback/{row['submission']}/{row['path']}"] = row["digest"]
    return found


def _marks(db: Connection, person_id: str, released: tuple[str, ...]) -> list[_Row]:
    query = _own(schema.marks, person_id).where(schema.marks.c.replaced_at.is_(None))
    return [row for row in _without(_rows(db, query), "marker") if row["assignment"] in released]


def _own_extensions(db: Connection, person_id: str) -> list[_Row]:
    mine = (schema.extensions.c.scope == "person") & (schema.extensions.c.target == person_id)
    return _without(_rows(db, select(schema.extensions).where(mine)), "created_by")


def _own(table: Any, person_id: str) -> Select[Any]:
    return select(table).where(table.c.person == person_id).order_by(*table.primary_key.columns)


def _of_submissions(table: Any, person_id: str) -> Select[Any]:
    """Return the rows of a table that belong to a person's submissions."""
    mine = select(schema.submissions.c.uuid).where(schema.submissions.c.person == person_id)
    return select(table).where(table.c.submission.in_(mine)).order_by(*table.primary_key.columns)


def _rows(db: Connection, query: Select[Any]) -> list[_Row]:
    return [dict(row) for row in db.execute(query).mappings()]


def _without(rows: list[_Row], *names: str) -> list[_Row]:
    return [{name: value for name, value in row.items() if name not in names} for row in rows]
