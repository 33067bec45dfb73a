"""Steps aside before bubblewrap starts: lays out a private stage and gives up root.

Runs as its own short process, standard library only (`python -I -S launch.py PLAN`), because entering
namespaces and changing user cannot be done in the grader's own threads.

1. A private mount namespace (for an ordinary user inside a user namespace of its own).
2. On a stage in it: the directories the sandbox shows, under fixed names, so that what bubblewrap is
   told does not depend on where things are installed; and the zygote's own small disk.
3. When started by root: another, otherwise unused user id. Root's own id is exempt from the process
   limit and owns the host's files; after this step both cases are one.
4. `exec` bubblewrap.
"""

# pathlib would double the time this takes to start
# ruff: noqa: PTH102, PTH123

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from typing import Any

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_NOSUID, MS_NODEV, MS_BIND, MS_REC, MS_PRIVATE = 0x2, 0x4, 0x1000, 0x4000, 0x40000
PR_SET_PDEATHSIG = 1
FAILED = 90
"""Exit status that says: the stage could not be laid out (bubblewrap was never started)."""

_libc = ctypes.CDLL(None, use_errno=True)


def _check(status: int, step: str) -> None:
    if status != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{step}: {os.strerror(number)}")


def _mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    def encode(text: str | None) -> bytes | None:
        return None if text is None else os.fsencode(text)

    status = _libc.mount(encode(source), encode(target), encode(kind), ctypes.c_ulong(flags), encode(options))
    _check(status, f"mount {target}")


def spare_id(number: int, id_map: str) -> int:
    """Return a user id that nobody uses and that exists here; `number` keeps parallel runs apart."""
    top = max(int(first) + int(count) for first, _outer, count in map(str.split, id_map.strip().splitlines()))
    for base, span in ((0x7000_0000, 0x0100_0000), (61184, 4000)):
        if top > base + span:
            return base + number % span
    raise OSError(0, f"only {top} user ids are mapped here; the sandbox needs one that is not in use")


def _enter_namespaces(as_root: bool) -> None:
    uid, gid = os.getuid(), os.getgid()
    _check(_libc.unshare(CLONE_NEWNS | (0 if as_root else CLONE_NEWUSER)), "unshare")
    if not as_root:
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{uid} {uid} 1"),
            ("gid_map", f"{gid} {gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    _mount("none", "/", None, MS_REC | MS_PRIVATE)


def _lay_out(plan: dict[str, Any], uid: int) -> None:
    stage = plan["stage"]
    sources = [(os.open(source, os.O_PATH | os.O_CLOEXEC), name) for source, name in plan["binds"]]
    _mount("tmpfs", stage, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,nr_inodes=200,mode=755")
    for fd, name in sources:
        target = f"{stage}/{name}"
        os.mkdir(target)
        _mount(f"/proc/self/fd/{fd}", target, None, MS_BIND | MS_REC)
    for name, text in plan["files"]:
        with open(f"{stage}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
    for name, size, inodes, folders in plan["disks"]:
        target = f"{stage}/{name}"
        os.mkdir(target)
        _mount("tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, f"size={size},nr_inodes={inodes},mode=755")
        for folder in folders:
            os.mkdir(f"{target}/{folder}", 0o755)
            os.chown(f"{target}/{folder}", uid, uid if uid != os.getuid() else os.getgid())


def launch(plan: dict[str, Any]) -> None:
    """Lay out the stage, give up root and become bubblewrap."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != plan["parent"]:
        raise OSError(0, "the grader is gone")
    as_root = os.geteuid() == 0
    with open("/proc/self/uid_map") as file:
        uid = spare_id(os.getpid(), file.read()) if as_root else os.getuid()
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("900")  # should the whole machine run out of memory, learners' rooms go first, then this
    _enter_namespaces(as_root)
    _lay_out(plan, uid)
    if as_root:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # changing user has cleared it
    os.chdir("/")
    os.execve(plan["argv"][0], plan["argv"], {"PATH": "/usr/bin:/bin"})  # noqa: S606  no shell is meant


if __name__ == "__main__":
    try:
        launch(json.loads(sys.argv[1]))
    except OSError as error:
        sys.stderr.write(f"launch: {error}\n")
        raise SystemExit(FAILED) from None
