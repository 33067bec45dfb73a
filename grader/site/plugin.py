"""The MkDocs adapter: hands the rendered course to MkDocs, page by page and language by language.

Knows MkDocs' events and mkdocs-static-i18n, which runs one nested build per language on the same plugin
objects. Must not think: everything here is a call into the other modules of this room.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path

from mkdocs.config import config_options
from mkdocs.config.base import Config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, event_priority, get_plugin_logger
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from grader.errors import GraderError
from grader.site import words
from grader.site.assemble import Assembled, assemble_site
from grader.site.assets import linked_scripts, linked_styles
from grader.site.citations import number_page
from grader.site.fonts import publish_fonts
from grader.site.generated import add_files, deferred_script, is_nested, path_of
from grader.site.lighten import leave_out_unused, load_later, unmark_plain_code
from grader.site.markup import Html
from grader.site.navigation import build_navigation, written_titles
from grader.site.page import (
    SitePage,
    anchors_in,
    name_columns,
    replace_marks,
    resolve_links,
    wrap_untranslated,
)
from grader.site.quicken import forget_copied_files, share_templates
from grader.site.search import point_to_worker, publish_search, separate_cells
from grader.site.spoken import mark_korean
from grader.text import Language

log = get_plugin_logger("medai")


class CourseConfig(Config):  # type: ignore[no-untyped-call]
    """Options of the plugin in mkdocs.yml."""

    root = config_options.Dir(default=".", exists=True)
    """The checkout: the folder with course/ and assignments/."""
    order = config_options.ListOfItems(config_options.Type(str), default=[])
    """Hand-written pages in the order of the navigation; others follow."""


class CoursePlugin(BasePlugin[CourseConfig]):  # type: ignore[no-untyped-call]
    """Adds the course's pages and files to every language's build."""

    def __init__(self) -> None:
        self.site: Assembled
        self.language = Language.KO
        self.listings: dict[str, Html] = {}  # source lists of hand-written pages, by path

    @event_priority(-150)  # after static-i18n, which says which language this build is for
    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Assemble the course once per outermost build; set what depends on the language."""
        self.language = Language(config.theme["language"])
        if not is_nested(config):
            try:
                self.site = assemble_site(Path(self.config.root))
            except GraderError as error:
                raise PluginError(f"medai: {error}") from error
            share_templates(config.theme, Path(self.config.root) / "build" / "cache" / "templates")
            config.extra_css[:0] = linked_styles()
            config.extra_javascript = [deferred_script(path) for path in linked_scripts()]
        config.mdx_configs.setdefault("toc", {})["permalink_title"] = words.PERMALINK[self.language]
        notice = words.EXTRA_NOTICE[self.language]
        config.extra["medai"] = {"version": version("medai-course"), "notice": notice}
        return config

    @event_priority(-150)  # after static-i18n, which rebuilds every file it finds and would lose these
    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Add generated pages and files, and the navigation made from them."""
        titles = written_titles(files.documentation_pages(), self.config.order)
        if is_nested(config):
            forget_copied_files(files)
        add_files(files, self.site, self.language, config)
        config.nav = build_navigation(self.site.course, self._pages, titles, self.language)
        return files

    def on_page_markdown(self, markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Number the citations of hand-written pages; generated pages come numbered."""
        if page.file.generated_by:
            _warn(page, self._pages[path_of(page)].warnings)
            return markdown
        if path_of(page) == "index.md":
            page.meta.update(hide=["navigation", "toc"], home=True)
        markdown, listing, warnings = number_page(markdown, self.site.course.facts, self.language)
        self.listings[page.file.src_uri] = listing
        _warn(page, warnings)
        return markdown

    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Put finished pieces in their places and resolve the links inside them."""
        html = load_later(unmark_plain_code(name_columns(html)))
        if page.file.generated_by:
            html = self._pages[path_of(page)].fill(html)
            page.present_anchor_ids = (page.present_anchor_ids or set()) | anchors_in(html)
        else:
            sources = self.listings.get(page.file.src_uri, Html(""))
            html = replace_marks(html, {**self.site.pieces[self.language], "sources": sources})
            if getattr(page.file, "locale", self.language) != self.language:
                html = wrap_untranslated(html, self.language)

        def resolve(target: str) -> str | None:
            file = files.get_file_from_path(f"{self.language}/{target}")
            return file.url_relative_to(page.file) if file else None

        html, missing = resolve_links(html, resolve)
        _warn(page, (f"a link leads to {target!r}, which does not exist" for target in missing))
        return separate_cells(html if self.language is Language.KO else mark_korean(html))

    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        """Give the page its own language's search, and nothing that only other pages need."""
        return leave_out_unused(point_to_worker(output, get_relative_url(self._worker, page.url)))

    def on_post_template(self, output_content: str, *, template_name: str, config: MkDocsConfig) -> str:
        """Write the not-found page once; leave out the sitemap, which needs an address nobody knows yet."""
        wanted = template_name == "404.html" and not is_nested(config)
        return leave_out_unused(point_to_worker(output_content, self._worker)) if wanted else ""

    @event_priority(-300)  # after every nested build and after the search plugin's index
    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Write search and fonts, which need the whole site."""
        if not is_nested(config):
            publish_search(Path(config.site_dir), self.site.course.glossary, self.site.keywords)
            publish_fonts(Path(config.site_dir), Path(self.config.root) / "build" / "cache" / "fonts")

    @property
    def _pages(self) -> Mapping[str, SitePage]:
        return self.site.rendered[self.language].pages

    @property
    def _worker(self) -> str:
        return f"assets/medai/search/{self.language}/worker.js"


def _warn(page: Page, warnings: Iterable[str]) -> None:
    for warning in warnings:
        log.warning(f"{page.file.src_uri}: {warning}")
