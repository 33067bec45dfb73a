"""`medai portal`: backup, restore, check, keys, receipts, retention. Knows click and the store's functions.

Whoever runs these commands owns the server, so they ask for no password; the audit names the actor `system`.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.cli.options import data_option, database_option, dry_run_option, json_option, root_option
from grader.cli.portal_data import open_portal_data
from grader.cli.portal_receipts import receipt_command, receipts_command
from grader.errors import EnvironmentProblem, ExitCode

if TYPE_CHECKING:
    from grader.store.engine import Store

_SHOWN = 100
passphrase_option = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File whose first line seals the keys in the backup.",
)


@click.group("portal")
def portal_command() -> None:
    """The portal's data: back it up, restore it, check it, rotate keys, remove what is over.

    All but restore work while the portal runs.
    """


portal_command.add_command(receipts_command)
portal_command.add_command(receipt_command)


@portal_command.command("backup")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--without-keys", is_flag=True, help="Leave the keys out: keep them elsewhere.")
@passphrase_option
@data_option
@database_option
@root_option
@json_option
def backup(
    file: Path,
    without_keys: bool,
    passphrase_file: Path | None,
    data: Path | None,
    database_url: str | None,
    root: Path | None,
    as_json: bool,
) -> None:
    """Write everything to FILE: rows, handed-in bytes, keys, gradebook. It restores on either database."""
    from grader.portal.upkeep import UpkeepAction
    from grader.store.backup import backup_store

    passphrase = _read_passphrase(passphrase_file)
    with open_portal_data(data, database_url, root) as store:
        report = backup_store(store, file, _now(), with_keys=not without_keys, passphrase=passphrase)
        _note(store, UpkeepAction.BACKED_UP, rows=report.rows, blobs=report.blobs)
    _print(asdict(report), as_json)
    if report.with_keys and passphrase is None:
        click.echo("medai: the keys lie open in this file: keep it as safe as the server", err=True)


@portal_command.command("restore")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace a portal that is there; its files are put aside.")
@passphrase_option
@data_option
@database_option
@root_option
@json_option
def restore(
    file: Path,
    force: bool,
    passphrase_file: Path | None,
    data: Path | None,
    database_url: str | None,
    root: Path | None,
    as_json: bool,
) -> None:
    """Bring the portal back to what FILE holds. Stop the portal first."""
    from grader.portal.upkeep import UpkeepAction
    from grader.store.occupancy import occupy_database, occupy_folder
    from grader.store.restore import restore_backup

    with (
        open_portal_data(data, database_url, root, is_new=True) as store,
        occupy_folder(store.folder),
        occupy_database(store),
    ):
        report = restore_backup(
            file, store, _now(), force=force, passphrase=_read_passphrase(passphrase_file)
        )
        _note(store, UpkeepAction.RESTORED, backup=report.created_at.isoformat())
    _print(asdict(report), as_json)
    click.echo(
        "medai: receipts given out since the backup still verify. Everybody signs in again, and connection "
        "keys, open invitations and recovery codes have ended: hand out new invitations, and tell people to "
        "make new keys and codes. Accounts, passwords and roles are as in the backup: close, delete and "
        "change again what was closed, deleted or changed since",
        err=True,
    )


@portal_command.command("check")
@click.option("--quick", is_flag=True, help="Do not read every byte.")
@data_option
@database_option
@root_option
@json_option
def check(
    quick: bool, data: Path | None, database_url: str | None, root: Path | None, as_json: bool
) -> ExitCode:
    """Compare receipts, rows and bytes; exit code 1 when something is wrong."""
    from grader.store.check import check_store

    with open_portal_data(data, database_url, root) as store:
        report = check_store(store, is_deep=not quick)
    findings = [
        {"trouble": found.trouble.value, "remark": found.trouble.is_remark, **found.message.model_dump()}
        for found in report.problems
    ]
    shape = {"sound": report.is_sound, "receipts": report.receipts, "blobs": report.blobs}
    if as_json:
        click.echo(json.dumps({**shape, "findings": findings}, ensure_ascii=False, indent=1))
    else:
        for finding in findings[:_SHOWN]:
            click.echo(f"{finding['trouble']}: {finding['ko']} / {finding['en']}")
        if len(findings) > _SHOWN:
            click.echo(f"… {len(findings) - _SHOWN} more; --json lists all")
        _print(shape, as_json)
    return ExitCode.FINE if report.is_sound else ExitCode.PROBLEMS


@portal_command.command("rotate-keys")
@click.option("--receipts", "which", flag_value="receipts", help="Only the key that signs receipts.")
@click.option("--secrets", "which", flag_value="secrets", help="Only the key of second factors.")
@data_option
@database_option
@root_option
def rotate_keys(which: str | None, data: Path | None, database_url: str | None, root: Path | None) -> None:
    """Make new keys; old receipts still verify, second factors stay as they are."""
    from grader.portal.upkeep import UpkeepAction
    from grader.store.keys import rotate_secret_key, rotate_signing_key

    with open_portal_data(data, database_url, root) as store:
        if which != "secrets":
            key = rotate_signing_key(store, _now())
            _note(store, UpkeepAction.SIGNING_KEY_ROTATED, key=key)
            click.echo(key)
        if which != "receipts":
            changed = rotate_secret_key(store)
            _note(store, UpkeepAction.SECRET_KEY_ROTATED, secrets=changed)
    click.echo("medai: back up the data folder now: this backup knows the new keys", err=True)


@portal_command.command("retention")
@click.option("--refusals-days", type=click.IntRange(1), default=90, show_default=True)
@click.option("--invitations-days", type=click.IntRange(1), default=30, show_default=True)
@click.option("--audit-days", type=click.IntRange(30), help="By default the audit is kept for ever.")
@dry_run_option
@json_option
@data_option
@database_option
@root_option
def retention(
    refusals_days: int,
    invitations_days: int,
    audit_days: int | None,
    dry_run: bool,
    as_json: bool,
    data: Path | None,
    database_url: str | None,
    root: Path | None,
) -> None:
    """Remove what is over: old refusals, sessions, invitations, tokens, bytes that no row names."""
    from grader.portal.upkeep import keep_up
    from grader.store.audit import SYSTEM
    from grader.store.retention import RetentionPolicy, apply_retention

    policy = RetentionPolicy(refusals_days, invitations_days, audit_days)
    with open_portal_data(data, database_url, root) as store:
        if dry_run:
            removed = apply_retention(store, policy, _now(), is_dry_run=True)
        else:
            removed = keep_up(store, policy, _now(), by=SYSTEM)
    _print(asdict(removed), as_json)
    if dry_run:
        click.echo("nothing was changed: dry run", err=True)


def _now() -> datetime:
    return datetime.now(UTC)


def _note(store: Store, action: str, **detail: object) -> None:
    from grader.store.audit import SYSTEM, record

    with store.write() as db:
        record(db, _now(), SYSTEM, action, "", **detail)


def _read_passphrase(path: Path | None) -> str | None:
    """Return the first line of a file: a passphrase among the arguments could be read by other users."""
    if path is None:
        return None
    line = path.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    if not line:
        raise EnvironmentProblem(f"{path} holds no passphrase", "write one into its first line")
    return line


def _print(shape: dict[str, Any], as_json: bool) -> None:
    plain = {name: value if isinstance(value, int | bool) else str(value) for name, value in shape.items()}
    if as_json:
        click.echo(json.dumps(plain, ensure_ascii=False, indent=1))
    else:
        click.echo("".join(f"{name}\t{value}\n" for name, value in plain.items()), nl=False)
