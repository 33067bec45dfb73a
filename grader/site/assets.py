"""The files that every site carries: styles and scripts of this package.

Knows the folder `assets/` beside this module; must not know MkDocs.
"""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).with_name("assets")
_PREFIX = "assets/medai"
_WRITTEN_LATER = ("fonts/", "search/")
"""Sources that are published in another form after the build."""
_UNLINKED = {"iframe-worker.js"}
"""Loaded by the theme itself."""
_GENERATED_CSS = (f"{_PREFIX}/fonts.css",)


def asset_files() -> dict[str, Path]:
    """Return the files to publish: path in the site → file."""
    names = {
        path.relative_to(_FOLDER).as_posix(): path for path in sorted(_FOLDER.rglob("*")) if path.is_file()
    }
    return {f"{_PREFIX}/{name}": path for name, path in names.items() if not name.startswith(_WRITTEN_LATER)}


def linked_styles() -> list[str]:
    """Return the style sheets of every page, in order; the first one is written after the build."""
    return [*_GENERATED_CSS, *(f"{_PREFIX}/{path.name}" for path in sorted(_FOLDER.glob("*.css")))]


def linked_scripts() -> list[str]:
    """Return the scripts of every page, in order."""
    return [f"{_PREFIX}/{path.name}" for path in sorted(_FOLDER.glob("*.js")) if path.name not in _UNLINKED]
