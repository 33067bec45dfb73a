"""A fake portal, and a client of it that never really waits."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from fake_portal import FakePortal, run_fake_portal

from grader.exchange.client import PortalClient


@pytest.fixture
def fake_portal() -> Iterator[FakePortal]:
    """A running fake portal."""
    with run_fake_portal() as portal:
        yield portal


@pytest.fixture
def pauses() -> list[float]:
    """The pauses that the client took, in seconds; none was waited for."""
    return []


@pytest.fixture
def portal_client(fake_portal: FakePortal, pauses: list[float]) -> PortalClient:
    """A client of the fake portal."""
    return PortalClient(fake_portal.url, "token1.secret", timeout_s=5, attempts=3, pause=pauses.append)


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]
