"""Frames over a stream socket: a length, then that many bytes.

Knows sockets and deadlines. Must not know what a frame means. Whoever holds the other end may be hostile:
a length beyond the limit is refused before anything is read into memory.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import Protocol

from .faults import ChannelFault, Reason

HEADER = struct.Struct(">I")
LARGEST_FRAME_BYTES = 32_000_000
_BUFFER_BYTES = 1 << 16


class Channel(Protocol):
    """Carries whole frames, in order; raises `ChannelFault` and nothing else."""

    def send(self, frame: bytes) -> None:
        """Send one frame."""

    def receive(self) -> bytes:
        """Return the next frame."""

    def limit_wait(self, timeout_s: float | None) -> None:
        """From now on wait no longer than this for one whole frame."""


class SocketChannel:
    """A channel over a connected stream socket; one for the life of the socket, since it reads ahead."""

    def __init__(
        self,
        connection: socket.socket,
        timeout_s: float | None = None,
        largest_bytes: int = LARGEST_FRAME_BYTES,
    ) -> None:
        """`timeout_s` bounds the wait for one whole frame, not for each of its pieces."""
        self._connection = connection
        self.timeout_s = timeout_s
        self._largest_bytes = largest_bytes
        self._ahead = bytearray()
        self._buffer = bytearray(_BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        connection.settimeout(timeout_s)

    def send(self, frame: bytes) -> None:
        """Send one frame."""
        if len(frame) > self._largest_bytes:
            raise ChannelFault(Reason.TOO_MUCH, f"a message of {len(frame)} bytes")
        try:
            if self.timeout_s is not None:
                self._connection.settimeout(self.timeout_s)
            self._connection.sendall(HEADER.pack(len(frame)) + frame)
        except TimeoutError:
            raise ChannelFault(Reason.SILENT, "the other side does not read") from None
        except OSError as error:
            raise ChannelFault(Reason.CLOSED, str(error)) from None

    def receive(self) -> bytes:
        """Return the next frame."""
        deadline_s = None if self.timeout_s is None else time.monotonic() + self.timeout_s
        ahead = self._ahead
        if not ahead:  # nearly always: one read brings one whole frame
            count = self._read(deadline_s)
            if (
                HEADER.size
                <= count
                == HEADER.size + HEADER.unpack_from(self._buffer)[0]
                <= self._largest_bytes
            ):
                return bytes(self._view[HEADER.size : count])
            ahead += self._view[:count]
        self._fill(HEADER.size, deadline_s)
        end = self._frame_end(ahead)
        self._fill(end, deadline_s)
        frame = bytes(memoryview(ahead)[HEADER.size : end])
        del ahead[:end]
        return frame

    def limit_wait(self, timeout_s: float | None) -> None:
        """From now on wait no longer than this for one whole frame."""
        self.timeout_s = timeout_s

    def _frame_end(self, data: bytearray) -> int:
        size: int = HEADER.unpack_from(data)[0]
        if size > self._largest_bytes:
            raise ChannelFault(Reason.TOO_MUCH, f"a message of {size} bytes")
        return HEADER.size + size

    def drain(self) -> None:
        """Forget what has arrived and was never asked for."""
        self._ahead.clear()
        self._connection.setblocking(False)
        try:
            while self._connection.recv_into(self._buffer):
                continue
        except OSError:
            return
        finally:
            self._connection.settimeout(self.timeout_s)

    def _fill(self, count: int, deadline_s: float | None) -> None:
        """Read until so many bytes are there."""
        while len(self._ahead) < count:
            self._ahead += self._view[: self._read(deadline_s)]

    def _read(self, deadline_s: float | None) -> int:
        """Wait for bytes; return how many lie in the buffer."""
        try:
            if deadline_s is not None:
                left_s = deadline_s - time.monotonic()
                if left_s <= 0:
                    raise TimeoutError
                self._connection.settimeout(left_s)
            count = self._connection.recv_into(self._buffer)
        except TimeoutError:
            raise ChannelFault(Reason.SILENT, "no answer in time") from None
        except OSError as error:
            raise ChannelFault(Reason.CLOSED, str(error)) from None
        if not count:
            raise ChannelFault(Reason.CLOSED, "the other side has gone")
        return count
