"""The outer walls as text: what bubblewrap is told.

Behind them lives the zygote, which is ours; each learner's room is closed off once more, see `inside.birth`.

Pure. Knows bubblewrap's options; must not look at this machine: a `Policy` says everything.
"""

from __future__ import annotations

from dataclasses import dataclass

INSIDE_ID = "1000"
"""User and group id of the zygote."""
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


@dataclass(frozen=True)
class Policy:
    """What one sandbox shows and allows."""

    bwrap: str
    """Path of the bubblewrap program."""
    read_only: tuple[tuple[str, str], ...]
    """(path outside, path inside)."""
    writable: tuple[tuple[str, str], ...]
    """(path outside, path inside)."""
    links: tuple[tuple[str, str], ...]
    """(target, path inside) of symbolic links."""
    folders: tuple[str, ...]
    """Empty directories, for what rooms mount."""
    environment: tuple[tuple[str, str], ...]
    """The whole environment; nothing is inherited."""
    status_fd: int


def bwrap_argv(policy: Policy, command: tuple[str, ...]) -> list[str]:
    """Return the command line that runs `command` behind the walls of `policy`."""
    argv = [policy.bwrap]
    argv += ["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net"]
    argv += ["--unshare-cgroup", "--uid", INSIDE_ID, "--gid", INSIDE_ID, "--hostname", "sandbox"]
    # the one right in its own namespaces that making process tables needs; rooms have none
    argv += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN"]
    argv += ["--clearenv"]
    for name, value in policy.environment:
        argv += ["--setenv", name, value]
    for outside, inside in policy.read_only:
        argv += ["--ro-bind", outside, inside]
    for target, inside in policy.links:
        argv += ["--symlink", target, inside]
    # No /proc and no /sys: what they show (other mounts, kernel, memory of processes) no lesson needs.
    for device in DEVICES:
        argv += ["--dev-bind", device, device]
    for outside, inside in policy.writable:
        argv += ["--bind", outside, inside]
    for folder in policy.folders:
        argv += ["--dir", folder]
    # After everything is mounted: the root itself is a tmpfs without a size limit.
    argv += ["--remount-ro", "/", "--chdir", "/", "--json-status-fd", str(policy.status_fd)]
    return [*argv, "--", *command]
