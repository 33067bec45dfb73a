"""Serving the portal: where it listens, when that would be unsafe, and the server itself.

Knows uvicorn and sockets; must not know pages. One process serves: rate limits are counted in its memory, and
SQLite has one writer anyway. Who reads what is not logged.
"""

from __future__ import annotations

import gc
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn

from grader.errors import EnvironmentProblem, UsageError
from grader.model.content import Course
from grader.portal.app import create_app
from grader.portal.context import Portal
from grader.portal.patience import PatientProtocol
from grader.portal.settings import PortalSettings
from grader.store.engine import open_store
from grader.store.occupancy import occupy_database, occupy_folder
from grader.store.prepare import prepare_store
from grader.store.settings import ADDRESS, write_setting
from grader.wire import Workspace

BACKLOG = 2048
"""Connections that may wait: the minute before a deadline."""
TURN_S = 0.0005
"""How long a thread may keep the interpreter while others want it; Python's own 5 ms are for few threads."""
LAST_ANSWERS_S = 30
"""How long running requests may take when the server is told to stop."""


@dataclass(frozen=True)
class Listening:
    """Where the server listens and what protects the line."""

    host: str = "127.0.0.1"
    port: int = 8000
    """0 takes a free one."""
    tls_cert: Path | None = None
    tls_key: Path | None = None
    allow_http: bool = False
    """Plain http for other machines, on a network that the operator trusts."""

    @property
    def has_tls(self) -> bool:
        """Whether the server itself speaks https."""
        return self.tls_cert is not None

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def address(self) -> str:
        """The address as a browser on this machine would ask for it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.has_tls else 'http'}://{host}:{self.port}"


def check_safety(listening: Listening, settings: PortalSettings) -> str:
    """Return a warning, or nothing; raise UsageError for what would send passwords in the clear unasked."""
    if (listening.tls_cert is None) != (listening.tls_key is None):
        raise UsageError("--tls-cert and --tls-key belong together", "name both files, or neither")
    if urlsplit(settings.public_url).scheme not in {"http", "https"} or settings.origin.endswith("//"):
        raise UsageError(
            f"--public-url {settings.public_url!r} is no address", "write it like https://learn.example.org"
        )
    reaches_others = not listening.is_local or settings.trusted_proxies
    if not reaches_others or (listening.has_tls and settings.is_https):
        return ""
    if settings.trusted_proxies and settings.is_https:
        return ""
    if listening.allow_http:
        return (
            "passwords and work travel in the clear: only for a network that you trust entirely "
            "(--tls-cert or a proxy with https would protect them)"
        )
    if listening.has_tls or settings.trusted_proxies:
        raise UsageError(
            f"people would be sent to {settings.public_url}, which is not https",
            "name the https address with --public-url",
        )
    raise UsageError(
        f"{listening.host} can be reached from other machines, and plain http protects nothing",
        "give --tls-cert and --tls-key, or put a proxy with https in front and name it with --trusted-proxy, "
        "or accept the risk on a closed network with --allow-http",
    )


@contextmanager
def open_portal(workspace: Workspace, course: Course, settings: PortalSettings) -> Iterator[Portal]:
    """Open the store, make it ready for work, and give the portal."""
    store = open_store(settings.data, settings.database_url)
    try:
        portal = Portal(settings, workspace, course, store)
        prepare_store(store, portal.now())
        yield portal
    finally:
        store.close()


def serve_portal(
    portal: Portal,
    listening: Listening,
    companions: Sequence[AbstractContextManager[object]] = (),
    on_open: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve until interrupted or told to stop; requests under way are answered first.

    `on_open` hears the address once the port is ours. Raises EnvironmentProblem if it cannot be had.
    """
    with (
        occupy_folder(portal.settings.data),
        occupy_database(portal.store),
        _listen(listening) as opened,
    ):
        reached = replace(listening, port=opened.getsockname()[1])
        portal = _make_known(portal, listening, reached)
        config = _configure(portal, listening, companions)
        # The course and all code stay for good: looking through them again and again for garbage would now
        # and then cost a page a quarter of a second.
        gc.collect()
        gc.freeze()
        # Who holds the lock of the chain waits for the interpreter after each answer of the database, behind
        # threads that read notebooks: shorter turns let it go on sooner.
        sys.setswitchinterval(TURN_S)
        on_open(reached.address)
        uvicorn.Server(config).run(sockets=[opened])


def _make_known(portal: Portal, asked: Listening, reached: Listening) -> Portal:
    """Return the portal with the address people type, and keep it: commands write it into invitations.

    Without --public-url it is where the server listens, which for port 0 is known only now.
    """
    if portal.settings.public_url == asked.address:
        portal = replace(portal, settings=replace(portal.settings, public_url=reached.address))
    with portal.store.write() as db:
        write_setting(db, ADDRESS, portal.settings.public_url)
    return portal


def _configure(
    portal: Portal, listening: Listening, companions: Sequence[AbstractContextManager[object]]
) -> uvicorn.Config:
    """Return the server's configuration; raise EnvironmentProblem if the certificate is no good."""
    config = uvicorn.Config(
        create_app(portal, companions=companions),
        ssl_certfile=listening.tls_cert,
        ssl_keyfile=listening.tls_key,
        # Which proxy is believed is decided in one place, `rate_limits.address_of`.
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="warning",
        http=PatientProtocol,
        ws="none",
        backlog=BACKLOG,
        timeout_graceful_shutdown=LAST_ANSWERS_S,
    )
    try:
        config.load()
    except OSError as error:
        raise EnvironmentProblem(
            f"the certificate or its key cannot be used: {error.strerror or error}",
            "see that both files are PEM, belong together and can be read",
        ) from error
    return config


def _listen(listening: Listening) -> socket.socket:
    """Return a socket that listens at the wanted place, or say in words why it cannot be had."""
    try:
        family, _, _, _, place = socket.getaddrinfo(
            listening.host, listening.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        opened = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise EnvironmentProblem(f"{listening.host} is no address of this machine", "see --host") from error
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(place)
        opened.listen(BACKLOG)  # whoever knocks before the application is up waits
    except OSError as error:
        opened.close()
        raise EnvironmentProblem(
            f"port {listening.port} on {listening.host} cannot be used: {error.strerror}",
            "stop what uses it, or choose another with --port (0 takes a free one)",
        ) from error
    return opened
