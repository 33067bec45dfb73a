"""Many connections over one pair of pipes: what a Jupyter kernel's clients need to get through the wall.

Standard library only; used on both sides. Knows bytes; must not know what they mean. Neither side can make
the other hold more than a window of bytes for each connection, and a connection whose bytes nobody takes
holds up no other one. What is read is not trusted: a frame that no honest side sends is a `BrokenLinkError`.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

HEADER = struct.Struct(">BII")
"""Kind, number of the connection, and a length, an amount or a channel."""
OPEN, DATA, CREDIT, CLOSE = range(4)
WINDOW_BYTES = 262_144
"""Most that one side sends for a connection before the other has passed some of it on."""
PIECE_BYTES = 32_768
BACKLOG_BYTES = 1_048_576
"""While more than this waits for the pipe, nothing further is taken from connections."""
MOST_LINES = 128


class BrokenLinkError(Exception):
    """The other side sent what it must not send."""


@dataclass
class Line:
    """One connection on this side."""

    socket: socket.socket
    waiting: bytearray = field(default_factory=bytearray)
    """Came over the link and is not yet passed on."""
    credit: int = WINDOW_BYTES
    """Bytes that may still be sent over the link."""
    owed: int = 0
    """Bytes that came over the link since credit was last given; with those waiting never over a window."""
    ending: bool = False
    """The other side has closed it; what waits is still passed on."""


class Switchboard:
    """One side of the link. The side with a `connect` makes the connections that the other side opens."""

    def __init__(self, link_in: int, link_out: int, connect: Callable[[int], socket.socket] | None) -> None:
        self._link_in = link_in
        self._link_out = link_out
        self._connect = connect
        self._lines: dict[int, Line] = {}
        self._next = 0
        self.taken_bytes = 0
        """What has come over the link for connections so far."""
        self._ended = False
        self._arrived = bytearray()
        self._backlog = bytearray()
        for fd in (link_in, link_out):
            os.set_blocking(fd, False)

    @property
    def is_full(self) -> bool:
        """True when no more connections are taken."""
        return len(self._lines) >= MOST_LINES

    @property
    def is_idle(self) -> bool:
        """True when no connection is open and everything has been sent."""
        return not self._lines and not self._backlog

    @property
    def is_owing(self) -> bool:
        """True while something that came over the link has not been passed on."""
        return any(line.waiting for line in self._lines.values())

    def open(self, channel: int, connection: socket.socket) -> None:
        """Take over a connection that belongs to `channel` of the other side."""
        self._next += 1
        self._add(self._next, connection)
        self._post(OPEN, self._next, channel)

    def step(self, others: tuple[int, ...], timeout_ms: int) -> set[int] | None:
        """Pass on what there is, waiting at most `timeout_ms` for anything to come.

        Returns which of the descriptors `others` can be read; None when the other side has closed the link.
        """
        poller = select.poll()
        if not self._ended:
            poller.register(self._link_in, select.POLLIN)
        if self._backlog and not self._ended:
            poller.register(self._link_out, select.POLLOUT)
        for fd in others:
            poller.register(fd, select.POLLIN)
        by_fd = {line.socket.fileno(): number for number, line in self._lines.items()}
        for fd, number in by_fd.items():
            if wanted := self._wanted(self._lines[number]):  # not even hang-ups of one that must wait
                poller.register(fd, wanted)
        ready = dict(poller.poll(timeout_ms))
        for fd in by_fd.keys() & ready.keys():
            self._serve(by_fd[fd], ready[fd])
        self._ended = self._ended or (self._link_in in ready and not self._receive()) or not self._send()
        return None if self._ended else ready.keys() & set(others)

    def close(self) -> None:
        """Close all connections."""
        for line in self._lines.values():
            line.socket.close()
        self._lines.clear()

    def _wanted(self, line: Line) -> int:
        may_read = line.credit > 0 and not line.ending and len(self._backlog) < BACKLOG_BYTES
        return (select.POLLIN if may_read else 0) | (select.POLLOUT if line.waiting else 0)

    def _add(self, number: int, connection: socket.socket) -> None:
        connection.setblocking(False)
        with contextlib.suppress(OSError):  # not every kind of socket knows it
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines[number] = Line(connection)

    def _serve(self, number: int, event: int) -> None:
        line = self._lines[number]
        may_read = bool(self._wanted(line) & select.POLLIN)
        try:
            if line.waiting and event & ~select.POLLIN:
                self._pass_on(number, line)
            elif may_read:
                self._take(number, line)
        except BlockingIOError:
            pass
        except OSError:
            self._hang_up(number)

    def _take(self, number: int, line: Line) -> None:
        data = line.socket.recv(min(line.credit, PIECE_BYTES))
        if not data:
            self._hang_up(number)
            return
        line.credit -= len(data)
        self._post(DATA, number, len(data), data)

    def _pass_on(self, number: int, line: Line) -> None:
        sent = line.socket.send(line.waiting)
        del line.waiting[:sent]
        line.owed += sent
        if line.ending and not line.waiting:
            self._drop(number)
        elif line.owed >= WINDOW_BYTES // 2:
            self._post(CREDIT, number, line.owed)
            line.owed = 0

    def _hang_up(self, number: int) -> None:
        """Close a connection here and tell the other side, unless it has closed it itself."""
        if not self._lines[number].ending:
            self._post(CLOSE, number, 0)
        self._drop(number)

    def _drop(self, number: int) -> None:
        self._lines.pop(number).socket.close()

    def _post(self, kind: int, number: int, value: int, data: bytes = b"") -> None:
        self._backlog += HEADER.pack(kind, number, value) + data

    def _send(self) -> bool:
        """Write to the link; False when nobody reads it any more."""
        with contextlib.suppress(BlockingIOError):
            while self._backlog:
                try:
                    sent = os.write(self._link_out, self._backlog[:PIECE_BYTES])
                except BrokenPipeError:
                    return False
                del self._backlog[:sent]
        return True

    def _receive(self) -> bool:
        try:
            data = os.read(self._link_in, 2 * PIECE_BYTES)
        except BlockingIOError:
            return True
        self._arrived += data
        while len(self._arrived) >= HEADER.size:
            kind, number, value = HEADER.unpack_from(self._arrived)
            size = value if kind == DATA else 0
            if size > PIECE_BYTES:
                raise BrokenLinkError(f"a piece of {size} bytes")
            end = HEADER.size + size
            if len(self._arrived) < end:
                break
            body = bytes(self._arrived[HEADER.size : end])
            del self._arrived[:end]
            self._handle(kind, number, value, body)
        return bool(data)

    def _handle(self, kind: int, number: int, value: int, body: bytes) -> None:
        if kind == OPEN:
            self._answer(number, value)
            return
        line = self._lines.get(number)
        if line is None:
            return  # closed here while this was on its way
        if kind == DATA:
            self.taken_bytes += len(body)
            line.waiting += body
            if line.ending or len(line.waiting) + line.owed > WINDOW_BYTES:
                raise BrokenLinkError("more than the window")
        elif kind == CREDIT:
            line.credit += value
            if line.credit > WINDOW_BYTES:
                raise BrokenLinkError("more credit than the window")
        elif kind == CLOSE:
            line.ending = True
            if not line.waiting:
                self._drop(number)
        else:
            raise BrokenLinkError(f"a frame of kind {kind}")

    def _answer(self, number: int, channel: int) -> None:
        if self._connect is None or number in self._lines:
            raise BrokenLinkError("a connection that was not asked for")
        try:
            self._add(number, self._connect(channel))
        except OSError:
            self._post(CLOSE, number, 0)
