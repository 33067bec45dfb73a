"""Generated pages and files as MkDocs files, each with its counterpart in the other language.

Knows MkDocs' file objects and what mkdocs-static-i18n's language switch reads from them. Must not know
how pages are made.
"""

from __future__ import annotations

from typing import Any

from mkdocs.config.config_options import ExtraScriptValue
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from grader.site.assemble import Assembled
from grader.site.assets import asset_files
from grader.text import Language

_DEFAULT = Language.KO
"""The language at the site's root."""


def add_files(files: Files, site: Assembled, language: Language, config: MkDocsConfig) -> None:
    """Add everything generated in `language`, and the site's styles and scripts."""
    rendered = site.rendered[language]
    for path, page in rendered.pages.items():
        files.append(localized_file(path, language, config, content=page.markdown))
    for path, file in rendered.files.items():
        files.append(localized_file(path, language, config, content=file.content))
    for path, source in site.files[language].items():
        files.append(localized_file(path, language, config, abs_src_path=str(source)))
    if language is _DEFAULT:
        for path, asset in asset_files().items():
            files.append(File.generated(config, path, abs_src_path=str(asset)))


def localized_file(path: str, language: Language, config: MkDocsConfig, **content: Any) -> File:
    """Return a generated file of `language` that knows its address in every language.

    static-i18n gives these attributes to the files it finds itself; it cannot find generated ones.
    """
    versions: dict[str, File] = {}
    for spoken in Language:
        file = File.generated(config, f"{spoken}/{path}", **content)
        file.dest_uri = file.dest_uri.removeprefix(f"{_DEFAULT}/")
        file.locale = file.locale_alternate_of = spoken.value  # type: ignore[attr-defined]
        versions[spoken.value] = file
    own = versions[language.value]
    own.alternates = versions  # type: ignore[attr-defined]
    return own


def deferred_script(path: str) -> ExtraScriptValue:
    """Return a script that does not hold up the page."""
    script = ExtraScriptValue(path)
    script.defer = True
    return script


def is_nested(config: MkDocsConfig) -> bool:
    """Whether this build is one that static-i18n runs inside another, for one more language."""
    return bool(getattr(config.plugins.get("i18n"), "building", False))


def path_of(page: Page) -> str:
    """Return a page's path below its language's folder."""
    return page.file.src_uri.split("/", 1)[-1]
