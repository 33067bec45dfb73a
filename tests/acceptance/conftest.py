"""Plays the demo once for all acceptance tests, the way a stranger does."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class PlayedDemo:
    """What the demo printed and where it put things."""

    lines: list[dict[str, Any]]
    stderr: str
    folder: Path

    def line(self, behaviour: str) -> dict[str, Any]:
        """Return the first summary line of a behaviour."""
        return next(line for line in self.lines if line["behaviour"] == behaviour)

    def page(self, line: dict[str, Any]) -> str:
        """Return the feedback page of a summary line."""
        return (self.folder / "nbgrader" / "feedback" / line["feedback"]).read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> PlayedDemo:
    """Run `medai demo --once --json` in the checkout, once even when several test processes ask for it."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    printed, messages = shared / "demo.json", shared / "demo.err"
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not printed.exists():
            done = subprocess.run(
                [str(Path(sys.executable).with_name("medai")), "demo", "--once", "--json"],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            messages.write_text(done.stderr, encoding="utf-8")
            printed.write_text(done.stdout, encoding="utf-8")
    lines = json.loads(printed.read_text(encoding="utf-8"))
    return PlayedDemo(lines, messages.read_text(encoding="utf-8"), ROOT / "build" / "demo")
