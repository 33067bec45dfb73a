"""What a hostile notebook can do in a sandboxed kernel: nothing to the machine, and not much to itself."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager
from nbclient.exceptions import DeadKernelError

from grader.errors import EnvironmentProblem, GraderError
from grader.sandbox import plan, walls, zygote
from grader.sandbox.nursery import NURSERY
from grader.sandbox.watch import list_tree, read_pid

ROOT = Path(__file__).parents[3]
TOOLS = """
import ctypes, errno, fcntl, json, os, socket, stat, struct, subprocess, sys
got = []
def attempt(name, act):
    try:
        if act() is not False:
            got.append(name)
    except BaseException:
        pass
def kill(pid):
    try:
        os.kill(pid, 0)
    except PermissionError:
        return 0
    except ProcessLookupError:
        return 1
def connect(family, address):
    with socket.socket(family) as one:
        one.settimeout(2)
        one.connect(address)
def sockets():
    for fd in range(256):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                yield fd, socket.socket(fileno=os.dup(fd))
        except OSError:
            continue
def interfaces(one):
    space = ctypes.create_string_buffer(4096)
    size = struct.unpack('iL', fcntl.ioctl(one, 0x8912, struct.pack('iL', 4096, ctypes.addressof(space))))[0]
    return {space.raw[at:at + 16].rstrip(b'\\0') for at in range(0, size, 40)}
"""
TRY = (
    TOOLS
    + """
attempt('network', lambda: connect(socket.AF_INET, ('127.0.0.1', @port@)))
attempt('other address', lambda: connect(socket.AF_INET, (@address@, @port@)))
attempt('abstract socket', lambda: connect(socket.AF_UNIX, '\\0' + @abstract@))
attempt('unix socket', lambda: connect(socket.AF_UNIX, @unix@))
attempt('vsock', lambda: socket.socket(40))
for fd, one in sockets():
    attempt(f'socket {fd} of another network', lambda: interfaces(one) - {b'lo'} or False)
for path in @files@:
    attempt(f'file {path}', lambda: open(path).read())
    attempt(f'sight of {path}', lambda: os.lstat(path))
attempt('proc', lambda: os.listdir('/proc/self'))
attempt('sys', lambda: os.listdir('/sys/kernel'))
for folder in ('/', '/etc', '/opt', '/usr', '/usr/bin', '/opt/packages', '/opt/medai/grader', '/dev'):
    attempt(f'writing to {folder}', lambda: open(folder + '/x', 'w'))
attempt('secret', lambda: any(@secret@ in value for value in os.environ.values()))
attempt('other variables', lambda: 'JUPYTER_DEFAULT_PROVISIONER_NAME' in os.environ)
attempt('ptrace', lambda: ctypes.CDLL(None).ptrace(16, 3, 0, 0) == 0)
attempt('namespaces', lambda: ctypes.CDLL(None).unshare(0x10000000) == 0)
attempt('mount', lambda: ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0)
attempt('memory that is not counted', lambda: os.memfd_create('x'))
attempt('root', lambda: os.setuid(0))
def others():  # besides init, the kernel with its threads, and the relay
    return [pid for pid in range(4, 40000) if kill(pid) == 0 and os.getsid(pid) != os.getsid(0)]
attempt('other processes', lambda: others() or False)
attempt('a disk without end', lambda: open('/work/big', 'wb').write(bytes(100_000_000)))
print(json.dumps(got))
"""
)
DIAL = (
    TOOLS
    + """
def dial_again(one):  # a connected socket of the machine's network could be turned into another connection
    libc = ctypes.CDLL(None)
    libc.connect(one.fileno(), bytes(16), 16)
    one.connect(('127.0.0.1', @port@))
for fd, one in sockets():
    if one.family == socket.AF_INET and not one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        attempt('dialling', lambda: dial_again(one))
os._exit(3)
"""
)


class Outside:
    """Things of this machine that nothing inside may reach."""

    def __init__(self, folder: Path, secret: str) -> None:
        self.port = socket.create_server(("0.0.0.0", 0))
        self.abstract = socket.socket(socket.AF_UNIX)
        self.abstract.bind(f"\0{secret}")
        self.unix = socket.socket(socket.AF_UNIX)
        self.unix.bind(str(folder / "s"))
        self.servers = (self.port, self.abstract, self.unix)
        for server in self.servers:
            server.listen()
            server.setblocking(False)

    def visitors(self) -> int:
        """Return how many connections have come."""
        count = 0
        for server in self.servers:
            try:
                server.accept()[0].close()
                count += 1
            except BlockingIOError:
                continue
        return count


@pytest.fixture
def outside(tmp_path: Path, token: str) -> Iterator[Outside]:
    """Listening sockets of each kind."""
    made = Outside(tmp_path, token)
    yield made
    for server in made.servers:
        server.close()


def test_a_hostile_notebook_gets_nowhere(
    execute: Callable[..., list[Any]],
    outside: Outside,
    tmp_path: Path,
    token: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No network, file, variable, process or privilege of this machine is in reach, nor the gradebook."""
    monkeypatch.setenv("MY_SECRET", token)
    course = tmp_path / "course"
    work = course / "autograded" / "me" / "a"
    work.mkdir(parents=True)
    other = course / "submitted" / "her" / "a.txt"
    other.parent.mkdir(parents=True)
    files = [course / "gradebook.db", other, Path.home() / ".ssh", Path("/etc/shadow"), work / "me.ipynb"]
    for file in (files[0], files[1], files[4]):
        file.write_text(token)
    (work / "link.csv").symlink_to(course / "gradebook.db")
    relative = ["../../../gradebook.db", "gradebook.db", "link.csv", "me.ipynb", "/work/../gradebook.db"]
    values = {
        "port": outside.port.getsockname()[1],
        "address": socket.gethostbyname(socket.gethostname()),
        "abstract": token,
        "unix": str(tmp_path / "s"),
        "files": [*map(str, files), *relative],
        "secret": token,
    }
    source = TRY
    for name, value in values.items():
        source = source.replace(f"@{name}@", repr(value))
    before = sorted(path for path in tmp_path.rglob("*"))
    ((output,),) = execute(source, folder=work)
    assert json.loads(output["text"]) == []
    assert outside.visitors() == 0
    assert sorted(path for path in tmp_path.rglob("*")) == before


def test_a_kernels_own_connections_cannot_be_dialled_again(
    execute: Callable[..., list[Any]], outside: Outside
) -> None:
    """They end in a network that leads nowhere; a kernel that cuts them harms only itself."""
    port = outside.port.getsockname()[1]
    with pytest.raises(DeadKernelError):
        execute(DIAL.replace("@port@", str(port)))
    assert outside.visitors() == 0


def test_a_bomb_of_processes_stays_small(start: Callable[..., Any]) -> None:
    """Forking without end meets a limit; the kernel goes on."""
    kernel = start()
    kernel.begin(
        textwrap.dedent(
            """
            import os, time
            children = []
            try:
                while True:
                    child = os.fork()
                    if child == 0:
                        time.sleep(1000)
                        os._exit(0)
                    children.append(child)
            except BlockingIOError:
                print('no more', flush=True)
            """
        )
    )
    assert 10 < len(list_tree(read_pid(kernel.kernel._kernel_fd))) < 100
    kernel.run("for child in children: os.kill(child, 9); os.waitpid(child, 0)")
    assert kernel.run("print(1)") == "1\n"


def test_one_process_that_wants_too_much_memory_is_refused_it(start: Callable[..., Any]) -> None:
    """A cell meets MemoryError; the kernel goes on."""
    kernel = start()
    assert kernel.run("x = bytearray(1_450_000_000)") == "MemoryError"
    assert kernel.run("x = bytearray(900_000_000); print(len(x))") == "900000000\n"


def test_processes_that_take_too_much_together_are_ended(start: Callable[..., Any]) -> None:
    """The limit is one of all processes; the client is told at once that the kernel is dead."""
    kernel = start()
    code = "import os\nfor _ in range(8):\n if os.fork() == 0:\n  x = bytearray(os.urandom(1)) * 500_000_000"
    kernel.client.execute(code + "\n  while True: pass")
    kernel.kernel.ended.result(timeout=60)
    assert "memory" in kernel.kernel.reason
    assert not kernel.manager.is_alive()


@pytest.fixture
def start_with(sandboxed: Path) -> Iterator[Callable[..., tuple[KernelManager, BlockingKernelClient]]]:
    """Return a starter of kernels whose kernel spec sets limits."""
    with contextlib.ExitStack() as stack:

        def start_one(**config: int) -> tuple[KernelManager, BlockingKernelClient]:
            manager = KernelManager(kernel_name="python3")
            stack.callback(manager.context.destroy)
            assert manager.kernel_spec is not None
            chosen = {"provisioner_name": "medai-sandbox", "config": config}
            manager.kernel_spec.metadata["kernel_provisioner"] = chosen
            manager.start_kernel()
            stack.callback(manager.shutdown_kernel, now=True)
            client = manager.client()
            client.start_channels()
            stack.callback(client.stop_channels)
            client.wait_for_ready(timeout=60)
            return manager, client

        yield start_one


def test_a_limit_can_be_set_in_the_kernel_spec(start_with: Callable[..., Any]) -> None:
    """`metadata.kernel_provisioner.config` of a kernel spec sets limits."""
    _, client = start_with(memory_bytes=300_000_000)
    client.execute("x = bytearray(300_000_000)")
    assert client.get_shell_msg(timeout=30)["content"]["ename"] == "MemoryError"


def test_a_kernel_that_floods_its_clients_is_ended(start_with: Callable[..., Any]) -> None:
    """Clients keep what they are shown in memory, so there is an end to it."""
    manager, client = start_with(output_bytes=3_000_000)
    client.execute("while True: print('x' * 100_000, flush=True)")
    manager.provisioner._kernel.ended.result(timeout=60)
    assert "sent more than 3000000 bytes" in manager.provisioner._kernel.reason


@pytest.fixture
def forget_walls() -> Iterator[None]:
    """Let the walls be tried again, before and after; what a test changed is not kept warm."""
    for cached in (walls._try_walls, walls._find_tools_at):
        cached.cache_clear()
    NURSERY.close()
    yield
    for cached in (walls._try_walls, walls._find_tools_at):
        cached.cache_clear()
    NURSERY.close()


@pytest.mark.usefixtures("forget_walls")
def test_without_bubblewrap_there_is_no_kernel(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, execute: Callable[..., list[Any]]
) -> None:
    """Nothing runs outside instead; the message says what to install."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnvironmentProblem) as problem:
        execute("open('ran', 'w')")
    assert "apt-get install bubblewrap" in problem.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("forget_walls")
@pytest.mark.parametrize(
    ("change", "message"),
    [({"seccomp": ""}, "filter does not hold"), ({"namespaces": 0x10000000 | 0x00020000}, "net")],
)
def test_where_a_wall_is_missing_there_is_no_kernel(
    monkeypatch: pytest.MonkeyPatch,
    execute: Callable[..., list[Any]],
    sandboxed: Path,
    change: dict[str, Any],
    message: str,
) -> None:
    """The walls are tried before the first kernel; one that does not stand is named."""

    def plan_changed(*args: Any) -> dict[str, Any]:
        made = plan.plan_room(*args)
        return made | {"walls": made["walls"] | change}

    monkeypatch.setattr(zygote, "plan_room", plan_changed)
    with pytest.raises(EnvironmentProblem, match=message):
        execute("1")


def test_other_ways_to_reach_a_kernel_are_refused() -> None:
    """Files as sockets would be paths that both sides write to."""
    manager = KernelManager(kernel_name="python3", transport="ipc")
    with pytest.raises(EnvironmentProblem, match="TCP"):
        manager.start_kernel()
    assert not manager.has_kernel
    manager.context.destroy()


def test_too_large_a_folder_is_refused(execute: Callable[..., list[Any]], tmp_path: Path) -> None:
    """The message says which folder and what to do; nothing is left behind."""
    with (tmp_path / "huge.csv").open("wb") as file:
        file.truncate(40_000_000)
    with pytest.raises(GraderError, match="more than"):
        execute("1")


def test_a_relay_that_the_notebook_ends_ends_the_kernel(execute: Callable[..., list[Any]]) -> None:
    """What carries the messages is a process of the room: ending it cuts the kernel off, and no more."""
    with pytest.raises(DeadKernelError):
        execute("import os\nos.kill(3, 9)\nwhile True: pass")


RUN_ONE = """
import os, nbformat
from nbclient import NotebookClient
cell = nbformat.v4.new_code_cell("import os, numpy; print(os.getuid(), numpy.ones(2).sum())")
notebook = nbformat.v4.new_notebook(cells=[cell])
NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
print(os.getuid() != 0, notebook.cells[0].outputs[0].text)
"""


def test_an_ordinary_user_has_sandboxed_kernels_too(as_nobody: Callable[[list[str]], list[str]]) -> None:
    """Nobody needs privileges to run a notebook behind walls."""
    command = [sys.executable, "-c", RUN_ONE]
    if os.geteuid() == 0:
        command = as_nobody(command)
    environment = {**os.environ, "JUPYTER_RUNTIME_DIR": "/dev/shm/medai-test-runtime"}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "True 1000 2.0\n\n"
