"""Pages, cells and YAML texts become pairs: the same passage in both languages.

Knows where texts in two languages stand side by side; must not know what is asked of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from grader.manifest.material import PageFile, Pair, Passage, SheetFile, Where
from grader.manifest.yamltext import Document, YamlPath
from grader.model.assignment import Cell, CellRole
from grader.text import Language


def pair_up(
    pages: Iterable[PageFile], sheets: Iterable[SheetFile], documents: Iterable[Document]
) -> Iterator[Pair]:
    """Yield every text that exists in both languages, in files' order."""
    yield from _page_pairs(pages)
    for sheet in sheets:
        yield from _cell_pairs(sheet)
    for document in documents:
        yield from _value_pairs(document, document.value, ())


def _page_pairs(pages: Iterable[PageFile]) -> Iterator[Pair]:
    by_place: dict[str, dict[Language, Passage]] = {}
    for item in pages:
        key = f"{item.kind.value}:{item.site_path.removesuffix('.ko.md')}"
        passage = Passage(item.page.path, item.page.body_line, item.language, item.page.body, Where.PAGE)
        by_place.setdefault(key, {})[item.language] = passage
    for languages in by_place.values():
        if len(languages) == len(Language):
            yield Pair(languages[Language.KO], languages[Language.EN])


def _cell_pairs(file: SheetFile) -> Iterator[Pair]:
    korean: Cell | None = None
    for cell in file.sheet.cells:
        if cell.alt is not None:
            yield Pair(
                *(
                    Passage(file.path, cell.line, language, cell.alt[language], Where.VALUE, label=cell.id)
                    for language in Language
                )
            )
        if cell.role is not CellRole.PROSE:
            continue
        if cell.language is Language.EN and korean is not None and korean.id == cell.id:
            yield Pair(_cell(file.path, korean, Language.KO), _cell(file.path, cell, Language.EN))
        korean = cell if cell.language is Language.KO else None


def _cell(path: str, cell: Cell, language: Language) -> Passage:
    return Passage(path, cell.line, language, cell.source, Where.CELL, label=cell.id)


def _value_pairs(document: Document, value: Any, at: YamlPath) -> Iterator[Pair]:
    """Yield every mapping of exactly `ko` and `en`; needs no model, so it works in broken files too."""
    if isinstance(value, dict):
        if value.keys() == {"ko", "en"} and all(isinstance(text, str) for text in value.values()):
            yield Pair(
                *(
                    Passage(
                        document.path,
                        document.line(*at, language.value),
                        language,
                        value[language.value],
                        Where.VALUE,
                        document,
                        (*at, language.value),
                        ".".join(str(part) for part in at),
                    )
                    for language in Language
                )
            )
            return
        for key, child in value.items():
            yield from _value_pairs(document, child, (*at, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _value_pairs(document, child, (*at, index))
