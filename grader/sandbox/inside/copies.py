"""A copy of the learner's process, for cells that must not change it.

Standard library only. Knows forks and directories; must not know cells.
"""

# few and simple paths
# ruff: noqa: PTH109

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import tempfile
from collections.abc import Callable
from typing import Any

from .frames import BrokenFrameError, read_frame, write_frame


def run_in_copy(work: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    """Return what `work` gives in a copy of this process; None when the copy has ended without saying.

    The copy works in a copy of the current directory, as far as the disk has room for one. Raises OSError
    when there can be no copy; KeyboardInterrupt ends it.
    """
    folder = tempfile.mkdtemp()
    numbers = random.getstate()
    read_end, write_end = os.pipe()
    try:
        pid = os.fork()
        if pid == 0:
            random.setstate(numbers)  # Python seeds copies anew
            _be_copy(work, folder, write_end)
        os.close(write_end)
        write_end = -1
        try:
            with contextlib.suppress(BrokenFrameError, ValueError):
                return read_frame(read_end)
            return None
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)
    finally:
        for fd in (read_end, write_end):
            if fd >= 0:
                os.close(fd)
        shutil.rmtree(folder, ignore_errors=True)


def _be_copy(work: Callable[[], dict[str, Any]], folder: str, write_end: int) -> None:
    """Be the copy; never returns."""
    try:
        with contextlib.suppress(OSError, shutil.Error):
            here = f"{folder}/work"
            shutil.copytree(os.getcwd(), here, symlinks=True)
            os.chdir(here)
        write_frame(write_end, work())
    finally:
        os._exit(0)
