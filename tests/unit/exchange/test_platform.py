"""The exchange runs on trainees' own machines: nothing in it is of one system only."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

EXCHANGE = Path(__file__).parents[3] / "grader" / "exchange"
OF_UNIX = {"fcntl", "pwd", "grp", "resource", "termios", "pty"}
MISSING_ON_WINDOWS = {
    *("fork", "getuid", "geteuid", "getpgid", "killpg", "O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY"),
    *("fchmod", "chown", "mkfifo", "statvfs", "sysconf", "uname", "symlink"),
}
IMPORT_ALL = """
import builtins, sys
real = builtins.__import__
def refuse(name, globals=None, *rest, **named):
    if name in {modules!r} and (globals or {{}}).get("__name__", "").startswith("grader."):
        raise ModuleNotFoundError(name)
    return real(name, globals, *rest, **named)
builtins.__import__ = refuse
import grader.nbgrader_plugins
loaded = sorted(name for name in sys.modules if name.startswith("grader."))
print(" ".join(loaded))
"""


def test_imports_without_what_only_unix_has() -> None:
    code = IMPORT_ALL.format(modules=OF_UNIX)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "grader.exchange.submit" in loaded
    rooms = {name.split(".")[1] for name in loaded}
    assert rooms <= {"exchange", "archives", "errors", "text", "nbgrader_plugins"}, rooms


def test_uses_nothing_that_windows_lacks() -> None:
    found = [
        f"{path.name}:{node.lineno} {node.attr}"
        for path in EXCHANGE.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in MISSING_ON_WINDOWS
    ]
    assert found == []


def test_the_client_needs_the_standard_library_alone() -> None:
    tree = ast.parse((EXCHANGE / "client.py").read_text(encoding="utf-8"))
    imported = {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported |= {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert imported - set(sys.stdlib_module_names) == {"grader"}
