"""Links: every relative link and picture leads somewhere, and every anchor exists.

Knows pages, cells and YAML texts; where things are published is in `addresses`. Addresses outside
are not called: a check needs no network.
"""

from __future__ import annotations

import difflib
import posixpath
from collections.abc import Iterator

from grader.errors import Problem
from grader.manifest.addresses import Addresses, Target, is_external, resolve, site_addresses
from grader.manifest.markdown import Link, github_slug, scan
from grader.manifest.material import Kind, Material, PageFile, Passage, Where
from grader.text import Language


def check_links(material: Material) -> list[Problem]:
    """Find links, pictures and anchors that lead nowhere."""
    addresses = {language: site_addresses(material, language) for language in Language}
    problems: list[Problem] = []
    for item in material.pages:
        if item.kind is Kind.ROOT:
            problems += _root_page(item, material)
        else:
            page = item.page
            passage = Passage(page.path, page.body_line, item.language, page.body, Where.PAGE)
            problems += _site_links(passage, item.site_path, addresses[item.language])
    for passage, site_path in _other_passages(material):
        problems += _site_links(passage, site_path, addresses[passage.language])
    problems += _sheet_links(material)
    return problems


def _other_passages(material: Material) -> Iterator[tuple[Passage, str]]:
    """Yield texts outside pages with the page on which they are published."""
    published = {
        f"{files.path}/{name}.yml": f"modules/{key}/index.md"
        for key, files in material.modules.items()
        for name in ("module", "quiz", "spreadsheet")
    }
    published |= {
        sheet.path: f"modules/{sheet.owner}/practice.md" for sheet in material.sheets if not sheet.graded
    }
    for pair in material.pairs:
        for passage in pair:
            if passage.where is not Where.PAGE and passage.path in published:
                yield passage, published[passage.path]


def _site_links(passage: Passage, site_path: str, addresses: Addresses) -> Iterator[Problem]:
    found = scan(passage.text)
    for link in found.links:
        line = passage.line_at(link.offset, link.target)
        yield from _judge(link, passage.path, line, resolve(link.target, site_path), addresses)
    for reference in found.undefined:
        yield Problem(
            passage.path,
            passage.line_at(reference.offset, reference.fact),
            "dangling-link",
            f"the reference `[{reference.fact}]` is not defined on this page",
            f"Add a line `[{reference.fact}]: …` with the address, or write the address in the link.",
        )


def _judge(link: Link, path: str, line: int, target: Target, addresses: Addresses) -> Iterator[Problem]:
    if is_external(link.target):
        return
    if link.target.startswith("/"):
        hint = "Write it relative to this page, so that the site also works from a folder."
        yield Problem(path, line, "absolute-link", f"`{link.target}` starts at the top of the server", hint)
    elif target.path in addresses.pages:
        anchors = addresses.pages[target.path]
        if target.anchor and anchors is not None and target.anchor not in anchors:
            yield _dangling_anchor(path, line, target, sorted(anchors))
    elif target.path not in addresses.files:
        what = "the picture" if link.image else "the link"
        known = [*addresses.pages, *addresses.files]
        message = f"{what} `{link.target}` leads to `{target.path}`, which does not exist on the site"
        yield Problem(path, line, "dangling-link", message, _advice(target.path, known, path))


def _advice(wanted: str, known: list[str], source: str) -> str:
    if wanted.startswith(".."):
        return "Only pages of the course can be linked; link to the code host by its full address."
    if wanted + ".md" in known or posixpath.join(wanted, "index.md") in known:
        return "Link to the page's file, which ends in `.md`."
    suffix = posixpath.splitext(wanted)[1]
    candidates = [path for path in known if path.endswith(suffix)]
    close = difflib.get_close_matches(wanted, candidates, n=1, cutoff=0.85)
    return f"Did you mean `{close[0]}`?" if close else "Correct the link, or create what it points to."


def _dangling_anchor(path: str, line: int, target: Target, anchors: list[str]) -> Problem:
    close = difflib.get_close_matches(target.anchor, anchors, n=1)
    hint = f"Did you mean `#{close[0]}`?" if close else "Anchors are written as `{#name}` behind a heading."
    message = f"`{target.path}` has no anchor `#{target.anchor}`"
    return Problem(path, line, "dangling-anchor", message, hint)


def _root_page(item: PageFile, material: Material) -> Iterator[Problem]:
    """Check a README: it is read on a code host, where links lead to files."""
    found = scan(item.page.body)
    for link in found.links:
        if is_external(link.target):
            continue
        line = item.page.body_line + item.page.body.count("\n", 0, link.offset)
        target = resolve(link.target, item.page.path)
        if not _is_there(target.path, material):
            hint = "Correct the link, or create what it points to."
            yield Problem(
                item.page.path, line, "dangling-link", f"`{link.target}` leads to no file or directory", hint
            )
        elif target.anchor and target.path.endswith(".md"):
            slugs = _slugs(target.path, material)
            if target.anchor not in slugs:
                yield _dangling_anchor(item.page.path, line, target, sorted(slugs))


def _is_there(path: str, material: Material) -> bool:
    folder = "" if path == "." else path + "/"
    return path in material.files or any(file.startswith(folder) for file in material.files)


def _slugs(path: str, material: Material) -> set[str]:
    page = next((item.page for item in material.pages if item.page.path == path), None)
    if page is None:
        return set()
    found = scan(page.body)
    return {github_slug(heading.text) for heading in found.headings} | found.anchors


def _sheet_links(material: Material) -> Iterator[Problem]:
    """Check graded sheets: a notebook lies beside its data files and nothing else."""
    for sheet in material.sheets:
        if not sheet.graded:
            continue
        files = material.assignments[sheet.owner].data
        for cell in sheet.sheet.cells:
            if cell.language is None:
                continue
            for link in scan(cell.source).links:
                name = resolve(link.target, "sheet.md").path
                if is_external(link.target) or name == "sheet.md" or name in files:
                    continue
                line = cell.line + cell.source.count("\n", 0, link.offset)
                message = f"`{link.target}` is not beside the notebook that trainees get"
                hint = f"Put the file into assignments/{sheet.owner}/data/, or name the page in words."
                yield Problem(sheet.path, line, "dangling-link", message, hint)
