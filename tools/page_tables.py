"""Tables of the docs that programs write: between `<!-- table:NAME -->` and `<!-- /table -->`.

Knows pages in two languages and what ties the English one to the Korean; must not know what any table says.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from grader.manifest.markdown import split_front_matter
from grader.manifest.translations import mark_translated
from grader.text import Language, source_hash

ROOT = Path(__file__).resolve().parents[1]
TABLE = re.compile(r"<!-- table:([a-z-]+) -->\n(?P<body>.*?)<!-- /table -->", re.DOTALL)

Row = Sequence[str]
Fill = Callable[[str, Language], str]


def fill_tables(text: str, rows_of: Callable[[str], Iterable[Row] | None]) -> str:
    """Return a page with its tables written anew; `rows_of` a name gives the head and the rows, or None.

    A table of which there is nothing to write stays as it is.
    """

    def fill(match: re.Match[str]) -> str:
        rows = rows_of(match[1])
        if rows is None:
            return match[0]
        return f"<!-- table:{match[1]} -->\n\n{write_table(rows)}\n<!-- /table -->"

    return TABLE.sub(fill, text)


def write_table(rows: Iterable[Row]) -> str:
    """Return the head and the rows as a table in Markdown."""
    head, *body = rows
    lines = (head, ["---"] * len(head), *body)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write_pages(page: str, fill: Fill, root: Path = ROOT) -> None:
    """Fill a page in both languages; an English page that followed the Korean one still does afterwards."""
    korean, english = (root / "docs" / language / page for language in (Language.KO, Language.EN))
    old = korean.read_text(encoding="utf-8")
    new = fill(old, Language.KO)
    korean.write_text(new, encoding="utf-8")
    text = fill(english.read_text(encoding="utf-8"), Language.EN)
    before, after = split_front_matter(old)[1], split_front_matter(new)[1]
    if f"source_hash: {source_hash(before)}" in text:  # else the prose is yet to be translated
        text = mark_translated(text, after)
    english.write_text(text, encoding="utf-8")


def find_old_pages(page: str, fill: Fill, root: Path = ROOT) -> list[str]:
    """Return the pages whose tables are not what `fill` writes."""
    paths = {language: root / "docs" / language / page for language in Language}
    texts = {language: path.read_text(encoding="utf-8") for language, path in paths.items()}
    return [
        paths[language].relative_to(root).as_posix()
        for language, text in texts.items()
        if fill(text, language) != text
    ]


def make_parser(description: str | None) -> argparse.ArgumentParser:
    """Return the options of a program that fills one page: what `keep_page` heeds."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--write", action="store_true", help="write the table into the docs")
    parser.add_argument("--check", action="store_true", help="fail if the docs say something else")
    return parser


def keep_page(
    page: str, fill: Fill, options: argparse.Namespace, make_rows: Callable[[], Iterable[Row]]
) -> int:
    """Write the page, compare it, or print the rows instead, as the options say; return the exit code."""
    if options.write:
        write_pages(page, fill)
        return 0
    if options.check:
        return report_old(find_old_pages(page, fill))
    click.echo(write_table(make_rows()), nl=False)
    return 0


def report_old(names: Sequence[str]) -> int:
    """Say which files are not what was measured; return the exit code."""
    click.echo("\n".join(f"{name} is not what is measured" for name in names) or "all as measured")
    return 1 if names else 0
