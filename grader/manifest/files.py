"""Files as the course keeps them: which exist, and their text with everything wrong in it as text.

Knows the file system and encodings; must not know what any file means.
"""

from __future__ import annotations

import os
from pathlib import Path

from grader.errors import Problem

COURSE_FOLDERS = ("course/", "assignments/", "docs/")

_PRUNED = frozenset({"__pycache__", "node_modules"})
_PRUNED_AT_TOP = frozenset({"build", "dist", "site"})
_BINARY = (
    *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".pdf", ".woff", ".woff2", ".ttf", ".otf", ".wasm"),
    *(".zip", ".gz", ".xz", ".xlsx", ".docx", ".pptx", ".hwp", ".hwpx", ".parquet", ".npy", ".npz", ".pyc"),
)


class Tree:
    """A repository's files, read once; `problems` grows as broken ones are met."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.paths = _list_files(root)
        self.problems: list[Problem] = []
        self._bytes: dict[str, bytes] = {}

    def exists(self, path: str) -> bool:
        """Whether a file, not a directory, stands at `path`."""
        return path in self.paths

    def under(self, folder: str, suffix: str = "") -> list[str]:
        """Return the sorted paths of all files under `folder`, which ends with a slash."""
        return sorted(path for path in self.paths if path.startswith(folder) and path.endswith(suffix))

    def folders(self, folder: str) -> list[str]:
        """Return the sorted names of the directories directly in `folder` that hold files."""
        rests = (path.removeprefix(folder) for path in self.paths if path.startswith(folder))
        return sorted({rest.split("/", 1)[0] for rest in rests if "/" in rest})

    def read_bytes(self, path: str) -> bytes | None:
        """Return the content of `path`; None, and a problem, when it cannot be read."""
        if path not in self._bytes:
            try:
                self._bytes[path] = (self.root / path).read_bytes()
            except OSError as error:
                self._report(
                    path,
                    0,
                    "unreadable-file",
                    f"the file cannot be read: {error.strerror}",
                    "Check its permissions, or whether it is a broken link.",
                )
                return None
        return self._bytes[path]

    def read_text(self, path: str) -> str | None:
        """Return the text of a file that must be there and be UTF-8; None, and a problem, when not."""
        if not self.exists(path):
            is_folder = (self.root / path).is_dir()
            message = "a directory stands where a file should be" if is_folder else "the file is missing"
            self._report(path, 0, "missing-file", message, "Create it, or restore it from Git.")
            return None
        content = self.read_bytes(path)
        if content is None:
            return None
        if content.startswith(b"\xef\xbb\xbf"):
            self._report(
                path,
                1,
                "byte-order-mark",
                "the file starts with a byte order mark, which other programs read as text",
                "Save it as “UTF-8” (not “UTF-8 with BOM”).",
            )
            content = content[3:]
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            self._report(
                path,
                content.count(b"\n", 0, error.start) + 1,
                "not-utf8",
                "the file is not UTF-8 (saved as EUC-KR, CP949 or UTF-16?)",
                "Open it in an editor and save it with the encoding UTF-8.",
            )
            return None
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def loose_text(self, path: str) -> str | None:
        """Return the text of any file, whatever its encoding; None when it is not text."""
        if path.lower().endswith(_BINARY):
            return None
        content = self.read_bytes(path)
        if content is None or b"\0" in content[:8192]:
            return None
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return content.decode("cp949", errors="replace")

    def _report(self, path: str, line: int, code: str, message: str, hint: str) -> None:
        problem = Problem(path, line, code, message, hint)
        if problem not in self.problems:
            self.problems.append(problem)


def _list_files(root: Path) -> frozenset[str]:
    found = []
    for folder, names, files in os.walk(root):
        at_top = folder == str(root)
        names[:] = [
            name
            for name in names
            if not name.startswith(".") and name not in _PRUNED and not (at_top and name in _PRUNED_AT_TOP)
        ]
        inside = os.path.relpath(folder, root).replace(os.sep, "/")
        prefix = "" if inside == "." else inside + "/"
        found += [prefix + name for name in files]
    return frozenset(found)
