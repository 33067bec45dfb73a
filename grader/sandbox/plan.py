"""What one sandbox is made of: the stage, the disks, the environment, the command.

Pure: from a `Layout` and limits to the text that `launch` and bubblewrap are given. Must not start
anything or read this machine.
"""

# paths inside the sandbox, or in a mount namespace of its own
# ruff: noqa: S108

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grader.model.work import Limits
from grader.sandbox.argv import Policy, bwrap_argv
from grader.sandbox.interpreter import Layout
from grader.text import Language

STAGE = "/tmp"
"""Where `launch` lays things out, in a mount namespace of its own; any directory that always exists."""
LAB = "/opt/lab"
INODES = 4096
DESCRIPTORS = 256
STREAM_ROOM_BYTES = 65_536

MADE_FILES = (
    ("passwd", "/etc/passwd", "learner:x:1000:1000:learner:/work:/bin/sh\n"),
    ("group", "/etc/group", "learner:x:1000:\n"),
    ("hosts", "/etc/hosts", "127.0.0.1 localhost sandbox\n"),
    ("nsswitch.conf", "/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
    # matplotlib asks fontconfig for fonts; there are none but its own and the lab's, as in the browser
    (
        "fonts.conf",
        "/etc/fonts/fonts.conf",
        '<?xml version="1.0"?><fontconfig><cachedir>/tmp/fontconfig</cachedir></fontconfig>\n',
    ),
)
"""(name on the stage, path inside, content): the same on every machine."""

KERNEL_START = (
    "import sys; more = sys.argv[1:]; sys.path[:] = [path for path in sys.path if path not in more] + more; "
    "sys.path.insert(0, '/opt/medai'); from inside.runner import main; sys.path[0] = ''; main()"
)
PROBE_START = "import sys; sys.path.insert(0, '/opt/medai'); from inside.probe import main; main()"


@dataclass(frozen=True)
class Tools:
    """What this machine offers; found once."""

    bwrap: str
    layout: Layout
    time_zone: str
    disable_userns: bool


@dataclass(frozen=True)
class RoomPlan:
    """Everything needed to start a sandbox except its descriptors."""

    start: str
    """Python source that the interpreter inside starts with."""
    environment: tuple[tuple[str, str], ...]
    disk_bytes: int
    stream_bytes: int
    lab: str = ""
    """Directory outside that holds the medai_lab package."""


def make_environment(tools: Tools, hash_seed: int, language: Language) -> tuple[tuple[str, str], ...]:
    """Return everything that `os.environ` holds inside."""
    library = tools.layout.library_path
    packages = ":".join((*tools.layout.package_paths, LAB))
    return (
        ("PATH", "/usr/bin:/bin"),
        ("HOME", "/work"),
        ("LANG", "C.UTF-8"),
        ("TZ", tools.time_zone),
        ("PYTHONHASHSEED", str(hash_seed)),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("PYTHONPATH", packages),  # for Python processes that a cell starts; the kernel searches it last
        ("MEDAI_LANG", language.value),
        ("MPLBACKEND", "module://matplotlib_inline.backend_inline"),
        ("MPLCONFIGDIR", "/tmp/matplotlib"),
        # one thread each: the same sums in the same order, and no stampede when many runs share the cores
        ("OMP_NUM_THREADS", "1"),
        ("OPENBLAS_NUM_THREADS", "1"),
        ("MKL_NUM_THREADS", "1"),
        ("NUMEXPR_NUM_THREADS", "1"),
        ("JOBLIB_MULTIPROCESSING", "0"),  # `n_jobs=2` runs one after another; its workers would need /proc
        # each further arena reserves 64 MB of address space, which is limited
        ("MALLOC_ARENA_MAX", "2"),
        *((("LD_LIBRARY_PATH", library),) if library else ()),
    )


def plan_launch(tools: Tools, plan: RoomPlan, status_fd: int, seccomp_fd: int) -> dict[str, Any]:
    """Return what `launch.py` is told."""
    staged = list(tools.layout.staged)
    if plan.lab:
        staged.append((plan.lab, "lab", LAB))
    return {
        "stage": STAGE,
        "binds": [[outside, name] for outside, name, _inside in staged],
        "files": [[name, content] for name, _path, content in MADE_FILES],
        "disks": [
            ["disk", plan.disk_bytes, INODES, ["work", "tmp", "shm"]],
            ["prints", plan.stream_bytes, 16, ["capture"]],
        ],
        "argv": bwrap_argv(
            _policy(tools, plan, staged, status_fd, seccomp_fd), _command(tools.layout, plan.start)
        ),
    }


def make_rlimits(limits: Limits) -> dict[str, int]:
    """Return the limits that each process inside gets."""
    return {
        "RLIMIT_AS": limits.memory_bytes,
        "RLIMIT_NPROC": limits.processes,
        "RLIMIT_FSIZE": limits.disk_bytes,
        "RLIMIT_NOFILE": DESCRIPTORS,
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 65_536,
    }


def _policy(
    tools: Tools, plan: RoomPlan, staged: list[tuple[str, str, str]], status_fd: int, seccomp_fd: int
) -> Policy:
    return Policy(
        bwrap=tools.bwrap,
        read_only=(
            *tools.layout.shown,
            *((f"{STAGE}/{name}", inside) for _outside, name, inside in staged),
            *((f"{STAGE}/{name}", path) for name, path, _content in MADE_FILES),
        ),
        writable=(
            (f"{STAGE}/disk/work", "/work"),
            (f"{STAGE}/disk/tmp", "/tmp"),
            (f"{STAGE}/disk/shm", "/dev/shm"),
            (f"{STAGE}/prints/capture", "/capture"),
        ),
        links=tools.layout.links,
        environment=plan.environment,
        status_fd=status_fd,
        seccomp_fd=seccomp_fd,
        disable_userns=tools.disable_userns,
    )


def _command(layout: Layout, start: str) -> tuple[str, ...]:
    # -I would also ignore PYTHONHASHSEED
    return (layout.program, "-s", "-S", "-P", "-c", start, *layout.package_paths, LAB)
