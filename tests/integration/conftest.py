"""What tests of real sandboxes and kernels share: who runs here, and running as somebody else."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_PASSABLE = """
set -e
mount -t tmpfs -o mode=755 none /mnt
hide() {  # make a closed directory on the way to Python passable, in this mount namespace only
  mkdir /mnt/x && mount --bind "$2" /mnt/x
  mount -t tmpfs -o mode=755 none "$1" && mkdir -p "$2"
  mount --move /mnt/x "$2" && rmdir /mnt/x
}
mount -t tmpfs -o mode=1777 none /dev/shm
"""


@pytest.fixture(scope="session")
def find_processes() -> Callable[[str], list[int]]:
    """Return a function that finds the processes of this machine whose command starts with a word."""

    def find(token: str) -> list[int]:
        found = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if entry.read_bytes().startswith(token.encode()):
                    found.append(int(entry.parent.name))
            except OSError:
                continue
        return found

    return find


@pytest.fixture(scope="session")
def as_nobody() -> Callable[[list[str]], list[str]]:
    """Return a function that makes a command run as user 65534, with the way to Python open to it."""

    def wrap(command: list[str]) -> list[str]:
        script = _PASSABLE
        for path in (Path(sys.base_prefix).resolve(), Path(sys.prefix).resolve(), ROOT):
            closed = next((p for p in reversed(path.parents) if not p.stat().st_mode & 0o001), None)
            if closed is not None:
                script += f"hide '{closed}' '{path}'\n"
        script += 'exec setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent "$@"'
        return ["unshare", "--mount", "sh", "-c", script, "sh", *command]

    return wrap
