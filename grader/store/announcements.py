"""Announcements: what instructors tell everyone, a site or a cohort.

Knows the table `announcements`; must not know pages. Nothing is deleted: an announcement is withdrawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from grader.store.schema import announcements
from grader.text import LocalText

SHOWN = 5
"""Announcements on a trainee's page: older ones are on the instructors' list."""


@dataclass(frozen=True)
class Announcement:
    """One announcement, in both languages."""

    id: int
    title: LocalText
    body: LocalText
    """Plain text; an empty line begins a paragraph."""
    site: str
    """Empty: all sites."""
    cohort: str
    """Empty: all cohorts."""
    created_at: datetime
    created_by: str
    withdrawn_at: datetime | None


def add_announcement(
    db: Connection,
    title: LocalText,
    body: LocalText,
    *,
    by: str,
    now: datetime,
    site: str = "",
    cohort: str = "",
) -> int:
    """Publish an announcement and return its id."""
    row = {
        "title_ko": title.ko,
        "title_en": title.en,
        "body_ko": body.ko,
        "body_en": body.en,
        "site": site,
        "cohort": cohort,
        "created_at": now,
        "created_by": by,
    }
    made = db.execute(insert(announcements).values(row).returning(announcements.c.id))
    return int(made.scalar_one())


def withdraw_announcement(db: Connection, announcement_id: int, *, now: datetime) -> bool:
    """Take an announcement off trainees' pages; False if there is none to take off."""
    done = db.execute(
        update(announcements)
        .where(announcements.c.id == announcement_id, announcements.c.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )
    return done.rowcount == 1


def list_announcements_for(
    db: Connection, site: str, cohort: str | None, limit: int = SHOWN
) -> Sequence[Announcement]:
    """Return what someone at this site and in this cohort is told, newest first."""
    table = announcements.c
    rows = db.execute(
        select(announcements)
        .where(
            table.withdrawn_at.is_(None),
            table.site.in_({"", site}),
            table.cohort.in_({"", cohort or ""}),
        )
        .order_by(table.id.desc())
        .limit(limit)
    ).mappings()
    return [_announcement_of(row) for row in rows]


def list_announcements(db: Connection, before: int | None = None, limit: int = 50) -> Sequence[Announcement]:
    """Return announcements for staff, withdrawn ones too, newest first; `before` is the last id shown."""
    query = select(announcements).order_by(announcements.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(announcements.c.id < before)
    return [_announcement_of(row) for row in db.execute(query).mappings()]


def _announcement_of(row: RowMapping) -> Announcement:
    return Announcement(
        id=row["id"],
        title=LocalText(ko=row["title_ko"], en=row["title_en"]),
        body=LocalText(ko=row["body_ko"], en=row["body_en"]),
        site=row["site"],
        cohort=row["cohort"],
        created_at=row["created_at"],
        created_by=row["created_by"],
        withdrawn_at=row["withdrawn_at"],
    )
