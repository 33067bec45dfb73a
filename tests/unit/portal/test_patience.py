"""Lines on which nobody asks anything or reads the answer are ended; whoever is slow at it is waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import uvicorn
from event_loop import run_apart  # beside this file's folder
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from grader.portal.patience import PatientProtocol

SHORT_S = 0.15
MUCH = 30_000_000
ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]


class Hasty(PatientProtocol):
    """The same with less time."""

    headers_s = look_s = SHORT_S
    least_read = 1000


class WithoutEnd(Hasty):
    """The same, in which only unread answers end a line."""

    headers_s = 60.0


async def answer_late(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that takes longer than headers may."""
    await asyncio.sleep(2 * SHORT_S)
    await PlainTextResponse("done")(scope, receive, send)


async def answer_much(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that gives more than the machine keeps for who does not read."""
    await PlainTextResponse(bytes(MUCH))(scope, receive, send)


def talk(to: Talk, app: ASGIApp = answer_late, protocol: type[PatientProtocol] = Hasty) -> bytes:
    """Connect to a server and return what a conversation gave."""

    async def run() -> bytes:
        config = uvicorn.Config(app, http=protocol, ws="none", log_level="error", timeout_keep_alive=1)
        config.load()
        state = ServerState()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: protocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
        )
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname(), limit=1000)
            try:
                return await asyncio.wait_for(to(reader, writer), timeout=20)
            finally:
                writer.close()

    return run_apart(run)


def test_headers_that_never_end_are_cut_off() -> None:
    """Byte by byte, a stranger would hold a line for ever."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        async def send() -> None:
            writer.write(b"GET / HTTP/1.1\r\n")
            while True:
                writer.write(b"X-A: b\r\n")
                await asyncio.sleep(SHORT_S / 5)

        sending = asyncio.create_task(send())
        try:
            return await reader.read()
        finally:
            sending.cancel()

    assert talk(drip) == b""


def test_silence_is_cut_off() -> None:
    """A line on which nothing comes at all."""

    async def wait(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> bytes:
        return await reader.read()

    assert talk(wait) == b""


def test_who_asks_is_waited_for() -> None:
    """The answer may take longer, and the next request has time of its own; then half of one has not."""

    async def ask_thrice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(ASK + ASK)  # the second one waits behind the first
        first = await reader.readuntil(b"done")
        second = await reader.readuntil(b"done")
        writer.write(ASK[:-10])
        return first[-4:] + second[-4:] + await reader.read()

    assert talk(ask_thrice) == b"donedone"


def test_an_answer_that_nobody_reads_is_given_up() -> None:
    """Many of them would use up the server's files; closing alone waits until all is read."""

    async def ask_only(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        # The reader's limit of 1,000 bytes stops reading by itself.
        writer.write(ASK)
        while not writer.transport.is_closing():
            writer.write(b" ")  # what is sent into a line that was given up comes back as its end
            await asyncio.sleep(SHORT_S / 5)
        return b"given up"

    assert talk(ask_only, answer_much, WithoutEnd) == b"given up"


def test_a_slow_reader_is_waited_for() -> None:
    """A download over a bad line takes many looks, and at each some of it has been read."""

    async def read_slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(ASK)
        await reader.readuntil(b"\r\n\r\n")
        left, since = MUCH, 0
        while left:
            piece = await reader.read(1 << 16)
            left, since = left - len(piece), since + len(piece)
            assert piece
            if since > MUCH // 8:
                since = 0
                await asyncio.sleep(SHORT_S / 2)
        return b"all of it"

    assert talk(read_slowly, answer_much, WithoutEnd) == b"all of it"
