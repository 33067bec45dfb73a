"""Facts: every citation names one, none is past its review, and what is unsettled is worded so.

Knows `facts.yml`, citations in prose and `fact("…")` in code.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Any

from grader.errors import Problem
from grader.manifest.markdown import Citation, scan
from grader.manifest.material import Material, Passage, Where
from grader.model.course import FactStatus
from grader.text import Language

FACTS = "course/facts.yml"

UNSETTLED_WORDS = {
    Language.KO: (
        *("확인 필요", "확인이 필요", "확인해야", "확인하지 못", "확인되지 않", "확인 중", "검증이 필요"),
        *("대조해야", "대조가 필요", "현행 고시와", "미확정", "확정되지 않", "확정된 것은 아", "잠정"),
        *("정해지지 않", "정리되지 않", "논의 중", "달라질 수 있"),
    ),
    Language.EN: (
        *("to be verified", "not verified", "unverified", "needs verification", "to be checked"),
        *(
            "must be checked",
            "needs checking",
            "need checking",
            "check before",
            "check the",
            "with the notice",
        ),
        *("not confirmed", "unconfirmed", "to be confirmed", "could not be confirmed", "could not confirm"),
        *("unsettled", "not settled", "not yet settled", "not final", "provisional"),
        *("under discussion", "may change"),
    ),
}
"""Where a fact with status `verify` is told, one of these must be said.

On a page and in a notebook the first section (or cell) that cites the fact must hold one: from there
on the reader knows, and the site marks every citation besides. In YAML files the texts around the
citation count: a question with its choices, an entry of a list.
"""

_FIXED_PHRASES = re.compile(r"의사 확인 필요|physician to confirm", re.IGNORECASE)
"""Says who decides about a judgement, not that a fact is unsettled."""
_FACT_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FACT_CALL = re.compile(r"""\bfact\(\s*["']([^"'\n]+)["']""")


def check_facts(material: Material, today: date) -> list[Problem]:
    """Find dangling citations, facts and modules past review, and unsettled facts told as settled."""
    return [*_overdue(material, today), *_citations(material), *_fact_calls(material)]


def _overdue(material: Material, today: date) -> Iterator[Problem]:
    document = material.document(FACTS)
    entries = document.value.get("facts") if isinstance(document.value, dict) else None
    for number, entry in enumerate(entries if isinstance(entries, list) else []):
        due = entry.get("review_by") if isinstance(entry, dict) else None
        if type(due) is date and due < today:
            message = f"the fact `{entry.get('id')}` was to be reviewed by {due}"
            hint = "Read its source again, correct what has changed, then set `read` and a new `review_by`."
            yield Problem(FACTS, document.line("facts", number, "review_by"), "fact-overdue", message, hint)
    for name, files in material.modules.items():
        if files.module is not None and files.module.review_by < today:
            path = f"{files.path}/module.yml"
            message = f"the module `{name}` was to be reviewed by {files.module.review_by}"
            hint = "Read it through, correct what has changed, then set a new `review_by`."
            yield Problem(path, material.document(path).line("review_by"), "module-overdue", message, hint)


def _citations(material: Material) -> Iterator[Problem]:
    if material.document(FACTS).value is None:
        return  # nothing is known about facts: the broken file is reported already
    passages = list(_passages(material))
    for passage in passages:
        for citation in scan(passage.text).citations:
            yield from _known(citation, passage, material)
    facts = material.facts or {}
    unsettled = {name for name, fact in facts.items() if fact.status is FactStatus.VERIFY}
    if unsettled:
        yield from _told_as_settled(passages, unsettled)


def _passages(material: Material) -> Iterator[Passage]:
    """Yield all prose, pages without a partner included."""
    paired = {passage.path for pair in material.pairs for passage in pair if passage.where is Where.PAGE}
    for pair in material.pairs:
        yield from pair
    for item in material.pages:
        if item.page.path not in paired:
            yield Passage(item.page.path, item.page.body_line, item.language, item.page.body, Where.PAGE)


def _known(citation: Citation, passage: Passage, material: Material) -> Iterator[Problem]:
    line = passage.line_at(citation.offset, citation.fact)
    if _FACT_ID.fullmatch(citation.fact) is None:
        message = f"`[@{citation.fact}]` is not a citation"
        hint = "Write `[@fact-id]`, several as `[@one; @two]`."
        yield Problem(passage.path, line, "dangling-fact", message, hint)
    elif citation.fact not in material.fact_ids:
        message = f"there is no fact `{citation.fact}`"
        yield Problem(passage.path, line, "dangling-fact", message, f"Correct the id, or add it to {FACTS}.")


def _told_as_settled(passages: Iterable[Passage], unsettled: Collection[str]) -> Iterator[Problem]:
    """Report the first citation of each unsettled fact in a place that never says so."""
    told: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for place, units in _places(passages).items():
        for unit in units:
            cited = _cited(unit, unsettled)
            if not cited:
                continue
            beside = units if unit[0].where is Where.VALUE else [unit]
            if not any(_is_hedged(*other) for other in beside):
                for name in sorted(cited.keys() - told[place]):
                    yield _as_settled(name, unit[0], unit[0].line_at(cited[name].offset, name))
            told[place] |= cited.keys()


def _cited(unit: tuple[Passage, int, int], unsettled: Collection[str]) -> dict[str, Citation]:
    """Return the first citation of each unsettled fact in a part of a text."""
    passage, start, end = unit
    return {
        citation.fact: citation
        for citation in reversed(scan(passage.text).citations)
        if start <= citation.offset < end and citation.fact in unsettled
    }


def _places(passages: Iterable[Passage]) -> dict[tuple[Any, ...], list[tuple[Passage, int, int]]]:
    """Return what a reader meets together: a page's sections, a sheet's cells, an entry's texts."""
    places: dict[tuple[Any, ...], list[tuple[Passage, int, int]]] = defaultdict(list)
    for passage in passages:
        key: tuple[Any, ...] = (passage.path, passage.language)
        if passage.where is Where.VALUE:
            key = (*key, passage.at[:2] or passage.label)
        units = [(section.start, section.end) for section in scan(passage.text).sections]
        if passage.where is not Where.PAGE:
            units = [(0, len(passage.text))]
        places[key] += [(passage, start, end) for start, end in units]
    return places


def _is_hedged(passage: Passage, start: int, end: int) -> bool:
    words = _FIXED_PHRASES.sub(" ", passage.prose[start:end]).casefold()
    return any(marker in words for marker in UNSETTLED_WORDS[passage.language])


def _as_settled(name: str, passage: Passage, line: int) -> Problem:
    shown = ", ".join(f"“{word}”" for word in UNSETTLED_WORDS[passage.language][:3])
    hint = f"Say so beside the first citation, with words such as {shown}; see the fact's caution."
    message = f"`{name}` is not verified, but this tells it as settled"
    return Problem(passage.path, line, "unsettled-as-settled", message, hint)


def _fact_calls(material: Material) -> Iterator[Problem]:
    if material.document(FACTS).value is None:
        return
    for sheet in material.sheets:
        for cell in sheet.sheet.cells:
            for match in _FACT_CALL.finditer(cell.source):
                if match[1] not in material.fact_ids:
                    line = cell.line + cell.source.count("\n", 0, match.start())
                    hint = f"Correct the id, or add it to {FACTS}."
                    yield Problem(sheet.path, line, "dangling-fact", f"there is no fact `{match[1]}`", hint)
