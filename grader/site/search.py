"""The search index of each language, made from the one that Material for MkDocs collects.

Knows the shape of Material's index and of its page configuration, and the format that
`assets/search/worker.js` reads. Must not know MkDocs itself.

The theme fetches one index with every page. It gets an empty one; our worker loads the real index of
its own language on the first query, so that pages stay light.
"""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import EnvironmentProblem
from grader.model.course import Term
from grader.text import Language

SEARCH_URL = "assets/medai/search"
"""Where the site serves the worker and index of each language, in a folder named like the language."""

_LESSON_BOOST = 1.5
_WORKER = Path(__file__).parent / "assets" / "search" / "worker.js"
_CONFIG = re.compile(r'(<script id="__config" type="application/json">)(.*?)(</script>)', re.DOTALL)
_BLOCK_TAG = re.compile(
    r"</?(?:p|li|ul|ol|dl|dt|dd|tr|td|th|table|caption|h[1-6]|div|figure|pre|br|blockquote)\b[^>]*>", re.I
)
_TAG = re.compile(r"<[^>]+>")
_CELL_END = re.compile(r"</(?:td|th|dt|dd|li|p|summary|legend|button)>(?=<)")
_MARK = "\ufeff"
"""Makes browsers read a script as UTF-8 on file://, where no header says so."""
_STUB = {"config": {"lang": ["ko"], "separator": "[\\s]+", "pipeline": [], "fields": {}}, "docs": []}


@dataclass(frozen=True)
class Section:
    """A heading with the text below it, as the search box shows it."""

    location: str
    """Relative to the site root, e.g. `modules/e3-judgements/index.html#why`."""
    title: str
    text: str
    boost: float = 1.0

    @property
    def page(self) -> str:
        """The page that the section stands on."""
        return self.location.partition("#")[0]

    @property
    def language(self) -> Language:
        """Korean lies at the root of the site, English under `en/`."""
        return Language.EN if self.location.startswith("en/") else Language.KO


def parse_sections(index: str) -> tuple[Section, ...]:
    """Return the sections of Material's `search_index.json`, as plain text."""
    return tuple(
        Section(
            location=entry["location"],
            title=_plain(entry["title"]),
            text=_plain(entry["text"]),
            boost=float(entry.get("boost", 1.0)),
        )
        for entry in json.loads(index)["docs"]
    )


def aliases_of(terms: Iterable[Term], language: Language) -> tuple[tuple[str, str], ...]:
    """Return (what people may type, the word our texts use) for every glossary term.

    People type the words we avoid, and the other language's word.
    """
    pairs: list[tuple[str, str]] = []
    for term in terms:
        if language is Language.KO:
            word, avoided, foreign = term.ko, term.avoid_ko, term.en
        else:
            word, avoided, foreign = term.en, term.avoid_en, term.ko
        pairs += [(other, word) for other in (*avoided, foreign) if other.casefold() != word.casefold()]
    return tuple(sorted(set(pairs)))


def build_index(
    sections: Iterable[Section],
    language: Language,
    keywords: Mapping[str, Sequence[str]],
    aliases: Iterable[tuple[str, str]],
) -> str:
    """Return the script that carries the index of one language.

    `keywords` maps a page's location to further words it should be found by. Such pages come first among
    equals: a module's lesson before its practice, quiz and assignment, which bear the same words.
    """
    documents = []
    for section in sections:
        if section.language is not language:
            continue
        words = " , ".join(keywords.get(section.location, ()))
        boost = section.boost * (_LESSON_BOOST if section.page in keywords else 1)
        documents.append([section.location, section.title, section.text, _normal(words), boost])
    index = {"docs": documents, "aliases": [list(pair) for pair in aliases]}
    return "self.medaiIndex=" + json.dumps(index, ensure_ascii=False, separators=(",", ":")) + "\n"


def separate_cells(content: str) -> str:
    """Return page content with white space between cells, terms and items that stand side by side.

    The theme collects text without most tags; words of neighbouring cells would grow together.
    """
    return _CELL_END.sub(lambda match: match[0] + "\n", content)


def point_to_worker(page: str, worker_url: str) -> str:
    """Return the HTML of a page with its search box wired to our worker instead of the theme's."""

    def rewire(match: re.Match[str]) -> str:
        config = json.loads(match[2])
        config["search"] = worker_url
        # The theme escapes these too: the text stands inside a script element.
        text = json.dumps(config).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        return match[1] + text + match[3]

    rewired, count = _CONFIG.subn(rewire, page)
    if count != 1:
        raise EnvironmentProblem(
            f"a page has {count} theme configurations where one is expected, so search cannot be wired",
            "use the mkdocs-material version of requirements.lock",
        )
    return rewired


def publish_search(site_dir: Path, terms: Iterable[Term], keywords: Mapping[str, Sequence[str]]) -> None:
    """Write worker and index of each language under `site_dir` and empty the theme's own index."""
    collected = site_dir / "search" / "search_index.json"
    if not collected.is_file():
        raise EnvironmentProblem(
            "the build collected no search index", "list the `search` plugin in mkdocs.yml before `medai`"
        )
    sections = parse_sections(collected.read_text("utf-8"))
    if not sections:
        # Published already: the theme's index is the stub.
        return
    terms = tuple(terms)
    worker = _WORKER.read_text("utf-8")
    for language in Language:
        target = site_dir / SEARCH_URL / language.value
        target.mkdir(parents=True, exist_ok=True)
        index = build_index(sections, language, keywords, aliases_of(terms, language))
        (target / "worker.js").write_text(_MARK + worker, "utf-8")
        (target / "index.js").write_text(_MARK + index, "utf-8")
    stub = json.dumps(_STUB)
    collected.write_text(stub, "utf-8")
    # On file:// the theme reads its index from a script.
    collected.with_suffix(".js").write_text(f"var __index = {stub}", "utf-8")


def _plain(markup: str) -> str:
    text = html.unescape(_TAG.sub("", _BLOCK_TAG.sub(" ", markup)))
    return _normal(text.replace("¶", ""))


def _normal(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
