"""What trainees run also runs in a browser's Python: no threads, processes, sockets or other packages."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.authoring.build import build_release
from grader.manifest.read import load_course
from grader.model.assignment import CellRole
from grader.text import Language

ROOT = Path(__file__).parents[3]
COURSE = load_course(ROOT)
NETWORK = {"recording.py", "remote.py", "server.py"}
"""What of the lab speaks to other programs; imported only when asked for, never with the package."""
LAB = [path for path in sorted((ROOT / "course" / "medai_lab").rglob("*.py")) if path.name not in NETWORK]
PACKAGES = {"numpy", "pandas", "sklearn", "matplotlib", "medai_lab"}
MISSING = {
    "_thread", "asyncio", "concurrent", "ctypes", "curses", "dbm", "ftplib", "http", "imaplib", "mmap",
    "multiprocessing", "poplib", "pty", "queue", "select", "signal", "smtplib", "socket", "socketserver",
    "ssl", "subprocess", "telnetlib", "threading", "tkinter", "turtle", "urllib", "webbrowser", "xmlrpc",
}  # fmt: skip
"""Modules that a browser's Python lacks, or has without what they are for."""
ALLOWED = (set(sys.stdlib_module_names) | PACKAGES) - MISSING


def sources(name: str) -> Iterator[str]:
    """Yield every code cell of a practice notebook and of an assignment as released, in both languages."""
    practice = COURSE.modules[name].practice
    assert practice is not None
    yield from (cell.source for cell in practice.cells if cell.role is CellRole.CODE)
    content = COURSE.assignments[name]
    for language in Language:
        release = build_release(content.sheet, content.assignment, language)
        yield from ("".join(cell["source"]) for cell in release["cells"] if cell["cell_type"] == "code")


def unsafe(source: str) -> set[str]:
    """Return modules that a browser lacks, and `n_jobs`, which starts processes."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            if node.module != "urllib.parse":  # reads addresses and opens none
                found.add((node.module or "").partition(".")[0])
        elif isinstance(node, ast.keyword) and node.arg == "n_jobs":
            found.add("n_jobs")
    return found - ALLOWED


@pytest.mark.parametrize("name", list(COURSE.modules))
def test_notebooks_need_only_what_a_browser_has(name: str) -> None:
    """Practice notebooks and releases import the standard library and four packages."""
    assert {one for source in sources(name) for one in unsafe(source)} == set()


@pytest.mark.parametrize("path", LAB, ids=[path.stem for path in LAB])
def test_the_lab_needs_only_what_a_browser_has(path: Path) -> None:
    """The package that notebooks import does so too."""
    assert unsafe(path.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize(
    "source",
    ["import threading", "from urllib import request", "import scipy", "fit(n_jobs=2)", "import socket as s"],
)
def test_what_a_browser_lacks_is_found(source: str) -> None:
    """The check notices threads, sockets, other packages and parallel fitting."""
    assert unsafe(source)
