"""`medai receipt`: check receipts without any portal. Knows click, files and `grader.receipts`."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import click
from pydantic import ValidationError

from grader.cli.options import json_option, language_option
from grader.errors import ExitCode, UsageError
from grader.receipts.findings import Finding, Trouble
from grader.receipts.receipt import KEYS_NAME, KeyList, SignedReceipt
from grader.receipts.verify import matches_files, verify_chain, verify_receipt
from grader.text import Language, LocalText

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_GENUINE = LocalText(
    ko="진짜 접수증입니다: {code}\n  접수증 {number}번 · 과제 {assignment} · {attempt}번째 제출 · {at} (UTC)",
    en="This receipt is genuine: {code}\n  number {number} · {assignment} · attempt {attempt} · {at} (UTC)",
)
_WHOLE = LocalText(
    ko="접수증 목록을 확인했습니다: {count}건",
    en="Checked the list of receipts: {count}",
)


@click.group("receipt")
def receipt_command() -> None:
    """Check receipts of hand-ins; needs no network and no portal."""


@receipt_command.command("verify")
@click.argument("receipt", type=_FILE)
@click.argument("files", nargs=-1, type=_FILE)
@click.option(
    "--key",
    "--keys",
    "keys",
    type=_FILE,
    help=f"Public keys of the portal, from /api/v1/keys; by default {KEYS_NAME} beside the receipt.",
)
@click.option("--chain", type=_FILE, help="All receipts of the portal, one a line: check these as well.")
@language_option
@json_option
def verify_command(
    receipt: Path,
    files: tuple[Path, ...],
    keys: Path | None,
    chain: Path | None,
    language: str,
    as_json: bool,
) -> None:
    """Check that RECEIPT is genuine, and that FILES are what was handed in.

    Exit codes: 0 genuine, 1 something is wrong, 2 wrong usage.
    """
    key_list = _read_keys(keys or receipt.parent / KEYS_NAME)
    signed, findings = verify_receipt(_read_text(receipt), key_list)
    count = None
    if signed is not None:
        findings += matches_files(signed.receipt, _hash_files(files)) if files else []
        if chain is not None:
            known, more = verify_chain(_read_text(chain).strip().split("\n"), key_list)
            count = len(known)
            findings += more
            if signed.hash not in {one.hash for one in known}:
                findings.append(Finding(Trouble.NOT_IN_CHAIN, str(signed.receipt.number)))
    _report(signed, findings, count, Language(language), as_json)
    if any(not finding.trouble.is_remark for finding in findings):
        raise click.exceptions.Exit(int(ExitCode.PROBLEMS))


def _report(
    signed: SignedReceipt | None,
    findings: list[Finding],
    count: int | None,
    language: Language,
    as_json: bool,
) -> None:
    is_genuine = signed is not None and all(finding.trouble.is_remark for finding in findings)
    if as_json:
        document = {
            "genuine": is_genuine,
            "code": signed.code if signed else None,
            "hash": signed.hash if signed else None,
            "receipt": signed.receipt.model_dump(mode="json") if signed else None,
            "findings": [
                {"trouble": one.trouble, "place": one.place, "message": one.message.model_dump()}
                for one in findings
            ],
        }
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    if signed is not None and is_genuine:
        receipt = signed.receipt
        click.echo(
            _GENUINE[language].format(
                code=signed.code,
                number=receipt.number,
                assignment=receipt.assignment,
                attempt=receipt.attempt,
                at=f"{receipt.received_at:%Y-%m-%d %H:%M:%S}",
            )
        )
    if count is not None:
        click.echo(_WHOLE[language].format(count=count))
    for finding in findings:
        mark = "·" if finding.trouble.is_remark else "✗"
        click.echo(f"{mark} {finding.message[language]}")


def _read_keys(path: Path) -> KeyList:
    hint = f"save /api/v1/keys of the portal as {KEYS_NAME} beside the receipt, or name it with --key"
    try:
        return KeyList.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"there is no list of public keys: {path}", hint) from error
    except ValidationError as error:
        raise UsageError(f"{path} is no list of public keys", hint) from error


def _read_text(path: Path) -> str:
    """Return a file's text; what is no text is no receipt either."""
    return path.read_bytes().decode("utf-8", errors="replace")


def _hash_files(paths: tuple[Path, ...]) -> dict[str, str]:
    found = {}
    for path in paths:
        with path.open("rb") as file:
            found[path.as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return found
