"""Progress of work on people, on stderr: a bar with the time left, or now and then a line in a log.

Knows tqdm and clocks, nothing of the rooms.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

LINE_EVERY_S = 15.0
"""Where nobody watches a bar: into a file, a pipe or a scheduler's mail."""


@contextmanager
def count_people(what: str, total: int) -> Iterator[Callable[[str, str], None]]:
    """Yield a callback `(trainee, status)` that shows how many are done, as what, and the time left."""
    with _bar(what, total) if sys.stderr.isatty() else _lines(what, total) as on_done:
        yield on_done


@contextmanager
def _bar(what: str, total: int) -> Iterator[Callable[[str, str], None]]:
    from tqdm import tqdm

    counts: Counter[str] = Counter()
    with tqdm(total=total, desc=what, unit="trainee", file=sys.stderr, dynamic_ncols=True) as bar:

        def on_done(trainee: str, status: str) -> None:
            counts[str(status)] += 1
            bar.set_postfix_str(_tell(counts), refresh=False)
            bar.update()

        yield on_done


@contextmanager
def _lines(what: str, total: int) -> Iterator[Callable[[str, str], None]]:
    from tqdm import tqdm

    counts: Counter[str] = Counter()
    start = last = time.monotonic()

    def on_done(trainee: str, status: str) -> None:
        nonlocal last
        counts[str(status)] += 1
        now, done = time.monotonic(), counts.total()
        if now - last >= LINE_EVERY_S and done < total:
            last = now
            left = tqdm.format_interval((now - start) / done * (total - done))
            click.echo(f"{what}: {done}/{total}, about {left} left ({_tell(counts)})", err=True)

    yield on_done
    if counts:
        took = tqdm.format_interval(time.monotonic() - start)
        click.echo(f"{what}: {counts.total()}/{total} in {took} ({_tell(counts)})", err=True)


def _tell(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {status}" for status, count in counts.most_common())
