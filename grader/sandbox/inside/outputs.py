"""Outputs of one cell: what the learner printed and displayed, cut at a quota.

Knows nbformat-4 output dictionaries and file descriptors. Must not know IPython, cells or verdicts.
Python-level prints arrive through `CellStream`; what C code and child processes write to descriptors
1 and 2 lands in small unlinked files and is merged in before the next Python-level write, so that the
order is kept without a reading thread.
"""

# descriptors, not paths
# ruff: noqa: PTH108, PTH118

from __future__ import annotations

import contextlib
import ctypes
import io
import os
import re
import sys
from collections.abc import Mapping
from typing import Any

MIME_TYPES = ("text/plain", "text/html", "image/png", "image/svg+xml")
CUT_NOTE = "\n[출력이 너무 길어 여기서 잘랐습니다. · The output is too long and was cut here.]\n"
FLOOD_BYTES = 4_000_000
"""A cell that prints this much beyond its quota is stopped."""

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,16}\b")
_ESCAPES = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|[@-Z\\-_])")


class OutputLimit(BaseException):
    """The cell prints without end; not an Exception, so that `except Exception` does not swallow it."""


def clean_text(text: str) -> str:
    """Return text without terminal escapes, memory addresses or characters that UTF-8 cannot carry.

    Addresses differ from run to run and mean nothing to a reader; without them equal runs are equal.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")
    return _ADDRESS.sub("at 0x…", _ESCAPES.sub("", text))


class OutputLog:
    """The outputs of one cell in order; never holds more than the quota."""

    def __init__(self, quota_bytes: int) -> None:
        self.quota_bytes = quota_bytes
        self.outputs: list[dict[str, Any]] = []
        self.refused_bytes = 0
        self.full = False
        """True once a descriptor took no more."""
        self._used_bytes = 0
        self._cut = False

    @property
    def flooded(self) -> bool:
        """True when the cell kept printing far beyond its quota."""
        return self.full or self.refused_bytes > FLOOD_BYTES

    def add_stream(self, name: str, text: str) -> None:
        """Add printed text; neighbours of the same stream become one output."""
        room = self.quota_bytes - self._used_bytes
        size = len(text.encode("utf-8", "replace"))
        if size > room:
            self.refused_bytes += size - room
            text = text.encode("utf-8", "replace")[:room].decode("utf-8", "ignore")
            self._used_bytes = self.quota_bytes
            self._append(name, text)
            self._note_cut()
            return
        self._used_bytes += size
        self._append(name, text)

    def add_rich(self, output_type: str, data: Mapping[str, Any], number: int | None = None) -> None:
        """Add a display or a result; keeps the representations that fit, the richest first."""
        kept: dict[str, str] = {}
        too_large = False
        for mime in MIME_TYPES:
            value = data.get(mime)
            if isinstance(value, bytes):
                value = value.decode("ascii", "replace")
            if not isinstance(value, str):
                continue
            value = clean_text(value) if mime.startswith("text/") else value
            size = len(value.encode("utf-8", "replace"))
            if size > self.quota_bytes - self._used_bytes:
                self.refused_bytes += size
                too_large = True
                continue
            self._used_bytes += size
            kept[mime] = value
        output: dict[str, Any] = {"output_type": output_type, "data": kept, "metadata": {}}
        if output_type == "execute_result":
            output["execution_count"] = number
        if kept:
            self.outputs.append(output)
        if too_large:
            self._note_cut()

    def clear(self) -> None:
        """Forget what was shown (`clear_output()`); the quota stays used."""
        self.outputs.clear()
        self._cut = False

    def finished(self) -> list[dict[str, Any]]:
        """Return the outputs as they travel."""
        return [
            {**output, "text": clean_text(output["text"])} if "text" in output else output
            for output in self.outputs
        ]

    def _append(self, name: str, text: str) -> None:
        last = self.outputs[-1] if self.outputs else None
        if last and last["output_type"] == "stream" and last["name"] == name:
            last["text"] += text
        elif text:
            self.outputs.append({"output_type": "stream", "name": name, "text": text})

    def _note_cut(self) -> None:
        if not self._cut:
            self._append("stderr", CUT_NOTE)
            self._cut = True


class Descriptor:
    """Descriptor 1 or 2, turned into an unlinked file on a small file system."""

    def __init__(self, target_fd: int, name: str, directory: str) -> None:
        self.name = name
        path = os.path.join(directory, f"fd{target_fd}")
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_EXCL | os.O_CLOEXEC, 0o600)
        os.unlink(path)
        self._target_fd = target_fd
        self.attach()

    def attach(self) -> None:
        """Point the descriptor at the file again, whatever the last cell did to it."""
        os.dup2(self._fd, self._target_fd, inheritable=True)

    def drain(self, log: OutputLog) -> None:
        """Move what was written since the last time into the log."""
        size = os.fstat(self._fd).st_size
        if size == 0:
            return
        log.full = log.full or os.fstatvfs(self._fd).f_bavail == 0
        data = os.pread(self._fd, min(size, log.quota_bytes + 4), 0)
        os.ftruncate(self._fd, 0)
        log.refused_bytes += size - len(data)
        log.add_stream(self.name, data.decode("utf-8", "replace"))


class CellStream(io.TextIOBase):
    """What the learner sees as `sys.stdout` or `sys.stderr`."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, name: str, target_fd: int, capture: Capture) -> None:
        self.name = f"<{name}>"
        self._stream_name = name
        self._target_fd = target_fd
        self._capture = capture
        self.buffer = io.FileIO(target_fd, "w", closefd=False)

    def write(self, text: str) -> int:
        """Add text to the cell's output."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._capture.print(self._stream_name, text)
        return len(text)

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._target_fd


class Capture:
    """Everything through which a cell can speak; `log` is replaced for every cell."""

    def __init__(self) -> None:
        self.log = OutputLog(0)
        self._descriptors: list[Descriptor] = []
        self.stdout = CellStream("stdout", 1, self)
        self.stderr = CellStream("stderr", 2, self)

    def open(self, directory: str) -> None:
        """Take over descriptors 1 and 2; `directory` lies on a small file system."""
        self._descriptors = [Descriptor(1, "stdout", directory), Descriptor(2, "stderr", directory)]

    def start(self, quota_bytes: int) -> None:
        """Begin a cell with an empty log and the descriptors in their places."""
        self.log = OutputLog(quota_bytes)
        for descriptor in self._descriptors:
            descriptor.attach()

    def finish(self) -> list[dict[str, Any]]:
        """Return the outputs of the cell, with what still sat in buffers of Python and C."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            for stream in (sys.__stdout__, sys.__stderr__):
                if stream is not None:
                    stream.flush()
            ctypes.CDLL(None).fflush(None)
        self.drain()
        return self.log.finished()

    def print(self, name: str, text: str) -> None:
        """Take Python-level output, after what came through the descriptors before it."""
        self.drain()
        self.log.add_stream(name, text)
        if self.log.flooded:
            raise OutputLimit

    def drain(self) -> None:
        """Take what has come through the descriptors."""
        for descriptor in self._descriptors:
            descriptor.drain(self.log)
