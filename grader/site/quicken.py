"""Keeps a build per language from doing the theme's work twice.

Knows MkDocs' theme object and Jinja; must not know the course. MkDocs makes a new template environment for
every build and, to find the theme's files, walks over its twelve thousand icons; with one nested build per
language that is half of a small site's time. The pages come out the same.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import jinja2
from mkdocs.structure.files import Files
from mkdocs.theme import Theme


class ThemeLoader(jinja2.FileSystemLoader):
    """Lists templates without looking into hidden folders, which MkDocs never publishes."""

    def list_templates(self) -> list[str]:
        """Return every template below the search path, in order."""
        found: set[str] = set()
        for folder in map(str, self.searchpath):
            for parent, folders, names in os.walk(folder, followlinks=self.followlinks):
                folders[:] = [name for name in folders if not name.startswith(".")]
                below = os.path.relpath(parent, folder).replace(os.sep, "/")
                found.update(name if below == "." else f"{below}/{name}" for name in names)
        return sorted(found)


def share_templates(theme: Theme, cache: Path) -> None:
    """Let every build of this run use one template environment; compiled templates are kept in `cache`."""
    make = type(theme).get_env
    made: dict[tuple[Any, ...], jinja2.Environment] = {}
    cache.mkdir(parents=True, exist_ok=True)

    def get_env() -> jinja2.Environment:
        # static-i18n puts its folder in front once more for every language.
        theme.dirs[:] = list(dict.fromkeys(theme.dirs))
        key = (*theme.dirs, str(theme.locale))
        if key not in made:
            env = make(theme)
            env.loader = ThemeLoader(theme.dirs)
            env.bytecode_cache = jinja2.FileSystemBytecodeCache(str(cache))
            made[key] = env
        return made[key]

    theme.get_env = get_env  # type: ignore[method-assign]


def forget_copied_files(files: Files) -> None:
    """Take the theme's own files out of a nested build: the outermost one has copied them."""
    for file in list(files):
        if file.generated_by is None and not file.is_documentation_page() and not hasattr(file, "locale"):
            files.remove(file)
