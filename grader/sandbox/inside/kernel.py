"""A Jupyter kernel in a room: ipykernel as it is, and a second process that carries its messages out.

Knows ipykernel and the switchboard. The kernel listens on the room's own loopback, which leads nowhere; the
relay beside it connects to that and passes bytes through the two pipes of the room. The relay is a copy made
before a learner's code runs and does nothing but pass bytes on; the kernel keeps no end of the pipes. What a
learner can do to the relay is end it, and the kernel with it.
"""

# the room's own /tmp; few and simple paths
# ruff: noqa: S108, PTH103

from __future__ import annotations

import json
import os
import random
import select
import signal
import socket
import sys
import traceback
from typing import Any

from .frames import read_frame, write_frame
from .runner import prepare_room
from .switchboard import Switchboard

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
"""In the order in which connections name them."""
CONNECTION_FILE = "/tmp/jupyter/kernel.json"
DRAIN_TIMEOUT_S = 2.0
"""How long the relay may take to pass on a kernel's last words."""


def serve_kernel(requests: int, replies: int, unused_bytes: int) -> None:
    """Be a kernel from the first request (files, limits, connection) until it is shut down.

    `unused_bytes` is address space that was reserved before; the limit of memory is one of memory in use.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # until ipykernel says what an interrupt means
    _forget_seeds()
    request = read_frame(requests)
    if request is None:
        return
    begin, begun = os.pipe()
    relay = os.fork()
    if relay == 0:
        os.close(begun)
        _relay(requests, replies, begin, request["connection"])
    os.close(requests)
    os.close(begin)
    request["rlimits"]["RLIMIT_AS"] += unused_bytes
    reply = prepare_room(request)
    if reply["kind"] == "ready":
        try:
            kernel = _make_kernel(request)
        except BaseException:
            reply = {"kind": "refused", "message": traceback.format_exc(limit=-3)}
    write_frame(replies, reply)
    os.close(replies)
    if reply["kind"] != "ready":
        return
    os.write(begun, b"+")
    try:
        kernel.start()
    finally:
        kernel.close()  # sends what is still to be sent
        os.write(begun, b"-")
        select.select([os.pidfd_open(relay)], [], [], DRAIN_TIMEOUT_S)


def _forget_seeds() -> None:
    """Let random numbers differ from kernel to kernel, as Jupyter's users expect; copies start out equal."""
    random.seed()
    if (numpy := sys.modules.get("numpy")) is not None:
        numpy.random.seed()


def _make_kernel(request: dict[str, Any]) -> Any:
    """Return ipykernel's application, listening and ready to start."""
    from ipykernel.kernelapp import IPKernelApp
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    os.environ.update(request["environment"])
    os.environ.update(IPYTHONDIR="/tmp/ipython", JUPYTER_RUNTIME_DIR="/tmp/jupyter")
    os.makedirs("/tmp/jupyter", exist_ok=True)
    with open(CONNECTION_FILE, "w", encoding="utf-8", opener=_open_privately) as file:
        json.dump(request["connection"], file)
    if InteractiveShell.initialized():  # the one that the zygote has prepared for rooms that grade
        type(InteractiveShell.instance()).clear_instance()
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.enable_tip = False
    app: Any = IPKernelApp.instance(connection_file=CONNECTION_FILE, config=config)
    app.initialize(["-f", CONNECTION_FILE, *request["arguments"]])
    app.shell.system = app.shell.system_raw  # there are no terminals, which `!command` would ask for
    if (inline := sys.modules.get("matplotlib_inline.backend_inline")) is not None:
        # it was imported for the zygote's shell, and says its formats to one shell only
        vars(inline.configure_inline_support).pop("current_backend", None)
        inline._enable_matplotlib_integration()
    return app


def _open_privately(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _relay(requests: int, replies: int, begin: int, connection: dict[str, Any]) -> None:
    """Pass bytes until the kernel has shut down or nobody listens; never returns."""
    try:
        os.setsid()  # interrupts are for the kernel
        if os.read(begin, 1) != b"+":
            os._exit(0)
        ports = [int(connection[f"{channel}_port"]) for channel in CHANNELS]
        board = Switchboard(
            requests, replies, lambda channel: socket.create_connection(("127.0.0.1", ports[channel]))
        )
        ending = False
        while not (ending and board.is_idle):
            readable = board.step(() if ending else (begin,), 100 if ending else -1)
            if readable is None:
                break
            ending = ending or bool(readable)
    finally:
        os._exit(0)
