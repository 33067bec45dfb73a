"""`medai portal receipts` and `receipt`: the chain as a file, and whether a receipt is on record.

Knows click, files and the store's chain. Part of `medai portal`: unlike `medai receipt` it asks the portal.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from grader.cli.options import data_option, database_option, json_option, language_option, root_option
from grader.cli.portal_data import open_portal_data
from grader.errors import ExitCode
from grader.text import Language, LocalText

if TYPE_CHECKING:
    from grader.receipts.receipt import SignedReceipt
    from grader.store.chain import Standing

_STANDINGS: dict[str, LocalText] = {
    "known": LocalText(ko="기록에 있습니다", en="on record"),
    "renewed": LocalText(
        ko="백업으로 되돌리면서 기록에서 빠졌지만, 같은 제출물을 다시 받았습니다",
        en="not on record since a restore, but the same work was taken again",
    ),
    "lost": LocalText(
        ko="이 포털이 발급했지만 기록에 없습니다. 백업으로 되돌리기 전의 것이니 [채점 → 접수증 확인] 화면에서"
        " 제출한 파일과 함께 올리십시오",
        en="this portal's but not on record: given out before a restore. Upload it with the file that was"
        " handed in on the page Marking → Check a receipt",
    ),
    "not-ours": LocalText(
        ko="이 포털의 접수증이 아니거나 내용이 바뀌었습니다",
        en="not this portal's, or altered",
    ),
}


@click.command("receipts")
@click.option(
    "--output",
    type=click.File("w", encoding="utf-8", atomic=True),
    required=True,
    help="File to write, for `medai receipt verify --chain`; - for standard output.",
)
@data_option
@database_option
@root_option
def receipts_command(output: TextIO, data: Path | None, database_url: str | None, root: Path | None) -> None:
    """Write every receipt, one a line, in the order of the chain."""
    from grader.store.chain import read_chain

    count = 0
    with open_portal_data(data, database_url, root) as store, store.read() as db:
        for text in read_chain(db):
            output.write(f"{text}\n")
            count += 1
    click.echo(f"medai: {count} receipts", err=True)


@click.command("receipt")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@language_option
@data_option
@database_option
@root_option
@json_option
def receipt_command(
    files: tuple[Path, ...],
    language: str,
    data: Path | None,
    database_url: str | None,
    root: Path | None,
    as_json: bool,
) -> ExitCode:
    """Say whether receipts are on record; exit code 1 when one is lost or not ours.

    Lost means: given out by this portal, and forgotten by going back to a backup.
    """
    from grader.receipts.receipt import read_receipt
    from grader.store.chain import Standing, recognise_receipt
    from grader.store.keys import list_keys

    found: list[tuple[Path, Standing, SignedReceipt | None]] = []
    with open_portal_data(data, database_url, root) as store, store.read() as db:
        keys = list_keys(db)
        for path in files:
            text = path.read_bytes().decode("utf-8", "replace")
            standing = recognise_receipt(db, text, keys)
            found.append((path, standing, None if standing is Standing.NOT_OURS else read_receipt(text)))
    if as_json:
        click.echo(json.dumps([_shape(*one) for one in found], ensure_ascii=False, indent=1))
    else:
        for path, standing, signed in found:
            number = "" if signed is None else f" #{signed.receipt.number} {signed.code}"
            click.echo(f"{path}:{number} {_STANDINGS[standing][Language(language)]}")
    is_fine = all(standing in {Standing.KNOWN, Standing.RENEWED} for _, standing, _ in found)
    return ExitCode.FINE if is_fine else ExitCode.PROBLEMS


def _shape(path: Path, standing: Standing, signed: SignedReceipt | None) -> dict[str, object]:
    receipt = None if signed is None else signed.receipt
    return {
        "file": str(path),
        "standing": standing.value,
        "number": None if receipt is None else receipt.number,
        "code": None if signed is None else signed.code,
        "submission": None if receipt is None else receipt.submission,
    }
