"""Complaints of the system, turned into a next step.

Knows what machines forbid and how that is changed. Must not know jobs or processes.
"""

from __future__ import annotations

import contextlib
from pathlib import Path


def find_hint(complaint: str) -> str:
    """Return what to do about a message of the launcher or of bubblewrap."""
    for path, forbidden, setting in (
        ("/proc/sys/kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
        ("/proc/sys/user/max_user_namespaces", "0", "user.max_user_namespaces=15000"),
        (
            "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "kernel.apparmor_restrict_unprivileged_userns=0",
        ),
    ):
        with contextlib.suppress(OSError):
            if Path(path).read_text().strip() == forbidden:
                return f"this machine forbids user namespaces; as administrator: `sysctl -w {setting}`"
    if "unshare" in complaint or "namespace" in complaint:
        return (
            "this machine forbids user namespaces; in a container start it with "
            "`--security-opt seccomp=unconfined --security-opt apparmor=unconfined`"
        )
    if "ermission denied" in complaint:
        return (
            "let everybody read the Python installation: `chmod -R a+rX` on it and on the virtual environment"
        )
    return "read the message above; `bwrap --ro-bind / / true` shows whether bubblewrap works at all"
