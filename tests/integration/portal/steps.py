"""Every step by which a hand-in touches disk or database, so that tests can fail or watch each of them.

As a program it does so once for each store named on stdin, in a process of its own that is killed with
SIGKILL before the step named with it. It prints `killed` or `done` for every store.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy.engine.default import DefaultDialect

sys.path.insert(0, str(Path(__file__).parents[2]))

from office import NOON, Office, make_hand_in

from grader.store.engine import open_store
from grader.store.hand_in import HandIn
from grader.store.keys import KeyRing
from grader.store.refusals import Refused, keep_refusal


class Way(StrEnum):
    """What becomes of work."""

    WHOLE = "whole"
    BARE = "bare"
    """Handed in where outputs must not be kept: the bytes that arrived are not, only the files."""
    REFUSED = "refused"


def make_work(way: Way = Way.WHOLE) -> HandIn:
    """Return a hand-in with three blobs, or two."""
    work = make_hand_in(1, b"an archive", files=(("a1.ipynb", b"the notebook"), ("x.csv", b"1,2")))
    return replace(work, original=None) if way is Way.BARE else work


def make_refused() -> Refused:
    """Return the same work as it is turned away."""
    work = make_work()
    about = (work.uuid, work.person, work.assignment, work.file_name, work.size_bytes)
    return Refused(*about, "closed", content=work.original)


def send(office: Office, way: Way) -> None:
    """Hand in, or be turned away."""
    if way is Way.REFUSED:
        keep_refusal(office.store, make_refused(), NOON)
    else:
        office.hand_in(make_work(way), NOON)


@contextmanager
def watch_steps(before: Callable[[str, tuple[Any, ...]], None]) -> Iterator[None]:
    """Call `before` with the name and arguments of every step, ahead of it."""

    def wrap(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **options: Any) -> Any:
            before(name, arguments)
            return real(*arguments, **options)

        return step

    class Halfway:
        """A file that stops for a step in the middle of being written."""

        def __init__(self, file: Any) -> None:
            self._file = file

        def __enter__(self) -> Halfway:
            return self

        def __exit__(self, *_: object) -> None:
            self._file.close()

        def write(self, content: bytes) -> None:
            self._file.write(content[: len(content) // 2])
            self._file.flush()
            before("write", (self._file.fileno(),))
            self._file.write(content[len(content) // 2 :])

        def flush(self) -> None:
            self._file.flush()

    real_fdopen = os.fdopen
    with ExitStack() as stack:
        stack.enter_context(patch("os.fdopen", lambda *a, **k: Halfway(real_fdopen(*a, **k))))
        for name in ("open", "fsync", "replace", "mkdir", "unlink"):
            stack.enter_context(patch(f"os.{name}", wrap(name, getattr(os, name))))
        real_commit = DefaultDialect.do_commit
        stack.enter_context(patch.object(DefaultDialect, "do_commit", wrap("commit", real_commit)))
        yield


def send_and_die(folder: Path, url: str | None, step: int, way: Way) -> None:
    """Send work, and be killed before a step."""
    left = step

    def count(_name: str, _arguments: tuple[Any, ...]) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    store = open_store(folder, url)
    office = Office(store, KeyRing(folder))
    with watch_steps(count):
        send(office, way)


def main() -> None:
    """Fork once for each store: imports are slow, forking is not."""
    for folder, url, step, way in json.load(sys.stdin):
        child = os.fork()
        if child == 0:
            send_and_die(Path(folder), url, step, Way(way))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(
            "done\n" if status == 0 else "killed\n" if status == signal.SIGKILL else f"{status}\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
