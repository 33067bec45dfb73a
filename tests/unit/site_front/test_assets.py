"""Styles and scripts of the site: nothing from elsewhere, no words of their own, nothing oversized."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ASSETS = Path(__file__).parents[3] / "grader" / "site" / "assets"
OURS = sorted(
    path for path in ASSETS.rglob("*") if path.suffix in (".css", ".js") and path.name != "iframe-worker.js"
)


def _code(path: Path) -> str:
    """The file without comments."""
    return re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_no_file_names_another_host(path: Path) -> None:
    """The site runs without the internet; comments may cite, code may not load."""
    assert "//" not in re.sub(r"https?://127\.0\.0\.1", "", _code(path)).replace("file://", "")


@pytest.mark.parametrize("name", ["quiz.js", "keys.js"])
def test_scripts_hold_no_words(name: str) -> None:
    """Texts come from the page, so both languages share one script."""
    assert not re.search(r"[가-힣]", _code(ASSETS / name))


def test_files_are_small_enough_to_keep_in_git() -> None:
    """The source font is the largest file, below 2.5 MB."""
    assert max(path.stat().st_size for path in ASSETS.rglob("*") if path.is_file()) < 2_500_000


def test_source_font_has_its_licence_and_provenance() -> None:
    """The unmodified font stands beside its licence, its origin and its checksum."""
    import hashlib

    font = ASSETS / "fonts" / "PretendardVariable.woff2"
    readme = (ASSETS / "fonts" / "README.md").read_text("utf-8")
    assert hashlib.sha256(font.read_bytes()).hexdigest() in readme
    assert "SIL OPEN FONT LICENSE" in (ASSETS / "fonts" / "OFL.txt").read_text("utf-8")


def test_both_colour_schemes_define_the_same_colours() -> None:
    """A colour that only the light scheme knows would be invisible in the dark."""
    css = (ASSETS / "course.css").read_text("utf-8")
    light = re.search(r"^\[data-md-color-scheme\] \{(.*?)^\}", css, flags=re.DOTALL | re.MULTILINE)
    dark = re.search(r'\[data-md-color-scheme="slate"\] \{(.*?)\}', css, flags=re.DOTALL)
    assert light is not None
    assert dark is not None
    names = [set(re.findall(r"(--course-[\w-]+):", block[1])) for block in (light, dark)]
    assert names[0] == names[1]
    assert len(names[0]) > 5
