"""A page of the site: Markdown with pieces of finished HTML in it, and files that go with it.

Knows strings and the site's words; must not know the course, MkDocs or the disk. Markdown carries
headings and prose, so that table of contents, links and search come from the site generator; tables,
quizzes and cards are finished HTML that the generator must not parse again. Each piece stands in the
Markdown as a comment and is put in its place afterwards (`fill`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import yaml

from grader.site import words
from grader.site.markup import Html, element, join
from grader.text import Language

_MARK = re.compile(r"<!-- medai:piece-(\d+) -->")
_ID = re.compile(r'\bid="([^"]+)"')
LINK_SCHEME = "medai:"
"""`href="medai:modules/x/index.md"` in a piece: a page or file of the same language, by source path."""
_LINK = re.compile(
    rf'(?P<attribute>\b(?:href|src)=")(?P<scheme>{LINK_SCHEME})(?P<target>[^"#]*)(?P<fragment>#[^"]*)?"'
)


@dataclass(frozen=True)
class SitePage:
    """One generated page in one language."""

    path: str
    """Markdown path below the language's root, e.g. `modules/e0-first-notebook/index.md`."""
    title: str
    parts: tuple[str, ...]
    """Markdown, and finished pieces as `Html`, in order."""
    nav_title: str = ""
    """Short title for the navigation; the page title when empty."""
    description: str = ""
    keywords: tuple[str, ...] = ()
    """Extra search words."""
    searched: bool = True
    """Whether the search finds it; what says the same as another page would be found twice."""
    boost: float = 1.0
    """Weight among search results."""
    hide: tuple[str, ...] = ()
    """Parts of the theme that this page does without: `toc`, `navigation`."""
    warnings: tuple[str, ...] = field(default=(), compare=False)
    """What is wrong with the content; the adapter logs it, and a strict build fails."""

    @property
    def pieces(self) -> tuple[Html, ...]:
        """The finished HTML in order of appearance."""
        return tuple(part for part in self.parts if isinstance(part, Html))

    @property
    def markdown(self) -> str:
        """Front matter, title and parts, with a mark where a piece belongs."""
        written = [self._front_matter(), f"# {self.title} {{#top}}"]
        number = 0
        for part in self.parts:
            if isinstance(part, Html):
                written.append(f"<!-- medai:piece-{number} -->")
                number += 1
            else:
                written.append(part.strip("\n"))
        return "\n\n".join(written) + "\n"

    def fill(self, rendered: str) -> str:
        """Return the rendered page with every piece in its place."""
        pieces = self.pieces
        return _MARK.sub(lambda mark: pieces[int(mark[1])], rendered)

    def _front_matter(self) -> str:
        front: dict[str, object] = {"title": self.title}
        if self.description:
            front["description"] = self.description
        if self.hide:
            front["hide"] = list(self.hide)
        if self.boost != 1:
            front["search"] = {"boost": self.boost}
        if not self.searched:
            front["search"] = {"exclude": True}
        return f"---\n{yaml.safe_dump(front, allow_unicode=True, sort_keys=False, width=10_000)}---"


@dataclass(frozen=True)
class SiteFile:
    """A generated file in one language: a download or a picture."""

    path: str
    """Below the language's root."""
    content: bytes


def resolve_links(content: str, resolve: Callable[[str], str | None]) -> tuple[str, list[str]]:
    """Return `content` with its `medai:` links resolved, and the targets that do not exist."""
    missing: list[str] = []

    def replace(match: re.Match[str]) -> str:
        url = resolve(match["target"])
        if url is None:
            missing.append(match["target"])
            url = ""
        return f'{match["attribute"]}{url}{match["fragment"] or ""}"'

    return _LINK.sub(replace, content), missing


def replace_marks(markdown: str, pieces: Mapping[str, Html]) -> str:
    """Return rendered text in which `<!-- medai:NAME -->` is replaced by the piece of that name."""
    return re.sub(
        r"<!-- medai:([a-z]+) -->",
        lambda mark: pieces.get(mark[1], mark[0]),
        markdown,
    )


def anchors_in(content: str) -> set[str]:
    """Return every id in HTML: MkDocs knows only those that it wrote itself."""
    return set(_ID.findall(content))


def name_columns(content: str) -> str:
    """Return rendered Markdown whose table heads say that they head columns; empty ones are plain cells."""
    content = re.sub(r"<th((?: style=\"[^\"]*\")?)></th>", r"<td\1></td>", content)
    return re.sub(r"<th(?=[ >])(?![^>]*\bscope=)", '<th scope="col"', content)


def wrap_untranslated(content: str, language: Language) -> Html:
    """Return a page that exists only in the other language: a notice, and the text marked as what it is."""
    notice = element("p", words.NO_TRANSLATION[language], class_="lang-notice")
    return join(notice, element("div", Html(content), lang=language.other.value))
