"""A sandboxed kernel does what a kernel does: runs notebooks, is interrupted, restarted and shut down."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from grader.sandbox.watch import list_tree, read_pid


def test_jupyter_finds_the_provisioner() -> None:
    """It is registered under its name, so that an environment variable or a kernel spec can choose it."""
    entry = KernelProvisionerFactory.instance().get_provisioner_entries()["medai-sandbox"]
    assert entry == "grader.sandbox.provisioner:SandboxProvisioner"


def test_a_notebook_runs_as_in_any_kernel(execute: Callable[..., list[Any]], tmp_path: Path) -> None:
    """Text, errors, results, pictures, HTML, shell commands and data files beside the notebook."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.csv").write_text("a,b\n1,2\n")
    printed, error, result, picture, html, command, listing, file = execute(
        "import sys\nprint('out')\nprint('err', file=sys.stderr)",
        "1 / 0",
        "import numpy as np\nnp.arange(3)",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
        "from IPython.display import HTML\nHTML('<b>bold</b>')",
        "!echo from a shell",
        "lines = !echo one; echo two\nprint(lines)",
        "import pandas as pd\nprint(pd.read_csv('data/rows.csv').b[0])\nopen('written.txt', 'w').write('x')",
    )
    assert {one["name"]: one["text"] for one in printed} == {"stdout": "out\n", "stderr": "err\n"}
    assert error[0]["ename"] == "ZeroDivisionError"
    assert result[0]["data"]["text/plain"] == "array([0, 1, 2])"
    assert picture[0]["data"]["image/png"].startswith("iVBOR")
    assert html[0]["data"]["text/html"] == "<b>bold</b>"
    assert command[0]["text"] == "from a shell\n"
    assert listing[0]["text"] == "['one', 'two']\n"
    assert file[0]["text"] == "2\n"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["data", "rows.csv"]


def test_nbconvert_runs_in_it(tmp_path: Path) -> None:
    """One environment variable puts `jupyter nbconvert --execute` into the sandbox."""
    cell = nbformat.v4.new_code_cell("import os\nprint(os.getuid(), os.getcwd(), os.listdir('/'))")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "n.ipynb")
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook", "--inplace", "n.ipynb"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, timeout=120)
    text = nbformat.read(tmp_path / "n.ipynb", 4).cells[0].outputs[0]["text"]
    assert text.startswith("1000 /work [")
    assert "proc" not in text


def test_random_numbers_differ_from_kernel_to_kernel(start: Callable[..., Any]) -> None:
    """Kernels are copies of one process, but not of its luck."""
    code = "import random, numpy\nprint(random.random(), numpy.random.random())"
    assert start().run(code) != start().run(code)


def test_interrupts_reach_the_cell_and_its_programs(start: Callable[..., Any]) -> None:
    """Stop ends an endless loop and what a cell has started in a shell; the kernel goes on."""
    kernel = start()
    for code in ("print('go')\nwhile True: pass", "print('go', flush=True)\n!sleep 1000"):
        kernel.begin(code)
        kernel.manager.interrupt_kernel()
        kernel.client.get_shell_msg(timeout=30)
    assert kernel.run("print('still here')") == "still here\n"
    assert len(list_tree(read_pid(kernel.kernel._kernel_fd))) == 2  # the kernel and the relay


def test_a_cell_that_runs_too_long_is_interrupted(execute: Callable[..., list[Any]]) -> None:
    """nbclient's time limit for cells works, with and without going on."""
    with pytest.raises(CellTimeoutError):
        execute("while True: pass", timeout=1)
    looping, after = execute("while True: pass", "print('after')", timeout=1, interrupt_on_timeout=True)
    assert looping[-1]["ename"] == "KeyboardInterrupt"
    assert after[0]["text"] == "after\n"


def test_a_restart_keeps_the_ports_and_forgets_the_rest(start: Callable[..., Any]) -> None:
    """Clients find the new kernel where the old one was; names and files are gone."""
    kernel = start()
    ports = kernel.manager.ports
    kernel.run("name = 1\nopen('file', 'w').close()")
    kernel.manager.restart_kernel()
    kernel.client.wait_for_ready(timeout=60)
    assert kernel.manager.ports == ports
    assert kernel.run("import os\nprint('name' in globals(), os.path.exists('file'))") == "False False\n"
    kernel.manager.restart_kernel(now=True)
    kernel.client.wait_for_ready(timeout=60)
    assert kernel.manager.ports == ports


def test_further_clients_may_join(start: Callable[..., Any]) -> None:
    """Two clients of one kernel see its answers, and its heartbeat."""
    kernel = start()
    other = BlockingKernelClient(connection_file=kernel.manager.connection_file)
    other.load_connection_file()
    other.start_channels()
    try:
        other.wait_for_ready(timeout=60)
        kernel.run("shared = 7")
        other.execute("print(shared)")
        while (message := other.get_iopub_msg(timeout=30))["msg_type"] != "stream":
            continue
        assert message["content"]["text"] == "7\n"
        assert other.hb_channel.is_beating()
    finally:
        other.stop_channels()


def test_output_that_nobody_reads_holds_up_no_answer(start: Callable[..., Any]) -> None:
    """A client that waits for the reply alone gets it, however much the cell has shown."""
    kernel = start()
    kernel.client.execute("for _ in range(3000): print('x' * 10_000, flush=True)")
    assert kernel.client.get_shell_msg(timeout=60)["content"]["status"] == "ok"


def test_encrypted_connections_pass_too(start: Callable[..., Any]) -> None:
    """Jupyter's transport encryption goes from client to kernel; the relay need not know it."""
    kernel = start()
    manager = type(kernel.manager)(kernel_name="python3", transport_encryption="required")
    manager.kernel_spec.metadata["supported_encryption"] = "curve"
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        assert manager.curve_publickey is not None
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.context.destroy()


def test_a_kernels_last_words_arrive(start: Callable[..., Any]) -> None:
    """A kernel that is asked to shut down says so to its client before it ends, and ends well."""
    kernel = start()
    reply = kernel.client.shutdown(reply=True, timeout=30)
    assert reply["content"]["status"] == "ok"
    assert kernel.kernel.ended.result(timeout=30) == 0


def test_the_end_of_a_kernel_is_noticed(start: Callable[..., Any], execute: Callable[..., list[Any]]) -> None:
    """A kernel that a cell ends is dead at once for its client, whatever way it ended."""
    for code, status in (("os._exit(3)", 3), ("os.kill(os.getpid(), 11)", -11), ("os.kill(3, 9)", 0)):
        kernel = start()
        kernel.client.execute(f"import os\n{code}")
        if status:
            assert kernel.kernel.ended.result(timeout=10) == status
        kernel.kernel.ended.result(timeout=10)
        assert not kernel.manager.is_alive()
    with pytest.raises(DeadKernelError):
        execute("import os\nos._exit(0)")


def test_a_shutdown_leaves_nothing(
    start: Callable[..., Any], sandboxed: Path, token: str, find_processes: Callable[[str], list[int]]
) -> None:
    """Processes, ports, descriptors and files of a kernel are gone, daemons of a cell included."""
    start().end()  # what is kept warm has been started
    before = len(list(Path("/proc/self/fd").iterdir()))
    kernel = start()
    members = list_tree(read_pid(kernel.kernel._kernel_fd))
    code = f"import os\nif os.fork() == 0:\n os.setsid()\n os.execv('/usr/bin/sleep', ['{token}', '1000'])"
    kernel.run(code)
    ports = kernel.manager.ports
    kernel.end()
    assert not [pid for pid in members if Path(f"/proc/{pid}").exists()]
    assert find_processes(token) == []
    assert list(sandboxed.iterdir()) == []
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


CLIENT = '''
import sys
from jupyter_client.manager import start_new_kernel
manager, client = start_new_kernel(kernel_name="python3")
client.execute_interactive(f"""
import os
ready, open_until_exec = os.pipe()
if os.fork() == 0:
    os.execv('/usr/bin/sleep', [{sys.argv[1]!r}, '1000'])
os.close(open_until_exec)
end = os.read(ready, 1)
""")
print(*manager.ports, flush=True)
client.execute_interactive("while True: pass")
'''


@pytest.mark.parametrize("number", [9, 15])
def test_a_kernel_ends_with_its_client(
    token: str, number: int, find_processes: Callable[[str], list[int]]
) -> None:
    """Killed without warning, a client takes its kernel with it: no process is left, no port open."""
    client = subprocess.Popen([sys.executable, "-c", CLIENT, token], stdout=subprocess.PIPE, text=True)
    try:
        assert client.stdout is not None
        ports = [int(port) for port in client.stdout.readline().split()]
        fds = [os.pidfd_open(int(pid)) for pid in find_processes(token)]
        assert fds
        client.send_signal(number)
        client.wait(timeout=30)
    finally:
        client.kill()
        client.communicate()
    wait_for_end(fds)
    assert find_processes(token) == []
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


def wait_for_end(fds: list[int]) -> None:
    """Wait until the processes behind pidfds have ended."""
    import select

    for fd in fds:
        assert select.select([fd], [], [], 30)[0], "a process goes on"
        os.close(fd)
