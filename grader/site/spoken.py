"""Marks Korean words on English pages as Korean, so that screen readers speak them right (WCAG 3.1.2).

Knows HTML text only; must not know pages or the course.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from grader.site.markup import Html

_KOREAN = re.compile(r"[가-힣](?:[가-힣\s·,.()%0-9]*[가-힣])?")
_CODE = {"script", "style", "template", "pre", "code", "title", "svg"}
_VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


def mark_korean(content: str) -> Html:
    """Return HTML in which Korean words outside code and outside `lang="ko"` stand in a span that says so."""
    reader = _Reader()
    reader.feed(content)
    reader.close()
    return Html("".join(reader.parts))


class _Reader(HTMLParser):
    """Copies HTML as it is, except text; keeps a stack of what encloses the text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self._open: list[tuple[str, bool]] = []
        """Open elements, and whether text in them stays as it is."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append(self.get_starttag_text() or "")
        if tag not in _VOID:
            settled = bool(self._open) and self._open[-1][1]
            language = dict(attrs).get("lang")
            self._open.append((tag, tag in _CODE or language == "ko" or (settled and language is None)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self.parts.append(f"</{tag}>")
        for depth in range(len(self._open) - 1, -1, -1):
            if self._open[depth][0] == tag:
                del self._open[depth:]
                break

    def handle_data(self, data: str) -> None:
        settled = bool(self._open) and self._open[-1][1]
        self.parts.append(
            data if settled else _KOREAN.sub(lambda found: f'<span lang="ko">{found[0]}</span>', data)
        )

    def handle_entityref(self, name: str) -> None:
        self.parts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.parts.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.parts.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.parts.append(f"<!{decl}>")
