"""The grading worker: a process of its own beside the server, so that grading never slows a page down.

Knows processes; what one does all day is in `worker_shift`. `Worker` is the server's side: it starts the
process, starts it again when it ends, and ends it. The process ends by itself when the server does.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from grader.portal.context import Portal

log = logging.getLogger("medai.worker")
DATABASE_URL = "MEDAI_DATABASE_URL"
"""Environment variable: a URL may hold a password, which other users could read among arguments."""
POLL_S = 1.0
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 60.0
STOP_WITHIN_S = 15.0


class Worker:
    """The process that grades; runs as long as the `with` block."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep_running, name="grading-worker", daemon=True)

    def __enter__(self) -> Self:
        self._process = self._start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join()

    @property
    def pid(self) -> int | None:
        """The process that works now."""
        return self._process.pid if self._process is not None else None

    def _start(self) -> subprocess.Popen[bytes]:
        settings, root = self._portal.settings, self._portal.workspace.root
        argv = [sys.executable, "-m", "grader.portal.worker"]
        argv += ["--data", str(settings.data.resolve()), "--root", str(root)]
        argv += ["--keep", json.dumps(asdict(settings.keep))]
        env = dict(os.environ)
        env.pop(DATABASE_URL, None)
        if settings.database_url:
            env[DATABASE_URL] = settings.database_url
        # A session of its own: Ctrl-C reaches the server alone, which then ends this in order. The pipe ends
        # with the server, however it ends.
        return subprocess.Popen(argv, stdin=subprocess.PIPE, env=env, start_new_session=True)

    def _keep_running(self) -> None:
        pause = FIRST_PAUSE_S
        while self._process is not None:
            started = time.monotonic()
            if self._wait(self._process):
                return
            log.error("the grading worker ended with code %s; it is started again", self._process.returncode)
            if time.monotonic() - started > LONGEST_PAUSE_S:
                pause = FIRST_PAUSE_S
            if self._stopping.wait(pause):
                return
            pause = min(2 * pause, LONGEST_PAUSE_S)
            self._process = self._start()

    def _wait(self, process: subprocess.Popen[bytes]) -> bool:
        """Wait until the process ends by itself, or end it when we stop; whether we stop."""
        while process.poll() is None:
            if not self._stopping.wait(0.2):
                continue
            process.terminate()
            try:
                process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if process.stdin is not None:
            process.stdin.close()
        return self._stopping.is_set()


def main() -> None:
    """Grade until told to stop by a signal or by the end of standard input."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--keep", type=json.loads, required=True, help="fields of RetentionPolicy")
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Thread(target=_end_with_server, name="server-watch", daemon=True).start()
    stop = threading.Event()
    try:
        from grader.portal.worker_shift import Shift, open_desk
        from grader.store.retention import RetentionPolicy

        database_url = os.environ.get(DATABASE_URL)
        keep = RetentionPolicy(**given.keep)
        shift = Shift(open_desk(given.data, given.root, database_url, keep))
        while True:
            if not shift.step():
                stop.wait(POLL_S)
    except KeyboardInterrupt:
        return


def _end_with_server() -> None:
    """Wait for the end of standard input, which the server holds open, then end this process in order."""
    while os.read(sys.stdin.fileno(), 1):  # not through a buffer: its lock would be in the way at the end
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
