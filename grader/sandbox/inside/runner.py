"""The kernel behind the walls: runs one cell after another and sends each result at once.

Knows frames, the shell and its outputs; standard library and IPython only. Must not decide verdicts:
it reports what happened, the other side of the wall judges.

A learner's cells can change this runner: nothing that it says is trusted for more than what cells show.
Test cells run in another process with another kernel, see `ends`.

A cell's source arrives only when its turn comes, and the answer repeats the token that came with it:
a blind or late write to the pipe is a broken frame, not a result.
"""

# few and simple paths; start-up time is what every run pays
# ruff: noqa: PTH103, PTH120, PTH123

from __future__ import annotations

import base64
import os
import resource
import signal
from collections.abc import Callable
from types import FrameType
from typing import Any, Protocol

from .copies import run_in_copy
from .frames import read_frame, write_frame
from .outputs import Capture, OutputLimit
from .shell import CellShell
from .tracebacks import error_text, first_line, trace_lines

RESERVE_BYTES = 64_000_000
"""Address space that cells cannot use, so that there is room to report that they ran out of it."""


class Interrupts:
    """Turns SIGINT into KeyboardInterrupt while a cell runs and into nothing between cells."""

    def __init__(self) -> None:
        self.in_cell = False

    def install(self) -> None:
        """Take SIGINT back from whatever the last cell did to it."""
        signal.signal(signal.SIGINT, self._interrupt)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self.in_cell:
            raise KeyboardInterrupt


def set_limits(limits: dict[str, int]) -> None:
    """Lower this process's limits, hard and soft: nothing in here can raise them again."""
    for name, value in limits.items():
        resource.setrlimit(getattr(resource, name), (value, value))


def write_files(files: list[list[str]]) -> None:
    """Place the data files beside the notebook."""
    for path, content in files:
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(path, "xb") as file:
            file.write(base64.b64decode(content, validate=True))


def prepare_room(request: dict[str, Any]) -> dict[str, Any]:
    """Place the files and lower the limits; say what went wrong instead of dying silently."""
    try:
        write_files(request["files"])
        set_limits(request["rlimits"])
    except (OSError, ValueError) as error:
        return {"kind": "refused", "message": f"{type(error).__name__}: {error}"}
    return {"kind": "ready"}


class Desk(Protocol):
    """What runs the cells of a kernel."""

    def take_files(self, files: list[list[str]]) -> None:
        """Hear what was placed beside the notebook, before the first cell."""

    def run(self, request: dict[str, Any]) -> BaseException | None:
        """Run one cell; return the exception that ended it, if one did."""

    def restore(self) -> None:
        """Put back what a cell may have replaced."""

    def remarks(self) -> dict[str, Any]:
        """Return what else is to be said about the cell that was run last."""


class ShellDesk:
    """Runs cells as a notebook does."""

    def __init__(self, shell: CellShell) -> None:
        self._shell = shell
        self._reached = ""

    def take_files(self, files: list[list[str]]) -> None:
        """A notebook imports what lies beside it."""

    def run(self, request: dict[str, Any]) -> BaseException | None:
        self._reached = ""
        if "mark" not in request:
            return self._shell.run(request["id"], request["source"], request["number"])
        with self._shell.marked(request["mark"][0], self._reach):
            return self._shell.run(request["id"], request["source"], request["number"])

    def restore(self) -> None:
        self._shell.restore()

    def remarks(self) -> dict[str, Any]:
        return {"reached": self._reached}

    def _reach(self, token: str) -> None:
        """Note that a test has come to its mark."""
        self._reached = str(token)[:100]


class Kernel:
    """One desk, one capture, one pair of pipes.

    `unused_bytes` is address space that was reserved before anything ran (libraries, mostly): the limit of
    memory is one of memory in use, so it is added to the limit of the address space.
    """

    def __init__(
        self, request_fd: int, reply_fd: int, desk: Desk, capture: Capture, unused_bytes: int
    ) -> None:
        self._request_fd = request_fd
        self._reply_fd = reply_fd
        self._pid = os.getpid()
        self._interrupts = Interrupts()
        self._interrupts.install()
        self._capture = capture
        self._desk = desk
        self._unused_bytes = unused_bytes
        self._memory_bytes = resource.RLIM_INFINITY
        self._serve_checker: Callable[[], object] = lambda: None

    def serve(self) -> None:
        """Answer requests until the other side closes the pipe."""
        while (request := read_frame(self._request_fd)) is not None:
            if request["kind"] == "setup":
                request["rlimits"]["RLIMIT_AS"] += self._unused_bytes
                reply = prepare_room(request)
                self._memory_bytes = request["rlimits"]["RLIMIT_AS"]
                if reply["kind"] == "ready":
                    self._desk.take_files(request["files"])
            elif request["kind"] == "answer":
                reply = self._answer(request)
            elif request.get("copied"):
                reply = self._run_copied(request)
            else:
                reply = self._run_cell(request)
            if os.getpid() != self._pid:
                os._exit(0)  # a fork that the cell made has come back from it: it is not the kernel
            write_frame(self._reply_fd, reply)

    def serve_checker(self, serve: Callable[[], object]) -> None:
        """Let `serve` answer a checker's questions whenever the other side says that it will ask some."""
        self._serve_checker = serve

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer until the checker has no more questions; an interrupt ends what it interrupts, not that."""
        self._begin(request)
        while True:
            try:
                self._interrupts.in_cell = True
                self._serve_checker()
                break
            except KeyboardInterrupt:
                continue
            finally:
                self._interrupts.in_cell = False
        self._limit_memory(self._memory_bytes)
        self._desk.restore()
        self._capture.finish()
        return {"kind": "answered", "token": request["token"]}

    def _begin(self, request: dict[str, Any]) -> None:
        self._capture.start(request["output_bytes"])
        self._desk.restore()
        self._interrupts.install()
        self._limit_memory(self._memory_bytes - RESERVE_BYTES)

    def _run_cell(self, request: dict[str, Any]) -> dict[str, Any]:
        self._begin(request)
        error: BaseException | None
        try:
            self._interrupts.in_cell = True
            error = self._desk.run(request)
        except BaseException as raised:  # an interrupt may hit between two lines of IPython
            error = raised
        self._interrupts.in_cell = False
        self._limit_memory(self._memory_bytes)
        self._desk.restore()
        reply: dict[str, Any] = {"kind": "cell", "token": request["token"]}
        try:
            outputs = self._capture.finish()
            flooded = self._capture.log.flooded
            secret = request["id"] if request["graded"] else None
            told = _describe_error(error, outputs, secret) | {"ended": _how_it_ended(error, flooded)}
            return reply | told | self._desk.remarks()
        except Exception:  # the learner's exception defends itself against being described
            return reply | {"ended": "error", "outputs": [], "error_name": "Exception", "error_message": ""}

    def _run_copied(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run a cell in a copy of this process, which nothing is left of but the reply."""
        reply = {"kind": "cell", "token": request["token"], "outputs": [], "error_message": ""}
        try:
            self._interrupts.install()
            self._interrupts.in_cell = True
            told = run_in_copy(lambda: self._run_cell(request))
        except KeyboardInterrupt:
            return reply | {"ended": "interrupted", "error_name": "KeyboardInterrupt"}
        except OSError as error:
            return reply | {"ended": "error", "error_name": type(error).__name__}
        finally:
            self._interrupts.in_cell = False
        return told or reply | {"ended": "error", "error_name": "CopyEnded"}

    def _limit_memory(self, size: int) -> None:
        """Move the soft limit of the address space; the hard one is fixed."""
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        if hard != resource.RLIM_INFINITY:
            resource.setrlimit(resource.RLIMIT_AS, (max(0, min(size, hard)), hard))


def _describe_error(
    error: BaseException | None, outputs: list[dict[str, Any]], secret: str | None
) -> dict[str, Any]:
    if error is None or isinstance(error, OutputLimit):
        return {"outputs": outputs, "error_name": "", "error_message": ""}
    name = type(error).__name__[:200]
    shown = {
        "output_type": "error",
        "ename": name,
        "evalue": error_text(error),
        "traceback": trace_lines(error, secret),
    }
    return {"outputs": [*outputs, shown], "error_name": name, "error_message": first_line(error)}


def _how_it_ended(error: BaseException | None, flooded: bool) -> str:
    if isinstance(error, OutputLimit) or (error is not None and flooded):
        return "output-limit"
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, MemoryError):
        return "out-of-memory"
    return "ok" if error is None else "error"
