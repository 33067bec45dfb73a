"""Plays the demo once for all acceptance tests, the way a stranger does."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from grader.receipts.receipt import KeyList
from grader.store.chain import read_chain
from grader.store.engine import open_store
from grader.store.keys import list_keys
from grader.store.schema import refusals

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
        return (self.folder / "course" / "feedback" / line["feedback"]).read_text(encoding="utf-8")

    def refusals(self) -> list[tuple[str, str, str, str]]:
        """Return trainee, assignment, reason and digest of the bytes of everything that was turned away."""
        query = select(refusals)
        with self._read() as db:
            return [(row.person, row.assignment, row.reason, row.digest) for row in db.execute(query)]

    def receipts(self) -> tuple[list[str], KeyList]:
        """Return all receipts in order, and the public keys."""
        with self._read() as db:
            return list(read_chain(db)), list_keys(db)

    @contextmanager
    def _read(self) -> Iterator[Connection]:
        with closing(open_store(self.folder)) as store, store.read() as db:
            yield db


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
