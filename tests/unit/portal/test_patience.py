"""Lines on which nobody asks anything are ended; those who ask, however slowly they are answered, are not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import uvicorn
from event_loop import run_apart  # beside this file's folder
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from grader.portal.patience import PatientProtocol

SHORT_S = 0.15
ASK = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]


class Hasty(PatientProtocol):
    """The same with less time."""

    headers_s = SHORT_S


async def answer_late(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that takes longer than headers may."""
    await asyncio.sleep(2 * SHORT_S)
    await PlainTextResponse("done")(scope, receive, send)


def talk(to: Talk) -> bytes:
    """Connect to a server and return what a conversation gave."""

    async def run() -> bytes:
        config = uvicorn.Config(answer_late, http=Hasty, ws="none", log_level="error")
        config.load()
        state = ServerState()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Hasty(config=config, server_state=state, app_state={}), "127.0.0.1", 0
        )
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
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
