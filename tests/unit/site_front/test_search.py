"""The search index: what goes in, in which language, and how a page is wired to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from grader.errors import EnvironmentProblem
from grader.model.course import Term
from grader.site.search import (
    Section,
    aliases_of,
    build_index,
    parse_sections,
    point_to_worker,
    publish_search,
    separate_cells,
)
from grader.text import Language

COLLECTED = json.dumps(
    {
        "config": {},
        "docs": [
            {"location": "modules/e3/index.html", "title": "판정", "text": "<p>공복<b>혈당</b>과 혈압</p>"},
            {
                "location": "en/modules/e3/index.html#why",
                "title": "Why",
                "text": "<p>a &lt; b</p><p>c</p>",
                "boost": 2,
            },
        ],
    }
)
TERMS = (
    Term(ko="공복혈당", en="fasting glucose", avoid_ko=("단식 혈당",), avoid_en=("fasting sugar",)),
    Term(ko="eGFR", en="eGFR"),
)


def _index(script: str) -> Any:
    prefix = "self.medaiIndex="
    assert script.lstrip("\ufeff").startswith(prefix)
    return json.loads(script.lstrip("\ufeff").removeprefix(prefix))


def test_sections_are_plain_text() -> None:
    """Tags inside a word vanish, block tags part words, entities are characters."""
    korean, english = parse_sections(COLLECTED)
    assert korean.text == "공복혈당과 혈압"
    assert english == Section("en/modules/e3/index.html#why", "Why", "a < b c", 2.0)


def test_decomposed_hangul_is_composed() -> None:
    """Text copied from some systems has its syllables in pieces; the index has them whole."""
    docs = [{"location": "x", "title": "\u1112\u1167\u11af", "text": ""}]
    assert parse_sections(json.dumps({"docs": docs}))[0].title == "혈"


@pytest.mark.parametrize(
    ("location", "language", "page"),
    [
        ("modules/e3/index.html#a", Language.KO, "modules/e3/index.html"),
        ("en/index.html", Language.EN, "en/index.html"),
        ("energy.html", Language.KO, "energy.html"),
    ],
)
def test_sections_know_their_language_and_page(location: str, language: Language, page: str) -> None:
    """Korean lies at the root, English under en/."""
    section = Section(location, "", "")
    assert (section.language, section.page) == (language, page)


def test_index_holds_one_language_and_the_pages_keywords() -> None:
    """Results are in the reader's language; keywords find their page and lift it a little."""
    sections = parse_sections(COLLECTED)
    korean = _index(build_index(sections, Language.KO, {"modules/e3/index.html": ("감마지티피", "E3")}, ()))
    assert [doc[0] for doc in korean["docs"]] == ["modules/e3/index.html"]
    assert "감마지티피" in korean["docs"][0][3]
    assert korean["docs"][0][4] > 1.0
    english = _index(build_index(sections, Language.EN, {}, ()))
    assert [doc[0] for doc in english["docs"]] == ["en/modules/e3/index.html#why"]
    assert english["docs"][0][4] == 2.0


def test_aliases_lead_from_what_people_type_to_our_words() -> None:
    """Avoided words and the other language's word lead to ours; a word never to itself."""
    assert aliases_of(TERMS, Language.KO) == (("fasting glucose", "공복혈당"), ("단식 혈당", "공복혈당"))
    assert aliases_of(TERMS, Language.EN) == (
        ("fasting sugar", "fasting glucose"),
        ("공복혈당", "fasting glucose"),
    )


def test_neighbouring_cells_are_parted_once() -> None:
    """White space between cells, so that the collector cannot glue their words; nothing twice."""
    parted = separate_cells("<tr><th>공복혈당</th><td>여덟 시간</td></tr><dl><dt>a</dt><dd>b</dd></dl>")
    assert parted == "<tr><th>공복혈당</th>\n<td>여덟 시간</td>\n</tr><dl><dt>a</dt>\n<dd>b</dd>\n</dl>"
    assert separate_cells(parted) == parted


def test_page_is_wired_to_our_worker() -> None:
    """Only the worker's address changes in the theme's configuration, safely inside a script element."""
    config = {"base": "../..", "search": "old.js", "translations": {"a": "</script><b>&"}}
    text = json.dumps(config).replace("</", "<\\/")
    page = f'<script id="__config" type="application/json">{text}</script><p>x</p>'
    wired = point_to_worker(page, "../assets/medai/search/ko/worker.js")
    inside = wired.removeprefix('<script id="__config" type="application/json">').split("</script>")[0]
    assert "<" not in inside
    assert json.loads(inside) == {**config, "search": "../assets/medai/search/ko/worker.js"}
    assert wired.endswith("<p>x</p>")


def test_an_unknown_theme_is_reported() -> None:
    """A theme without the configuration is an error with a hint, not a silent dead search box."""
    with pytest.raises(EnvironmentProblem, match="theme configuration") as caught:
        point_to_worker("<p>no configuration</p>", "x")
    assert "requirements.lock" in caught.value.hint


def test_published_search_has_both_languages_and_an_empty_stub(tmp_path: Path) -> None:
    """Pages load the stub, for http and for file://; the worker finds its index beside itself."""
    collected = tmp_path / "search" / "search_index.json"
    collected.parent.mkdir()
    collected.write_text(COLLECTED, "utf-8")
    publish_search(tmp_path, TERMS, {})
    assert json.loads(collected.read_text("utf-8"))["docs"] == []
    assert (collected.parent / "search_index.js").read_text("utf-8").startswith("var __index = {")
    for language in ("ko", "en"):
        folder = tmp_path / "assets/medai/search" / language
        assert (folder / "worker.js").read_bytes().startswith(b"\xef\xbb\xbf")
        assert (folder / "index.js").read_bytes().startswith(b"\xef\xbb\xbf")
        index = _index((folder / "index.js").read_text("utf-8"))
        assert len(index["docs"]) == 1
        assert index["aliases"] == [list(pair) for pair in aliases_of(TERMS, Language(language))]


def test_publishing_again_keeps_the_index(tmp_path: Path) -> None:
    """A second call finds the stub and leaves what the first one wrote."""
    collected = tmp_path / "search" / "search_index.json"
    collected.parent.mkdir()
    collected.write_text(COLLECTED, "utf-8")
    publish_search(tmp_path, TERMS, {})
    index = tmp_path / "assets/medai/search/ko/index.js"
    before = index.read_bytes()
    publish_search(tmp_path, TERMS, {})
    assert index.read_bytes() == before


def test_a_build_without_the_search_plugin_is_reported(tmp_path: Path) -> None:
    """The hint says what to put into mkdocs.yml."""
    with pytest.raises(EnvironmentProblem, match="no search index") as caught:
        publish_search(tmp_path, (), {})
    assert "mkdocs.yml" in caught.value.hint
