"""Many connections over one pair of pipes: all bytes arrive, none waits for another, nobody can flood."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.sandbox.inside.switchboard import (
    BACKLOG_BYTES,
    CLOSE,
    CREDIT,
    DATA,
    HEADER,
    MOST_LINES,
    OPEN,
    PIECE_BYTES,
    WINDOW_BYTES,
    BrokenLinkError,
    Switchboard,
)


class Exchange:
    """Two switchboards joined by pipes; what is dialled on one side arrives in `answered` on the other."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        there, back = os.pipe(), os.pipe()
        self.fds = {*there, *back}
        stack.callback(self.close)
        self.stack = stack
        self.answered: list[tuple[int, socket.socket]] = []
        self.outer = Switchboard(back[0], there[1], None)
        self.inner = Switchboard(there[0], back[1], self._connect)
        self.there, self.back = there, back

    def close(self) -> None:
        self.outer.close()
        self.inner.close()
        for fd in self.fds:
            os.close(fd)

    def _connect(self, channel: int) -> socket.socket:
        if channel == 99:
            raise ConnectionRefusedError
        ours, theirs = socket.socketpair()
        self.stack.enter_context(theirs)
        theirs.setblocking(False)
        self.answered.append((channel, theirs))
        return ours

    def dial(self, channel: int) -> socket.socket:
        """Return a client's end of a new connection."""
        client, ours = socket.socketpair()
        self.stack.enter_context(client)
        client.setblocking(False)
        self.outer.open(channel, ours)
        return client

    def run(self, rounds: int = 200) -> None:
        """Let both sides pass on what there is."""
        for _ in range(rounds):
            self.outer.step((), 0)
            self.inner.step((), 0)


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    """A fresh exchange, all of it closed afterwards."""
    with contextlib.ExitStack() as stack:
        yield Exchange(stack)


def read_all(connection: socket.socket) -> bytes:
    data = b""
    with contextlib.suppress(BlockingIOError):
        while piece := connection.recv(1 << 20):
            data += piece
    return data


def test_bytes_go_both_ways(exchange: Exchange) -> None:
    """Every connection reaches the channel it names, and bytes arrive in order on both sides."""
    clients = [exchange.dial(channel) for channel in (3, 0, 3)]
    exchange.run(5)
    assert [channel for channel, _ in exchange.answered] == [3, 0, 3]
    for number, client in enumerate(clients):
        client.send(b"question %d" % number)
    exchange.run(5)
    for number, (_, answered) in enumerate(exchange.answered):
        assert read_all(answered) == b"question %d" % number
        answered.send(b"answer %d" % number)
    exchange.run(5)
    assert [read_all(client) for client in clients] == [b"answer 0", b"answer 1", b"answer 2"]


def test_a_large_message_arrives_whole(exchange: Exchange) -> None:
    """More than a window passes, as fast as it is taken."""
    client = exchange.dial(0)
    exchange.run(5)
    answered = exchange.answered[0][1]
    sent, got = b"", b""
    message = bytes(range(256)) * 12_000
    while got != message:
        with contextlib.suppress(BlockingIOError):
            sent += message[len(sent) :][: client.send(message[len(sent) :])]
        exchange.run(2)
        got += read_all(answered)
    assert len(got) > 10 * WINDOW_BYTES


def test_a_client_that_does_not_read_holds_up_nobody(exchange: Exchange) -> None:
    """Output that nobody takes stops at a window; another connection goes on."""
    exchange.dial(1)  # never reads
    other = exchange.dial(0)
    exchange.run(5)
    flooding, answering = (answered for _, answered in exchange.answered)
    taken = 0
    for _ in range(100):
        with contextlib.suppress(BlockingIOError):
            taken += flooding.send(b"x" * 100_000)
        exchange.run(10)
    assert taken < WINDOW_BYTES + 4 * BACKLOG_BYTES  # the rest are sockets' own buffers
    answering.send(b"still here")
    exchange.run(5)
    assert read_all(other) == b"still here"


def test_the_end_of_a_connection_is_told(exchange: Exchange) -> None:
    """Whichever side closes, the other sees the end, after all that was sent before it."""
    first, second = exchange.dial(0), exchange.dial(1)
    exchange.run(5)
    (_, first_inside), (_, second_inside) = exchange.answered
    first.send(b"last words")
    first.close()
    second_inside.send(b"last words")
    second_inside.close()
    exchange.run(10)
    assert first_inside.recv(100) == b"last words"
    assert first_inside.recv(100) == b""
    assert second.recv(100) == b"last words"
    assert second.recv(100) == b""
    assert exchange.outer.is_idle
    assert exchange.inner.is_idle


def test_a_refused_connection_is_closed(exchange: Exchange) -> None:
    """Where nothing listens inside, the client's connection ends."""
    client = exchange.dial(99)
    exchange.run(5)
    assert client.recv(1) == b""
    assert exchange.outer.is_idle


def test_the_end_of_the_link_is_seen(exchange: Exchange) -> None:
    """When the other side is gone, `step` says so."""
    exchange.dial(0)
    for fd in (exchange.there[0], exchange.back[1]):
        os.close(fd)
        exchange.fds.discard(fd)
    assert exchange.outer.step((), 0) is None


def test_what_came_before_the_end_of_the_link_is_passed_on(exchange: Exchange) -> None:
    """A kernel's last words reach a client that reads late."""
    client = exchange.dial(0)
    exchange.run(5)
    message = b"x" * (WINDOW_BYTES // PIECE_BYTES * PIECE_BYTES)
    for start in range(0, len(message), PIECE_BYTES):
        piece = message[start : start + PIECE_BYTES]
        os.write(exchange.back[1], HEADER.pack(DATA, 1, len(piece)) + piece)
        exchange.outer.step((), 0)
    for fd in (exchange.there[0], exchange.back[1]):
        os.close(fd)
        exchange.fds.discard(fd)
    got = b""
    while exchange.outer.step((), 0) is not None or exchange.outer.is_owing:
        got += read_all(client)
    assert got + read_all(client) == message


def test_other_descriptors_are_watched_too(exchange: Exchange) -> None:
    """`step` returns which of them can be read, and only those."""
    client, listener = socket.socketpair()
    with client, listener:
        assert exchange.outer.step((listener.fileno(),), 0) == set()
        client.send(b"x")
        assert exchange.outer.step((listener.fileno(),), 0) == {listener.fileno()}


def test_there_is_a_largest_number_of_connections(exchange: Exchange) -> None:
    """The outer side can tell when to take no more."""
    for _ in range(MOST_LINES):
        assert not exchange.outer.is_full
        exchange.dial(0)
    assert exchange.outer.is_full


@pytest.mark.parametrize(
    "frames",
    [
        HEADER.pack(OPEN, 7, 0),
        HEADER.pack(77, 1, 0),
        HEADER.pack(DATA, 1, PIECE_BYTES + 1),
        (HEADER.pack(DATA, 1, PIECE_BYTES) + b"x" * PIECE_BYTES) * (WINDOW_BYTES // PIECE_BYTES + 1),
        HEADER.pack(CREDIT, 1, 1),
        HEADER.pack(CREDIT, 1, 0xFFFF_FFFF),
    ],
    ids=["opens", "unknown", "piece", "window", "credit", "much-credit"],
)
def test_what_no_honest_side_sends_is_refused(exchange: Exchange, frames: bytes) -> None:
    """The inside cannot open connections, exceed its window or grant more credit than there is."""
    exchange.dial(0)

    def send_and_receive() -> None:
        left = frames
        while True:
            with contextlib.suppress(BlockingIOError):
                left = left[os.write(exchange.back[1], left) :]
            exchange.outer.step((), 0)

    with pytest.raises(BrokenLinkError):
        send_and_receive()


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.binary(max_size=40)), max_size=30))
def test_nothing_else_than_a_broken_link_comes_of_noise(noise: list[tuple[int, int, bytes]]) -> None:
    """Whatever is sent, the outer side goes on or says that the link is broken."""
    with contextlib.ExitStack() as stack:
        exchange = Exchange(stack)
        exchange.dial(0)
        for kind, number, body in noise:
            os.write(exchange.back[1], HEADER.pack(kind, number, len(body)) + body)
        with contextlib.suppress(BrokenLinkError):
            for _ in range(5):
                exchange.outer.step((), 0)


def test_frames_of_closed_connections_are_ignored(exchange: Exchange) -> None:
    """Both sides may close at once; what was on its way then does no harm."""
    for kind in (DATA, CREDIT, CLOSE):
        os.write(exchange.back[1], HEADER.pack(kind, 55, 3) + (b"abc" if kind == DATA else b""))
    assert exchange.outer.step((), 0) == set()
    assert exchange.outer.is_idle
