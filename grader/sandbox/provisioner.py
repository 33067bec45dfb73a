"""A Jupyter kernel behind walls, for every program that starts kernels through jupyter_client.

Knows Jupyter's provisioners. Must not know assignments or marks. The walls protect this machine, other
people's work and the gradebook from a notebook; they do not protect what a test inside the same kernel says.
Fails closed: where a wall does not stand no kernel is started, with or without one.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Bool, Int

from grader.errors import EnvironmentProblem
from grader.model.work import Limits
from grader.sandbox.inside.kernel import CHANNELS
from grader.sandbox.provisioner_files import read_folder
from grader.sandbox.provisioner_kernel import KernelPlan, SandboxedKernel

PASSED_ON = ("MEDAI_LANG", "NBGRADER_EXECUTION", "NBGRADER_VALIDATING")
"""Variables of the client's that a kernel may see; it gets no others."""
LAUNCHERS = (["ipykernel_launcher"], ["ipykernel"])


class SandboxProvisioner(LocalProvisioner):
    """Starts ipykernel in a sandbox: no network, no files of this machine, limits on everything.

    From LocalProvisioner it takes how connection files are written, and nothing that starts a process.
    """

    memory_bytes = Int(Limits().memory_bytes, help="Memory that all processes together may use.", config=True)
    processes = Int(Limits().processes, help="Processes and threads that cells may start.", config=True)
    disk_bytes = Int(Limits().disk_bytes, help="Size of the kernel's disk, which is memory.", config=True)
    output_bytes = Int(
        200_000_000,
        help="Most that a kernel may send to its clients, who keep it in memory, until it is restarted.",
        config=True,
    )
    show_files = Bool(True, help="Give the kernel copies of the data files beside the notebook.", config=True)

    _kernel: SandboxedKernel | None = None
    _listeners: tuple[socket.socket, ...] = ()

    @property
    def has_process(self) -> bool:
        """True from the start of a kernel until `wait` has seen its end."""
        return self._kernel is not None

    async def poll(self) -> int | None:
        """Return None while the kernel runs."""
        if self._kernel is None:
            return 0
        return self._kernel.ended.result() if self._kernel.ended.done() else None

    async def wait(self) -> int | None:
        """Wait until nothing of the kernel is left."""
        if self._kernel is None:
            return 0
        status = await asyncio.shield(asyncio.wrap_future(self._kernel.ended))
        if self._kernel.reason:
            self.log.warning("The sandboxed kernel was ended: %s", self._kernel.reason)
        self._kernel = None
        return status

    async def send_signal(self, signum: int) -> None:
        """Interrupt on SIGINT; end the kernel on signals that end processes; others do not get in."""
        if self._kernel is None:
            return
        if signum == signal.SIGINT:
            self._kernel.interrupt()
        elif signum in (signal.SIGKILL, signal.SIGTERM):
            self._kernel.kill()

    async def kill(self, restart: bool = False) -> None:
        """End the kernel and all that it has started."""
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        """End the kernel; it was asked before to end by itself."""
        await self.send_signal(signal.SIGKILL)

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Open the ports, write the connection file."""
        client = self.parent
        if client is None or client.transport != "tcp":
            raise EnvironmentProblem(
                "a sandboxed kernel is reached over TCP on this machine only", 'set `transport = "tcp"`'
            )
        self._open_ports(client)
        prepared: dict[str, Any] = await super().pre_launch(**kwargs)
        return prepared

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Start a kernel; raises EnvironmentProblem where it cannot be closed off."""
        try:
            self._kernel = SandboxedKernel(self._plan(cmd, **kwargs), self._listeners)
            await asyncio.shield(asyncio.wrap_future(self._kernel.started))
        except BaseException:
            await self.cleanup()
            raise
        return self.connection_info

    async def cleanup(self, restart: bool = False) -> None:
        """End what is left; keep the ports when another kernel follows, so that clients find it."""
        await self.kill()
        await self.wait()
        if not restart:
            self._close_ports()

    def resolve_path(self, path_str: str) -> str | None:
        """Return None: paths inside are not paths of this machine."""
        return None

    def _plan(self, cmd: list[str], **kwargs: Any) -> KernelPlan:
        folder, environment = kwargs.get("cwd"), kwargs.get("env") or {}
        shown = read_folder(Path(folder), self.disk_bytes // 2) if folder and self.show_files else []
        return KernelPlan(
            connection=_inside(self.connection_info),
            limits=Limits(
                memory_bytes=self.memory_bytes, processes=self.processes, disk_bytes=self.disk_bytes
            ),
            output_bytes=self.output_bytes,
            arguments=find_arguments(cmd),
            environment=tuple((name, environment[name]) for name in PASSED_ON if name in environment),
            files=tuple(shown),
        )

    def _open_ports(self, client: Any) -> None:
        ports = tuple(getattr(client, f"{channel}_port") for channel in CHANNELS)
        if self._listeners and ports == tuple(one.getsockname()[1] for one in self._listeners):
            return
        self._close_ports()
        self._listeners = tuple(socket.create_server((client.ip, port)) for port in ports)
        for channel, listener in zip(CHANNELS, self._listeners, strict=True):
            listener.setblocking(False)
            setattr(client, f"{channel}_port", listener.getsockname()[1])
        self.ports_cached = True  # so that LocalProvisioner chooses no others

    def _close_ports(self) -> None:
        for listener in self._listeners:
            listener.close()
        self._listeners = ()


def find_arguments(cmd: list[str]) -> tuple[str, ...]:
    """Return what a kernel's command line tells ipykernel besides the connection file.

    Raises EnvironmentProblem for kernels other than ipykernel of the Python that runs this: its packages are
    what the sandbox shows.
    """
    at = cmd.index("-m") + 1 if "-m" in cmd else len(cmd)
    ours = bool(cmd) and Path(cmd[0]).parent.resolve() == Path(sys.executable).parent.resolve()
    if not ours or cmd[at : at + 1] not in LAUNCHERS:
        raise EnvironmentProblem(
            f"the sandbox runs this Python's own ipykernel only, not `{' '.join(cmd[:3])}`",
            "choose the kernel `python3` of the environment that this program is installed in",
        )
    given = cmd[at + 1 :]
    kept: list[str] = []
    while given:
        word = given.pop(0)
        if word in ("-f", "--f"):
            given[:1] = []
        elif not word.startswith(("-f=", "--f=")):
            kept.append(word)
    return tuple(kept)


def _inside(connection: KernelConnectionInfo) -> dict[str, Any]:
    """Return a connection as the kernel gets it: JSON, and its own loopback."""
    plain = {
        name: value.decode("ascii") if isinstance(value, bytes) else value
        for name, value in dict(connection).items()
    }
    return plain | {"ip": "127.0.0.1"}
