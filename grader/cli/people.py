"""`medai people`: roster, invitations, list, and the first operator. Knows click and the portal's rules.

Whoever runs these commands owns the server, so they ask for no password; the audit names the actor `system`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from grader.cli.options import data_option, database_option, dry_run_option, json_option, root_option
from grader.errors import EnvironmentProblem, InvalidContent, UsageError

if TYPE_CHECKING:
    from grader.model.people import Person
    from grader.portal.context import Portal
    from grader.portal.roster_import import ImportPlan

_SHOWN = 20
_STYLE = """body { font: 11pt/1.5 "Malgun Gothic", "Noto Sans KR", sans-serif; }
.slip { display: flex; gap: 1rem; border: 1px dashed #555; padding: .8rem; break-inside: avoid; }
.slip .qr { width: 9rem; height: 9rem; }
.slip h2 { margin: 0; }
.receipt-code { font-size: 14pt; letter-spacing: .06em; }
@media print { .no-print { display: none; } }
"""
public_url_option = click.option(
    "--public-url",
    help="Address of the portal as people type it: it stands in the links. By default as it was last served.",
)


@click.group("people")
def people_command() -> None:
    """The people of a portal: import a roster, hand out invitations, add the first operator."""


@people_command.command("import")
@click.argument("roster", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--deactivate-missing", is_flag=True, help="Close accounts of trainees not on this roster.")
@dry_run_option
@json_option
@data_option
@database_option
@root_option
def import_people(
    roster: Path,
    deactivate_missing: bool,
    dry_run: bool,
    as_json: bool,
    data: Path | None,
    database_url: str | None,
    root: Path | None,
) -> None:
    """Add and change people as a roster says; twice is the same as once. Nobody is ever deleted."""
    from grader.grading.roster import parse_people
    from grader.portal.roster_import import apply_import, plan_import
    from grader.store.audit import SYSTEM

    parsed = parse_people(roster.read_bytes())
    with _open(data, database_url, root) as portal, portal.store.write() as db:
        plan, faults = plan_import(db, parsed, portal.course.programme)
        if faults:
            raise InvalidContent([fault.as_problem(roster.name) for fault in faults])
        _show_plan(plan, as_json)
        if not dry_run:
            apply_import(db, plan, portal.now(), SYSTEM, deactivate_missing)
    click.echo("nothing was changed: dry run" if dry_run else "imported", err=True)


@people_command.command("invite")
@click.option("--site", help="Everybody of a site who has not started yet.")
@click.option("--cohort", help="Everybody of a cohort who has not started yet.")
@click.option("--person", help="One person, who has started or not: this is also how a password is reset.")
@click.option("--again", is_flag=True, help="Also those who hold an invitation; theirs stops working.")
@click.option(
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write: .html is a sheet to print, .csv a table.",
)
@public_url_option
@data_option
@database_option
@root_option
def invite(
    site: str | None,
    cohort: str | None,
    person: str | None,
    again: bool,
    output: Path,
    public_url: str | None,
    data: Path | None,
    database_url: str | None,
    root: Path | None,
) -> None:
    """Make one-time invitations, written to a file that only you can read and kept nowhere else."""
    from grader.portal.entry import invite_people
    from grader.portal.invitation_sheet import make_slips, write_csv, write_sheet
    from grader.store.audit import SYSTEM

    if output.suffix not in {".html", ".csv"}:
        raise UsageError(f"{output.name} is neither .html nor .csv", "name the file like invitations.html")
    with _open(data, database_url, root, public_url) as portal:
        chosen = _find_one(portal, person) if person else _find_waiting(portal, site, cohort, again)
        if not chosen:
            raise UsageError("there is nobody to invite", "import a roster, or see --again and --person")
        with _new_private_file(output) as file:  # before any code is made: none may be lost
            slips = make_slips(portal, chosen, invite_people(portal, chosen, SYSTEM))
            is_table = output.suffix == ".csv"
            file.write(write_csv(portal, slips) if is_table else write_sheet(portal, slips, _STYLE).encode())
    click.echo(output)
    click.echo(f"{len(chosen)} invitation(s); hand them out, then delete the file", err=True)


@people_command.command("list")
@click.option("--site", help="Only this site.")
@json_option
@data_option
@database_option
@root_option
def list_accounts(
    site: str | None, as_json: bool, data: Path | None, database_url: str | None, root: Path | None
) -> None:
    """List everybody with access and state."""
    from grader.store.people import PeopleFilter, list_people

    with _open(data, database_url, root) as portal, portal.store.read() as db:
        accounts = list_people(db, PeopleFilter(site=site), limit=None)
    rows = [
        {
            **account.person.model_dump(mode="json"),
            "is_active": account.is_active,
            "has_joined": account.has_password,
            "has_second_factor": account.has_second_factor,
        }
        for account in accounts
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        state = "closed" if not row["is_active"] else "active" if row["has_joined"] else "not joined"
        click.echo("\t".join((row["id"], row["name"], row["site"], row["role"], row["access"], state)))


@people_command.command("reset-second-factor")
@click.argument("person")
@data_option
@database_option
@root_option
def reset_phone(person: str, data: Path | None, database_url: str | None, root: Path | None) -> None:
    """Forget a lost phone: the person sets up another at the next sign-in."""
    from grader.store.audit import SYSTEM, Action, about_person, record
    from grader.store.second_factor import reset_second_factor
    from grader.store.sessions import close_sessions
    from grader.store.tokens import revoke_tokens

    with _open(data, database_url, root) as portal:
        found = _find_one(portal, person)[0]
        now = portal.now()
        with portal.store.write() as db:
            reset_second_factor(db, found.id)
            close_sessions(db, found.id)
            revoke_tokens(db, found.id, now)
            record(db, now, SYSTEM, Action.SECOND_FACTOR_RESET, about_person(found.id))
    click.echo(f"{found.id}: second factor reset, signed out everywhere, connection keys ended", err=True)


@people_command.command("add-operator")
@click.argument("id")
@click.option("--name", required=True, help="Name as it shall stand on pages.")
@click.option("--site", help="Site of the programme; by default its first.")
@click.option("--role", help="Role of the programme; by default its first.")
@public_url_option
@data_option
@database_option
@root_option
def add_operator(
    id: str,
    name: str,
    site: str | None,
    role: str | None,
    public_url: str | None,
    data: Path | None,
    database_url: str | None,
    root: Path | None,
) -> None:
    """Add an operator and print their one-time link; for one who is there already, a new link."""
    from grader.grading.layout import normal_id
    from grader.model.people import Access, Person
    from grader.portal.entry import invite_people
    from grader.portal.roster_import import find_faults
    from grader.store.audit import SYSTEM, Action, about_person, record
    from grader.store.people import add_people, find_account_as_typed

    with _open(data, database_url, root, public_url) as portal:
        programme = portal.course.programme
        given: dict[str, Any] = {
            "site": site or programme.sites[0].id,
            "role": role or programme.roles[0].id,
            "name": name,
        }
        made = Person.model_construct(id=normal_id(id), access=Access.OPERATOR, **given)
        for fault in find_faults(made, programme):
            raise UsageError(fault.message.en, fault.hint.en)
        with portal.store.write() as db:
            account = find_account_as_typed(db, made.id)
            if account is None:
                add_people(db, [made], portal.now())
                record(
                    db, portal.now(), SYSTEM, Action.PERSON_ADDED, about_person(made.id), access="operator"
                )
            elif account.person.access is not Access.OPERATOR or not account.is_active:
                raise UsageError(
                    f"{account.person.id} is there already, and no active operator", "choose another id"
                )
        person = account.person if account else made
        code = invite_people(portal, [person], SYSTEM)[person.id]
        click.echo(f"{portal.settings.public_url.rstrip('/')}/join/{code}")
    click.echo("open this link once, within 14 days, in the browser of the operator", err=True)


@contextmanager
def _open(
    data: Path | None, database_url: str | None, root: Path | None, public_url: str | None = None
) -> Iterator[Portal]:
    from grader.portal.serve import open_portal
    from grader.portal.settings import PortalSettings
    from grader.store.settings import ADDRESS, read_setting
    from grader.wire import open_course

    workspace, course = open_course(root)
    settings = PortalSettings(data=(data or workspace.portal_data).resolve(), database_url=database_url)
    with open_portal(workspace, course, settings) as portal:
        with portal.store.read() as db:
            address = public_url or read_setting(db, ADDRESS) or settings.public_url
        yield replace(portal, settings=replace(settings, public_url=address))


def _find_one(portal: Portal, typed: str) -> list[Person]:
    from grader.store.people import find_account_as_typed

    with portal.store.read() as db:
        account = find_account_as_typed(db, typed)
    if account is None or not account.is_active:
        raise UsageError(f"there is no active account {typed!r}", "see `medai people list`")
    return [account.person]


def _find_waiting(portal: Portal, site: str | None, cohort: str | None, again: bool) -> list[Person]:
    from grader.store.invitations import find_open_until
    from grader.store.people import PeopleFilter, list_people

    with portal.store.read() as db:
        wanted = PeopleFilter(site=site, cohort=cohort, is_active=True, has_joined=False)
        people = [account.person for account in list_people(db, wanted, limit=None)]
        invited = find_open_until(db, [person.id for person in people], portal.now())
    return [person for person in people if again or person.id not in invited]


@contextmanager
def _new_private_file(path: Path) -> Iterator[BinaryIO]:
    """Open a new file that only its owner can read: it will hold codes."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UsageError(f"{path} is there already", "name a new file: it may hold codes in use") from None
    except OSError as error:
        raise EnvironmentProblem(f"{path} cannot be written: {error.strerror}", "choose another") from None
    with os.fdopen(descriptor, "wb") as file:
        yield file


def _show_plan(plan: ImportPlan, as_json: bool) -> None:
    if as_json:
        changed = [{"id": change.after.id, "fields": list(change.fields)} for change in plan.changed]
        shape = {
            "added": [person.id for person in plan.added],
            "changed": changed,
            "returning": list(plan.returning),
            "unchanged": plan.unchanged,
            "missing": [person.id for person in plan.missing],
        }
        click.echo(json.dumps(shape, ensure_ascii=False, indent=1))
        return
    for label, ids in (
        ("added", [person.id for person in plan.added]),
        ("changed", [f"{change.after.id} ({', '.join(change.fields)})" for change in plan.changed]),
        ("active again", list(plan.returning)),
        ("not on this roster", [person.id for person in plan.missing]),
    ):
        more = f", and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
        click.echo(f"{label}: {len(ids)}" + (f": {', '.join(ids[:_SHOWN])}{more}" if ids else ""))
    click.echo(f"unchanged: {plan.unchanged}")
