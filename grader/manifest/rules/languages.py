"""Both languages: every page has its partner, and both have the same shape.

Knows headings, anchors and code blocks. What the words say is in `drift`, `parity` and `glossary`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from grader.errors import Problem
from grader.manifest.markdown import Heading, scan
from grader.manifest.material import Kind, Material, PageFile, Pair, Passage, Where
from grader.text import Language


def check_languages(material: Material) -> list[Problem]:
    """Find pages without their other language, and pages whose shape differs."""
    problems = [*_missing_pages(material), *_missing_figures(material)]
    for item in material.pages:
        if item.kind is not Kind.ROOT:
            problems += _headings_of(item)
    for pair in material.pairs:
        if pair.en.where is not Where.VALUE and not _is_root(pair.en.path):
            problems += _same_headings(pair)
            problems += _same_fences(pair)
    return problems


def _is_root(path: str) -> bool:
    return "/" not in path


def _missing_pages(material: Material) -> Iterator[Problem]:
    docs = {(item.language, item.site_path) for item in material.pages if item.kind is Kind.DOCS}
    for language, site_path in sorted(docs):
        if (language.other, site_path) not in docs:
            here, there = f"docs/{language}/{site_path}", f"docs/{language.other}/{site_path}"
            yield _missing(here, there, language.other)


def _missing_figures(material: Material) -> Iterator[Problem]:
    for files in material.modules.values():
        for name, path in files.figures.items():
            stem, _, suffix = name.rpartition(".")
            for language in Language:
                partner = f"{stem.removesuffix(f'.{language}')}.{language.other}.{suffix}"
                if stem.endswith(f".{language}") and partner not in files.figures:
                    yield _missing(path, f"{files.path}/figures/{partner}", language.other)


def _missing(here: str, there: str, language: Language) -> Problem:
    name = {Language.KO: "Korean", Language.EN: "English"}[language]
    return Problem(here, 0, "missing-translation", f"this has no {name} version", f"Write {there}.")


def _headings_of(item: PageFile) -> Iterator[Problem]:
    page = item.page
    passage = Passage(page.path, page.body_line, item.language, page.body, Where.PAGE)
    has_own_title = item.kind is Kind.DOCS
    seen: dict[str, int] = {}
    level_before = 1
    headings = scan(page.body).headings
    if has_own_title and not (headings and headings[0].level == 1):
        message = "the page has no title"
        yield Problem(
            page.path, page.body_line, "heading-level", message, "Start it with a heading `# Title`."
        )
    for number, heading in enumerate(headings):
        line = passage.line_at(heading.offset)
        is_title = heading.level == 1
        if is_title and not (has_own_title and number == 0):
            wanted = "Only the first heading is `#`; use `##`." if has_own_title else "Start at `##`."
            why = "the page has its title already" if has_own_title else "the title comes from module.yml"
            yield Problem(page.path, line, "heading-level", f"`# {heading.text}`: {why}", wanted)
        elif heading.level > level_before + 1:
            message = f"`{heading.text}` jumps from level {level_before} to {heading.level}"
            yield Problem(page.path, line, "heading-level", message, f"Use {'#' * (level_before + 1)} here.")
        level_before = heading.level
        if heading.anchor is None:
            if not is_title:
                yield _no_anchor(page.path, line, heading)
            continue
        if heading.anchor in seen:
            message = f"the anchor `#{heading.anchor}` is already that of line {seen[heading.anchor]}"
            hint = "Give every heading of a page its own anchor, the same in both languages."
            yield Problem(page.path, line, "duplicate-anchor", message, hint)
        seen.setdefault(heading.anchor, line)


def _no_anchor(path: str, line: int, heading: Heading) -> Problem:
    message = f"the heading `{heading.text}` has no anchor"
    hint = "Write `{#name}` behind it, with the same name in both languages."
    return Problem(path, line, "heading-without-anchor", message, hint)


def _same_headings(pair: Pair) -> Iterator[Problem]:
    """Report the first place where the headings part: what follows would only repeat it."""
    ko, en = scan(pair.ko.text).headings, scan(pair.en.text).headings
    for korean, english in zip_longest(ko, en):
        if korean is None or english is None:
            extra, other = (english, pair.ko) if korean is None else (korean, pair.en)
            line = pair.en.line_at(english.offset if english else len(pair.en.text.rstrip()))
            side = "Korean" if korean is None else "English"
            yield _mismatch(pair, line, f"`{_shown(extra)}` has no counterpart in {side} ({other.path})")
            return
        if (korean.level, korean.anchor) != (english.level, english.anchor):
            where = f"{pair.ko.path}:{pair.ko.line_at(korean.offset)}"
            message = f"`{_shown(english)}` stands where Korean has `{_shown(korean)}` ({where})"
            yield _mismatch(pair, pair.en.line_at(english.offset), message)
            return


def _mismatch(pair: Pair, line: int, message: str) -> Problem:
    hint = "Give both languages the same headings: same levels, same anchors, same order."
    return Problem(pair.en.path, line, "heading-mismatch", message, hint)


def _shown(heading: Heading | None) -> str:
    if heading is None:
        return ""
    anchor = f" {{#{heading.anchor}}}" if heading.anchor else ""
    return f"{'#' * heading.level} {heading.text}{anchor}"


def _same_fences(pair: Pair) -> Iterator[Problem]:
    ko, en = scan(pair.ko.text).fences, scan(pair.en.text).fences
    if ko != en:
        passage: Passage = pair.en
        message = f"Korean has {ko} code block(s), English {en} ({pair.ko.path})"
        hint = "Code stands in both languages: add the missing block or remove the extra one."
        yield Problem(passage.path, passage.line, "code-mismatch", message, hint)
