"""Builds the site from a checkout, for the command line.

Knows MkDocs' Python entry point; must not know the course.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

from grader.errors import GraderError

_CONFIG = "mkdocs.yml"


class SiteBuildError(GraderError):
    """MkDocs stopped; the messages before this one say why."""


def build_site(root: Path, out: Path | None = None, strict: bool = True) -> Path:
    """Build the site of the checkout at `root` and return its folder.

    `out` replaces mkdocs.yml's `site_dir`. With `strict`, a broken link is an error.
    """
    # The theme prints a notice about a future MkDocs on every build; ours is pinned below it.
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
    from mkdocs.commands.build import build
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort, ConfigurationError

    config_file = root / _CONFIG
    if not config_file.is_file():
        raise SiteBuildError(f"{config_file} does not exist", "copy mkdocs.yml from the course repository")
    log = logging.getLogger("mkdocs")
    told = _Collect(echo=not strict)
    log.addHandler(told)
    options = {"site_dir": str(out)} if out is not None else {}
    try:
        config = load_config(str(config_file), strict=strict, **options)
        config.plugins.on_startup(command="build", dirty=False)
        try:
            build(config)
        finally:
            config.plugins.on_shutdown()
    except (Abort, ConfigurationError) as error:
        if ours := _find_own(error):
            raise ours from error
        messages = "\n".join(told.messages) or str(error)
        hint = "repair what is named above and build again"
        raise SiteBuildError(f"the site was not built:\n{messages}", hint) from error
    finally:
        log.removeHandler(told)
    return Path(config.site_dir)


def _find_own(error: BaseException | None) -> GraderError | None:
    """Return the error of ours that made MkDocs stop: it knows the problems and the exit code."""
    while error is not None and not isinstance(error, GraderError):
        error = error.__cause__ or error.__context__
    return error


class _Collect(logging.Handler):
    """Keeps warnings and errors for one message; shows them at once when they stop nothing."""

    def __init__(self, echo: bool) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []
        self._echo = echo

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(f"{record.levelname.lower()}: {record.getMessage()}")
        if self._echo:
            sys.stderr.write(f"{self.messages[-1]}\n")
