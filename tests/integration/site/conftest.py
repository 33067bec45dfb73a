"""One real build of the sample course with the repository's own mkdocs.yml."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from grader.site.build import build_site

REPOSITORY = Path(__file__).parents[3]
SAMPLE = REPOSITORY / "tests" / "golden" / "site" / "sample"


def copy_sample(target: Path) -> Path:
    """Copy the sample course and give it the repository's configuration."""
    shutil.copytree(SAMPLE, target)
    config = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    theme = "custom_dir: grader/site/theme"
    assert theme in config
    config = config.replace(theme, f"custom_dir: {REPOSITORY / 'grader' / 'site' / 'theme'}")
    (target / "mkdocs.yml").write_text(config, encoding="utf-8")
    return target


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of the sample course, built."""
    root = copy_sample(tmp_path_factory.mktemp("site") / "checkout")
    build_site(root, strict=True)
    return root


@pytest.fixture(scope="session")
def site(checkout: Path) -> Path:
    """The built site."""
    return checkout / "build" / "site"
