"""Invitations on paper: slips with name, id, code and QR, to be cut and handed out without e-mail.

Knows what a slip shows; must not know who asked for it or how codes are kept.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from grader.export import harmless
from grader.model.people import Person
from grader.portal.context import Portal
from grader.portal.entry import INVITATION_DAYS
from grader.portal.pages import render_text, write_time
from grader.portal.qr import draw_qr
from grader.text import Language

CSV_COLUMNS = ("id", "name", "site", "code", "link", "valid_until")


@dataclass(frozen=True)
class Slip:
    """One person's invitation."""

    person: Person
    site: Mapping[Language, str]
    code: str
    link: str
    qr: Markup


def make_slips(portal: Portal, people: Sequence[Person], codes: Mapping[str, str]) -> list[Slip]:
    """Return a slip for each person, by site and name."""
    titles = {
        site.id: {each: site.title[each] for each in Language} for site in portal.course.programme.sites
    }
    slips = []
    for person in sorted(people, key=lambda person: (person.site, person.name, person.id)):
        code = codes[person.id]
        # The public address, never the one the request named: a stranger could have chosen that.
        link = f"{portal.settings.public_url.rstrip('/')}/join/{code}"
        site = titles.get(person.site, dict.fromkeys(Language, person.site))
        slips.append(Slip(person, site, code, link, draw_qr(link, "QR")))
    return slips


def write_sheet(portal: Portal, slips: Sequence[Slip], style: str = "") -> str:
    """Return a page of slips in both languages; with `style` it needs no other file."""
    until = valid_until(portal.now())
    return render_text(
        "people_sheet.html",
        slips=slips,
        style=Markup(style),  # noqa: S704  (our own style sheet)
        programme={each: portal.course.programme.title[each] for each in Language},
        until={each: write_time(until, portal.zone, each) for each in Language},
        address=portal.settings.public_url,
        ko=Language.KO,
        en=Language.EN,
    )


def write_csv(portal: Portal, slips: Sequence[Slip]) -> bytes:
    """Return the slips as a table for a mail merge, with a BOM for spreadsheets."""
    until = valid_until(portal.now()).astimezone(portal.zone).isoformat(timespec="minutes")
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(CSV_COLUMNS)
    for slip in slips:
        row = [slip.person.id, slip.person.name, slip.person.site, slip.code, slip.link, until]
        writer.writerow([harmless(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def valid_until(now: datetime) -> datetime:
    """Return when invitations made now end."""
    return now + timedelta(days=INVITATION_DAYS)
