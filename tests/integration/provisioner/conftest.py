"""Kernels in the sandbox, started as any Jupyter client starts them."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from nbclient import NotebookClient

from grader.sandbox.nursery import NURSERY


@pytest.fixture(autouse=True)
def sandboxed(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make the sandbox the default for kernels; return where Jupyter keeps what it writes."""
    runtime = tmp_path_factory.mktemp("runtime")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(runtime))
    monkeypatch.setenv("JUPYTER_DEFAULT_PROVISIONER_NAME", "medai-sandbox")
    KernelProvisionerFactory.clear_instance()
    yield runtime
    KernelProvisionerFactory.clear_instance()


@pytest.fixture(scope="session", autouse=True)
def cool_down() -> Iterator[None]:
    """What was kept warm is gone after the last test."""
    yield
    NURSERY.close()


@pytest.fixture
def token() -> str:
    """A word that exists nowhere on this machine."""
    return f"medai{secrets.token_hex(8)}"


class Kernel:
    """A running kernel with a client."""

    def __init__(self, stack: contextlib.ExitStack, **settings: Any) -> None:
        self.manager = KernelManager(kernel_name="python3", **settings)
        stack.callback(self.end)
        self.manager.start_kernel()
        self.client: BlockingKernelClient = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def end(self) -> None:
        """Shut the kernel down and let go of it."""
        if hasattr(self, "client"):
            self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel()
        self.manager.context.destroy()

    @property
    def kernel(self) -> Any:
        """What the provisioner keeps of it."""
        return self.manager.provisioner._kernel  # type: ignore[union-attr]

    def run(self, code: str, timeout: float = 60) -> str:
        """Run a cell; return what it printed, or how it failed."""
        shown: list[str] = []

        def collect(message: dict[str, Any]) -> None:
            content = message["content"]
            shown.append(
                content.get("text") or content.get("ename") or content.get("data", {}).get("text/plain", "")
            )

        self.client.execute_interactive(code, timeout=timeout, output_hook=collect)
        return "".join(shown)

    def begin(self, code: str) -> None:
        """Start a cell and wait until it has printed something.

        By default a kernel refuses, for a moment after a cell was stopped, the cells that come next.
        """
        self.client.execute(code, stop_on_error=False)
        while self.client.get_iopub_msg(timeout=60)["msg_type"] != "stream":
            continue


@pytest.fixture
def start() -> Iterator[Callable[..., Kernel]]:
    """Return a starter of kernels, which end with the test."""
    with contextlib.ExitStack() as stack:
        yield lambda **settings: Kernel(stack, **settings)


@pytest.fixture
def execute(tmp_path: Path) -> Callable[..., list[Any]]:
    """Return a function that executes a notebook as nbconvert does and returns each cell's outputs."""

    def run(*cells: str, folder: Path = tmp_path, **settings: Any) -> list[Any]:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        options = {"timeout": 60, "allow_errors": True, "resources": {"metadata": {"path": str(folder)}}}
        NotebookClient(notebook, **{**options, **settings}).execute()
        return [cell.outputs for cell in notebook.cells]

    return run
