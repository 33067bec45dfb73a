"""What bubblewrap is told, word for word."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from grader.sandbox.argv import Policy, bwrap_argv
from grader.sandbox.interpreter import Layout
from grader.sandbox.plan import (
    LEARNING,
    SCIENCE,
    RoomPlan,
    Tools,
    ZygotePlan,
    choose_modules,
    make_environment,
    plan_launch,
    plan_room,
)
from grader.text import Language

GOLDEN = Path(__file__).parent / "golden" / "bwrap_argv.txt"
LAYOUT = Layout(
    program="/opt/python/bin/python3.11",
    staged=(
        ("/home/kim/python", "python", "/opt/python"),
        ("/home/kim/course/.venv/lib/python3.11/site-packages", "packages", "/opt/packages"),
        ("/home/kim/course/grader/sandbox/inside", "inside", "/opt/medai/grader/sandbox/inside"),
    ),
    shown=(("/usr/bin", "/usr/bin"), ("/usr/lib", "/usr/lib"), ("/etc/ld.so.cache", "/etc/ld.so.cache")),
    links=(("usr/bin", "/bin"), ("usr/lib", "/lib")),
    package_paths=("/opt/packages",),
    library_path="/opt/python/lib",
)
TOOLS = Tools("/usr/bin/bwrap", LAYOUT, "Asia/Seoul")
POLICY = Policy(
    bwrap="/usr/bin/bwrap",
    read_only=(("/usr/bin", "/usr/bin"),),
    writable=(("/tmp/disk/tmp", "/tmp"),),
    links=(("usr/bin", "/bin"),),
    environment=(("HOME", "/work"),),
    folders=("/work",),
    status_fd=11,
)


def make_plan(home: str = "/home/kim", lab: str = "") -> dict[str, object]:
    """Plan a launch on a machine where everything lies below `home`."""
    staged = tuple(
        (outside.replace("/home/kim", home), name, inside) for outside, name, inside in LAYOUT.staged
    )
    tools = replace(TOOLS, layout=replace(LAYOUT, staged=staged))
    return plan_launch(tools, ZygotePlan(7, lab=lab), status_fd=11, proc_fd=12)


def test_argv_is_the_golden_one() -> None:
    """Every option of every wall is written down and reviewed; a change shows in a diff."""
    argv = make_plan(lab="/home/kim/course/build/lab")["argv"]
    assert isinstance(argv, list)
    assert "\n".join(argv) + "\n" == GOLDEN.read_text(encoding="utf-8")


def test_argv_does_not_depend_on_where_things_are_installed() -> None:
    """The same assignment runs in the same place on every machine, and no outside path shows inside."""
    here, there = make_plan("/home/kim"), make_plan("/srv/의료")
    assert here["argv"] == there["argv"]
    assert "/home/kim" not in str(here["argv"])
    assert here["binds"] != there["binds"]


def test_every_namespace_is_fresh() -> None:
    """User, pid, mount (always), network, ipc, host name and cgroup namespaces are the sandbox's own."""
    argv = bwrap_argv(POLICY, ("true",))
    for namespace in ("user", "pid", "net", "ipc", "uts", "cgroup"):
        assert f"--unshare-{namespace}" in argv


def test_root_is_read_only_after_the_last_mount() -> None:
    """Bubblewrap's root is a tmpfs without a limit, so it is closed when everything is in place."""
    argv = bwrap_argv(POLICY, ("true",))
    mounts = [i for i, word in enumerate(argv) if word in {"--bind", "--ro-bind", "--dev-bind", "--symlink"}]
    assert argv.index("--remount-ro") > max(mounts)
    assert "--proc" not in argv


def test_the_environment_is_complete_and_made_up() -> None:
    """Nothing is inherited; hash seed and language are the job's."""
    environment = dict(make_environment(TOOLS, 7))
    assert "--clearenv" in bwrap_argv(POLICY, ("true",))
    assert environment["PYTHONHASHSEED"] == "7"
    assert environment["TZ"] == "Asia/Seoul"
    room = plan_room(RoomPlan("cells", 1000, 100, seed=7, language=Language.EN), b"")
    assert room["environment"] == {"MEDAI_LANG": "en"}


def test_every_room_has_namespaces_of_its_own() -> None:
    """User, mount, network, ipc and host name; the zygote adds the process table. The filter is passed on."""
    walls = plan_room(RoomPlan("cells", 1000, 100), b"12345678")["walls"]
    for flag in (0x10000000, 0x00020000, 0x40000000, 0x08000000, 0x04000000):
        assert walls["namespaces"] & flag
    assert walls["seccomp"] == "MTIzNDU2Nzg="
    assert {place for disk in walls["disks"] for place in disk["places"]} == {
        "/work",
        "/tmp",
        "/dev/shm",
        "/capture",
    }


def test_the_zygote_is_told_nothing_of_the_learners() -> None:
    """Its memory is copied into every room: what it does not know cannot leak."""
    plan = plan_room(RoomPlan("cells", 1000, 100), b"")
    assert set(plan) == {"role", "seed", "environment", "walls"}


def test_what_is_warm_depends_on_the_job_alone() -> None:
    """scikit-learn is loaded for jobs that name it, whatever ran before."""
    assert choose_modules(["import numpy as np", "x = 1"]) == SCIENCE
    assert (
        choose_modules(["x = 1", "from sklearn.linear_model import LogisticRegression"]) == SCIENCE + LEARNING
    )
