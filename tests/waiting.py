"""Waiting for another process, without sleeping longer than needed and never for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PATIENCE_S = 60.0


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something another process does has come about."""
    pause, end = threading.Event(), time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "it never came about"
        pause.wait(0.05)
