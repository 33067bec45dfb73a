"""How this machine reaches the portal: address, token, folders, and whose token it was the last time.

Knows environment variables and the folder of settings; must not know nbgrader or what is sent.
"""

from __future__ import annotations

import json
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir

from grader.exchange.client import PortalClient
from grader.exchange.portable import write_durably
from grader.exchange.troubles import NotSetUp, Unreachable, say

ADDRESS_VARIABLE = "MEDAI_PORTAL"
TOKEN_VARIABLE = "MEDAI_TOKEN"  # noqa: S105  (the variable's name)
FOLDER_VARIABLE = "MEDAI_HOME"


def settings_folder() -> Path:
    """Return where token, spool and receipts lie by default."""
    given = os.environ.get(FOLDER_VARIABLE)
    return Path(given) if given else Path.home() / ".medai"


def receipts_folder() -> Path:
    """Return where receipts lie by default: beside what nbgrader keeps of its own exchange."""
    return Path(jupyter_data_dir(), "nbgrader_cache")


def open_client(
    folder: Path, address: str = "", *, timeout_s: float = 30.0, attempts: int = 4
) -> PortalClient:
    """Return access to the portal at `address`, else at what the environment or `folder` names.

    Raises NotSetUp when address or token is missing, or others on this machine can read the token.
    """
    found = address or os.environ.get(ADDRESS_VARIABLE, "") or _read_text(folder / "portal")
    return PortalClient(found, _read_token(folder / "token"), timeout_s, attempts)


def keep_access(folder: Path, client: PortalClient) -> None:
    """Keep address and token for the next time; nobody else on this machine can read the token."""
    folder.mkdir(parents=True, exist_ok=True)
    token = folder / "token"
    token.unlink(missing_ok=True)  # one that others could read must not lend its permissions
    with os.fdopen(os.open(token, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{client.token}\n")
    write_durably(folder / "portal", f"{client.address}\n".encode())


def _read_token(file: Path) -> str:
    given = os.environ.get(TOKEN_VARIABLE, "").strip()
    if given:
        return given
    try:
        mode = file.stat().st_mode
    except OSError:
        return ""
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise NotSetUp(
            say(
                f"연결 키 파일({file})을 다른 사용자도 읽을 수 있습니다.",
                f"Others can read the token file ({file}).",
            ),
            say(f"`chmod 600 {file}`을 실행해 주십시오.", f"Run `chmod 600 {file}`."),
        )
    return _read_text(file)


def read_me(client: PortalClient, folder: Path) -> dict[str, Any]:
    """Return whose token this is; when the portal cannot be reached, what it said the last time.

    Raises Unreachable if it was never asked.
    """
    file = folder / "me.json"
    try:
        me = client.read_me()
    except Unreachable:
        known = _read_json(file)
        if known.get("portal") == client.origin and known.get("token_id") == client.token_id:
            return dict(known["me"])
        raise
    remembered = {"portal": client.origin, "token_id": client.token_id, "me": me}
    if _read_json(file) != remembered:
        with suppress(OSError):  # to know it offline is a comfort, not a need
            write_durably(file, json.dumps(remembered, ensure_ascii=False).encode())
    return me


def _read_text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _read_json(file: Path) -> dict[str, Any]:
    try:
        value = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
