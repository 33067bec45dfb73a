"""What bubblewrap is told, word for word."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from grader.sandbox.argv import Policy, bwrap_argv
from grader.sandbox.interpreter import Layout
from grader.sandbox.plan import KERNEL_START, RoomPlan, Tools, make_environment, plan_launch
from grader.text import Language

GOLDEN = Path(__file__).parent / "golden" / "bwrap_argv.txt"
LAYOUT = Layout(
    program="/opt/python/bin/python3.11",
    staged=(
        ("/home/kim/python", "python", "/opt/python"),
        ("/home/kim/course/.venv/lib/python3.11/site-packages", "packages", "/opt/packages"),
        ("/home/kim/course/grader/sandbox/inside", "inside", "/opt/medai/inside"),
    ),
    shown=(("/usr/bin", "/usr/bin"), ("/usr/lib", "/usr/lib"), ("/etc/ld.so.cache", "/etc/ld.so.cache")),
    links=(("usr/bin", "/bin"), ("usr/lib", "/lib")),
    package_paths=("/opt/packages",),
    library_path="/opt/python/lib",
)
TOOLS = Tools("/usr/bin/bwrap", LAYOUT, "Asia/Seoul", disable_userns=True)
POLICY = Policy(
    bwrap="/usr/bin/bwrap",
    read_only=(("/usr/bin", "/usr/bin"),),
    writable=(("/tmp/disk/work", "/work"),),
    links=(("usr/bin", "/bin"),),
    environment=(("HOME", "/work"),),
    status_fd=11,
    seccomp_fd=12,
)


def make_plan(home: str = "/home/kim", lab: str = "") -> dict[str, object]:
    """Plan a launch on a machine where everything lies below `home`."""
    staged = tuple(
        (outside.replace("/home/kim", home), name, inside) for outside, name, inside in LAYOUT.staged
    )
    tools = replace(TOOLS, layout=replace(LAYOUT, staged=staged))
    room = RoomPlan(
        KERNEL_START,
        make_environment(tools, 7, Language.KO),
        disk_bytes=64_000_000,
        stream_bytes=465_536,
        lab=lab,
    )
    return plan_launch(tools, room, status_fd=11, seccomp_fd=12)


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


def test_an_older_bubblewrap_gets_only_options_it_knows() -> None:
    """`--disable-userns` came with 0.8; the system-call filter refuses namespaces without it."""
    argv = bwrap_argv(replace(POLICY, disable_userns=False), ("true",))
    assert "--disable-userns" not in argv
    assert "--seccomp" in argv


def test_the_environment_is_complete_and_made_up() -> None:
    """Nothing is inherited; hash seed and language are the job's."""
    environment = dict(make_environment(TOOLS, 7, Language.EN))
    assert "--clearenv" in bwrap_argv(POLICY, ("true",))
    assert environment["PYTHONHASHSEED"] == "7"
    assert environment["MEDAI_LANG"] == "en"
    assert environment["TZ"] == "Asia/Seoul"
