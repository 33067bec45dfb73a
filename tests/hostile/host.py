"""This machine, seen from outside: bait for attacks, and what is different after them.

Knows files, sockets and processes. Must not know notebooks or grades.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import secrets
import selectors
import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from corpus import Bait

PR_SET_CHILD_SUBREAPER = 36
SECRET_VARIABLE = "MEDAI_HOSTILE_SECRET"
LOOKED_AT = ("/", "/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", Path(__file__).parents[2])
"""Where something left behind would lie; only names that hold the run's word are looked for."""


class Listeners:
    """A TCP and a UDP port, a unix and an abstract socket that nobody should reach."""

    def __init__(self, folder: Path, run: str) -> None:
        self.abstract = f"{run}-abstract"
        self.unix = str(folder / "listener.sock")
        self._sockets = [socket.socket(socket.AF_INET), socket.socket(socket.AF_UNIX)]
        self._sockets += [socket.socket(socket.AF_UNIX), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)]
        tcp, unix, abstract, udp = self._sockets
        tcp.bind(("0.0.0.0", 0))
        self.port = tcp.getsockname()[1]
        udp.bind(("0.0.0.0", self.port))
        unix.bind(self.unix)
        Path(self.unix).chmod(0o777)
        abstract.bind(f"\0{self.abstract}")
        for one in (tcp, unix, abstract):
            one.listen(64)
        self._names = {tcp: "TCP port", unix: "unix socket", abstract: "abstract socket", udp: "UDP port"}
        self.heard: list[str] = []
        self._stop_read, self._stop_write = os.pipe()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._stop_read, selectors.EVENT_READ)
            for one in self._sockets:
                selector.register(one, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj == self._stop_read:
                        return
                    self._hear(key.fileobj)  # type: ignore[arg-type]

    def _hear(self, listener: socket.socket) -> None:
        said = b""
        if listener.type == socket.SOCK_DGRAM:
            said = listener.recv(1000)
        else:
            with listener.accept()[0] as connection:
                connection.settimeout(1)
                with contextlib.suppress(OSError):
                    said = connection.recv(1000)
        self.heard.append(f"{self._names[listener]}: {said!r}")

    def close(self) -> None:
        """Stop listening."""
        os.write(self._stop_write, b".")
        self._thread.join()
        for one in self._sockets:
            one.close()
        os.close(self._stop_read)
        os.close(self._stop_write)


@dataclass
class Host:
    """What was laid out, and how things stood before."""

    bait: Bait
    canaries: dict[str, str]
    """Secret content → where it stood."""
    listeners: Listeners
    environment: dict[str, str]
    """For the process that grades: a home with secrets, and a secret."""
    before: Mapping[str, object] = field(default_factory=dict)


@contextlib.contextmanager
def laid_out(folder: Path, course: Path) -> Iterator[Host]:
    """Lay out secrets and listeners; take them away again."""
    run = f"mk{secrets.token_hex(5)}"
    home = folder / "home"
    places = [home / ".ssh" / "id_canary", home / "secret.txt", folder / "beside-the-course.txt"]
    places += [Path(f"/dev/shm/{run}-secret"), Path(f"/var/tmp/{run}-secret")]
    canaries = {}
    for place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        secret = f"canary{secrets.token_hex(8)}"
        place.write_text(secret, encoding="utf-8")
        place.chmod(0o644)  # readable for all: a wall must keep it back, not a permission
        canaries[secret] = str(place)
    for parent in (home, home / ".ssh", folder, *folder.parents[:3]):
        with contextlib.suppress(OSError):
            parent.chmod(parent.stat().st_mode | 0o055)
    variable = f"canary{secrets.token_hex(8)}"
    canaries[variable] = f"environment variable {SECRET_VARIABLE}"
    listeners = Listeners(folder, run)
    files = tuple(map(str, places))
    bait = Bait(run, str(course), str(home), files, listeners.port, listeners.abstract, listeners.unix)
    environment = {**os.environ, "HOME": str(home), SECRET_VARIABLE: variable}
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    host = Host(bait, canaries, listeners, environment)
    host.before = snapshot(host, folder)
    try:
        yield host
    finally:
        listeners.close()
        for place in places[-2:]:
            place.unlink(missing_ok=True)


def snapshot(host: Host, folder: Path) -> dict[str, object]:
    """Return what must be the same afterwards: secrets, shared memory, queues, mounts, keys."""
    return {
        "secrets": {place: _digest(Path(place)) for place in host.canaries.values() if "/" in place},
        "System V shared memory": _lines("/proc/sysvipc/shm"),
        "System V queues": _lines("/proc/sysvipc/msg") + _lines("/proc/sysvipc/sem"),
        "mounts": Path("/proc/self/mountinfo").read_text(),
        "host name": socket.gethostname(),
        "core pattern": Path("/proc/sys/kernel/core_pattern").read_text(),
        "listener": Path(host.listeners.unix).exists(),
        "folder": sorted(one.name for one in folder.iterdir()),
    }


def _lines(path: str) -> int:
    try:
        return len(Path(path).read_text().splitlines())
    except OSError:
        return 0


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "gone"


def digest_tree(folders: Iterable[Path]) -> dict[str, str]:
    """Return path → SHA-256 of every file below."""
    return {str(path): _digest(path) for folder in folders for path in folder.rglob("*") if path.is_file()}


def find_files(word: str, roots: Iterable[str | Path] = LOOKED_AT, depth: int = 3) -> list[str]:
    """Return files and folders of this machine whose name holds a word; never follows links."""
    found: list[str] = []
    waiting = [(str(root), 1 if str(root) == "/" else depth) for root in roots]
    while waiting:
        folder, left = waiting.pop()
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if word in entry.name:
                    found.append(entry.path)
                elif left > 1 and entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, left - 1))
    return sorted(set(found))


def list_processes(word: str) -> dict[int, str]:
    """Return pid → command line of what runs below this process, or anywhere with a word in its line."""
    parents: dict[int, int] = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                text = Path(entry.path, "stat").read_text(encoding="utf-8", errors="replace")
                state, parent = text.rpartition(")")[2].split()[:2]
                if state != "Z":
                    parents[int(entry.name)] = int(parent)
    found = {}
    for pid in parents:
        with contextlib.suppress(OSError):
            line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            if pid != os.getpid() and (word in line or _is_below(pid, parents)):
                found[pid] = line.strip()
    return found


def _is_below(pid: int, parents: Mapping[int, int]) -> bool:
    for _ in range(64):
        if pid in (0, 1):
            return False
        if pid == os.getpid():
            return True
        pid = parents.get(pid, 0)
    return False


def reap() -> None:
    """Collect ended children that were left to this process."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            continue
