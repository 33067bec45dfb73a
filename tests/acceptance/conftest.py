"""Plays the demo once for all acceptance tests, the way a stranger does."""

from __future__ import annotations

import json
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
def demo() -> PlayedDemo:
    """Run `medai demo --once --json` in the checkout."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("medai")), "demo", "--once", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return PlayedDemo(json.loads(done.stdout), done.stderr, ROOT / "build" / "demo")
