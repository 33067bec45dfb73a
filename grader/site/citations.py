"""Citations: `[@fact-id]` in a text becomes a numbered mark that leads to the page's source list.

Knows facts and HTML; must not know MkDocs. Code keeps its brackets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from grader.model.course import Fact, FactStatus, Source
from grader.site import words
from grader.site.markup import Html, element, join
from grader.text import Language

_FENCE = re.compile(r"^\s*(`{3,}|~{3,})")
_CODE_OR_CITATION = re.compile(
    r"(?P<ticks>`+).+?(?P=ticks)|(?P<space>[ \t]?)\[(?P<ids>@[\w-]+(?:\s*;\s*@[\w-]+)*)\]"
)
_HANGUL = re.compile("[가-힣]")


class SourceNumbers:
    """Numbers the sources of one page in the order in which the text cites them."""

    def __init__(self, facts: Mapping[str, Fact], language: Language, listed_on: str = "") -> None:
        """`listed_on`: the page that lists the sources, when it is another one."""
        self._facts = facts
        self._listed_on = listed_on
        self._language = language
        self._numbers: dict[str, int] = {}
        self.warnings: list[str] = []

    def number(self, text: str) -> str:
        """Return Markdown `text` with its citations as numbered marks."""
        if "[@" not in text:
            return text
        lines, fence = [], ""
        for line in text.split("\n"):
            opening = _FENCE.match(line)
            if fence:
                if opening and line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                    fence = ""
            elif opening:
                fence = opening[1]
            else:
                line = _CODE_OR_CITATION.sub(self._replace, line)
            lines.append(line)
        return "\n".join(lines)

    def _replace(self, match: re.Match[str]) -> str:
        if match["ids"] is None:
            return match[0]
        ids = [part.strip().removeprefix("@") for part in match["ids"].split(";")]
        return " ".join(self._mark(fact_id) for fact_id in ids)

    def _mark(self, fact_id: str) -> Html:
        fact = self._facts.get(fact_id)
        if fact is None:
            self.warnings.append(f"no fact has the id {fact_id!r}")
            message = words.UNKNOWN_FACT[self._language].format(id=fact_id)
            return element("strong", f"[{message}]", class_="cite-unknown")
        first = fact_id not in self._numbers
        number = self._numbers.setdefault(fact_id, len(self._numbers) + 1)
        unsettled = fact.status is FactStatus.VERIFY
        warning = words.FACT_STATUS[FactStatus.VERIFY][self._language] if unsettled else ""
        label = f"{words.SOURCE_NUMBER[self._language].format(n=number)} {warning}".strip()
        link = element(
            "a",
            f"{number} {warning}".strip(),
            href=f"{self._listed_on}#source-{number}",
            id=f"cite-{number}" if first and not self._listed_on else None,
            aria_label=label,
            title=label,
        )
        return element("sup", link, class_="cite cite--verify" if unsettled else "cite")

    def listing(self) -> tuple[str, ...]:
        """Return the page's source list (heading and list), or nothing when nothing was cited."""
        if not self._numbers:
            return ()
        items = [
            element("li", *self._entry(self._facts[fact_id], number), id=f"source-{number}")
            for fact_id, number in self._numbers.items()
        ]
        heading = f"## {words.SOURCES[self._language]} {{#sources}}"
        return heading, element("ol", join(*items), class_="sources")

    def _entry(self, fact: Fact, number: int) -> list[str]:
        back = words.BACK_TO_TEXT[self._language]
        entry: list[str] = []
        if fact.status is FactStatus.VERIFY:
            entry += [verify_chip(self._language), " "]
        entry += [
            join(*(source_line(source, self._language) for source in fact.sources), by=" · "),
            Html(" "),
            element("a", words.FACT_DETAILS[self._language], href=f"medai:facts.md#fact-{fact.id}"),
            Html(" "),
            element(
                "a",
                "↩",
                href=f"#cite-{number}",
                aria_label=f"{back} ({number})",
                title=back,
                class_="cite-back",
            ),
        ]
        return entry


def number_page(markdown: str, facts: Mapping[str, Fact], language: Language) -> tuple[str, Html, list[str]]:
    """Return a hand-written page with numbered citations, its source list, and what is wrong with it.

    `<!-- medai:sources -->` at the end marks where the list belongs.
    """
    sources = SourceNumbers(facts, language)
    numbered = sources.number(markdown)
    if not (listing := sources.listing()):
        return numbered, Html(""), sources.warnings
    heading, items = listing
    return f"{numbered}\n\n{heading}\n\n<!-- medai:sources -->\n", Html(items), sources.warnings


def verify_chip(language: Language) -> Html:
    """Return the mark of an unsettled fact."""
    return element("span", words.FACT_STATUS[FactStatus.VERIFY][language], class_="chip chip--verify")


def source_line(source: Source, language: Language) -> Html:
    """Return a source with its dates; the title links to it when it has an address."""
    text = source.title if isinstance(source.title, str) else source.title[language]
    spoken = Language.KO if _HANGUL.search(text) else Language.EN
    title = element("cite", text, lang=spoken.value if spoken is not language else None)
    if source.url:
        title = element("a", title, href=source.url, rel="noopener noreferrer")
    dates = []
    if source.published:
        dates.append(f"{words.PUBLISHED[language]} {source.published}")
    dates.append(f"{words.READ_ON[language]} {source.read.isoformat()}")
    return join(title, f" ({', '.join(dates)})", by="")
