"""An IPython shell that keeps no history, reads no configuration and captures what cells show.

Knows IPython and `outputs`. Must not know frames, jobs or verdicts.
"""

from __future__ import annotations

import builtins
import contextlib
import getpass
import linecache
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NoReturn, cast

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import ExecutionResult, InteractiveShell
from traitlets.config import Config

from .outputs import Capture
from .tracebacks import cell_name, trace_lines

IPYTHON_FOLDER = "/tmp/ipython"  # noqa: S108  the sandbox's own /tmp
REHEARSAL_BYTES = 1_000_000
NO_INPUT = (
    "채점 환경에서는 input()으로 값을 받을 수 없습니다. 값을 코드에 직접 쓰십시오. · "
    "input() does not work while grading. Write the value into the code."
)


class InputNotAvailableError(RuntimeError):
    """Raised by `input()` and `getpass()`."""


def _refuse_input(*_args: object, **_kwargs: object) -> NoReturn:
    raise InputNotAvailableError(NO_INPUT)


class _CellCompiler(CachingCompiler):
    """Names code after its cell, so that tracebacks name it too."""

    cell_id = ""

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return cell_name(self.cell_id)


class _Publisher(DisplayPublisher):
    capture: Capture

    def publish(self, data: Any, metadata: Any = None, *_args: Any, **_kwargs: Any) -> None:
        self.capture.drain()
        self.capture.log.add_rich("display_data", data)

    def clear_output(self, wait: bool = False) -> None:
        self.capture.drain()
        self.capture.log.clear()


class _Results(DisplayHook):
    capture: Capture
    number = 0

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        self.capture.drain()
        self.capture.log.add_rich("execute_result", format_dict, self.number)

    def log_output(self, format_dict: Any) -> None:
        pass

    def finish_displayhook(self) -> None:
        pass


class _Shell(InteractiveShell):
    """Says nothing about errors of a cell, they are in its result; no screen, no terminal."""

    shown_errors: tuple[BaseException, ...] = ()

    def showtraceback(self, exc_tuple: Any = None, *_args: Any, **_kwargs: Any) -> None:
        """Keep an error for later: it may be the cell's, or that of a figure that cannot be drawn."""
        error = exc_tuple[1] if exc_tuple else sys.exc_info()[1]
        if isinstance(error, BaseException):
            self.shown_errors = (*self.shown_errors[:3], error)

    def _format_exception_for_storage(self, *_args: Any, **_kwargs: Any) -> list[str]:
        """Skip IPython's own traceback, which nobody reads: deep ones take seconds."""
        return []

    def ask_exit(self) -> None:
        """Do nothing: `exit` ends nothing here."""

    def showsyntaxerror(self, *_args: Any, **_kwargs: Any) -> None:
        """Say nothing: the error is in the result."""

    def enable_gui(self, gui: Any = None) -> None:
        """Do nothing: there is no screen."""

    def system(self, command: str) -> None:
        """Run `!command`; its output comes through the captured descriptors."""
        line: str = self.var_expand(command, depth=1)  # type: ignore[no-untyped-call]
        self.user_ns["_exit_code"] = os.waitstatus_to_exitcode(os.system(line))  # noqa: S605  in the sandbox


class CellShell:
    """Runs one cell at a time; what cells show goes to `capture`, their errors are returned."""

    def __init__(self, capture: Capture) -> None:
        config = Config()
        config.HistoryManager.enabled = False
        config.InteractiveShell.cache_size = 0
        config.InteractiveShell.colors = "nocolor"
        config.InteractiveShell.enable_tip = False
        warnings.filterwarnings("ignore", message="To exit: use")
        self._capture = capture
        self._compiler = _CellCompiler()  # type: ignore[no-untyped-call]
        self._shell = _Shell.instance(
            config=config,
            ipython_dir=IPYTHON_FOLDER,
            display_pub_class=_Publisher,
            displayhook_class=_Results,
        )
        self._shell.compile = self._compiler
        cast(_Publisher, self._shell.display_pub).capture = capture
        self._results = cast(_Results, self._shell.displayhook)
        self._results.capture = capture

    def run(self, cell_id: str, source: str, number: int) -> BaseException | None:
        """Run one cell; return the exception that ended it, if one did."""
        self._compiler.cell_id = cell_id
        self._results.number = number
        result: ExecutionResult = self._shell.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
        error = result.error_before_exec or result.error_in_exec
        others: tuple[BaseException, ...] = self._shell.shown_errors
        for other in others:
            if other is not error:
                sys.stderr.write("\n".join(trace_lines(other)) + "\n")
        # a kept exception keeps its frames, and with them all the memory that a failed cell had in use
        self._shell.shown_errors = ()
        self._shell.last_execution_result = None
        return error

    def rehearse(self, sources: Iterable[str]) -> None:
        """Run cells before there is a learner, so that theirs are not slow the first time; leave no trace."""
        history = cast(Any, self._shell.history_manager)
        names, loaded = dict(self._shell.user_ns), set(linecache.cache)
        kept = [(texts, list(texts)) for texts in (history.input_hist_parsed, history.input_hist_raw)]
        count = self._shell.execution_count
        self._capture.start(REHEARSAL_BYTES)
        self.restore()
        for source in sources:
            self.run("rehearsal", source, 1)
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        self._capture.start(0)
        self._shell.user_ns.clear()
        self._shell.user_ns.update(names)
        for texts, before in kept:
            texts[:] = before
        history._i00 = history._i = history._ii = history._iii = ""
        self._shell.execution_count = count
        for name in set(linecache.cache) - loaded:
            del linecache.cache[name]

    @property
    def namespace(self) -> dict[str, Any]:
        """What cells have defined."""
        names: dict[str, Any] = self._shell.user_ns
        return names

    @contextlib.contextmanager
    def marked(self, name: str, reached: Callable[[str], None]) -> Iterator[None]:
        """Let cells call `reached` by a name, for as long as this lasts, and leave no trace of the cell."""
        cells = [self._shell.user_ns.get(name) for name in ("_ih", "In")]
        lengths = [len(kept) if isinstance(kept, list) else 0 for kept in cells]
        if name:
            setattr(builtins, name, reached)
        try:
            yield
        finally:
            builtins.__dict__.pop(name, None)
            for kept, length in zip(cells, lengths, strict=True):
                if isinstance(kept, list):
                    del kept[length:]

    def restore(self) -> None:
        """Put back what a cell may have replaced by accident (redirected streams, `input`)."""
        sys.stdout, sys.stderr = self._capture.stdout, self._capture.stderr
        builtins.input = _refuse_input
        getpass.getpass = _refuse_input
