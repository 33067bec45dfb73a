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
_PIECE_BYTES = 1 << 20


class Channel(Protocol):
    """Carries whole frames, in order; raises `ChannelFault` and nothing else."""

    def send(self, frame: bytes) -> None:
        """Send one frame."""

    def receive(self) -> bytes:
        """Return the next frame."""


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
        self._timeout_s = timeout_s
        self._largest_bytes = largest_bytes
        self._ahead = bytearray()
        connection.settimeout(timeout_s)

    def send(self, frame: bytes) -> None:
        """Send one frame."""
        if len(frame) > self._largest_bytes:
            raise ChannelFault(Reason.TOO_MUCH, f"a message of {len(frame)} bytes")
        try:
            if self._timeout_s is not None:
                self._connection.settimeout(self._timeout_s)
            self._connection.sendall(HEADER.pack(len(frame)) + frame)
        except TimeoutError:
            raise ChannelFault(Reason.SILENT, "the other side does not read") from None
        except OSError as error:
            raise ChannelFault(Reason.CLOSED, str(error)) from None

    def receive(self) -> bytes:
        """Return the next frame."""
        deadline_s = None if self._timeout_s is None else time.monotonic() + self._timeout_s
        (size,) = HEADER.unpack(self._take(HEADER.size, deadline_s))
        if size > self._largest_bytes:
            raise ChannelFault(Reason.TOO_MUCH, f"a message of {size} bytes")
        return self._take(size, deadline_s)

    def _take(self, count: int, deadline_s: float | None) -> bytes:
        ahead = self._ahead
        while len(ahead) < count:
            ahead += self._read(deadline_s)
        taken = bytes(memoryview(ahead)[:count])
        del ahead[:count]
        return taken

    def _read(self, deadline_s: float | None) -> bytes:
        try:
            if deadline_s is not None:
                left_s = deadline_s - time.monotonic()
                if left_s <= 0:
                    raise TimeoutError
                self._connection.settimeout(left_s)
            piece = self._connection.recv(_PIECE_BYTES)
        except TimeoutError:
            raise ChannelFault(Reason.SILENT, "no answer in time") from None
        except OSError as error:
            raise ChannelFault(Reason.CLOSED, str(error)) from None
        if not piece:
            raise ChannelFault(Reason.CLOSED, "the other side has gone")
        return piece
