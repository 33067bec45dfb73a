"""Commands for trainees' own machines: connect to a portal, see what waits, send it.

Knows the exchange's rooms and words; must not know nbgrader or the portal's insides.
"""

from __future__ import annotations

import json

import click

from grader.cli.options import json_option
from grader.errors import ExitCode
from grader.exchange.access import keep_access, open_client, read_me, receipts_folder, settings_folder
from grader.exchange.client import PortalClient
from grader.exchange.sending import Sent, send_waiting
from grader.exchange.spool import Entry, Spool

portal_option = click.option("--portal", default="", help="Address; by default the one that was connected.")


@click.group("spool")
def spool_command() -> None:
    """Hand-ins on this machine that have no receipt yet."""


@spool_command.command("connect")
@click.argument("address")
@click.option(
    "--token", prompt="연결 키(토큰) · access token", hide_input=True, help="From the account page."
)
def connect_command(address: str, token: str) -> None:
    """Keep ADDRESS and an access token in ~/.medai, after asking the portal whose it is."""
    client = PortalClient(address, token.strip())
    me = client.read_me()
    keep_access(settings_folder(), client)
    click.echo(f"{me['name']} ({me['id']}) · {me['course']}")


@spool_command.command("status")
@json_option
def status_command(as_json: bool) -> None:
    """List what waits and what the portal refused. Exit code 1 if anything waits."""
    spool = Spool(settings_folder() / "spool")
    waiting, refused, damaged = spool.list_waiting(), spool.list_refused(), spool.count_damaged()
    if as_json:
        shape = {
            "waiting": [_as_dict(entry) for entry in waiting],
            "refused": [_as_dict(entry) for entry in refused],
            "damaged": damaged,
        }
        click.echo(json.dumps(shape, ensure_ascii=False, indent=1))
    else:
        for entry in waiting:
            click.echo(_describe(entry, "대기 중, 아직 제출되지 않음 · waiting, NOT handed in yet"))
        for entry in refused:
            click.echo(_describe(entry, f"거절됨 · refused: {entry.reason}"))
        if damaged:
            click.echo(
                f"손상된 파일 {damaged}개를 따로 두었습니다 · {damaged} damaged, set aside: {spool.folder}"
            )
    if waiting:
        raise click.exceptions.Exit(int(ExitCode.PROBLEMS))


@spool_command.command("send")
@portal_option
def send_command(portal: str) -> None:
    """Send what waits. Exit code 1 if something is still not handed in."""
    folder = settings_folder()
    client = open_client(folder, portal)
    spool = Spool(folder / "spool")
    me = read_me(client, folder)
    sent = send_waiting(spool, client, str(me["id"]), receipts_folder())
    for one in sent:
        click.echo(_tell(one))
    if any(one.receipt is None for one in sent) or spool.list_waiting():
        raise click.exceptions.Exit(int(ExitCode.PROBLEMS))


def _describe(entry: Entry, state: str) -> str:
    return f"{entry.assignment}\t{entry.client_at.astimezone():%Y-%m-%d %H:%M:%S}\t{state}"


def _tell(sent: Sent) -> str:
    if sent.receipt is not None:
        return _describe(sent.entry, f"제출됨 · handed in, receipt {sent.receipt.get('code', '')}")
    return _describe(sent.entry, str(sent.trouble))


def _as_dict(entry: Entry) -> dict[str, str | int]:
    return {
        "uuid": entry.uuid,
        "portal": entry.portal,
        "assignment": entry.assignment,
        "file_name": entry.file_name,
        "client_at": entry.client_at.isoformat(),
        "size_bytes": entry.size_bytes,
        "reason": entry.reason,
    }
