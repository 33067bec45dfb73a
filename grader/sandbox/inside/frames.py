"""Frames: length-prefixed JSON objects on a pipe, the only language spoken through the wall.

Knows bytes and JSON. Used on both sides, so it must import nothing but the standard library and must
not trust what it reads: a frame that is too long or not a JSON object is a `BrokenFrameError`.
"""

from __future__ import annotations

import json
import os
import struct
from typing import Any

HEADER = struct.Struct(">I")
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


class BrokenFrameError(Exception):
    """The other side sent something that is not a frame."""


def encode_frame(value: dict[str, Any]) -> bytes:
    """Return the bytes of one frame."""
    body = _ENCODER.encode(value).encode("utf-8", "replace")
    return HEADER.pack(len(body)) + body


class FrameBuffer:
    """Collects bytes from a pipe and hands out complete frame bodies; refuses oversized ones."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, data: bytes) -> None:
        """Take what was read from the pipe."""
        self._bytes += data

    def next_body(self, largest_bytes: int) -> bytes | None:
        """Return the next complete body, or None while it is not all there."""
        if len(self._bytes) < HEADER.size:
            return None
        (size,) = HEADER.unpack_from(self._bytes)
        if size > largest_bytes:
            raise BrokenFrameError(f"a frame of {size} bytes; {largest_bytes} are allowed")
        end = HEADER.size + size
        if len(self._bytes) < end:
            return None
        body = bytes(self._bytes[HEADER.size : end])
        del self._bytes[:end]
        return body

    @property
    def empty(self) -> bool:
        """True when nothing is left over."""
        return not self._bytes


def read_frame(fd: int) -> dict[str, Any] | None:
    """Return the next frame of a trusted, blocking pipe; None when the other side has closed it."""
    header = _read_exactly(fd, HEADER.size)
    if header is None:
        return None
    body = _read_exactly(fd, HEADER.unpack(header)[0])
    if body is None:
        return None
    value = json.loads(body)
    if not isinstance(value, dict):
        raise BrokenFrameError("not a JSON object")
    return value


def write_frame(fd: int, value: dict[str, Any]) -> None:
    """Write one frame to a blocking pipe."""
    data = memoryview(encode_frame(value))
    while data:
        data = data[os.write(fd, data) :]


def _read_exactly(fd: int, count: int) -> bytes | None:
    pieces: list[bytes] = []
    while count > 0:
        piece = os.read(fd, min(count, 1 << 20))
        if not piece:
            return None
        pieces.append(piece)
        count -= len(piece)
    return b"".join(pieces)
