"""What checks need to know about a Markdown text: headings, links, images, code, plain prose.

Knows Markdown as the course writes it; must not know files, addresses or the course. It scans and
does not render: masks keep every offset, so that a finding always has its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_FENCE = re.compile(r"^[ >]*(?P<mark>`{3,}|~{3,})(?P<info>.*)$")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_CODE_SPAN = re.compile(r"(?<![`\\])(`+)(?!`)((?:(?!\n[ \t]*\n).)+?)(?<!`)\1(?!`)", re.DOTALL)
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*(\{:?[^{}\n]*\})?[ \t]*$", re.MULTILINE)
_UNDERLINED = re.compile(r"(?:\A|\n)[ \t]*\n(?P<text>[^\s#|>*+\-!<][^\n|]*)\n(?P<line>=+|-+)[ \t]*(?=\n|\Z)")
_ATTRIBUTES = re.compile(r"\{:?[ ]*[#.][^{}\n]*\}|\{:[^{}\n]*\}|(?<=\))\{[^{}\n]*=[^{}\n]*\}")
_ID = re.compile(r"#([^\s{}#.=]+)")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_TAG_ID = re.compile(r"""\b(?:id|name)\s*=\s*["']([^"']+)["']""")
_TARGET = (
    r"\(\s*(?P<target><[^<>\n]*>|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?P<title>\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
)
_IMAGE = re.compile(r"!\[(?P<text>[^\[\]]*)\]" + _TARGET)
_LINK = re.compile(r"(?<!!)\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]" + _TARGET)
_DEFINITION = re.compile(r"^ {0,3}\[(?P<name>[^\]^@\n][^\]\n]*)\]:[ \t]*(?P<target>\S+).*$", re.MULTILINE)
_REFERENCE = re.compile(r"(?<![!\\])\[(?P<text>[^\[\]]+)\]\[(?P<name>[^\[\]^@]*)\]")
_ATTRIBUTE = re.compile(r"""\b(href|src)\s*=\s*["']([^"']*)["']""")
_BARE_URL = re.compile(r"<?\bhttps?://[^\s<>\])]+>?")
_CITATION = re.compile(r"\[@[^\]\n]*\]")
_FOOTNOTE = re.compile(r"\[\^[^\]\n]+\]:?")


@dataclass(frozen=True)
class Heading:
    """A heading and where it stands; `offset` counts from the start of the text."""

    offset: int
    level: int
    text: str
    anchor: str | None


@dataclass(frozen=True)
class Link:
    """Something that points elsewhere: a link, an image, a reference definition, an HTML attribute."""

    offset: int
    target: str
    image: bool = False
    alt: str | None = None
    """Images only; None when an HTML image has no `alt` at all."""


@dataclass(frozen=True)
class Citation:
    """One fact id in `[@…]`, or one name of a reference."""

    offset: int
    fact: str


@dataclass(frozen=True)
class Section:
    """A heading with the prose under it, up to the next heading of any level."""

    anchor: str | None
    """None for what stands before the first heading, and for headings without an anchor."""
    start: int
    end: int


@dataclass(frozen=True)
class Scan:
    """What a Markdown text holds."""

    uncoded: str
    """The text with code and comments blanked out; same length, same lines."""
    prose: str
    """`uncoded` without link targets, tags, attributes, citations and footnote marks."""
    headings: tuple[Heading, ...]
    links: tuple[Link, ...]
    undefined: tuple[Citation, ...]
    """References `[text][name]` whose name is defined nowhere."""
    citations: tuple[Citation, ...]
    anchors: frozenset[str]
    fences: int
    """Number of fenced code blocks."""

    @property
    def sections(self) -> tuple[Section, ...]:
        """The text cut at its headings, in order; the first section may be empty."""
        starts = [0, *(heading.offset for heading in self.headings)]
        ends = [*starts[1:], len(self.prose)]
        anchors = [None, *(heading.anchor for heading in self.headings)]
        return tuple(Section(*part) for part in zip(anchors, starts, ends, strict=True))


def split_front_matter(text: str) -> tuple[str, str]:
    """Return the lines between the `---` marks (without them), and the body after them."""
    if not text.startswith("---\n"):
        return "", text
    end = re.compile(r"^---[ \t]*(?:\n|\Z)", re.MULTILINE).search(text, 4)
    return (text[4 : end.start()], text[end.end() :]) if end else ("", text)


@lru_cache(maxsize=8192)
def scan(text: str) -> Scan:
    """Return what `text` holds. Pure; cached because many rules look at the same text."""
    without_fences, fences = _mask_fences(text)
    without_comments = _COMMENT.sub(blank, without_fences)
    uncoded = _CODE_SPAN.sub(blank, without_comments)
    definitions = {match["name"].casefold() for match in _DEFINITION.finditer(uncoded)}
    return Scan(
        uncoded=uncoded,
        prose=_prose(uncoded),
        headings=_headings(without_comments),
        links=tuple(sorted(_links(uncoded), key=lambda link: link.offset)),
        undefined=tuple(
            Citation(match.start(), match["name"] or match["text"])
            for match in _REFERENCE.finditer(uncoded)
            if (match["name"] or match["text"]).casefold() not in definitions
        ),
        citations=tuple(
            Citation(match.start(), fact)
            for match in _CITATION.finditer(uncoded)
            for fact in _cited(match[0][1:-1])
        ),
        anchors=_anchors(uncoded),
        fences=fences,
    )


def github_slug(heading: str) -> str:
    """Return the anchor that GitHub gives a heading of a README."""
    plain = re.sub(r"[*_`]|\]\([^)]*\)|[\[\]]", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")


def _cited(citation: str) -> list[str]:
    """Return the fact ids between the brackets; whatever is no id comes back as it stands."""
    return [part.strip().removeprefix("@") for part in citation.split(";")]


def blank(match: re.Match[str]) -> str:
    """Return spaces of the same length, lines kept: what `re.sub` puts in place of a match."""
    return _blanked(match[0])


def _blanked(text: str) -> str:
    return "\n".join(" " * len(line) for line in text.split("\n")) if "\n" in text else " " * len(text)


def _mask_fences(text: str) -> tuple[str, int]:
    """Return `text` with fenced code blanked out, and the number of blocks."""
    if "```" not in text and "~~~" not in text:
        return text, 0
    lines, fences, open_mark = text.split("\n"), 0, ""
    for index, line in enumerate(lines):
        match = _FENCE.match(line)
        if open_mark:
            closes = match and match["mark"].startswith(open_mark) and not match["info"].strip()
            open_mark = "" if closes else open_mark
        elif match and not (match["mark"][0] == "`" and "`" in match["info"]):
            open_mark, fences = match["mark"], fences + 1
        else:
            continue
        lines[index] = " " * len(line)
    return "\n".join(lines), fences


def _headings(text: str) -> tuple[Heading, ...]:
    found = []
    for match in _HEADING.finditer(text):
        anchor = _ID.search(match[3]) if match[3] else None
        found.append(Heading(match.start(), len(match[1]), match[2].strip(), anchor[1] if anchor else None))
    for match in _UNDERLINED.finditer(text):
        level = 1 if match["line"][0] == "=" else 2
        found.append(Heading(match.start("text"), level, match["text"].strip(), None))
    return tuple(sorted(found, key=lambda heading: heading.offset))


def _links(uncoded: str) -> list[Link]:
    found = [
        Link(match.start(), match["target"].strip("<>"), image=True, alt=match["text"].strip())
        for match in _IMAGE.finditer(uncoded)
    ]
    found += [Link(match.start(), match["target"].strip("<>")) for match in _LINK.finditer(uncoded)]
    found += [Link(match.start(), match["target"].strip("<>")) for match in _DEFINITION.finditer(uncoded)]
    for tag in _TAG.finditer(uncoded):
        is_image = tag[0].startswith("<img")
        targets = dict(_ATTRIBUTE.findall(tag[0]))
        if is_image:
            found.append(Link(tag.start(), targets.get("src", ""), image=True, alt=_tag_alt(tag[0])))
        elif "href" in targets:
            found.append(Link(tag.start(), targets["href"]))
    return found


def _tag_alt(tag: str) -> str | None:
    """Return an HTML image's text; a decorative image says so with role or aria-hidden."""
    if re.search(r"""aria-hidden\s*=\s*["']true|role\s*=\s*["'](presentation|none)""", tag):
        return "(decorative)"
    alt = re.search(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)')""", tag)
    return (alt[1] or alt[2] or "").strip() if alt else None


def _anchors(uncoded: str) -> frozenset[str]:
    found = {name for attributes in _ATTRIBUTES.findall(uncoded) for name in _ID.findall(attributes)}
    found.update(name for tag in _TAG.findall(uncoded) for name in _TAG_ID.findall(tag))
    return frozenset(found)


def _prose(uncoded: str) -> str:
    """Blank out all that a reader does not read as text; alternative texts and link texts stay."""
    text = _ATTRIBUTES.sub(blank, uncoded)
    text = _DEFINITION.sub(blank, text)
    text = _IMAGE.sub(_keep_text, text)
    text = _LINK.sub(_keep_text, text)
    text = _BARE_URL.sub(blank, text)
    text = _TAG.sub(blank, text)
    text = _CITATION.sub(blank, text)
    return _FOOTNOTE.sub(blank, text)


def _keep_text(match: re.Match[str]) -> str:
    whole = match[0]
    start, end = (position - match.start() for position in match.span("text"))
    return _blanked(whole[:start]) + whole[start:end] + _blanked(whole[end:])
