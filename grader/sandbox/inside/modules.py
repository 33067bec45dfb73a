"""What test cells can import: installed packages, and last the author's own modules beside the notebook.

Knows Python's import system. Standard library only. Nothing that a learner can write to decides what is
imported here: the current folder is not searched, and the author's modules are the ones that came with the
job, whatever lies on the disk by the time that they are imported.
"""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType


def restrict_imports(files: Iterable[Sequence[str]]) -> None:
    """Search the current folder no more; `files` are relative paths and base64 content."""
    here = os.path.realpath(os.curdir)
    sys.path[:] = [entry for entry in sys.path if os.path.realpath(entry or os.curdir) != here]
    modules = {path: base64.b64decode(content) for path, content in files if path.endswith(".py")}
    if modules:
        sys.meta_path.append(AuthorModules(here, modules))


class AuthorModules(MetaPathFinder):
    """Finds the author's modules; asked last, so that none takes the place of an installed package."""

    def __init__(self, folder: str, sources: Mapping[str, bytes]) -> None:
        self._folder = folder
        self._sources = {os.path.normpath(path): source for path, source in sources.items()}
        self._packages: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return where an import finds its module, None if the author has none of this name."""
        parent = fullname.rpartition(".")[0]
        if parent and parent not in self._packages:
            return None  # a part of a package that is not the author's
        place = fullname.replace(".", "/")
        for name in (f"{place}/__init__.py", f"{place}.py"):
            if name in self._sources:
                return self._make_spec(fullname, name)
        if any(name.startswith(f"{place}/") for name in self._sources):
            self._packages.add(fullname)
            return ModuleSpec(fullname, None, is_package=True)
        return None

    def _make_spec(self, fullname: str, name: str) -> ModuleSpec | None:
        file = f"{self._folder}/{name}"
        spec = spec_from_file_location(fullname, file, loader=_AuthorSource(file, self._sources[name]))
        if spec is not None and name.endswith("/__init__.py"):
            self._packages.add(fullname)
            spec.submodule_search_locations = []  # no folder: the disk has no part of it either
        return spec


class _AuthorSource(SourceLoader):
    """One module's source, as it came with the job."""

    def __init__(self, file: str, source: bytes) -> None:
        self._file = file
        self._source = source

    def get_filename(self, fullname: str) -> str:
        return self._file

    def get_data(self, path: str) -> bytes:
        return self._source if path == self._file else Path(path).read_bytes()
