"""Pictures: each says in words what it shows.

Knows Markdown and HTML images and SVG files. Plots that code cells draw are checked with the sheets.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from grader.errors import Problem
from grader.manifest.markdown import Link, scan
from grader.manifest.material import Material, Passage, Where

_TITLE = re.compile(r"<title[^>]*>\s*[^<\s]")
_EMPTY_WORDS = frozenset(
    {"image", "picture", "figure", "photo", "screenshot", "그림", "사진", "이미지", "화면"}
)
_HINT = 'Say in one sentence what a reader should see in it: ![…](file) or alt="…".'


def check_images(material: Material) -> list[Problem]:
    """Find pictures without a text for those who do not see them."""
    problems: list[Problem] = []
    for passage in _passages(material):
        for link in scan(passage.text).links:
            if link.image:
                problems += _image(link, passage)
    for path, text in material.texts.items():
        if path.endswith(".svg") and not _TITLE.search(text):
            hint = 'Put <title>what it shows</title> first inside <svg role="img">.'
            problems.append(Problem(path, 1, "missing-alt", "the picture has no <title>", hint))
    return problems


def _passages(material: Material) -> Iterator[Passage]:
    for item in material.pages:
        yield Passage(item.page.path, item.page.body_line, item.language, item.page.body, Where.PAGE)
    for pair in material.pairs:
        if pair.ko.where is not Where.PAGE:
            yield from pair


def _image(link: Link, passage: Passage) -> Iterator[Problem]:
    name = posixpath.basename(link.target)
    says_nothing = {"", name.casefold(), name.rpartition(".")[0].casefold(), *_EMPTY_WORDS}
    if link.alt is None or link.alt.casefold() in says_nothing:
        line = passage.line_at(link.offset, link.target)
        message = f"the picture `{name}` has no text that says what it shows"
        yield Problem(passage.path, line, "missing-alt", message, _HINT)
