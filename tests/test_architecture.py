"""The rooms of grader/ and who may import whom; see CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

GRADER = Path(__file__).parent.parent / "grader"
LEVELS: dict[str, int] = {
    "errors": 0, "text": 0,
    "model": 1,
    "manifest": 2, "authoring": 2, "checking": 2, "export": 2, "ports": 2,
    "archives": 2, "receipts": 2, "statistics": 2,
    "sandbox": 3, "grading": 3, "store": 3, "exchange": 3, "lms": 3,
    "site": 4, "wire": 4, "portal": 5, "nbgrader_plugins": 5, "cli": 6, "demo": 6,
}  # fmt: skip
SIBLINGS_APART = 3
BANNED = re.compile(r"(^|_)(utils?|helpers?|managers?|handlers?|base|misc)(_|$)", re.IGNORECASE)
PURE_ROOMS = ("errors", "text", "model", "authoring", "export", "ports", "archives", "receipts", "statistics")
IO_MODULES = {
    "os",
    "socket",
    "subprocess",
    "sqlite3",
    "shutil",
    "tempfile",
    "time",
    "random",
    "sqlalchemy",
    "nbgrader",
}
MAX_LINES = 400
LONG_WITH_REASON: dict[str, str] = {}


def modules() -> list[Path]:
    return sorted(p for p in GRADER.rglob("*.py") if "__pycache__" not in p.parts)


def room_of(path: Path) -> str:
    first = path.relative_to(GRADER).parts[0]
    return first.removesuffix(".py")


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(GRADER)))
def test_module_keeps_to_its_room(path: Path) -> None:
    """A module imports only from rooms below it; I/O siblings never meet; packages hold only a docstring."""
    room = room_of(path)
    faults = []
    if room == "__init__":
        return
    assert room in LEVELS, f"room {room} has no level: add it to LEVELS and CONTRIBUTING.md"
    for line, name in imports_of(path):
        parts = name.split(".")
        if parts[0] == "grader" and len(parts) > 1 and parts[1] in LEVELS:
            other = parts[1]
            upward = LEVELS[other] > LEVELS[room]
            sideways = other != room and LEVELS[other] == LEVELS[room] == SIBLINGS_APART
            if upward or sideways:
                faults.append(f"{path.name}:{line} imports {name}: {room} may not know {other}")
        if room in PURE_ROOMS and parts[0] in IO_MODULES:
            faults.append(f"{path.name}:{line} imports {name}: {room} is pure")
    if path.name == "__init__.py":
        body = ast.parse(path.read_text(encoding="utf-8")).body
        if len(body) != 1 or not isinstance(body[0], ast.Expr):
            faults.append(f"{path}: a package file holds its docstring and nothing else")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(GRADER)))
def test_module_is_readable(path: Path) -> None:
    """Every module opens with a docstring, has a telling name and is not too long."""
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), f"{path} needs a docstring: what it knows and must not know"
    assert not BANNED.search(path.stem), f"{path.stem} says nothing: name what it does"
    key = str(path.relative_to(GRADER))
    if key not in LONG_WITH_REASON:
        lines = len(text.splitlines())
        assert lines <= MAX_LINES, f"{key} has {lines} lines: split it"


def test_every_level_exists() -> None:
    """LEVELS names no room that is gone."""
    rooms = {room_of(path) for path in modules()}
    assert not {room for room in LEVELS if room not in rooms}


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("grader.site.plugin", ["nbgrader", "sqlalchemy", "jupyter_client", "tornado", "IPython"]),
        ("grader.cli.main", ["nbgrader", "sqlalchemy", "mkdocs", "matplotlib", "pandas", "IPython"]),
    ],
)
def test_start_up_stays_light(module: str, unwanted: list[str]) -> None:
    """Importing an edge loads no heavy library that only some commands need."""
    code = f"import sys, {module}; print([m for m in {unwanted!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
