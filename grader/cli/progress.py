"""Progress bars on stderr for work on people. Knows tqdm, nothing of the rooms."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def count_people(what: str, total: int) -> Iterator[Callable[[str, str], None]]:
    """Yield a callback `(trainee, status)` that moves a bar with an estimate of the time left."""
    from tqdm import tqdm

    with tqdm(total=total, desc=what, unit="trainee", file=sys.stderr, leave=True) as bar:

        def on_done(trainee: str, status: str) -> None:
            bar.set_postfix_str(status, refresh=False)
            bar.update()

        yield on_done
