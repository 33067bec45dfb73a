"""How long the server waits for others: a line on which nobody asks anything, or reads the answer, is ended.

Knows uvicorn's HTTP/1.1 protocol; must not know the application. Bodies are timed by `security.BodyLimit`.
Connections are not counted: a number that a stranger can reach would shut everybody out at once, while each
line that is held open ends by itself here. A proxy may count them by address.
"""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol


class PatientProtocol(H11Protocol):
    """HTTP/1.1 that ends a connection whose next request takes too long, or whose answers stay unread."""

    headers_s = 20.0
    """From the connection, or the answer before, to the end of the headers."""
    look_s = 30.0
    """From one look at what waits to be read to the next."""
    least_read = 30_000
    """So many bytes must have been read meanwhile, if so many waited: slower than 1 kB/s is no line."""
    _end: asyncio.TimerHandle | None = None
    _look: asyncio.TimerHandle | None = None
    _has_drained = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()
        self._watch(0)

    def data_received(self, data: bytes) -> None:
        """Take what came; once it made a request whole, nothing is waited for."""
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Wait for the next request, unless it has come already."""
        before = self.cycle
        super().on_response_complete()
        if self.cycle is before:
            self._wait()

    def resume_writing(self) -> None:
        """Note that what waited was read, all but a little."""
        self._has_drained = True
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there to wait for."""
        self._stop_waiting()
        if self._look is not None:
            self._look.cancel()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._stop_waiting()
        self._end = self.loop.call_later(self.headers_s, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None

    def _watch(self, before: int) -> None:
        """Look now and then, also after the last answer: a closed line stays open until it is read empty."""
        waiting = self.transport.get_write_buffer_size()
        if before and not self._has_drained and waiting > max(0, before - self.least_read):
            self.transport.abort()
            return
        self._has_drained = False
        self._look = self.loop.call_later(self.look_s, self._watch, waiting)
