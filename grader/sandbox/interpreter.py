"""Where this Python lives and what of it a sandbox must show.

Knows `sys` and paths. Must not know jobs or bubblewrap's options. Whatever the paths are outside, inside
they are the same: /opt/python, /opt/packages…, unless Python belongs to the system (/usr).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SYSTEM_PATHS = ("/usr/bin", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache")
PACKAGE = Path(__file__).parents[1]
OWN_ROOMS = (("inside", PACKAGE / "sandbox" / "inside"), ("checking", PACKAGE / "checking"))
"""(name on the stage, directory) of the parts of the grader that run inside, and no others."""
SYSTEM_LINKS = ("/bin", "/sbin", "/lib", "/lib64")


@dataclass(frozen=True)
class Layout:
    """Directories of one Python installation, outside and inside."""

    program: str
    """Path of the interpreter inside."""
    staged: tuple[tuple[str, str, str], ...]
    """(path outside, name on the stage, path inside)."""
    shown: tuple[tuple[str, str], ...]
    """(path outside, path inside) of system paths, bound without a stage."""
    links: tuple[tuple[str, str], ...]
    """(target, path inside) of symbolic links."""
    package_paths: tuple[str, ...]
    """Directories inside that belong on `sys.path`, after the standard library."""
    library_path: str
    """LD_LIBRARY_PATH inside; empty when not needed."""


@cache
def find_layout() -> Layout:
    """Describe the Python that is running now."""
    prefix = Path(sys.base_prefix).resolve()
    program = Path(getattr(sys, "_base_executable", "") or sys.executable).resolve()
    if not program.is_relative_to(prefix):
        program = prefix / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    staged: list[tuple[str, str, str]] = []
    shown = [(path, path) for path in SYSTEM_PATHS if Path(path).exists()]
    library_path = ""
    if prefix.is_relative_to("/usr"):
        inside_program = str(program)
        if prefix != Path("/usr"):
            shown += [(f"{prefix}/{name}", f"{prefix}/{name}") for name in ("bin", "lib")]
    else:
        inside_program = f"/opt/python/{program.relative_to(prefix)}"
        staged.append((str(prefix), "python", "/opt/python"))
        library_path = "/opt/python/lib"
    packages: list[str] = []
    for number, folder in enumerate(_package_folders()):
        name = f"packages{number or ''}"
        staged.append((folder, name, f"/opt/{name}"))
        packages.append(f"/opt/{name}")
    for name, room in OWN_ROOMS:
        staged.append((str(room), name, f"/opt/medai/grader/{room.relative_to(PACKAGE).as_posix()}"))
    links = tuple((str(Path(name).readlink()), name) for name in SYSTEM_LINKS if Path(name).is_symlink())
    shown += [(name, name) for name in SYSTEM_LINKS if Path(name).is_dir() and not Path(name).is_symlink()]
    return Layout(inside_program, tuple(staged), tuple(shown), links, tuple(packages), library_path)


def _package_folders() -> list[str]:
    """Return the directories of installed packages, as this interpreter searches them."""
    folders: list[str] = []
    for entry in sys.path:
        folder = Path(entry).resolve()
        wanted = Path(entry).name in ("site-packages", "dist-packages") and folder.is_dir()
        if wanted and str(folder) not in folders:
            folders.append(str(folder))
    return folders
