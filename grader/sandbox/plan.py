"""What zygotes and rooms are made of: the stage, the disks, the environment, the command, the walls.

Pure: from a `Layout` and limits to the text that `launch`, bubblewrap and the zygote are given. Must not
start anything or read this machine.
"""

# paths inside the sandbox, or in a mount namespace of its own
# ruff: noqa: S108

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from grader.model.work import Limits
from grader.sandbox.argv import Policy, bwrap_argv
from grader.sandbox.interpreter import Layout
from grader.text import Language

STAGE = "/tmp"
"""Where `launch` lays things out, in a mount namespace of its own; any directory that always exists."""
LAB = "/opt/lab"
ZYGOTE_DISK_BYTES = 16_000_000
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

SCIENCE = ("numpy", "pandas", "matplotlib.pyplot", "matplotlib_inline.backend_inline")
LEARNING = ("sklearn.linear_model", "sklearn.metrics", "sklearn.model_selection")
ZYGOTE_START = (
    "import sys; more = sys.argv[3:]; sys.path[:] = [path for path in sys.path if path not in more] + more; "
    "sys.path.insert(0, '/opt/medai'); from grader.sandbox.inside.zygote import main; "
    "sys.path[0] = ''; main()"
)
NAMESPACES = 0x00020000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x40000000
"""CLONE_NEWNS, NEWUTS, NEWIPC, NEWUSER and NEWNET; process tables are made by the zygote itself."""
LEARNER_ID = 1000
"""User and group id that a learner's program sees."""


@dataclass(frozen=True)
class Tools:
    """What this machine offers; found once."""

    bwrap: str
    layout: Layout
    time_zone: str


@dataclass(frozen=True)
class ZygotePlan:
    """What distinguishes one zygote from another."""

    hash_seed: int = 0
    modules: tuple[str, ...] = SCIENCE
    lab: str = ""
    """Directory outside that holds the medai_lab package."""
    lab_stamp: tuple[int, ...] = ()
    """Changes when another directory takes its place."""


@dataclass(frozen=True)
class RoomPlan:
    """What one room is given."""

    role: str
    disk_bytes: int
    stream_bytes: int
    seed: int = 0
    language: Language = Language.KO
    core: int | None = None
    """The only core that it uses."""


def choose_modules(sources: Iterable[str]) -> tuple[str, ...]:
    """Return what a zygote should have imported for cells; depends on the job alone, as outcomes must."""
    if any("sklearn" in source for source in sources):
        return SCIENCE + LEARNING
    return SCIENCE


def make_environment(tools: Tools, hash_seed: int) -> tuple[tuple[str, str], ...]:
    """Return everything that `os.environ` holds inside, but for what differs from room to room."""
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
        ("MPLBACKEND", "module://matplotlib_inline.backend_inline"),
        ("MPLCONFIGDIR", "/tmp/matplotlib"),
        # one thread each: the same sums in the same order, no stampede when many runs share the cores, and
        # nothing but the thread that is copied
        ("OMP_NUM_THREADS", "1"),
        ("OPENBLAS_NUM_THREADS", "1"),
        ("MKL_NUM_THREADS", "1"),
        ("NUMEXPR_NUM_THREADS", "1"),
        ("JOBLIB_MULTIPROCESSING", "0"),  # `n_jobs=2` runs one after another; its workers would need /proc
        # each further arena reserves 64 MB of address space, which is limited
        ("MALLOC_ARENA_MAX", "2"),
        *((("LD_LIBRARY_PATH", library),) if library else ()),
    )


def plan_launch(tools: Tools, plan: ZygotePlan, status_fd: int, proc_fd: int) -> dict[str, Any]:
    """Return what `launch.py` is told to start a zygote."""
    staged = list(tools.layout.staged)
    if plan.lab:
        staged.append((plan.lab, "lab", LAB))
    return {
        "stage": STAGE,
        "binds": [[outside, name] for outside, name, _inside in staged],
        "files": [[name, content] for name, _path, content in MADE_FILES],
        "disks": [["disk", ZYGOTE_DISK_BYTES, 100, ["tmp"]]],
        "argv": bwrap_argv(
            _policy(tools, plan, staged, status_fd), _command(tools.layout, plan.modules, proc_fd)
        ),
    }


def plan_walls(plan: RoomPlan, seccomp: bytes) -> dict[str, Any]:
    """Return what a room is closed off with."""
    return {
        "namespaces": NAMESPACES,
        "uid": LEARNER_ID,
        "disks": [
            {"size": plan.disk_bytes, "inodes": INODES, "places": ["/work", "/tmp", "/dev/shm"]},
            {"size": plan.stream_bytes, "inodes": 16, "places": ["/capture"]},
        ],
        "directory": "/work",
        "core": plan.core,
        "seccomp": b64encode(seccomp).decode(),
    }


def plan_room(plan: RoomPlan, seccomp: bytes) -> dict[str, Any]:
    """Return what the zygote is told about one room: nothing of the learner's."""
    return {
        "role": plan.role,
        "seed": plan.seed,
        "environment": {"MEDAI_LANG": plan.language.value},
        "walls": plan_walls(plan, seccomp),
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


def _policy(tools: Tools, plan: ZygotePlan, staged: list[tuple[str, str, str]], status_fd: int) -> Policy:
    return Policy(
        bwrap=tools.bwrap,
        read_only=(
            *tools.layout.shown,
            *((f"{STAGE}/{name}", inside) for _outside, name, inside in staged),
            *((f"{STAGE}/{name}", path) for name, path, _content in MADE_FILES),
        ),
        writable=((f"{STAGE}/disk/tmp", "/tmp"),),
        folders=("/work", "/dev/shm", "/capture", "/stage"),
        links=tools.layout.links,
        environment=make_environment(tools, plan.hash_seed),
        status_fd=status_fd,
    )


def _command(layout: Layout, modules: tuple[str, ...], proc_fd: int) -> tuple[str, ...]:
    # -I would also ignore PYTHONHASHSEED
    start = (layout.program, "-s", "-S", "-P", "-c", ZYGOTE_START, str(proc_fd), ",".join(modules))
    return (*start, *layout.package_paths, LAB)
