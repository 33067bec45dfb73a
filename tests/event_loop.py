"""An event loop of its own for a test: a browser kept open in one process has taken the main thread's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")


def run_apart(work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
    """Run a coroutine function to its end in a new thread.

    Playwright's synchronous API leaves its loop marked as running in the main thread for as long as
    the browser is open, and `asyncio.run` refuses to start beside it there.
    """
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(lambda: asyncio.run(work())).result()
